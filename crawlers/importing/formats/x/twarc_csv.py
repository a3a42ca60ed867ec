"""Tables that twarc-csv makes of the answers of X's API v2 (and tools that keep its columns)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.fields import identifier, line, unescape, with_extra
from crawlers.importing.formats.profile_base import Record, Skip
from crawlers.importing.formats.x.api_v2 import RELATIONS

_REFERENCE = re.compile(r"\{[^{}]{0,5000}\}")
_TYPE = re.compile(r"['\"]type['\"]: ?['\"](\w{1,20})")
_ID = re.compile(r"['\"]id['\"]: ?['\"]?(\d{1,25})")
_ACCOUNTS = ("username", "pinned_tweet_id", "public_metrics.followers_count")


class TwarcCsv(ColumnProfile):
    """https://twarc-project.readthedocs.io/en/latest/twarc2_en_us/#twarc-csv

    A repost has the text, the addresses and the counts of what it repeats. Line breaks are written
    ``\\n``. Tables that pandas makes of the API's tweets have relations in one cell. Tables of
    accounts have no posts.
    """

    name = "twarc-csv"
    title = "X: twarc-csv, flattened answers of the API v2"
    platform = "x"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
        "author.following", "author.posts", "author.description", "author.verified", "text",
        "lang", "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of",
        "quote_of", "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.quotes",
        "metrics.views",
    )  # fmt: skip
    marks = (
        ("referenced_tweets.retweeted.id", "author_id"),
        ("referenced_tweets.replied_to.id", "author_id"),
        ("public_metrics.retweet_count", "author.username", "conversation_id"),
        ("public_metrics.retweet_count", "author_id", "created_at", "text"),
        _ACCOUNTS,
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id", "author.id"),
        "author.handle": ("author.username",),
        "author.name": ("author.name",),
        "author.created_at": ("author.created_at",),
        "author.description": ("author.description",),
        "author.verified": ("author.verified",),
        "author.followers": ("author.public_metrics.followers_count",),
        "author.following": ("author.public_metrics.following_count",),
        "author.posts": ("author.public_metrics.tweet_count",),
        "text": ("note_tweet.text", "text"),
        "lang": ("lang",),
        "published_at": ("created_at",),
        "urls": ("entities.urls",),
        "hashtags": ("entities.hashtags",),
        "mentions": ("entities.mentions",),
        "reply_to": ("referenced_tweets.replied_to.id",),
        "repost_of": ("referenced_tweets.retweeted.id",),
        "quote_of": ("referenced_tweets.quoted.id",),
        "metrics.likes": ("public_metrics.like_count",),
        "metrics.reposts": ("public_metrics.retweet_count",),
        "metrics.replies": ("public_metrics.reply_count",),
        "metrics.quotes": ("public_metrics.quote_count",),
        "metrics.views": ("public_metrics.impression_count",),
    }
    drops = (
        "context_annotations", "entities.annotations", "entities.cashtags", "attachments.media",
        "edit_history_tweet_ids", "edit_controls.edits_remaining", "edit_controls.editable_until",
        "edit_controls.is_edit_eligible", "reply_settings", "__twarc.version",
        "author.entities.description.hashtags", "author.entities.description.urls",
        "author.entities.url.urls", "author.profile_image_url", "entities.note",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        if all(name in record for name in _ACCOUNTS):
            return (Skip("accounts, no posts"),)
        extra = row.get("extra", {})
        with_extra(row, client=extra.pop("source", None))  # the client's name is no source
        row["text"] = unescape(row.get("text"))
        if "__twarc.version" in record:
            row["text"] = row["text"].replace("\\n", "\n")
        for key, native in _references(extra.pop("referenced_tweets", None)):
            row.setdefault(key, native)
        if "id" in row:
            row["url"] = f"https://x.com/i/status/{row['id']}"
        handle = line(record.get("retweeted_username"))
        if handle and not row.get("repost_of"):
            with_extra(row, repost_of_handle=handle)
        return (row,)


def _references(cell: Any) -> Iterable[tuple[str, str]]:
    """Relations of a cell that holds the list ``referenced_tweets``."""
    if not isinstance(cell, str):
        return
    for part in _REFERENCE.findall(cell[:20_000]):
        kind, native = _TYPE.search(part), _ID.search(part)
        if kind and native and (key := RELATIONS.get(kind[1])) and identifier(native[1]):
            yield key, native[1]
