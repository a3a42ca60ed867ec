"""Posting at the same moments, whatever is posted."""

from __future__ import annotations

from typing import ClassVar

import polars as pl


class Synchrony:
    """The object is the moment itself. Tested against times jittered inside the hour (see `graph.coordination.synchrony`)."""

    name: ClassVar[str] = "synchrony"
    longest: ClassVar[int | None] = 60
    label: ClassVar[str] = "posted in the same seconds again and again"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post."""
        return posts.select("post", object=pl.lit("moment"))
