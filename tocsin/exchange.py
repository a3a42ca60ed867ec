"""The exchange format: one JSON object a line, to and from `Document`.

Every importer ends in `from_exchange`; every export can produce `to_exchange`. Unknown keys are kept
in ``extra``. `null` and a missing key mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tocsin.documents import Author, Document, Kind, Link, LinkKind, Precision, content_hash, document_id
from tocsin.errors import Unreadable
from tocsin.findings import rfc3339
from tocsin.text import clean

E = TypeVar("E")
MAX_TEXT = 1_000_000
MAX_SHORT = 10_000
MAX_LINKS = 1_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

_KNOWN = frozenset(
    [
        "id",
        "platform",
        "kind",
        "author",
        "title",
        "text",
        "lang",
        "published_at",
        "published_precision",
        "url",
        "urls",
        "hashtags",
        "mentions",
        "reply_to",
        "repost_of",
        "quote_of",
        "media",
        "metrics",
        "source",
        "extra",
        "collected_at",
    ]
)
_COUNTS = ("likes", "reposts", "replies", "quotes", "views")
_POINTERS = (("repost_of", LinkKind.REPOST), ("reply_to", LinkKind.REPLY), ("quote_of", LinkKind.QUOTE))


def from_exchange(
    row: Mapping[str, Any], *, source: str | None = None, collected_at: datetime | None = None, now: datetime | None = None
) -> Document:
    """The document of one exchange object.

    A field that is wrong (a date outside [1990-01-01, now + 1 day], a count that is no number) is
    left empty and kept under ``extra["invalid"]``; it never costs the document.

    Raises:
        Unreadable: no id, no platform, or not an object.
    """
    if not isinstance(row, Mapping):
        raise Unreadable(f"expected an object, found {type(row).__name__}")
    native, platform = row.get("id"), row.get("platform")
    if native is None or native == "" or isinstance(native, (dict, list, bool)):
        raise Unreadable("key 'id' is missing or no string; use --map id=COLUMN or leave it out of --map to have one made")
    if not platform or not isinstance(platform, str):
        raise Unreadable("key 'platform' is missing; use --platform NAME")
    platform = _short(platform).lower().replace(":", "-")
    invalid: dict[str, Any] = {}
    known_extra = row.get("extra")
    extra = dict(known_extra) if isinstance(known_extra, Mapping) else ({} if known_extra is None else {"extra": known_extra})
    extra.update((k, v) for k, v in row.items() if k not in _KNOWN and v is not None)
    kind = _choice(row, "kind", Kind, Kind.POST, invalid)
    title, text = _text(row, "title", invalid, MAX_SHORT), _text(row, "text", invalid, MAX_TEXT) or ""
    links = _links(row, platform, invalid)
    media = tuple(dict(m) for m in _list(row, "media", invalid) if isinstance(m, Mapping))
    links += [Link(LinkKind.MEDIA, clean(str(m.get("hash") or m.get("url")), MAX_SHORT)) for m in media if m.get("hash") or m.get("url")]
    published = _moment(row, "published_at", invalid, now)
    author = _author(row.get("author"), platform, invalid)
    metrics = _metrics(row.get("metrics"), invalid)
    if invalid:
        extra["invalid"] = {**extra.get("invalid", {}), **invalid}
    return Document(
        id=document_id(platform, clean(str(native), MAX_SHORT)), platform=platform, kind=kind,
        source=_text(row, "source", invalid, MAX_SHORT) or source, author=author, title=title, text=text,
        lang=(_text(row, "lang", invalid, 64) or "und"), published_at=published,
        published_precision=_choice(row, "published_precision", Precision, Precision.EXACT, invalid),
        collected_at=collected_at or _moment(row, "collected_at", invalid, now), url=_text(row, "url", invalid, MAX_SHORT),
        links=tuple(links), media=media, metrics=metrics, content_hash=content_hash(title, text), extra=extra,
    )  # fmt: skip


def to_exchange(document: Document) -> dict[str, Any]:
    """The exchange object of a document; empty keys are left out. ``from_exchange`` gives it back."""
    prefix = f"{document.platform}:"
    native = document.id.removeprefix(prefix)
    out: dict[str, Any] = {"id": native, "platform": document.platform, "kind": document.kind.value}
    if (a := document.author) is not None:
        out["author"] = {
            k: v
            for k, v in {
                "id": a.id.removeprefix(prefix), "handle": a.handle, "name": a.name,
                "created_at": rfc3339(a.created_at) if a.created_at else None, "followers": a.followers,
                "following": a.following, "posts": a.posts, "description": a.description, "verified": a.verified,
            }.items()
            if v is not None
        }  # fmt: skip
    out |= {"title": document.title, "text": document.text, "lang": document.lang, "url": document.url, "source": document.source}
    if document.published_at is not None:
        out |= {"published_at": rfc3339(document.published_at), "published_precision": document.published_precision.value}
    for key, link in _POINTERS:
        target = document.target(link)
        out[key] = target.removeprefix(prefix) if target else None
    for key, link in (("urls", LinkKind.URL), ("hashtags", LinkKind.HASHTAG), ("mentions", LinkKind.MENTION)):
        out[key] = list(document.targets(link)) or None
    out |= {"media": [dict(m) for m in document.media] or None, "metrics": dict(document.metrics) or None}
    if document.collected_at:
        out["collected_at"] = rfc3339(document.collected_at)
    out["extra"] = dict(document.extra) or None
    return {k: v for k, v in out.items() if v is not None}


def _links(row: Mapping[str, Any], platform: str, invalid: dict[str, Any]) -> list[Link]:
    links: list[Link] = []
    for key, kind in _POINTERS:
        target = row.get(key)
        if target is not None and target != "":
            links.append(Link(kind, document_id(platform, clean(str(target), MAX_SHORT))))
    for url in _list(row, "urls", invalid):
        links.append(Link(LinkKind.URL, clean(str(url), MAX_SHORT).strip()))
    for tag in _list(row, "hashtags", invalid):
        links.append(Link(LinkKind.HASHTAG, clean(str(tag), MAX_SHORT).lstrip("#").casefold()))
    for handle in _list(row, "mentions", invalid):
        links.append(Link(LinkKind.MENTION, clean(str(handle), MAX_SHORT).lstrip("@")))
    return [link for link in links if link.target]


def _author(value: Any, platform: str, invalid: dict[str, Any]) -> Author | None:
    if value is None:
        return None
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        value = {"id": str(value)}
    if not isinstance(value, Mapping) or value.get("id") in (None, ""):
        invalid["author"] = value
        return None
    bad: dict[str, Any] = {}
    author = Author(
        id=document_id(platform, clean(str(value["id"]), MAX_SHORT)), handle=_text(value, "handle", bad, MAX_SHORT),
        name=_text(value, "name", bad, MAX_SHORT), created_at=_moment(value, "created_at", bad, None),
        followers=_count(value, "followers", bad), following=_count(value, "following", bad), posts=_count(value, "posts", bad),
        description=_text(value, "description", bad, MAX_SHORT), verified=bool(value["verified"]) if value.get("verified") is not None else None,
    )  # fmt: skip
    if bad:
        invalid["author"] = bad
    return author


def _metrics(value: Any, invalid: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        if value is not None:
            invalid["metrics"] = value
        return {}
    out: dict[str, Any] = {k: n for k in _COUNTS if (n := _count(value, k, invalid)) is not None}
    if isinstance(value.get("observed_at"), str):
        out["observed_at"] = value["observed_at"][:40]
    return out


def _short(value: str) -> str:
    return clean(value, 200).strip()


def _text(row: Mapping[str, Any], key: str, invalid: dict[str, Any], limit: int) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        invalid[key] = value
        return None
    return clean(value, limit)


def _list(row: Mapping[str, Any], key: str, invalid: dict[str, Any]) -> list[Any]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        invalid[key] = value
        return []
    return list(value[:MAX_LINKS])


def _count(row: Mapping[str, Any], key: str, invalid: dict[str, Any]) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        invalid[key] = value
        return None
    if 0 <= number < 2**53:
        return number
    invalid[key] = value
    return None


def _moment(row: Mapping[str, Any], key: str, invalid: dict[str, Any], now: datetime | None) -> datetime | None:
    value = row.get(key)
    if value is None:
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if EARLIEST <= moment <= (now or datetime.now(UTC)) + timedelta(days=1) or key == "created_at":
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    except (TypeError, ValueError, OverflowError):
        pass
    invalid[key] = value if isinstance(value, (str, int, float)) else str(value)
    return None


def _choice(row: Mapping[str, Any], key: str, make: Callable[[Any], E], default: E, invalid: dict[str, Any]) -> E:
    value = row.get(key)
    if value is None:
        return default
    try:
        return make(value)
    except ValueError:
        invalid[key] = value
        return default
