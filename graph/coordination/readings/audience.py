"""Readers of one site, or followers of one account."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, mean, ratio
from graph.coordination.signals.base import ObjectKind
from tocsin.core.messages import Message
from tocsin.core.urls import publisher

PACE_S = 900
"""Median seconds between two members' acts from which an audience's pace fits fully."""
SOURCES: tuple[ObjectKind, ...] = ("address", "site", "post")
"""Kinds of objects that come from a source: a site, or the author of a post."""


class Audience(BuiltInReading):
    """The same source, slowly, and never most of the accounts at once."""

    name: ClassVar[str] = "audience"
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = frozenset(SOURCES)

    def fit(self, group: GroupEvidence) -> Fit:
        """The least of: events from one source, how slow they come, how few take part at a time."""
        most = max(_sources(group).values(), default=0)
        # of all who act on a thing, strangers too: a few readers picked because they met look
        # closer than they are
        part = mean(
            taking_part / max(group.members, taking_part + others)
            for taking_part, others in group.events.select(
                pl.col("accounts").list.len(), "outsiders"
            ).iter_rows()
        )
        slow = min(1.0, max(0.0, (group.pace - PACE_S / 3) / (PACE_S * 2 / 3)))
        # two accounts always are all that take part: only their pace tells
        loose = min(1.0, max(0.0, (0.6 - part) / 0.3)) if group.members > 2 else 1.0
        every = group.events.height
        counts = {"n": most, "of": every, "part": part, "minutes": group.pace / 60}
        return Fit(min(ratio(most, every), slow, loose), Message("because.audience", counts))


def _sources(group: GroupEvidence) -> Counter[str]:
    """Author of a post, or publisher of a page -> events that come from it.

    A platform is no source: who reads it meets the whole world there.
    """
    sources: Counter[str] = Counter()
    rows = group.of_kinds(*SOURCES).select("object_kind", "object", "target")
    for kind, shared, target in rows.iter_rows():
        source = target or (shared if kind == "post" else publisher(shared))
        if source:
            sources[source] += 1
    return sources
