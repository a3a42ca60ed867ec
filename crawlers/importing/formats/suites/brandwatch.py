"""Brandwatch's table of mentions."""

from __future__ import annotations

from typing import ClassVar

from crawlers.importing.formats.suites.mentions import MentionProfile

GIVES = (
    "id", "platform", "kind", "author.id", "author.handle", "author.name", "author.followers",
    "title", "text", "lang", "published_at", "url", "urls", "hashtags", "mentions", "reply_to",
    "repost_of", "quote_of", "metrics.likes", "metrics.reposts", "metrics.replies", "source",
    "extra.repost_of_handle",
)  # fmt: skip


class Brandwatch(MentionProfile):
    """https://developers.brandwatch.com/docs/mention-metadata-field-definitions"""

    name = "brandwatch"
    title = "Suites: Brandwatch, mentions (CSV, XLSX)"
    gives = (*GIVES, "author.following")
    marks = (("Query Id", "Query Name", "Date", "Url"), ("Query Name", "Page Type", "Snippet"))
    kinds = ("Page Type", "Content Source", "Content Source Name")
    originals = ("Twitter Retweet of", "X Repost of", "Original Url")
    answered = ("Twitter Reply to", "X Reply to", "Thread URL")
    shares = ("Thread Entry Type", "Engagement Type")
    columns: ClassVar = {
        "id": ("Resource Id",),
        "author.id": ("Twitter Author ID", "X Author ID", "Author"),
        "author.handle": ("Author",),
        "author.name": ("Full Name", "Author"),
        "author.followers": ("Twitter Followers", "X Followers"),
        "author.following": ("Twitter Following", "X Following"),
        "title": ("Title",),
        "text": ("Full Text", "Snippet"),
        "lang": ("Language",),
        "published_at": ("Date",),
        "url": ("Url",),
        "urls": ("Expanded URLs", "Short URLs"),
        "hashtags": ("Hashtags",),
        "mentions": ("Mentioned Authors",),
        "metrics.likes": ("Twitter Likes", "X Likes", "Facebook Likes", "Instagram Likes"),
        "metrics.reposts": ("Twitter Retweets", "X Reposts", "Facebook Shares"),
        "metrics.replies": ("Twitter Reply Count", "X Replies", "Facebook Comments"),
        "extra.country": ("Country", "Country Code"),
    }
