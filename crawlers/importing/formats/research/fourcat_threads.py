"""Posts that answer others, as 4CAT writes them to CSV: Reddit, comments of TikTok."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip

_TIME = ("unix_timestamp", "timestamp")
_GONE = frozenset({"[deleted]", "[removed]", "[deleted by user]"})
_OWN_PAGE = re.compile(r"https?://(?:[a-z]+\.)?(?:reddit\.com|redd\.it)/")


class FourcatReddit(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/reddit)

    Ids have Reddit's prefix, which 4CAT drops: ``t3_x`` for posts (their id is their thread's),
    ``t1_x`` for comments. Some versions write ``parent`` without it; then a comment answers the
    post of its thread or another comment, by which of the two it names.
    """

    name = "4cat-reddit"
    title = "Reddit: 4CAT, CSV"
    platform = "reddit"
    gives = (
        "id", "kind", "author.id", "author.handle", "title", "text", "published_at", "url", "urls",
        "reply_to", "media", "metrics.likes", "source", "extra.root_id",
    )  # fmt: skip
    marks = (
        ("id", "thread_id", "subreddit", "parent", "body"),
        ("id", "thread_id", "subreddit", "subject", "body"),
    )
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author",),
        "author.handle": ("author",),
        "title": ("subject",),
        "text": ("body",),
        "published_at": _TIME,
        "urls": ("url",),
        "reply_to": ("parent",),
        "media": ("image_file", "image_url"),
        "metrics.likes": ("score",),
        "source": ("subreddit",),
        "extra.root_id": ("thread_id",),
        "extra.flair": ("post_flair",),
    }
    drops = ("image_md5", "domain", "author_flair")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        number, root = (_bare(record.get(name)) for name in ("id", "thread_id"))
        is_comment = number != root
        row["id"] = f"{'t1' if is_comment else 't3'}_{number}" if number else None
        forum = fields.line(record.get("subreddit"))
        row["source"] = f"r/{forum.removeprefix('r/')}" if forum else None
        row.pop("reply_to", None)
        if is_comment and root:
            parent = fields.line(record.get("parent"))
            full = parent if parent and re.fullmatch(r"t[13]_\w+", parent) else None
            named = f"t3_{root}" if parent in (None, root) else f"t1_{parent}"
            row |= {"kind": "comment", "reply_to": full or named}
        fields.with_extra(row, root_id=f"t3_{root}" if is_comment and root else None)
        if not is_comment:
            row.get("extra", {}).pop("root_id", None)
        for key in ("text", "title"):
            text = fields.unescape(row.get(key))
            row[key] = None if text.strip() in _GONE else text
        if fields.at(row, "author.handle") in _GONE:
            del row["author"]
        row["urls"] = [a for a in fields.addresses(record.get("url")) if not _OWN_PAGE.match(a)]
        picture = fields.media(next(iter(fields.addresses(record.get("image_file"))), ""), "photo")
        row["media"] = [picture] if picture else []
        if number and root:
            tail = f"_/{number}/" if is_comment else ""
            row["url"] = f"https://www.reddit.com/comments/{root}/{tail}"
        return (fields.without_empty(row),)


class FourcatTiktokComments(ColumnProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/tiktok-comments)"""

    name = "4cat-tiktok-comments"
    title = "TikTok: 4CAT, CSV of comments"
    platform = "tiktok"
    gives = (
        "id", "kind", "author.id", "author.handle", "author.name", "text", "lang", "published_at",
        "url", "reply_to", "metrics.likes", "metrics.replies",
    )  # fmt: skip
    marks = (("id", "thread_id", "body", "post_id", "is_comment_on_comment"),)
    columns: ClassVar = {
        "id": ("id",),
        "author.id": ("author_id", "author"),
        "author.handle": ("author",),
        "author.name": ("author_full",),
        "text": ("body",),
        "lang": ("language_guess",),
        "published_at": _TIME,
        "url": ("comment_url", "post_url"),
        "reply_to": ("thread_id", "post_id"),
        "metrics.likes": ("likes",),
        "metrics.replies": ("replies",),
        "extra.root_id": ("post_id",),
    }
    drops = ("author_avatar_url", "post_body", "missing_fields")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["kind"] = "comment"
        if row.get("lang") in ("un", "und"):
            del row["lang"]
        return (row,)


def _bare(value: Any) -> str | None:
    return (fields.identifier(value) or "").removeprefix("t3_").removeprefix("t1_") or None
