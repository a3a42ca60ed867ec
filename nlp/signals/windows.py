"""Windows of several lengths that slide over the slots, each with its own past.

Stories of hours show in one tick; stories of days and weeks never stand out in any tick, and grow
into their own past. So authors are also counted over a day, tested against a past that ends three
days before, and over a week, against all before that week. All tests share one budget of false
alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.signals.author_overlap import AuthorOverlap
from nlp.signals.bursts import HALF_LIFE_DAYS, MAX_P_VALUE, Burst, BurstDetector
from nlp.signals.features import Features
from nlp.signals.rare_features import FeatureClasses, Pairs, classify
from nlp.text.corpus import Longs

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
WEEK_HOURS = 168.0
FEW_ACCOUNTS, FEW_POSTS = 50, 5
"""Up to so many accounts of so many posts, each counts once a tick: see
`find_slots_with_few_accounts`."""
JOINT = (0.02, 8)
"""p-value and authors of what is looked at with others in a week (`nlp.signals.slow_stories`)."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A window of ``window`` steps of ``ticks`` ticks; the past ends ``delay`` steps back."""

    ticks: int
    window: int
    delay: int
    half_life_days: float


def scales_for(ticks_a_day: float) -> list[Scale]:
    """The windows that fit a tick: the tick itself, a day every quarter of it, and a week daily."""
    scales = [Scale(1, 1, 0, HALF_LIFE_DAYS)]
    whole = abs(ticks_a_day - round(ticks_a_day)) < 1e-9
    ticks = round(ticks_a_day)
    if not whole or ticks < 1:
        return scales
    if ticks > 1:
        step = max(ticks // 4, 1)
        steps = ticks // step
        if steps * step == ticks:
            scales.append(Scale(step, steps, 3 * steps, HALF_LIFE_DAYS))
    scales.append(Scale(ticks, 7, 7, 4 * HALF_LIFE_DAYS))
    return scales


class Occurrences:
    """Pairs of feature and author, or of feature and text, with the slots in which they occur.

    Sorted by code, value and slot, once for all scales.
    """

    def __init__(self, codes: Longs, values: Longs, slots: Longs, size: int) -> None:
        width, last = int(values.max(initial=0)) + 2, int(slots.max(initial=0)) + 1
        if size * width < np.iinfo(np.int64).max // last:
            # all three in one number: sorting it is many times faster than an order
            ordered = (codes * width + values + 1) * last + slots
            ordered.sort()
            pairs, slots = np.divmod(ordered, last)
            sorted_codes = pairs // width
        else:
            order = np.lexsort((slots, values, codes))
            sorted_codes, slots, values = codes[order], slots[order], values[order]
            changes = np.diff(sorted_codes, prepend=-1) != 0
            pairs = np.cumsum(changes | (np.diff(values, prepend=-2) != 0))
        self.codes, self.slots = sorted_codes.astype(np.int32), slots.astype(np.int32)
        self.ends = np.append(pairs[1:] != pairs[:-1], True)[: len(pairs)]
        """Which are the last of their pair."""
        self.size = size


class SlidingCounts:
    """Different authors of each feature in the window that ends with each step.

    Asked step after step. Authors who pass on one text, with edits or without, are one voice that
    carries far: beyond the number of different texts, they count by their logarithm. Fifty accounts
    with one text count as six, fifty with fifty texts as fifty.

    Args:
        authors, texts: of each feature.
        number: of slots.
        scale: a step is so many ticks, a window so many steps.
    """

    def __init__(self, authors: Occurrences, texts: Occurrences, number: int, scale: Scale) -> None:
        steps = -(-number // scale.ticks)
        self._authors = _Changes(authors, steps, scale)
        self._texts = _Changes(texts, steps, scale)

    def of_step(self, step: int) -> tuple[Longs, Longs]:
        """Codes and numbers of authors of the window that ends with a step."""
        authors, texts = self._authors.until(step), self._texts.until(step)
        codes = np.flatnonzero(authors != 0)
        damped: Longs = authors[codes].astype(np.int64)
        texts_of = texts[codes].astype(np.int64)
        repeating = np.flatnonzero(damped > texts_of)
        beyond = damped[repeating] - texts_of[repeating]
        damped[repeating] = texts_of[repeating] + np.floor(np.log2(beyond + 1)).astype(np.int64)
        return codes.astype(np.int64), damped


class _Changes:
    """How many different values each code has in the window, kept up from step to step.

    A pair of code and value counts from the step in which it occurs, until it leaves the window or
    occurs again: then the later occurrence counts.
    """

    def __init__(self, occurrences: Occurrences, number: int, scale: Scale) -> None:
        steps = occurrences.slots // scale.ticks if scale.ticks > 1 else occurrences.slots
        following = np.append(steps[1:], 0)[: len(steps)]
        following[occurrences.ends] = number + scale.window
        counted = following > steps  # several in one step are one
        codes, begins = occurrences.codes[counted], steps[counted]
        self._added, self._add_starts = _by_step(codes, begins, number)
        if scale.window == 1:
            self._removed, self._remove_starts = self._added, np.append(0, self._add_starts)
        else:
            ends = np.minimum(begins + scale.window, following[counted])
            self._removed, self._remove_starts = _by_step(codes, ends, number)
        self._counts = np.zeros(occurrences.size, np.int32)
        self._step = -1

    def until(self, step: int) -> Ints:
        """The counts of the window that ends with a step, by code."""
        first, last = self._step + 1, step + 1
        for codes, starts, sign in (
            (self._added, self._add_starts, 1),
            (self._removed, self._remove_starts, -1),
        ):
            changed = codes[starts[first] : starts[last]]
            np.add.at(self._counts, changed, np.int32(sign))
        self._step = step
        return self._counts


def _by_step(codes: Ints, steps: Ints, number: int) -> tuple[Ints, Longs]:
    """Codes in order of step, and where each step begins."""
    # small integers are sorted by their digits, in linear time
    kind = np.uint16 if number < np.iinfo(np.uint16).max else np.int64
    keys = np.minimum(steps, number).astype(kind)
    starts = np.append(0, np.cumsum(np.bincount(keys, minlength=number + 1)))
    return codes[np.argsort(keys, kind="stable")], starts.astype(np.int64)


def find_slots_with_few_accounts(
    authors: Longs, slots: Longs, number: int, ticks_a_day: float
) -> Bools:
    """In which slots each account counts once a tick: few wrote until then.

    Of seventeen candidates nine name a subject on any day: how many accounts do so cannot rise, how
    often they do can. Few are `FEW_ACCOUNTS` that have written `FEW_POSTS` times: passers-by do not
    count. No stream is known by its first week.

    Args:
        authors, slots: of each post, in order of time; negative where unknown.
        number: of slots.
        ticks_a_day: slots in a day.
    """
    known = np.flatnonzero((slots >= 0) & (slots < number) & (authors >= 0))
    by_author = known[np.argsort(authors[known], kind="stable")]
    writes = np.bincount(authors[by_author])
    nth = (np.cumsum(writes) - writes)[writes >= FEW_POSTS] + FEW_POSTS - 1
    known_from = slots[by_author[nth]]
    few: Bools = np.cumsum(np.bincount(known_from, minlength=number))[:number] <= FEW_ACCOUNTS
    few[: round(7 * ticks_a_day)] = False
    return few


def count_once_per_window(authors: Longs, slots: Longs, few: Bools) -> Longs:
    """Who counts once in a window, for each post: its author, or where few write, the author in
    this tick.
    """
    by_tick = np.flatnonzero((slots >= 0) & (slots < len(few)) & (authors >= 0))
    by_tick = by_tick[few[slots[by_tick]]]
    counted: Longs = authors.astype(np.int64)
    counted[by_tick] = (authors[by_tick] + 1) * len(few) + slots[by_tick] + len(authors)
    return counted


class ScaleRun:
    """One scale over a stream: its counts and its detector, tick after tick."""

    def __init__(
        self,
        scale: Scale,
        authors: Occurrences,
        texts: Occurrences,
        slots: Longs,
        number: int,
        tick_hours: float,
        min_authors: int,
        classes: FeatureClasses,
    ) -> None:
        self.scale = scale
        self.steps = np.where(slots >= 0, slots // scale.ticks, -1)
        self._counts = SlidingCounts(authors, texts, number, scale)
        self._detector = BurstDetector(
            authors.size,
            tick_hours * scale.ticks,
            min_authors=min_authors,
            frequent_codes=classes.frequent,
            multiplicity=classes.multiplicity,
            names=classes.codes,
            window=scale.window,
            delay=scale.delay,
            half_life_days=scale.half_life_days,
            joint=JOINT if tick_hours * scale.ticks * scale.window == WEEK_HOURS else None,
        )
        self.hours = self._detector.hours

    def step(self, slot: int, *, testing: bool) -> list[Burst]:
        """The bursts of the window that ends with a slot, where one ends; the clearest first."""
        if (slot + 1) % self.scale.ticks:
            return []
        step = slot // self.scale.ticks
        return self._detector.step(step, *self._counts.of_step(step), testing=testing)

    def rows(self, slot: int, rows: Longs) -> Longs:
        """Those of some rows that lie in the window that ends with a slot."""
        steps, last = self.steps[rows], slot // self.scale.ticks
        inside: Longs = rows[(steps <= last) & (steps > last - self.scale.window)]
        return inside


class Postings:
    """The posts of each feature, and which features may burst.

    Args:
        features, slots: all posts.
        known: rows of those that are counted, rising.
        min_authors: authors below which nothing bursts.
        first_tested: the first slot in which posts are tested; all are where it is 0.
    """

    def __init__(
        self, features: Features, slots: Longs, known: Longs, min_authors: int, first_tested: int
    ) -> None:
        kept = np.zeros(len(slots), np.bool_)
        kept[known] = True
        kept = kept[features.rows]
        self.codes, self.rows_of_pairs = features.codes[kept].astype(np.int64), features.rows[kept]
        self.sizes = np.bincount(self.codes, minlength=len(features.names))
        recent = self.codes
        if first_tested:
            recent = self.codes[slots[self.rows_of_pairs] >= first_tested]
        self.tested = np.bincount(recent, minlength=len(self.sizes)) >= min_authors
        # only what may burst is asked for its posts
        asked = self.tested[self.codes]
        ordered = self.codes[asked] << 32 | self.rows_of_pairs[asked]
        ordered.sort()
        self._rows = (ordered & 0xFFFFFFFF).astype(np.int32)
        self._starts = np.append(0, np.cumsum(np.where(self.tested, self.sizes, 0)))

    def rows(self, code: int) -> Longs:
        """The posts that have a feature, rising; of features that may burst only."""
        return self._rows[self._starts[code] : self._starts[code + 1]].astype(np.int64)


class Scales:
    """All scales over a stream.

    Args:
        features, slots, author_of_row: the posts.
        number: of slots.
        tick_hours: length of a slot.
        min_authors: authors below which nothing bursts.
        scales: the windows; those of `scales_for` where None.
        tested_from: the first slot that is tested. What is too rare from there on is told apart no
            more than needed.
        postings: of the same posts, where they are known: they stay as they are when slots are
            permuted.
        few: see `find_slots_with_few_accounts`; each account counts once a window where None.
    """

    def __init__(
        self,
        features: Features,
        slots: Longs,
        author_of_row: Longs,
        number: int,
        tick_hours: float,
        min_authors: int,
        scales: Sequence[Scale] | None = None,
        tested_from: int = 0,
        postings: Postings | None = None,
        few: Bools | None = None,
    ) -> None:
        if scales is None:
            scales = scales_for(24.0 / tick_hours)
        known = np.flatnonzero((slots >= 0) & (slots < number))
        self._rows_by_slot = known[np.argsort(slots[known], kind="stable")]
        self._starts = np.searchsorted(slots[self._rows_by_slot], np.arange(number + 1))
        self._author_of_row = author_of_row
        self.features = features
        first_tested = 0
        if tested_from:
            first_tested = tested_from - max(scale.ticks * scale.window for scale in scales)
        self._postings = postings or Postings(features, slots, known, min_authors, first_tested)
        codes, rows_of_pairs = self._postings.codes, self._postings.rows_of_pairs
        sizes, tested = self._postings.sizes, self._postings.tested
        self._codes_by_slot, self._code_starts = _by_step(
            codes.astype(np.int32), slots[rows_of_pairs].astype(np.int32), number
        )
        self.posts_with = np.zeros(len(features.names), np.int64)
        """Posts up to the last slot that was tested, by feature."""
        self._asked = 0
        self.joint: list[Burst] = []
        self._min_authors = min_authors
        self._by_tick = few is not None and bool(few.any())
        counted = (
            count_once_per_window(author_of_row, slots, few) if few is not None else author_of_row
        )
        pairs = Pairs(
            codes, slots[rows_of_pairs], counted[rows_of_pairs], features.texts[rows_of_pairs]
        )
        pairs, classes = classify(pairs, sizes, number, min_authors, tested)
        size = len(classes.codes)
        authors = Occurrences(pairs.codes, pairs.authors, pairs.slots, size)
        texts = Occurrences(pairs.codes, pairs.texts, pairs.slots, size)
        self.runs = [
            ScaleRun(scale, authors, texts, slots, number, tick_hours, min_authors, classes)
            for scale in scales
        ]
        self._by_hours = {run.hours: run for run in self.runs}

    def step(self, slot: int, *, testing: bool) -> list[Burst]:
        """The bursts of all windows that end with a slot, each feature once, the clearest first.

        What may rise together with others in a week stands in `joint` until the next step.
        """
        self.joint = []
        if testing:
            part = slice(self._code_starts[self._asked], self._code_starts[slot + 1])
            np.add.at(self.posts_with, self._codes_by_slot[part], 1)
            self._asked = slot + 1
        clearest: dict[int, Burst] = {}
        for run in self.runs:
            of_run = run.step(slot, testing=testing)
            if run.hours == WEEK_HOURS:
                self.joint = [burst for burst in of_run if burst.authors >= JOINT[1]]
            for burst in of_run:
                if burst.p_value > MAX_P_VALUE:
                    continue
                held = clearest.get(burst.code)
                if held is None or burst.nominal_rate < held.nominal_rate:
                    clearest[burst.code] = burst
        return sorted(
            clearest.values(), key=lambda burst: (burst.nominal_rate, burst.p_value, burst.code)
        )

    def has_authors(self, rows: Longs) -> bool:
        """Whether posts have as many authors as a story needs, however often each wrote."""
        if not self._by_tick:  # their number was tested
            return True
        return len(np.unique(self._author_of_row[rows])) >= self._min_authors

    @property
    def posts(self) -> int:
        """Posts up to the last slot that was tested."""
        return int(self._starts[self._asked])

    def rows(self, code: int) -> Longs:
        """The posts that have a feature, rising; of features that may burst only."""
        return self._postings.rows(code)

    def rows_of_burst(self, slot: int, burst: Burst) -> Longs:
        """The posts of a burst's window that have its feature, rising."""
        return self._by_hours[burst.hours].rows(slot, self.rows(burst.code))

    def author_overlap(self, slot: int, bursts: Sequence[Burst]) -> AuthorOverlap:
        """The test for common authors among the posts of the longest window of some bursts."""
        hours = max(burst.hours for burst in bursts)
        scale = self._by_hours[hours].scale
        first = self._starts[max(slot + 1 - scale.ticks * scale.window, 0)]
        last = self._starts[slot + 1]
        return AuthorOverlap(
            self._rows_by_slot[first:last], self._rows_by_slot[:first], self._author_of_row
        )
