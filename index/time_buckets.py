"""Buckets of a histogram: their starts in a time zone. Both backends count into the same edges.

Intervals shorter than a day count from each local midnight in elapsed time (``6h``: at 0, 6, 12 and
18 o'clock), days start at local midnight, weeks on Monday; so days of 23 and 25 hours come out
right.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

SECONDS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "6h": 21_600, "1d": 86_400, "1w": 604_800}
AUTO_BUCKETS = 120
MAX_BUCKETS = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = date(1970, 1, 5)


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises ConfigError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(Message("fault.buckets.zone", {"name": repr(name)})) from None


def named(interval: str) -> str:
    """The interval of a curve without any point: the asked one, an hour where none was chosen.

    Raises ConfigError.
    """
    if interval not in {"auto", *SECONDS}:
        raise ConfigError(
            Message(
                "fault.buckets.interval", {"interval": repr(interval), "seconds": list(SECONDS)}
            )
        )
    return "1h" if interval == "auto" else interval


def buckets(
    first: int, last: int, interval: str, timezone: str
) -> tuple[str, list[datetime], list[int]]:
    """The buckets that hold times from ``first`` to ``last`` (epoch milliseconds, both inside).

    Returns:
        The interval in force (``auto`` chosen: one of `SECONDS` or a number of weeks such as
        ``5w``), the aware local starts, and the edges in epoch milliseconds: one more than starts,
        half-open.

    Raises:
        ConfigError: no such interval or zone, or more than `MAX_BUCKETS` buckets.
    """
    local = zone(timezone)
    if interval == "auto":
        for name in SECONDS:
            if (last - first) / 1000 / SECONDS[name] <= AUTO_BUCKETS + 1:
                starts = _starts(first, last, name, local)
                if len(starts) - 1 <= AUTO_BUCKETS:
                    return _made(name, starts)
        weeks = 2
        while len(starts := _starts(first, last, f"{weeks}w", local)) - 1 > AUTO_BUCKETS:
            weeks += 1
        return _made(f"{weeks}w", starts)
    named(interval)
    if (last - first) / 1000 / SECONDS[interval] > MAX_BUCKETS:
        raise ConfigError(
            Message("fault.buckets.too_many", {"interval": interval, "max_buckets": MAX_BUCKETS})
        )
    return _made(interval, _starts(first, last, interval, local))


def _made(name: str, starts: list[datetime]) -> tuple[str, list[datetime], list[int]]:
    return name, starts[:-1], [(start - _EPOCH) // timedelta(milliseconds=1) for start in starts]


def _starts(first: int, last: int, interval: str, local: ZoneInfo) -> list[datetime]:
    """Aware starts from the bucket of ``first`` to the one after that of ``last``."""
    begin, end = _EPOCH + timedelta(milliseconds=first), _EPOCH + timedelta(milliseconds=last)
    day = begin.astimezone(local).date()
    starts: list[datetime] = []
    if interval.endswith("w"):
        weeks = int(interval[:-1])
        day -= timedelta(days=(day - _MONDAY).days % (7 * weeks))
        step = 7 * weeks
    else:
        step = 1
    while True:
        starts += [
            start
            for start in _within(day, interval, local)
            if not starts or start.astimezone(UTC) > starts[-1].astimezone(UTC)
        ]
        day += timedelta(days=step)
        if _midnight(day, local) > end:
            starts.append(_midnight(day, local))
            break
    low = max((i for i, start in enumerate(starts) if start <= begin), default=0)
    high = next(i for i, start in enumerate(starts) if start > end)
    return starts[low : high + 1]


def _within(day: date, interval: str, local: ZoneInfo) -> list[datetime]:
    """The bucket starts of one local day, or the one of a day or week that starts then."""
    midnight = _midnight(day, local)
    if interval[-1] in "dw":
        return [midnight]
    if interval == "6h":
        return [
            midnight,
            *(_local(datetime.combine(day, time(hour)), local) for hour in (6, 12, 18)),
        ]
    step = timedelta(seconds=SECONDS[interval])
    starts, tomorrow = [], _midnight(day + timedelta(days=1), local)
    moment = midnight.astimezone(UTC)
    while moment < tomorrow:
        starts.append(moment.astimezone(local))
        moment += step
    return starts


def _midnight(day: date, local: ZoneInfo) -> datetime:
    return _local(datetime.combine(day, time()), local)


def _local(wall: datetime, local: ZoneInfo) -> datetime:
    """The instant of a wall clock reading; one that the clock skipped becomes the first after the
    gap."""
    return wall.replace(tzinfo=local).astimezone(UTC).astimezone(local)
