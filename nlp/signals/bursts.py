"""Whether a feature is used by more authors than its own past lets expect.

In each slot (one tick long) a feature's count is the number of *different authors* that used it: an author who
repeats counts once. Its rate is its share of all (author, feature) pairs of the slot, so that a busy hour makes
nothing burst. Past counts fade with a half-life. For a feature seen before, the count of the new slot is negative
binomial: the rate is known from a limited past (gamma posterior), and features vary beyond chance, each by what its
own past shows, shrunken to what all show (Gelman et al. 2013, ch. 2; Noufaily et al. 2013 for counts with
overdispersion). Where the past is long enough, a feature that the same hours of the day or the same day of the week
have shown more is expected more. A feature never seen before comes with a number of authors that
follows Fisher's log series, whose parameter the newcomers with one and with two authors tell.

Each feature above its past comes with the number of features that would reach its p-value by accident in a day: the
chances of all features, summed up (counts are discrete, so that is less than p times the number of tests). The sum
is an upper bound: an author who repeats a word over the days counts as if others had. What it is worth on the stream
at hand is measured by `nlp.signals.calibration`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from nlp.text.corpus import Longs

Floats = NDArray[np.float64]

HALF_LIFE_DAYS = 5.0
_LEAST = 0.02
_MIXED = 1.5
_SHRINK = 30.0
_SEASON = 5.0
_FORGOTTEN = 0.02
_RISEN = 1e-3
_MOST = 60
_DAYS_FOR_HOURS, _WEEKS_FOR_DAYS = 4, 3


@dataclass(frozen=True, slots=True)
class Rise:
    """A feature above its past: its code, different authors, how many were expected, the p-value.

    ``accidents`` is the number of features that reach such a p-value by accident in a day, at most.
    """

    code: int
    authors: int
    expected: float
    p_value: float
    accidents: float
    new: bool


class _Season:
    """Fading sums of counts and exposure of one hour of the day or day of the week."""

    def __init__(self, size: int, keep: float) -> None:
        self.counts = np.zeros(size, np.float32)
        self.exposure = 0.0
        self.slots = 0
        self._keep = keep

    def add(self, codes: Longs, counts: Floats, exposure: float) -> None:
        self.counts *= self._keep
        self.counts[codes] += counts
        self.exposure = self.exposure * self._keep + exposure
        self.slots += 1


class _Past:
    """The whole past: fading sums of counts and exposure, and the fading first sighting of each feature.

    Codes from ``size`` on have not been seen: nothing of them fades yet.
    """

    def __init__(self, features: int, keep: float) -> None:
        self.size = 0
        self._counts = np.zeros(features, np.float32)
        self._first = np.zeros(features, np.float32)
        self.exposure = 0.0
        self.slots = 0
        self._keep = keep

    @property
    def counts(self) -> NDArray[np.float32]:
        """Faded counts of the codes below ``size``."""
        return self._counts[: self.size]

    def weight(self, codes: Longs, discount: float) -> Floats:
        """Faded counts, the chance of having been seen at all taken off (see `Bursts._count_discount`)."""
        return np.maximum(
            self._counts[codes].astype(np.float64) - discount * self._first[codes], _LEAST
        )

    def add(self, codes: Longs, counts: Floats, exposure: float) -> None:
        if len(codes):
            self.size = max(self.size, int(codes.max()) + 1)
        self._first[codes[self._first[codes] == 0]] = 1 / self._keep
        self._first[: self.size] *= self._keep
        self._counts[: self.size] *= self._keep
        self._counts[codes] += counts
        self.exposure = self.exposure * self._keep + exposure
        self.slots += 1


class Bursts:
    """The state of the test; `step` takes slot after slot.

    Args:
        features: number of feature codes.
        tick_hours: length of a slot.
        min_authors: authors below which nothing is said.
        loud: the codes that reach them in some slot, rising: all that is tested, so that only their seasons are kept. All codes where None.
    """

    def __init__(
        self, features: int, tick_hours: float, *, min_authors: int, loud: Longs | None = None
    ) -> None:
        self.ticks_a_day = 24.0 / tick_hours
        self.min_authors = min_authors
        keep = 0.5 ** (1.0 / (HALF_LIFE_DAYS * self.ticks_a_day))
        self._keep = keep
        self.whole = _Past(features, keep)
        whole_day = abs(self.ticks_a_day - round(self.ticks_a_day)) < 1e-9
        self._place = np.full(features, -1, np.int32)
        number = features if loud is None else len(loud)
        self._place[slice(None) if loud is None else loud] = np.arange(number, dtype=np.int32)
        hours = min(round(self.ticks_a_day), 8)
        self._by_hour = (
            [_Season(number, keep**self.ticks_a_day) for _ in range(hours)] if whole_day else []
        )
        self._by_day = (
            [_Season(number, 0.5 ** (1 / (8 * self.ticks_a_day))) for _ in range(7)]
            if whole_day
            else []
        )
        self._total = np.zeros(features, np.int32)
        self._excess = np.zeros(features)
        self._squares = np.zeros(features)
        self._newcomers = np.zeros(4)
        self._discount = 0.0

    def step(self, slot: int, codes: Longs, counts: Longs, *, testing: bool) -> list[Rise]:
        """Test the counts of a slot against the past, then make them part of it; what rose, the clearest first.

        Args:
            slot: number of the slot, rising.
            codes: the features that occur, each once.
            counts: different authors of each.
            testing: False while there is too little past to test against, or nobody asks.
        """
        exposure = float(counts.sum())
        risen = self._test(slot, codes, counts, exposure) if testing and exposure else []
        self._learn(slot, codes, counts, exposure)
        return risen

    def _test(self, slot: int, codes: Longs, counts: Longs, exposure: float) -> list[Rise]:
        self._discount = self._count_discount()
        enough = counts >= self.min_authors
        newcomers = int((self._total[codes] == 0).sum())
        codes, counts = codes[enough], counts[enough]
        new = self._total[codes] == 0
        expected = self._expected(slot, codes, exposure)
        p = np.ones(len(codes))
        p[~new] = self._tail(codes[~new], counts[~new], expected[~new])
        p[new] = self._log_series()[np.minimum(counts[new], _MOST) - 1]
        interesting = np.flatnonzero((p <= _RISEN) & (counts > expected))
        if not len(interesting):
            return []
        accidents = self._accidents(exposure, newcomers)
        found = [
            Rise(
                int(codes[i]),
                int(counts[i]),
                float(expected[i]),
                float(p[i]),
                accidents(float(p[i])) * self.ticks_a_day,
                bool(new[i]),
            )
            for i in interesting
        ]
        return sorted(found, key=lambda rise: (rise.p_value, rise.code))

    def _accidents(self, exposure: float, newcomers: int) -> Callable[[float], float]:
        """p-value -> how many features are expected to reach it in this tick by accident."""
        alive = np.flatnonzero(self.whole.counts > _FORGOTTEN)
        weight = np.log2(self.whole.weight(alive, self._discount))
        spread = self._spread(alive)
        # features with like pasts have like chances: they are counted in bins of both
        of_weight, of_spread = (
            np.rint(weight * 3).astype(np.int64),
            np.rint(np.log2(spread + 1e-3)).astype(np.int64),
        )
        low_weight, low_spread = int(of_weight.min(initial=0)), int(of_spread.min(initial=0))
        width = int(of_spread.max(initial=0)) - low_spread + 1
        number = np.bincount((of_weight - low_weight) * width + of_spread - low_spread)
        bins = np.flatnonzero(number)
        number = number[bins]
        past = 2 ** ((bins // width + low_weight) / 3)
        mean = past * (exposure / max(self.whole.exposure, 1.0))
        shape = 1 / (1 / past + np.maximum(2.0 ** (bins % width + low_spread) - 1e-3, 0))
        reach = np.arange(self.min_authors, self.min_authors + _MOST)
        tails = _at_least(reach[None, :], shape[:, None], mean[:, None])
        tails = np.vstack(
            [
                tails,
                np.append(
                    self._log_series()[self.min_authors - 1 :], [0.0] * (self.min_authors - 1)
                ),
            ]
        )
        number = np.append(number, newcomers)

        def sum_at(p: float) -> float:
            first = np.argmax(tails <= p, axis=1)
            reached = np.where((tails <= p).any(axis=1), tails[np.arange(len(tails)), first], 0.0)
            return float((reached * number).sum())

        return sum_at

    def _expected(self, slot: int, codes: Longs, exposure: float) -> Floats:
        """Authors that the past lets expect; more where the same hours or weekdays have shown more."""
        rate = self.whole.weight(codes, self._discount) / max(self.whole.exposure, 1.0)
        found = rate * exposure
        for past in self._seasons(slot):
            usual = rate * past.exposure
            found *= np.maximum(
                (past.counts[self._place[codes]] + _SEASON) / (usual + _SEASON), 1.0
            )
        return np.asarray(found, np.float64)

    def _count_discount(self) -> float:
        """What a first sighting is worth less than one (Kneser & Ney 1995: n1 / (n1 + 2 n2)): most words are never used again."""
        once, twice = (int(np.count_nonzero(self._total[: self.whole.size] == n)) for n in (1, 2))
        return once / max(once + 2 * twice, 1)

    def _tail(self, codes: Longs, counts: Longs, mean: Floats) -> Floats:
        """P(count or more) under the past."""
        shape = 1.0 / (1.0 / self.whole.weight(codes, self._discount) + self._spread(codes))
        return _at_least(counts, shape, mean)

    def _spread(self, codes: Longs) -> Floats:
        """Variance of a feature's rate over time, relative to the rate squared."""
        pooled = max(self._excess.sum() / max(self._squares.sum(), 1.0), 0.0)
        found: Floats = np.maximum(
            (self._excess[codes] + _SHRINK * pooled) / (self._squares[codes] + _SHRINK), 0.0
        )
        return found

    def _log_series(self) -> Floats:
        """P(k authors or more) of a newcomer, for k = 1, 2, ... (Fisher, Corbet & Williams 1943)."""
        q = float(
            np.clip(2 * _MIXED * (self._newcomers[2] + 0.5) / (self._newcomers[1] + 1.0), 0.01, 0.9)
        )
        k = np.arange(1, _MOST + 1)
        chance = q**k / k
        return np.asarray(np.minimum(chance[::-1].cumsum()[::-1] / -np.log1p(-q), 1.0), np.float64)

    def _seasons(self, slot: int) -> list[_Season]:
        if not self._by_hour:
            return []
        hours = self._by_hour[self._hour(slot)]
        days = self._by_day[self._day(slot)]
        found = (
            [hours]
            if hours.slots >= _DAYS_FOR_HOURS * self.ticks_a_day / len(self._by_hour)
            else []
        )
        return found + ([days] if days.slots >= _WEEKS_FOR_DAYS * self.ticks_a_day else [])

    def _hour(self, slot: int) -> int:
        return int(slot % round(self.ticks_a_day)) * len(self._by_hour) // round(self.ticks_a_day)

    def _day(self, slot: int) -> int:
        return int(slot // round(self.ticks_a_day)) % 7

    def _learn(self, slot: int, codes: Longs, counts: Longs, exposure: float) -> None:
        values = counts.astype(np.float64)
        if self.whole.slots and exposure:
            mean = self.whole.counts * (exposure / max(self.whole.exposure, 1.0))
            frequent = np.flatnonzero(mean > 0.05)
            known = codes < len(mean)
            observed = np.zeros(len(mean))
            observed[codes[known]] = values[known]
            # what the count was off by, beyond a Poisson count's own variance and the rate's uncertainty
            own = mean[frequent] + mean[frequent] ** 2 / self.whole.counts[frequent]
            self._excess[: len(mean)] *= self._keep
            self._squares[: len(mean)] *= self._keep
            self._excess[frequent] += (observed[frequent] - mean[frequent]) ** 2 - own
            self._squares[frequent] += mean[frequent] ** 2
        new = self._total[codes] == 0
        if self.whole.slots:
            self._newcomers = (
                self._newcomers * self._keep
                + np.bincount(np.minimum(counts[new], 3), minlength=4)[:4]
            )
        self._total[codes] += counts
        self.whole.add(codes, values, exposure)
        if self._by_hour:
            places = self._place[codes].astype(np.int64)
            loud = places >= 0
            self._by_hour[self._hour(slot)].add(places[loud], values[loud], exposure)
            self._by_day[self._day(slot)].add(places[loud], values[loud], exposure)


def _at_least(count: NDArray[Any], shape: Floats, mean: Floats) -> Floats:
    """P(count or more) of a negative binomial, by the incomplete beta function."""
    return np.asarray(betainc(count, shape, mean / (shape + mean)), np.float64)
