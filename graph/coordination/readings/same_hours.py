"""Accounts that share what their hours are full of, or nothing but their moments."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import FITS, BuiltInReading, Fit, GroupEvidence, ratio
from tocsin.core.messages import Message

SEEN = 0.5
"""Things on which members met in one hour, beside others, by the things of the evidence: below it
the comparison says nothing of most of it."""
TWICE = 0.5
"""Outsiders by members: from here on, few meetings may be more than outsiders' by chance alone. Who
is flagged at all is whom chance favoured, among many who were not."""


class SameHours(BuiltInReading):
    """Others who post in the same hours share as much with the accounts as these do among them.

    What is left is that they post at the same times, as people with one timetable do, or customers
    of one service that posts for them. Moments alone are read so, too, where the posts carry things
    that could be compared, and they differ.
    """

    name: ClassVar[str] = "same_hours"

    def fit(self, group: GroupEvidence) -> Fit:
        """What outsiders account for, less what they do not; moments count with what is shared."""
        moments = group.of_kinds("time")
        things = group.events.height - moments.height
        carrying = group.posts.filter("carries")["post"].implode()
        own = moments.filter(pl.col("posts").list.eval(pl.element().is_in(carrying)).list.all())
        alone = ratio(own.height, group.events.height)
        said = Message("because.same_moments", {"n": own.height, "of": group.events.height})
        if not things:
            return Fit(alone, said)
        # where moments are most of it, the few things must say more than chance to speak for them:
        # those met on at another hour of the day do not, nor does what nobody can be set beside
        hours, mostly_moments = group.hours, moments.height > things
        if mostly_moments and not hours.meetings and not hours.unseen:
            return Fit(alone, said)
        others = hours.cautious if mostly_moments else hours.ratio
        few = not mostly_moments and hours.meetings < SEEN * things
        if others is None or hours.unseen or few:
            met = Message("because.same_hours_unknown", {"n": hours.meetings, "of": things})
            return Fit(0.0, met)
        because = Message("because.same_hours", {"times": 1 / max(others, 0.001)})
        if others >= TWICE:
            others = max(others, hours.cautious or 0.0)
        share = min(1.0, others if mostly_moments else max(0.0, 2 * others - 1))
        if share < FITS:
            return Fit(share, because)
        return Fit((share * things + own.height) / group.events.height, because)
