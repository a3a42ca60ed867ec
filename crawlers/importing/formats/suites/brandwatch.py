"""Brandwatch's table of mentions."""

from __future__ import annotations

from typing import ClassVar

from crawlers.importing.formats.profile_base import OBJECTS, TABLE
from crawlers.importing.formats.suites.mentions import MentionProfile

GIVES = (
    "id", "platform", "kind", "author.id", "author.handle", "author.name", "author.followers",
    "title", "text", "lang", "published_at", "url", "urls", "hashtags", "mentions", "reply_to",
    "repost_of", "quote_of", "media", "metrics.likes", "metrics.reposts", "metrics.replies",
    "source", "extra.repost_of_handle",
)  # fmt: skip


class Brandwatch(MentionProfile):
    """https://developers.brandwatch.com/docs/mention-metadata-field-definitions"""

    name = "brandwatch"
    title = "Suites: Brandwatch, mentions (CSV, XLSX; lines of its API)"
    takes: ClassVar[tuple[str, ...]] = (TABLE, OBJECTS)
    gives = (*GIVES, "author.following")
    marks = (("Query Id", "Query Name", "Date", "Url"), ("Query Name", "Page Type", "Snippet"))
    kinds = ("Page Type", "Content Source", "Content Source Name")
    originals = ("Twitter Retweet of", "X Repost of", "X Retweet of", "Original Url")
    answered = ("Twitter Reply to", "X Reply to", "Thread URL")
    shares = ("Engagement Type", "Thread Entry Type")
    original_authors = ("Thread Author",)
    columns: ClassVar = {
        "id": ("Resource Id",),
        "author.id": ("Twitter Author ID", "X Author ID", "Bluesky Author Id",
            "Facebook Author ID", "Author"),
        "author.handle": ("Author",),
        "author.name": ("Full Name", "Author"),
        "author.followers": ("Twitter Followers", "X Followers", "Instagram Followers",
            "Bluesky Followers"),
        "author.following": ("Twitter Following", "X Following", "Instagram Following"),
        "title": ("Title",),
        "text": ("Full Text", "Snippet"),
        "lang": ("Language",),
        "published_at": ("Date",),
        "url": ("Url",),
        "urls": ("Expanded URLs", "Short URLs"),
        "hashtags": ("Hashtags",),
        "mentions": ("Mentioned Authors",),
        "media": ("Media URLs",),
        "metrics.likes": ("Twitter Likes", "X Likes", "Facebook Likes", "Instagram Likes",
            "Bluesky Likes", "Likes"),
        "metrics.reposts": ("Twitter Retweets", "X Reposts", "X Retweets", "Facebook Shares",
            "Bluesky Reposts", "Shares"),
        "metrics.replies": ("Twitter Reply Count", "X Reply Count", "X Replies",
            "Facebook Comments", "Instagram Comments", "Bluesky Replies", "Comments"),
        "extra.country": ("Country", "Country Code"),
    }  # fmt: skip
