"""Tables of the Meta Content Library: posts of Facebook, Instagram and Threads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip


class MetaContentLibrary(ColumnProfile):
    """https://developers.facebook.com/docs/content-library-api/data

    Ids are the library's own. The table of one surface does not name its platform: Instagram's has
    accounts where Facebook's has pages, groups and events, Threads' has neither reactions.
    """

    name = "meta-content-library"
    title = "Facebook, Instagram, Threads: Meta Content Library, CSV"
    platform = None
    gives = (
        "id", "platform", "author.id", "author.handle", "author.name", "text", "lang",
        "published_at", "url", "urls", "hashtags", "reply_to", "repost_of", "metrics.likes",
        "metrics.reposts", "metrics.replies", "metrics.quotes", "metrics.views",
    )  # fmt: skip
    marks = (
        ("post_owner.id", "creation_time", "text"),
        ("post_owner.name", "creation_time", "mcl_url"),
        ("id", "text", "creation_time", "statistics.views", "mcl_url"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("post_owner.id", "owner.id", "post_owner.username"),
        "author.handle": ("post_owner.username", "owner.username"),
        "author.name": ("post_owner.name", "owner.name"),
        "text": ("text", "link_attachment.name", "link_attachment.caption"),
        "lang": ("lang",),
        "published_at": ("creation_time",),
        "url": ("mcl_url",),
        "urls": ("link_attachment.link",),
        "hashtags": ("hashtags",),
        "reply_to": ("replied_to_id", "parent_id"),
        "repost_of": ("shared_post_id",),
        "metrics.likes": ("statistics.like_count", "statistics.reaction_count"),
        "metrics.reposts": ("statistics.share_count", "statistics.repost_count"),
        "metrics.replies": ("statistics.comment_count", "statistics.reply_count"),
        "metrics.quotes": ("statistics.quote_count",),
        "metrics.views": ("statistics.views", "statistics.view_count"),
        "extra.modified_at": ("modified_time",),
    }
    drops = ("match_type", "statistics.views_date_last_refreshed")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["platform"] = _platform(record)
        shared = fields.identifier(row.pop("repost_of", None))
        if shared:
            said = fields.text(record.get("text")).strip()
            row["quote_of" if said else "repost_of"] = shared
        return (row,)


def _platform(record: Record) -> str:
    about = " ".join(
        str(record.get(column) or "")
        for column in ("mcl_url", "post_owner.type", "surface.type", "content_type")
    ).lower()
    if "threads" in about or "statistics.quote_count" in record:
        return "threads"
    facebook = any(f"statistics.{kind}_count" in record for kind in ("love", "wow", "haha"))
    return "instagram" if "instagram" in about or not facebook else "facebook"
