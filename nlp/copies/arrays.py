"""Operations on integer arrays that candidates, upper bounds and joins share."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
"""(n, 2), hashes of texts by which they are known again in another run."""
Integer = TypeVar("Integer", bound=np.integer)


def sorted_unique(values: NDArray[Integer]) -> NDArray[Integer]:
    """The different values in order.

    `np.unique` hashes them, which takes many times as long for millions.
    """
    values = np.sort(values)
    first = np.ones(len(values), bool)
    first[1:] = values[1:] != values[:-1]
    return values[first]


def runs(values: Ints) -> tuple[Ints, Ints]:
    """Starts and lengths of the runs of equal values."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return starts, np.diff(np.append(starts, len(values)))


def position_in_run(values: Ints) -> Ints:
    """For each value how many equal ones stand right before it."""
    starts, lengths = runs(values)
    return np.arange(len(values)) - np.repeat(starts, lengths)


def concatenated_ranges(starts: Ints, lengths: Ints) -> Ints:
    """The numbers ``start, start + 1, ...`` of each range, one range after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(total)


def component_labels(size: int, a: Ints, b: Ints) -> Ints:
    """(size,): the least member of the component of each item, by links between items (n,).

    What `nlp.copies.connected_components.UnionFind` finds, of many links five times as fast.
    """
    labels = np.arange(size)
    while True:
        least = np.minimum(labels[a], labels[b])
        lower = labels.copy()
        np.minimum.at(lower, labels[a], least)
        np.minimum.at(lower, labels[b], least)
        while not np.array_equal(further := lower[lower], lower):
            lower = further
        if np.array_equal(lower, labels):
            return labels
        labels = lower


def rows_before(keys: Keys, before: Keys) -> Ints:
    """(n,): where each text was before, -1 where it was not."""
    row_of = {key.tobytes(): row for row, key in enumerate(before)}
    return np.fromiter((row_of.get(key.tobytes(), -1) for key in keys), np.int64, len(keys))
