"""The nearest neighbours of every vector among all others: exact where few, by cells where many.

Above `EXACT` rows, an inverted file (Jegou et al. 2011): rows are sorted into cells around
centroids (k-means of a sample by its first components), and a row is compared with the rows of
the cells nearest to it only: the work grows with n, not with n squared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

EXACT = 15_000
_ROWS_A_CELL = 400
_PROBES = 12
_LOOKED_AT = 4 * _PROBES
"""Cells around its own among which those that a row probes are chosen."""
_COMPONENTS = 64
_ITERATIONS = 4
_SAMPLE = 60_000
_BLOCK = 1_024
_MAXIMA_GROUP, _GROUPS_A_NEIGHBOUR = 16, 8
_NO_FLOOR = np.float32(-2)


def nearest_neighbours(vectors: Vectors, k: int, *, exact: int = EXACT) -> tuple[Rows, Vectors]:
    """The k nearest other rows of each row, and their cosines.

    Args:
        vectors: float32 (n, d), rows at length 1, the components with most variance first.
        k: neighbours wanted; fewer come back where there are fewer rows.
        exact: rows up to which every pair is compared.

    Returns:
        int64 (n, k) and float32 (n, k), nearest first, ties by row where every pair is compared.
        A missing neighbour is the row itself with cosine 0.
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
    cells, centroids = _cells(vectors)
    members = [np.flatnonzero(cells == cell) for cell in range(len(centroids))]
    around = _nearest_cells(centroids)
    for cell, own in enumerate(members):
        for start in range(0, len(own), _BLOCK):
            block = own[start : start + _BLOCK]
            others = around[cell][around[cell] != cell]
            likeness = _likeness(vectors[block, :_COMPONENTS], centroids[others])
            best = np.argsort(-likeness, axis=1, kind="stable")[:, : _PROBES - 1]
            _fill_from_cells(vectors, block, own, others[best], members, rows, cosines)
    return rows, cosines


def _fill(vectors: Vectors, block: Rows, pool: Rows, rows: Rows, cosines: Vectors) -> None:
    """Write the nearest of ``pool`` of each row of ``block``."""
    similarity = _similarity(vectors, block, pool)
    line, column, values = _from_floors(similarity, _floors(similarity, rows.shape[1]))
    _write(block, line, pool[column], values, rows, cosines)


