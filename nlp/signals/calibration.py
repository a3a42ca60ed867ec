"""What the strength of an alert is worth on the stream at hand: false alarms a day.

It is measured on the stream's own past with shuffled times: each post gets the time of another.
Nothing bursts any more, but authors, words, repeats and busy hours stay as they are. The alerts
that still come are false, and their number a day is the calibrated rate. Only what was published
before the tick is used, and of that the last 32 days: a stream changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import log10

import numpy as np
from numpy.typing import NDArray

from nlp.signals.burst_merging import MergedBurst, merge_bursts
from nlp.signals.bursts import Burst
from nlp.signals.features import Features
from nlp.signals.slow_stories.joint_bursts import joint_bursts
from nlp.signals.stories import MAX_NOMINAL_RATE, StoryJudge
from nlp.signals.windows import Scales
from nlp.text.corpus import Longs

STRENGTHS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Strengths (`nlp.signals.stories.Story.strength`) at which false alerts are counted."""
WARM_UP_TICKS = 8
MIN_STRENGTH, MAX_STRENGTH, STORIES_A_DAY = 1.0, 3.0, 2.5
"""What `Attention` asks of a story, and how many a day it has room for."""
_ATTENTION_DAYS, _MIN_ATTENTION_DAYS = 14.0, 4.0
_DAY = 86_400_000
_UNKNOWN = tuple(0.1 * 10 ** (2.0 - strength) for strength in STRENGTHS)
"""Rates as long as nothing is measured."""
_DAYS = 32.0
_SHUFFLED_DAYS = 40.0
"""Days of shuffled times, at least: with fewer, one alert more than seen is always too many."""
_MIN_SHUFFLES, _MAX_SHUFFLES = 2, 20
_MAX_SLOTS = 128


@dataclass(frozen=True, slots=True)
class Calibration:
    """``rates[i]`` is the number of false alerts a day at strength ``STRENGTHS[i]`` or more."""

    rates: tuple[float, ...] = _UNKNOWN

    def min_strength(self, allowed: float) -> float:
        """The strength from which on false alerts stay within ``allowed`` a day.

        Never less than a little, however quiet shuffled times are: real words come in fits and
        starts.
        """
        for strength, rate in zip(STRENGTHS, self.rates, strict=True):
            if rate <= allowed:
                return strength
        return STRENGTHS[-1] + log10(self.rates[-1] / allowed)

    def false_per_day(self, strength: float) -> float:
        """False alerts a day at least as strong."""
        if strength >= STRENGTHS[-1]:
            return self.rates[-1] * 10 ** (STRENGTHS[-1] - strength)
        return float(np.exp(np.interp(strength, STRENGTHS, np.log(self.rates))))


class Attention:
    """How strong a story must be where many compete for the attention of a reader.

    A stream with one story a day has none to spare. Of one with many, `STORIES_A_DAY` are told, the
    strongest by what the last two weeks had; whatever is clear enough (`MAX_STRENGTH`) is told
    beside them.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[int, float]] = []
        self._first: int | None = None

    def see(self, at: int, strength: float) -> None:
        """A story that was not seen before; ``at`` in milliseconds."""
        if strength >= MIN_STRENGTH:
            self._seen.append((at, strength))

    def min_strength(self, at: int) -> float:
        """What is asked for: the strength that so many stories of the last days have."""
        if self._first is None:
            self._first = at
        self._seen = [one for one in self._seen if at - one[0] < _ATTENTION_DAYS * _DAY]
        days = min(max((at - self._first) / _DAY, _MIN_ATTENTION_DAYS), _ATTENTION_DAYS)
        strengths = sorted((strength for _, strength in self._seen), reverse=True)
        told = int(STORIES_A_DAY * days)
        return min(strengths[told], MAX_STRENGTH) if told < len(strengths) else MIN_STRENGTH


def calibrate(
    features: Features,
    slots: Longs,
    author_of_row: Longs,
    until: int,
    tick_hours: float,
    min_authors: int,
    seed: int = 1,
    gaps: NDArray[np.bool_] | None = None,
) -> Calibration:
    """Shuffle the last slots before ``until`` among their posts, and count the alerts.

    All windows are tested, and what is no story is left out, as in the stream itself.

    Args:
        features: of all posts; those of later slots are left out.
        slots: slot of each row.
        author_of_row: code of each row's author.
        until: the first slot that is not known yet.
        tick_hours, min_authors: see `nlp.signals.windows.Scales`.
        seed: of the shuffles.
        gaps: slots in which nothing was collected; they are no time.
    """
    ticks_a_day = 24.0 / tick_hours
    start = max(0, until - max(_MAX_SLOTS, round(_DAYS * ticks_a_day)))
    known = np.flatnonzero((slots >= start) & (slots < until))
    number = until - start
    unknown = gaps[start:until] if gaps is not None else np.zeros(number, np.bool_)
    days = (number - int(unknown.sum()) - WARM_UP_TICKS) / ticks_a_day
    if days <= 0 or not len(known):
        return Calibration()
    shuffles = int(np.clip(np.ceil(_SHUFFLED_DAYS / days), _MIN_SHUFFLES, _MAX_SHUFFLES))
    alerts = np.zeros(len(STRENGTHS))
    random = np.random.default_rng(seed)
    for _ in range(shuffles):
        shuffled = np.full(len(slots), -1, np.int64)
        shuffled[known] = slots[random.permutation(known)] - start
        scales = Scales(features, shuffled, author_of_row, number, tick_hours, min_authors)
        judge = StoryJudge(features, len(slots), scales)
        told = np.zeros(len(slots), np.bool_)
        for slot in np.flatnonzero(~unknown).tolist():
            bursts = scales.step(slot, testing=slot >= WARM_UP_TICKS)
            for group in merged_bursts(scales, slot, bursts):
                story = judge.judge(group)
                if story.is_story and told[group.rows].mean() < 0.5:  # windows overlap
                    alerts += story.strength(group) >= np.array(STRENGTHS)
                    told[group.rows] = True
    # one alert more than seen, for what a few days cannot show
    rates = (alerts + 1) / (days * shuffles)
    monotone = np.maximum.accumulate(rates[::-1])[::-1]
    return Calibration(tuple(float(rate) for rate in monotone))


def merged_bursts(
    scales: Scales, slot: int, bursts: list[Burst], flagged: NDArray[np.bool_] | None = None
) -> list[MergedBurst]:
    """The bursts of a slot that are worth a look, those of one story merged; see `merge_bursts`.

    Then what rises together only (`nlp.signals.slow_stories`).
    """
    rows_of = partial(scales.rows_of_burst, slot)
    merged: list[MergedBurst] = []
    if bursts and bursts[0].nominal_rate <= MAX_NOMINAL_RATE:
        overlap = scales.author_overlap(slot, bursts)
        merged = merge_bursts(bursts, rows_of, MAX_NOMINAL_RATE, overlap, flagged)
    return [*merged, *joint_bursts(scales.joint, rows_of, scales.features)]
