"""A document as one row: JSON bytes whose keys are the scan columns, so that Arrow can read many rows at once.

Author, id and time have columns of their own and are not in the JSON. Empty values are left out.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.documents import Annotation, Author, Document, Kind, Link, LinkKind, Precision, Raw

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
METRICS = ("likes", "reposts", "replies", "quotes", "views")
_MILLISECOND = timedelta(milliseconds=1)
_SINGLE = {LinkKind.REPOST: "repost_of", LinkKind.REPLY: "reply_to", LinkKind.QUOTE: "quote_of"}
_MANY = {LinkKind.URL: "urls", LinkKind.HASHTAG: "hashtags", LinkKind.MENTION: "mentions", LinkKind.MEDIA: "media"}
_ORDER = {kind: place for place, kind in enumerate((*_SINGLE, *_MANY))}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def milliseconds(moment: datetime | None) -> int | None:
    """Epoch milliseconds of an aware time."""
    return None if moment is None else (moment - EPOCH) // _MILLISECOND


def moment(value: int | None) -> datetime | None:
    """The aware UTC time of epoch milliseconds."""
    return None if value is None else EPOCH + timedelta(milliseconds=value)


def fault(document: Document) -> str:
    """Why a document cannot be stored, or an empty text: types are checked so that no bad row can spoil a scan."""
    if not document.id or not isinstance(document.id, str) or "\x00" in document.id or not _encodable(document.id):
        return "the id is no text"
    if not isinstance(document.text, str) or not isinstance(document.lang, str) or not isinstance(document.platform, str):
        return "text, lang and platform must be texts"
    for value in (document.title, document.source, document.url):
        if value is not None and not isinstance(value, str):
            return "title, source and url must be texts or absent"
    for moment_ in (document.published_at, document.collected_at):
        if moment_ is not None and (not isinstance(moment_, datetime) or moment_.tzinfo is None):
            return "times must be aware"
    author = document.author
    if author is not None and (not isinstance(author.id, str) or not author.id or not _encodable(author.id)):
        return "the author's id is no text"
    return ""


def encode(document: Document) -> bytes:
    """The JSON bytes of a document; what no JSON can hold (lone surrogates, NaN, objects) is replaced, never refused."""
    row: dict[str, Any] = {"platform": document.platform, "kind": document.kind.value, "lang": document.lang, "text": document.text}
    if document.title is not None:
        row["title"] = document.title
    if document.source is not None:
        row["source"] = document.source
    if document.url is not None:
        row["url"] = document.url
    if document.content_hash:
        row["content_hash"] = document.content_hash
    if document.published_precision is not Precision.EXACT:
        row["precision"] = document.published_precision.value
    if document.collected_at is not None:
        row["collected"] = milliseconds(document.collected_at)
    if document.links:
        _put_links(row, document.links)
    if document.media:
        row["media_objects"] = [dict(m) for m in document.media]
    if document.metrics:
        put_metrics(row, document.metrics)
    if document.revision:
        row["revision"] = document.revision
    if document.raw is not None:
        row["raw"] = [document.raw.path, document.raw.sha256]
    if document.extra:
        row["extra"] = dict(document.extra)
    return dump(row)


def dump(row: dict[str, Any]) -> bytes:
    """Compact JSON bytes."""
    try:
        return _encode(row).encode()
    except (ValueError, TypeError):
        return json.dumps(_plain(row), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def decode(
    key: str, published: int | None, body: bytes, author: Author | None, annotations: dict[str, Annotation] | None = None
) -> Document:
    """The document of a row."""
    row = json.loads(body)
    media = row.get("media_objects")
    raw = row.get("raw")
    return Document(
        id=key, platform=row["platform"], kind=Kind(row["kind"]), source=row.get("source"), author=author, title=row.get("title"),
        text=row["text"], lang=row["lang"], published_at=moment(published), published_precision=Precision(row.get("precision", "exact")),
        collected_at=moment(row.get("collected")), url=row.get("url"), links=_links(row), media=tuple(media) if media else (),
        metrics=metrics_of(row), content_hash=row.get("content_hash", ""), revision=row.get("revision", 0),
        raw=Raw(path=raw[0], sha256=raw[1]) if raw else None, annotations=annotations or {}, extra=row.get("extra", {}),
    )  # fmt: skip


def put_metrics(row: dict[str, Any], metrics: Any) -> None:
    """Counts become columns; whatever else metrics hold is kept beside them."""
    rest = {}
    for name, value in metrics.items():
        if name in METRICS and type(value) is int and -(2**63) <= value < 2**63:
            row[name] = value
        else:
            rest[name] = value
    if rest:
        row["metrics"] = rest


def metrics_of(row: dict[str, Any]) -> dict[str, Any]:
    """The metrics of a decoded row."""
    found = {name: row[name] for name in METRICS if name in row}
    return found | row["metrics"] if "metrics" in row else found


def _put_links(row: dict[str, Any], links: tuple[Link, ...]) -> None:
    place = 0
    in_order = True
    for kind, target in links:
        now = _ORDER[kind]
        if now < place or (now == place and kind in _SINGLE and _SINGLE[kind] in row):
            in_order = False
        place = now
        if (single := _SINGLE.get(kind)) is not None:
            row.setdefault(single, target)
        else:
            row.setdefault(_MANY[kind], []).append(target)
    if not in_order:  # the columns alone could not give the same order back
        row["links"] = [[kind.value, target] for kind, target in links]


def _links(row: dict[str, Any]) -> tuple[Link, ...]:
    if "links" in row:
        return tuple(Link(LinkKind(kind), target) for kind, target in row["links"])
    found = [Link(kind, row[name]) for kind, name in _SINGLE.items() if name in row]
    for kind, name in _MANY.items():
        if name in row:
            found += [Link(kind, target) for target in row[name]]
    return tuple(found)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Any) -> Any:
    """The value with everything that JSON has no form for made into something it has."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    return str(value)
