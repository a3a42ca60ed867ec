"""The nearest neighbours of every vector among all others: exact where few, by cells where many.

Pairs are compared by bytes (`byte_products`), and those that may be near again as they are. Above
`EXACT` rows, an inverted file (Jegou et al. 2011): rows are sorted into cells
around centroids (k-means of a sample by its first components), and a row is compared with the rows
of the cells nearest to it only: the work grows with n, not with n squared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.narratives.vectors.byte_products import LARGEST, ByteProducts, Integers

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

EXACT = 10_000
_SPARE = 4
"""Rows that are compared again beyond those wanted: bytes err by two thousandths of a cosine."""
_ROWS_A_CELL = 400
_PROBES = 20
_LOOKED_AT = 4 * _PROBES
"""Cells around its own among which those that a row probes are chosen."""
_COMPONENTS = 64
_ITERATIONS = 4
_SAMPLE = 60_000
_BLOCK, _TILE, _ASKING = 256, 4_096, 2_048
"""Rows that ask and rows that are asked at a time: their products fit into a processor's cache."""
_MAXIMA_GROUP, _GROUPS_A_NEIGHBOUR = 64, 3
_LEAST = np.iinfo(np.int32).min
_ROW_BITS, _SCORE_BITS = 24, 16
"""Bits of a row (of 16 million at most) and of a product in the one number that stands for a pair;
the last bits of a product are left out, as they are within its error."""
_MAX_PAIRS = 16_000_000
"""Pairs from which only the best of each row are kept."""


