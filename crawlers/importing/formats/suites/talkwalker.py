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
    gives = GIVES
    marks = (
        ("search_indexed", "published", "content"),
        ("published", "content_snippet", "source_type"),
    )
    kinds = ("source_type", "post_type")
    originals = ("parent_url",)
    answered = ("in_reply_to_url",)
    shares = ("post_type",)
    columns: ClassVar = {
        "author.id": (f"{_AUTHOR}id", f"{_AUTHOR}short_name", f"{_AUTHOR}name"),
        "author.handle": (f"{_AUTHOR}short_name",),
        "author.name": (f"{_AUTHOR}name",),
        "author.followers": ("source_extended_attributes.twitter_followers",),
        "title": ("title",),
        "text": ("content", "content_snippet"),
        "lang": ("lang",),
        "published_at": ("published",),
        "url": ("url",),
        "source": ("extra_source_attributes.name",),
        "metrics.likes": (f"{_ARTICLE}twitter_likes", f"{_ARTICLE}facebook_likes"),
        "metrics.reposts": (f"{_ARTICLE}twitter_retweets", f"{_ARTICLE}facebook_shares"),
        "metrics.replies": (f"{_ARTICLE}num_comments",),
    }
