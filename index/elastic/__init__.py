"""Elasticsearch 8.18 or newer, and 9, behind the contract of `index.base`."""

from index.elastic.store import ElasticIndex

__all__ = ["ElasticIndex"]
