"""Volume over time: windows that end at the newest post, their normal, and rows for curves.

Pure functions of what the index gave; nothing is drawn here. Intervals are stepped over on the
reader's wall clock, so that a day stays a day where clocks are changed.
"""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from dashboard.collection_gaps import Bucket, Gap, share_in
from dashboard.counts import share_of_flagged
from index.base import Window

MIN_GAP_SHARE = 0.02
"""Share of a window without collection from which it is compared with nothing."""
MIN_PAST_WINDOWS = 3
"""Earlier windows that a normal needs at least."""


class VolumeRow(NamedTuple):
    """One interval: when it starts, its posts, and those by flagged accounts among them."""

    start: datetime
    total: int
    flagged: int


@dataclass(frozen=True)
class WindowLength:
    """A length of window that Today offers.

    Attributes:
        name: as it stands in the address and in the catalogues.
        length: how long the window is.
        interval: the histogram interval of the index that its curve has.
        step: the same as a duration.
        earlier: how many earlier windows make its normal.
    """

    name: str
    length: timedelta
    interval: str
    step: timedelta
    earlier: int


WINDOW_LENGTHS = {
    choice.name: choice
    for choice in (
        WindowLength("24h", timedelta(days=1), "1h", timedelta(hours=1), 13),
        WindowLength("3d", timedelta(days=3), "6h", timedelta(hours=6), 9),
        WindowLength("7d", timedelta(days=7), "1d", timedelta(days=1), 8),
    )
}


@dataclass(frozen=True)
class VolumeComparison:
    """Posts in a window, and the median of ``windows`` earlier ones of the same length.

    ``normal`` is None with fewer than `MIN_PAST_WINDOWS` of them. With ``partial``, nothing was
    collected in a part of the window, so its posts are compared with nothing.
    """

    posts: int
    normal: float | None
    windows: int
    partial: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times normal; None where either is unknown, or normal is nothing."""
        return self.posts / self.normal if self.normal and not self.partial else None


def window_end(newest: datetime, choice: WindowLength, zone: tzinfo) -> datetime:
    """The first interval boundary after the newest post, on the reader's clock."""
    local = newest.astimezone(zone).replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    steps = (local - midnight) // choice.step + 1
    return (midnight + steps * choice.step).replace(tzinfo=zone)


def window_and_past(newest: datetime, choice: WindowLength, zone: tzinfo) -> tuple[Window, Window]:
    """The window that ends at the newest post, and the longer one with its past."""
    until = window_end(newest, choice, zone)
    window = Window(_wall_clock_before(until, choice.length), until)
    return window, with_past(window, choice)


def with_past(window: Window, choice: WindowLength) -> Window:
    """A window with the past that it is compared with."""
    assert window.until is not None
    since = _wall_clock_before(window.until, choice.length * (choice.earlier + 1))
    return Window(since, window.until)


def _wall_clock_before(moment: datetime, length: timedelta) -> datetime:
    return (moment.replace(tzinfo=None) - length).replace(tzinfo=moment.tzinfo)


def compare_with_past(
    buckets: Sequence[Bucket],
    window: Window,
    choice: WindowLength,
    oldest: datetime | None,
    gaps: Sequence[Gap] = (),
) -> VolumeComparison:
    """The window's posts against its own past.

    Windows that begin before the oldest post do not count, nor do those with a gap in them.
    """
    assert window.until is not None
    current, partial = 0, False
    earlier: list[int] = []  # newest first
    until = window.until
    for number in range(choice.earlier + 1):
        since = _wall_clock_before(until, choice.length)
        if number and oldest is not None and since < oldest:
            break
        posts = sum(count for start, count in buckets if since <= start < until)
        has_gap = share_in(gaps, since.astimezone(UTC), until.astimezone(UTC)) >= MIN_GAP_SHARE
        if not number:
            current, partial = posts, has_gap
        elif not has_gap:
            earlier.append(posts)
        until = since
    normal = statistics.median(earlier) if len(earlier) >= MIN_PAST_WINDOWS else None
    return VolumeComparison(current, normal, len(earlier), partial)


