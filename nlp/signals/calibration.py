"""What an allowance of accidents is worth on the stream at hand, measured on its own past with shuffled times.

Each post of the past gets the time of another: nothing bursts any more, but authors, words, repeats and busy hours
stay as they are. The alerts that still come are false, and their number a day is what is stated. Only what was
published before the tick is used, and of that the last 128 ticks: a stream changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from nlp.signals.bursts import Bursts
from nlp.signals.counting import count
from nlp.signals.features import Features
from nlp.signals.merging import merge
from nlp.text.corpus import Longs

LEVELS = (16.0, 4.0, 1.0, 0.25, 0.0625)
MOST_ACCIDENTS = 4.0
WARM_UP_TICKS = 8
_DAYS = 30.0
_MOST_SHUFFLES = 6
_SLOTS = 128


@dataclass(frozen=True, slots=True)
class Calibration:
    """``rates[i]`` is the number of false alerts a day where ``LEVELS[i]`` accidents a day are let pass."""

    rates: tuple[float, ...] = LEVELS

    def limit(self, allowed: float) -> float:
        """The accidents a day that may pass so that false alerts stay within ``allowed``.

        Never more than a few, however quiet shuffled times are: real words come in fits and starts.
        """
        fine = [
            level
            for level, rate in zip(LEVELS, self.rates, strict=True)
            if rate <= allowed and level <= MOST_ACCIDENTS
        ]
        return max(fine) if fine else LEVELS[-1] * min(1.0, allowed / self.rates[-1])

    def stated(self, accidents: float) -> float:
        """False alerts a day at least as clear as one with this number of accidents."""
        if accidents <= LEVELS[-1]:
            return self.rates[-1] * accidents / LEVELS[-1]
        return float(
            np.exp(np.interp(np.log(accidents), np.log(LEVELS[::-1]), np.log(self.rates[::-1])))
        )


def calibrate(
    features: Features,
    slots: Longs,
    author_of_row: Longs,
    until: int,
    make: Callable[..., Bursts],
    seed: int = 1,
) -> Calibration:
    """Shuffle the last slots before ``until`` among their posts, a few times, and count the alerts.

    Args:
        features: of all posts; those of later slots are left out.
        slots: slot of each row.
        author_of_row: code of each row's author.
        until: the first slot that is not known yet.
        make: gives a fresh test, of all features or of those of ``loud`` alone.
        seed: of the shuffles.
    """
    start = max(0, until - _SLOTS)
    known = np.flatnonzero((slots >= start) & (slots < until))
    number = until - start
    test = make()
    days = (number - WARM_UP_TICKS) / test.ticks_a_day
    if days <= 0 or not len(known):
        return Calibration()
    shuffles = int(np.clip(np.ceil(_DAYS / days), 1, _MOST_SHUFFLES))
    alerts = np.zeros(len(LEVELS))
    random = np.random.default_rng(seed)
    for _ in range(shuffles):
        shuffled = np.full(len(slots), -1, np.int64)
        shuffled[known] = slots[random.permutation(known)] - start
        counted = count(features, shuffled, author_of_row, number)
        test = make(loud=counted.loud(test.min_authors))
        for slot in range(number):
            risen = test.step(slot, *counted.of_slot(slot), testing=slot >= WARM_UP_TICKS)
            if risen and risen[0].accidents <= LEVELS[0]:
                rows_of, crowd = partial(counted.rows_of_slot, slot), counted.crowd(slot)
                alerts += [len(merge(risen, rows_of, level, crowd)) for level in LEVELS]
    # one alert more than seen, for what a few days cannot show; never more than the bound itself
    rates = np.minimum((alerts + 1) / (days * shuffles), LEVELS)
    return Calibration(tuple(float(rate) for rate in np.maximum.accumulate(rates[::-1])[::-1]))
