"""When the story of an alert peaked and faded, as far as the posts go on after it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from nlp.signals.engine import DAY, Alert
from nlp.signals.features import NARRATIVE, Features
from nlp.text.corpus import Corpus, Longs
from tocsin.core.dates import from_milliseconds
from tocsin.core.findings import LeadTime

FADED_SHARE = 0.1
"""Of the posts of its fullest day: with fewer in 24 hours a story has faded."""
WATCHED_DAYS = 14
"""For how long after an alert its story is followed."""
_SHARED = 2
_FEATURES = 8


def measure_lead_time(
    alert: Alert, corpus: Corpus, features: Features, tick: timedelta
) -> LeadTime:
    """When the story of an alert had most posts, and when it had few again.

    A post is of the story where it has two of the eight clearest features that burst (one, where
    only one did, or no post has two). The peak is the fullest tick from the first post of the story
    until it fades, at most `WATCHED_DAYS` after the alert, its time the median of the posts in it;
    it is known once a whole later tick has passed. A story has faded where 24 hours hold less than
    `FADED_SHARE` of the posts of its fullest 24 hours so far.
    """
    width = round(tick / timedelta(milliseconds=1))
    # slots end with the tick of the alert, as those that were tested
    first = int(corpus.times[[*alert.first_rows, *alert.burst.rows][0]])
    before = -(-(alert.tick - first) // width)
    start = alert.tick - max(1, before) * width
    end = min(int(corpus.dated_times[-1]) + 1, alert.tick + WATCHED_DAYS * DAY)
    number = (end - start) // width  # whole ones
    first_row, last_row = np.searchsorted(corpus.dated_times, (start, end))
    times = corpus.times[_story_rows(alert, features, int(first_row), int(last_row))]
    slots = (times - start) // width
    counts = np.bincount(slots[(times >= start) & (slots < number)], minlength=max(1, number))
    if not counts.any():  # nothing is known of it
        return LeadTime()
    faded = _faded(counts, max(1, before), -(-DAY // width))
    inside = counts[:faded] if faded is not None else counts
    peak = int(np.argmax(inside))
    peaked = None
    if faded is not None or peak < len(inside) - 1:
        peaked = from_milliseconds(int(np.median(times[slots == peak])))
    at = None if faded is None else from_milliseconds(start + faded * width)
    return LeadTime(peaked_at=peaked, faded_at=at)


def _faded(counts: Longs, told: int, day: int) -> int | None:
    """The slot with which the first quiet day after the alert begins; None where none does."""
    sums = np.convolve(counts, np.ones(day, np.int64))[: len(counts)]  # of the day up to each slot
    fullest = np.maximum.accumulate(sums)
    quiet = np.flatnonzero(sums < FADED_SHARE * fullest)
    quiet = quiet[quiet >= told + day - 1]
    return int(quiet[0]) - day + 1 if len(quiet) else None


def _story_rows(alert: Alert, features: Features, first: int, last: int) -> Longs:
    """Of some rows those of posts that have enough of what burst, rising."""
    inside = slice(*np.searchsorted(features.rows, (first, last)))
    codes = [
        burst.code
        for burst in alert.burst.bursts
        if not features.names[burst.code].startswith(NARRATIVE)
    ][:_FEATURES] or [alert.burst.bursts[0].code]
    has_one = np.isin(features.codes[inside], codes)
    rows, held = np.unique(features.rows[inside][has_one], return_counts=True)
    found: Longs = rows[held >= min(_SHARED, held.max(initial=0))].astype(np.int64)
    return found
