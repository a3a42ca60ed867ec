"""A status of X as its API v1.1 wrote it: what the stream, the archive that X gives its users, and
the site's own answers (``legacy``) are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeGuard

from crawlers.importing.formats import fields

Status = Mapping[str, Any]
GIVES = (
    "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
    "author.following", "author.posts", "author.description", "author.verified", "text", "lang",
    "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of", "quote_of",
    "media", "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.quotes",
    "metrics.views",
)  # fmt: skip
"""What a status with its user gives."""
_PERMALINK = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/(?:i/web|\w{1,30})/status(?:es)?/(\d{1,25})",
    re.IGNORECASE,
)
_MAX_NESTED = 3
_MAX_CARRIED = 200_000


class StatusReader:
    """Rows of statuses, and once each of those that they carry (repeated, quoted)."""

    def __init__(self) -> None:
        self._carriers: dict[str, str | None] = {}

    def read(self, status: Status) -> Iterator[dict[str, Any]]:
        """The status's own row first."""
        own = native_id(status)
        for place, row in enumerate(rows(status)):
            if place == 0 or self._first_carrier(row.get("id", ""), own) == own:
                yield row

    def _first_carrier(self, native: str, carrier: str | None) -> str | None:
        """Which status carried this one first; the same again when a record is read twice."""
        if len(self._carriers) >= _MAX_CARRIED:
            return self._carriers.get(native, carrier)
        return self._carriers.setdefault(native, carrier)


def is_status(value: Any) -> TypeGuard[Status]:
    """Whether it is a status: an id, a time, and a text in one of its places."""
    if not isinstance(value, Mapping) or "created_at" not in value:
        return False
    has_id = "id_str" in value or "id" in value
    return has_id and not {"full_text", "text", "extended_tweet"}.isdisjoint(value)


def rows(status: Status, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The status, then the statuses that it carries: the one it repeats, the one it quotes."""
    yield _row(status)
    if depth >= _MAX_NESTED:
        return
    for key in ("retweeted_status", "quoted_status"):
        if is_status(carried := status.get(key)):
            yield from rows(carried, depth + 1)


def client_name(source: Any) -> str | None:
    """The name of the client in its link (``<a href=...>Web App</a>``)."""
    return _plain(source) or None if isinstance(source, str) else None


@lru_cache(maxsize=4_096)
def _plain(markup: str) -> str:
    return fields.plain(markup)


def native_id(status: Status) -> str | None:
    """Its id; the text form is the exact one."""
    return fields.identifier(status.get("id_str")) or fields.identifier(status.get("id"))


def quoted_by_address(status: Status) -> str | None:
    """The id of the status whose address ends the text: so X itself marks a quote."""
    _, entities = _content(status)
    addresses = [a for a in fields.addresses(entities.get("urls")) if _PERMALINK.match(a)]
    last = fields.objects(entities.get("urls"))[-1:]
    if not last or not addresses or addresses[-1] not in fields.addresses(last):
        return None
    match = _PERMALINK.match(addresses[-1])
    return match[1] if match else None


def permalink_owner(address: str, native: str | None) -> str | None:
    """The handle in the address of the status with this id."""
    match = re.match(r"https?://(?:www\.)?(?:twitter|x)\.com/(\w{1,30})/status/(\d+)", address)
    return match[1] if match and native and match[2] == native else None


def _row(status: Status) -> dict[str, Any]:
    user = fields.mapping(status.get("user"))
    native = native_id(status)
    handle = user.get("screen_name")
    text, entities = _content(status)
    original = fields.mapping(status.get("retweeted_status"))
    repost_of = native_id(original) or fields.identifier(status.get("retweeted_status_id_str"))
    if original:
        whole, entities = _content(original)
        repeated = fields.line(fields.at(original, "user.screen_name"))
        text = f"RT @{repeated}: {whole}" if repeated else text or whole
        mentions = fields.mentions(repeated or [], entities.get("user_mentions"))
    else:
        mentions = fields.mentions(entities.get("user_mentions"))
    source = original or status
    row = {
        "id": native,
        "author": fields.author(
            user.get("id_str") or user.get("id") or status.get("user_id_str"),
            handle=handle, name=user.get("name"), created_at=user.get("created_at"),
            followers=user.get("followers_count"), following=user.get("friends_count"),
            posts=user.get("statuses_count"), description=user.get("description"),
            verified=user.get("verified"),
        ),
        "text": fields.unescape(text),
        "lang": status.get("lang"),
        "published_at": status.get("created_at"),
        "url": f"https://x.com/{fields.line(handle) or 'i'}/status/{native}" if native else None,
        "urls": fields.addresses(entities.get("urls")),
        "hashtags": fields.tags(entities.get("hashtags")),
        "mentions": mentions,
        **fields.relations(
            reply_to=status.get("in_reply_to_status_id_str") or status.get("in_reply_to_status_id"),
            repost_of=repost_of,
            quote_of=None if repost_of else _quoted(status),
        ),
        "media": list(_media(source)),
        "metrics": fields.counts(
            likes=status.get("favorite_count"), reposts=status.get("retweet_count"),
            replies=status.get("reply_count"), quotes=status.get("quote_count"),
            views=fields.first(status, "views.count", "ext_views.count"),
        ),
    }  # fmt: skip
    fields.with_extra(
        row,
        client=client_name(status.get("source")),
        conversation_id=fields.identifier(status.get("conversation_id_str")),
        reply_to_handle=fields.line(status.get("in_reply_to_screen_name")),
        text_is_cut=True if status.get("truncated") is True and text.endswith("…") else None,
    )
    return fields.without_empty(row)


def _quoted(status: Status) -> str | None:
    carried = fields.mapping(status.get("quoted_status"))
    named = fields.identifier(status.get("quoted_status_id_str"))
    native = named or fields.identifier(status.get("quoted_status_id")) or native_id(carried)
    if native is None and status.get("is_quote_status") is True:
        return quoted_by_address(status)
    return native


def _content(status: Status) -> tuple[str, Mapping[str, Any]]:
    """Text and entities; statuses of over 140 characters have theirs apart."""
    extended = fields.mapping(status.get("extended_tweet"))
    whole = fields.text(extended.get("full_text")) or fields.text(status.get("full_text"))
    entities = {
        **fields.mapping(status.get("entities")),
        **fields.mapping(extended.get("entities")),
    }
    return whole or fields.text(status.get("text")), entities


def _media(status: Status) -> Iterator[dict[str, Any]]:
    found = fields.first(
        status, "extended_tweet.extended_entities.media", "extended_entities.media",
        "extended_tweet.entities.media", "entities.media",
    )  # fmt: skip
    for one in fields.objects(found):
        made = fields.media(
            one.get("media_url_https") or one.get("media_url"),
            str(one.get("type") or "unknown"),
            one.get("ext_alt_text"),
        )
        if made:
            yield made
