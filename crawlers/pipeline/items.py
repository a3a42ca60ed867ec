"""What spiders yield beside requests: an object of the exchange format, or a `CrawlItem`.

A spider may yield plain dicts (see docs/importing.md for the keys). One that also remembers where
it was, or keeps original bytes, yields `CrawlItem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from itemadapter.adapter import ItemAdapter

from crawlers.pipeline.crawl_state import StateUpdate
from index.versions.history import Sighting
from tocsin.core.documents import Raw
from tocsin.core.errors import Unreadable
from tocsin.core.exchange import AUTHOR_KEYS, KEYS, from_exchange
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace, nearest

MAX_SHOWN = 60


@dataclass(slots=True, repr=False)
class CrawlItem:
    """What one answer gave.

    ``rows`` are objects of the exchange format, ``state`` what to remember once the index has them,
    ``raw`` the original bytes that they were read from, already on disk. ``sightings`` are
    documents of before that were seen as they are, or whose pages are gone.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    state: StateUpdate = field(default_factory=StateUpdate)
    raw: Raw | None = None
    sightings: list[Sighting] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<{len(self.rows)} rows>"


def as_crawl_item(item: Any) -> CrawlItem:
    """The item of whatever a spider yielded: a dict, a Scrapy item, a dataclass, or a `CrawlItem`.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(item, CrawlItem):
        return item
    if isinstance(item, Mapping):
        return CrawlItem([dict(item)])
    if ItemAdapter.is_item(item):
        return CrawlItem([ItemAdapter(item).asdict()])
    raise TypeError(
        f"a spider yields requests and items, not {type(item).__name__}; "
        "yield a dict with the keys of the exchange format"
    )


def check_row(row: dict[str, Any], platform: str = "") -> list[Message]:
    """Complete a row, and say what of it cannot be taken.

    Args:
        row: an object of the exchange format. ``platform`` and ``collected_at`` are set where it
            lacks them, empty entries of ``extra`` are taken out.
        platform: the spider's platform.

    Returns:
        A sentence for each key that is wrong or unknown; the post is kept without it.

    Raises:
        Unreadable: no document can be made of it; the message names the key.
    """
    if not row.get("platform") and platform:
        row["platform"] = platform
    row.setdefault("collected_at", rfc3339(datetime.now(UTC)))
    extra = row.get("extra")
    if isinstance(extra, Mapping):
        row["extra"] = {k: v for k, v in extra.items() if v not in (None, "", [], {})}
    if not isinstance(row.get("platform"), str):
        raise Unreadable(Message("crawl.no_platform"))
    if row.get("id") in (None, ""):
        raise Unreadable(Message("crawl.no_id"))
    document = from_exchange(row)
    if not any(row.get(key) for key in ("text", "title", "url", "urls", "media", "repost_of")):
        raise Unreadable(Message("crawl.nothing_said"))
    sentences = [
        Message("crawl.key_invalid", {"key": repr(key), "value": _shown(value)})
        for key, value in _invalid(document.extra.get("invalid"), row.get("extra"))
    ]
    unknown = [key for key in row if key not in KEYS]
    author = row.get("author")
    if isinstance(author, Mapping):
        unknown += [f"author.{key}" for key in author if key not in AUTHOR_KEYS]
    known = [*KEYS, *(f"author.{key}" for key in AUTHOR_KEYS)]
    for key in unknown:
        near = nearest(str(key), known)
        hint = Message("reading.near", {"name": repr(near)}) if near else ""
        sentences.append(Message("crawl.key_unknown", {"key": repr(key), "hint": hint}))
    return sentences


def _invalid(invalid: Any, given: Any) -> list[tuple[str, Any]]:
    """Keys that did not fit and what they held, those left out that the spider put there itself."""
    own = given.get("invalid") if isinstance(given, Mapping) else None
    if not isinstance(invalid, Mapping):
        return []
    return [(k, v) for k, v in invalid.items() if not isinstance(own, Mapping) or k not in own]


def _shown(value: Any) -> str:
    text = collapse_whitespace(clean(repr(value), MAX_SHOWN + 1))
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
