"""Why posts of several accounts may be gone without any arrangement."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.deletions.lifetimes import lifetime
from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, ratio
from tocsin.core.messages import Message

TOOL_MS = 3_600_000
"""Age from which a tool deletes: what is removed sooner was removed for its own sake."""
NEARLY = 0.1
"""How far from an account's usual age a deletion may be, as a part of that age."""
MANY = 3
SWEEP_MS = 60_000
"""Within so long of each other, deletions of posts of different times are one act of removal."""
SPREAD_MS = 900_000
"""Posts that were written further apart than this do not reach one age at one moment."""


class AutoDelete(BuiltInReading):
    """Each account has a tool that deletes its posts at a fixed age of an hour or more."""

    name: ClassVar[str] = "auto_delete"

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of the accounts whose posts went at one age of their own."""
        ages = group.posts.select("account", age=lifetime())
        usual = pl.col("age").median().over("account")
        near = (pl.col("age") - usual).abs() <= NEARLY * usual
        told = ages.filter(pl.col("age").is_not_null()).select("account", near=near, usual=usual)
        accounts = told.group_by("account").agg(
            pl.len().alias("posts"), pl.col("near").mean(), pl.col("usual").first()
        )
        by_tool = accounts.filter(
            (pl.col("posts") >= MANY) & (pl.col("near") >= 0.9) & (pl.col("usual") >= TOOL_MS)
        ).height
        counts = {"n": by_tool, "of": group.members}
        return Fit(ratio(by_tool, group.members), Message("because.auto_delete", counts))


class PlatformRemoval(BuiltInReading):
    """The platform, or a moderator, removed posts of several accounts at one moment."""

    name: ClassVar[str] = "platform_removal"

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of the deletions that came at one moment for posts of different times."""
        gone = group.posts.filter(lifetime().is_not_null()).sort("deleted_at")
        moment = (pl.col("deleted_at").diff().fill_null(0) > SWEEP_MS).cum_sum()
        swept = gone.group_by(moment=moment).agg(
            pl.len().alias("posts"),
            pl.col("account").n_unique().alias("accounts"),
            (pl.col("published_at").max() - pl.col("published_at").min()).alias("spread"),
        )
        at_once = swept.filter((pl.col("accounts") > 1) & (pl.col("spread") > SPREAD_MS))
        counts = {"n": int(at_once["posts"].sum()), "of": gone.height}
        because = Message("because.platform_removal", counts)
        return Fit(ratio(counts["n"], gone.height), because)
