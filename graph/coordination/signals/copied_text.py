"""The same text, through typos, look-alike letters, rewording and translation."""

from __future__ import annotations

from typing import ClassVar

import polars as pl


class CopiedText:
    """The object is the group that the stage ``copies`` of enrichment put the post in; without that stage there are no acts."""

    name: ClassVar[str] = "copy"
    longest: ClassVar[int | None] = None
    label: ClassVar[str] = "posted near copies of the same texts"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post in a group; reposts are left out, since the repost is the act."""
        copied = pl.col("copy_group").is_not_null() & pl.col("repost_of").is_null()
        return posts.filter(copied).select("post", object="copy_group")
