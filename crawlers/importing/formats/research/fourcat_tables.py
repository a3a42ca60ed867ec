"""Posts as 4CAT writes them to CSV: TikTok, Instagram, Threads, Telegram, Bluesky, others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Head, Record, Skip

_TIME = ("unix_timestamp", "timestamp")
_BLUESKY_POST = re.compile(r"https?://bsky\.app/profile/([^/\s]+)/post/(\w+)")


class FourcatTiktok(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/tiktok)

    ``is_duet`` does not say which video a duet answers.
    """

    name = "4cat-tiktok"
    title = "TikTok: 4CAT, CSV"
    platform = "tiktok"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.followers", "author.posts",
        "text", "published_at", "url", "hashtags", "media", "metrics.likes", "metrics.reposts",
        "metrics.replies", "metrics.views",
    )  # fmt: skip
    marks = (("tiktok_url", "body", "author", "plays"),)
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id", "author"),
        "author.handle": ("author",),
        "author.name": ("author_full", "author_fullname"),
        "author.followers": ("author_followers",),
        "author.posts": ("author_videos",),
        "text": ("body", "stickers"),
        "published_at": _TIME,
        "url": ("tiktok_url",),
        "hashtags": ("hashtags",),
        "media": ("video_url", "thumbnail_url"),
        "metrics.likes": ("likes",),
        "metrics.reposts": ("shares",),
        "metrics.replies": ("comments",),
        "metrics.views": ("plays",),
        "extra.music_id": ("music_id",),
        "extra.music": ("music_name",),
        "extra.country": ("location_created",),
    }
    drops = ("author_avatar", "music_url", "music_thumbnail", "thread_id")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["media"] = _media(record, video="video_url", photo="thumbnail_url")[:1]
        return (row,)


class FourcatInstagram(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/instagram)"""

    name = "4cat-instagram"
    title = "Instagram: 4CAT, CSV"
    platform = "instagram"
    gives = (
        "id", "kind", "author.id", "author.handle", "author.name", "author.verified", "text",
        "published_at", "url", "hashtags", "mentions", "reply_to", "media", "metrics.likes",
        "metrics.replies", "metrics.views",
    )  # fmt: skip
    marks = (
        ("num_likes", "num_comments", "num_media", "body", "author"),
        ("num_likes", "num_comments", "usertags", "body", "author"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id", "author"),
        "author.handle": ("author",),
        "author.name": ("author_fullname",),
        "author.verified": ("verified", "is_verified"),
        "text": ("body",),
        "published_at": _TIME,
        "url": ("url",),
        "hashtags": ("hashtags",),
        "mentions": ("mentioned",),
        "reply_to": ("parent_id", "thread_id"),
        "media": ("media_urls", "media_url", "image_urls", "image_url", "thumbnail_url"),
        "metrics.likes": ("num_likes",),
        "metrics.replies": ("num_comments",),
        "metrics.views": ("play_count",),
        "extra.coauthors": ("coauthors",),
        "extra.tagged": ("usertags",),
        "extra.location": ("location_name",),
    }
    drops = ("author_avatar_url", "thread_id", "location_latlong", "num_media", "subject")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        kind = str(record.get("type") or record.get("media_type")).strip().lower()
        if kind == "comment":
            row["kind"] = "comment"
        elif "reply_to" in row:
            del row["reply_to"]
        shown = next(filter(None, map(record.get, self.columns["media"])), None)
        row["media"] = [
            made
            for one in fields.addresses(fields.cells(shown))
            if (made := fields.media(one, "video" if kind == "video" or ".mp4" in one else "photo"))
        ]
        return (row,)


class FourcatThreads(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/threads)"""

    name = "4cat-threads"
    title = "Threads: 4CAT, CSV"
    platform = "threads"
    gives = (
        "id", "author.handle", "author.verified", "text", "published_at", "url", "urls",
        "hashtags", "media", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.quotes",
    )  # fmt: skip
    marks = (("author_is_verified", "link_url", "is_paid_partnership", "body", "reposts"),)
    columns: ClassVar = {
        "id": ("id",),
        "author.handle": ("author",),
        "author.verified": ("author_is_verified",),
        "text": ("body",),
        "published_at": _TIME,
        "url": ("url",),
        "urls": ("link_url",),
        "hashtags": ("hashtags",),
        "media": ("video_url", "image_url"),
        "metrics.likes": ("likes",),
        "metrics.reposts": ("reposts",),
        "metrics.replies": ("replies",),
        "metrics.quotes": ("quotes",),
    }
    drops = ("author_avatar", "link_thumbnail_url", "thread_id")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["media"] = _media(record, video="video_url", photo="image_url")
        return (row,)


