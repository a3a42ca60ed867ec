"""The same set of hashtags in the same order, within seconds."""

from __future__ import annotations

from typing import ClassVar

import polars as pl


class HashtagSequence:
    """The object is the whole sequence of a post's hashtags, two or more, in the order posted.

    A single hashtag never counts: co-use of one popular tag causes most false edges between ordinary
    accounts. A sequence counts only within one minute, which makes it a kind of synchrony
    (hashtag sequences: Pacheco et al. 2021; Burghardt et al. 2024).
    """

    name: ClassVar[str] = "hashtags"
    longest: ClassVar[int | None] = 60
    label: ClassVar[str] = "posted the same sequences of hashtags within seconds"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post with two different hashtags or more; reposts are left out."""
        tags = pl.col("hashtags").list.eval(pl.element().str.to_lowercase()).list.unique(maintain_order=True)
        return (
            posts.filter(pl.col("repost_of").is_null())
            .select("post", tags=tags)
            .filter(pl.col("tags").list.len() >= 2)
            .select("post", object=pl.col("tags").list.join(" "))
        )
