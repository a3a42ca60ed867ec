"""Co-acts: two accounts acting on one object within a window, found by a sorted join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coordination.acts import Acts

CROWD_CAP = 200
"""Other acts on one object within one window from which two of its accounts have nothing to do with each other there."""
MAX_MEETINGS = 15_000_000
"""Meetings of two acts held in memory at once (about 16 bytes each, three times over)."""


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


def join(
    acts: Acts,
    windows_ms: Sequence[int],
    longest_ms: np.ndarray,
    *,
    eligible: np.ndarray,
    near: Sequence[np.ndarray] | None = None,
    most: int = MAX_MEETINGS,
) -> CoActs:
    """Co-acts of eligible accounts that co-act twice or more, in different posts: once says nothing of a pair.

    Where more than `CROWD_CAP` others act on the object within a window of an act, that window is not looked at.

    Args:
        acts: the acts, sorted.
        windows_ms: windows, ascending.
        longest_ms: by signal number, the longest window.
        eligible: by account; co-acts of others are left out (they still count as crowd).
        near: `crowds` by window, where they are known.
        most: meetings to hold in memory; where there would be more, smaller crowds are left out, too.
    """
    keep = np.flatnonzero(eligible[acts.account])
    obj, time, account = acts.object[keep], acts.time[keep], acts.account[keep].astype(np.int64)
    others = near if near is not None else [crowds(acts, window) for window in windows_ms]
    reach = _reach(acts, windows_ms, longest_ms, others, most)[keep]
    left, right = near_pairs(obj, time, account, reach)
    again = repeated(account, acts.post[keep], left, right, 2)
    left, right = left[again], right[again]
    found = sorted_pairs(left, right, account, time, acts.burst[keep][left])
    return CoActs(found.a, found.b, keep[found.first], keep[found.second], found.apart)


def _reach(
    acts: Acts,
    windows_ms: Sequence[int],
    longest_ms: np.ndarray,
    near: Sequence[np.ndarray],
    most: int,
) -> np.ndarray:
    """By act, the longest window (ms) in which no crowd acts on the object; -1 where the shortest holds one."""
    cap = CROWD_CAP
    while True:
        reach = np.full(len(acts), -1, dtype=np.int64)
        meetings = np.zeros(len(acts), dtype=np.int64)
        for window, others in zip(windows_ms, near, strict=True):
            fits = (others <= cap) & (window <= longest_ms[acts.signal])
            reach[fits], meetings[fits] = window, others[fits]
        if meetings.sum() <= 2 * most or cap <= 10:
            return reach
        cap //= 2


def near_pairs(
    obj: np.ndarray, time: np.ndarray, account: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of all pairs of acts on one object within the reach of both."""
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    alive = np.flatnonzero(reach >= 0)
    lag = 1
    while len(alive):
        alive = alive[alive + lag < len(obj)]
        alive = alive[
            (obj[alive + lag] == obj[alive]) & (time[alive + lag] - time[alive] <= reach[alive])
        ]
        after = alive + lag
        good = (account[after] != account[alive]) & (time[after] - time[alive] <= reach[after])
        lefts.append(alive[good])
        rights.append(after[good])
        lag += 1
    return np.concatenate(lefts), np.concatenate(rights)


def repeated(
    account: np.ndarray, post: np.ndarray, left: np.ndarray, right: np.ndarray, least: int
) -> np.ndarray:
    """By meeting: whether its pair of accounts meets in ``least`` different posts or more, of either account."""
    if not len(left):
        return np.zeros(0, dtype=bool)
    swap = account[left] > account[right]
    first, second = np.where(swap, right, left), np.where(swap, left, right)
    pair = account[first] * (int(account.max()) + 1) + account[second]
    enough = np.ones(len(pair), dtype=bool)
    for posts in (post[first], post[second]):
        order = order_by(pair, posts)
        start = np.diff(pair[order], prepend=-1) != 0
        new = start | (np.diff(posts[order].astype(np.int64), prepend=-1) != 0)
        group = np.cumsum(start) - 1
        enough[order] &= (np.bincount(group[new], minlength=group[-1] + 1) >= least)[group]
    return enough


def sorted_pairs(
    left: np.ndarray, right: np.ndarray, account: np.ndarray, time: np.ndarray, group: np.ndarray
) -> CoActs:
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
    order = order_by(a, b, group, apart, first, second)
    a, b, group = a[order], b[order], group[order]
    new = np.ones(len(a), dtype=bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1]) | (group[1:] != group[:-1])
    order = order[new]
    return CoActs(
        a[new].astype(np.uint32),
        b[new].astype(np.uint32),
        first[order],
        second[order],
        apart[order],
    )


def crowds(acts: Acts, window_ms: int, order: np.ndarray | None = None) -> np.ndarray:
    """By act: how many other accounts' acts on the same object stand within ``window_ms`` before or after.

    ``order`` is `by_key_and_time` of engagements, where it is known.
    """
    if not len(acts):
        return np.zeros(0, np.int64)
    others: np.ndarray = neighbours(acts.object, acts.time, window_ms) - neighbours(
        acts.engagement, acts.time, window_ms, order
    )
    return others


def neighbours(
    key: np.ndarray, time: np.ndarray, window_ms: int, order: np.ndarray | None = None
) -> np.ndarray:
    """By row: rows with the same key within the window, itself included; ``order`` is `by_key_and_time`, where it is known."""
    if order is None:
        order = by_key_and_time(key, time)
    key, time = key[order], time[order]
    # one line for all keys: silences longer than the window, and steps to the next key, shrink to just beyond it
    step = np.diff(time, prepend=time[:1])
    step[1:] = np.where(key[1:] == key[:-1], np.minimum(step[1:], window_ms + 1), window_ms + 1)
    line = np.cumsum(step)
    counts = np.searchsorted(line, line + window_ms, "right") - np.searchsorted(
        line, line - window_ms, "left"
    )
    out = np.empty(len(counts), dtype=np.int64)
    out[order] = counts
    return out


def by_key_and_time(key: np.ndarray, time: np.ndarray) -> np.ndarray:
    """What ``np.lexsort((time, key))`` gives, without sorting by time where rows of one key are in order of time already."""
    order = (
        np.arange(len(key))
        if not len(key) or (key[1:] >= key[:-1]).all()
        else np.argsort(key, kind="stable")
    )
    ordered, times = key[order], time[order]
    if ((times[1:] >= times[:-1]) | (ordered[1:] != ordered[:-1])).all():
        return order
    return np.lexsort((time, key))


def order_by(*columns: np.ndarray) -> np.ndarray:
    """The stable order of rows of whole numbers by the first column, then the next, and so on.

    As ``np.lexsort`` of the columns turned round; those that fit into 63 bits together are sorted as one.
    """
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    keys: list[np.ndarray] = []
    room = 0
    for column in columns:
        least = int(column.min())
        size = int(column.max()) - least + 1
        value = column.astype(np.int64) - least
        if keys and size <= room:
            keys[-1] = keys[-1] * size + value
            room //= size
        else:
            keys.append(value)
            room = (2**63 - 1) // size
    order: np.ndarray = (
        np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(keys[::-1])
    )
    return order
