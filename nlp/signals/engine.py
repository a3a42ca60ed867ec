"""The causal engine of weak signals.

Tick by tick, each tick sees only what was published before it.

`tocsin signals` runs the same code as `tocsin replay` and keeps the alerts of the last day. Windows
of a tick, a day and a week are tested (`nlp.signals.windows`), and only what tells a story alarms
(`nlp.signals.stories`). A story is alerted once: what bursts again within three days is the same
story unless it has grown tenfold, and so is what bursts mostly in posts already alerted. Slots in
which nothing was collected (`nlp.signals.gaps`) are no past, and the first slots after them raise
no alert: what they hold above the past counts as told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nlp.signals.burst_merging import MergedBurst
from nlp.signals.calibration import (
    MIN_STRENGTH,
    WARM_UP_TICKS,
    AlertBudget,
    Calibration,
    calibrate,
    merged_bursts,
)
from nlp.signals.features import Features, time_slots
from nlp.signals.gaps import gap_slots, slots_after_gaps
from nlp.signals.stories import NO_STORY, Story, StoryJudge
from nlp.signals.windows import Scales, find_slots_with_few_accounts
from nlp.text.corpus import Corpus, Longs

DAY = 86_400_000
ALLOWED_FALSE_PER_DAY = 0.06
"""False alerts a day that are accepted."""
QUIET_DAYS = 3.0
PAST_DAYS = 120.0
"""Of a longer past no window remembers more than a 64th (`nlp.signals.windows.Scale`)."""
_TOLD_SHARE, _SHOWN_SHARE = 0.5, 0.7
_MAIN_SHARE = 0.5
_TOLD_AGAIN = 10
"""A story with so many times the posts it had when it was alerted is alerted again."""
_FIRST_DAYS = 3
_FIRST_CALIBRATION, _CALIBRATION_GROWTH, _MAX_CALIBRATION_GAP = 16, 2.5, 64


@dataclass(frozen=True, slots=True)
class Alert:
    """What burst at a tick (epoch milliseconds).

    ``first_rows`` are the posts of three days that had its clearest feature, oldest first;
    ``false_per_day`` is the calibrated rate of false alerts at least as clear; ``story`` what its
    posts have in common.
    """

    tick: int
    burst: MergedBurst
    first_rows: Longs
    false_per_day: float
    story: Story = NO_STORY

    def authors(self, corpus: Corpus) -> int:
        """How many different accounts wrote its posts."""
        return len(np.unique(corpus.authors[self.burst.rows]))


def past_start(first: int, quiet_until: int) -> int:
    """When the past begins that alerts after ``quiet_until`` are compared with, in milliseconds.

    Args:
        first: the first post, epoch milliseconds.
        quiet_until: see `detect_alerts`.
    """
    return max(first, quiet_until - round((PAST_DAYS + QUIET_DAYS) * DAY))


def detect_alerts(
    corpus: Corpus,
    features: Features,
    *,
    start: int,
    tick: timedelta,
    min_authors: int,
    allowed: float = ALLOWED_FALSE_PER_DAY,
    quiet_until: int = 0,
    flagged: NDArray[np.bool_] | None = None,
    with_pushed: bool = False,
) -> Iterator[Alert]:
    """The alerts of a corpus in order of time.

    Args:
        corpus: documents in order of time.
        features: theirs.
        start: epoch milliseconds at which slots begin.
        tick: length of a slot.
        min_authors: authors a signal needs.
        allowed: false alerts a day that are accepted.
        quiet_until: no alert is given for ticks up to this time; the past is learnt all the same.
        flagged: see `merge_bursts`; a replay does not know it, since groups are known of the whole
            window only.
        with_pushed: also give what several accounts pass on in one or two texts
            (`Story.is_pushed`).
    """
    width = round(tick / timedelta(milliseconds=1))
    slots = time_slots(corpus.times, start, width)
    number = int(slots.max(initial=-1)) + 1
    tick_hours = tick / timedelta(hours=1)
    ticks_a_day = 24.0 / tick_hours
    gaps = gap_slots(slots, number, ticks_a_day)
    after_gap = slots_after_gaps(gaps, ticks_a_day)
    # before these ticks it is too early to suppress what may be alerted
    tested_from = max(int((quiet_until - QUIET_DAYS * DAY - start) // width), 0)
    few = find_slots_with_few_accounts(corpus.authors, slots, number, ticks_a_day)
    scales = Scales(
        features,
        slots,
        corpus.authors,
        number,
        tick_hours,
        min_authors,
        tested_from=tested_from,
        few=few,
    )
    judge = StoryJudge(features, len(slots), scales)
    calibrate_until = partial(
        calibrate,
        features,
        slots,
        corpus.authors,
        tick_hours=tick_hours,
        min_authors=min_authors,
        gaps=gaps,
        few=few,
    )
    calibrated, next_calibration = _Calibrated(calibrate_until), _FIRST_CALIBRATION
    memory, seen, budget = _Memory(len(slots)), _Memory(len(slots)), AlertBudget()
    for slot in range(number):
        if gaps[slot]:
            continue
        at = start + (slot + 1) * width
        if slot >= next_calibration:
            later = min(round(slot * _CALIBRATION_GROWTH), slot + _MAX_CALIBRATION_GAP)
            calibrated.due, next_calibration = slot, later
        if slot < tested_from:
            scales.step(slot, testing=False)
            continue
        least_told = budget.min_strength(at)
        bursts = scales.step(slot, testing=slot >= WARM_UP_TICKS)
        judged = []
        for merged in merged_bursts(scales, slot, bursts, flagged):
            story = judge.judge(merged)
            strength = story.strength(merged)
            if not story.is_pushed and (
                not story.is_story or not calibrated.allows(strength, allowed)
            ):
                continue
            if with_pushed or not story.is_pushed:
                judged.append((strength, merged, story))
        # where the budget does not allow all of them, the strongest are alerted
        for strength, merged, story in sorted(judged, key=lambda one: -one[0]):
            if story.is_story:
                known = seen.knows(merged, at)
                seen.keep(merged, at, known=known)
                if not known:
                    budget.see(at, strength)
                if strength < least_told:
                    continue
            known = memory.knows(merged, at)
            spends = not known and story.is_story
            if spends and not budget.spend(at, coherent=story.is_coherent):
                continue
            memory.keep(merged, at, known=known)
            if not known and at > quiet_until and not after_gap[slot]:
                clearest = merged.bursts[0]
                rate = min(calibrated.latest().false_per_day(strength), allowed)
                first_rows = _first_rows(corpus, scales.rows(clearest.code), at, clearest.hours)
                yield Alert(at, merged, first_rows, rate, story)


class _Calibrated:
    """What a strength is worth, measured where a story asks for it.

    Attributes:
        due: the slot until which it is measured when it is asked for next; 0 where it is known.
    """

    def __init__(self, calibrate_until: Callable[[int], Calibration]) -> None:
        self._calibrate_until = calibrate_until
        self._known = Calibration()
        self.due = 0

    def latest(self) -> Calibration:
        """That of the last slots before the one that was due."""
        if self.due:
            self._known, self.due = self._calibrate_until(self.due), 0
        return self._known

    def allows(self, strength: float, allowed: float) -> bool:
        """Whether so strong a story is within the false alerts a day that are accepted."""
        # nothing weaker ever is: most bursts need not be measured
        return strength >= MIN_STRENGTH and strength >= self.latest().min_strength(allowed)


class _Memory:
    """What was alerted: a story is alerted once, and again if it has grown tenfold."""

    def __init__(self, number_of_rows: int) -> None:
        self._last_alarm: dict[int, int] = {}
        self._posts_told: dict[int, int] = {}
        self._told = np.zeros(number_of_rows, np.bool_)
        self._shown = np.zeros(number_of_rows, np.bool_)

    def knows(self, merged: MergedBurst, at: int) -> bool:
        """Whether its clearest feature alarmed in the last days, or half of its posts were told.

        Three posts say that somebody will run. The day of the race is no part of that. Whatever
        its posts were alerted for, an alert of posts that a reader has had is none.
        """
        code = merged.bursts[0].code
        last = self._last_alarm.get(code)
        if last is not None and at - last <= QUIET_DAYS * DAY:
            told = self._posts_told.get(code)
            if told is None or len(merged.rows) < _TOLD_AGAIN * told:
                return True
        if float(self._told[merged.rows].mean()) >= _TOLD_SHARE:
            return True
        return float(self._shown[merged.rows].mean()) >= _SHOWN_SHARE

    def keep(self, merged: MergedBurst, at: int, *, known: bool) -> None:
        """Remember what alarmed, or goes on.

        What only some of its posts name, though it be the clearest, and what is new in a story that
        is known, may yet become a story of its own.
        """
        if not known:
            self._shown[merged.rows] = True
        large = [len(rows) >= _MAIN_SHARE * len(merged.rows) for rows in merged.rows_of_burst]
        large[0] |= not any(large)
        pairs = zip(merged.bursts, merged.rows_of_burst, strict=True)
        for (burst, rows), main in zip(pairs, large, strict=True):
            if main and (not known or burst.code in self._last_alarm):
                self._last_alarm[burst.code] = at
                self._told[rows] = True
                if not known:
                    before = self._posts_told.get(burst.code, 0)
                    self._posts_told[burst.code] = max(before, len(merged.rows))


def _first_rows(corpus: Corpus, rows: Longs, at: int, hours: float) -> Longs:
    """Of the posts of a feature those of the days before the tick, oldest first."""
    days = max(_FIRST_DAYS, hours / 24)
    times = corpus.times[rows]
    first, last = np.searchsorted(times, at - round(days * DAY)), np.searchsorted(times, at)
    return rows[first:last]
