"""Moments: accounts that post in the same seconds again and again, whatever they post.

**Null model** (interval jitter: Date, Bienenstock & Geman 1998; Amarasingham et al. 2012). An account's
posts may as well have come at any other time inside the hour around them; finer timing is chance. When
*a* posts at *t*, the chance that one of *b*'s *n* posts of that hour falls within *w* is

    q = min(1, n * 2w / hour * f(t))

where ``f`` is how much denser all others post within *w* of *t* than over the hour (at least 1), so that
a goal, a siren or a programme's start, which a crowd answers in the same seconds, says little. Hour of
day, days off and bursts of activity are kept by conditioning on the hour.

Unlike in `graph.coordination.null_model` nobody is left out of the crowd: without a shared object nothing tells a
group that was told to post from an audience that watches the same thing, except that it is small and
returns often. The price is that a large group that shares nothing but its moments is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions import CoActs, near_pairs, neighbours, repeated, sorted_pairs
from graph.coordination.null_model import SLOT_MS, PairRows, poisson_tail
from graph.coordination.posts import Posts

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
        return Moments(
            empty, PairRows.of(empty), np.zeros((0, len(windows)), np.int64), np.zeros(0), windows
        )
    coacts = _coincidences(rows, posts, windows, least)
    pairs = PairRows.of(coacts)
    seen = np.stack(
        [np.bincount(pairs.pair[coacts.apart <= w], minlength=len(pairs)) for w in windows], axis=1
    ).astype(np.int64)
    p = np.ones(len(pairs))
    expected = _expected(posts, pairs, windows)
    for k in range(len(windows)):
        p = np.minimum(p, poisson_tail(seen[:, k], expected[:, k]))
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
    return CoActs(
        coacts.a[enough],
        coacts.b[enough],
        rows[coacts.first[enough]],
        rows[coacts.second[enough]],
        coacts.apart[enough],
    )


def _expected(posts: Posts, pairs: PairRows, windows_ms: Sequence[int]) -> np.ndarray:
    """(pairs, windows): coincidences expected, over the posts of the one with fewer the chance that the other joins."""
    total = np.bincount(posts.account, minlength=len(posts.accounts))
    swap = total[pairs.a] > total[pairs.b]
    few, many = (
        np.where(swap, pairs.b, pairs.a).astype(np.int64),
        np.where(swap, pairs.a, pairs.b).astype(np.int64),
    )
    by_account = np.lexsort((posts.times, posts.account))
    start = np.concatenate([[0], np.cumsum(total)])
    times, density = posts.times[by_account], _density(posts, by_account, windows_ms)[:, by_account]
    expected = np.zeros((len(pairs), len(windows_ms)))
    # one account with more posts at a time: its posts are few enough to stay in the cache while the others look for theirs
    order = np.argsort(many, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(many[order])) + 1):
        other = int(many[mine[0]]) if len(mine) else 0
        length = total[few[mine]]
        which = np.repeat(np.arange(len(mine)), length)
        row = np.arange(len(which)) + np.repeat(
            start[few[mine]] - (np.cumsum(length) - length), length
        )
        hour = _near(times[start[other] : start[other + 1]], times[row])
        for k, window in enumerate(windows_ms):
            chance = np.minimum(1.0, hour * (2 * window / JITTER_MS) * density[k, row])
            expected[mine, k] = np.bincount(which, weights=chance, minlength=len(mine))
    return expected


def _near(times: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """How many of the sorted times are in the hour around each centre."""
    found: np.ndarray = np.searchsorted(times, centre + JITTER_MS // 2, "right") - np.searchsorted(
        times, centre - JITTER_MS // 2, "left"
    )
    return found


def _density(posts: Posts, by_account: np.ndarray, windows_ms: Sequence[int]) -> np.ndarray:
    """(windows, posts): how much denser others post within the window than over the hour, at least 1."""
    zero, own = np.zeros(len(posts), np.int64), posts.account.astype(np.int64)

    def others(window: int) -> np.ndarray:
        found: np.ndarray = neighbours(zero, posts.times, window) - neighbours(
            own, posts.times, window, by_account
        )
        return found.astype(float)

    hour = others(JITTER_MS // 2)
    return np.stack(
        [np.maximum(1.0, (others(w) + 1) / (hour * 2 * w / JITTER_MS + 1)) for w in windows_ms]
    )
