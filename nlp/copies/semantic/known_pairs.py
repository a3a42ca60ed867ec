"""Near pairs that an earlier comparison found, so that a later one compares only what is new.

Whether two texts are near enough depends on the whole corpus: vectors are centred, and what a pair
must reach depends on the density around it. A few new texts move both a little. So an earlier
comparison also keeps the pairs that lack up to twice `SLACK`. A text that has moved by less than
that has all its near pairs among those kept; the others, and new ones, are compared with all. What
comes out is exactly what a comparison of all with all gives.

Of each text, let ``u`` be its centred vector and ``m`` half of what its pairs must reach, both when
it was last compared with all. Kept are at least all pairs that share a cell and have ``u_a . u_b >=
m_a + m_b - 2 SLACK``. Vectors of length 1 that move by d_a and d_b change their product by at most
``d_a + d_b``: where each text's d and the fall of its m together stay below `SLACK`, no pair is
missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints, sorted_unique
from nlp.copies.semantic.cells import Keys, cell_labels, share_a_cell
from nlp.copies.semantic.density import OWN_CLASSES, Floats
from nlp.copies.semantic.features import ComparableStatements
from nlp.copies.semantic.similarity_join import BOUND_SLACK, Marks, best_pairs, join

SLACK = 0.03
"""What a text may move: six runs of a hundredth more posts, at two or three kept pairs a text."""
MAX_KEPT_PER_TEXT = 100
"""Pairs of a text with later ones that are kept. A text with more is compared with all each time:
memory and the file stay bounded."""
MAX_MOVED_SHARE = 0.5
"""Share of a language's texts that have moved too far, or would have by the next run, from which
all of them are compared anew."""
SAME, OTHER = 0, 1
"""Columns of `KnownPairs.halves`: what pairs in one language and in two must reach."""


@dataclass(frozen=True)
class KnownPairs:
    """What is known of n texts.

    Attributes:
        means: what was taken off the vectors of each language, by its code.
        keys: (n, 2), hashes of the texts' vectors and languages.
        halves: (n, 2), see the module and `SAME`.
        labels: (n, k), their cells.
        a, b: (pairs,), numbers of the texts of each kept pair.
    """

    means: Mapping[str, Floats] = field(default_factory=dict)
    keys: Keys = field(default_factory=lambda: np.zeros((0, 2), np.uint64))
    halves: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    labels: Ints = field(default_factory=lambda: np.zeros((0, 1), np.int64))
    a: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    b: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


@dataclass
class PairMemory:
    """Carries what is known from one comparison to the next."""

    known: KnownPairs = field(default_factory=KnownPairs)


def near_pairs(
    comparable: ComparableStatements, thresholds: Floats, known: KnownPairs
) -> tuple[Ints, Ints, KnownPairs]:
    """What `pairs_above_thresholds` gives of statements, from what is known of some of them.

    Args:
        comparable: the statements.
        thresholds: (n, classes), half of what pairs must reach.
        known: of an earlier corpus; an empty one where there was none.

    Returns:
        a, b: as `pairs_above_thresholds` gives them; and what is known now.
    """
    keys = comparable.keys()
    labels = cell_labels(comparable.vectors, keys[:, 0])
    row_before = _rows_before(keys, known.keys)
    halves = _halves(thresholds, comparable.classes)
    means, moved, steady = _steady(comparable, halves, row_before, known)
    halves[steady] = known.halves[row_before[steady]]

    is_new = ~steady[:, None] | ~_was_in_cell(labels, row_before, known)
    marks = Marks(comparable.classes, thresholds)
    lowest = halves - SLACK - moved[:, None]
    floors = Marks(comparable.classes, _by_class(lowest, comparable.classes, thresholds.shape[1]))
    found = join(comparable.vectors, labels, floors, marks, MAX_KEPT_PER_TEXT, is_new)

    a, b = _merged(found.a, found.b, *_still_there(row_before, known), len(keys))
    shared = share_a_cell(labels, a, b)
    a, b = a[shared], b[shared]
    surplus = marks.surplus(comparable.vectors, a, b)
    kept = (surplus > 0) | (
        _cosine_needed(lowest, comparable, a, b) <= surplus + marks.wanted(a, b)
    )
    now = _known(means, keys, halves, labels, a[kept], b[kept], found.cut)
    return *best_pairs(labels, a, b, surplus), now


def _rows_before(keys: Keys, before: Keys) -> Ints:
    """(n,): where each text was before, -1 where it was not."""
    row_of = {key.tobytes(): row for row, key in enumerate(before)}
    return np.fromiter((row_of.get(key.tobytes(), -1) for key in keys), np.int64, len(keys))


def _halves(thresholds: Floats, classes: Ints) -> Floats:
    """(n, 2): the least that pairs in one language and in two must reach, whatever their classes.

    Classes are the commonest languages of a corpus, and may be others in the next one.
    """
    own = np.arange(thresholds.shape[1]) == classes[:, None]
    same = thresholds[own]
    # the last class holds many languages: two of them may meet in it
    elsewhere = np.where(own & (classes[:, None] != OWN_CLASSES), np.inf, thresholds)
    return np.stack([same, elsewhere.min(axis=1)], axis=1).astype(np.float32)


def _by_class(halves: Floats, classes: Ints, count: int) -> Floats:
    """(n, classes): see `Marks`."""
    own = np.arange(count) == classes[:, None]
    mixed = own & (classes[:, None] == OWN_CLASSES)
    by_class = np.where(own, halves[:, SAME, None], halves[:, OTHER, None])
    by_class = np.where(mixed, halves.min(axis=1, keepdims=True), by_class)
    return by_class.astype(np.float32)


def _steady(
    comparable: ComparableStatements, halves: Floats, row_before: Ints, known: KnownPairs
) -> tuple[dict[str, Floats], Floats, NDArray[np.bool_]]:
    """Which texts have all their near pairs among those kept.

    Returns:
        The means from which each language's vectors are said to have moved, how far each text has
        (n,) at most, and which texts have not moved too far, (n,).
    """
    means: dict[str, Floats] = {}
    moved = np.zeros(len(halves), np.float32)
    was_there = row_before >= 0
    fallen = np.zeros(len(halves), np.float32)
    fall = known.halves[row_before[was_there]] - halves[was_there]
    fallen[was_there] = np.maximum(0, fall).max(axis=1, initial=0)
    steady = was_there & (fallen <= SLACK - BOUND_SLACK)
    for language, code in enumerate(comparable.codes):
        rows = np.flatnonzero(comparable.languages == language)
        mean = comparable.means[language]
        if code not in known.means or known.means[code].shape != mean.shape:
            means[code] = mean
            steady[rows] = False
            continue
        shift = float(np.linalg.norm(mean.astype(np.float64) - known.means[code]))
        # |x/|x| - y/|y|| <= 2 |x - y| / (|x| + |y|) (Dunkl & Williams 1964)
        lengths = np.maximum(2 * comparable.lengths[rows] - shift, 1e-9)
        distance = np.minimum(2, 2 * shift / lengths).astype(np.float32)
        too_far = distance + fallen[rows] > SLACK - BOUND_SLACK
        if np.count_nonzero(too_far) > MAX_MOVED_SHARE * len(rows):
            means[code] = mean
            steady[rows] = False
            continue
        means[code] = known.means[code]
        moved[rows] = distance
        steady[rows] &= ~too_far
    return means, moved, steady


def _was_in_cell(labels: Ints, row_before: Ints, known: KnownPairs) -> NDArray[np.bool_]:
    """(n, k): whether each text was in each of its cells before."""
    was = np.zeros(labels.shape, bool)
    if known.labels.shape[1] == labels.shape[1]:
        there = row_before >= 0
        before = known.labels[row_before[there]]
        was[there] = (labels[there][:, :, None] == before[:, None, :]).any(axis=2)
    return was


def _still_there(row_before: Ints, known: KnownPairs) -> tuple[Ints, Ints]:
    """The kept pairs of texts that are still there, by their numbers of now."""
    number = np.full(len(known.keys), -1)
    there = np.flatnonzero(row_before >= 0)
    number[row_before[there]] = there
    a, b = number[known.a], number[known.b]
    both = (a >= 0) & (b >= 0)
    return a[both], b[both]


def _merged(a: Ints, b: Ints, c: Ints, d: Ints, size: int) -> tuple[Ints, Ints]:
    """Two lists of pairs as one, sorted, none twice."""
    one, other = a * size + b, np.minimum(c, d) * size + np.maximum(c, d)
    pairs = sorted_unique(np.concatenate([one, other]))
    return pairs // max(size, 1), pairs % max(size, 1)


def _cosine_needed(lowest: Floats, comparable: ComparableStatements, a: Ints, b: Ints) -> Floats:
    """(pairs,): the cosine from which pairs are kept."""
    kind = np.where(comparable.languages[a] == comparable.languages[b], SAME, OTHER)
    needed: Floats = lowest[a, kind] + lowest[b, kind] - np.float32(BOUND_SLACK)
    return needed


def _known(
    means: Mapping[str, Floats],
    keys: Keys,
    halves: Floats,
    labels: Ints,
    a: Ints,
    b: Ints,
    cut: Ints,
) -> KnownPairs:
    """What is known now, without the texts of which not all pairs are."""
    complete = np.bincount(a, minlength=len(keys)) <= MAX_KEPT_PER_TEXT
    complete[cut] = False
    number = np.cumsum(complete) - 1
    both = complete[a] & complete[b]
    return KnownPairs(
        means=means,
        keys=keys[complete],
        halves=halves[complete],
        labels=labels[complete],
        a=number[a[both]].astype(np.int32),
        b=number[b[both]].astype(np.int32),
    )
