"""What the strength of an alert is worth on the stream at hand: false alarms a day.

It is measured on the stream's own past with shuffled times: each post gets the time of another.
Nothing bursts any more, but authors, words, repeats and busy hours stay as they are. The alerts
that still come are false, and their number a day is the calibrated rate. Only what was published
before the tick is used, and of that the last 32 days: a stream changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import e, exp, log, log10

import numpy as np
from numpy.typing import NDArray

from nlp.signals.burst_merging import MergedBurst, merge_bursts
from nlp.signals.bursts import Burst
from nlp.signals.features import Features
from nlp.signals.slow_stories.joint_bursts import find_joint_bursts
from nlp.signals.stories import MAX_NOMINAL_RATE, StoryJudge
from nlp.signals.windows import Postings, Scales
from nlp.text.corpus import Longs

WARM_UP_TICKS = 8
MIN_STRENGTH, STORIES_A_DAY = 1.0, 3.0
"""The strength (`nlp.signals.stories.Story.strength`) that every story needs, and how many a day
`AlertBudget` allows."""
_ATTENTION_DAYS, _MIN_ATTENTION_DAYS = 28.0, 4.0
BUDGET, BUDGET_PER_DAY = 28.0, 4.0
"""Alerts that may be raised at once, and how many more each day: over any four weeks at most five a
day, however much happens."""
RESERVE = 4.0
"""Alerts of the budget that only a story whose many texts are about one thing may have
(`nlp.signals.stories.Story.is_coherent`)."""
_DAY = 86_400_000
_WEAKEST = 0.5
"""The strength from which on false alerts are counted."""
_PRIOR_ALERTS, _PRIOR_MEAN = 2.0, 0.5
"""False alerts, and their mean strength above the weakest, before any is seen."""
_DAYS = 32.0
_SHUFFLED_DAYS = 40.0
"""Days of shuffled times, at least: with fewer, one alert more than seen is always too many."""
_MIN_SHUFFLES, _MAX_SHUFFLES = 2, 20
_MAX_SLOTS = 128


@dataclass(frozen=True, slots=True)
class Calibration:
    """How many false alerts a day are at least as strong, as far as shuffled times show it.

    The strengths of false alerts fall off exponentially. What a month of shuffled times counts at a
    high strength is none, one or two, and to ask for as much as the strongest of them had would let
    one odd post decide; all of them together tell how fast they fall off (the exponential tail of
    peaks over a threshold: Coles 2001, ch. 4, with shape 0).

    Attributes:
        rate: false alerts a day, of the weakest that are counted or stronger.
        scale: their mean strength above the weakest. As long as nothing is measured, both are such
            that a tenth of an alert a day has strength 2.
    """

    rate: float = 10**0.5
    scale: float = log10(e)

    def min_strength(self, allowed: float) -> float:
        """The strength from which on false alerts stay within ``allowed`` a day.

        Never less than a little, however quiet shuffled times are: real words come in fits and
        starts.
        """
        beyond = self.scale * log(max(self.rate / allowed, 1.0))
        return max(_WEAKEST + beyond, MIN_STRENGTH)

    def false_per_day(self, strength: float) -> float:
        """False alerts a day at least as strong."""
        return self.rate * exp(min((_WEAKEST - strength) / self.scale, 0.0))


class AlertBudget:
    """How strong a story must be to be alerted, so that a reader gets only so many alerts.

    A stream with one story a day alerts them all. Of one with many, `STORIES_A_DAY` are alerted,
    the strongest compared with the last four weeks: more in a busy week, fewer in a quiet one.

    Some months have far more than those before them, and a story grows while it is alerted. So
    alerts have a budget of `BUDGET`, refilled by `BUDGET_PER_DAY` (a token bucket: Turner 1986). A
    story for which none is left is not alerted in that tick, but may be in a later one. The last
    of it is kept for stories about one thing: those that grow slowly are told in many texts before
    they are loud, and waited longest in a busy week.
    """

    def __init__(self) -> None:
        self._budget, self._counted_at = BUDGET, 0
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
        return strengths[told] if told < len(strengths) else MIN_STRENGTH

    def spend(self, at: int, *, coherent: bool = False) -> bool:
        """Spend the budget of one alert if there is any; ``at`` in milliseconds, rising.

        ``coherent``: whether its story may have what is kept for those about one thing.
        """
        self._budget, self._counted_at = self._budget_at(at), at
        if self._budget < 1 + (0 if coherent else RESERVE):
            return False
        self._budget -= 1
        return True

    def _budget_at(self, at: int) -> float:
        return min(self._budget + (at - self._counted_at) / _DAY * BUDGET_PER_DAY, BUDGET)


def calibrate(
    features: Features,
    slots: Longs,
    author_of_row: Longs,
    until: int,
    tick_hours: float,
    min_authors: int,
    seed: int = 1,
    gaps: NDArray[np.bool_] | None = None,
    few: NDArray[np.bool_] | None = None,
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
        few: see `nlp.signals.windows.find_slots_with_few_accounts`.
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
    found: list[float] = []
    random = np.random.default_rng(seed)
    postings = Postings(features, slots, known, min_authors, first_tested=0)
    for _ in range(shuffles):
        shuffled = np.full(len(slots), -1, np.int64)
        shuffled[known] = slots[random.permutation(known)] - start
        scales = Scales(
            features,
            shuffled,
            author_of_row,
            number,
            tick_hours,
            min_authors,
            postings=postings,
            few=None if few is None else few[start:until],
        )
        judge = StoryJudge(features, len(slots), scales)
        told = np.zeros(len(slots), np.bool_)
        for slot in np.flatnonzero(~unknown).tolist():
            bursts = scales.step(slot, testing=slot >= WARM_UP_TICKS)
            for group in merged_bursts(scales, slot, bursts):
                story = judge.judge(group)
                if story.is_story and told[group.rows].mean() < 0.5:  # windows overlap
                    found.append(story.strength(group))
                    told[group.rows] = True
    return measured_rate(found, days * shuffles)


def measured_rate(strengths: Sequence[float], days: float) -> Calibration:
    """What the strengths of false alerts of so many days amount to."""
    above = [strength - _WEAKEST for strength in strengths if strength >= _WEAKEST]
    # one alert more than seen, for what a few days cannot show
    rate = (len(above) + 1) / days
    scale = (sum(above) + _PRIOR_ALERTS * _PRIOR_MEAN) / (len(above) + _PRIOR_ALERTS)
    return Calibration(rate, scale)


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
    merged += find_joint_bursts(scales.joint, rows_of, scales.features)
    return [one for one in merged if scales.has_authors(one.rows)]
