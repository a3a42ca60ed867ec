"""Pairs of texts whose sentence vectors are near enough: a similarity join by thresholds.

Pairs are sought inside the cells of `nlp.copies.semantic.cells`: all with all where texts are few.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints, Keys, position_in_run, sorted_unique
from nlp.copies.semantic.cells import cell_labels, members_by_cell, share_a_cell
from nlp.copies.semantic.density import Floats

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
PROJECT_SHARE = 0.1
"""Share of new texts from which that pays."""
DENSE_SHARE = 0.02
"""Share of pairs from which all are multiplied rather than one by one."""
BOUND_SLACK, ROUNDING = 1e-4, np.float32(4e-6)
"""What rounding may take from a bound, and from a square."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # numbers times this are spread as hashes are (Knuth)


class Marks(NamedTuple):
    """What pairs must reach: ``marks[a, class of b] + marks[b, class of a]``.

    Attributes:
        classes: (n,), a class of each text below c.
        halves: (n, c), half of what a pair must reach, by the class of the other text.
    """

    classes: Ints
    halves: Floats

    def left(self, rows: Ints, vectors: Floats) -> Floats:
        """(rows, d + 2c): times `right` gives the cosine less both halves."""
        return np.hstack([vectors[rows], -self.halves[rows], self._one_hot(rows)])

    def right(self, rows: Ints, vectors: Floats) -> Floats:
        """See `left`."""
        return np.hstack([vectors[rows], self._one_hot(rows), -self.halves[rows]])

    def surplus(self, vectors: Floats, a: Ints, b: Ints) -> Floats:
        """(pairs,): cosine less both halves; a pair has one value, whatever its company."""
        surplus = np.empty(len(a), np.float32)
        for start in range(0, len(a), BLOCK):
            x, y = a[start : start + BLOCK], b[start : start + BLOCK]
            cosine = np.einsum("ij,ij->i", vectors[x], vectors[y])
            surplus[start : start + BLOCK] = cosine - self.wanted(x, y)
        return surplus

    def wanted(self, a: Ints, b: Ints) -> Floats:
        """(pairs,): what pairs must reach."""
        both: Floats = self.halves[a, self.classes[b]] + self.halves[b, self.classes[a]]
        return both

    def _one_hot(self, rows: Ints) -> Floats:
        here: Floats = (np.arange(self.halves.shape[1]) == self.classes[rows, None]).astype(
            np.float32
        )
        return here


class Joined(NamedTuple):
    """Pairs that `join` found, a < b, sorted, none twice; of ``cut`` texts not all."""

    a: Ints
    b: Ints
    cut: Ints


def pairs_above_thresholds(
    vectors: Floats, classes: Ints, thresholds: Floats, keys: Keys | None = None
) -> tuple[Ints, Ints]:
    """Pairs with ``cosine > thresholds[a, class of b] + thresholds[b, class of a]``.

    What a pair must reach may so depend on the density around both texts and on whether one
    language or two meet. Of the later texts that a text meets inside a cell the
    `MAX_PAIRS_PER_TEXT` that exceed their threshold most are kept.

    Args:
        vectors: (n, d), of length 1 or 0.
        classes: (n,), a class of each text below c.
        thresholds: (n, c), half of what a pair must reach, by the class of the other text.
        keys: (n,), hashes of the texts, see `cell_labels`; their numbers where None.

    Returns:
        a, b: with a < b, sorted, no pair twice.
    """
    if keys is None:
        keys = np.arange(len(vectors), dtype=np.uint64) * _GOLDEN
    marks = Marks(classes, thresholds)
    labels = cell_labels(vectors, keys)
    found = join(vectors, labels, marks, marks, MAX_PAIRS_PER_TEXT)
    return best_pairs(labels, found.a, found.b, marks.surplus(vectors, found.a, found.b))


def best_pairs(labels: Ints, a: Ints, b: Ints, surplus: Floats) -> tuple[Ints, Ints]:
    """Of pairs those that reach their marks in a cell, the `MAX_PAIRS_PER_TEXT` best of a text."""
    likely = (surplus > 0) & share_a_cell(labels, a, b)
    a, b, surplus = a[likely], b[likely], surplus[likely]
    if int(np.bincount(a).max(initial=0)) <= MAX_PAIRS_PER_TEXT:
        return a, b
    chosen = np.zeros(len(a), bool)
    for place in range(labels.shape[1]):
        cell = labels[a, place]
        meet = np.flatnonzero((labels[b] == cell[:, None]).any(axis=1))
        best_first = meet[np.lexsort((b[meet], -surplus[meet], a[meet]))]
        chosen[best_first[position_in_run(a[best_first]) < MAX_PAIRS_PER_TEXT]] = True
    return a[chosen], b[chosen]


