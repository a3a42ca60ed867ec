"""Answers of YouTube's Data API: searches, videos, playlists, comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from crawlers.importing.formats.video.youtube_data_tools import comment_address, comment_text
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

_VIDEOS = frozenset({"youtube#video", "youtube#searchResult", "youtube#playlistItem"})
_COMMENTS = frozenset({"youtube#comment", "youtube#commentThread"})
_THUMBNAILS = ("maxres", "standard", "high", "medium", "default")


class YoutubeItems(BaseProfile):
    """https://developers.google.com/youtube/v3/docs

    A thread gives its first comment, which answers the video, and the answers that lie in it.
    Channels and playlists that a search found are left out.
    """

    name = "youtube-items"
    title = "YouTube: items of its Data API (lines or a list)"
    platform = "youtube"
    gives = (
        "id", "kind", "author.id", "author.handle", "author.name", "title", "text", "lang",
        "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "media",
        "metrics.likes", "metrics.replies", "metrics.views",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        kinds = [fields.text(record.get("kind")) for record in head.records]
        fitting = sum(kind in _VIDEOS | _COMMENTS for kind in kinds)
        return 0.95 if kinds and fitting >= 0.5 * len(kinds) else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        kind = fields.text(record.get("kind"))
        if kind in _VIDEOS:
            yield _video(record)
        elif kind == "youtube#commentThread":
            yield from _thread(record)
        elif kind == "youtube#comment":
            yield _comment(record)
        elif kind.startswith("youtube#"):
            yield Skip("channels and playlists")
        else:
            raise Unreadable(Message("reading.odd_item"))


class YoutubeAnswers(YoutubeItems):
    """https://developers.google.com/youtube/v3/docs"""

    name = "youtube-api"
    title = "YouTube: answers of its Data API (search, videos, commentThreads)"
    lists: ClassVar = ("items",)


def _video(item: Record) -> dict[str, Any] | Skip:
    about = fields.mapping(item.get("snippet"))
    own = fields.first(
        item, "id.videoId", "contentDetails.videoId", "snippet.resourceId.videoId"
    ) or (item.get("id") if item.get("kind") == "youtube#video" else None)
    native = fields.identifier(own)
    if native is None:
        return Skip("channels and playlists")
    pictures = [fields.at(about, f"thumbnails.{size}.url") for size in _THUMBNAILS]
    of_playlist = item.get("kind") == "youtube#playlistItem"
    prefix = "videoOwner" if of_playlist else ""
    counts = fields.mapping(item.get("statistics"))
    row = {
        "id": native,
        "author": fields.author(
            about.get("videoOwnerChannelId") if of_playlist else about.get("channelId"),
            name=about.get(f"{prefix}ChannelTitle" if prefix else "channelTitle"),
        ),
        "title": fields.unescape(about.get("title")),
        "text": fields.unescape(about.get("description")),
        "lang": fields.first(about, "defaultLanguage", "defaultAudioLanguage"),
        "published_at": fields.first(item, "contentDetails.videoPublishedAt")
        or about.get("publishedAt"),
        "url": f"https://www.youtube.com/watch?v={native}",
        "media": [m for p in pictures if (m := fields.media(p, "photo"))][:1],
        "metrics": fields.counts(
            likes=counts.get("likeCount"), replies=counts.get("commentCount"),
            views=counts.get("viewCount"),
        ),
    }  # fmt: skip
    fields.with_extra(
        row, keywords=about.get("tags"), duration=fields.at(item, "contentDetails.duration")
    )
    return fields.without_empty(row)


def _thread(thread: Record) -> Iterator[dict[str, Any]]:
    about = fields.mapping(thread.get("snippet"))
    first = fields.mapping(about.get("topLevelComment"))
    video = about.get("videoId")
    if not first:
        raise Unreadable(Message("reading.no_first_comment"))
    yield _comment(first, video, replies=about.get("totalReplyCount"))
    for answer in fields.objects(fields.at(thread, "replies.comments")):
        yield _comment(answer, video)


def _comment(item: Record, video: Any = None, replies: Any = None) -> dict[str, Any]:
    about = fields.mapping(item.get("snippet"))
    native = fields.identifier(item.get("id"))
    if native is None:
        raise Unreadable(Message("reading.no_comment_id"))
    channel = about.get("authorChannelId")
    name = fields.text(about.get("authorDisplayName"))
    video = fields.identifier(about.get("videoId") or video)
    parent = fields.identifier(about.get("parentId"))
    text, addresses = comment_text(about.get("textDisplay") or about.get("textOriginal"))
    row = {
        "id": native, "kind": "comment",
        "author": fields.author(
            channel.get("value") if isinstance(channel, dict) else channel,
            handle=name if name.startswith("@") else None, name=name,
        ),
        "text": fields.text(about.get("textOriginal")) or text,
        "published_at": about.get("publishedAt"),
        "reply_to": parent or (native.partition(".")[0] if "." in native else video),
        "url": comment_address(video, native),
        "metrics": fields.counts(likes=about.get("likeCount"), replies=replies),
    }  # fmt: skip
    if addresses:
        row["urls"] = addresses
    return fields.without_empty(fields.with_extra(row, video_id=video))
