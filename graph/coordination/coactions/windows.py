"""Rows near each other in time: how they are ordered, how far apart they are, which are near.

Rows have a key (the object that is acted on) and a time. Sorted by both, the rows near a row are
one slice, found by binary search; so the work is n log n plus the number of matches. The test of
coordination (`graph.coordination.coactions.find`) and the library's pairs
(`graph.coordination.library.pairs`) both stand on these functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

CHUNK = 2_000_000
"""Matches expanded at once: about 100 MB of index arrays."""


def timeline(key: Ints, time: Ints, window: int) -> Ints:
    """Positions on one line for rows of all keys, sorted by key and time.

    Two rows are at most ``window`` apart on the line exactly if they have one key and are at most
    ``window`` apart in time: silences longer than that, and steps to the next key, shrink to just
    beyond it. So the line stays short enough for 63 bits whatever the times are.
    """
    line = np.zeros(len(key), dtype=np.int64)
    step = np.minimum(np.diff(time), window + 1)
    step[key[1:] != key[:-1]] = window + 1
    np.cumsum(step, out=line[1:])
    return line


def expand_slices(
    begin: Ints, end: Ints, *, chunk: int = CHUNK
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """All (i, j, first) with j in the slice ``begin[i]`` to ``end[i]``, in chunks.

    ``i`` rises, and ``first`` is the beginning of its slice. A chunk holds about ``chunk`` rows,
    and always whole slices.
    """
    sizes = end - begin
    total = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        done = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, done + chunk, "right")))
        here = sizes[start:stop]
        i = np.repeat(np.arange(start, stop), here)
        # 0, 1, 2... inside each slice: the position in the chunk less that of the slice's first row
        offset = np.arange(len(i)) - np.repeat(np.cumsum(here) - here, here)
        first = begin[i]
        yield i, first + offset, first
        start = stop


def count_within(key: Ints, time: Ints, window_ms: int, order: Ints | None = None) -> Ints:
    """By row: rows with the same key within the window, before or after, itself included.

    ``order`` is `argsort_key_time`, where it is known.
    """
    if order is None:
        order = argsort_key_time(key, time)
    line = timeline(key[order], time[order], window_ms)
    end = np.searchsorted(line, line + window_ms, "right")
    # near is near from both sides: before a row's slice begin the rows whose own slice has ended
    begin = np.cumsum(np.bincount(end, minlength=len(line) + 1)[: len(line)])
    by_row = np.empty(len(line), dtype=np.int64)
    by_row[order] = end - begin
    return by_row


def argsort_key_time(key: Ints, time: Ints) -> Ints:
    """What ``np.lexsort((time, key))`` gives.

    It does not sort by time where rows of one key are in order of time already.
    """
    rising = not len(key) or bool((key[1:] >= key[:-1]).all())
    order = np.arange(len(key)) if rising else np.argsort(key, kind="stable")
    ordered, times = key[order], time[order]
    if ((times[1:] >= times[:-1]) | (ordered[1:] != ordered[:-1])).all():
        return order
    return np.lexsort((time, key))


def argsort_rows(*columns: Ints) -> Ints:
    """The stable order of rows of whole numbers by the first column, then the next, and so on.

    As ``np.lexsort`` of the columns turned round. Columns that fit into 63 bits together are packed
    into one number: one key sorts several times faster than three.
    """
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    keys: list[Ints] = []
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
    if len(keys) == 1:
        return np.argsort(keys[0], kind="stable")
    return np.lexsort(keys[::-1])


def first_rows(code: Ints) -> Ints:
    """By code, of which none up to the highest is missing, the position of its first row."""
    first = np.empty(int(code.max(initial=-1)) + 1, np.int64)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    return first


def sizes_of_runs(first: Flags) -> Ints:
    """The number of rows of each run, from `first_of_run`."""
    return np.diff(np.append(np.flatnonzero(first), len(first)))


def first_of_run(*columns: np.ndarray) -> Flags:
    """By row of sorted columns: whether it differs from the row before."""
    first = np.ones(len(columns[0]), dtype=np.bool_)
    if len(first):
        first[1:] = False
        for column in columns:
            first[1:] |= column[1:] != column[:-1]
    return first
