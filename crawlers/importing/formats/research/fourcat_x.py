"""Posts of X as 4CAT writes them to CSV, collected with Zeeschuimer or by the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip
from crawlers.importing.formats.x.tables import finish_row

_YES = frozenset({"yes", "true", "1", "y"})


class FourcatX(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/twitter-import, twitterv2)

    4CAT names the account that is repeated, never the post. Of an answer it keeps the first post of
    the conversation (``thread_id``): that is what ``reply_to`` points at; whom it answers stands in
    ``extra.reply_to_handle``.
    """

    name = "4cat-x"
    title = "X: 4CAT, CSV (a reply points at the first post of its conversation)"
    platform = "x"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.followers", "author.verified",
        "text", "lang", "published_at", "url", "urls", "hashtags", "mentions", "reply_to",
        "quote_of", "media", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.quotes", "metrics.views", "extra.repost_of_handle",
    )  # fmt: skip
    marks = (
        ("thread_id", "body", "is_retweet", "retweeted_user"),
        ("thread_id", "body", "is_retweet", "is_quote_tweet"),
        ("thread_id", "body", "retweeted_user", "is_quote_tweet"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id", "author"),
        "author.handle": ("author",),
        "author.name": ("author_fullname",),
        "author.followers": ("author_followers",),
        "author.verified": ("verified", "author_verified"),
        "text": ("body",),
        "lang": ("language_guess",),
        "published_at": ("unix_timestamp", "timestamp"),
        "url": ("link", "url"),
        "urls": ("urls",),
        "hashtags": ("hashtags",),
        "mentions": ("mentions",),
        "media": ("images", "videos"),
        "reply_to": ("thread_id",),
        "quote_of": ("quote_tweet_id", "quoted_tweet_id"),
        "metrics.likes": ("like_count",),
        "metrics.reposts": ("retweet_count",),
        "metrics.replies": ("reply_count",),
        "metrics.quotes": ("quote_count",),
        "metrics.views": ("impression_count",),
        "extra.client": ("source",),
        "extra.repost_of_handle": ("retweeted_user",),
        "extra.reply_to_handle": ("replied_user", "replied_author"),
        "extra.quoted_handle": ("quoted_user", "quote_author"),
    }
    drops = (
        "author_avatar_url", "author_banner_url", "is_retweet", "is_reply", "is_quote_tweet",
        "quote_body",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row = finish_row(row)
        is_repost = _says_yes(record.get("is_retweet"))
        handle = fields.line(record.get("retweeted_user"))
        if is_repost:
            row.pop("quote_of", None)
            text = fields.text(row.get("text"))
            if handle and not text.startswith("RT @"):
                row["text"] = f"RT @{handle}: {text}"
        elif handle:
            del row["extra"]["repost_of_handle"]
        is_answer = _says_yes(record.get("is_reply")) and not is_repost
        if not is_answer or row.get("reply_to") == row.get("id"):
            row.pop("reply_to", None)
        row["media"] = [
            made
            for column, kind in (("images", "photo"), ("videos", "video"))
            for address in fields.addresses(fields.cells(record.get(column)))
            if (made := fields.media(address, kind))
        ]
        return (row,)


def _says_yes(value: Any) -> bool:
    return str(value).strip().lower() in _YES