def nearest_neighbours(vectors: Vectors, k: int, *, exact: int = EXACT) -> tuple[Rows, Vectors]:
    """The k nearest other rows of each row, and their cosines.

    Args:
        vectors: float32 (n, d), rows at length 1, the components with most variance first.
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
    products, best = ByteProducts(vectors), _Best(n, min(k + _SPARE, n - 1), vectors.shape[1])
    if n <= exact:
        _compare_all(products, best)
    else:
        _compare_cells(vectors, products, best)
    near = best.rows()
    for start in range(0, n, _BLOCK):
        block = np.arange(start, min(start + _BLOCK, n))
        rows[block], cosines[block] = _compare_again(vectors, block, near[block], k)
    return rows, cosines


class _Best:
    """Pairs of rows that may be near to each other, of which the k with the greatest products are
    kept for each row.
    """

    def __init__(self, n: int, k: int, d: int) -> None:
        self.n, self.k = n, k
        self._left_out = max(0, (LARGEST * d).bit_length() + 1 - _SCORE_BITS)
        self._pairs: list[NDArray[np.uint64]] = []
        self._count = 0

    def add(self, rows: Rows, others: Rows, scores: Integers) -> None:
        """Pairs with their products."""
        # one number a pair: those are sorted many times as fast as their places
        falling = (2 ** (_SCORE_BITS - 1) - 1) - (scores.astype(np.int64) >> self._left_out)
        pairs = (rows << (_ROW_BITS + _SCORE_BITS)) | (falling << _ROW_BITS) | others
        self._pairs.append(pairs.view(np.uint64))
        self._count += len(pairs)
        if self._count > _MAX_PAIRS + self.k * self.n:
            self._pairs = [self._kept()[0]]
            self._count = len(self._pairs[0])

    def rows(self) -> Rows:
        """int64 (n, k), the greatest product first, ties by row; the row itself where none is."""
        pairs, rows, places = self._kept()
        near = np.repeat(np.arange(self.n)[:, None], self.k, axis=1)
        near[rows, places] = pairs & np.uint64(2**_ROW_BITS - 1)
        return near

    def _kept(self) -> tuple[NDArray[np.uint64], Rows, Rows]:
        pairs = np.concatenate(self._pairs)
        pairs.sort()
        rows = (pairs >> np.uint64(_ROW_BITS + _SCORE_BITS)).astype(np.int64)
        starts = np.searchsorted(rows, np.arange(self.n))
        places = np.arange(len(rows)) - starts[rows]
        kept = places < self.k
        return pairs[kept], rows[kept], places[kept]


def _compare_all(products: ByteProducts, best: _Best) -> None:
    """Every row with every other."""
    n, k = best.n, best.k
    tiles = [(start, products.offered(slice(start, start + _TILE))) for start in range(0, n, _TILE)]
    for start in range(0, n, _BLOCK):
        block = np.arange(start, min(start + _BLOCK, n))
        asking = products.asking[start : start + _BLOCK]
        maxima = np.zeros((len(block), 0), np.int32)
        for first, tile in tiles:
            scores = products.multiply(asking, tile)
            _leave_itself_out(scores, block - first)
            # the k-th greatest of the maxima of groups is at most the k-th greatest of all
            maxima = np.hstack([maxima, _maxima(scores, k)])
            line, column, values = _from_floors(scores, _floors(maxima, k))
            best.add(start + line, first + column, values)


def _compare_cells(vectors: Vectors, products: ByteProducts, best: _Best) -> None:
    """Every row with those of its own cell, then with those of the cells that it probes."""
    cells, centroids = _cells(vectors)
    members = [np.flatnonzero(cells == cell) for cell in range(len(centroids))]
    floors = np.full(best.n, _LEAST + 1, np.int32)
    filled = [cell for cell, own in enumerate(members) if len(own)]
    for cell in filled:
        own = members[cell]
        tile = products.offered(own)
        for start in range(0, len(own), _ASKING):
            block = own[start : start + _ASKING]
            scores = products.multiply(products.asking[block], tile)
            _leave_itself_out(scores, np.searchsorted(own, block))
            # what is below the k-th nearest of its own cell is not among the k nearest of all
            floors[block] = _floors(_maxima(scores, best.k), best.k)
            line, column, values = _from_floors(scores, floors[block])
            best.add(block[line], own[column], values)
    probes = _probed(vectors, centroids, members)
    order = np.argsort(probes, axis=None, kind="stable")
    starts = np.searchsorted(probes.ravel()[order], np.arange(len(members) + 1))
    for cell in filled:
        own = members[cell]
        asking = order[starts[cell] : starts[cell + 1]] // probes.shape[1]
        tile = products.offered(own)
        for start in range(0, len(asking), _ASKING):
            block = asking[start : start + _ASKING]
            scores = products.multiply(products.asking[block], tile)
            line, column, values = _from_floors(scores, floors[block])
            best.add(block[line], own[column], values)


def _probed(vectors: Vectors, centroids: Vectors, members: list[Rows]) -> NDArray[np.int32]:
    """The cells that each row is compared with beside its own, int32 (n, p)."""
    around = _nearest_cells(centroids)
    number = min(_PROBES, around.shape[1]) - 1
    probes = np.empty((len(vectors), number), np.int32)
    for cell, own in enumerate(members):
        others = around[cell][around[cell] != cell]
        likeness = _likeness(vectors[own, :_COMPONENTS], centroids[others])
        probes[own] = others[np.argsort(-likeness, axis=1, kind="stable")[:, :number]]
    return probes


def _leave_itself_out(scores: Integers, columns: Rows) -> None:
    """Make the product of each line with itself the least."""
    inside = np.flatnonzero((columns >= 0) & (columns < scores.shape[1]))
    scores[inside, columns[inside]] = _LEAST


def _maxima(scores: Integers, k: int) -> Integers:
    """The maxima of groups of columns, of more than k groups where there are as many columns."""
    lines, width = scores.shape
    size = min(_MAXIMA_GROUP, width // (_GROUPS_A_NEIGHBOUR * k))
    if size < 2:
        return scores
    # a group is columns a stride apart: maxima over whole rows are faster than over 64 numbers
    groups = width // size
    maxima: Integers = scores[:, : groups * size].reshape(lines, size, groups).max(axis=1)
    return maxima


def _floors(maxima: Integers, k: int) -> Integers:
    """A number that k of each line reach, and few more; below all where there are fewer."""
    lines, width = maxima.shape
    if width < k:
        return np.full(lines, _LEAST + 1, np.int32)
    floors: Integers = np.partition(maxima, width - k, axis=1)[:, width - k]
    return np.maximum(floors, _LEAST + 1)


def _from_floors(scores: Integers, floors: Integers) -> tuple[Rows, Rows, Integers]:
    """Line, column and value of what reaches the floor of its line."""
    # of a flat array numpy finds what is true several times faster
    flat = np.flatnonzero((scores >= floors[:, None]).ravel())
    line, column = np.divmod(flat, scores.shape[1])
    return line, column, scores.ravel()[flat]


def _compare_again(vectors: Vectors, block: Rows, near: Rows, k: int) -> tuple[Rows, Vectors]:
    """The k nearest of some rows for each row of a block, and their cosines."""
    cosines = np.matmul(vectors[near], vectors[block, :, None])[:, :, 0]
    itself = near == block[:, None]
    order = np.lexsort((near, -np.where(itself, -2, cosines)))[:, :k]
    rows = np.take_along_axis(near, order, axis=1)
    found = np.take_along_axis(np.where(itself, np.float32(0), cosines), order, axis=1)
    return rows, found


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
