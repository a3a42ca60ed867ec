"""Quotes of the same post."""

from __future__ import annotations

from typing import ClassVar

import polars as pl


class Quote:
    """The object is the post that is quoted."""

    name: ClassVar[str] = "quote"
    longest: ClassVar[int | None] = None
    label: ClassVar[str] = "quoted the same posts"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per quoting post."""
        return posts.filter(pl.col("quote_of").is_not_null()).select("post", object="quote_of")
