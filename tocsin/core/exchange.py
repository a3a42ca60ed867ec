"""The exchange format: one JSON object a line, to and from `Document`.

Every importer ends in `from_exchange`; every export can produce `to_exchange`. Unknown keys are
kept in ``extra``. `null` and a missing key mean the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tocsin.core.dates import parse_time, says_never
from tocsin.core.documents import (
    FOUND_KEYS,
    SEEN_KEYS,
    STRUCTURE_KEYS,
    Author,
    Document,
    Kind,
    Link,
    LinkKind,
    Precision,
    bare_id,
    content_hash,
    document_id,
)
from tocsin.core.errors import Unreadable
from tocsin.core.findings import rfc3339, rfc3339_or_none
from tocsin.core.language.codes import language_tag
from tocsin.core.messages import Message
from tocsin.core.text import MAX_SHORT, MAX_TEXT, clean, cut_json, json_size, sanitize_json

E = TypeVar("E")
MAX_ID = 512
MAX_LINKS = 1_000
MAX_COUNT = 2**53
MAX_AUTHORS = 10_000
MAX_EXTRA = 1_000_000  # of ``extra`` and ``media``, each
TRUNCATED = "truncated"
"""Key of ``extra`` for what was too long: key -> characters before the cut."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

KEYS = (
    "id", "platform", "kind", "author", "title", "text", "lang", "published_at",
    "published_precision", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of",
    "quote_of", "media", "metrics", "source", "extra", "collected_at", "truncated", "deleted_at",
)  # fmt: skip
"""The keys of an object of the exchange format."""
AUTHOR_KEYS = (
    "id", "handle", "name", "created_at", "followers", "following", "posts", "description",
    "verified",
)  # fmt: skip
"""The keys of its ``author``."""
COUNTS = ("likes", "reposts", "replies", "quotes", "views")
"""The keys of its ``metrics``, beside ``observed_at``."""
EXTRACTABLE = (
    ("urls", LinkKind.URL, "://"),
    ("hashtags", LinkKind.HASHTAG, "#"),
    ("mentions", LinkKind.MENTION, "@"),
)
"""Lists that an importer reads off a text whose key is absent, and the sign that makes it look."""

_KEYS = frozenset(KEYS)
_METRICS = frozenset({*COUNTS, "observed_at"})
_ONLY_TEXTS = frozenset({str})
_LIMITS = {
    "title": MAX_SHORT, "text": MAX_TEXT, "url": MAX_SHORT, "media": MAX_EXTRA, "extra": MAX_EXTRA,
}  # fmt: skip
_FOUND = frozenset(FOUND_KEYS)
_POST_LINKS = (
    ("repost_of", LinkKind.REPOST),
    ("reply_to", LinkKind.REPLY),
    ("quote_of", LinkKind.QUOTE),
)
_NO = frozenset({"", "0", "false", "no", "n", "f", "none", "null"})
_latest = EARLIEST
"""A day after the clock's last answer: what is published later than that is wrong."""
NOBODY = frozenset({
    "[deleted]", "[removed]", "u/[deleted]", "[deleted user]", "deleted account",
    "deleted user", "deleted_user", "anonymous", "anonyme", "compte supprimé",
    "utilisateur supprimé",
})  # fmt: skip
"""What platforms write where an account is gone or hidden: as an author's id it is nobody."""
NO_TEXT = frozenset({"[deleted]", "[removed]"})
"""What platforms write where a text is gone."""

_authors: dict[tuple[Any, ...], Author] = {}


