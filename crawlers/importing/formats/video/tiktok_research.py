"""Answers of TikTok's Research API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip

_MARKS = ("video_description", "create_time", "username")


class TiktokResearchVideos(BaseProfile):
    """https://developers.tiktok.com/doc/research-api-specs-query-videos

    An account is named by its handle alone; a duet or stitch names no video that it answers.
    """

    name = "tiktok-research-videos"
    title = "TikTok: videos of its Research API (lines or a list)"
    platform = "tiktok"
    gives = (
        "id", "author.id", "author.handle", "text", "published_at", "url", "hashtags",
        "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.views",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        return 0.9 if head.records and head.record_share(*_MARKS) > 0.5 else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        native, name = fields.identifier(record.get("id")), fields.line(record.get("username"))
        row = {
            "id": native,
            "author": fields.author(handle=name),
            "text": fields.text(record.get("video_description")),
            "published_at": record.get("create_time"),
            "url": f"https://www.tiktok.com/@{name or ''}/video/{native}" if native else None,
            "hashtags": fields.tags(record.get("hashtag_names")),
            "metrics": fields.counts(
                likes=record.get("like_count"),
                reposts=record.get("share_count"),
                replies=record.get("comment_count"),
                views=record.get("view_count"),
            ),
        }
        fields.with_extra(
            row,
            country=fields.line(record.get("region_code")),
            music_id=fields.identifier(record.get("music_id")),
            voice_to_text=fields.text(record.get("voice_to_text")),
        )
        return (fields.without_empty(row),)


class TiktokResearch(TiktokResearchVideos):
    """https://developers.tiktok.com/doc/research-api-specs-query-videos"""

    name = "tiktok-research"
    title = "TikTok: answers of its Research API (data.videos)"
    lists: ClassVar = ("data.videos",)
