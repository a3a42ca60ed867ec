"""Facets, histograms and hits over a mask of positions."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from index.base import FACETS, Facet, Histogram
from index.embedded.cache import UNDATED, Cache
from index.embedded.match import Matcher
from index.timeline import buckets, zone
from tocsin.errors import ConfigError

_LISTED = ("hashtag", "mention", "domain")


class Hit(NamedTuple):
    """A cursor's place: time (epoch ms or `UNDATED`) and id."""

    time: int
    id: str


def tally(matcher: Matcher, field: str, mask: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """Number of matching documents by code of a field, and the values by code."""
    if field not in FACETS:
        raise ConfigError(f"there is no facet {field!r}; facets are {', '.join(FACETS)}")
    cache = matcher.cache
    if field in _LISTED:
        lists = cache.listed(field)
        codes = lists.codes.view if mask.all() else lists.codes.view[np.repeat(mask, lists.counts())]
        return np.bincount(codes, minlength=len(lists.dictionary)), lists.dictionary.arrow
    codes = matcher.codes(field)[mask]
    if field == "author":
        counts = np.bincount(codes, minlength=len(cache.people.ids))
        counts[0] = 0
        return counts, cache.people.arrow("ids")
    dictionary = matcher.dictionary(field)
    counts = np.bincount(codes + 1, minlength=len(dictionary) + 1)[1:]
    if "" in dictionary.code:
        counts[dictionary.code[""]] = 0
    return counts, dictionary.arrow


def facet(matcher: Matcher, field: str, mask: np.ndarray, size: int) -> Facet:
    """The most frequent values of a field, ties by key."""
    counts, values = tally(matcher, field, mask)
    present = np.nonzero(counts)[0]
    total = int(counts[present].sum())
    size = max(0, size)
    if len(present) > size:
        least = np.partition(counts[present], len(present) - size)[len(present) - size] if size else np.iinfo(np.int64).max
        sure, tied = present[counts[present] > least], present[counts[present] == least]
        if size and len(tied) > size - len(sure):
            table = pa.table({"key": values.take(pa.array(tied))})
            tied = tied[np.asarray(pc.select_k_unstable(table, size - len(sure), [("key", "ascending")]))]
        present = np.concatenate([sure, tied])
    named = sorted(zip((-counts[present]).tolist(), values.take(pa.array(present)).to_pylist(), strict=True))
    chosen = [(key, -count) for count, key in named[:size]]
    return Facet(field, chosen, total - sum(count for _, count in chosen))


def cardinality(matcher: Matcher, field: str, mask: np.ndarray) -> int:
    """Number of distinct values among the matching documents."""
    return int(np.count_nonzero(tally(matcher, field, mask)[0]))


def histogram(cache: Cache, mask: np.ndarray, interval: str, timezone: str) -> Histogram:
    """Counts by time from the first to the last dated hit, gaps filled."""
    zone(timezone)
    dated = cache.order[: dated_count(cache)]
    hits = dated[mask[dated]]
    if not len(hits):
        return Histogram(interval, [])
    time = cache.time.view
    name, starts, edges = buckets(int(time[hits[0]]), int(time[hits[-1]]), interval, timezone)
    counts = np.diff(np.searchsorted(time[hits], edges))
    made: list[tuple[datetime, int]] = list(zip(starts, counts.tolist(), strict=True))
    return Histogram(name, made)


def dated_count(cache: Cache) -> int:
    """How many of `Cache.order` have a time: those come first."""
    low, high = 0, len(cache.order)
    time = cache.time.view
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if time[cache.order[middle]] == UNDATED else (middle + 1, high)
    return low


def ranked(cache: Cache, mask: np.ndarray, newest: bool, size: int, after: Hit | None) -> tuple[np.ndarray, bool]:
    """Positions of one page in time order, undated ones last, and whether there are more."""
    dated = dated_count(cache)
    parts = [cache.order[:dated], cache.order[dated:]]
    if newest:
        parts = [part[::-1] for part in parts]
    found: list[np.ndarray] = []
    wanted = size + 1
    for undated, part in enumerate(parts):
        if after is not None:
            if (after.time == UNDATED) > bool(undated):
                continue
            if (after.time == UNDATED) == bool(undated):
                part = part[_beyond(cache, part, after, newest) :]
        for start in range(0, len(part), 65_536):
            piece = part[start : start + 65_536]
            hits = piece[mask[piece]][:wanted]
            found.append(hits)
            wanted -= len(hits)
            if not wanted:
                break
        if not wanted:
            break
    positions = np.concatenate(found) if found else np.empty(0, np.int32)
    return positions[:size], len(positions) > size


def _beyond(cache: Cache, part: np.ndarray, after: Hit, newest: bool) -> int:
    """How many of an ordered part come before or at a cursor."""
    time = cache.time.view
    low, high = 0, len(part)
    while low < high:
        middle = (low + high) // 2
        position = int(part[middle])
        at = int(time[position])
        key = (at, cache.id_at(position) if at == after.time else "")
        mark = (after.time, after.id if at == after.time else "")
        passed = key >= mark if newest else key <= mark
        low, high = (middle + 1, high) if passed else (low, middle)
    return low
