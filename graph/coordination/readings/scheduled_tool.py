"""Posts that a tool sends at round minutes."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import FITS, BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.signals.base import ObjectKind
from tocsin.core.messages import Message

MINUTE_MS = 60_000
ROUND_MS = 2_000
"""How long after the full minute a post still counts as sent at it."""


class ScheduledTool(BuiltInReading):
    """The accounts share nothing but their moments, and those are full minutes."""

    name: ClassVar[str] = "scheduled_tool"
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = frozenset({"time"})

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of posts at full minutes; where content is shared too, it never fits."""
        if group.resolution_ms >= MINUTE_MS:
            return Fit(0.0, Message("because.coarse"), Message("refuted.exact_times"))
        at_minute = group.posts.filter(pl.col("published_at") % MINUTE_MS < ROUND_MS).height
        share = ratio(at_minute, group.posts.height)
        counts = {"n": at_minute, "of": group.posts.height}
        if group.kinds <= {"time"}:
            return Fit(share, Message("because.scheduled_tool", counts))
        return Fit(min(share, FITS / 2), Message("because.scheduled_content", counts))
