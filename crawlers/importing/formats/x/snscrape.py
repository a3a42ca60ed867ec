"""Posts of X as snscrape and twscrape write them: JSON lines, or a table made of them by pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from crawlers.importing.formats.x.nested_cells import parse_nested_cell, status_id
from crawlers.importing.formats.x.statuses import GIVES, client_name

_NEEDED = ("url", "date", "id")
_OWN = ("likeCount", "retweetCount", "replyCount", "conversationId", "rawContent", "quotedTweet")
_COLUMNS = {
    "id": ("id", "id_str"), "author.id": ("user",), "author.handle": ("user", "username"),
    "text": ("rawContent", "content", "renderedContent"), "lang": ("lang",),
    "published_at": ("date",), "url": ("url",), "urls": ("links", "outlinks"),
    "hashtags": ("hashtags",), "mentions": ("mentionedUsers",), "media": ("media",),
    "repost_of": ("retweetedTweet",), "quote_of": ("quotedTweet",),
    "reply_to": ("inReplyToTweetIdStr", "inReplyToTweetId"), "metrics.likes": ("likeCount",),
    "metrics.reposts": ("retweetCount",), "metrics.replies": ("replyCount",),
    "metrics.quotes": ("quoteCount",), "metrics.views": ("viewCount",),
    "extra.client": ("sourceLabel", "source"), "extra.conversation_id": ("conversationId",),
    "extra.reply_to_handle": ("inReplyToUser",),
}  # fmt: skip
_USER = (
    "id", "id_str", "username", "displayname", "created", "followersCount", "friendsCount",
    "statusesCount", "rawDescription", "description", "verified",
)  # fmt: skip


class Snscrape(BaseProfile):
    """https://github.com/JustAnotherArchivist/snscrape (modules/twitter.py)

    Names of keys changed over the years (``content``, ``rawContent``; ``outlinks``, ``links``). The
    posts that one carries (repeated, quoted) are posts, too, each once.
    """

    name = "snscrape"
    title = "X: snscrape and twscrape (JSON lines, and tables made of them)"
    platform = "x"
    takes = (OBJECTS, TABLE)
    gives = GIVES

    def __init__(self) -> None:
        self._sources: dict[str, list[str]] = {}
        self._carried: dict[str, str] = {}

    def recognises(self, head: Head) -> float:
        if not head.has(*_NEEDED) or not head.has_any("user", "username"):
            return 0.0
        if not head.has_any("rawContent", "content", "renderedContent"):
            return 0.0
        return 0.93 if sum(head.has(name) for name in _OWN) >= 3 else 0.0

    def fit(self, records: Sequence[Record]) -> None:
        written = dict.fromkeys(column for record in records for column in record)
        found = {k: [name for name in names if name in written] for k, names in _COLUMNS.items()}
        self._sources = {key: names for key, names in found.items() if names}

    def sources(self) -> Mapping[str, Sequence[str]]:
        return self._sources

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        if not fields.identifier(record.get("id")) or "date" not in record:
            yield Skip("objects that are no post (users, references to deleted posts)")
            return
        own = fields.identifier(record.get("id")) or ""
        for place, row in enumerate(_rows(record)):
            first = self._carried.setdefault(row.get("id", ""), own) if place else own
            if first == own:
                yield row


def _rows(record: Record, depth: int = 0) -> Iterator[dict[str, Any]]:
    yield _row(record)
    for key in ("retweetedTweet", "quotedTweet"):
        carried = record.get(key)
        if depth < 3 and isinstance(carried, Mapping) and "date" in carried:
            yield from _rows(carried, depth + 1)


def _row(record: Record) -> dict[str, Any]:
    user = parse_nested_cell(record.get("user"), *_USER)
    repeated = record.get("retweetedTweet")
    text = fields.text(fields.first(record, "rawContent", "content", "renderedContent"))
    if isinstance(repeated, Mapping) and (
        whole := fields.text(fields.first(repeated, "rawContent", "content"))
    ):
        handle = fields.line(fields.at(repeated, "user.username"))
        text = f"RT @{handle}: {whole}" if handle else whole
    row = {
        "id": fields.identifier(record.get("id_str") or record.get("id")),
        "author": fields.author(
            user.get("id_str") or user.get("id"),
            handle=user.get("username") or record.get("username"), name=user.get("displayname"),
            created_at=user.get("created"), followers=user.get("followersCount"),
            following=user.get("friendsCount"), posts=user.get("statusesCount"),
            description=user.get("rawDescription") or user.get("description"),
            verified=user.get("verified"),
        ),
        "text": fields.unescape(text),
        "lang": record.get("lang"),
        "published_at": record.get("date"),
        "url": record.get("url"),
        **fields.relations(
            reply_to=record.get("inReplyToTweetIdStr") or record.get("inReplyToTweetId"),
            repost_of=status_id(repeated),
            quote_of=None if status_id(repeated) else status_id(record.get("quotedTweet")),
        ),
        "media": list(_media(record.get("media"))),
        "metrics": fields.counts(
            likes=record.get("likeCount"), reposts=record.get("retweetCount"),
            replies=record.get("replyCount"), quotes=record.get("quoteCount"),
            views=record.get("viewCount"),
        ),
    }  # fmt: skip
    links = record.get("links") or record.get("outlinks")
    if found := fields.addresses(fields.cells(links) if isinstance(links, str) else links):
        row["urls"] = found
    for key, name, read in (
        ("hashtags", "hashtags", fields.tags), ("mentions", "mentionedUsers", fields.mentions)
    ):  # fmt: skip
        value = record.get(name)
        values = fields.cells(value, key) if isinstance(value, str) else value
        if kept := read(values):
            row[key] = kept
    fields.with_extra(
        row,
        client=fields.line(record.get("sourceLabel")) or client_name(record.get("source")),
        conversation_id=fields.identifier(record.get("conversationId")),
        reply_to_handle=parse_nested_cell(record.get("inReplyToUser"), "username").get("username"),
    )
    return fields.without_empty(row)


def _media(value: Any) -> Iterator[dict[str, Any]]:
    """snscrape has a list, twscrape an object of lists."""
    if isinstance(value, Mapping):
        value = [one for part in value.values() if isinstance(part, list) for one in part]
    for one in fields.objects(value):
        film = one.get("variants")
        still = fields.first(one, "fullUrl", "url", "thumbnailUrl", "previewUrl")
        address = fields.first(film, "0.url") if film else None
        if made := fields.media(address or still, "video" if film else "photo"):
            yield made
