"""Times in which nothing was collected: they are unknown, not zero."""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

Bucket = tuple[datetime, int]
MIN_EMPTY_INTERVALS = 3
"""Intervals without a post in a row from which nothing may have been collected."""
MIN_MISSING_POSTS = 30
"""Posts that such a run would have had at the usual flow; with fewer, it was quiet."""
_USUAL_DAYS = 14
_GAP_INTERVALS = {
    "1h": timedelta(days=100),
    "6h": timedelta(days=2_000),
    "1d": timedelta.max,
}
_MIN_DAYS = 3


class Gap(NamedTuple):
    """A stretch of time in which nothing was collected."""

    since: datetime
    until: datetime


def find_gaps(buckets: Sequence[Bucket], oldest: datetime | None) -> list[Gap]:
    """The stretches in which nothing was collected: no post of all, where there usually are many.

    What is usual is the median of the same time of day over two weeks before (after, where there
    is too little before): nights that are always silent are no gap, nor are the rare posts of an
    archive's early years. What is not between posts is none either.

    Args:
        buckets: the whole collection over time, empty intervals included.
        oldest: the oldest post of all; before it nothing was missed.
    """
    same_time: dict[time, list[int]] = {}
    for number, (start, _) in enumerate(buckets):
        same_time.setdefault(start.time(), []).append(number)
    gaps: list[Gap] = []
    unknown: set[int] = set()
    empty: list[int] = []
    for number, (start, count) in enumerate(buckets):
        if not count:
            if oldest is not None and oldest <= start:
                empty.append(number)
            continue
        if len(empty) >= MIN_EMPTY_INTERVALS:
            times = Counter(buckets[at][0].time() for at in empty)
            missing = sum(
                often * _usual([n for n in same_time[at] if n not in unknown], empty, buckets)
                for at, often in times.items()
            )
            if missing >= MIN_MISSING_POSTS:
                gaps.append(Gap(buckets[empty[0]][0], start))
                unknown.update(empty)
        empty = []
    return gaps


def _usual(numbers: list[int], empty: Sequence[int], buckets: Sequence[Bucket]) -> float:
    """The median count of these intervals in two weeks before a run, else after it."""
    known = numbers[: bisect_left(numbers, empty[0])][-_USUAL_DAYS:]
    if len(known) < _MIN_DAYS:
        known += numbers[bisect_right(numbers, empty[-1]) :][:_USUAL_DAYS]
    return statistics.median([buckets[number][1] for number in known] or [0])


def gap_interval(span: timedelta) -> str:
    """The interval in which gaps of a collection are looked for."""
    return next(name for name, longest in _GAP_INTERVALS.items() if span <= longest)


def share_in(gaps: Sequence[Gap], since: datetime, until: datetime) -> float:
    """The share of a span of time that lies in gaps."""
    inside = sum(
        (max(min(gap.until, until) - max(gap.since, since), timedelta()) for gap in gaps),
        timedelta(),
    )
    return inside / (until - since) if until > since else 0.0
