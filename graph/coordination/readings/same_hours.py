"""Accounts that share what their hours are full of, or nothing but their moments."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.readings.chance.hours import choices
from graph.coordination.readings.chance.results import CHANCE
from tocsin.core.messages import Message


class SameHours(BuiltInReading):
    """Contents permuted within the same hours would bring the accounts together as much.

    What is left is that they post at the same times, as people with one timetable do, or customers
    of one service that posts for them. Moments alone are read so, too, where the posts carry things
    that could be compared, and they differ; and where they carry as much as any posts of these
    hours.
    """

    name: ClassVar[str] = "same_hours"

    def fit(self, group: GroupEvidence) -> Fit:
        """What is shared, where the hours could bring that; moments at which what is posted
        differs."""
        moments = group.of_kinds("time")
        things = group.events.height - moments.height
        carrying = group.posts.filter("carries")["post"].implode()
        own = moments.filter(pl.col("posts").list.eval(pl.element().is_in(carrying)).list.all())
        hours, mostly_moments = group.hours, moments.height > things
        differ = moments.height if group.carrying.as_usual else own.height
        # accounts picked by their moments were not picked by the few things beside them
        price = choices(group.members, ratio(2 * things, group.events.height))
        unknown = hours.attainable * price > CHANCE and hours.p * price > CHANCE
        if not things or (mostly_moments and unknown):
            return Fit(ratio(differ, group.events.height), _of_moments(group, own.height))
        if unknown:
            return Fit(0.0, Message("because.same_hours_unknown"))
        counts = {"n": round(hours.met), "expected": hours.expected}
        because = Message("because.same_hours", counts)
        if hours.p * price <= CHANCE:
            return Fit(0.0, because)
        return Fit(ratio(things + differ, group.events.height), because)


def _of_moments(group: GroupEvidence, differ: int) -> Message:
    """How many of the shared things are moments at which each posts something else, or of how many
    posts that can be told."""
    seen, every = group.carrying, group.events.height
    if not seen.posts or 2 * differ > every:
        return Message("because.same_moments", {"n": differ, "of": every})
    counts = {"n": seen.carrying, "of": seen.posts, "expected": seen.expected}
    return Message("because.usual_moments", counts)
