"""Slots in which nothing was collected: they are unknown, and say nothing of what was said less."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nlp.text.corpus import Longs

MIN_EMPTY_SLOTS = 3
MIN_MISSING_POSTS = 30
"""Posts that a run of empty slots would have had at the usual flow; with fewer, it was quiet."""
_DAYS = 14


def gap_slots(slots: Longs, number: int, ticks_a_day: float) -> NDArray[np.bool_]:
    """Which slots are part of a gap: several without a post, where there usually are many.

    What is usual is the median of the same time of day over two weeks before the run, so nights
    that are always silent are no gap, and nothing after the run is used.

    Args:
        slots: the slot of each post, negative where it has none.
        number: of slots.
        ticks_a_day: slots in a day; where they do not fill it, all count as one time of day.
    """
    whole = ticks_a_day >= 1 and abs(ticks_a_day - round(ticks_a_day)) < 1e-9
    step = round(ticks_a_day) if whole else 1
    posts = np.bincount(slots[(slots >= 0) & (slots < number)], minlength=number)
    gaps = np.zeros(number, np.bool_)
    filled = np.flatnonzero(posts)
    for before, after in pairwise(filled.tolist()):
        if after - before <= MIN_EMPTY_SLOTS:
            continue
        earlier = np.flatnonzero(~gaps[: before + 1])
        missing = 0.0
        for slot in range(before + 1, min(after, before + 1 + step)):
            same = earlier[(earlier - slot) % step == 0][-_DAYS:]
            share = -(-(after - slot) // step)  # how often this time of day comes in the run
            missing += share * float(np.median(posts[same])) if len(same) else 0.0
        gaps[before + 1 : after] = missing >= MIN_MISSING_POSTS
    return gaps


def untested_slots(gaps: NDArray[np.bool_], ticks_a_day: float) -> int:
    """How many slots of the last day raise no alert: those in a gap, and those just after one."""
    last_day = max(1, round(ticks_a_day))
    return int((gaps | slots_after_gaps(gaps, ticks_a_day))[-last_day:].sum())


def slots_after_gaps(gaps: NDArray[np.bool_], ticks_a_day: float) -> NDArray[np.bool_]:
    """The first slots after each gap: as many as it has, at most a day's and at least one.

    What began unseen in the gap would look like a rise in them.
    """
    after = np.zeros(len(gaps), np.bool_)
    length = 0
    for slot, is_gap in enumerate(gaps.tolist()):
        if is_gap:
            length += 1
        elif length:
            after[slot : slot + max(1, min(length, round(ticks_a_day)))] = True
            length = 0
    return after