def from_exchange(
    row: Mapping[str, Any],
    *,
    source: str | None = None,
    collected_at: datetime | None = None,
    now: datetime | None = None,
) -> Document:
    """The document of one exchange object.

    A field that is wrong (a date outside [1990-01-01, now + 1 day], a count that is not a number)
    is left empty and kept under ``extra["invalid"]``; it never costs the document. What is too long
    is cut, and its length stands under ``extra["truncated"]`` (in exchange objects: ``truncated``).

    Raises:
        Unreadable: no id, no platform, or not an object.
    """
    if not isinstance(row, dict) and not isinstance(row, Mapping):
        raise Unreadable(Message("fault.exchange.no_object", {"type": type(row).__name__}))
    get = row.get
    platform = get("platform")
    if not isinstance(platform, str) or not (
        platform := clean(platform, 200).strip().lower().replace(":", "-")
    ):
        raise Unreadable(Message("fault.exchange.no_platform"))
    if (key := _full_id(platform, get("id"))) is None:
        raise Unreadable(Message("fault.exchange.no_id"))
    invalid: dict[str, Any] = {}
    more: dict[str, Any] = {}
    title = None if (v := get("title")) is None else _read_text(v, "title", invalid, MAX_SHORT)
    text = "" if (v := get("text")) is None else _read_text(v, "text", invalid, MAX_TEXT) or ""
    if text in NO_TEXT:
        text = ""
    links = _read_links(get, platform, invalid)
    media: tuple[Mapping[str, Any], ...] = ()
    if (v := get("media")) is not None:
        media = tuple(
            sanitize_json(m) for m in _read_list(v, "media", invalid) if isinstance(m, Mapping)
        )
        links += [
            Link(LinkKind.MEDIA, clean(str(m.get("hash") or m["url"]), MAX_SHORT))
            for m in media
            if m.get("hash") or m.get("url")
        ]
        media = tuple(cut_json(media, MAX_EXTRA)) if json_size(v) > MAX_EXTRA else media
    published, precision = None, Precision.EXACT
    if (v := get("published_at")) is not None:
        published, precision = _read_time(v, "published_at", invalid, now)
    if (v := get("published_precision")) is not None:
        precision = _read_choice(v, "published_precision", Precision, precision, invalid)
    if collected_at is None and (v := get("collected_at")) is not None:
        collected_at = _read_time(v, "collected_at", invalid, now)[0]
    deleted = None if says_never(v := get("deleted_at")) else _read_moment(v, "deleted_at", invalid)
    author = None if (v := get("author")) is None else _known_author(v, platform, invalid, more)
    metrics = {} if (v := get("metrics")) is None else _read_metrics(v, invalid, more)
    kind = (
        Kind.POST
        if (v := get("kind")) is None or v == "post"
        else _read_choice(v, "kind", Kind, Kind.POST, invalid)
    )
    lang = "und" if (v := get("lang")) is None else _read_language(v, invalid)
    named = None if (v := get("source")) is None else _read_text(v, "source", invalid, MAX_SHORT)
    url = None if (v := get("url")) is None else _read_text(v, "url", invalid, MAX_SHORT)
    extra = _read_extra(row, more, invalid)
    if (
        len(text) == MAX_TEXT
        or (title and len(title) == MAX_SHORT)
        or (url and len(url) == MAX_SHORT)
        or media
        or extra
        or TRUNCATED in row
    ) and (cuts := _list_cuts(row)):
        extra[TRUNCATED] = cuts
    return Document(
        id=key,
        platform=platform,
        kind=kind,
        source=named or source,
        author=author,
        title=title,
        text=text,
        lang=lang,
        published_at=published,
        published_precision=precision,
        collected_at=collected_at,
        deleted_at=deleted,
        url=url or None,
        links=tuple(links),
        media=media,
        metrics=metrics,
        content_hash=content_hash(title, text),
        extra=extra,
    )


def to_exchange(document: Document) -> dict[str, Any]:
    """The exchange object of a document, without empty keys; `from_exchange` gives it back."""
    prefix = f"{document.platform}:"
    native = bare_id(document.id, prefix)
    out: dict[str, Any] = {"id": native, "platform": document.platform, "kind": document.kind.value}
    if document.author is not None:
        out["author"] = _author_to_exchange(document.author, prefix)
    out |= {
        "title": document.title,
        "text": document.text,
        "lang": document.lang,
        "url": document.url,
        "source": document.source,
        "deleted_at": rfc3339_or_none(document.deleted_at),
    }
    if document.published_at is not None:
        out |= {
            "published_at": rfc3339(document.published_at),
            "published_precision": document.published_precision.value,
        }
    for key, link in _POST_LINKS:
        target = document.target(link)
        out[key] = bare_id(target, prefix) if target else None
    for key, link, sign in EXTRACTABLE:
        # an empty list says that there is none; without it an importer would look in the text
        out[key] = list(document.targets(link)) or ([] if sign in document.text else None)
    out |= {
        "media": [dict(m) for m in document.media] or None,
        "metrics": dict(document.metrics) or None,
    }
    if document.collected_at:
        out["collected_at"] = rfc3339(document.collected_at)
    extra = dict(document.extra)
    if cuts := extra.pop(TRUNCATED, None):
        out[TRUNCATED] = dict(cuts)
    out["extra"] = extra or None
    return {k: v for k, v in out.items() if v is not None}


def _author_to_exchange(author: Author, prefix: str) -> dict[str, Any]:
    row = {
        "id": bare_id(author.id, prefix),
        "handle": author.handle,
        "name": author.name,
        "created_at": rfc3339(author.created_at) if author.created_at else None,
        "followers": author.followers,
        "following": author.following,
        "posts": author.posts,
        "description": author.description,
        "verified": author.verified,
    }
    return {key: value for key, value in row.items() if value is not None}


