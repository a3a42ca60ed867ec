"""Tables of Facepager: nodes of APIs, with the columns that the person chose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip

_PLATFORMS = {
    "facebook": "facebook", "instagram": "instagram", "twitter": "x", "youtube": "youtube",
    "mastodon": "mastodon", "reddit": "reddit",
}  # fmt: skip
"""How the name of a module of Facepager begins -> platform."""
_NOT_FETCHED = ("seed", "offcut", "headers", "empty")


class Facepager(ColumnProfile):
    """https://github.com/strohne/Facepager

    A node is what an API answered; ``object_id`` is its id there, ``id`` and ``parent_id`` are
    numbers of the tree within Facepager. Seeds and answers of errors are no posts.
    """

    name = "facepager"
    title = "Facepager, CSV (columns as chosen)"
    platform = None
    gives = (
        "id", "platform", "author.id", "author.handle", "author.name", "title", "text",
        "published_at", "url", "urls", "reply_to", "media", "metrics.likes", "metrics.reposts",
        "metrics.replies", "metrics.views",
    )  # fmt: skip
    marks = (
        ("object_id", "object_type", "query_status", "query_time"),
        ("object_id", "object_type", "querystatus", "querytime"),
    )
    columns: ClassVar = {
        "id": ("object_id",),
        "author.id": (
            "from.id", "user.id_str", "author_id", "snippet.authorChannelId.value",
            "snippet.channelId", "owner.id", "from",
        ),
        "author.handle": ("user.screen_name", "username", "owner.username"),
        "author.name": (
            "from.name", "user.name", "snippet.authorDisplayName", "snippet.channelTitle",
        ),
        "title": ("snippet.title",),
        "text": (
            "message", "full_text", "text", "caption", "snippet.textOriginal",
            "snippet.textDisplay", "snippet.description", "story",
        ),
        "published_at": (
            "created_time", "created_at", "snippet.publishedAt", "publishedAt", "timestamp",
        ),
        "url": ("permalink_url", "permalink"),
        "urls": ("link", "attachments.data.0.unshimmed_url", "attachments.data.0.url"),
        "reply_to": ("in_reply_to_status_id_str", "snippet.parentId"),
        "media": ("full_picture", "media_url"),
        "metrics.likes": (
            "reactions.summary.total_count", "likes.summary.total_count", "like_count",
            "favorite_count", "statistics.likeCount", "snippet.likeCount",
        ),
        "metrics.reposts": ("shares.count", "retweet_count"),
        "metrics.replies": (
            "comments.summary.total_count", "comment_count", "comments_count",
            "statistics.commentCount",
        ),
        "metrics.views": ("statistics.viewCount", "view_count"),
        "extra.query_type": ("query_type", "querytype"),
    }  # fmt: skip
    drops = (
        "path", "id", "parent_id", "level", "object_key", "query_status", "querystatus",
        "query_time", "querytime",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        kind = fields.text(record.get("object_type")).strip().lower()
        if kind in _NOT_FETCHED or not (row.get("text") or row.get("title")):
            return (Skip("nodes that are no posts (seeds, answers without a text)"),)
        module = fields.text(row.get("extra", {}).get("query_type")).lower()
        platform = next((p for name, p in _PLATFORMS.items() if module.startswith(name)), None)
        if platform:
            row["platform"] = platform
        made = fields.media(next(iter(fields.addresses(*row.pop("media", []))), ""), "photo")
        row["media"] = [made] if made else []
        return (fields.without_empty(row),)
