"""Fans or viewers who use a hashtag while something is on."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import CROWD, BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.signals.base import ObjectKind
from tocsin.core.messages import Message


class FanHour(BuiltInReading):
    """The accounts use the tags of an hour in which many others post alike."""

    name: ClassVar[str] = "fan_hour"
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = frozenset({"tags", "time"})

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of events that are tags or moments of a crowd."""
        outsiders = pl.col("outsiders") >= max(CROWD, group.members)
        crowded = group.of_kinds("tags", "time").filter(outsiders).height
        every = group.events.height
        return Fit(ratio(crowded, every), Message("because.fan_hour", {"n": crowded, "of": every}))
