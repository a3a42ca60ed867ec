"""Meltwater's table of results, in its old and its new layout."""

from __future__ import annotations

from typing import ClassVar

from crawlers.importing.formats.suites.brandwatch import GIVES
from crawlers.importing.formats.suites.mentions import MentionProfile


class Meltwater(MentionProfile):
    """https://help.meltwater.com (export of results)"""

    name = "meltwater"
    title = "Suites: Meltwater, results (CSV, XLSX)"
    gives = GIVES
    marks = (("Opening Text", "Hit Sentence", "URL", "Date"), ("Hit Sentence", "Input Name", "URL"))
    kinds = ("Source Type", "Content Type", "Source", "Source Name")
    originals = ("Parent URL", "Original URL")
    answered = ("Reply to URL",)
    shares = ("Content Type", "Post Type")
    columns: ClassVar = {
        "id": ("Tweet Id",),
        "author.id": ("Twitter Id", "Author Handle", "Twitter Screen Name", "Influencer"),
        "author.handle": ("Author Handle", "Twitter Screen Name"),
        "author.name": ("Author Name", "Influencer"),
        "author.followers": ("Twitter Followers",),
        "title": ("Headline", "Title"),
        "text": ("Opening Text", "Hit Sentence"),
        "lang": ("Language",),
        "published_at": ("Date",),
        "url": ("URL",),
        "urls": ("Links",),
        "hashtags": ("Hashtags",),
        "source": ("Source Name", "Source"),
        "metrics.likes": ("Likes",),
        "metrics.reposts": ("Shares", "Reposts"),
        "metrics.replies": ("Comments", "Replies"),
        "metrics.views": ("Views",),
    }
