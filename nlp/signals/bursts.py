"""Whether a feature is used by more authors than its own past explains.

In each slot (one tick long) a feature's count is the number of *different authors* that used it: an
author who repeats it counts once. Its rate is its share of all (author, feature) pairs of the slot,
so that a busy hour makes nothing burst. Past counts fade with a half-life. For a feature seen
before, the count of the new slot is negative binomial: the rate is known from a limited past (gamma
posterior), and features vary beyond chance, each by what its own past shows, shrunken towards what
all show (Gelman et al. 2013, ch. 2; Noufaily et al. 2013 for counts with overdispersion). Where the
past is long enough, more is expected of a feature that the same hours of the day or the same
weekday have shown more. A feature never seen before comes with a number of authors that follows
Fisher's log series, whose parameter is estimated from the new features with one and with two
authors.

Each feature above its past comes with the number of features that would reach its p-value by
accident in a day: the sum of the chances of all features (counts are discrete, so that is less than
p times the number of tests). This nominal rate is an upper bound: an author who repeats a word over
the days counts as if others had used it. What it is worth on the stream at hand is measured by
`nlp.signals.calibration`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from nlp.text.corpus import Longs

Floats = NDArray[np.float64]

HALF_LIFE_DAYS = 5.0
MIN_PAST_SLOTS = 3
_MIN_PAST = 2.0
"""Windows as large as the first that is tested which the past before it must hold: against less,
whatever is said is said more than ever. Longer ones than a day need as many slots as they have: who
has collected for three weeks waits for no slow story any longer."""
_TESTS_A_WINDOW = 2.0
_MIN_WEIGHT = 0.02
_LOG_SERIES_MIXING = 1.5
_SHRINKAGE = 30.0
_SEASON_PRIOR = 5.0
_FORGOTTEN = 0.02
_MIN_COUNT = np.float32(1e-30)
MAX_P_VALUE = 1e-3
_MAX_AUTHORS = 60
"""Authors above which the chances of new features are no longer told apart."""
_LOOKED_UP = np.unique(
    np.rint(np.append(np.arange(12), np.geomspace(12, _MAX_AUTHORS - 1, 10)))
).astype(np.int64)
"""Numbers of authors above the least for which chances are known: each, then ever fewer."""
_MIN_DAYS_FOR_HOURS, _MIN_WEEKS_FOR_WEEKDAYS = 4, 3


@dataclass(frozen=True, slots=True)
class Burst:
    """A feature above its past: its code, different authors, how many were expected, the p-value.

    ``nominal_rate`` is the number of features that reach such a p-value by accident in a day, at
    most; ``is_new`` says that nobody used it before. ``hours`` is the length of the window in which
    they were counted.
    """

    code: int
    authors: int
    expected: float
    p_value: float
    nominal_rate: float
    is_new: bool
    hours: float = 0.0


class _SeasonalHistory:
    """Fading sums of counts and exposure of one hour of the day or one weekday."""

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


class _History:
    """The whole past: fading sums of counts and exposure, and each feature's fading first sighting.

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

    def weight(self, codes: Longs | slice, discount: float) -> Floats:
        """Faded counts, less the chance of having been seen at all (`BurstDetector._discount`)."""
        weight = self._counts[codes].astype(np.float64)
        weight -= discount * self._first[codes]
        return np.maximum(weight, _MIN_WEIGHT, out=weight)

    def add(self, codes: Longs, counts: Floats, exposure: float) -> None:
        if len(codes):
            self.size = max(self.size, int(codes.max()) + 1)
        self._first[codes[self._first[codes] == 0]] = 1 / self._keep
        self._first[: self.size] *= self._keep
        self._counts[: self.size] *= self._keep
        self._counts[codes] += counts
        self.exposure = self.exposure * self._keep + exposure
        self.slots += 1


