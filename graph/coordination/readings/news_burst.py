"""A crowd of strangers shared the same things in the same hour."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import CROWD, BuiltInReading, Fit, GroupEvidence, ratio
from tocsin.core.messages import Message


class NewsBurst(BuiltInReading):
    """Something happened, and many others shared the same things in the same hour."""

    name: ClassVar[str] = "news_burst"

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of events that were a crowd's, those that the test left out included."""
        outsiders = pl.col("outsiders") >= max(CROWD, group.members)
        crowded = group.events.filter(outsiders).height + group.crowd_events
        every = group.events.height + group.crowd_events
        return Fit(
            ratio(crowded, every), Message("because.news_burst", {"n": crowded, "of": every})
        )
