"""A document as an Elasticsearch source and back, and sources as the Arrow columns of a scan.

The body is the row that the embedded index keeps, so both give back the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa

from index import codec
from index.elastic.authors import Authors
from index.elastic.query_dsl import MAX_WORD, index_term
from index.fields import DeclaredField, field_value
from index.query import normalise
from index.versions import history
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
    fields: dict[str, Any] = {
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
        "tok": " ".join(
            map(index_term, words) if max(map(len, words), default=0) > MAX_WORD else words
        ),
    }
    for name in [name for name, value in fields.items() if not value]:
        del fields[name]
    if document.published_at is not None:
        fields["published_at"] = codec.milliseconds(document.published_at)
    if document.deleted_at is not None:
        fields["deleted_at"] = codec.milliseconds(document.deleted_at)
    for name, value in document.metrics.items():
        if codec.is_metric_column(name, value):
            fields[name] = value
    if author is not None:
        fields["author"], fields["author_native"] = author.id, native_id(author.id)
        if author.followers is not None:
            fields["followers"] = author.followers
        if author.handle and (handle := normalise("handle", author.handle)):
            fields["handle"] = handle
    return fields


def address_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """What `filter_fields` says of the addresses of a document as it is stored."""
    urls: list[str] = body.get("urls") or []
    own = [body["url"]] if body.get("url") else []
    domains = dict.fromkeys(domain(url) for url in urls)
    canonical = dict.fromkeys(canonical_url(url) for url in [*urls, *own])
    return {
        "domain": _non_empty(domains) or None,
        "url": _non_empty(canonical) or None,
    }


def annotation_fields(stage: str, values: Mapping[str, Any], declared: str) -> dict[str, Any]:
    """The filter fields that one stage's annotation decides.

    A declared language takes precedence over a detected one.
    """
    if stage == "narratives":
        return {"narrative": values.get("narrative")}
    if stage == "copies":
        return {"copy": values.get("group")}
    if stage == "lang":
        detected = values.get("lang") or None
        return {
            "detected": detected,
            "lang": (detected or declared) if declared in UNKNOWN else declared,
        }
    return {}


def declared_path(name: str, field: DeclaredField) -> str:
    """Where documents keep a declared field."""
    return f"declared.{field.type}.{name}"


def declared_values(
    fields: Mapping[str, DeclaredField], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The part of a document that an annotation's values decide: all these fields, null where
    absent."""
    by_type: dict[str, dict[str, Any]] = {}
    for name, field in fields.items():
        value = field_value(values.get(name), field.type)
        by_type.setdefault(field.type, {})[name] = value
    return {"declared": by_type} if by_type else {}


def to_source(document: Document, *, changed_at: int, put: str, revision: int) -> str:
    """What is stored of a document, as JSON. ``put`` names the call that wrote it, to tell our own
    retry from a duplicate.

    Raises:
        TypeError, AttributeError: links, metrics or media are not of their types.
    """
    body = codec.encode(
        document if document.revision == revision else replace(document, revision=revision)
    ).decode()
    fields = {
        **filter_fields(document),
        "changed_at": changed_at,
        "put": put,
        "content_hash": document.content_hash,
        "revision": revision,
    }
    return f'{codec.to_json_bytes(fields).decode()[:-1]},"doc":{body}}}'


def seen_changes(
    document: Document, held: Mapping[str, Any], earlier: tuple[dict[str, Any], bool] | None
) -> str:
    """The partial document that sets the counts of metrics and the time of deletion, leaves those
    that are not given, and says when the text was seen; empty where there is nothing to set."""
    changed: dict[str, Any] = {}
    if earlier is None:
        codec.store_metrics(changed, document.metrics)
    deleted = codec.milliseconds(document.deleted_at)
    if deleted not in (None, held.get("deleted_at")):
        changed["deleted_at"] = deleted
    counts = {name: changed[name] for name in codec.NUMBERS if name in changed}
    at = codec.milliseconds(document.collected_at)
    if seen := history.record_sighting(held, at) if earlier is None else earlier[0]:
        changed[history.KEY] = seen
    return codec.to_json_bytes({"doc": {**counts, "doc": changed}}).decode() if changed else ""


