"""Tables of the archive of information operations that Twitter published (2018 to 2022)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip
from crawlers.importing.formats.x.tables import finish_row


class InformationOperations(ColumnProfile):
    """https://transparency.x.com/en/reports/moderation-research

    ``user_mentions`` are ids of accounts, hashed as the authors' are: they stay in ``extra``, and
    mentions are read off the text, where hashed names stand, too. Times are to the minute.
    """

    name = "x-information-operations"
    title = "X: archive of information operations"
    platform = "x"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
        "author.following", "author.description", "text", "lang", "published_at", "url", "urls",
        "hashtags", "mentions", "reply_to", "repost_of", "quote_of", "metrics.likes",
        "metrics.reposts", "metrics.replies", "metrics.quotes",
    )  # fmt: skip
    marks = (("tweetid", "userid", "tweet_text", "tweet_time"),)
    columns: ClassVar = {
        "id": ("tweetid",),
        "author.id": ("userid",),
        "author.handle": ("user_screen_name",),
        "author.name": ("user_display_name",),
        "author.created_at": ("account_creation_date",),
        "author.description": ("user_profile_description",),
        "author.followers": ("follower_count",),
        "author.following": ("following_count",),
        "text": ("tweet_text",),
        "lang": ("tweet_language",),
        "published_at": ("tweet_time",),
        "urls": ("urls",),
        "hashtags": ("hashtags",),
        "reply_to": ("in_reply_to_tweetid",),
        "repost_of": ("retweet_tweetid",),
        "quote_of": ("quoted_tweet_tweetid",),
        "metrics.likes": ("like_count",),
        "metrics.reposts": ("retweet_count",),
        "metrics.replies": ("reply_count",),
        "metrics.quotes": ("quote_count",),
        "extra.client": ("tweet_client_name",),
    }

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        return (finish_row(row),)
