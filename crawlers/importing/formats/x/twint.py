"""Posts of X as twint writes them: CSV (comma or tab) and JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import (
    OBJECTS,
    TABLE,
    BaseProfile,
    Head,
    Record,
    Skip,
)
from crawlers.importing.formats.x.nested_cells import status_id

_COLUMNS = {
    "id": ("id", "retweet_id"), "author.id": ("user_id", "user_rt_id"),
    "author.handle": ("username", "user_rt"), "author.name": ("name",), "text": ("tweet",),
    "lang": ("language",),
    "published_at": ("created_at", "date", "time", "timezone", "retweet_date"),
    "url": ("link",), "urls": ("urls",), "hashtags": ("hashtags",), "mentions": ("mentions",),
    "media": ("photos",), "quote_of": ("quote_url",), "repost_of": ("retweet_id",),
    "reply_to": ("conversation_id",), "metrics.likes": ("likes_count",),
    "metrics.reposts": ("retweets_count",), "metrics.replies": ("replies_count",),
    "extra.reply_to_handle": ("reply_to",), "extra.place": ("place",),
}  # fmt: skip


class Twint(BaseProfile):
    """https://github.com/twintproject/twint (storage/write_meta.py)

    Of a repost, id, author and text are those of the post that it repeats; who repeated it, when
    and under which id stands in columns of its own: such a row is two posts. Of an answer the
    first post of its conversation is known: that is what ``reply_to`` points at.
    """

    name = "twint"
    title = "X: twint (CSV, JSON lines; a reply points at the first post of its conversation)"
    platform = "x"
    takes = (OBJECTS, TABLE)
    gives = (
        "id", "author.id", "author.handle", "author.name", "text", "lang", "published_at", "url",
        "urls", "hashtags", "mentions", "reply_to", "repost_of", "quote_of", "media",
        "metrics.likes", "metrics.reposts", "metrics.replies",
    )  # fmt: skip

    def __init__(self) -> None:
        self._sources: dict[str, list[str]] = {}

    def recognises(self, head: Head) -> float:
        if not head.has("id", "tweet", "username"):
            return 0.0
        own = ("conversation_id", "likes_count", "retweets_count", "quote_url", "user_rt", "link")
        return 0.93 if sum(head.has(name) for name in own) >= 3 else 0.0

    def fit(self, records: Sequence[Record]) -> None:
        written = {column for record in records for column in record}
        found = {k: [name for name in names if name in written] for k, names in _COLUMNS.items()}
        self._sources = {key: names for key, names in found.items() if names}

    def sources(self) -> Mapping[str, Sequence[str]]:
        return self._sources

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        row = _row(record)
        who = fields.author(record.get("user_rt_id"), handle=record.get("user_rt"))
        native = fields.identifier(record.get("retweet_id"))
        if who is None or not native or not row.get("id"):
            yield row
            return
        handle = fields.at(row, "author.handle")
        yield fields.without_empty(
            {
                "id": native,
                "author": who,
                "text": f"RT @{handle}: {row.get('text', '')}" if handle else row.get("text"),
                "lang": row.get("lang"),
                "published_at": _in_zone(record, fields.text(record.get("retweet_date"))),
                "url": f"https://x.com/{who.get('handle', 'i')}/status/{native}",
                **{key: row[key] for key in ("urls", "hashtags", "media") if key in row},
                "repost_of": row["id"],
            }
        )
        yield row


def _row(record: Record) -> dict[str, Any]:
    native = fields.identifier(record.get("id"))
    conversation = fields.identifier(record.get("conversation_id"))
    answered = record.get("reply_to")
    others = fields.mentions(fields.cells(answered, "mentions") if answered else [])
    row = {
        "id": native,
        "author": fields.author(
            record.get("user_id"), handle=record.get("username"), name=record.get("name")
        ),
        "text": fields.unescape(record.get("tweet")),
        "lang": record.get("language"),
        "published_at": _time(record),
        "url": record.get("link"),
        "urls": fields.addresses(fields.cells(record.get("urls"))),
        "hashtags": fields.tags(fields.cells(record.get("hashtags"), "hashtags")),
        "mentions": fields.mentions(fields.cells(record.get("mentions"), "mentions")),
        **fields.relations(
            reply_to=conversation if conversation != native else None,
            quote_of=status_id(record.get("quote_url")),
        ),
        "media": [
            made
            for one in fields.addresses(fields.cells(record.get("photos")))
            if (made := fields.media(one, "photo"))
        ],
        "metrics": fields.counts(
            likes=record.get("likes_count"), reposts=record.get("retweets_count"),
            replies=record.get("replies_count"),
        ),
    }  # fmt: skip
    own = fields.line(record.get("username"))
    fields.with_extra(
        row,
        reply_to_handle=next((name for name in others if name != own), None),
        place=fields.line(record.get("place")),
    )
    return fields.without_empty(row)


def _time(record: Record) -> Any:
    """``date``, ``time`` and ``timezone`` are exact; ``created_at`` is epoch milliseconds, or text
    with the name of a zone.
    """
    day, hour = fields.line(record.get("date")), fields.line(record.get("time"))
    if day and hour and fields.line(record.get("timezone")):
        return _in_zone(record, f"{day} {hour}")
    made = record.get("created_at")
    return made if made not in (None, "") else " ".join(filter(None, (day, hour)))


def _in_zone(record: Record, time: str) -> str:
    zone = fields.line(record.get("timezone")) or ""
    return f"{time} {zone}".strip() if time else ""
