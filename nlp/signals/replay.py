"""The causal engine of weak signals: tick by tick, each tick sees only what was published before it.

`signals` runs the same code and keeps the alerts of the last day. A story is told once: what alarms again within
three days, mostly with terms that alarmed before, is the same story.
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

from nlp.signals.bursts import Bursts, Rise
from nlp.signals.calibration import WARM_UP_TICKS, Calibration, calibrate
from nlp.signals.counting import Counted, count
from nlp.signals.features import STORY, Features, slots_of
from nlp.signals.merging import Burst, merge
from nlp.text.corpus import Corpus, Longs

DAY = 86_400_000
ALLOWED = 0.5
"""False alerts a day that are accepted."""
QUIET_DAYS = 3.0
_KNOWN_SHARE = 0.5
_FIRST_DAYS = 3
_MOSTLY = 0.6
_LEAST_P = 1e-300
_FIRST_CALIBRATION, _LATER, _AT_MOST_LATER = 16, 2.5, 64


@dataclass(frozen=True, slots=True)
class Alert:
    """A burst at a tick (epoch milliseconds). ``first_rows`` are the posts of three days that had its strongest feature, oldest first."""

    tick: int
    burst: Burst
    first_rows: Longs
    false_per_day: float


def alerts(
    corpus: Corpus, features: Features, *, start: int, tick: timedelta, min_authors: int, allowed: float = ALLOWED, quiet_until: int = 0,
    flagged: NDArray[np.bool_] | None = None,
) -> Iterator[Alert]:  # fmt: skip
    """The alerts of a corpus in order of time.

    Args:
        corpus: documents in order of time.
        features: theirs.
        start: epoch milliseconds at which slots begin.
        tick: length of a slot.
        min_authors: authors a signal needs.
        allowed: false alerts a day that are accepted.
        quiet_until: no alert is given for ticks up to this time; the past is learnt all the same.
        flagged: see `merge`; a replay knows nothing of it, since clusters are known of the whole window only.
    """
    width = round(tick / timedelta(milliseconds=1))
    slots = slots_of(corpus.times, start, width)
    number = int(slots.max(initial=-1)) + 1
    counted = count(features, slots, corpus.authors, number)
    make = partial(Bursts, len(features.names), tick / timedelta(hours=1), min_authors=min_authors)
    test, calibration, next_calibration, due = (
        make(loud=counted.loud(min_authors)),
        Calibration(),
        _FIRST_CALIBRATION,
        0,
    )
    told: dict[int, int] = {}
    for slot in range(number):
        at = start + (slot + 1) * width
        if slot >= next_calibration:
            due, next_calibration = slot, min(round(slot * _LATER), slot + _AT_MOST_LATER)
        if (
            at <= quiet_until - QUIET_DAYS * DAY
        ):  # what alarms here keeps nothing quiet that may be told
            test.step(slot, *counted.of_slot(slot), testing=False)
            continue
        if due:
            calibration, due = calibrate(features, slots, corpus.authors, due, make), 0
        limit = calibration.limit(allowed)
        risen = test.step(slot, *counted.of_slot(slot), testing=slot >= WARM_UP_TICKS)
        for burst in merge(
            risen, partial(counted.rows_of_slot, slot), limit, counted.crowd(slot), flagged
        ):
            codes = [rise.code for rise in burst.rises if rise.accidents <= limit]
            known = sum(code in told and at - told[code] <= QUIET_DAYS * DAY for code in codes)
            told |= dict.fromkeys(codes, at)
            if known < _KNOWN_SHARE * len(codes) and at > quiet_until:
                false = min(calibration.stated(burst.rises[0].accidents), allowed)
                yield Alert(at, burst, _first_rows(corpus, counted, codes[0], at), false)


def shown_terms(burst: Burst, features: Features, limit: int = 8) -> list[str]:
    """The terms of a burst as written, by weight; of a word and a pair with it, the pair where it is most of the word.

    A term weighs what its p-value says, less what posts the terms before it have told already: the terms of both
    languages of a story, and of all its claims, come before the tenth word of one of them. Narratives come last.
    """
    found: dict[str, tuple[Rise, Longs]] = {}
    for rise, rows in zip(burst.rises, burst.carried, strict=True):
        term, words = features.shown[rise.code], _words(features.shown[rise.code])
        if features.names[rise.code].startswith(STORY):
            continue
        longer = [
            other
            for other, (held, _) in found.items()
            if words <= _words(other) and held.authors >= _MOSTLY * rise.authors
        ]
        shorter = [other for other in found if _words(other) < words]
        if longer or any(rise.authors < _MOSTLY * found[other][0].authors for other in shorter):
            continue
        found = {other: kept for other, kept in found.items() if other not in shorter} | {
            term: (rise, rows)
        }
    stories = [
        features.shown[rise.code]
        for rise in burst.rises
        if features.names[rise.code].startswith(STORY)
    ]
    return [*_by_weight(found, limit), *stories][:limit]


def _by_weight(found: dict[str, tuple[Rise, Longs]], limit: int) -> list[str]:
    weight = {term: -log10(max(rise.p_value, _LEAST_P)) for term, (rise, _) in found.items()}
    told: Counter[int] = Counter()
    ordered: list[str] = []
    while weight and len(ordered) < limit:
        gain = {
            term: value * float(np.mean([1 / (1 + told[int(row)]) for row in found[term][1]]))
            for term, value in weight.items()
        }
        best = max(gain, key=gain.__getitem__)  # of equal ones the first
        ordered.append(best)
        told.update(found[best][1].tolist())
        del weight[best]
    return ordered


def _words(term: str) -> set[str]:
    return set(term.casefold().lstrip("#").split())


def _first_rows(corpus: Corpus, counted: Counted, code: int, at: int) -> Longs:
    """Posts with a feature in the days before the tick, oldest first."""
    rows = counted.rows(code)
    times = corpus.times[rows]
    return rows[np.searchsorted(times, at - _FIRST_DAYS * DAY) : np.searchsorted(times, at)]
