"""Acts of one signal, and which of them co-occur within one time window.

An *act* is a row: an account did something with an object at a time (reposted it, wrote that text,
posted that link). Two acts *co-occur* when their object is the same, their accounts differ and
their times lie at most ``window`` apart. Ordering and expansion are those of
`graph.coordination.coactions.windows`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions.windows import (
    CHUNK,
    Flags,
    Ints,
    argsort_rows,
    expand_slices,
    timeline,
)


@dataclass(frozen=True, slots=True)
class TimedActs:
    """Acts sorted by (object, time, account): parallel int64 arrays.

    ``row`` is the place of the act in what was given, ``place`` its position on a
    `graph.coordination.coactions.windows.timeline` of ``window``.
    """

    row: Ints
    object: Ints
    account: Ints
    time: Ints
    place: Ints
    window: int

    def __len__(self) -> int:
        return len(self.row)

    def take(self, keep: Flags) -> TimedActs:
        """The acts that ``keep`` flags, in the same order."""
        return TimedActs(
            self.row[keep],
            self.object[keep],
            self.account[keep],
            self.time[keep],
            self.place[keep],
            self.window,
        )


def sort_acts(objects: Ints, accounts: Ints, times: Ints, window: int) -> TimedActs:
    """Sort acts, and leave out those that co-occur with none.

    Args:
        objects, accounts, times: (n,) codes, codes and integer times in one unit.
        window: largest distance in time, same unit, inclusive.
    """
    order = argsort_rows(objects, times, accounts)
    objects, times = objects[order], times[order]
    place = timeline(objects, times, window)
    acts = TimedActs(order, objects, accounts[order], times, place, window)
    return acts.take(_has_company(acts))


def co_occurrences(
    left: TimedActs, right: TimedActs, *, chunk: int = CHUNK
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """All (i, j, first) with left act i and right act j that co-occur, in chunks.

    ``i`` rises; ``first`` is the index in ``right`` where the slice of i's partners begins.
    """
    for i, j, first in expand_slices(*_slices(left, right), chunk=chunk):
        other = left.account[i] != right.account[j]
        yield i[other], j[other], first[other]


def previous_by_account(acts: TimedActs) -> Ints:
    """For each act the index of the act before it of the same account on the same object, or -1."""
    order = argsort_rows(acts.object, acts.account)
    same = (np.diff(acts.object[order]) == 0) & (np.diff(acts.account[order]) == 0)
    previous = np.full(len(acts), -1, dtype=np.int64)
    previous[order[1:][same]] = order[:-1][same]
    return previous


def is_repeated(acts: TimedActs) -> Flags:
    """Whether the account of each act has another act on the same object."""
    previous = previous_by_account(acts)
    repeated = previous >= 0
    repeated[previous[repeated]] = True
    return repeated


def _slices(left: TimedActs, right: TimedActs) -> tuple[Ints, Ints]:
    """For each left act, where in ``right`` the acts within its window begin and end."""
    begin = np.searchsorted(right.place, left.place - left.window, "left")
    return begin, np.searchsorted(right.place, left.place + left.window, "right")


def _has_company(acts: TimedActs) -> Flags:
    """Whether another account's act lies in each act's window."""
    if not len(acts):
        return np.zeros(0, dtype=np.bool_)
    begin, end = _slices(acts, acts)
    # runs of one account on one object are numbered: within a slice all acts are of one account
    # exactly if the slice begins and ends in one run
    run = np.zeros(len(acts), dtype=np.int64)
    run[1:] = np.cumsum((np.diff(acts.account) != 0) | (np.diff(acts.object) != 0))
    company: Flags = run[begin] != run[np.maximum(end - 1, 0)]
    return company
