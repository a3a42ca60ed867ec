"""How much of their words two normalised texts share, in any order, with typos forgiven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from rapidfuzz.distance import OSA

TYPO_LENGTH = 3
"""Letters of a word from which one typo is forgiven; none is in words with digits."""
LONG_WORD = 7
"""Letters of a word from which `MAX_TYPOS` are forgiven."""
MAX_TYPOS = 2


class WordOverlap(NamedTuple):
    """Weight of the words that both texts have, and of those that only one has."""

    common: float
    only_a: float
    only_b: float

    @property
    def dice(self) -> float:
        """The weighted Sørensen–Dice coefficient: share of all words that both have, 0 to 1."""
        return 2 * self.common / max(1e-9, 2 * self.common + self.only_a + self.only_b)

    @property
    def containment(self) -> float:
        """Share of the words of the text with less of its own that the other has too, 0 to 1."""
        return self.common / max(1e-9, self.common + min(self.only_a, self.only_b))


def word_overlap(
    a: str, b: str, weights: Mapping[str, float], *, min_dice: float = 0.0
) -> WordOverlap:
    """The overlap of two normalised texts.

    Where ``dice`` cannot reach ``min_dice`` even if all other words were typos, none is looked for.
    """
    left, right = Counter(a.split()), Counter(b.split())
    shared = left & right
    common = sum(weights[word] * times for word, times in shared.items())
    rest_a, rest_b = list((left - shared).elements()), list((right - shared).elements())
    only_a, only_b = _total(rest_a, weights), _total(rest_b, weights)
    reachable = 2 * (common + min(only_a, only_b))
    if rest_a and rest_b and reachable >= min_dice * (2 * common + only_a + only_b):
        common += _take_out_typos(rest_a, rest_b, weights)
        only_a, only_b = _total(rest_a, weights), _total(rest_b, weights)
    return WordOverlap(common, only_a, only_b)


def _total(words: list[str], weights: Mapping[str, float]) -> float:
    return sum(weights[word] for word in words)


def _allowed_typos(word: str) -> int:
    if len(word) < TYPO_LENGTH or not word.isalpha():
        return 0
    return 1 if len(word) < LONG_WORD else MAX_TYPOS


def _take_out_typos(rest_a: list[str], rest_b: list[str], weights: Mapping[str, float]) -> float:
    """Take words that are typos of each other out of both lists.

    Returns:
        Their weight, which is that of the commoner spelling.
    """
    forgiven = 0.0
    for word in list(rest_a):
        allowed = _allowed_typos(word)
        if not allowed:
            continue
        best, best_distance = "", allowed + 1
        for other in rest_b:
            if abs(len(other) - len(word)) >= best_distance or len(other) < TYPO_LENGTH:
                continue
            distance = OSA.distance(word, other, score_cutoff=allowed)
            if distance < best_distance:
                best, best_distance = other, distance
        if best:
            rest_a.remove(word)
            rest_b.remove(best)
            forgiven += min(weights[word], weights[best])
    return forgiven
