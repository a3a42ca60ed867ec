"""The word overlap of many pairs of texts at once.

It is that of `nlp.copies.lexical.word_overlap.word_overlap`, but for rounding. Equal words are
found by sorting numbers, typos by the lengths and letters of words and then by their edit distance.
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


class PairOverlaps(NamedTuple):
    """For each pair, (n,): weights of words as in `nlp.copies.lexical.word_overlap.WordOverlap`."""

    common: Floats
    only_a: Floats
    only_b: Floats

    @property
    def dice(self) -> Floats:
        """(n,): see `nlp.copies.lexical.word_overlap.WordOverlap`."""
        both: Floats = 2 * self.common
        return both / np.maximum(1e-9, both + self.only_a + self.only_b)

    @property
    def containment(self) -> Floats:
        """(n,): see `nlp.copies.lexical.word_overlap.WordOverlap`."""
        least: Floats = np.minimum(self.only_a, self.only_b)
        return self.common / np.maximum(1e-9, self.common + least)


class _Typos(NamedTuple):
    """Words of either text that may be typos of each other, as positions in the words of both.

    ``distances`` are their edit distances.
    """

    left: Ints
    right: Ints
    distances: Ints


def pair_overlaps(vocabulary: Vocabulary, a: Ints, b: Ints) -> PairOverlaps:
    """The word overlap of each pair of texts, ``a[i]`` and ``b[i]``."""
    overlaps = PairOverlaps(*np.zeros((3, len(a))))
    words_up_to = np.cumsum(vocabulary.counts[a] + vocabulary.counts[b])
    for start, stop in _batches(words_up_to):
        found = _overlaps(vocabulary, a[start:stop], b[start:stop])
        for whole, part in zip(overlaps, found, strict=True):
            whole[start:stop] = part
    return overlaps


def _overlaps(vocabulary: Vocabulary, a: Ints, b: Ints) -> PairOverlaps:
    total, pairs = len(vocabulary.words), len(a)

    def weight_by_pair(keys: Ints) -> Floats:
        """(pairs,): the weight of the tokens of each pair, given as keys pair * total + token."""
        weights = vocabulary.token_weights[keys % total]
        totals: Floats = np.bincount(keys // total, weights, pairs).astype(np.float64, copy=False)
        return totals

    said = [
        concatenated_ranges(vocabulary.offsets[texts], vocabulary.counts[texts]) for texts in (a, b)
    ]
    sides = [
        np.repeat(np.arange(pairs), vocabulary.counts[texts]) * total + vocabulary.tokens[at]
        for texts, at in zip((a, b), said, strict=True)
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
    typos = _possible_typos(vocabulary, left, right)
    # within a text tokens stand in order of their numbers, as the keys of a pair do
    orders = [
        vocabulary.order[at[np.searchsorted(side, rest[used])]]
        for at, side, rest, used in zip(said, sides, (left, right), typos[:2], strict=True)
    ]
    chosen = _choose(typos, left // total, *orders)
    at_left, at_right = typos.left[chosen], typos.right[chosen]
    weights = vocabulary.token_weights
    forgiven = np.minimum(weights[left[at_left] % total], weights[right[at_right] % total])
    common = common + np.bincount(left[at_left] // total, forgiven, pairs)
    only = []
    for rest, at in ((left, at_left), (right, at_right)):
        unmatched = np.ones(len(rest), bool)
        unmatched[at] = False
        only.append(weight_by_pair(rest[unmatched]))
    return PairOverlaps(common, *only)


def _choose(typos: _Typos, pair_of: Ints, order_left: Ints, order_right: Ints) -> Ints:
    """Which typos are forgiven: the words of the first text take theirs one after the other.

    Each takes the nearest word of the other text that is left, the earliest of equally near ones.

    Args:
        typos: the possible ones, n.
        pair_of: the pair of each word of the first text.
        order_left, order_right: (n,), where the words of each stand in their texts.

    Returns:
        Positions in ``typos``, sorted.
    """
    left, right = typos.left, typos.right
    wanted = np.bincount(left)[left] > 1
    wanted |= np.bincount(right)[right] > 1
    chosen = [np.flatnonzero(~wanted)]  # nobody else wants these
    open_ = np.flatnonzero(wanted)
    pairs = pair_of[left]
    by_turn = (order_right, typos.distances, order_left, pairs)
    open_ = open_[np.lexsort([key[open_] for key in by_turn])]
    taken_left = np.zeros(int(left.max(initial=-1)) + 1, bool)
    taken_right = np.zeros(int(right.max(initial=-1)) + 1, bool)
    while len(open_):  # in each round the next word of each pair takes its own
        turn = open_[np.diff(pairs[open_], prepend=-1) != 0]
        chosen.append(turn)
        taken_left[left[turn]] = taken_right[right[turn]] = True
        open_ = open_[~(taken_left[left[open_]] | taken_right[right[open_]])]
    return np.sort(np.concatenate(chosen))


def _possible_typos(vocabulary: Vocabulary, left: Ints, right: Ints) -> _Typos:
    """Which words of either text may be a typo of which of the other.

    Args:
        vocabulary: of the texts.
        left: words that only the first text of a pair has, as sorted keys pair * total + token.
        right: those that only the second has.
    """
    total = len(vocabulary.words)
    some_left = np.flatnonzero(vocabulary.max_typos[left % total] > 0)
    long_right = np.flatnonzero(vocabulary.lengths[right % total] >= TYPO_LENGTH)
    left, right = left[some_left], right[long_right]
    # each word of the left is compared with right[first:beyond], the words of the same pair
    first, beyond = (np.searchsorted(right // total, left // total + step) for step in (0, 1))
    comparisons = beyond - first
    found = [(np.zeros(0, np.int64),) * 3]
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
        distance = distance[at].astype(np.int64)
        near = distance <= allowed
        found.append((some_left[x[near]], long_right[y[near]], distance[near]))
    return _Typos(*(np.concatenate(part) for part in zip(*found, strict=True)))


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
