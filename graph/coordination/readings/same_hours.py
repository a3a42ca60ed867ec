"""Accounts that share what their hours are full of, or nothing but their moments."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.readings.hours import CHANCE, choices
from tocsin.core.messages import Message


class SameHours(BuiltInReading):
    """What was posted in the same hours, dealt out anew, would bring the accounts together as much.

    What is left is that they post at the same times, as people with one timetable do, or customers
    of one service that posts for them. Moments alone are read so, too, where the posts carry things
    that could be compared, and they differ.
    """

    name: ClassVar[str] = "same_hours"

    def fit(self, group: GroupEvidence) -> Fit:
        """What is shared, where the hours could bring that; moments at which what is shared
        differs."""
        moments = group.of_kinds("time")
        things = group.events.height - moments.height
        carrying = group.posts.filter("carries")["post"].implode()
        own = moments.filter(pl.col("posts").list.eval(pl.element().is_in(carrying)).list.all())
        hours, mostly_moments = group.hours, moments.height > things
        # accounts picked by their moments were not picked by the things
        price = 1.0 if mostly_moments else choices(group.members)
        unknown = hours.attainable * price > CHANCE and hours.p * price > CHANCE
        if not things or (mostly_moments and unknown):
            said = Message("because.same_moments", {"n": own.height, "of": group.events.height})
            return Fit(ratio(own.height, group.events.height), said)
        if unknown:
            return Fit(0.0, Message("because.same_hours_unknown"))
        counts = {"n": round(hours.met), "expected": hours.expected}
        because = Message("because.same_hours", counts)
        if hours.p * price <= CHANCE:
            return Fit(0.0, because)
        return Fit(ratio(things + own.height, group.events.height), because)
