"""Tables that the médialab's minet makes of Bluesky, TikTok and Telegram (X: see gazouilloire)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip

_MESSAGE = re.compile(r"https?://(?:t|telegram)\.me/(?:s/)?([^/\s]{1,64})/(\d{1,12})")


class MinetBluesky(ColumnProfile):
    """https://github.com/medialab/minet (``minet bluesky``), columns of twitwi

    ``text`` has what it quotes within, ``original_text`` is the post's own. A row that says who
    reposted it, and when, is two posts.
    """

    name = "minet-bluesky"
    title = "Bluesky: minet, posts"
    platform = "bluesky"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "text", "lang",
        "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of", "quote_of",
        "media", "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.quotes",
    )  # fmt: skip
    marks = (
        ("uri", "user_did", "to_post_uri", "quoted_uri"),
        ("uri", "user_did", "user_handle", "original_text"),
    )
    columns: ClassVar = {
        "id": ("uri",),
        "author.id": ("user_did",),
        "author.handle": ("user_handle",),
        "author.name": ("user_display_name", "user_diplay_name"),
        "author.created_at": ("user_timestamp_utc", "user_created_at"),
        "text": ("original_text", "text"),
        "published_at": ("timestamp_utc", "local_time"),
        "url": ("url",),
        "urls": ("links",),
        "hashtags": ("hashtags",),
        "mentions": ("mentioned_user_handles",),
        "media": ("media_urls",),
        "reply_to": ("to_post_uri",),
        "quote_of": ("quoted_uri",),
        "metrics.likes": ("like_count",),
        "metrics.reposts": ("repost_count",),
        "metrics.replies": ("reply_count",),
        "metrics.quotes": ("quote_count",),
        "extra.root_id": ("to_root_post_uri",),
    }
    _KEPT = ("root_id", "collected_via", "query", "bridgy_original_url", "card_title")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["extra"] = {k: v for k, v in row.get("extra", {}).items() if k in self._KEPT}
        langs = fields.cells(record.get("user_langs"))
        row["lang"] = next((str(one) for one in langs), None)
        row = fields.without_empty(row)
        who = fields.author(
            record.get("repost_by_user_did"), handle=record.get("repost_by_user_handle")
        )
        if who and row.get("id"):
            kept = ("text", "lang", "urls", "hashtags", "media")
            shared: dict[str, Any] = {k: row[k] for k in kept if k in row}
            yield fields.without_empty(
                {
                    "author": who,
                    "published_at": record.get("repost_timestamp_utc")
                    or record.get("repost_created_at"),
                    "repost_of": row["id"],
                    **shared,
                }
            )
        yield row


class MinetTiktok(ColumnProfile):
    """https://github.com/medialab/minet (``minet tiktok``)"""

    name = "minet-tiktok"
    title = "TikTok: minet, videos"
    platform = "tiktok"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.followers", "author.following",
        "author.posts", "author.description", "author.verified", "text", "published_at", "url",
        "hashtags", "quote_of", "media", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.views",
    )  # fmt: skip
    marks = (("id", "author_unique_id", "digg_count", "play_count"),)
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id", "author_unique_id"),
        "author.handle": ("author_unique_id",),
        "author.name": ("author_nickname",),
        "author.description": ("author_signature",),
        "author.verified": ("author_verified",),
        "author.followers": ("author_follower_count",),
        "author.following": ("author_following_count",),
        "author.posts": ("author_video_count",),
        "text": ("description", "stickers_texts"),
        "published_at": ("timestamp", "utc_time"),
        "hashtags": ("challenges_titles",),
        "quote_of": ("duet_from_video_id",),
        "media": ("video_cover",),
        "metrics.likes": ("digg_count",),
        "metrics.reposts": ("share_count",),
        "metrics.replies": ("comment_count",),
        "metrics.views": ("play_count",),
        "extra.music_id": ("music_id",),
        "extra.music": ("music_title",),
    }
    _KEPT = ("music_id", "music", "query", "is_ad")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["extra"] = {k: v for k, v in row.get("extra", {}).items() if k in self._KEPT}
        handle, native = fields.at(row, "author.handle"), fields.identifier(row.get("id"))
        if handle and native:
            row["url"] = f"https://www.tiktok.com/@{handle}/video/{native}"
        made = fields.media(record.get("video_cover"), "video")
        row["media"] = [made] if made else []
        return (fields.without_empty(row),)


class MinetTelegram(ColumnProfile):
    """https://github.com/medialab/minet (``minet telegram channel-messages``)

    Whom an answer answers is there as a name and words, never as a message.
    """

    name = "minet-telegram"
    title = "Telegram: minet, messages of channels"
    platform = "telegram"
    gives = (
        "id", "author.id", "author.handle", "author.name", "text", "published_at", "url", "urls",
        "hashtags", "media", "metrics.views", "source",
    )  # fmt: skip
    marks = (("link_to_message", "user_link", "could_be_displayed"),)
    columns: ClassVar = {
        "url": ("link_to_message",),
        "author.name": ("user",),
        "text": ("text",),
        "published_at": ("datetime",),
        "urls": ("links",),
        "hashtags": ("hashtags",),
        "media": ("photos", "videos"),
        "metrics.views": ("views",),
        "extra.reply_to_name": ("is_reply_user",),
    }
    _KEPT = ("reply_to_name", "link_title", "edited")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["extra"] = {k: v for k, v in row.get("extra", {}).items() if k in self._KEPT}
        match = _MESSAGE.match(fields.text(record.get("link_to_message")))
        if match:
            channel = match[1]
            row |= {
                "id": f"{channel}/{match[2]}", "source": channel,
                "url": f"https://t.me/{channel}/{match[2]}",
                "author": fields.author(channel, handle=channel, name=record.get("user")),
            }  # fmt: skip
        row["media"] = [
            made
            for name, kind in (("photos", "photo"), ("videos", "video"))
            for one in fields.addresses(fields.cells(record.get(name)))
            if (made := fields.media(one, kind))
        ]
        if not (row.get("text") or row["media"] or row.get("urls")):
            return (Skip("messages without text or file"),)
        return (fields.without_empty(row),)
