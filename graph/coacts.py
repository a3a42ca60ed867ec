"""Co-acts: two accounts acting on one object within a window, found by a sorted join."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.acts import Acts

CROWD_CAP = 200
"""Acts on one object within one window beyond which two of its accounts have nothing to do with each other there."""


@dataclass(frozen=True)
class CoActs:
    """One row per pair of accounts and burst, at their nearest moment; sorted by (a, b, burst).

    Attributes:
        a, b: u32 accounts, a < b.
        first, second: i64 positions in `Acts` of the nearest acts of a and of b.
        apart: i64, ms between them.
    """

    a: np.ndarray
    b: np.ndarray
    first: np.ndarray
    second: np.ndarray
    apart: np.ndarray

    def __len__(self) -> int:
        return len(self.a)


def join(acts: Acts, longest_ms: np.ndarray, *, eligible: np.ndarray, cap: int = CROWD_CAP) -> CoActs:
    """All co-acts of eligible accounts that co-act twice or more: once says nothing of a pair.

    Args:
        acts: the acts, sorted.
        longest_ms: by signal number, the longest window.
        eligible: by account; co-acts of others are left out (they still count as crowd).
        cap: how many following acts on the same object are looked at.

    The cost is the number of acts times the crowd inside one window, at most ``cap``.
    """
    keep = np.flatnonzero(eligible[acts.account])
    obj, time, account = acts.object[keep], acts.time[keep], acts.account[keep].astype(np.int64)
    reach = longest_ms[acts.signal[keep]]
    lefts, rights = [], []
    alive = np.arange(len(keep))
    for lag in range(1, cap + 1):
        alive = alive[alive + lag < len(keep)]
        if not len(alive):
            break
        near = (obj[alive + lag] == obj[alive]) & (time[alive + lag] - time[alive] <= reach[alive])
        alive = alive[near]
        pair = alive[account[alive + lag] != account[alive]]
        lefts.append(pair)
        rights.append(pair + lag)
    left = np.concatenate(lefts) if lefts else np.zeros(0, np.int64)
    right = np.concatenate(rights) if rights else np.zeros(0, np.int64)
    again = repeated(account[left], account[right], 2)
    left, right = left[again], right[again]
    found = sorted_pairs(left, right, account, time, acts.burst[keep][left])
    return CoActs(found.a, found.b, keep[found.first], keep[found.second], found.apart)


def repeated(left: np.ndarray, right: np.ndarray, least: int) -> np.ndarray:
    """By row: whether the unordered pair of accounts occurs ``least`` times or more."""
    if not len(left):
        return np.zeros(0, dtype=bool)
    size = int(max(left.max(), right.max())) + 1
    key = np.minimum(left, right) * size + np.maximum(left, right)
    order = np.argsort(key, kind="stable")
    start = np.flatnonzero(np.diff(key[order], prepend=-1))
    length = np.diff(start, append=len(key))
    out = np.empty(len(key), dtype=bool)
    out[order] = np.repeat(length >= least, length)
    return out


def sorted_pairs(left: np.ndarray, right: np.ndarray, account: np.ndarray, time: np.ndarray, group: np.ndarray) -> CoActs:
    """Co-acts of rows ``left`` and ``right``, sorted by (a, b, group), one per group: the nearest, then the earliest.

    Args:
        left, right: positions in ``account`` and ``time``, left not after right.
        account: by position.
        time: by position, ms.
        group: by co-act: the burst, or the quarter of an hour.
    """
    apart = time[right] - time[left]
    swap = account[left] > account[right]
    first, second = np.where(swap, right, left), np.where(swap, left, right)
    a, b = account[first], account[second]
    order = np.lexsort((second, first, apart, group, b, a))
    a, b, group = a[order], b[order], group[order]
    new = np.ones(len(a), dtype=bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1]) | (group[1:] != group[:-1])
    order = order[new]
    return CoActs(a[new].astype(np.uint32), b[new].astype(np.uint32), first[order], second[order], apart[order])


def crowds(acts: Acts, window_ms: int) -> np.ndarray:
    """By act: how many other accounts' acts on the same object stand within ``window_ms`` before or after."""
    if not len(acts):
        return np.zeros(0, np.int64)
    others: np.ndarray = neighbours(acts.object, acts.time, window_ms) - neighbours(acts.engagement, acts.time, window_ms)
    return others


def neighbours(key: np.ndarray, time: np.ndarray, window_ms: int) -> np.ndarray:
    """By row: rows with the same key within the window, itself included."""
    order = np.lexsort((time, key))
    key, time = key[order], time[order]
    # one line for all keys: silences longer than the window, and steps to the next key, shrink to just beyond it
    step = np.diff(time, prepend=time[:1])
    step[1:] = np.where(key[1:] == key[:-1], np.minimum(step[1:], window_ms + 1), window_ms + 1)
    line = np.cumsum(step)
    counts = np.searchsorted(line, line + window_ms, "right") - np.searchsorted(line, line - window_ms, "left")
    out = np.empty(len(counts), dtype=np.int64)
    out[order] = counts
    return out
