"""Upper bounds of the word overlap of many pairs of texts at once.

`nlp.copies.lexical.word_overlap.word_overlap` is expensive, and most candidate pairs share too few
words. The bounds here are never below it: they forgive every word that is a typo of any other word
of the other text, where `word_overlap` lets each word stand for one other. Equal words are found by
sorting numbers, typos by the lengths and letters of words and then by their edit distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from nlp.copies.arrays import Ints, concatenated_ranges
from nlp.copies.lexical.vocabulary import Vocabulary
from nlp.copies.lexical.word_overlap import MAX_TYPOS, TYPO_LENGTH

BATCH = 500_000
"""Words, or pairs of words, that are looked at together: few enough for the processor's cache."""

Floats = NDArray[np.float64]


class OverlapBounds(NamedTuple):
    """For each pair, (n,): weights of words as in `nlp.copies.lexical.word_overlap.WordOverlap`.

    ``exact`` says which pairs have exactly that overlap. Of the others both shares are never below.
    """

    common: Floats
    only_a: Floats
    only_b: Floats
    exact: NDArray[np.bool_]

    @property
    def dice(self) -> Floats:
        """(n,): never less than that of the pair."""
        both: Floats = 2 * self.common
        return both / np.maximum(1e-9, both + self.only_a + self.only_b)

    @property
    def containment(self) -> Floats:
        """(n,): never less than that of the pair."""
        least: Floats = np.minimum(self.only_a, self.only_b)
        return self.common / np.maximum(1e-9, self.common + least)


def overlap_upper_bounds(vocabulary: Vocabulary, a: Ints, b: Ints) -> OverlapBounds:
    """The greatest word overlap that each pair of texts, ``a[i]`` and ``b[i]``, can have."""
    common, only_a, only_b = np.zeros((3, len(a)))
    bounds = OverlapBounds(common, only_a, only_b, np.zeros(len(a), bool))
    words_up_to = np.cumsum(vocabulary.counts[a] + vocabulary.counts[b])
    for start, stop in _batches(words_up_to):
        found = _bounds(vocabulary, a[start:stop], b[start:stop])
        for whole, part in zip(bounds, found, strict=True):
            whole[start:stop] = part
    return bounds


def _bounds(vocabulary: Vocabulary, a: Ints, b: Ints) -> OverlapBounds:
    total, pairs = len(vocabulary.words), len(a)

    def weight_by_pair(keys: Ints) -> Floats:
        """(pairs,): the weight of the tokens of each pair, given as keys pair * total + token."""
        weights = vocabulary.token_weights[keys % total]
        totals: Floats = np.bincount(keys // total, weights, pairs).astype(np.float64, copy=False)
        return totals

    sides = [
        np.repeat(np.arange(pairs), vocabulary.counts[texts]) * total
        + vocabulary.tokens[
            concatenated_ranges(vocabulary.offsets[texts], vocabulary.counts[texts])
        ]
        for texts in (a, b)
    ]
    # The lowest bit is the side. A text is a set of tokens, so a key comes once a side: of two
    # neighbours that differ in this bit alone, both texts of the pair have the token.
    keys = np.sort(np.concatenate([2 * sides[0], 2 * sides[1] + 1]))
    shared = keys[1:] >> 1 == keys[:-1] >> 1
    common = weight_by_pair(keys[:-1][shared] >> 1)
    unshared = np.ones(len(keys), bool)
    unshared[1:][shared] = unshared[:-1][shared] = False
    keys = keys[unshared]
    left, right = (keys[keys & 1 == side] >> 1 for side in (0, 1))
    at_left, at_right = _possible_typos(vocabulary, left, right)
    # where no word may be a typo of two others, nobody has to choose: those are the typos
    choice = (np.bincount(at_left, minlength=len(left)) > 1)[at_left]
    choice |= (np.bincount(at_right, minlength=len(right)) > 1)[at_right]
    exact = np.ones(pairs, bool)
    exact[left[at_left[choice]] // total] = False
    weights = vocabulary.token_weights
    typos = np.minimum(weights[left[at_left] % total], weights[right[at_right] % total])
    forgiven = np.bincount(left[at_left] // total, typos, pairs)
    only, taken_out = [], []
    for rest, at in ((left, at_left), (right, at_right)):
        matched = np.zeros(len(rest), bool)
        matched[at] = True
        only.append(weight_by_pair(rest[~matched]))
        taken_out.append(weight_by_pair(rest[matched]))
    return OverlapBounds(
        common + np.where(exact, forgiven, np.minimum(*taken_out)), only[0], only[1], exact
    )


def _possible_typos(vocabulary: Vocabulary, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Which words of either text may be a typo of which of the other.

    Args:
        vocabulary: of the texts.
        left: words that only the first text of a pair has, as sorted keys pair * total + token.
        right: those that only the second has.

    Returns:
        Positions in both of the words of each such couple.
    """
    total = len(vocabulary.words)
    some_left = np.flatnonzero(vocabulary.max_typos[left % total] > 0)
    long_right = np.flatnonzero(vocabulary.lengths[right % total] >= TYPO_LENGTH)
    left, right = left[some_left], right[long_right]
    # each word of the left is compared with right[first:beyond], the words of the same pair
    first, beyond = (np.searchsorted(right // total, left // total + step) for step in (0, 1))
    comparisons = beyond - first
    found_left, found_right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    token_left, token_right = left % total, right % total
    for start, stop in _batches(np.cumsum(comparisons)):
        x = np.repeat(np.arange(start, stop), comparisons[start:stop])
        y = concatenated_ranges(first[start:stop], comparisons[start:stop])
        p, q = token_left[x], token_right[y]
        allowed = vocabulary.max_typos[p]
        # an edit changes the length by one and the set of letters by two at most
        possible = np.abs(vocabulary.lengths[p] - vocabulary.lengths[q]) <= allowed
        different_letters = vocabulary.letter_sets[p] ^ vocabulary.letter_sets[q]
        possible &= np.bitwise_count(different_letters) <= 2 * allowed
        x, y, p, q, allowed = x[possible], y[possible], p[possible], q[possible], allowed[possible]
        pairs, at = np.unique(p * total + q, return_inverse=True)
        spellings = (
            [vocabulary.words[token] for token in side.tolist()]
            for side in (pairs // total, pairs % total)
        )
        distance = cpdist(*spellings, scorer=OSA.distance, score_cutoff=MAX_TYPOS, dtype=np.uint8)
        near = distance[at] <= allowed
        found_left.append(some_left[x[near]])
        found_right.append(long_right[y[near]])
    return np.concatenate(found_left), np.concatenate(found_right)


def _batches(sizes_up_to: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of items, one item at least, that hold `BATCH` things together.

    ``sizes_up_to`` is the running sum of what the items hold.
    """
    start = 0
    while start < len(sizes_up_to):
        before = int(sizes_up_to[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(sizes_up_to, before + BATCH, side="right")))
        yield start, stop
        start = stop
