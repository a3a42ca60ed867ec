"""Tables of YouTube Data Tools: videos and comments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.extract import html_text
from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip

_OF_VIDEO = re.compile(r"videoinfo_([\w-]{11})_\d{4}_\d{2}_\d{2}")
"""What the tool calls a file of comments: by its video."""
_OWN_LINK = re.compile(
    r"https?://(?:www\.)?youtube\.com/(?:watch\?.*[?&]t=|channel/|user/|@|results|hashtag/)"
)
_MARKUP = re.compile(r"<(?:br|a|b|i|s)\b|&(?:#\d+|[a-z]+);", re.IGNORECASE)


class YoutubeVideos(ColumnProfile):
    """https://ytdt.digitalmethods.net (Video List, Video Co-Commenting...)

    The keywords of a video (``tags``) stay in ``extra``: hashtags are those of its text.
    """

    name = "ytdt-videos"
    title = "YouTube: YouTube Data Tools, CSV of videos"
    platform = "youtube"
    gives = (
        "id", "author.id", "author.name", "title", "text", "lang", "published_at", "url", "urls",
        "hashtags", "media", "metrics.likes", "metrics.replies", "metrics.views",
    )  # fmt: skip
    marks = (("videoId", "videoTitle", "channelId"), ("videoId", "videoTitle", "publishedAtSQL"))
    columns: ClassVar = {
        "id": ("videoId",),
        "author.id": ("channelId", "channelTitle"),
        "author.name": ("channelTitle",),
        "title": ("videoTitle",),
        "text": ("videoDescription",),
        "lang": ("defaultLanguage", "defaultLAudioLanguage", "defaultAudioLanguage"),
        "published_at": ("publishedAt", "publishedAtSQL"),
        "media": ("thumbnail_maxres",),
        "metrics.likes": ("likeCount",),
        "metrics.replies": ("commentCount",),
        "metrics.views": ("viewCount",),
        "extra.keywords": ("tags",),
        "extra.category": ("videoCategoryLabel",),
    }
    drops = ("position", "publishedAtSQL", "caption", "dimension", "definition", "favoriteCount")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        if native := fields.identifier(row.get("id")):
            row["url"] = f"https://www.youtube.com/watch?v={native}"
        # ids may begin with a sign or hold digits alone: as they stand
        row["media"] = [
            made
            for address in fields.addresses(record.get("thumbnail_maxres"))
            if (made := fields.media(address, "photo"))
        ]
        return (row,)


class YoutubeComments(ColumnProfile):
    """https://ytdt.digitalmethods.net (Video Info and Comments)

    Its name says which video a file of comments belongs to (``videoinfo_VIDEO_2022_03_06...``):
    first comments answer it. Under another name they answer nothing, unless a column tells.
    """

    name = "ytdt-comments"
    title = "YouTube: YouTube Data Tools, CSV of comments"
    platform = "youtube"
    gives = (
        "id", "kind", "author.id", "author.handle", "author.name", "text", "published_at", "url",
        "urls", "hashtags", "mentions", "reply_to", "metrics.likes", "metrics.replies",
    )  # fmt: skip
    marks = (
        ("authorName", "text", "authorChannelId", "isReply"),
        ("authorName", "text", "authorChannelUrl", "isReply"),
        ("authorName", "text", "isReplyTo", "likeCount"),
    )
    columns: ClassVar = {
        "id": ("id", "commentId"),
        "author.id": ("authorChannelId", "authorName"),
        "author.name": ("authorName",),
        "text": ("text",),
        "published_at": ("publishedAt",),
        "reply_to": ("isReplyToId", "isReplyTo", "parentId"),
        "metrics.likes": ("likeCount",),
        "metrics.replies": ("replyCount",),
        "extra.reply_to_handle": ("isReplyToName",),
        "extra.video_id": ("videoId",),
    }
    drops = ("isReply", "authorChannelUrl")

    def __init__(self) -> None:
        super().__init__()
        self._video: str | None = None

    def read_name(self, name: str) -> None:
        if match := _OF_VIDEO.search(name):
            self._video = match[1]

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["text"], addresses = comment_text(row.get("text"))
        if addresses:
            row["urls"] = addresses
        name = fields.text(fields.at(row, "author.name"))
        if name.startswith("@"):
            row["author"]["handle"] = name[1:]
        channel = fields.text(record.get("authorChannelUrl")).rpartition("/channel/")[2]
        if "author" in row and not record.get("authorChannelId") and channel.startswith("UC"):
            row["author"]["id"] = channel
        own = str(row.get("id") or "")
        video = fields.identifier(record.get("videoId")) or self._video
        if fields.identifier(row.get("reply_to")) is None:
            # an answer's id begins with that of the comment that it answers
            parent = own.partition(".")[0] if "." in own else video
            row.pop("reply_to", None)
            if parent:
                row["reply_to"] = parent
        if address := comment_address(video, own):
            row["url"] = address
        row["kind"] = "comment"
        return (fields.with_extra(row, video_id=video),)


def comment_text(shown: Any) -> tuple[str, list[str]]:
    """The plain text of a comment, and the addresses that its links lead to (YouTube's own links to
    times and channels are none).
    """
    text = fields.text(shown)
    if not _MARKUP.search(text):
        return text, []
    links = [href for href, _ in html_text.anchors(text)]
    outside = [a for a in fields.addresses(links) if not _OWN_LINK.match(a)]
    return fields.plain(text), outside


def comment_address(video: str | None, comment: str | None) -> str | None:
    """The address of a comment below its video; None where one of them is not known."""
    if not video or not comment:
        return None
    return f"https://www.youtube.com/watch?v={video}&lc={comment}"