class BurstDetector:
    """Tests slot after slot against the past; `step` takes the next one.

    Args:
        features: number of feature codes.
        tick_hours: from one slot to the next.
        min_authors: authors below which nothing bursts.
        frequent_codes: the codes that reach them in some slot, rising: all that is tested, so only
            their seasons are kept. All codes where None.
        multiplicity: how many features each code stands for, float64 (features,); one where None
            (`nlp.signals.rare_features`).
        names: what each code is called in bursts, rising; itself where None.
        window: slots that each count is over; the windows of neighbouring slots overlap.
        delay: slots by which the past ends before the window does. What grows steadily would
            otherwise be its own past.
        half_life_days: after which a past count is worth half.
        joint: p-value and number of authors of what is also given, since it may rise together with
            others (`nlp.signals.slow_stories`); None where that is not asked.
    """

    def __init__(
        self,
        features: int,
        tick_hours: float,
        *,
        min_authors: int,
        frequent_codes: Longs | None = None,
        multiplicity: Floats | None = None,
        names: Longs | None = None,
        window: int = 1,
        delay: int = 0,
        half_life_days: float = HALF_LIFE_DAYS,
        joint: tuple[float, int] | None = None,
    ) -> None:
        self._joint = joint
        self.ticks_a_day = 24.0 / tick_hours
        self.min_authors = min_authors
        self.hours = tick_hours * window
        # windows that overlap are not so many tests
        self._tests_a_day = min(self.ticks_a_day, _TESTS_A_WINDOW * 24.0 / self.hours)
        self._window, self._delay = window, delay
        self._waiting: deque[tuple[int, Longs, Longs]] = deque()
        keep = 0.5 ** (1.0 / (half_life_days * self.ticks_a_day))
        self._keep = keep
        self.history = _History(features, keep)
        self._multiplicity = np.ones(features) if multiplicity is None else multiplicity
        self._names = np.arange(features) if names is None else names
        # position of each code in the seasonal histories, -1 where it has none
        self._position = np.full(features, -1, np.int32)
        tested = features if frequent_codes is None else len(frequent_codes)
        places = slice(None) if frequent_codes is None else frequent_codes
        self._position[places] = np.arange(tested, dtype=np.int32)
        self._by_hour: list[_SeasonalHistory] = []
        self._by_weekday: list[_SeasonalHistory] = []
        fills_days = abs(self.ticks_a_day - round(self.ticks_a_day)) < 1e-9
        if fills_days and self.hours <= 24:
            hours = min(round(self.ticks_a_day), 8) if window == 1 else 1
            keep_a_day, keep_a_week = keep**self.ticks_a_day, 0.5 ** (1 / (8 * self.ticks_a_day))
            self._by_hour = [_SeasonalHistory(tested, keep_a_day) for _ in range(hours)]
            self._by_weekday = [_SeasonalHistory(tested, keep_a_week) for _ in range(7)]
        self._has_past = False
        self._total = np.zeros(features, np.int32)
        # how many features were seen once, how many twice
        self._seen_once = self._seen_twice = 0.0
        self._excess = np.zeros(features)
        self._squares = np.zeros(features)
        self._observed = np.zeros(features)
        self._pooled: float | None = None
        self._new_by_authors = np.zeros(4)
        self._discount = 0.0

    def step(self, slot: int, codes: Longs, counts: Longs, *, testing: bool) -> list[Burst]:
        """Test the counts of a slot against the past, then make them part of it.

        Args:
            slot: number of the slot, rising.
            codes: the features that occur, each once.
            counts: different authors of each.
            testing: False while there is too little past to test against, or nobody asks.

        Returns:
            The bursts, the clearest first.
        """
        while self._waiting and self._waiting[0][0] <= slot - self._delay:
            self._learn(*self._waiting.popleft())
        exposure = float(counts @ self._multiplicity[codes])
        bursts: list[Burst] = []
        if exposure and not self._has_past:  # later, a day of ten times as much is tested, too
            long_enough = self.history.slots >= max(MIN_PAST_SLOTS, self._window)
            least = _MIN_PAST if self.hours <= 24 else 0.0
            self._has_past = long_enough and self.history.exposure >= least * exposure
        if testing and exposure and self._has_past:
            bursts = self._test(slot, codes, counts, exposure)
        if self.history.slots:
            new = self._total[codes] == 0
            by_authors = np.bincount(
                np.minimum(counts[new], 3), self._multiplicity[codes[new]], minlength=4
            )[:4]
            self._new_by_authors = self._new_by_authors * self._keep + by_authors
        if self._delay:
            self._waiting.append((slot, codes, counts))
        else:
            self._learn(slot, codes, counts)
        return bursts

    def _test(self, slot: int, codes: Longs, counts: Longs, exposure: float) -> list[Burst]:
        self._discount = self._first_sighting_discount()
        enough = counts >= self.min_authors
        number_of_new = float(self._multiplicity[codes[self._total[codes] == 0]].sum())
        codes, counts = codes[enough], counts[enough]
        new = self._total[codes] == 0
        expected = self._expected(slot, codes, exposure)
        p = np.ones(len(codes))
        # a Poisson count, which varies least, is rarely that far up: the others need no chance
        high = np.flatnonzero(~new & (counts > expected + 2 * np.sqrt(expected)))
        p[high] = self._tail(codes[high], counts[high], expected[high])
        p[new] = self._log_series()[np.minimum(counts[new], _MAX_AUTHORS) - 1]
        rises = p <= MAX_P_VALUE
        if self._joint is not None:
            rises |= (p <= self._joint[0]) & (counts >= self._joint[1])
        above = np.flatnonzero(rises & (counts > expected))
        if not len(above):
            return []
        rates = self._false_positives(exposure, number_of_new, p[above]) * self._tests_a_day
        bursts = [
            Burst(
                code=int(self._names[codes[i]]),
                authors=int(counts[i]),
                expected=float(expected[i]),
                p_value=float(p[i]),
                nominal_rate=rate,
                is_new=bool(new[i]),
                hours=self.hours,
            )
            for i, rate in zip(above.tolist(), rates.tolist(), strict=True)
        ]
        return sorted(bursts, key=lambda burst: (burst.p_value, burst.code))

    def _false_positives(self, exposure: float, number_of_new: float, p_values: Floats) -> Floats:
        """How many features are expected to reach each p-value in this tick by accident."""
        least = p_values.min()
        # features with like pasts have like chances: they are counted in bins of both logarithms
        known = slice(self.history.size)
        weight_bin = _rounded_log2(self.history.weight(known, self._discount), 3)
        variance_bin = _rounded_log2(self._relative_variance(known) + 1e-3, 1)
        min_weight = int(weight_bin.min(initial=0))
        min_variance = int(variance_bin.min(initial=0))
        width = int(variance_bin.max(initial=0)) - min_variance + 1
        place = weight_bin
        place -= min_weight
        place *= width
        place += variance_bin
        place -= min_variance
        alive = np.where(self.history.counts > _FORGOTTEN, self._multiplicity[known], 0.0)
        number = np.bincount(place.astype(np.intp), alive)
        bins = np.flatnonzero(number)
        number = number[bins]
        weight = 2 ** ((bins // width + min_weight) / 3)
        variance = np.maximum(2.0 ** (bins % width + min_variance) - 1e-3, 0)
        mean = weight * (exposure / max(self.history.exposure, 1.0))
        shape = 1 / (1 / weight + variance)
        # tails (bins + 1, authors): the chance of a feature of each bin to reach each number of
        # authors, and in the last row that of a new feature
        authors = self.min_authors + _LOOKED_UP
        tails = np.zeros((len(bins) + 1, len(authors)))
        tails[-1] = np.append(self._log_series(), [0.0] * self.min_authors)[authors - 1]
        open_bins = np.arange(len(bins))
        for at, count in enumerate(authors):
            tails[open_bins, at] = _at_least(count, shape[open_bins], mean[open_bins])
            # what nobody asks for is not computed: the next chances are below all that is asked
            open_bins = open_bins[tails[open_bins, at] > least]
            if not len(open_bins):
                break
        number = np.append(number, number_of_new)

        # the chances of a bin fall with the number of authors: the first that is small enough
        first = np.zeros((len(p_values), len(tails)), np.intp)
        for column in np.ascontiguousarray(tails.T):
            larger = column > p_values[:, None]
            if not larger.any():
                break
            first += larger
        closed = np.append(tails, np.zeros((len(tails), 1)), axis=1)
        chance = closed[np.arange(len(tails)), first]
        return np.asarray((chance * number).sum(axis=1), np.float64)

    def _expected(self, slot: int, codes: Longs, exposure: float) -> Floats:
        """Expected authors; more where the same hours or weekdays have shown more."""
        rate = self.history.weight(codes, self._discount) / max(self.history.exposure, 1.0)
        expected = rate * exposure
        for season in self._seasons(slot):
            usual = rate * season.exposure
            counts = season.counts[self._position[codes]]
            factor = (counts + _SEASON_PRIOR) / (usual + _SEASON_PRIOR)
            expected *= np.maximum(factor, 1.0)
        return np.asarray(expected, np.float64)

    def _first_sighting_discount(self) -> float:
        """What a first sighting is worth less than one: most words are never used again.

        n1 / (n1 + 2 n2), as Kneser & Ney (1995) discount rare counts.
        """
        return self._seen_once / max(self._seen_once + 2 * self._seen_twice, 1)

    def _tail(self, codes: Longs, counts: Longs, mean: Floats) -> Floats:
        """P(count or more) under the past."""
        weight = self.history.weight(codes, self._discount)
        shape = 1.0 / (1.0 / weight + self._relative_variance(codes))
        return _at_least(counts, shape, mean)

    def _relative_variance(self, codes: Longs | slice) -> Floats:
        """Variance of a feature's rate over time, relative to the rate squared."""
        if self._pooled is None:  # of all features, until more is learnt
            excess, squares = self._excess @ self._multiplicity, self._squares @ self._multiplicity
            self._pooled = max(float(excess) / max(float(squares), 1.0), 0.0)
        variance = self._excess[codes] + _SHRINKAGE * self._pooled
        variance /= self._squares[codes] + _SHRINKAGE
        return np.maximum(variance, 0.0, out=variance)

    def _log_series(self) -> Floats:
        """P(k authors or more) of a new feature, for k = 1, 2, ...

        Fisher, Corbet & Williams 1943.
        """
        ratio = (self._new_by_authors[2] + 0.5) / (self._new_by_authors[1] + 1.0)
        q = float(np.clip(2 * _LOG_SERIES_MIXING * ratio, 0.01, 0.9))
        k = np.arange(1, _MAX_AUTHORS + 1)
        chance = q**k / k
        tail = chance[::-1].cumsum()[::-1] / -np.log1p(-q)
        return np.asarray(np.minimum(tail, 1.0), np.float64)

    def _seasons(self, slot: int) -> list[_SeasonalHistory]:
        """The histories of the slot's hour and weekday that are long enough."""
        if not self._by_hour:
            return []
        hour, weekday = self._by_hour[self._hour(slot)], self._by_weekday[self._weekday(slot)]
        slots_of_hour = _MIN_DAYS_FOR_HOURS * self.ticks_a_day / len(self._by_hour)
        slots_of_weekday = _MIN_WEEKS_FOR_WEEKDAYS * self.ticks_a_day
        seasons = [hour] if hour.slots >= slots_of_hour else []
        return seasons + ([weekday] if weekday.slots >= slots_of_weekday else [])

    def _hour(self, slot: int) -> int:
        return int(slot % round(self.ticks_a_day)) * len(self._by_hour) // round(self.ticks_a_day)

    def _weekday(self, slot: int) -> int:
        return int(slot // round(self.ticks_a_day)) % 7

    def _learn(self, slot: int, codes: Longs, counts: Longs) -> None:
        values = counts.astype(np.float64)
        exposure = float(values @ self._multiplicity[codes])
        if self.history.slots and exposure:
            self._learn_variance(codes, values, exposure)
        self._count(codes, counts)
        # what stands in several windows counts once in all of them together
        values, exposure = values / self._window, exposure / self._window
        self.history.add(codes, values, exposure)
        if self._by_hour:
            positions = self._position[codes].astype(np.int64)
            kept = positions >= 0
            self._by_hour[self._hour(slot)].add(positions[kept], values[kept], exposure)
            self._by_weekday[self._weekday(slot)].add(positions[kept], values[kept], exposure)

    def _count(self, codes: Longs, counts: Longs) -> None:
        """Add to what was seen so far; multiplicities are whole numbers, whose sums are exact."""
        before = self._total[codes]
        after = before + counts
        self._total[codes] = after
        small = np.flatnonzero((before <= 2) & (counts > 0))
        before, after = before[small], after[small]
        weight = self._multiplicity[codes[small]]
        self._seen_once += float(weight[after == 1].sum() - weight[before == 1].sum())
        self._seen_twice += float(weight[after == 2].sum() - weight[before == 2].sum())

    def _learn_variance(self, codes: Longs, values: Floats, exposure: float) -> None:
        history = self.history
        mean = history.counts * (exposure / max(history.exposure, 1.0))
        size = len(mean)
        frequent = mean > 0.05
        self._observed[codes] = values
        excess = self._observed[:size] - mean
        self._observed[codes] = 0.0
        excess *= excess
        squares = mean * mean
        # by how much the count was off, beyond a Poisson count's variance and the rate's
        # uncertainty
        excess -= squares / np.maximum(history.counts, _MIN_COUNT) + mean
        # nothing is learnt of features that are too rare: they add zeros, which is quicker than to
        # pick the others
        excess *= frequent
        squares *= frequent
        for held, learnt in ((self._excess[:size], excess), (self._squares[:size], squares)):
            held *= self._keep
            held += learnt
        self._pooled = None


def _at_least(count: NDArray[Any], shape: Floats, mean: Floats) -> Floats:
    """P(count or more) of a negative binomial, by the incomplete beta function."""
    return np.asarray(betainc(count, shape, mean / (shape + mean)), np.float64)


def _rounded_log2(values: Floats, times: int) -> Floats:
    """The whole number next to so many times the logarithm; in place of the values."""
    np.log2(values, out=values)
    values *= times
    return np.rint(values, out=values)
