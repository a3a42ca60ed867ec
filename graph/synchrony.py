"""Moments: accounts that post in the same seconds again and again, whatever they post.

**Null model** (interval jitter: Date, Bienenstock & Geman 1998; Amarasingham et al. 2012). An account's
posts may as well have come at any other time inside the hour around them; finer timing is chance. When
*a* posts at *t*, the chance that one of *b*'s *n* posts of that hour falls within *w* is

    q = min(1, n * 2w / hour * f(t))

where ``f`` is how much denser all others post within *w* of *t* than over the hour (at least 1), so that
a goal, a siren or a programme's start, which a crowd answers in the same seconds, says little. Hour of
day, days off and bursts of activity are kept by conditioning on the hour.

Unlike in `graph.significance` nobody is left out of the crowd: without a shared object nothing tells a
group that was told to post from an audience that watches the same thing, except that it is small and
returns often. The price is that a large group that shares nothing but its moments is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coacts import CoActs, near_pairs, neighbours, repeated, sorted_pairs
from graph.posts import Posts
from graph.significance import SLOT_MS, PairRows, poisson_tail

JITTER_MS = 3_600_000
"""Times are taken to mean nothing finer than this (ms), centred on a post."""
CROWDED = 30
"""Posts of others within a window from which the moment is too crowded to say anything; it bounds the work, too."""


@dataclass(frozen=True)
class Moments:
    """Coincidences of accounts that coincide in ``least`` quarters of an hour or more.

    Attributes:
        coacts: one row per pair and quarter of an hour, at the nearest; ``first``, ``second`` are rows of the posts.
        pairs: their pairs.
        seen: (pairs, windows) distinct quarters of an hour.
        p: by pair, the smallest over windows, not corrected for their number.
        windows_ms: the windows tested.
    """

    coacts: CoActs
    pairs: PairRows
    seen: np.ndarray
    p: np.ndarray
    windows_ms: tuple[int, ...]


def moments(posts: Posts, windows_ms: Sequence[int], least: int) -> Moments:
    """Find and test the coincidences of all pairs of accounts with ``least`` posts or more."""
    often = np.bincount(posts.account, minlength=len(posts.accounts)) >= least
    rows = np.flatnonzero(often[posts.account])
    windows = tuple(windows_ms)
    if not windows or not len(rows):
        empty = CoActs(*(np.zeros(0, np.int64) for _ in range(5)))
        return Moments(empty, PairRows.of(empty), np.zeros((0, len(windows)), np.int64), np.zeros(0), windows)
    coacts = _coincidences(rows, posts, windows, least)
    pairs = PairRows.of(coacts)
    seen = np.stack([np.bincount(pairs.pair[coacts.apart <= w], minlength=len(pairs)) for w in windows], axis=1).astype(np.int64)
    p = np.ones(len(pairs))
    for k, window in enumerate(windows):
        p = np.minimum(p, poisson_tail(seen[:, k], _expected(posts, pairs, window)))
    return Moments(coacts, pairs, seen, p, windows)


def _coincidences(rows: np.ndarray, posts: Posts, windows_ms: Sequence[int], least: int) -> CoActs:
    """Per pair and quarter of an hour the nearest coincidence; pairs with fewer than ``least`` are dropped."""
    times, account = posts.times[rows], posts.account[rows].astype(np.int64)
    line = np.zeros(len(rows), np.int64)
    reach = np.full(len(rows), -1, dtype=np.int64)
    for window in windows_ms:
        reach[neighbours(line, times, window) - 1 <= CROWDED] = window
    left, right = near_pairs(line, times, account, reach)
    often = repeated(account, rows, left, right, least)
    left, right = left[often], right[often]
    coacts = sorted_pairs(left, right, account, times, times[left] // SLOT_MS)
    pairs = PairRows.of(coacts)
    enough = np.bincount(pairs.pair, minlength=len(pairs))[pairs.pair] >= least
    return CoActs(coacts.a[enough], coacts.b[enough], rows[coacts.first[enough]], rows[coacts.second[enough]], coacts.apart[enough])


def _expected(posts: Posts, pairs: PairRows, window: int) -> np.ndarray:
    """Coincidences expected of each pair: over the posts of the one with fewer, the chance that the other joins."""
    total = np.bincount(posts.account, minlength=len(posts.accounts))
    swap = total[pairs.a] > total[pairs.b]
    few, many = np.where(swap, pairs.b, pairs.a).astype(np.int64), np.where(swap, pairs.a, pairs.b).astype(np.int64)
    by_account = np.lexsort((posts.times, posts.account))
    start = np.concatenate([[0], np.cumsum(total)])
    length = total[few]
    which = np.repeat(np.arange(len(pairs)), length)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)
    row = by_account[start[few][which] + offset]
    hour = _other_posts(posts, by_account, row, many[which])
    density = _density(posts, window)[row]
    chance = np.minimum(1.0, hour * (2 * window / JITTER_MS) * density)
    expected: np.ndarray = np.bincount(which, weights=chance, minlength=len(pairs))
    return expected


def _other_posts(posts: Posts, by_account: np.ndarray, row: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many posts ``other`` has in the hour around each row."""
    origin = int(posts.times.min()) - JITTER_MS
    span = int(posts.times.max()) - origin + JITTER_MS + 1
    line = posts.account[by_account].astype(np.int64) * span + (posts.times[by_account] - origin)
    centre = other * span + (posts.times[row] - origin)
    found: np.ndarray = np.searchsorted(line, centre + JITTER_MS // 2, "right") - np.searchsorted(line, centre - JITTER_MS // 2, "left")
    return found


def _density(posts: Posts, window: int) -> np.ndarray:
    """By post: how much denser others post within the window than over the hour, at least 1."""
    zero = np.zeros(len(posts), np.int64)
    own = posts.account.astype(np.int64)
    near = (neighbours(zero, posts.times, window) - neighbours(own, posts.times, window)).astype(float)
    hour = (neighbours(zero, posts.times, JITTER_MS // 2) - neighbours(own, posts.times, JITTER_MS // 2)).astype(float)
    dense: np.ndarray = np.maximum(1.0, (near + 1) / (hour * 2 * window / JITTER_MS + 1))
    return dense
