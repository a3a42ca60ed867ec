"""Acts on one object within a time window of each other: a sorted columnar join in numpy.

An *act* is a row: an account did something with an object at a time (reposted it, wrote that text,
posted that link). Two acts *meet* when their object is the same, their accounts differ and their
times lie at most ``window`` apart. Rows are sorted once by (object, time); all partners of a row are
then one slice, so the work is n log n plus the number of meetings, which are expanded in chunks of
bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

CHUNK = 2_000_000
"""Meetings expanded at once: about 100 MB of index arrays."""


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts sorted by (object, time, account): parallel int64 arrays.

    ``row`` is the place of the act in what was given, ``place`` a position on one line where two acts
    are at most ``window`` apart exactly if they are of one object and at most ``window`` apart in time.
    """

    row: Ints
    object: Ints
    account: Ints
    time: Ints
    place: Ints
    window: int

    def __len__(self) -> int:
        return len(self.row)

    def take(self, keep: Flags) -> Acts:
        """The acts that ``keep`` flags, in the same order."""
        return Acts(
            self.row[keep],
            self.object[keep],
            self.account[keep],
            self.time[keep],
            self.place[keep],
            self.window,
        )


def arrange(objects: Ints, accounts: Ints, times: Ints, window: int) -> Acts:
    """Sort acts, and leave out those that meet nobody.

    Args:
        objects, accounts, times: (n,) codes, codes and integer times in one unit.
        window: largest distance in time, same unit, inclusive.
    """
    order = _order(objects, times, accounts)
    sorted_objects, sorted_times = objects[order], times[order]
    # Gaps are clipped just above the window and objects are set that far apart: no distance that
    # matters changes, and the line stays short enough for int64 whatever the times are.
    gaps = np.minimum(np.diff(sorted_times), window + 1)
    gaps[np.diff(sorted_objects) != 0] = window + 1
    place = np.zeros(len(order), dtype=np.int64)
    np.cumsum(gaps, out=place[1:])
    acts = Acts(order, sorted_objects, accounts[order], sorted_times, place, window)
    return acts.take(_has_company(acts))


def meetings(left: Acts, right: Acts, *, chunk: int = CHUNK) -> Iterator[tuple[Ints, Ints, Ints]]:
    """All (i, j, first) with left act i and right act j of different accounts that meet, in chunks.

    ``i`` rises; ``first`` is the index in ``right`` where the slice of i's partners begins.
    """
    begin, end = _slices(left, right)
    sizes = end - begin
    total = np.cumsum(sizes)
    start = 0
    while start < len(left):
        done = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, done + chunk, "right")))
        here = sizes[start:stop]
        i = np.repeat(np.arange(start, stop), here)
        offset = np.arange(len(i)) - np.repeat(np.cumsum(here) - here, here)
        first = begin[i]
        j = first + offset
        other = left.account[i] != right.account[j]
        yield i[other], j[other], first[other]
        start = stop


def previous(acts: Acts) -> Ints:
    """For each act the index of the act before it of the same account on the same object, or -1."""
    order = np.lexsort((acts.account, acts.object))
    same = (np.diff(acts.object[order]) == 0) & (np.diff(acts.account[order]) == 0)
    before = np.full(len(acts), -1, dtype=np.int64)
    before[order[1:][same]] = order[:-1][same]
    return before


def repeated(acts: Acts) -> Flags:
    """Whether the account of each act has another act on the same object."""
    before = previous(acts)
    flags = before >= 0
    flags[before[flags]] = True
    return flags


def _order(objects: Ints, times: Ints, accounts: Ints) -> Ints:
    """Rows by (object, time, account), as they came where all are equal."""
    if not len(objects):
        return np.zeros(0, dtype=np.int64)
    start = times.min()
    spans = int(times.max() - start) + 1, int(accounts.max()) + 1
    if (int(objects.max()) + 1) * spans[0] * spans[
        1
    ] < 2**63:  # one key sorts several times faster than three
        return np.argsort(
            (objects * spans[0] + (times - start)) * spans[1] + accounts, kind="stable"
        )
    return np.lexsort((accounts, times, objects))


def _slices(left: Acts, right: Acts) -> tuple[Ints, Ints]:
    begin = np.searchsorted(right.place, left.place - left.window, "left")
    return begin, np.searchsorted(right.place, left.place + left.window, "right")


def _has_company(acts: Acts) -> Flags:
    """Whether another account's act lies in each act's window."""
    begin, end = _slices(acts, acts)
    # within a slice all acts are of one account exactly if the run of equal accounts spans it
    change = np.zeros(len(acts), dtype=np.int64)
    change[1:] = np.cumsum((np.diff(acts.account) != 0) | (np.diff(acts.object) != 0))
    return (
        change[begin] != change[np.maximum(end - 1, 0)]
        if len(acts)
        else np.zeros(0, dtype=np.bool_)
    )
