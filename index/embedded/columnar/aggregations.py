"""Facets and histograms over a set of hits."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from index.base import FACETS, Facet, Histogram
from index.embedded.columnar.arrays import Lists
from index.embedded.columnar.cache import UNDATED
from index.embedded.columnar.matcher import Matcher
from index.embedded.columnar.selection import Selection
from index.fields import facet_key
from index.time_buckets import buckets, named, zone
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

_LISTED = ("hashtag", "mention", "domain")
_QUARTER = 900_000
_MINUTE = 60_000
_DENSE = 3
"""Above one hit in so many documents, asking each value for its document is quicker than asking
each hit for its values."""


def count_values(matcher: Matcher, field: str, hits: Selection) -> tuple[np.ndarray, pa.Array]:
    """Number of hits by code of a field, and the values by code."""
    if field in matcher.declared:
        column = matcher.declared_column(field)
        return column.counts(hits.of(column.values.view))
    if field not in FACETS:
        known = (*FACETS, *matcher.declared)
        raise ConfigError(
            Message("fault.embedded.facet", {"field": repr(field), "known": list(known)})
        )
    cache = matcher.cache
    if field in _LISTED:
        lists = cache.list_column(field)
        return np.bincount(
            _codes(lists, hits), minlength=len(lists.dictionary)
        ), lists.dictionary.arrow
    codes = hits.of(matcher.codes(field))
    if field == "author":
        counts = np.bincount(codes, minlength=len(cache.people.ids))
        counts[0] = 0
        return counts, cache.people.arrow("ids")
    dictionary = matcher.dictionary(field)
    counts = np.bincount(codes + 1, minlength=len(dictionary) + 1)[1:]
    if "" in dictionary.code:
        counts[dictionary.code[""]] = 0
    return counts, dictionary.arrow


def _codes(lists: Lists, hits: Selection) -> np.ndarray:
    """The codes of all values of the hits."""
    codes: np.ndarray = lists.codes.view
    if hits.everything:
        return codes
    if hits.total * _DENSE > len(hits.cache):
        dense: np.ndarray = codes[hits.mask[lists.rows]]
        return dense
    offsets = lists.offsets.view
    starts = offsets[hits.positions]
    counts = offsets[hits.positions + 1] - starts
    ends = np.cumsum(counts)
    if not len(ends) or not ends[-1]:
        return codes[:0]
    chosen: np.ndarray = codes[np.arange(ends[-1]) + np.repeat(starts - ends + counts, counts)]
    return chosen


def facet(matcher: Matcher, field: str, hits: Selection, size: int) -> Facet:
    """The most frequent values of a field, ties by key."""
    counts, values = count_values(matcher, field, hits)
    present = np.flatnonzero(counts)
    total = int(counts.sum())
    size = max(0, size)
    if len(present) > size:
        least = (
            np.partition(counts[present], len(present) - size)[len(present) - size]
            if size
            else np.iinfo(np.int64).max
        )
        sure, tied = present[counts[present] > least], present[counts[present] == least]
        if size and len(tied) > size - len(sure):
            table = pa.table({"key": values.take(pa.array(tied))})
            tied = tied[
                np.asarray(pc.select_k_unstable(table, size - len(sure), [("key", "ascending")]))
            ]
        present = np.concatenate([sure, tied])
    named = sorted(
        zip((-counts[present]).tolist(), values.take(pa.array(present)).to_pylist(), strict=True)
    )
    chosen = [(facet_key(key), -count) for count, key in named[:size]]
    return Facet(field, chosen, total - sum(count for _, count in chosen))


def cardinality(matcher: Matcher, field: str, hits: Selection) -> int:
    """Number of distinct values among the hits."""
    return int(np.count_nonzero(count_values(matcher, field, hits)[0]))


def histogram(hits: Selection, interval: str, timezone: str) -> Histogram:
    """Counts by time from the first to the last dated hit, gaps filled."""
    zone(timezone)
    cache = hits.cache
    times = cache.times if hits.all else hits.of(cache.time.view)
    times = times if hits.all or cache.dated == len(cache.order) else times[times != UNDATED]
    if not len(times):
        return Histogram(named(interval), [])
    first, last = (times[0], times[-1]) if hits.all else (times.min(), times.max())
    name, starts, edges = buckets(int(first), int(last), interval, timezone)
    counts = (
        np.diff(np.searchsorted(times, edges))
        if hits.all
        else _counted(times, np.array(edges, np.int64))
    )
    pairs: list[tuple[datetime, int]] = list(zip(starts, counts.tolist(), strict=True))
    return Histogram(name, pairs)


def _counted(times: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many times lie in each bucket: by a table of quarters of an hour (else minutes), which
    all edges fall on."""
    unit = _QUARTER if not (edges % _QUARTER).any() else _MINUTE
    slots = (edges - edges[0]) // unit
    if (edges % unit).any() or slots[-1] > 20 * len(times) + 100_000:
        return np.bincount(
            np.searchsorted(edges, times, side="right") - 1, minlength=len(edges) - 1
        )
    table = np.repeat(np.arange(len(edges) - 1), np.diff(slots))
    return np.bincount(table[(times - edges[0]) // unit], minlength=len(edges) - 1)
