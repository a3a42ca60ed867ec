"""Posts that a tool sends at round minutes."""

from __future__ import annotations

import re
from collections import Counter
from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import FITS, BuiltInReading, Fit, GroupEvidence, ratio
from tocsin.core.messages import Message
from tocsin.core.text import fold

MINUTE_MS = 60_000
ROUND_MS = 2_000
"""How long after the full minute a post still counts as sent at it."""


SAME_SECOND_S = 1.0
MANY = 20
"""Posts that all stand at the very second of a full minute: their times were rounded when they were
kept, though others' were not. A tool is late now and then."""
OPENLY = 0.8
"""Share of the accounts that must carry one name for their belonging together to be open."""
_NAME = re.compile(r"[^\W\d_]{3,}")


class ScheduledTool(BuiltInReading):
    """The accounts share nothing but their moments, and those are full minutes.

    Or they post the same content in the same second, and say by their names that they belong
    together: the accounts of one employer, fed by one tool.
    """

    name: ClassVar[str] = "scheduled_tool"

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of posts at full minutes, or in the same second by accounts of one name."""
        rounded = group.posts.height >= MANY and bool(
            (group.posts["published_at"] % MINUTE_MS == 0).all()
        )
        if rounded or group.resolution_ms >= MINUTE_MS:
            return Fit(0.0, Message("because.coarse"), Message("refuted.exact_times"))
        if not group.kinds <= {"time"} and _common_name(group):
            together = group.events.filter(pl.col("apart") <= SAME_SECOND_S).height
            every = group.events.height
            said = {"n": together, "of": every}  # the name itself would tell whose accounts
            return Fit(ratio(together, every), Message("because.scheduled_by_one", said))
        at_minute = group.posts.filter(pl.col("published_at") % MINUTE_MS < ROUND_MS).height
        share = ratio(at_minute, group.posts.height)
        counts = {"n": at_minute, "of": group.posts.height}
        if group.kinds <= {"time"}:
            return Fit(share, Message("because.scheduled_tool", counts))
        return Fit(min(share, FITS / 2), Message("because.scheduled_content", counts))


def _common_name(group: GroupEvidence) -> str:
    """The word that stands in nearly all names of the accounts; empty where there is none."""
    handles = group.posts.select("account", "handle").drop_nulls().unique()
    words: Counter[str] = Counter()
    for named in handles.group_by("account").agg("handle")["handle"].to_list():
        words.update({word for handle in named for word in _NAME.findall(fold(handle))})
    word, accounts = max(words.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return word if accounts >= OPENLY * group.members else ""
