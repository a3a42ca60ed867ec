"""Sources as Arrow columns: what scans give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from index.base import COLUMNS
from index.elastic.authors import Authors
from tocsin.errors import ConfigError
from tocsin.urls import canonical_url

_LINKS = {
    "urls": "url",
    "hashtags": "hashtag",
    "mentions": "mention",
    "media": "media",
    "reply_to": "reply",
    "repost_of": "repost",
    "quote_of": "quote",
}
_LISTS = frozenset({"urls", "hashtags", "mentions", "media"})
_COUNTS = frozenset({"likes", "reposts", "replies", "quotes", "views"})
_AUTHOR = {"handle": "handle", "followers": "followers", "verified": "verified", "author_description": "description"}
_INTEGERS = _COUNTS | {"published_at", "followers"}
_TOP = {
    "id": "id",
    "author": "author",
    "published_at": "published_at",
    "content_hash": "content_hash",
    "copy_group": "copy",
    "detected_lang": "lang",
    "kind": "kind",
}
_BODY = frozenset({"platform", "source", "lang", "title", "text", "url"})


def fields_of(columns: Sequence[str]) -> list[str]:
    """The source fields that columns are made of. Raises ConfigError for a column that does not exist."""
    found = {"id"}
    for name in columns:
        if name not in COLUMNS:
            raise ConfigError(f"there is no column {name!r}; it is one of {', '.join(COLUMNS)}")
        if name in _LINKS:
            found.add("doc.links")
        elif name in _AUTHOR:
            found.add("author")
        elif name in _TOP:
            found.add(_TOP[name])
        else:
            found.add(name if name in _COUNTS else f"doc.{name}")
    return sorted(found)


def batch(sources: Sequence[dict[str, Any]], columns: Sequence[str], authors: Authors) -> pa.RecordBatch:
    """A record batch of sources, in their order."""
    profiles = authors.get(s["author"] for s in sources if s.get("author")) if _AUTHOR.keys() & set(columns) else {}
    arrays = []
    for name in columns:
        if name in _LINKS:
            arrays.append(_linked(sources, name))
        elif name in _AUTHOR:
            people = [profiles.get(s.get("author", "")) for s in sources]
            values = [None if p is None else getattr(p, _AUTHOR[name]) for p in people]
            arrays.append(pa.array(values, pa.int64() if name == "followers" else pa.bool_() if name == "verified" else pa.string()))
        elif name in _TOP or name in _COUNTS:
            key = _TOP.get(name, name)
            arrays.append(pa.array([s.get(key) for s in sources], pa.int64() if name in _INTEGERS else pa.string()))
        else:
            empty = {"text": "", "lang": "und"}.get(name)
            arrays.append(pa.array([s.get("doc", {}).get(name, empty) for s in sources], pa.string()))
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _linked(sources: Sequence[dict[str, Any]], name: str) -> pa.Array:
    kind = _LINKS[name]
    rows = [[target for k, target in s.get("doc", {}).get("links", ()) if k == kind] for s in sources]
    if name == "urls":
        rows = [[canonical_url(u) for u in row] for row in rows]
    if name in _LISTS:
        return pa.array(rows, pa.list_(pa.string()))
    return pa.array([row[0] if row else None for row in rows], pa.string())
