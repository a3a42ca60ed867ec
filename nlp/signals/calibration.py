"""What a nominal rate of false alarms is worth on the stream at hand.

It is measured on the stream's own past with shuffled times: each post gets the time of another.
Nothing bursts any more, but authors, words, repeats and busy hours stay as they are. The alerts
that still come are false, and their number a day is the calibrated rate. Only what was published
before the tick is used, and of that the last 128 ticks: a stream changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nlp.signals.burst_merging import merge_bursts
from nlp.signals.bursts import BurstDetector
from nlp.signals.counting import count_features
from nlp.signals.features import Features
from nlp.text.corpus import Longs

NOMINAL_RATES = (16.0, 4.0, 1.0, 0.25, 0.0625)
MAX_NOMINAL_RATE = 4.0
WARM_UP_TICKS = 8
_DAYS = 30.0
_MAX_SHUFFLES = 6
_MAX_SLOTS = 128


@dataclass(frozen=True, slots=True)
class Calibration:
    """``rates[i]`` is the number of false alerts a day at the nominal rate ``NOMINAL_RATES[i]``."""

    rates: tuple[float, ...] = NOMINAL_RATES

    def max_nominal_rate(self, allowed: float) -> float:
        """The nominal rate up to which false alerts stay within ``allowed`` a day.

        Never more than a few, however quiet shuffled times are: real words come in fits and starts.
        """
        fitting = [
            nominal
            for nominal, rate in zip(NOMINAL_RATES, self.rates, strict=True)
            if rate <= allowed and nominal <= MAX_NOMINAL_RATE
        ]
        if fitting:
            return max(fitting)
        return NOMINAL_RATES[-1] * min(1.0, allowed / self.rates[-1])

    def false_per_day(self, nominal_rate: float) -> float:
        """False alerts a day at least as clear as one with this nominal rate."""
        if nominal_rate <= NOMINAL_RATES[-1]:
            return self.rates[-1] * nominal_rate / NOMINAL_RATES[-1]
        rising = np.log(NOMINAL_RATES[::-1]), np.log(self.rates[::-1])
        return float(np.exp(np.interp(np.log(nominal_rate), *rising)))


def calibrate(
    features: Features,
    slots: Longs,
    author_of_row: Longs,
    until: int,
    new_detector: Callable[..., BurstDetector],
    seed: int = 1,
    gaps: NDArray[np.bool_] | None = None,
) -> Calibration:
    """Shuffle the last slots before ``until`` among their posts, a few times, and count the alerts.

    Args:
        features: of all posts; those of later slots are left out.
        slots: slot of each row.
        author_of_row: code of each row's author.
        until: the first slot that is not known yet.
        new_detector: gives a fresh detector, of all features or of ``frequent_codes`` alone.
        seed: of the shuffles.
        gaps: slots in which nothing was collected; they are no time.
    """
    start = max(0, until - _MAX_SLOTS)
    known = np.flatnonzero((slots >= start) & (slots < until))
    number = until - start
    detector = new_detector()
    unknown = gaps[start:until] if gaps is not None else np.zeros(number, np.bool_)
    days = (number - int(unknown.sum()) - WARM_UP_TICKS) / detector.ticks_a_day
    if days <= 0 or not len(known):
        return Calibration()
    shuffles = int(np.clip(np.ceil(_DAYS / days), 1, _MAX_SHUFFLES))
    alerts = np.zeros(len(NOMINAL_RATES))
    random = np.random.default_rng(seed)
    for _ in range(shuffles):
        shuffled = np.full(len(slots), -1, np.int64)
        shuffled[known] = slots[random.permutation(known)] - start
        counts = count_features(features, shuffled, author_of_row, number)
        detector = new_detector(frequent_codes=counts.frequent_codes(detector.min_authors))
        for slot in np.flatnonzero(~unknown).tolist():
            bursts = detector.step(slot, *counts.of_slot(slot), testing=slot >= WARM_UP_TICKS)
            if bursts and bursts[0].nominal_rate <= NOMINAL_RATES[0]:
                rows_of = partial(counts.rows_of_slot, slot)
                overlap = counts.author_overlap(slot)
                alerts += [
                    len(merge_bursts(bursts, rows_of, rate, overlap)) for rate in NOMINAL_RATES
                ]
    # one alert more than seen, for what a few days cannot show; never more than the bound itself
    rates = np.minimum((alerts + 1) / (days * shuffles), NOMINAL_RATES)
    monotone = np.maximum.accumulate(rates[::-1])[::-1]
    return Calibration(tuple(float(rate) for rate in monotone))
