"""A document as one row: JSON bytes whose keys are the scan columns, so that Arrow can read many
rows at once.

Author, id and time have columns of their own and are not in the JSON, but for what the author was
called then (``called``: handle, name). Empty values are left out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring as _text
from typing import Any

from index.versions.history import history_row, read_history
from tocsin.core.dates import from_milliseconds, to_milliseconds
from tocsin.core.documents import Annotation, Author, Document, Kind, Link, LinkKind, Precision, Raw
from tocsin.core.findings import Finding, from_json

METRICS = ("likes", "reposts", "replies", "quotes", "views")
NUMBERS = (*METRICS, "deleted_at")
"""Scan columns of whole numbers that stand in the row itself; times in epoch ms."""
_SINGLE = {"repost": "repost_of", "reply": "reply_to", "quote": "quote_of"}
_MANY = {"url": "urls", "hashtag": "hashtags", "mention": "mentions", "media": "media"}
_ORDER = {kind: position for position, kind in enumerate((*_SINGLE, *_MANY))}
_KEY = [*(f',"{name}":' for name in _SINGLE.values()), *(f',"{name}":[' for name in _MANY.values())]
_FIRST_LIST = len(_SINGLE)
_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def milliseconds(moment: datetime | None) -> int | None:
    """Epoch milliseconds of an aware time, None where there is none."""
    return None if moment is None else to_milliseconds(moment)


def moment(value: int | None) -> datetime | None:
    """The UTC time of epoch milliseconds, None where there is none."""
    return None if value is None else from_milliseconds(value)


def document_problem(document: Document) -> str:
    """Why a document cannot be stored, or an empty text.

    Types are checked so that no bad row can spoil a scan.
    """
    key, author = document.id, document.author
    if type(key) is not str or not key or "\x00" in key or not is_utf8(key):
        return "the id is not a text"
    if (
        type(document.text) is not str
        or type(document.lang) is not str
        or type(document.platform) is not str
    ):
        return "text, lang and platform must be texts"
    for value in (document.title, document.source, document.url):
        if value is not None and type(value) is not str:
            return "title, source and url must be texts or absent"
    for moment_ in (document.published_at, document.collected_at, document.deleted_at):
        if moment_ is not None and (not isinstance(moment_, datetime) or moment_.tzinfo is None):
            return "times must be aware"
    if author is not None and (
        type(author.id) is not str or not author.id or not is_utf8(author.id)
    ):
        return "the author's id is not a text"
    return ""


def encode(document: Document) -> bytes:
    """The JSON bytes of a document.

    What JSON cannot hold (lone surrogates, NaN, objects) is replaced, never refused.

    Written by hand and not by `json.dumps`, which takes three times as long: this runs for every
    document put.

    Raises:
        TypeError: a link's target is not a text.
    """
    parts = [
        _head(document.platform, document.kind._value_, document.lang, document.source),
        _text(document.text),
    ]
    if document.title is not None:
        parts.append(f',"title":{_text(document.title)}')
    if document.url is not None:
        parts.append(f',"url":{_text(document.url)}')
    if document.content_hash:
        parts.append(f',"content_hash":{_text(document.content_hash)}')
    if document.published_precision is not Precision.EXACT:
        parts.append(f',"precision":"{document.published_precision._value_}"')
    author = document.author
    if author is not None and (author.handle is not None or author.name is not None):
        parts.append(_called(author.handle, author.name))
    if document.collected_at is not None:
        parts.append(f',"collected":{cached_milliseconds(document.collected_at)}')
    if document.deleted_at is not None:
        parts.append(f',"deleted_at":{to_milliseconds(document.deleted_at)}')
    if document.links:
        _write_links(parts, document.links)
    if document.media:
        parts.append(f',"media_objects":{_json([dict(m) for m in document.media])}')
    rest = {}
    for name, value in document.metrics.items():
        if is_metric_column(name, value):
            parts.append(f',"{name}":{value}')
        else:
            rest[name] = value
    if rest:
        parts.append(f',"metrics":{_json(rest)}')
    if document.revision:
        parts.append(f',"revision":{document.revision:d}')
    if document.raw is not None:
        parts.append(f',"raw":{_json([document.raw.path, document.raw.sha256])}')
    if document.history is not None:
        parts.append(f',"history":{_json(history_row(document))}')
    if document.extra:
        parts.append(f',"extra":{_json(dict(document.extra))}')
    parts.append("}")
    return "".join(parts).encode("utf-8", "replace")


@lru_cache(maxsize=10_000)
def _head(platform: str, kind: str, lang: str, source: str | None) -> str:
    begin = f'{{"platform":{_text(platform)},"kind":"{kind}","lang":{_text(lang)}'
    return begin + ("" if source is None else f',"source":{_text(source)}') + ',"text":'


def _called(handle: str | None, name: str | None) -> str:
    first = "null" if handle is None else _text(handle)
    second = "null" if name is None else _text(name)
    return f',"called":[{first},{second}]'


@lru_cache(maxsize=1_000)
def cached_milliseconds(moment_: datetime) -> int:
    """Epoch milliseconds of a time that many documents share: that of their collection."""
    return to_milliseconds(moment_)


def _json(value: Any) -> str:
    try:
        return _encode(value)
    except (ValueError, TypeError):
        return json.dumps(_jsonable(value), ensure_ascii=False, separators=(",", ":"))


def to_json_bytes(row: dict[str, Any]) -> bytes:
    """Compact JSON bytes."""
    return _json(row).encode("utf-8", "replace")


def decode(
    key: str,
    published: int | None,
    body: bytes,
    author: Author | None,
    annotations: dict[str, Annotation] | None = None,
) -> Document:
    """The document of a row."""
    row = json.loads(body)
    author = _of_its_time(author, row.get("called"))
    media = row.get("media_objects")
    raw = row.get("raw")
    return Document(
        id=key,
        platform=row["platform"],
        kind=Kind(row["kind"]),
        source=row.get("source"),
        author=author,
        title=row.get("title"),
        text=row["text"],
        lang=row["lang"],
        published_at=moment(published),
        published_precision=Precision(row.get("precision", "exact")),
        collected_at=moment(row.get("collected")),
        deleted_at=moment(row.get("deleted_at")),
        url=row.get("url"),
        links=_links(row),
        media=tuple(media) if media else (),
        metrics=read_metrics(row),
        content_hash=row.get("content_hash", ""),
        revision=row.get("revision", 0),
        raw=Raw(path=raw[0], sha256=raw[1]) if raw else None,
        history=read_history(row),
        annotations=annotations or {},
        extra=row.get("extra", {}),
    )


def _of_its_time(author: Author | None, called: list[Any] | None) -> Author | None:
    """The profile under the handle and name that the account had when it posted."""
    if author is None or called is None:
        return author
    handle, name = (
        said if isinstance(said, str) else known
        for said, known in zip(called, (author.handle, author.name), strict=True)
    )
    if (handle, name) == (author.handle, author.name):
        return author
    return dataclasses.replace(author, handle=handle, name=name)


def is_metric_column(name: str, value: Any) -> bool:
    """Whether a metric is a column: one of `METRICS` whose value fits."""
    return type(value) is int and name in METRICS and -(2**63) <= value < 2**63


def store_metrics(row: dict[str, Any], metrics: Any) -> None:
    """Counts become columns; whatever else metrics hold is columns beside them."""
    rest = {}
    for name, value in metrics.items():
        if is_metric_column(name, value):
            row[name] = value
        else:
            rest[name] = value
    if rest:
        row["metrics"] = rest


def read_metrics(row: dict[str, Any]) -> dict[str, Any]:
    """The metrics of a decoded row."""
    metrics = {name: row[name] for name in METRICS if name in row}
    return metrics | row["metrics"] if "metrics" in row else metrics


def _write_links(parts: list[str], links: tuple[Link, ...]) -> None:
    """The links as columns; and in full, where columns alone could not give the same order back."""
    encoded: list[str] = []
    position = -1
    for kind, target in links:
        order = _ORDER[kind._value_]
        if order > position:
            encoded.append(f"{']' if position >= _FIRST_LIST else ''}{_KEY[order]}{_text(target)}")
            position = order
        elif order == position >= _FIRST_LIST:
            encoded.append(f",{_text(target)}")
        else:
            encoded = _write_unordered_links(links)
            position = -1
            break
    if position >= _FIRST_LIST:
        encoded.append("]")
    parts += encoded


def _write_unordered_links(links: tuple[Link, ...]) -> list[str]:
    """Links in an order of their own, as columns and in full.

    The columns come from the links sorted by kind, with the first of each pointer.
    """
    encoded: list[str] = []
    seen: set[int] = set()
    columns: list[Link] = []
    for link in sorted(links, key=lambda link: _ORDER[link.kind._value_]):
        order = _ORDER[link.kind._value_]
        if order >= _FIRST_LIST or order not in seen:
            columns.append(link)
            seen.add(order)
    _write_links(encoded, tuple(columns))
    return [*encoded, f',"links":{_json([[kind._value_, target] for kind, target in links])}']


def _links(row: dict[str, Any]) -> tuple[Link, ...]:
    if "links" in row:
        return tuple(Link(LinkKind(kind), target) for kind, target in row["links"])
    links = [Link(LinkKind(kind), row[name]) for kind, name in _SINGLE.items() if name in row]
    for kind, name in _MANY.items():
        if name in row:
            member = LinkKind(kind)
            links += [Link(member, target) for target in row[name]]
    return tuple(links)


def is_utf8(text: str) -> bool:
    """Whether SQLite can hold a text: one with lone surrogates it cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _jsonable(value: Any) -> Any:
    """The value with everything that JSON has no form for encoded into something it has."""
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_jsonable(v) for v in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    return str(value)


def findings_inside(kind: str, bodies: Iterable[str], cluster: str) -> list[Finding]:
    """Those of written findings that stand in one cluster; the others are not built."""
    written = f'"cluster":{json.dumps(cluster, ensure_ascii=False)}'
    built = (from_json(kind, body) for body in bodies if written in body)
    return [finding for finding in built if getattr(finding, "cluster", None) == cluster]