def _list_cuts(row: Mapping[str, Any]) -> dict[str, int]:
    """Which keys were too long, also where a row says that of itself: key -> characters before."""
    before = row.get(TRUNCATED)
    cuts = {k: v for k, v in before.items() if k in _LIMITS} if isinstance(before, dict) else {}
    for key, limit in _LIMITS.items():
        if (value := row.get(key)) is not None and (size := json_size(value)) > limit:
            cuts[key] = size
    if not row.keys() <= _KEYS:
        unknown = {k: v for k, v in row.items() if k not in _KEYS or k == "extra"}
        if (size := json_size(unknown)) > MAX_EXTRA:
            cuts["extra"] = size
    return {key: size for key, size in cuts.items() if type(size) is int}


def _full_id(platform: str, value: Any) -> str | None:
    """``platform:native``; an id that is too long keeps its head and a hash of the whole."""
    if type(value) is not str:
        if isinstance(value, float) and value.is_integer() and abs(value) < MAX_COUNT:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        value = str(value) if abs(value) < 10**MAX_ID else ""
    native = clean(value).strip()
    if ":" in native:  # an id may carry its platform, as tables of Tocsin write it
        native = native.removeprefix(f"{platform}:")
    if len(native) > MAX_ID:
        native = f"{native[:400]}~{hashlib.sha256(native.encode()).hexdigest()[:24]}"
    return document_id(platform, native) if native else None


def _read_extra(
    row: Mapping[str, Any], more: dict[str, Any], invalid: dict[str, Any]
) -> dict[str, Any]:
    """What has no place of its own: ``extra``, unknown keys (of author and metrics too), errors."""
    given = row.get("extra")
    if isinstance(given, Mapping) and TRUNCATED in given:
        given = {k: v for k, v in given.items() if k != TRUNCATED}  # ours alone to say
    if given is None and not invalid and not more and row.keys() <= _KEYS:
        return {}
    known = {*_KEYS, *_FOUND, *STRUCTURE_KEYS, *SEEN_KEYS} if row.keys() >= _FOUND else _KEYS
    extra: dict[str, Any] = {}
    if isinstance(given, Mapping):
        extra = sanitize_json(given)
    elif given is not None:
        extra["extra"] = sanitize_json(given)
    extra.update(
        (clean(str(k), MAX_SHORT), sanitize_json(v))
        for k, v in row.items()
        if k not in known and v is not None
    )
    extra.update((k, sanitize_json(v)) for k, v in more.items())
    if invalid:
        before = extra.get("invalid")
        earlier = before if isinstance(before, dict) else {}
        extra["invalid"] = {**earlier, **sanitize_json(invalid)}
    return cut_json(extra, MAX_EXTRA) if json_size(extra) > MAX_EXTRA else extra


def _read_links(get: Callable[[str], Any], platform: str, invalid: dict[str, Any]) -> list[Link]:
    links: list[Link] = []
    for key, kind in _POST_LINKS:
        if (target := get(key)) is not None and target != "":
            if (pointed := _full_id(platform, target)) is not None:
                links.append(Link(kind, pointed))
            else:
                invalid[key] = target
    if v := get("urls"):
        links += [
            Link(LinkKind.URL, url)
            for item in _read_texts(v, "urls", invalid)
            if (url := item.strip())
        ]
    if v := get("hashtags"):
        links += [
            Link(LinkKind.HASHTAG, tag)
            for item in _read_texts(v, "hashtags", invalid)
            if (tag := item.strip().lstrip("#").casefold())
        ]
    if v := get("mentions"):
        links += [
            Link(LinkKind.MENTION, handle)
            for item in _read_texts(v, "mentions", invalid)
            if (handle := item.strip().lstrip("@"))
        ]
    return links


def _known_author(
    value: Any, platform: str, invalid: dict[str, Any], more: dict[str, Any]
) -> Author | None:
    """The author of a row.

    Authors repeat: where all values are texts, rows that say the same get the same object.
    """
    if (
        type(value) is dict
        and _ONLY_TEXTS.issuperset(map(type, value.values()))
        and sum(map(len, value.values())) <= 500
    ):
        key = (platform, *value.items())
        if (known := _authors.get(key)) is not None:
            return known
        bad, unknown = dict[str, Any](), dict[str, Any]()
        author = _read_author(value, platform, bad, unknown)
        if author is not None and not bad and not unknown:
            if len(_authors) >= MAX_AUTHORS:
                _authors.clear()
            _authors[key] = author
        invalid |= bad
        more |= unknown
        return author
    return _read_author(value, platform, invalid, more)


