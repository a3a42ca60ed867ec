"""The nearest neighbours of every vector among all others: exact where few, by cells where many.

Above `EXACT` rows, rows are sorted into cells around centres (k-means on the leading components of a sample)
and a row is compared with the rows of its cell's nearest cells only: the work grows with n, not with n squared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

EXACT = 20_000
_CELL = 400
_CELLS_ASKED = 12
_COMPONENTS = 64
_ROUNDS = 4
_SAMPLE = 60_000
_BLOCK = 1_024
_GROUP = 16


def nearest(vectors: Vectors, k: int, *, exact: int = EXACT) -> tuple[Rows, Vectors]:
    """The k nearest other rows of each row, and their cosines.

    Args:
        vectors: float32 (n, d), rows at length 1.
        k: neighbours wanted; fewer come back where there are fewer rows.
        exact: rows up to which every pair is compared.

    Returns:
        int64 (n, k) and float32 (n, k), nearest first, ties by row. A missing neighbour is the row itself with cosine 0.
    """
    n = len(vectors)
    k = max(0, min(k, n - 1))
    rows = np.repeat(np.arange(n, dtype=np.int64)[:, None], k, axis=1)
    cosines = np.zeros((n, k), np.float32)
    if k == 0:
        return rows, cosines
    if n <= exact:
        everyone = np.arange(n, dtype=np.int64)
        for start in range(0, n, _BLOCK):
            _fill(vectors, everyone[start : start + _BLOCK], everyone, rows, cosines)
        return rows, cosines
    cells, around = _cells(vectors)
    members = [np.flatnonzero(cells == cell) for cell in range(len(around))]
    for cell, asked in enumerate(around):
        pool = np.sort(np.concatenate([members[other] for other in asked]))
        for start in range(0, len(members[cell]), _BLOCK):
            _fill(vectors, members[cell][start : start + _BLOCK], pool, rows, cosines)
    return rows, cosines


def _fill(vectors: Vectors, block: Rows, pool: Rows, rows: Rows, cosines: Vectors) -> None:
    """Write the nearest of ``pool`` of each row of ``block``."""
    k = min(rows.shape[1], len(pool) - 1)
    if k <= 0:
        return
    found = vectors[block] @ vectors[pool].T
    found[np.arange(len(block)), np.searchsorted(pool, block)] = -np.inf
    # the k-th greatest of the maxima of groups is at most the k-th greatest: what is below it need not be sorted
    groups = len(pool) // _GROUP
    if groups > k:
        maxima = found[:, : groups * _GROUP].reshape(len(block), groups, _GROUP).max(axis=2)
        floor = np.partition(maxima, groups - k, axis=1)[:, groups - k]
    else:
        floor = np.partition(found, len(pool) - k, axis=1)[:, len(pool) - k]
    line, column = np.nonzero(found >= floor[:, None])
    values = found[line, column]
    order = np.lexsort((column, -values, line))
    starts = np.searchsorted(line, np.arange(len(block)))
    best = order[(starts[:, None] + np.arange(k)[None, :])]
    rows[block, :k] = pool[column[best]]
    cosines[block, :k] = values[best]


def _cells(vectors: Vectors) -> tuple[Rows, Rows]:
    """The cell of each row, and the cells that each cell asks, nearest first."""
    n = len(vectors)
    random = np.random.default_rng(1)
    sample = np.sort(random.choice(n, min(n, _SAMPLE), replace=False))
    leading = np.linalg.eigh(vectors[sample].T.astype(np.float64) @ vectors[sample])[1][:, ::-1][
        :, :_COMPONENTS
    ].astype(np.float32)
    short = vectors @ leading
    count = max(2, n // _CELL)
    centres = short[np.sort(random.choice(sample, min(count, len(sample)), replace=False))]
    for _ in range(_ROUNDS):
        cells = _assigned(short[sample], centres)
        sizes = np.bincount(cells, minlength=len(centres))
        filled = sizes > 0
        centres[filled] = sums_by(short[sample], cells, len(centres))[filled] / sizes[filled, None]
    asked = min(_CELLS_ASKED, len(centres))
    distances = (
        ((centres[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        if len(centres) <= 512
        else _far(centres)
    )
    np.fill_diagonal(distances, -1.0)
    return _assigned(short, centres), np.argsort(distances, axis=1, kind="stable")[
        :, :asked
    ].astype(np.int64)


def sums_by(vectors: Vectors, groups: Rows, number: int) -> Vectors:
    """The sum of the rows of each group."""
    members = sparse.csr_matrix(
        (np.ones(len(groups), np.float32), (groups, np.arange(len(groups)))),
        shape=(number, len(groups)),
    )
    return np.asarray(members @ vectors, np.float32)


def _assigned(rows: Vectors, centres: Vectors) -> Rows:
    """The nearest centre of each row."""
    half = (centres**2).sum(axis=1) / 2
    parts = [
        np.argmax(rows[start : start + 8_192] @ centres.T - half, axis=1)
        for start in range(0, len(rows), 8_192)
    ]
    return np.concatenate(parts).astype(np.int64)


def _far(centres: Vectors) -> Vectors:
    """Squared distances of all pairs of centres."""
    squares = (centres**2).sum(axis=1)
    found: Vectors = squares[:, None] + squares[None, :] - 2 * centres @ centres.T
    return found