def _fill_from_cells(
    vectors: Vectors,
    block: Rows,
    own: Rows,
    probes: Rows,
    members: list[Rows],
    rows: Rows,
    cosines: Vectors,
) -> None:
    """Write the nearest of each row of ``block``, all of one cell, in that cell and in others.

    Args:
        own: the rows of their cell.
        probes: int64 (block, p), the other cells that each row of the block probes.
        members: the rows of each cell.
    """
    similarity = _similarity(vectors, block, own)
    # what is below the k-th nearest of its own cell is not among the k nearest of all
    floors = _floors(similarity, rows.shape[1])
    line, column, values = _from_floors(similarity, floors)
    found = [(line, own[column], values)]
    asked = np.argsort(probes, axis=None, kind="stable")
    cells, starts = np.unique(probes.ravel()[asked], return_index=True)
    asking = np.split(asked // max(probes.shape[1], 1), starts[1:])
    for cell, lines in zip(cells.tolist(), asking, strict=False):
        pool = members[cell]
        similarity = vectors[block[lines]] @ vectors[pool].T
        line, column, values = _from_floors(similarity, floors[lines])
        found.append((lines[line], pool[column], values))
    line, row, values = (np.concatenate(part) for part in zip(*found, strict=True))
    _write(block, line, row, values, rows, cosines)


def _similarity(vectors: Vectors, block: Rows, pool: Rows) -> Vectors:
    """Cosines of a block with a pool that holds it; none of a row with itself."""
    similarity: Vectors = vectors[block] @ vectors[pool].T  # (block, pool)
    similarity[np.arange(len(block)), np.searchsorted(pool, block)] = -np.inf
    return similarity


def _floors(similarity: Vectors, k: int) -> Vectors:
    """A number that k of each line reach, and few more; below all where there are fewer."""
    lines, width = similarity.shape
    if width - 1 < k:
        return np.full(lines, _NO_FLOOR)
    # the k-th greatest of the maxima of groups is at most the k-th greatest of all
    size = min(_MAXIMA_GROUP, width // (_GROUPS_A_NEIGHBOUR * k))
    if size > 1:
        # a group is columns a stride apart: maxima over whole rows are faster than over 16 numbers
        groups = width // size
        similarity = similarity[:, : groups * size].reshape(lines, size, groups).max(axis=1)
    place = similarity.shape[1] - k
    floors: Vectors = np.partition(similarity, place, axis=1)[:, place]
    return floors


def _from_floors(similarity: Vectors, floors: Vectors) -> tuple[Rows, Rows, Vectors]:
    """Line, column and value of what reaches the floor of its line."""
    # of a flat array numpy finds what is true several times faster
    flat = np.flatnonzero((similarity >= floors[:, None]).ravel())
    line, column = np.divmod(flat, similarity.shape[1])
    return line, column, similarity.ravel()[flat]


def _write(
    block: Rows, line: Rows, row: Rows, values: Vectors, rows: Rows, cosines: Vectors
) -> None:
    """Write the greatest of each line, ties as they come."""
    # one key is sorted three times as fast as two: the bits of a float, read as a whole number,
    # rise with it, those of a negative one the other way round
    bits = values.view(np.int32)
    rising = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
    order = np.argsort((line << 33) - rising, kind="stable")
    line = line[order]
    place = np.arange(len(line)) - np.searchsorted(line, line)
    kept = place < rows.shape[1]
    line, place, order = block[line[kept]], place[kept], order[kept]
    rows[line, place] = row[order]
    cosines[line, place] = values[order]


def _cells(vectors: Vectors) -> tuple[Rows, Vectors]:
    """The cell of each row, and the cells' centroids by the leading components."""
    n = len(vectors)
    random = np.random.default_rng(1)
    sample = np.sort(random.choice(n, min(n, _SAMPLE), replace=False))
    projected = np.ascontiguousarray(vectors[:, :_COMPONENTS])
    count = max(2, n // _ROWS_A_CELL)
    seeds = np.sort(random.choice(sample, min(count, len(sample)), replace=False))
    centroids = projected[seeds]
    for _ in range(_ITERATIONS):
        cells = _nearest_centroid(projected[sample], centroids)
        sizes = np.bincount(cells, minlength=len(centroids))
        filled = sizes > 0
        sums = sums_by_group(projected[sample], cells, len(centroids))
        centroids[filled] = sums[filled] / sizes[filled, None]
    return _nearest_centroid(projected, centroids), centroids


def _nearest_cells(centroids: Vectors) -> Rows:
    """The cells around each cell, nearest first."""
    distances = _squared_distances(centroids)
    np.fill_diagonal(distances, -1.0)
    return np.argsort(distances, axis=1, kind="stable")[:, :_LOOKED_AT].astype(np.int64)


def sums_by_group(vectors: Vectors, groups: Rows, number: int) -> Vectors:
    """The sum of the rows of each group, float32 (number, d)."""
    ones = np.ones(len(groups), np.float32)
    places = (groups, np.arange(len(groups)))
    membership = sparse.csr_matrix((ones, places), shape=(number, len(groups)))
    return np.asarray(membership @ vectors, np.float32)


def _nearest_centroid(rows: Vectors, centroids: Vectors) -> Rows:
    """The nearest centroid of each row."""
    blocks = [
        np.argmax(_likeness(rows[start : start + 8_192], centroids), axis=1)
        for start in range(0, len(rows), 8_192)
    ]
    return np.concatenate(blocks).astype(np.int64)


def _likeness(rows: Vectors, centroids: Vectors) -> Vectors:
    """x.c - |c|^2 / 2, the greater the nearer."""
    likeness: Vectors = rows @ centroids.T - (centroids**2).sum(axis=1) / 2
    return likeness


def _squared_distances(centroids: Vectors) -> Vectors:
    """Of all pairs: |a|^2 + |b|^2 - 2 a.b, which needs less memory than the differences."""
    squares = (centroids**2).sum(axis=1)
    distances: Vectors = squares[:, None] + squares[None, :] - 2 * centroids @ centroids.T
    return distances
