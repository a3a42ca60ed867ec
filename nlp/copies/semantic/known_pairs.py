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

from nlp.copies.arrays import Ints, Keys, rows_before, sorted_unique
from nlp.copies.semantic.cells import cell_labels, share_a_cell
from nlp.copies.semantic.density import OWN_CLASSES, Floats
from nlp.copies.semantic.features import ComparableStatements
from nlp.copies.semantic.similarity_join import BOUND_SLACK, Marks, best_pairs, join

SLACK = 0.025
"""What a text may move. With a hundredth more texts, half of what pairs must reach falls by as much
for less than one text in a hundred (38,000 tweets)."""
MAX_KEPT_PER_TEXT = 100
"""Pairs of a text with later ones that are kept. A text with more is compared with all each time:
memory and the file stay bounded."""
MAX_MOVED_SHARE = 0.5
"""Share of a language's texts that have moved too far, or would have by the next run, from which
all of them are compared anew."""
SMALL_SHARE = 0.005
"""Share of all texts below which those of a language are compared with all each time: what is known
of few texts changes much with each that comes."""


@dataclass(frozen=True)
class KnownPairs:
    """What is known of n texts.

    Attributes:
        means: what was taken off the vectors of each language, by its code.
        keys: (n, 2), hashes of the texts' vectors and languages.
        columns: codes of the languages with a class of their own.
        halves: (n, columns + 1), half of what pairs with texts of each of them, and last of all
            others, must reach.
        labels: (n, k), their cells.
        a, b: (pairs,), numbers of the texts of each kept pair.
    """

    means: Mapping[str, Floats] = field(default_factory=dict)
    keys: Keys = field(default_factory=lambda: np.zeros((0, 2), np.uint64))
    columns: tuple[str, ...] = ()
    halves: Floats = field(default_factory=lambda: np.zeros((0, 1), np.float32))
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
    row_before = rows_before(keys, known.keys)
    languages = _Languages(comparable)
    before = languages.halves_before(thresholds, row_before, known)
    fallen = np.maximum(0, before - thresholds).max(axis=1, initial=0)
    means, moved, steady = _steady(comparable, languages.large, fallen, row_before, known)
    halves = np.where(steady[:, None], before, thresholds)

    is_new = ~steady[:, None] | ~_was_in_cell(labels, row_before, known)
    lowest = halves.copy()
    lowest[:, languages.in_class.any(axis=0)] -= (np.float32(SLACK) + moved)[:, None]
    floors, marks = Marks(comparable.classes, lowest), Marks(comparable.classes, thresholds)
    found = join(comparable.vectors, labels, floors, marks, MAX_KEPT_PER_TEXT, is_new)

    a, b = _merged(found.a, found.b, *_still_there(row_before, known), len(keys))
    shared = share_a_cell(labels, a, b)
    a, b = a[shared], b[shared]
    surplus = marks.surplus(comparable.vectors, a, b)
    kept = surplus + marks.wanted(a, b) >= floors.wanted(a, b) - np.float32(BOUND_SLACK)
    complete = np.bincount(a[kept], minlength=len(keys)) <= MAX_KEPT_PER_TEXT
    complete[found.cut] = False
    complete &= languages.large[comparable.languages]
    number = np.cumsum(complete) - 1
    kept &= complete[a] & complete[b]
    now = KnownPairs(
        means={code: mean for code, mean in means.items() if code in languages.names},
        keys=keys[complete],
        columns=tuple(languages.columns),
        halves=halves[complete][:, [*languages.columns.values(), OWN_CLASSES]],
        labels=labels[complete],
        a=number[a[kept]].astype(np.int32),
        b=number[b[kept]].astype(np.int32),
    )
    return *best_pairs(labels, a, b, surplus), now


class _Languages:
    """Which languages have many texts, and which classes they are in.

    Attributes:
        large: (languages,), whether a language has `SMALL_SHARE` of the texts.
        in_class: (languages, classes), which large language is in which class.
        names: codes of the large languages.
        columns: the classes of those that have one of their own, by their codes.
    """

    def __init__(self, comparable: ComparableStatements) -> None:
        counts = np.bincount(comparable.languages, minlength=len(comparable.codes))
        self.large = counts >= max(1, SMALL_SHARE * len(comparable.languages))
        class_of = np.zeros(len(comparable.codes), np.int64)
        class_of[comparable.languages] = comparable.classes
        self.in_class = (np.arange(OWN_CLASSES + 1) == class_of[:, None]) & self.large[:, None]
        self.names = {
            code: int(number)
            for code, number, large in zip(comparable.codes, class_of, self.large, strict=True)
            if large
        }
        self.columns = {
            code: number for code, number in self.names.items() if number != OWN_CLASSES
        }

    def halves_before(self, thresholds: Floats, row_before: Ints, known: KnownPairs) -> Floats:
        """(n, classes): what was asked of texts' pairs with the classes of now, at least.

        Of texts, and of classes without a language, that are not known: what is asked now.
        """
        before = thresholds.copy()
        there = np.flatnonzero(row_before >= 0)
        halves = known.halves[row_before[there]]
        for number in range(OWN_CLASSES + 1):
            columns = {
                known.columns.index(code) if code in known.columns else len(known.columns)
                for code, class_number in self.names.items()
                if class_number == number and code in known.means
            }
            if columns:
                before[there, number] = halves[:, sorted(columns)].min(axis=1)
        return before


def _steady(
    comparable: ComparableStatements,
    large: NDArray[np.bool_],
    fallen: Floats,
    row_before: Ints,
    known: KnownPairs,
) -> tuple[dict[str, Floats], Floats, NDArray[np.bool_]]:
    """Which texts have all their near pairs among those kept.

    Args:
        comparable: the statements.
        large: (languages,), those of which something may be known.
        fallen: (n,), how far half of what pairs must reach has fallen.
        row_before: (n,), where each text was before.
        known: what is known.

    Returns:
        The means from which each language's vectors are said to have moved, how far each text has
        (n,) at most, and which texts have not moved too far, (n,).
    """
    means: dict[str, Floats] = {}
    moved = np.zeros(len(fallen), np.float32)
    steady = row_before >= 0
    for language, code in enumerate(comparable.codes):
        rows = np.flatnonzero(comparable.languages == language)
        mean = comparable.means[language]
        is_known = code in known.means and known.means[code].shape == mean.shape
        if not is_known or not large[language]:
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
