"""How far the words of two texts can agree at most, for many pairs at once.

`nlp.copies.lexical.word_agreement.agreement` is dear, and most pairs that share a passage share too few words. The bound here is never below it: it
forgives every word that is a typo of any word left over in the other text, where `agreement` lets each word stand for one other.
Equal words are found by sorting numbers, typos by the lengths and the letters of words and then by their edit distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from nlp.copies.lexical.fingerprints import Ints
from nlp.copies.lexical.vocabulary import Vocabulary
from nlp.copies.lexical.word_agreement import TYPOS

AT_ONCE = 500_000
"""Words of pairs, and pairs of words, that are looked at together: few enough to stay in the processor's cache."""

Numbers = NDArray[np.float64]


class Most(NamedTuple):
    """For each pair at least what `nlp.copies.lexical.word_agreement.Agreement` says of it."""

    dice: Numbers
    contained: Numbers


def most(words: Vocabulary, a: Ints, b: Ints) -> Most:
    """The greatest agreement that pairs of texts can have."""
    out = Most(np.zeros(len(a)), np.zeros(len(a)))
    for start, stop in _parts(np.cumsum(words.sizes[a] + words.sizes[b])):
        dice, contained = _bounds(words, a[start:stop], b[start:stop])
        out.dice[start:stop], out.contained[start:stop] = dice, contained
    return out


def _bounds(words: Vocabulary, a: Ints, b: Ints) -> tuple[Numbers, Numbers]:
    total, count = len(words.spelled), len(a)
    sides = [
        np.repeat(np.arange(count), words.sizes[x]) * total
        + words.tokens[_spread(words.starts[x], words.sizes[x])]
        for x in (a, b)
    ]
    keys = np.sort(np.concatenate([2 * sides[0], 2 * sides[1] + 1]))
    same = keys[1:] >> 1 == keys[:-1] >> 1
    one = keys[:-1][same] >> 1
    common = np.bincount(one // total, words.value[one % total], count)
    alone = np.ones(len(keys), bool)
    alone[1:][same] = alone[:-1][same] = False
    keys = keys[alone]
    rests = [keys[keys & 1 == side] >> 1 for side in (0, 1)]
    only = [np.bincount(rest // total, words.value[rest % total], count) for rest in rests]
    forgiven = [
        np.bincount(rest // total, words.value[rest % total], count)
        for rest in _typos(words, *rests)
    ]
    common += np.minimum(*forgiven)
    rest_a, rest_b = (np.maximum(0, rest - less) for rest, less in zip(only, forgiven, strict=True))
    dice = 2 * common / np.maximum(1e-9, 2 * common + rest_a + rest_b)
    return dice, common / np.maximum(1e-9, common + np.minimum(rest_a, rest_b))


def _typos(words: Vocabulary, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Of the words that one text of a pair says and not the other (pair times tokens + token, in order), those with a typo beyond."""
    total = len(words.spelled)
    left, right = (
        left[words.allowed[left % total] > 0],
        right[words.length[right % total] >= TYPOS[0]],
    )
    first, beyond = (np.searchsorted(right // total, left // total + step) for step in (0, 1))
    found_left, found_right = np.zeros(len(left), bool), np.zeros(len(right), bool)
    word_left, word_right = left % total, right % total
    for start, stop in _parts(np.cumsum(beyond - first)):
        x = np.repeat(np.arange(start, stop), (beyond - first)[start:stop])
        y = _spread(first[start:stop], (beyond - first)[start:stop])
        p, q = word_left[x], word_right[y]
        allowed = words.allowed[p]
        kept = np.abs(words.length[p] - words.length[q]) <= allowed
        kept &= (
            np.bitwise_count(words.letters[p] ^ words.letters[q]) <= 2 * allowed
        )  # an edit changes two letters at most
        x, y, p, q, allowed = x[kept], y[kept], p[kept], q[kept], allowed[kept]
        pairs, at = np.unique(p * total + q, return_inverse=True)
        texts = (
            [words.spelled[i] for i in side.tolist()] for side in (pairs // total, pairs % total)
        )
        near = (
            cpdist(*texts, scorer=OSA.distance, score_cutoff=TYPOS[-1], dtype=np.uint8)[at]
            <= allowed
        )
        found_left[x[near]] = found_right[y[near]] = True
    return left[found_left], right[found_right]


def _parts(held: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of items that hold `AT_ONCE` together, one at least; ``held`` is the running sum of what items hold."""
    start = 0
    while start < len(held):
        before = int(held[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(held, before + AT_ONCE, side="right")))
        yield start, stop
        start = stop


def _spread(starts: Ints, sizes: Ints) -> Ints:
    """The numbers ``start, start + 1, ...`` of each run."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(total)
