"""Reposts of the same post."""

from __future__ import annotations

from typing import ClassVar

import polars as pl


class Repost:
    """The object is the post that is reposted (co-retweet: Pacheco et al. 2021)."""

    name: ClassVar[str] = "repost"
    longest: ClassVar[int | None] = None
    label: ClassVar[str] = "reposted the same posts"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per repost."""
        return posts.filter(pl.col("repost_of").is_not_null()).select("post", object="repost_of")
