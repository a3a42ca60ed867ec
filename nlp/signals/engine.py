"""The causal engine of weak signals.

Tick by tick, each tick sees only what was published before it.

`tocsin signals` runs the same code as `tocsin replay` and keeps the alerts of the last day. A story
is told once: what bursts again within three days, mostly with terms that burst before, is the same
story. Slots in which nothing was collected (`nlp.signals.gaps`) are no past, and the first slots
after them raise no alert: what they hold above the past counts as told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import log10

import numpy as np
from numpy.typing import NDArray

from nlp.signals.burst_merging import MergedBurst, merge_bursts
from nlp.signals.bursts import Burst, BurstDetector
from nlp.signals.calibration import WARM_UP_TICKS, Calibration, calibrate
from nlp.signals.counting import FeatureCounts, count_features
from nlp.signals.features import NARRATIVE, Features, time_slots
from nlp.signals.gaps import gap_slots, slots_after_gaps
from nlp.text.corpus import Corpus, Longs

DAY = 86_400_000
ALLOWED_FALSE_PER_DAY = 0.5
"""False alerts a day that are accepted."""
QUIET_DAYS = 3.0
_KNOWN_SHARE = 0.5
_FIRST_DAYS = 3
_MOSTLY = 0.6
_MIN_P_VALUE = 1e-300
_FIRST_CALIBRATION, _CALIBRATION_GROWTH, _MAX_CALIBRATION_GAP = 16, 2.5, 64


@dataclass(frozen=True, slots=True)
class Alert:
    """What burst at a tick (epoch milliseconds).

    ``first_rows`` are the posts of three days that had its clearest feature, oldest first;
    ``false_per_day`` is the calibrated rate of false alerts at least as clear.
    """

    tick: int
    burst: MergedBurst
    first_rows: Longs
    false_per_day: float


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
    """
    width = round(tick / timedelta(milliseconds=1))
    slots = time_slots(corpus.times, start, width)
    number = int(slots.max(initial=-1)) + 1
    counts = count_features(features, slots, corpus.authors, number)
    tick_hours = tick / timedelta(hours=1)
    new_detector = partial(BurstDetector, len(features.names), tick_hours, min_authors=min_authors)
    ticks_a_day = 24.0 / tick_hours
    gaps = gap_slots(slots, number, ticks_a_day)
    after_gap = slots_after_gaps(gaps, ticks_a_day)
    detector = new_detector(frequent_codes=counts.frequent_codes(min_authors))
    calibration, next_calibration, due = Calibration(), _FIRST_CALIBRATION, 0
    last_alarm: dict[int, int] = {}
    for slot in range(number):
        if gaps[slot]:
            continue
        at = start + (slot + 1) * width
        if slot >= next_calibration:
            later = min(round(slot * _CALIBRATION_GROWTH), slot + _MAX_CALIBRATION_GAP)
            due, next_calibration = slot, later
        if at <= quiet_until - QUIET_DAYS * DAY:  # too early to silence what may be told
            detector.step(slot, *counts.of_slot(slot), testing=False)
            continue
        if due:
            calibration = calibrate(features, slots, corpus.authors, due, new_detector, gaps=gaps)
            due = 0
        limit = calibration.max_nominal_rate(allowed)
        bursts = detector.step(slot, *counts.of_slot(slot), testing=slot >= WARM_UP_TICKS)
        rows_of = partial(counts.rows_of_slot, slot)
        for merged in merge_bursts(bursts, rows_of, limit, counts.author_overlap(slot), flagged):
            codes = [burst.code for burst in merged.bursts if burst.nominal_rate <= limit]
            known = sum(
                code in last_alarm and at - last_alarm[code] <= QUIET_DAYS * DAY for code in codes
            )
            last_alarm |= dict.fromkeys(codes, at)
            if known < _KNOWN_SHARE * len(codes) and at > quiet_until and not after_gap[slot]:
                rate = calibration.false_per_day(merged.bursts[0].nominal_rate)
                first_rows = _first_rows(corpus, counts, codes[0], at)
                yield Alert(at, merged, first_rows, min(rate, allowed))


def ranked_terms(merged: MergedBurst, features: Features, limit: int = 8) -> list[str]:
    """The terms of a merged burst as written, by weight; narratives come last.

    Of a word and a pair that contains it, the pair is named where it is most of the word. A term
    weighs what its p-value says, less what posts the terms before it have covered already: the
    terms of both languages of a story, and of all its claims, come before the tenth word of one of
    them.
    """
    kept: dict[str, tuple[Burst, Longs]] = {}
    narratives: list[str] = []
    for burst, rows in zip(merged.bursts, merged.rows_of_burst, strict=True):
        term = features.forms[burst.code]
        if features.names[burst.code].startswith(NARRATIVE):
            narratives.append(term)
            continue
        words = _words(term)
        is_in_longer = any(
            words <= _words(other) and held.authors >= _MOSTLY * burst.authors
            for other, (held, _) in kept.items()
        )
        shorter = [other for other in kept if _words(other) < words]
        is_rare = any(burst.authors < _MOSTLY * kept[other][0].authors for other in shorter)
        if is_in_longer or is_rare:
            continue
        kept = {other: held for other, held in kept.items() if other not in shorter}
        kept[term] = (burst, rows)
    return [*_by_weight(kept, limit), *narratives][:limit]


def _by_weight(terms: dict[str, tuple[Burst, Longs]], limit: int) -> list[str]:
    """Greedy cover: each next term is the one with most weight on posts not covered yet."""
    weight = {term: -log10(max(burst.p_value, _MIN_P_VALUE)) for term, (burst, _) in terms.items()}
    covered: Counter[int] = Counter()
    ordered: list[str] = []
    while weight and len(ordered) < limit:
        gain = {
            term: value * float(np.mean([1 / (1 + covered[int(row)]) for row in terms[term][1]]))
            for term, value in weight.items()
        }
        best = max(gain, key=gain.__getitem__)  # of equal ones the first
        ordered.append(best)
        covered.update(terms[best][1].tolist())
        del weight[best]
    return ordered


def _words(term: str) -> set[str]:
    return set(term.casefold().lstrip("#").split())


def _first_rows(corpus: Corpus, counts: FeatureCounts, code: int, at: int) -> Longs:
    """Posts with a feature in the days before the tick, oldest first."""
    rows = counts.rows(code)
    times = corpus.times[rows]
    first, last = np.searchsorted(times, at - _FIRST_DAYS * DAY), np.searchsorted(times, at)
    return rows[first:last]
