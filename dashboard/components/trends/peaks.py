"""Peaks: the intervals far above the others, and what was said in them."""

from __future__ import annotations

import hashlib
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard.base import ViewContext
from dashboard.collection_gaps import Gap, share_in
from dashboard.components import facets
from dashboard.components.frame import Frame
from dashboard.components.trends.charts import DAYS, HOURS
from dashboard.counts import count_posts, count_values
from index.base import Index, Query, Window
from index.query import Word
from index.reading.queries import among
from tocsin.core.documents import ENGAGEMENT, engagement
from tocsin.core.text import ADDRESS, tokens

MAX_PEAKS = 3
MIN_RATIO = 2.0
"""How many times the median of all intervals a peak has at least."""
MIN_POSTS = 5
POSTS_SHOWN = 3
_READ = 2_000
"""Texts of a peak that are read for its term."""
_CANDIDATES = 12
_MIN_LETTERS = 4
_WORDS = re.compile(r"#?\w+")
_MENTION = re.compile(r"(?<!\w)[@＠]\w[\w.]*")
_MAX_HOURS = 24 * 400


@dataclass(frozen=True)
class Peak:
    """An interval far above the others."""

    since: datetime
    until: datetime
    posts: int
    ratio: float | None


def subject_of_peak(asked: str, peak: Peak) -> str:
    """The name under which a peak is put off: it goes by what was asked and by its interval, so
    that the same interval of another question stays.

    Args:
        asked: the address of the frame, without its period.
    """
    made = f"{asked} {peak.since.isoformat()} {peak.until.isoformat()}"
    return f"peak:{hashlib.sha256(made.encode()).hexdigest()[:16]}"


def find_peaks(buckets: Sequence[tuple[datetime, int]]) -> list[Peak]:
    """The highest intervals, at most `MAX_PEAKS`, in order of time; none beside a higher one."""
    if len(buckets) < 4:
        return []
    counts = [count for _, count in buckets]
    usual = statistics.median(counts)
    starts = [start for start, _ in buckets]
    ends = [*starts[1:], starts[-1] + (starts[-1] - starts[-2])]
    chosen: list[int] = []
    for place in sorted(range(len(counts)), key=lambda at: (-counts[at], at)):
        high = counts[place] >= max(MIN_POSTS, MIN_RATIO * usual)
        if not high or len(chosen) == MAX_PEAKS:
            break
        if all(abs(place - other) > 1 for other in chosen):
            chosen.append(place)
    return [
        Peak(
            buckets[place][0],
            ends[place],
            counts[place],
            counts[place] / usual if usual else None,
        )
        for place in sorted(chosen)
    ]


@dataclass(frozen=True)
class Explanation:
    """What was said in a peak: ids of its posts that fared best, a term, a narrative and its id.

    Where nothing is known of how they fared (no counts, no reposts), they are just some posts.
    """

    posts: tuple[str, ...]
    fared: bool
    term: str
    narrative: str
    narrative_id: str = ""


def explain(context: ViewContext, asked: Frame, peak: Peak) -> Explanation:
    """What stands out in a peak. Its term is that of most times its usual frequency; the name of an
    account is none, since under pseudonyms no page shows it."""
    queries, window = context.queries, Window(peak.since, peak.until)
    top, fared, words = _read(queries.stamp, asked.of(), window, queries.index)
    whole = max(1, count_posts(queries, asked.of(), asked.window))
    best, term = 0.0, ""
    people = context.account_names.pseudonyms
    for word, often in words:
        if people.text(word) != word:
            continue
        usual = count_posts(queries, asked.of(Word(tokens(word)[0])), asked.window) / whole
        lift = often / max(usual, 1 / whole) * min(1.0, often * peak.posts / 5)
        if lift > best:
            best, term = lift, word
    told = count_values(queries, "narrative", asked.of(), window, size=1)
    labels = facets.labelled("narrative", told.values, context)
    if not labels:
        return Explanation(top, fared, term, "")
    return Explanation(top, fared, term, labels[0].label, told.values[0][0])


def show_term(context: ViewContext, asked: Frame, peak: Peak, told: Explanation) -> tuple[str, ...]:
    """Ids of the posts to show for a peak: those with its term that fared best, so that a reader
    sees the word where it was said; where it has no term, those that fared best."""
    if not told.term:
        return told.posts
    queries, window = context.queries, Window(peak.since, peak.until)
    said = asked.of(Word(tokens(told.term)[0]))
    return _read(queries.stamp, said, window, queries.index)[0] or told.posts


@st.cache_resource(max_entries=64, show_spinner=False)
def _read(
    stamp: str,  # noqa: ARG001
    query: Query,
    window: Window,
    _index: Index,
) -> tuple[tuple[str, ...], bool, tuple[tuple[str, float], ...]]:
    """Ids of the posts of one interval that fared best (of some, where it is False that any did),
    and its words with their frequency.

    Where a post that was passed on most is not in the index, its first repost stands for it.
    """
    columns = ("id", "text", "repost_of", *ENGAGEMENT)
    fared: Counter[str] = Counter()
    said: Counter[str] = Counter()
    first_repost: dict[str, str] = {}
    read = 0
    for batch in _index.scan(list(columns), query=query, window=window):
        rows = [batch.column(name).to_pylist() for name in columns]
        for key, text, of, *counts in zip(*rows, strict=True):
            if of:
                fared[of] += 1
                first_repost.setdefault(of, key)
                continue
            fared[key] += engagement(counts)
            if read < _READ:
                read += 1
                spoken = _MENTION.sub(" ", ADDRESS.sub(" ", (text or "").lower()))
                said.update({w for w in _WORDS.findall(spoken) if _is_word(w)})
    best = sorted(fared, key=lambda key: (-fared[key], key))[: 2 * POSTS_SHOWN]
    known = [key for key in best if fared[key]]
    best = known or best
    batches = _index.scan(["id"], query=among("id", best), order="none") if best else ()
    there = {key for batch in batches for key in batch.column(0).to_pylist()}
    shown = dict.fromkeys(key if key in there else first_repost.get(key, key) for key in best)
    often = tuple((word, n / max(1, read)) for word, n in said.most_common(_CANDIDATES))
    return tuple(shown), bool(known), often


def _is_word(word: str) -> bool:
    """Whether a word may name a peak: long enough, no number, one word for the index, too."""
    return len(word) >= _MIN_LETTERS and not word.isdecimal() and len(tokens(word)) == 1


def weekly_rhythm(
    buckets: Sequence[tuple[datetime, int]], gaps: Sequence[Gap]
) -> list[list[float | None]]:
    """Average posts per hour of each weekday and hour; None where nothing was ever collected.

    Args:
        buckets: hours on the reader's clock.
    """
    sums = [[0] * HOURS for _ in range(DAYS)]
    hours = [[0] * HOURS for _ in range(DAYS)]
    for start, count in buckets[-_MAX_HOURS:]:
        since = start.astimezone(UTC)
        if gaps and share_in(gaps, since, since + timedelta(hours=1)) >= 0.5:
            continue
        sums[start.weekday()][start.hour] += count
        hours[start.weekday()][start.hour] += 1
    return [
        [total / seen if seen else None for total, seen in zip(row, times, strict=True)]
        for row, times in zip(sums, hours, strict=True)
    ]
