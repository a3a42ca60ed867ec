"""Tables of tweets as the médialab's tools write them: gazouilloire, minet, twitwi."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip
from crawlers.importing.formats.x.tables import finish_row


class Gazouilloire(ColumnProfile):
    """https://github.com/medialab/gazouilloire/blob/master/README.md, columns of twitwi."""

    name = "gazouilloire"
    title = "X: gazouilloire and minet, tweets"
    platform = "x"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
        "author.following", "author.posts", "author.description", "author.verified", "text",
        "lang", "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of",
        "quote_of", "media", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.views", "extra.repost_of_handle",
    )  # fmt: skip
    marks = (
        ("user_screen_name", "retweeted_id", "to_tweetid"),
        ("user_screen_name", "timestamp_utc", "retweeted_id"),
        ("user_screen_name", "timestamp_utc", "to_tweetid"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("user_id",),
        "author.handle": ("user_screen_name",),
        "author.name": ("user_name",),
        "author.created_at": ("user_timestamp_utc", "user_created_at"),
        "author.description": ("user_description",),
        "author.verified": ("user_verified",),
        "author.followers": ("user_followers",),
        "author.following": ("user_friends",),
        "author.posts": ("user_tweets",),
        "text": ("text",),
        "lang": ("lang",),
        "published_at": ("timestamp_utc", "local_time", "created_at"),
        "url": ("url",),
        "urls": ("links_to_resolve", "links"),
        "hashtags": ("hashtags",),
        "mentions": ("mentioned_names",),
        "media": ("media_urls",),
        "reply_to": ("to_tweetid",),
        "repost_of": ("retweeted_id",),
        "quote_of": ("quoted_id",),
        "metrics.likes": ("like_count", "favorite_count"),
        "metrics.reposts": ("retweet_count",),
        "metrics.replies": ("reply_count",),
        "metrics.views": ("impression_count",),
        "extra.client": ("source_name",),
        "extra.reply_to_handle": ("to_username",),
        "extra.quoted_handle": ("quoted_user",),
    }
    drops = (
        "local_time", "domains", "media_files", "media_types", "user_image", "user_lists",
        "user_likes", "source_url", "collection_time", "retweeted_timestamp_utc",
        "quoted_timestamp_utc", "mentioned_ids",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row = finish_row(row)
        extra = row.get("extra", {})
        handle = extra.pop("retweeted_user", None)
        text = row.get("text") or ""
        if handle and isinstance(text, str) and not text.startswith("RT @"):
            row["text"] = f"RT @{handle}: {text}"
        if handle and "repost_of" not in row:
            row["extra"] = {**extra, "repost_of_handle": handle}
        if not row.get("extra", True):
            del row["extra"]
        return (row,)
