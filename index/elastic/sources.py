"""A document as an Elasticsearch source and back.

The body is the row that the embedded index keeps, so both give back the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from index import codec
from index.elastic.query_dsl import MAX_WORD, term
from index.query import normalise
from tocsin.core.documents import Annotation, Author, Document, LinkKind, native_id
from tocsin.core.text import tokens
from tocsin.core.urls import canonical_url, domain

UNKNOWN = ("und", "")


def filter_fields(document: Document) -> dict[str, Any]:
    """The fields that queries ask: those of `index.elastic.schema.FILTERS` that have a value."""
    author = document.author
    tags: dict[str, None] = {}  # a dict keeps the order and holds each value once
    mentions, domains, urls = tags.copy(), tags.copy(), tags.copy()
    for kind, target in document.links:
        if kind is LinkKind.HASHTAG:
            tags[_normalised("hashtag", target)] = None
        elif kind is LinkKind.MENTION:
            mentions[_normalised("mention", target)] = None
        elif kind is LinkKind.URL:
            domains[domain(target)] = urls[canonical_url(target)] = None
    if document.url:
        urls[canonical_url(document.url)] = None
    words = tokens(f"{document.title}\n{document.text}" if document.title else document.text)
    found: dict[str, Any] = {
        "id": document.id,
        "native": native_id(document.id),
        "platform": document.platform,
        "kind": document.kind.value,
        "lang": document.lang,
        "source": document.source,
        "hashtag": _non_empty(tags),
        "mention": _non_empty(mentions),
        "domain": _non_empty(domains),
        "url": _non_empty(urls),
        "tok": " ".join(map(term, words) if max(map(len, words), default=0) > MAX_WORD else words),
    }
    for name in [name for name, value in found.items() if not value]:
        del found[name]
    if document.published_at is not None:
        found["published_at"] = codec.milliseconds(document.published_at)
    for name, value in document.metrics.items():
        if codec.is_metric_column(name, value):
            found[name] = value
    if author is not None:
        found["author"], found["author_native"] = author.id, native_id(author.id)
        if author.followers is not None:
            found["followers"] = author.followers
        if author.handle and (handle := normalise("handle", author.handle)):
            found["handle"] = handle
    return found


def annotation_fields(stage: str, values: Mapping[str, Any], declared: str) -> dict[str, Any]:
    """The filter fields that one stage's annotation decides.

    A declared language goes before a detected one.
    """
    if stage == "narratives":
        return {"narrative": values.get("narrative")}
    if stage == "copies":
        return {"copy": values.get("group")}
    if stage == "lang":
        found = values.get("lang") or None
        return {"detected": found, "lang": (found or declared) if declared in UNKNOWN else declared}
    return {}


def to_source(document: Document, *, changed_at: int, put: str, revision: int) -> str:
    """What is stored of a document, as JSON. ``put`` names the call that wrote it, to tell our own
    retry from a duplicate.

    Raises:
        TypeError, AttributeError: links, metrics or media are not of their types.
    """
    body = codec.encode(
        document if document.revision == revision else replace(document, revision=revision)
    ).decode()
    made = {
        **filter_fields(document),
        "changed_at": changed_at,
        "put": put,
        "content_hash": document.content_hash,
        "revision": revision,
    }
    return f'{codec.to_json_bytes(made).decode()[:-1]},"doc":{body}}}'


def pack_annotation(annotation: Annotation) -> str:
    """An annotation as text: an update then replaces the whole of it, where an object would be
    merged."""
    made = {
        "version": annotation.version,
        "model": annotation.model,
        "made_at": annotation.made_at.isoformat(),
        "values": dict(annotation.values),
    }
    return codec.to_json_bytes(made).decode()


def from_source(source: Mapping[str, Any], authors: Mapping[str, Author]) -> Document:
    """The document of a stored source, its author as now known."""
    author = authors[source["author"]] if source.get("author") else None
    annotations = {
        stage: _unpack_annotation(text)
        for stage, text in sorted(source.get("annotations", {}).items())
    }
    return codec.decode(
        source["id"],
        source.get("published_at"),
        json.dumps(source["doc"]).encode(),
        author,
        annotations,
    )


def _unpack_annotation(text: str) -> Annotation:
    made = json.loads(text)
    return Annotation(
        version=made["version"],
        model=made["model"],
        made_at=datetime.fromisoformat(made["made_at"]),
        values=made["values"],
    )


@lru_cache(maxsize=50_000)
def _normalised(field: str, value: str) -> str:
    """The same tags and names come again and again."""
    return normalise(field, value)


def _non_empty(values: Mapping[str, None]) -> list[str] | None:
    return [value for value in values if value] if values else None
