"""Tables of posts of X that R packages and older scripts write: rtweet, twarc 1 and their like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Head, Record, Skip
from crawlers.importing.formats.x.tables import finish_row

_GIVES = (
    "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
    "author.following", "author.posts", "author.description", "author.verified", "text", "lang",
    "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of", "quote_of",
    "media", "metrics.likes", "metrics.reposts",
)  # fmt: skip
_MARKED = re.compile(r"x(\d{1,25})")


class AcademicTwitter(ColumnProfile):
    """https://github.com/cjbarrie/academictwitteR (``bind_tweets(output_format = "tidy")``)

    What a post repeats or quotes is one column, its type another; the post that it answers is not
    there.
    """

    name = "academictwitter"
    title = "X: academictwitteR, tidy tables"
    platform = "x"
    gives = (*(k for k in _GIVES if k not in ("urls", "reply_to", "media")), "metrics.quotes")
    marks = (
        ("tweet_id", "user_username", "sourcetweet_type", "sourcetweet_id"),
        ("tweet_id", "user_username", "author_id", "user_tweet_count"),
    )
    columns: ClassVar = {
        "id": ("tweet_id",),
        "author.id": ("author_id",),
        "author.handle": ("user_username",),
        "author.name": ("user_name",),
        "author.created_at": ("user_created_at",),
        "author.description": ("user_description",),
        "author.verified": ("user_verified",),
        "author.followers": ("user_followers_count",),
        "author.following": ("user_following_count",),
        "author.posts": ("user_tweet_count",),
        "text": ("text",),
        "lang": ("lang",),
        "published_at": ("created_at",),
        "repost_of": ("sourcetweet_id",),
        "metrics.likes": ("like_count",),
        "metrics.reposts": ("retweet_count",),
        "metrics.quotes": ("quote_count",),
        "extra.client": ("source",),
        "extra.conversation_id": ("conversation_id",),
    }
    drops = ("user_profile_image_url", "user_list_count", "sourcetweet_lang")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        if fields.text(record.get("sourcetweet_type")).strip().lower() != "retweeted":
            row["quote_of"] = row.pop("repost_of", None)
        elif whole := fields.text(record.get("sourcetweet_text")):
            begin, colon, _ = fields.text(row.get("text")).partition(": ")
            row["text"] = f"{begin}: {whole}" if colon and begin.startswith("RT @") else whole
        row.get("extra", {}).pop("sourcetweet_text", None)
        row = finish_row(row)
        return (fields.without_empty(row),)


class Rtweet(ColumnProfile):
    """https://docs.ropensci.org/rtweet (``write_as_csv``, before version 1)

    Ids begin with an ``x``, so that spreadsheets leave them alone.
    """

    name = "rtweet"
    title = "X: rtweet, tables"
    platform = "x"
    gives = _GIVES
    marks = (
        ("status_id", "screen_name", "is_retweet", "is_quote"),
        ("status_id", "screen_name", "retweet_status_id"),
    )
    columns: ClassVar = {
        "id": ("status_id",),
        "author.id": ("user_id",),
        "author.handle": ("screen_name",),
        "author.name": ("name",),
        "author.created_at": ("account_created_at",),
        "author.description": ("description",),
        "author.verified": ("verified",),
        "author.followers": ("followers_count",),
        "author.following": ("friends_count",),
        "author.posts": ("statuses_count",),
        "text": ("text",),
        "lang": ("lang",),
        "published_at": ("created_at",),
        "url": ("status_url",),
        "urls": ("urls_expanded_url",),
        "hashtags": ("hashtags",),
        "mentions": ("mentions_screen_name",),
        "media": ("media_url", "ext_media_url"),
        "reply_to": ("reply_to_status_id",),
        "repost_of": ("retweet_status_id",),
        "quote_of": ("quoted_status_id",),
        "metrics.likes": ("favorite_count",),
        "metrics.reposts": ("retweet_count",),
        "extra.client": ("source",),
        "extra.reply_to_handle": ("reply_to_screen_name",),
        "extra.quoted_handle": ("quoted_screen_name",),
    }

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["extra"] = {
            k: v
            for k, v in row.get("extra", {}).items()
            if not k.startswith(("retweet_", "quoted_", "media_", "ext_media", "urls_", "profile_"))
            or k == "quoted_handle"
        }
        for place in (row, row.get("author", {})):
            for key, value in place.items():
                if isinstance(value, str) and (marked := _MARKED.fullmatch(value)):
                    place[key] = marked[1]
        row = finish_row(row)
        handle = fields.line(record.get("retweet_screen_name"))
        text = fields.text(row.get("text"))
        if "repost_of" in row and handle and not text.startswith("RT @"):
            row["text"] = f"RT @{handle}: {text}"
        return (fields.without_empty(row),)


class Json2csv(ColumnProfile):
    """https://github.com/DocNow/twarc/blob/v1/utils/json2csv.py (and DocNow's Hydrator)

    The post that one repeats or quotes is one column; ``tweet_type`` says which it is.
    """

    name = "twarc1-csv"
    title = "X: twarc 1 (json2csv) and Hydrator, tables"
    platform = "x"
    gives = _GIVES
    marks = (
        ("user_screen_name", "retweet_or_quote_id", "in_reply_to_status_id"),
        ("user_screen_name", "tweet_url", "in_reply_to_status_id"),
        ("user_screen_name", "tweet_type", "retweet_or_quote_id"),
        ("user_screen_name", "retweet_id", "quote_id", "in_reply_to_status_id"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("user_id",),
        "author.handle": ("user_screen_name",),
        "author.name": ("user_name",),
        "author.created_at": ("user_created_at",),
        "author.description": ("user_description",),
        "author.verified": ("user_verified",),
        "author.followers": ("user_followers_count",),
        "author.following": ("user_friends_count",),
        "author.posts": ("user_statuses_count",),
        "text": ("text",),
        "lang": ("lang",),
        "published_at": ("created_at", "parsed_created_at"),
        "url": ("tweet_url",),
        "urls": ("urls",),
        "hashtags": ("hashtags",),
        "media": ("media",),
        "reply_to": ("in_reply_to_status_id",),
        "repost_of": ("retweet_or_quote_id", "retweet_id"),
        "quote_of": ("quote_id",),
        "metrics.likes": ("favorite_count",),
        "metrics.reposts": ("retweet_count",),
        "extra.client": ("source",),
        "extra.reply_to_handle": ("in_reply_to_screen_name",),
    }
    drops = (
        "parsed_created_at", "tweet_type", "user_default_profile_image", "user_favourites_count",
        "user_listed_count", "user_time_zone", "user_urls", "retweet_or_quote_user_id",
        "retweet_or_quote_screen_name",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        kind = fields.text(record.get("tweet_type")).strip().lower()
        if not kind and (record.get("retweet_id") or str(row.get("text")).startswith("RT @")):
            kind = "retweet"
        if kind != "retweet" and (native := row.pop("repost_of", None)):
            row["quote_of"] = native
        return (fields.without_empty(finish_row(row)),)


class StatusTable(ColumnProfile):
    """Statuses of the API v1.1 as pandas flattens them (``json_normalize``)."""

    name = "x-api-v1-csv"
    title = "X: statuses of the API v1.1 as a table (user.screen_name, retweeted_status.id_str...)"
    platform = "x"
    gives = (*_GIVES, "metrics.replies", "metrics.quotes")
    marks = (
        ("user.screen_name", "in_reply_to_status_id_str"),
        ("user.screen_name", "retweet_count", "favorite_count"),
    )
    _DOTTED = "user.screen_name"
    columns: ClassVar = {
        "id": ("id_str", "id"),
        "author.id": ("user.id_str", "user.id"),
        "author.handle": ("user.screen_name",),
        "author.name": ("user.name",),
        "author.created_at": ("user.created_at",),
        "author.description": ("user.description",),
        "author.verified": ("user.verified",),
        "author.followers": ("user.followers_count",),
        "author.following": ("user.friends_count",),
        "author.posts": ("user.statuses_count",),
        "text": ("extended_tweet.full_text", "full_text", "text"),
        "lang": ("lang",),
        "published_at": ("created_at",),
        "urls": ("extended_tweet.entities.urls", "entities.urls"),
        "hashtags": ("extended_tweet.entities.hashtags", "entities.hashtags"),
        "mentions": ("extended_tweet.entities.user_mentions", "entities.user_mentions"),
        "reply_to": ("in_reply_to_status_id_str", "in_reply_to_status_id"),
        "repost_of": ("retweeted_status.id_str", "retweeted_status.id"),
        "quote_of": ("quoted_status_id_str", "quoted_status_id", "quoted_status.id_str"),
        "metrics.likes": ("favorite_count",),
        "metrics.reposts": ("retweet_count",),
        "metrics.replies": ("reply_count",),
        "metrics.quotes": ("quote_count",),
        "extra.client": ("source",),
        "extra.reply_to_handle": ("in_reply_to_screen_name",),
    }
    _WHOLE = (
        "retweeted_status.extended_tweet.full_text", "retweeted_status.full_text",
        "retweeted_status.text",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        """Other tools write ``user_screen_name``: the dots are its mark."""
        return super().recognises(head) if self._DOTTED in head.columns else 0.0

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        kept = ("client", "reply_to_handle")
        row["extra"] = {k: v for k, v in row.get("extra", {}).items() if k in kept}
        row = finish_row(row)
        handle = fields.line(record.get("retweeted_status.user.screen_name"))
        whole = next(filter(None, (fields.text(record.get(name)) for name in self._WHOLE)), "")
        if "repost_of" in row and handle and whole:
            row["text"] = fields.unescape(f"RT @{handle}: {whole}")
        return (fields.without_empty(row),)


class ArchiveTable(ColumnProfile):
    """``tweets.csv`` of the archives that Twitter gave its users until 2019.

    Whose posts these are is not there.
    """

    name = "x-archive-csv"
    title = "X: a person's own archive until 2019 (tweets.csv)"
    platform = "x"
    gives = ("id", "text", "published_at", "url", "urls", "reply_to", "repost_of")
    marks = (("tweet_id", "retweeted_status_id", "retweeted_status_user_id", "expanded_urls"),)
    columns: ClassVar = {
        "id": ("tweet_id",),
        "text": ("text",),
        "published_at": ("timestamp",),
        "urls": ("expanded_urls",),
        "reply_to": ("in_reply_to_status_id",),
        "repost_of": ("retweeted_status_id",),
        "extra.client": ("source",),
    }

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["extra"] = {k: v for k, v in row.get("extra", {}).items() if k == "client"}
        row["urls"] = fields.addresses(row.get("urls", []))
        return (fields.without_empty(finish_row(row)),)
