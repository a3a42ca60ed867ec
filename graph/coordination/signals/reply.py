"""Replies to the same post."""

from __future__ import annotations

from typing import ClassVar

import polars as pl


class ReplyTarget:
    """The object is the post that is replied to: reply brigades act on the same targets."""

    name: ClassVar[str] = "reply"
    longest: ClassVar[int | None] = None
    label: ClassVar[str] = "replied to the same posts"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per reply."""
        return posts.filter(pl.col("reply_to").is_not_null()).select("post", object="reply_to")
