"""Pairs of texts whose sentence vectors are near enough: a similarity join by thresholds.

All with all up to `EXACT_LIMIT` texts. Beyond, texts are put into the `CELLS_PER_TEXT` nearest of
many cells of about `CELL_SIZE` texts (an inverted file with spilling), and pairs are sought inside
each cell: work grows with the number of texts, not with its square.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nlp.copies.arrays import Ints, position_in_run, sorted_unique
from nlp.copies.semantic.density import Floats

EXACT_LIMIT = 50_000
CELL_SIZE = 2_000
CELLS_PER_TEXT = 4
KMEANS_ROUNDS = 6
SAMPLE_PER_CELL = 40
"""Texts that each cell's centre is fitted on."""
BLOCK = 1_024
"""Rows that are multiplied at once."""
TILE = 4_096
"""Columns that they are multiplied with at once: products that fit the processor's cache."""
MAX_PAIRS_PER_TEXT = 60
"""Pairs of a text with later ones that are kept, inside one cell."""
PROJECT_FROM = 4_000
"""Texts from which vectors are first compared in fewer dimensions."""
KEPT_SQUARES, MAX_KEPT_DIMENSIONS = 0.75, 0.6
"""Share of the sum of squares that these dimensions hold, and the greatest share of all dimensions
that they may be: with more nothing is won."""
DENSE_SHARE = 0.02
"""Share of pairs from which all are multiplied rather than one by one."""
BOUND_SLACK, ROUNDING = 1e-4, np.float32(4e-6)
"""What rounding may take from a bound, and from a square."""


def pairs_above_thresholds(vectors: Floats, classes: Ints, thresholds: Floats) -> tuple[Ints, Ints]:
    """Pairs with ``cosine >= thresholds[a, class of b] + thresholds[b, class of a]``.

    What a pair must reach may so depend on the density around both texts and on whether one
    language or two meet. Of the later texts that a text meets inside a cell the
    `MAX_PAIRS_PER_TEXT` that exceed their threshold most are kept.

    Args:
        vectors: (n, d), of length 1 or 0.
        classes: (n,), a class of each text below c.
        thresholds: (n, c), half of what a pair must reach, by the class of the other text.

    Returns:
        a, b: with a < b, sorted, no pair twice.
    """
    size = len(vectors)
    one_hot = (np.arange(thresholds.shape[1]) == classes[:, None]).astype(np.float32)
    projected = _project(vectors)
    keys = []
    for members in _cells(vectors):
        for rows, columns in _pairs_in_cell(vectors, projected, -thresholds, one_hot, members):
            keys.append(members[rows] * size + members[columns])
    pairs = sorted_unique(np.concatenate(keys)) if keys else np.zeros(0, np.int64)
    return pairs // size, pairs % size


