"""Elasticsearch 8.18 or newer, and 9, behind the contract of `index.base`."""

from index.elastic.backend import ElasticIndex

__all__ = ["ElasticIndex"]
