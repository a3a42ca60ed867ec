"""The same hashtags in the same order, within seconds."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from tocsin.core.messages import Message

MOST_TAGS = 8
"""Tags of a post that are looked at: 56 sequences of three at most."""


class HashtagSequence(Signal):
    """The object is a sequence of three hashtags in the order posted, or two where there are two.

    Other tags may stand between them. A single hashtag never counts: co-use of one popular tag
    causes most false edges between ordinary accounts. A sequence counts only within one minute,
    which makes it a kind of synchrony (hashtag sequences: Pacheco et al. 2021; Burghardt et al.
    2024).
    """

    name: ClassVar[str] = "hashtags"
    object_kind: ClassVar[ObjectKind] = "tags"
    label: ClassVar[Message] = Message("signal_label.hashtags")
    objects: ClassVar[Message] = Message("object.hashtags")
    specificity: ClassVar[int] = 2
    longest: ClassVar[int | None] = 60

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post and sequence; reposts are left out."""
        tags = (
            pl.col("hashtags")
            .list.eval(pl.element().str.to_lowercase())
            .list.unique(maintain_order=True)
            .list.head(MOST_TAGS)
        )
        given = (
            posts.filter(pl.col("repost_of").is_null())
            .select("post", tags=tags)
            .filter(pl.col("tags").list.len() >= 2)
        )
        known = given.select(pl.col("tags").unique(maintain_order=True))
        sequences = [
            [" ".join(chosen) for chosen in combinations(each, min(3, len(each)))]
            for each in known["tags"].to_list()
        ]
        known = known.with_columns(object=pl.Series(sequences, dtype=pl.List(pl.String)))
        return (
            given.join(known, on="tags", how="inner")
            .select("post", "object")
            .explode("object", empty_as_null=False)
        )
