"""The page's headline and link, as share buttons write them."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.signals.base import ObjectKind
from tocsin.core.messages import Message
from tocsin.core.text import ADDRESS, collapse_whitespace, fold

SAME_WORDING = 0.7
"""Share of the posts with one link that must have one wording."""


class ShareButton(BuiltInReading):
    """The wording is the button's, and others outside the group pressed it too."""

    name: ClassVar[str] = "share_button"
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = frozenset({"address", "site", "text"})

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of links that came with one wording; copies of it count with their links."""
        links = group.of_kinds("address")
        others_too = pl.col("outsiders") >= pl.col("posts").list.len()
        public = links.filter(others_too)["posts"].to_list()
        text = dict(group.posts.select("post", "text").iter_rows()) if public else {}
        wordings: dict[str | None, str] = {}
        same = 0
        for posts in public:
            for written in {text[post] for post in posts} - wordings.keys():
                wordings[written] = _wording(written)
            # a post without words says nothing of a button's wording
            counts = Counter(wordings[text[post]] for post in posts if wordings[text[post]])
            most = max(counts.values(), default=0)
            same += most >= SAME_WORDING * len(posts)
        pages = group.events.filter(pl.col("object_kind") != "site").height
        texts = group.of_kinds("text").height
        return Fit(
            ratio(same, max(pages - texts, links.height)),
            Message("because.share_button", {"n": same, "of": links.height}),
        )


def _wording(text: str | None) -> str:
    """A text without its addresses, case and spacing."""
    return collapse_whitespace(fold(ADDRESS.sub(" ", text or "")))
