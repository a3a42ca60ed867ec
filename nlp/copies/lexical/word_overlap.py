"""How the words of two skeletons agree, in any order: what both say and what only one says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from rapidfuzz.distance import OSA

TYPOS = (3, 7, 2)
"""Letters from which one typo and from which more are forgiven in a word, and the most that are; none in words with figures."""


class Agreement(NamedTuple):
    """Weight of the words that both texts say (typos forgiven), and of those that only one says."""

    common: float
    only_a: float
    only_b: float

    @property
    def dice(self) -> float:
        """Share of all words that both say, 0 to 1."""
        return 2 * self.common / max(1e-9, 2 * self.common + self.only_a + self.only_b)

    @property
    def contained(self) -> float:
        """Share of the poorer text's words that the richer one says too, 0 to 1."""
        return self.common / max(1e-9, self.common + min(self.only_a, self.only_b))


def agreement(a: str, b: str, weight: Mapping[str, float], *, least: float = 0.0) -> Agreement:
    """Compare two skeletons (words by single spaces). Where ``dice`` cannot reach ``least`` typos are not looked for."""
    left, right = Counter(a.split()), Counter(b.split())
    both = left & right
    common = sum(weight[word] * times for word, times in both.items())
    rest_a, rest_b = list((left - both).elements()), list((right - both).elements())
    only_a, only_b = sum(weight[w] for w in rest_a), sum(weight[w] for w in rest_b)
    if (
        rest_a
        and rest_b
        and 2 * (common + min(only_a, only_b)) >= least * (2 * common + only_a + only_b)
    ):
        common += _forgive(rest_a, rest_b, weight)
        only_a, only_b = sum(weight[w] for w in rest_a), sum(weight[w] for w in rest_b)
    return Agreement(common, only_a, only_b)


def _forgive(rest_a: list[str], rest_b: list[str], weight: Mapping[str, float]) -> float:
    """Take words that are typos of each other out of both lists; their weight, which is that of the commoner spelling."""
    forgiven = 0.0
    for word in list(rest_a):
        allowed = (
            0
            if len(word) < TYPOS[0] or not word.isalpha()
            else 1
            if len(word) < TYPOS[1]
            else TYPOS[2]
        )
        if not allowed:
            continue
        best, distance = "", allowed + 1
        for other in rest_b:
            if abs(len(other) - len(word)) >= distance or len(other) < TYPOS[0]:
                continue
            d = OSA.distance(word, other, score_cutoff=allowed)
            if d < distance:
                best, distance = other, d
        if best:
            rest_a.remove(word)
            rest_b.remove(best)
            forgiven += min(weight[word], weight[best])
    return forgiven
