"""The members are the population itself: nobody is left to compare them with."""

from __future__ import annotations

from typing import ClassVar

from graph.coordination.readings.base import FITS, BuiltInReading, Fit, GroupEvidence
from tocsin.core.messages import Message

MAJORITY = 0.5
"""Share of all other posts from which members are the population."""


class WholePopulation(BuiltInReading):
    """What the accounts all do is what is done in these data."""

    name: ClassVar[str] = "whole_population"

    def fit(self, group: GroupEvidence) -> Fit:
        """Fits where the accounts write most of all posts that are not evidence."""
        share = group.output * FITS / MAJORITY
        return Fit(share, Message("because.whole_population", {"share": group.output}))
