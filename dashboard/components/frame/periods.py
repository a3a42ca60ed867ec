"""Periods: windows that end at the newest post or on a day that was chosen, and their comparisons.

Pure functions; wall-clock arithmetic, so that a day stays a day where clocks are changed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dashboard.components.volume import WINDOW_LENGTHS, WindowLength, window_end
from index.base import EVERYTHING, Window

PERIODS: dict[str, WindowLength] = {
    **WINDOW_LENGTHS,
    "30d": WindowLength("30d", timedelta(days=30), "1d", timedelta(days=1), 6),
}
"""Lengths that end at the newest post."""
ALWAYS = "all"
DATES = "dates"
COMPARISONS = ("before", "week", "year", "none")
"""The period just before, the same days of the week before, the same a year before, nothing."""
_WEEK, _YEAR = timedelta(days=7), timedelta(days=364)
_STEPS = (
    (timedelta(days=2), "1h", timedelta(hours=1)),
    (timedelta(days=6), "6h", timedelta(hours=6)),
    (timedelta(days=180), "1d", timedelta(days=1)),
)
EARLIER = 6
"""Windows of chosen dates before them that make their normal."""


def length_between(since: datetime, until: datetime) -> WindowLength:
    """A length of window for chosen dates, with an interval that suits it."""
    length = until - since
    for longest, interval, step in _STEPS:
        if length <= longest:
            return WindowLength(DATES, length, interval, step, EARLIER)
    return WindowLength(DATES, length, "1w", _WEEK, EARLIER)


def chosen_window(
    name: str,
    since: datetime | None,
    until: datetime | None,
    bounds: tuple[datetime | None, datetime | None],
    zone: tzinfo,
) -> tuple[Window, WindowLength | None]:
    """The window of a choice, and its length; None for all times.

    Args:
        since: where chosen dates begin; they count before ``name`` does.
        until: where they end.
        bounds: times of the oldest and the newest post.
    """
    oldest, newest = bounds
    if since is not None or until is not None:
        first = since or oldest
        last = until or (newest + timedelta(seconds=1) if newest else None)
        if first is None or last is None or first >= last:
            return Window(since, until), None
        first, last = first.astimezone(zone), last.astimezone(zone)
        return Window(first, last), length_between(first, last)
    choice = PERIODS.get(name)
    if choice is None or newest is None:
        return EVERYTHING, None
    end = window_end(newest, choice, zone)
    return Window(shifted(end, choice.length), end), choice


def shifted(moment: datetime, length: timedelta) -> datetime:
    """So long before a moment, on its wall clock."""
    return (moment.replace(tzinfo=None) - length).replace(tzinfo=moment.tzinfo)


def comparison_window(window: Window, kind: str) -> Window | None:
    """What a window is compared with; None for an open window, or where nothing was asked."""
    if window.since is None or window.until is None or kind == "none":
        return None
    length = window.until.astimezone(UTC) - window.since.astimezone(UTC)
    back = length
    if kind in ("week", "year"):
        unit = _WEEK if kind == "week" else _YEAR
        back = unit * max(1, -(-length // unit))
    if kind == "before":
        return Window(window.since - length, window.since)
    return Window(shifted(window.since, back), shifted(window.until, back))


def start_of(day: date, zone: tzinfo) -> datetime:
    """Midnight at the beginning of a day."""
    return datetime.combine(day, time(), zone)


def end_of(day: date, zone: tzinfo) -> datetime:
    """Midnight at the end of a day."""
    return start_of(day + timedelta(days=1), zone)