def pack_annotation(annotation: Annotation) -> str:
    """An annotation as text: an update then replaces the whole of it, where an object would be
    merged."""
    packed = {
        "version": annotation.version,
        "model": annotation.model,
        "made_at": annotation.made_at.isoformat(),
        "values": dict(annotation.values),
    }
    return codec.to_json_bytes(packed).decode()


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
    packed = json.loads(text)
    return Annotation(
        version=packed["version"],
        model=packed["model"],
        made_at=datetime.fromisoformat(packed["made_at"]),
        values=packed["values"],
    )


@lru_cache(maxsize=50_000)
def _normalised(field: str, value: str) -> str:
    """The same tags and names come again and again."""
    return normalise(field, value)


def _non_empty(values: Mapping[str, None]) -> list[str] | None:
    return [value for value in values if value] if values else None


_LISTS = frozenset({"urls", "hashtags", "mentions", "media"})
_COUNTS = frozenset({"likes", "reposts", "replies", "quotes", "views"})
_AUTHOR = {
    "handle": "handle",
    "followers": "followers",
    "verified": "verified",
    "author_description": "description",
    "author_created": "created_at",
}
_DECLARED_TYPES = {
    "bool": pa.bool_(),
    "keyword": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
}
_NO_FIELDS: Mapping[str, DeclaredField] = {}
_INTEGERS = _COUNTS | {"published_at", "deleted_at", "followers"}
_TOP = {"id": "id", "author": "author", "published_at": "published_at", "copy_group": "copy"}
_AUTHOR_TYPES = {"followers": pa.int64(), "verified": pa.bool_(), "author_created": pa.int64()}


def fields_of(
    columns: Sequence[str], declared: Mapping[str, DeclaredField] = _NO_FIELDS
) -> list[str]:
    """The source fields that columns are made of; ``declared`` are those of stages."""
    fields = {"id"}
    for name in columns:
        if name in declared:
            fields.add(declared_path(name, declared[name]))
        elif name == "detected_lang":
            fields |= {"detected", "doc.lang"}
        elif name in _AUTHOR:
            fields.add("author")
        else:
            fields.add(_TOP.get(name, f"doc.{name}"))
    return sorted(fields)


def batch(
    sources: Sequence[dict[str, Any]],
    columns: Sequence[str],
    declared: Mapping[str, DeclaredField],
    authors: Authors,
) -> pa.RecordBatch:
    """A record batch of sources, in their order."""
    profiles = (
        authors.get(s["author"] for s in sources if s.get("author"))
        if _AUTHOR.keys() & set(columns)
        else {}
    )
    arrays = []
    for name in columns:
        if name in declared:
            arrays.append(_declared_column(sources, name, declared[name]))
        elif name in _AUTHOR:
            people = [profiles.get(s.get("author", "")) for s in sources]
            values = [None if p is None else getattr(p, _AUTHOR[name]) for p in people]
            if name == "author_created":
                values = list(map(codec.milliseconds, values))
            arrays.append(pa.array(values, _AUTHOR_TYPES.get(name, pa.string())))
        elif name == "detected_lang":
            arrays.append(
                pa.array([s.get("detected") or s["doc"]["lang"] for s in sources], pa.string())
            )
        elif name in _TOP:
            arrays.append(
                pa.array(
                    [s.get(_TOP[name]) for s in sources],
                    pa.int64() if name in _INTEGERS else pa.string(),
                )
            )
        else:
            arrays.append(_column([s.get("doc", {}) for s in sources], name))
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _declared_column(
    sources: Sequence[dict[str, Any]], name: str, field: DeclaredField
) -> pa.Array:
    values = [source.get("declared", {}).get(field.type, {}).get(name) for source in sources]
    return pa.array(values, _DECLARED_TYPES[field.type])


def _column(bodies: Sequence[dict[str, Any]], name: str) -> pa.Array:
    if name in _LISTS:
        lists = [body.get(name, []) for body in bodies]
        return pa.array(
            [[canonical_url(u) for u in row] for row in lists] if name == "urls" else lists,
            pa.list_(pa.string()),
        )
    return pa.array(
        [body.get(name) for body in bodies], pa.int64() if name in _INTEGERS else pa.string()
    )
