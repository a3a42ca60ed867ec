"""Sources as Arrow columns: what scans give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from index.elastic.authors import Authors
from index.elastic.declared_fields import path
from index.fields import DeclaredField
from tocsin.core.urls import canonical_url

_LISTS = frozenset({"urls", "hashtags", "mentions", "media"})
_COUNTS = frozenset({"likes", "reposts", "replies", "quotes", "views"})
_AUTHOR = {
    "handle": "handle",
    "followers": "followers",
    "verified": "verified",
    "author_description": "description",
}
_DECLARED_TYPES = {
    "bool": pa.bool_(),
    "keyword": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
}
_NO_FIELDS: Mapping[str, DeclaredField] = {}
_INTEGERS = _COUNTS | {"published_at", "followers"}
_TOP = {"id": "id", "author": "author", "published_at": "published_at", "copy_group": "copy"}


def fields_of(
    columns: Sequence[str], declared: Mapping[str, DeclaredField] = _NO_FIELDS
) -> list[str]:
    """The source fields that columns are made of; ``declared`` are the declared fields among them."""
    found = {"id"}
    for name in columns:
        if name in declared:
            found.add(path(name, declared[name]))
        elif name == "detected_lang":
            found |= {"detected", "doc.lang"}
        elif name in _AUTHOR:
            found.add("author")
        else:
            found.add(_TOP.get(name, f"doc.{name}"))
    return sorted(found)


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
            arrays.append(
                pa.array(
                    values,
                    pa.int64()
                    if name == "followers"
                    else pa.bool_()
                    if name == "verified"
                    else pa.string(),
                )
            )
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