def _project(vectors: Floats) -> Floats | None:
    """Vectors (n, k + 1) whose products are upper bounds of those of the given ones (n, d).

    They hold the principal components that have `KEPT_SQUARES` of the squares, and the length of
    the rest: the product of two rests is at most that of their lengths (Cauchy-Schwarz). None where
    they would not be quicker.
    """
    if len(vectors) < PROJECT_FROM:
        return None
    squares, axes = np.linalg.eigh(vectors.T @ vectors)
    kept = 1 + int(np.searchsorted(np.cumsum(squares[::-1]), KEPT_SQUARES * squares.sum()))
    if kept > MAX_KEPT_DIMENSIONS * vectors.shape[1]:
        return None
    projected = np.empty((len(vectors), kept + 1), np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        first = block @ axes[:, -kept:]
        rest = np.einsum("ij,ij->i", block, block) - np.einsum("ij,ij->i", first, first)
        projected[start : start + BLOCK, :kept] = first
        # rounded up: never less than the length of the rest
        projected[start : start + BLOCK, kept] = np.sqrt(np.maximum(0, rest) + ROUNDING)
    return projected


def _pairs_in_cell(
    vectors: Floats, projected: Floats | None, negative: Floats, one_hot: Floats, members: Ints
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of members, row before column, that reach their threshold.

    Args:
        vectors: (n, d).
        projected: (n, k + 1), upper bounds, see `_project`.
        negative: (n, c), thresholds with a minus.
        one_hot: (n, c), the class of each text.
        members: (m,), numbers of the texts of the cell.

    Yields:
        Positions among ``members``.
    """
    quick = vectors if projected is None else projected
    # (m, d + 2c): [vector, -threshold, class] times [vector, class, -threshold] is the cosine less
    # both thresholds, so that one matrix product says which pairs reach them
    left = np.hstack([quick[members], negative[members], one_hot[members]])
    right = np.hstack([quick[members], one_hot[members], negative[members]])
    for start in range(0, len(members), BLOCK):
        least = 0 if projected is None else -BOUND_SLACK
        rows, columns, exact = _products_above(left[start : start + BLOCK], right[start:], least)
        later = columns > rows
        rows, columns, exact = rows[later], columns[later], exact[later]
        if projected is not None:
            exact = _surplus(vectors, negative, one_hot, members[start:], rows, columns)
            rows, columns, exact = rows[exact > 0], columns[exact > 0], exact[exact > 0]
        if len(rows) > MAX_PAIRS_PER_TEXT:
            best_first = np.lexsort((columns, -exact, rows))
            rows, columns = rows[best_first], columns[best_first]
            kept = position_in_run(rows) < MAX_PAIRS_PER_TEXT
            rows, columns = rows[kept], columns[kept]
        yield rows + start, columns + start


def _products_above(left: Floats, right: Floats, least: float) -> tuple[Ints, Ints, Floats]:
    """Row, column and value of the entries of ``left @ right.T`` above a value, in no order."""
    found = []
    for start in range(0, len(right), TILE):
        products = left @ right[start : start + TILE].T
        flat = np.flatnonzero(products > least)
        rows, columns = np.divmod(flat, products.shape[1])
        found.append((rows, columns + start, products.ravel()[flat]))
    rows, columns, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, columns, values


def _surplus(
    vectors: Floats, negative: Floats, one_hot: Floats, members: Ints, rows: Ints, columns: Ints
) -> Floats:
    """(pairs,): cosine of pairs of members less both thresholds; see `_pairs_in_cell`.

    All rows are multiplied with all columns where the pairs are many.
    """
    block = members[: int(rows.max(initial=-1)) + 1]
    if len(rows) > DENSE_SHARE * len(block) * len(members):
        left = np.hstack([vectors[block], negative[block], one_hot[block]])
        right = np.hstack([vectors[members], one_hot[members], negative[members]])
        dense: Floats = (left @ right.T)[rows, columns]
        return dense
    surplus = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        a, b = members[rows[start : start + BLOCK]], members[columns[start : start + BLOCK]]
        cosine = np.einsum("ij,ij->i", vectors[a], vectors[b])
        surplus[start : start + BLOCK] = cosine + np.einsum("ij,ij->i", negative[a], one_hot[b])
        surplus[start : start + BLOCK] += np.einsum("ij,ij->i", one_hot[a], negative[b])
    return surplus


def _cells(vectors: Floats) -> Iterator[Ints]:
    """Overlapping sets of texts, such that near texts share one; all in one where they are few."""
    size = len(vectors)
    if size <= EXACT_LIMIT:
        yield np.arange(size)
        return
    count = max(2, size // CELL_SIZE)
    centres = _kmeans_centres(vectors, count)
    cells = np.empty((size, CELLS_PER_TEXT), np.int64)
    for start in range(0, size, BLOCK):
        cosine = vectors[start : start + BLOCK] @ centres.T
        nearest = np.argpartition(cosine, count - CELLS_PER_TEXT, axis=1)
        cells[start : start + BLOCK] = nearest[:, count - CELLS_PER_TEXT :]
    # place i of the flattened array belongs to text i // CELLS_PER_TEXT; sorted by cell, stably
    by_cell = np.argsort(cells, axis=None, kind="stable")
    sizes = np.bincount(cells.ravel(), minlength=count)
    for members in np.split(by_cell // CELLS_PER_TEXT, np.cumsum(sizes)[:-1]):
        if len(members) > 1:
            yield np.sort(members)


def _kmeans_centres(vectors: Floats, count: int) -> Floats:
    """(count, d): spherical k-means on an even sample, from evenly spread seeds.

    The same vectors always give the same centres.
    """
    sample_size = min(len(vectors), count * SAMPLE_PER_CELL)
    sample = vectors[np.linspace(0, len(vectors) - 1, sample_size).astype(np.int64)]
    centres = sample[np.linspace(0, len(sample) - 1, count).astype(np.int64)].copy()
    for _ in range(KMEANS_ROUNDS):
        blocks = [sample[at : at + BLOCK] for at in range(0, len(sample), BLOCK)]
        home = np.concatenate([(block @ centres.T).argmax(axis=1) for block in blocks])
        by_home = np.argsort(home, kind="stable")
        starts = np.flatnonzero(np.diff(home[by_home], prepend=-1))
        sums = np.add.reduceat(sample[by_home], starts, axis=0)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres[home[by_home][starts]] = sums / np.maximum(norms, 1e-9)
    return centres
