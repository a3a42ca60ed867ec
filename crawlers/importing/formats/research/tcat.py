"""Tweet exports of DMI-TCAT (and of gazouilloire in TCAT's layout)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip
from crawlers.importing.formats.x.tables import finish_row


class Tcat(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/dmi-tcat/wiki

    Whom a repost repeats is in its text (``RT @name:``); its id only where the export has a column
    ``retweet_id``.
    """

    name = "tcat"
    title = "X: DMI-TCAT, tweet export"
    platform = "x"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
        "author.following", "author.posts", "author.description", "author.verified", "text",
        "lang", "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of",
        "quote_of", "media", "metrics.likes", "metrics.reposts", "extra.repost_of_handle",
    )  # fmt: skip
    marks = (
        ("from_user_name", "from_user_id", "in_reply_to_status_id", "time"),
        ("from_user_name", "from_user_id", "from_user_tweetcount"),
        ("from_user_name", "from_user_realname", "from_user_tweetcount"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("from_user_id",),
        "author.handle": ("from_user_name",),
        "author.name": ("from_user_realname",),
        "author.created_at": ("from_user_created_at",),
        "author.description": ("from_user_description",),
        "author.verified": ("from_user_verified",),
        "author.followers": ("from_user_followercount",),
        "author.following": ("from_user_friendcount",),
        "author.posts": ("from_user_tweetcount",),
        "text": ("text",),
        "lang": ("lang",),
        "published_at": ("time", "created_at"),
        "urls": ("urls_followed", "urls_expanded", "urls"),
        "hashtags": ("hashtags",),
        "mentions": ("mentions",),
        "media": ("media_urls",),
        "reply_to": ("in_reply_to_status_id",),
        "repost_of": ("retweet_id", "retweeted_status_id"),
        "quote_of": ("quoted_status_id",),
        "metrics.likes": ("favorite_count",),
        "metrics.reposts": ("retweet_count",),
        "extra.client": ("source",),
        "extra.reply_to_handle": ("to_user_name",),
    }
    drops = (
        "domains", "HTTP status code", "media_id", "media_type", "media_indice",
        "media_indice_start", "media_indice_end", "photo_sizes_width", "photo_sizes_height",
        "photo_resize", "from_user_profile_image_url", "from_user_utcoffset",
        "from_user_timezone", "from_user_listed", "from_user_favourites_count", "filter_level",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row = finish_row(row)
        # entries agree by place; TCAT did not follow each address
        entries = [_entries(record.get(name)) for name in self.columns["urls"]]
        if any(entries):
            best = (next(filter(None, places), "") for places in zip_longest(*entries))
            row["urls"] = fields.addresses(list(best))
        return (row,)


def _entries(cell: Any) -> list[str]:
    text = fields.text(cell)
    return [entry.strip() for entry in text.split(";")] if "://" in text else []
