"""Co-actions: two accounts acting on one object within a window, found by a sorted join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.windows import (
    Flags,
    Ints,
    argsort_rows,
    count_within,
    expand_slices,
    first_of_run,
    timeline,
)

CROWD_CAP = 200
"""Other acts on one object within one window from which it is a crowd.

Two accounts of a crowd have nothing to do with each other there."""
LEAST_CAP = 10
"""The cap is not lowered further than to about this, whatever memory that takes."""
MAX_MATCHES = 15_000_000
"""Matches of two acts held in memory at once (about 16 bytes each, three times over)."""


@dataclass(frozen=True)
class CoActions:
    """One row a pair of accounts and burst, at their nearest moment; sorted by (a, b, burst).

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

    def take(self, keep: np.ndarray) -> CoActions:
        """The rows that ``keep`` flags or lists, in that order."""
        columns = (self.a, self.b, self.first, self.second, self.apart)
        return CoActions(*(column[keep] for column in columns))


def find_coactions(
    acts: Acts,
    windows_ms: Sequence[int],
    longest_ms: np.ndarray,
    *,
    eligible: np.ndarray,
    others: Sequence[np.ndarray] | None = None,
    most: int = MAX_MATCHES,
    reach: Ints | None = None,
) -> CoActions:
    """Co-actions of eligible accounts that co-act twice or more, in different posts.

    Once says nothing of a pair. Where more than `CROWD_CAP` others act on the object within a
    window of an act, that window is not looked at.

    Args:
        acts: the acts, sorted.
        windows_ms: windows, ascending.
        longest_ms: by signal number, the longest window.
        eligible: by account; co-actions of others are left out (they still count as crowd).
        others: `count_others` by window, where they are known.
        most: matches to hold in memory; where there would be more, smaller crowds are left out,
            too.
        reach: `reach_of_acts`, where it is known.
    """
    keep = np.flatnonzero(eligible[acts.account])
    obj, time, account = acts.object[keep], acts.time[keep], acts.account[keep].astype(np.int64)
    if others is None:
        others = [count_others(acts, window) for window in windows_ms]
    if reach is None:
        reach, _ = reach_of_acts(acts, windows_ms, longest_ms, others, most)
    left, right = match_within_reach(obj, time, account, reach[keep])
    again = match_in_several_posts(account, acts.post[keep], left, right, 2)
    left, right = left[again], right[again]
    nearest = nearest_in_group(left, right, account, time, acts.burst[keep][left])
    return CoActions(nearest.a, nearest.b, keep[nearest.first], keep[nearest.second], nearest.apart)


def reach_of_acts(
    acts: Acts,
    windows_ms: Sequence[int],
    longest_ms: np.ndarray,
    others: Sequence[np.ndarray],
    most: int = MAX_MATCHES,
) -> tuple[Ints, int]:
    """By act, the longest window (ms) in which no crowd acts on its object; -1 where all do.

    With how many others make a crowd: `CROWD_CAP`, or fewer where memory asks for it.
    """
    cap = CROWD_CAP
    while True:
        reach = np.full(len(acts), -1, dtype=np.int64)
        matches = np.zeros(len(acts), dtype=np.int64)
        for window, near in zip(windows_ms, others, strict=True):
            fits = (near <= cap) & (window <= longest_ms[acts.signal])
            reach[fits], matches[fits] = window, near[fits]
        if matches.sum() <= 2 * most or cap <= LEAST_CAP:
            return reach, cap
        cap //= 2


def match_within_reach(
    obj: Ints, time: Ints, account: Ints, reach: Ints
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (left, right) of all pairs of acts on one object within the reach of both.

    Acts are sorted by object and time; those of one account do not match.
    """
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    line = timeline(obj, time, int(reach.max(initial=0)))
    after = np.arange(1, len(line) + 1)
    end = np.maximum(after, np.searchsorted(line, line + reach, "right"))
    for left, right, _ in expand_slices(after, end):
        mutual = (account[left] != account[right]) & (line[right] - line[left] <= reach[right])
        lefts.append(left[mutual])
        rights.append(right[mutual])
    return np.concatenate(lefts), np.concatenate(rights)


def match_in_several_posts(
    account: np.ndarray, post: np.ndarray, left: np.ndarray, right: np.ndarray, least: int
) -> Flags:
    """By match: whether its two accounts match in ``least`` different posts or more, each."""
    if not len(left):
        return np.zeros(0, dtype=np.bool_)
    swap = account[left] > account[right]
    first, second = np.where(swap, right, left), np.where(swap, left, right)
    pair = account[first] * (int(account.max()) + 1) + account[second]
    enough = np.ones(len(pair), dtype=np.bool_)
    for posts in (post[first], post[second]):
        # sorted by pair and post, the runs of a pair are counted: its different posts
        order = argsort_rows(pair, posts)
        run = first_of_run(pair[order], posts[order])
        number = np.cumsum(first_of_run(pair[order])) - 1
        different = np.bincount(number[run], minlength=number[-1] + 1)
        enough[order] &= (different >= least)[number]
    return enough


def nearest_in_group(
    left: np.ndarray, right: np.ndarray, account: np.ndarray, time: np.ndarray, group: np.ndarray
) -> CoActions:
    """Matches as co-actions, one a pair and group: the nearest, then the earliest.

    Args:
        left, right: positions in ``account`` and ``time``, left not after right.
        account: by position.
        time: by position, ms.
        group: by match: the burst, or the hour.

    Returns:
        Sorted by (a, b, group); ``first`` and ``second`` are positions.
    """
    apart = time[right] - time[left]
    swap = account[left] > account[right]
    first, second = np.where(swap, right, left), np.where(swap, left, right)
    a, b = account[first], account[second]
    order = argsort_rows(a, b, group, apart, first, second)
    order = order[first_of_run(a[order], b[order], group[order])]
    return CoActions(
        a[order].astype(np.uint32),
        b[order].astype(np.uint32),
        first[order],
        second[order],
        apart[order],
    )


def count_others(acts: Acts, window_ms: int, order: np.ndarray | None = None) -> Ints:
    """By act: how many other accounts' acts on the same object are within ``window_ms`` of it.

    ``order`` is `argsort_key_time` of engagements, where it is known.
    """
    if not len(acts):
        return np.zeros(0, np.int64)
    everybody = count_within(acts.object, acts.time, window_ms)
    return everybody - count_within(acts.engagement, acts.time, window_ms, order)
