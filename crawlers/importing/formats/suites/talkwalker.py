"""Talkwalker's table of results."""

from __future__ import annotations

from typing import ClassVar

from crawlers.importing.formats.suites.brandwatch import GIVES
from crawlers.importing.formats.suites.mentions import MentionProfile

_AUTHOR, _ARTICLE = "extra_author_attributes.", "article_extended_attributes."


class Talkwalker(MentionProfile):
    """https://apidocs.talkwalker.com (fields of documents)"""

    name = "talkwalker"
    title = "Suites: Talkwalker, results (CSV, XLSX)"
    gives = (*GIVES, "metrics.views")
    marks = (
        ("search_indexed", "published", "content"),
        ("published", "content_snippet", "source_type"),
        ("published", "content", "source_type", "url"),
        ("published", "content", f"{_AUTHOR}name"),
        ("published", "content", "extra_source_attributes.name"),
    )
    kinds = ("source_type", "post_type", "provider")
    originals = ("parent_url",)
    unsaid = "reply_to"
    answered = ("in_reply_to_url", "in_reply_to", f"{_ARTICLE}in_reply_to")
    shares = ("post_type",)
    columns: ClassVar = {
        "author.id": (f"{_AUTHOR}id", f"{_AUTHOR}short_name", f"{_AUTHOR}name"),
        "author.handle": (f"{_AUTHOR}short_name",),
        "author.name": (f"{_AUTHOR}name",),
        "author.followers": (
            "source_extended_attributes.twitter_followers",
            "source_extended_attributes.instagram_followers",
            "source_extended_attributes.facebook_followers",
        ),
        "title": ("title",),
        "text": ("content", "content_snippet"),
        "lang": ("lang",),
        "published_at": ("published",),
        "url": ("url",),
        "source": ("extra_source_attributes.name",),
        "media": ("images.url", "videos.url"),
        "metrics.likes": (
            f"{_ARTICLE}twitter_likes", f"{_ARTICLE}facebook_likes",
            f"{_ARTICLE}instagram_likes", f"{_ARTICLE}youtube_likes",
        ),
        "metrics.reposts": (
            f"{_ARTICLE}twitter_retweets", f"{_ARTICLE}twitter_shares", f"{_ARTICLE}facebook_shares"
        ),
        "metrics.views": (f"{_ARTICLE}youtube_views", f"{_ARTICLE}tiktok_views"),
        "metrics.replies": (f"{_ARTICLE}num_comments",),
    }  # fmt: skip
