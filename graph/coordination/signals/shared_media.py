"""The same picture or film."""

from __future__ import annotations

from typing import ClassVar

import polars as pl


class SharedMedia:
    """The object is the perceptual hash of a medium, or its address where there is no hash."""

    name: ClassVar[str] = "media"
    longest: ClassVar[int | None] = None
    label: ClassVar[str] = "posted the same pictures or films"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post and medium; reposts are left out."""
        given = posts.filter(pl.col("repost_of").is_null()).select("post", object="media")
        return given.explode("object", empty_as_null=False).drop_nulls().unique()
