"""The nearest neighbours of every vector among all others: exact where few, by cells where many.

Above `EXACT` rows, an inverted file (Jegou et al. 2011): rows are sorted into cells around
centroids (k-means on the leading components of a sample), and a row is compared with the rows of
its cell's nearest cells only: the work grows with n, not with n squared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

EXACT = 20_000
_ROWS_A_CELL = 400
_PROBES = 12
_COMPONENTS = 64
_ITERATIONS = 4
_SAMPLE = 60_000
_BLOCK = 1_024
_MAXIMA_GROUP = 16


def nearest_neighbours(vectors: Vectors, k: int, *, exact: int = EXACT) -> tuple[Rows, Vectors]:
    """The k nearest other rows of each row, and their cosines.

    Args:
        vectors: float32 (n, d), rows at length 1.
        k: neighbours wanted; fewer come back where there are fewer rows.
        exact: rows up to which every pair is compared.

    Returns:
        int64 (n, k) and float32 (n, k), nearest first, ties by row. A missing neighbour is the row
        itself with cosine 0.
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
    cells, probes = _cells(vectors)
    members = [np.flatnonzero(cells == cell) for cell in range(len(probes))]
    for cell, probed in enumerate(probes):
        pool = np.sort(np.concatenate([members[other] for other in probed]))
        for start in range(0, len(members[cell]), _BLOCK):
            block = members[cell][start : start + _BLOCK]
            _fill(vectors, block, pool, rows, cosines)
    return rows, cosines


def _fill(vectors: Vectors, block: Rows, pool: Rows, rows: Rows, cosines: Vectors) -> None:
    """Write the nearest of ``pool`` of each row of ``block``."""
    k = min(rows.shape[1], len(pool) - 1)
    if k <= 0:
        return
    similarity = vectors[block] @ vectors[pool].T  # (block, pool)
    similarity[np.arange(len(block)), np.searchsorted(pool, block)] = -np.inf
    # the k-th greatest of the maxima of groups is at most the k-th greatest of all: what is below
    # it need not be sorted
    groups = len(pool) // _MAXIMA_GROUP
    if groups > k:
        # a group is columns a stride apart: maxima over whole rows are faster than over 16 numbers
        grouped = similarity[:, : groups * _MAXIMA_GROUP].reshape(len(block), -1, groups)
        floor = np.partition(grouped.max(axis=1), groups - k, axis=1)[:, groups - k]
    else:
        floor = np.partition(similarity, len(pool) - k, axis=1)[:, len(pool) - k]
    line, column = np.nonzero(similarity >= floor[:, None])
    values = similarity[line, column]
    order = np.lexsort((column, -values, line))
    starts = np.searchsorted(line, np.arange(len(block)))
    best = order[(starts[:, None] + np.arange(k)[None, :])]
    rows[block, :k] = pool[column[best]]
    cosines[block, :k] = values[best]


def _cells(vectors: Vectors) -> tuple[Rows, Rows]:
    """The cell of each row, and the cells that each cell probes, nearest first."""
    n = len(vectors)
    random = np.random.default_rng(1)
    sample = np.sort(random.choice(n, min(n, _SAMPLE), replace=False))
    # principal components without centring: the vectors are centred already
    covariance = vectors[sample].T.astype(np.float64) @ vectors[sample]
    components = np.linalg.eigh(covariance)[1][:, ::-1][:, :_COMPONENTS].astype(np.float32)
    projected = vectors @ components
    count = max(2, n // _ROWS_A_CELL)
    seeds = np.sort(random.choice(sample, min(count, len(sample)), replace=False))
    centroids = projected[seeds]
    for _ in range(_ITERATIONS):
        cells = _nearest_centroid(projected[sample], centroids)
        sizes = np.bincount(cells, minlength=len(centroids))
        filled = sizes > 0
        sums = sums_by_group(projected[sample], cells, len(centroids))
        centroids[filled] = sums[filled] / sizes[filled, None]
    if len(centroids) <= 512:
        distances = ((centroids[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
    else:
        distances = _squared_distances(centroids)
    np.fill_diagonal(distances, -1.0)
    probes = np.argsort(distances, axis=1, kind="stable")[:, : min(_PROBES, len(centroids))]
    return _nearest_centroid(projected, centroids), probes.astype(np.int64)


def sums_by_group(vectors: Vectors, groups: Rows, number: int) -> Vectors:
    """The sum of the rows of each group, float32 (number, d)."""
    ones = np.ones(len(groups), np.float32)
    places = (groups, np.arange(len(groups)))
    membership = sparse.csr_matrix((ones, places), shape=(number, len(groups)))
    return np.asarray(membership @ vectors, np.float32)


def _nearest_centroid(rows: Vectors, centroids: Vectors) -> Rows:
    """The nearest centroid of each row: the one with the greatest x.c - |c|^2 / 2."""
    half = (centroids**2).sum(axis=1) / 2
    blocks = [
        np.argmax(rows[start : start + 8_192] @ centroids.T - half, axis=1)
        for start in range(0, len(rows), 8_192)
    ]
    return np.concatenate(blocks).astype(np.int64)


def _squared_distances(centroids: Vectors) -> Vectors:
    """Of all pairs: |a|^2 + |b|^2 - 2 a.b, which needs less memory than the differences."""
    squares = (centroids**2).sum(axis=1)
    distances: Vectors = squares[:, None] + squares[None, :] - 2 * centroids @ centroids.T
    return distances