def join(
    vectors: Floats,
    labels: Ints,
    floors: Marks,
    marks: Marks,
    most: int,
    new: NDArray[np.bool_] | None = None,
) -> Joined:
    """Pairs that reach their floors in a cell, and few that nearly do.

    Args:
        vectors: (n, d), of length 1 or 0.
        labels: (n, k), see `cell_labels`.
        floors: what pairs must reach to be found.
        marks: by which the ``most`` best of a text with later ones in a cell are kept.
        most: see there.
        new: (n, k), texts that are compared with all of a cell; all with all where None.
    """
    size = len(vectors)
    if new is None:
        new = np.ones(labels.shape, bool)
    projected = _project(vectors) if int(new.sum()) > PROJECT_SHARE * new.size else None
    keys, cut = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for members, places in members_by_cell(labels):
        fresh = new[members, places]
        if 2 * int(fresh.sum()) > len(members):
            fresh[:] = True  # each pair once is less work then
        one_by_one = np.flatnonzero(fresh)
        right = floors.right(members, vectors if projected is None else projected)
        for start in range(0, len(one_by_one), BLOCK):
            block = one_by_one[start : start + BLOCK]
            first = int(block[0]) if len(one_by_one) == len(members) else 0
            others = members[first:]
            rows, columns, surplus = _near(
                vectors, projected, floors, members[block], others, right[first:]
            )
            rows, columns = block[rows], columns + first
            once = (columns > rows) | ((columns < rows) & ~fresh[columns])
            a, b = members[rows[once]], members[columns[once]]
            surplus = surplus[once] + floors.wanted(a, b) - marks.wanted(a, b)
            beyond = _beyond(a, b, surplus, most)
            cut.append(sorted_unique(a[beyond]))
            a, b = a[~beyond], b[~beyond]
            keys.append(np.minimum(a, b) * size + np.maximum(a, b))
    pairs = sorted_unique(np.concatenate(keys))
    return Joined(pairs // max(size, 1), pairs % max(size, 1), sorted_unique(np.concatenate(cut)))


def _near(
    vectors: Floats,
    projected: Floats | None,
    floors: Marks,
    block: Ints,
    others: Ints,
    right: Floats,
) -> tuple[Ints, Ints, Floats]:
    """Positions in ``block`` and in ``others`` of pairs that reach their floors, and by how much.

    But for rounding: a pair may lack `BOUND_SLACK`.
    """
    if projected is None:
        return _products_above(floors.left(block, vectors), right)
    rows, columns, surplus = _products_above(floors.left(block, projected), right)
    if len(rows) > DENSE_SHARE * len(block) * len(others):
        return _products_above(floors.left(block, vectors), floors.right(others, vectors))
    surplus = floors.surplus(vectors, block[rows], others[columns])
    reached = surplus > -BOUND_SLACK
    return rows[reached], columns[reached], surplus[reached]


def _beyond(a: Ints, b: Ints, surplus: Floats, most: int) -> NDArray[np.bool_]:
    """Of pairs with a later text, which are surely not among the ``most`` best of the first."""
    beyond = np.zeros(len(a), bool)
    later = np.flatnonzero(b > a)
    if int(np.bincount(a[later]).max(initial=0)) <= most:
        return beyond
    best_first = later[np.lexsort((-surplus[later], a[later]))]
    first = a[best_first]
    last = position_in_run(first) == most - 1
    least = np.full(int(first.max()) + 1, -np.inf, np.float32)
    least[first[last]] = surplus[best_first[last]]
    beyond[later] = surplus[later] < least[a[later]] - BOUND_SLACK
    return beyond


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


def _products_above(left: Floats, right: Floats) -> tuple[Ints, Ints, Floats]:
    """Row, column and value of the entries of ``left @ right.T`` above -`BOUND_SLACK`."""
    found = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))]
    for start in range(0, len(right), TILE):
        products = left @ right[start : start + TILE].T
        flat = np.flatnonzero(products > -BOUND_SLACK)
        rows, columns = np.divmod(flat, products.shape[1])
        found.append((rows, columns + start, products.ravel()[flat]))
    rows, columns, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, columns, values
