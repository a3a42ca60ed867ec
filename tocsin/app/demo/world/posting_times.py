"""When people post."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

HOUR_OF_END = timedelta(hours=19, minutes=25)
"""What the world's clocks say at its end, whenever it is built: what rises there in the last hours,
and is told in the last day, would else hang on the hour at which somebody looks."""
_DAY = (2, 1, 1, 1, 1, 2, 5, 9, 9, 7, 7, 8, 10, 9, 7, 7, 8, 10, 12, 13, 14, 12, 8, 4)
"""Weight of each hour of the day."""


def random_time(first: datetime, last: datetime, end: datetime, rng: Random) -> datetime:
    """A time between two others, at an hour at which people are awake, to the millisecond.

    ``end``: of the world, which sets its clocks.
    """
    span = (last - first).total_seconds()
    midnight = end - HOUR_OF_END
    while True:
        at = first + timedelta(milliseconds=int(rng.uniform(0, span) * 1000))
        hour = (at - midnight) // timedelta(hours=1) % 24
        if rng.random() * max(_DAY) <= _DAY[hour]:
            return at


def soon_after(first: datetime, mean_seconds: float, rng: Random) -> datetime:
    """A time soon after another; the gaps are exponential."""
    return first + timedelta(milliseconds=int(rng.expovariate(1 / mean_seconds) * 1000) + 1000)


def within_seconds(first: datetime, seconds: float, rng: Random) -> datetime:
    """A time within so many seconds after another."""
    return first + timedelta(milliseconds=int(rng.uniform(0, seconds) * 1000))
