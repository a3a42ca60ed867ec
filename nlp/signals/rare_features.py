"""Features too rare to burst, counted together.

Most features occur once or twice and never burst, yet they tell how often something new comes and
how rates spread. Those that occur in the same slots have the same past, whatever word they are: one
of them is followed and counts for all: the results are the same, at a fifth of the features. Where
only the end of a long stream is tested, of those that are rare there a sample counts for all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.text.corpus import Longs


class Pairs(NamedTuple):
    """Pairs of feature and post: the feature's code and the post's slot, author and text."""

    codes: Longs
    slots: Longs
    authors: Longs
    texts: Longs


class FeatureClasses(NamedTuple):
    """What stands for which features.

    ``codes`` (classes,) is a feature of each class, rising; ``multiplicity`` (classes,) how many
    features it stands for; ``frequent`` are the classes that may burst, each of one feature.
    """

    codes: Longs
    multiplicity: NDArray[np.float64]
    frequent: Longs


MAX_RARE = 2
"""Occurrences up to which equal pasts are found."""
_SAMPLE = 25_000
"""Features, at least, that stand for those that are not tested."""


def classify(
    pairs: Pairs, sizes: Longs, number: int, min_authors: int, tested: NDArray[np.bool_]
) -> tuple[Pairs, FeatureClasses]:
    """The pairs of one feature of each class, their codes being those of the classes.

    Args:
        pairs: all of a stream.
        sizes: pairs of each feature.
        number: of slots.
        min_authors: below which nothing bursts.
        tested: which features may burst in the slots that are tested.
    """
    stands_for = np.arange(len(sizes))
    for size in range(1, min(min_authors, MAX_RARE + 1)):
        rare = np.flatnonzero(sizes[pairs.codes] == size)
        rare = rare[np.argsort(pairs.codes[rare], kind="stable")]
        first, last = rare[::size], rare[size - 1 :: size]
        slots = np.sort(np.stack([pairs.slots[first], pairs.slots[last]]), axis=0)
        one_author = pairs.authors[first] == pairs.authors[last]
        one_text = pairs.texts[first] == pairs.texts[last]
        past = ((slots[0] * number + slots[1]) * 2 + one_author) * 2 + one_text
        _, representatives, members = np.unique(past, return_index=True, return_inverse=True)
        codes = pairs.codes[first]
        stands_for[codes] = codes[representatives][members]
    multiplicity = np.bincount(stands_for[sizes > 0], minlength=len(sizes))
    multiplicity = _sampled(
        multiplicity, np.flatnonzero(~tested & (sizes > 1) & (multiplicity > 0))
    )
    codes = np.flatnonzero(multiplicity)
    class_of = np.full(len(sizes), -1, np.int64)
    class_of[codes] = np.arange(len(codes))
    kept = class_of[pairs.codes] >= 0
    reduced = Pairs(
        class_of[pairs.codes[kept]], pairs.slots[kept], pairs.authors[kept], pairs.texts[kept]
    )
    frequent = np.flatnonzero(tested[codes])
    return reduced, FeatureClasses(codes, multiplicity[codes].astype(np.float64), frequent)


def _sampled(multiplicity: Longs, codes: Longs) -> Longs:
    """One of several of some features counts for all of them; which are the same in each run."""
    one_of = len(codes) // _SAMPLE
    if one_of < 2:
        return multiplicity
    chosen = np.random.default_rng(1).permutation(len(codes)) % one_of == 0
    sampled = multiplicity.copy()
    sampled[codes] = np.where(chosen, multiplicity[codes] * one_of, 0)
    return sampled