def is_collected(window: Window, oldest: datetime | None, gaps: Sequence[Gap]) -> bool:
    """Whether the collection covers a window: all of it but less than `MIN_GAP_SHARE`.

    Args:
        oldest: when the collection begins.
        gaps: those in the window.
    """
    if window.since is None or window.until is None:
        return True
    since, until = window.since.astimezone(UTC), window.until.astimezone(UTC)
    before = until - since if oldest is None else min(until, max(oldest, since)) - since
    return before / (until - since) + share_in(gaps, since, until) < MIN_GAP_SHARE


def mark_unknown(rows: Sequence[VolumeRow], gaps: Sequence[Gap]) -> list[bool]:
    """Which rows are unknown: at least half of their time lies in gaps."""
    if not gaps or not rows:
        return [False] * len(rows)
    starts = [row.start.astimezone(UTC) for row in rows]
    step = starts[-1] - starts[-2] if len(starts) > 1 else timedelta(hours=1)
    edges = [*starts, starts[-1] + step]
    return [share_in(gaps, *edge) >= 0.5 for edge in pairwise(edges)]


def fill_gaps(buckets: Sequence[Bucket], window: Window, step: timedelta) -> list[Bucket]:
    """A histogram over the whole of a bounded window: intervals without hits are there, as 0."""
    assert window.since is not None
    assert window.until is not None
    counts = _sum_by_start(buckets)
    filled: list[Bucket] = []
    start = window.since
    while start < window.until:
        filled.append((start, counts.pop(start, 0)))
        start = _wall_clock_before(start, -step)
    return sorted([*filled, *counts.items()]) if counts else filled


def from_oldest(rows: Sequence[VolumeRow], oldest: datetime | None) -> list[VolumeRow]:
    """The rows from the one with the oldest post of all on: before it, nothing was collected."""
    first = sum(1 for row in rows if oldest is not None and row.start <= oldest)
    return list(rows[max(0, first - 1) :])


def _sum_by_start(buckets: Sequence[Bucket]) -> dict[datetime, int]:
    """Counts by wall-clock start: where clocks go back, an hour comes twice and is one."""
    counts: dict[datetime, int] = {}
    for start, count in buckets:
        counts[start] = counts.get(start, 0) + count
    return counts


def merge_counts(total: Sequence[Bucket], flagged: Sequence[Bucket]) -> list[VolumeRow]:
    """Two histograms of one window, of all posts and of those by flagged accounts, as rows.

    The intervals of ``flagged`` may be finer; each counts for the interval that it begins in.
    """
    starts = [start for start, _ in total]
    known = set(starts)
    flagged_counts: dict[datetime, int] = {}
    for start, count in flagged:
        row = start if start in known else starts[max(0, bisect_right(starts, start) - 1)]
        flagged_counts[row] = flagged_counts.get(row, 0) + count
    return [
        VolumeRow(start, count, min(count, flagged_counts.get(start, 0))) for start, count in total
    ]


def askable_interval(interval: str) -> str:
    """The interval to ask for beside a histogram that has this one.

    Over very long times the index chooses several weeks (``5w``), which nobody can ask for; weeks
    fit into these.
    """
    return "1w" if interval.endswith("w") else interval


def flagged_share(rows: Sequence[VolumeRow]) -> float:
    """The share of posts by flagged accounts, 0 to 1; 0 where there are no posts."""
    flagged, posts = sum(row.flagged for row in rows), sum(row.total for row in rows)
    return share_of_flagged(flagged, posts) or 0.0


def downsample(rows: Sequence[VolumeRow], max_rows: int) -> list[VolumeRow]:
    """The same rows summed into at most ``max_rows`` intervals, for small curves."""
    size = -(-len(rows) // max_rows) if rows else 1
    chunks = [rows[i : i + size] for i in range(0, len(rows), size)]
    return [
        VolumeRow(chunk[0].start, sum(r.total for r in chunk), sum(r.flagged for r in chunk))
        for chunk in chunks
    ]