class FourcatTelegram(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/telegram)

    A message's number counts within its chat: its id is ``CHAT/NUMBER``. A forward names whom it
    comes from, never the message.
    """

    name = "4cat-telegram"
    title = "Telegram: 4CAT, CSV"
    platform = "telegram"
    gives = (
        "id", "author.id", "author.handle", "author.name", "text", "published_at", "url", "urls",
        "mentions", "reply_to", "metrics.reposts", "metrics.views", "source",
        "extra.repost_of_handle",
    )  # fmt: skip
    marks = (
        ("chat", "body", "author_forwarded_from_name"),
        ("chat", "body", "author_forwarded_from_username"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author", "author_username", "chat"),
        "author.handle": ("author_username",),
        "author.name": ("author_name",),
        "text": ("body",),
        "published_at": _TIME,
        "url": ("link", "url"),
        "urls": ("all_links", "entities_linked", "linked_url", "link_attached"),
        "mentions": ("entities_mentioned",),
        "reply_to": ("reply_to", "reply_to_msg_id"),
        "source": ("chat", "search_entity"),
        "metrics.views": ("views",),
        "metrics.reposts": ("forwards",),
        "extra.repost_of_handle": (
            "author_forwarded_from_username", "author_forwarded_from_name",
            "author_forwarded_from_id",
        ),
        "extra.edited_at": ("timestamp_edited",),
    }  # fmt: skip
    drops = (
        "thread_id", "unix_timestamp_edited", "unix_timestamp_forwarded_from", "attachment_data",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        chat = fields.line(row.get("source")) or fields.line(record.get("thread_id")) or "chat"
        number = fields.identifier(row.get("id"))
        if number:
            row["id"] = number if number.startswith(f"{chat}/") else f"{chat}/{number}"
            if not row.get("url") and not chat.lstrip("-").isdigit() and chat != "chat":
                row["url"] = f"https://t.me/{chat}/{number}"
        answered = fields.identifier(row.pop("reply_to", None))
        if answered:
            row["reply_to"] = f"{chat}/{answered}"
        return (row,)


class FourcatBluesky(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/bsky)

    Answers and quotes are addresses with a handle: they become ``at://`` ids where the handle's
    account is in the file, or the post is the first of its conversation.
    """

    name = "4cat-bluesky"
    title = "Bluesky: 4CAT, CSV"
    platform = "bluesky"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "text", "lang",
        "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "quote_of", "media",
        "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.quotes",
    )  # fmt: skip
    marks = (
        ("quoted_post", "quoted_user", "author_id", "body"),
        ("replied_to_post", "replied_to_user", "author_id", "body"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id",),
        "author.handle": ("author",),
        "author.name": ("author_display_name",),
        "author.created_at": ("author_created_at",),
        "text": ("body",),
        "lang": ("languages",),
        "published_at": ("created_at", *_TIME),
        "url": ("link",),
        "urls": ("links",),
        "hashtags": ("tags",),
        "mentions": ("mentions",),
        "media": ("images",),
        "reply_to": ("replied_to_post",),
        "quote_of": ("quoted_post",),
        "metrics.likes": ("like_count",),
        "metrics.reposts": ("repost_count",),
        "metrics.replies": ("reply_count",),
        "metrics.quotes": ("quote_count",),
        "extra.reply_to_handle": ("replied_to_user",),
        "extra.quoted_handle": ("quoted_user",),
    }
    drops = ("timestamp", "author_avatar", "author_profile", "rank")

    def __init__(self) -> None:
        super().__init__()
        self._accounts: dict[str, str] = {}

    def fit(self, records: Sequence[Record]) -> None:
        super().fit(records)
        for record in records:
            self._meet(record)

    def _meet(self, record: Record) -> None:
        handle, did = fields.line(record.get("author")), fields.line(record.get("author_id"))
        if handle and did and did.startswith("did:"):
            self._accounts[handle] = did

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        self._meet(record)
        root = fields.text(record.get("thread_id"))
        for key, unknown in (("reply_to", "reply_to_url"), ("quote_of", "quoted_url")):
            address = row.pop(key, None)
            native = self._post(address, root if key == "reply_to" else "")
            if native:
                row[key] = native
            else:
                fields.with_extra(row, **{unknown: address})
        languages = row.get("lang")
        if isinstance(languages, str):
            row["lang"] = None if languages == "N/A" else languages.partition(",")[0]
        return (row,)

    def _post(self, address: Any, root: str) -> str | None:
        text = fields.text(address)
        match = _BLUESKY_POST.match(text)
        if match is None:
            return text if text.startswith("at://") else None
        account, key = match[1], match[2]
        if root.startswith("at://") and root.endswith(f"/{key}"):
            return root
        did = account if account.startswith("did:") else self._accounts.get(account)
        return f"at://{did}/app.bsky.feed.post/{key}" if did else None


class FourcatOther(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/custom, and further ones)

    The columns that every data set of 4CAT has. They say no platform, and what ``thread_id`` is
    (a first post, a channel, a forum) depends on who made the file: it stays in ``extra``.
    """

    name = "4cat"
    title = "4CAT, CSV of any other data source, and custom data"
    platform = None
    gives = (
        "id", "author.id", "author.handle", "author.name", "title", "text", "published_at", "url",
        "urls", "hashtags", "mentions", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.views",
    )  # fmt: skip
    marks = (("id", "thread_id", "author", "body", "timestamp"),)
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id", "author"),
        "author.handle": ("author",),
        "author.name": ("author_fullname", "author_full", "author_name", "author_display_name"),
        "title": ("subject", "title"),
        "text": ("body",),
        "lang": ("language", "language_guess", "lang"),
        "published_at": _TIME,
        "url": ("url", "link", "post_url"),
        "urls": ("urls", "links", "link_url", "linked_url"),
        "hashtags": ("hashtags", "tags"),
        "mentions": ("mentions", "mentioned"),
        "metrics.likes": ("likes", "like_count", "num_likes"),
        "metrics.reposts": ("shares", "reposts", "repost_count"),
        "metrics.replies": ("comments", "replies", "num_comments", "reply_count"),
        "metrics.views": ("views", "view_count", "plays"),
    }

    def recognises(self, head: Head) -> float:
        return 0.6 if head.has(*self.marks[0]) else 0.0


def _media(record: Record, **columns: str) -> list[dict[str, Any]]:
    return [
        made
        for kind, column in columns.items()
        for address in fields.addresses(fields.cells(record.get(column)))
        if (made := fields.media(address, kind))
    ]