def _read_author(
    value: Any, platform: str, invalid: dict[str, Any], more: dict[str, Any]
) -> Author | None:
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        value = {"id": value}
    if not isinstance(value, Mapping) or (key := _full_id(platform, value.get("id"))) is None:
        invalid["author"] = value
        return None
    if key.removeprefix(f"{platform}:").casefold() in NOBODY:
        return None
    bad: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for name, given in value.items():
        if given is None or name == "id":
            continue
        if (read := _AUTHOR_READERS.get(name)) is not None:
            fields[name] = read(given, name, bad)
        else:
            unknown[name] = given
    if unknown:
        more["author"] = unknown
    if bad:
        invalid["author"] = bad
    return Author(id=key, **fields)


def _read_metrics(value: Any, invalid: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        invalid["metrics"] = value
        return {}
    bad: dict[str, Any] = {}
    out: dict[str, Any] = {}
    if not value.keys() <= _METRICS and (
        unknown := {k: v for k, v in value.items() if k not in _METRICS and v is not None}
    ):
        more["metrics"] = unknown
    for key in COUNTS:
        v = value.get(key)
        if type(v) is int and 0 <= v < MAX_COUNT:
            out[key] = v
        elif v is not None and (number := _read_count(v, key, bad)) is not None:
            out[key] = number
    if (v := value.get("observed_at")) is not None and (
        moment := _read_time(v, "observed_at", bad, None)[0]
    ):
        out["observed_at"] = rfc3339(moment)
    if bad:
        invalid["metrics"] = bad
    return out


def _read_text(value: Any, key: str, invalid: dict[str, Any], limit: int) -> str | None:
    if isinstance(value, str):
        return clean(value, limit)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300:
        return str(value)
    invalid[key] = value
    return None


def _read_language(value: Any, invalid: dict[str, Any]) -> str:
    tag = language_tag(value) if isinstance(value, str) and len(value) <= 64 else None
    if tag is None:
        invalid["lang"] = value
    return tag or "und"


def _read_list(value: Any, key: str, invalid: dict[str, Any]) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        invalid[key] = value
        return []
    if len(value) > MAX_LINKS:
        invalid[key] = f"{len(value)} entries, the first {MAX_LINKS} were kept"
    return list(value[:MAX_LINKS])


def _read_texts(value: Any, key: str, invalid: dict[str, Any]) -> list[str]:
    entries = _read_list(value, key, invalid)
    if _ONLY_TEXTS.issuperset(map(type, entries)):
        return [clean(entry, MAX_SHORT) for entry in entries]
    if other := [e for e in entries if not isinstance(e, (str, int))]:
        invalid[key] = other
    return [clean(str(e), MAX_SHORT) for e in entries if isinstance(e, (str, int))]


def _read_count(value: Any, key: str, invalid: dict[str, Any]) -> int | None:
    """A whole number of at least 0, also as ``"22"``, ``22.0`` or ``"22.0"``."""
    try:
        number = value if type(value) is int else float(value)
        if 0 <= number < MAX_COUNT and number == int(number):
            return int(number)
    except (TypeError, ValueError, OverflowError):
        pass
    invalid[key] = value
    return None


def _read_time(
    value: Any, key: str, invalid: dict[str, Any], now: datetime | None
) -> tuple[datetime | None, Precision]:
    global _latest
    timed = parse_time(value)
    if timed is not None:
        moment = timed[0]
        latest = _latest if now is None else now + timedelta(days=1)
        if key == "created_at" or EARLIEST <= moment <= latest:
            return timed
        if now is None and moment > _latest:
            # the clock is asked only for what is newer than its last answer
            _latest = datetime.now(UTC) + timedelta(days=1)
            if moment <= _latest:
                return timed
    invalid[key] = value
    return None, Precision.EXACT


def _read_moment(value: Any, key: str, invalid: dict[str, Any]) -> datetime | None:
    return _read_time(value, key, invalid, None)[0]


def _read_short(value: Any, key: str, invalid: dict[str, Any]) -> str | None:
    return _read_text(value, key, invalid, MAX_SHORT)


def _read_yes(value: Any, _key: str, _invalid: dict[str, Any]) -> bool:
    return str(value).strip().lower() not in _NO


def _read_choice(
    value: Any, key: str, make: Callable[[Any], E], default: E, invalid: dict[str, Any]
) -> E:
    try:
        return make(value)
    except (ValueError, TypeError):
        invalid[key] = value
        return default


_AUTHOR_READERS: dict[str, Callable[[Any, str, dict[str, Any]], Any]] = {
    "handle": _read_short, "name": _read_short, "created_at": _read_moment,
    "followers": _read_count, "following": _read_count, "posts": _read_count,
    "description": _read_short, "verified": _read_yes,
}  # fmt: skip
