"""One post, or one much-followed account, that many react to."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import CROWD, BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.signals.base import ObjectKind
from tocsin.core.messages import Message


class OnePopularPost(BuiltInReading):
    """What the accounts react to together is one post, or the posts of one popular account."""

    name: ClassVar[str] = "one_popular_post"
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = frozenset({"post"})

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of events on one post, or on posts of one account that a crowd reacts to."""
        reactions = group.of_kinds("post")
        most = 0
        if reactions.height:
            most = _largest(reactions.group_by("object").len())
        by_author = (
            reactions.drop_nulls("target")
            .group_by("target")
            .agg(pl.len(), pl.col("outsiders").median())
        )
        if by_author.height:
            popular = by_author.filter(pl.col("outsiders") >= CROWD)
            most = max(most, _largest(popular))
        every = group.events.height
        return Fit(
            ratio(most, every), Message("because.one_popular_post", {"n": most, "of": every})
        )


def _largest(counted: pl.DataFrame) -> int:
    """The largest value of ``len``; 0 of nothing."""
    return max(counted["len"].to_list(), default=0)
