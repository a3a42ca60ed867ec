"""Whether the figures of two texts contradict each other: alike sentences with other figures are other statements."""

from __future__ import annotations

import re
from collections import Counter

from rapidfuzz.distance import OSA

_DIGIT = re.compile(r"\d")
_SHORTEST = 3
"""Digits from which a lost or moved digit can be a typo."""


def contradict(a: str, b: str, *, slips: int = 0) -> bool:
    """Whether both skeletons give figures that the other does not give.

    Figures that only one text gives contradict nothing. Digits that a typo moved into another word are the same digits. A digit lost or two swapped
    is a typo where the rest of the text has some too (``slips``); another digit never is.
    """
    if not _DIGIT.search(a) or not _DIGIT.search(b):
        return False
    left = [word for word in a.split() if _DIGIT.search(word)]
    right = [word for word in b.split() if _DIGIT.search(word)]
    if left == right:
        return False
    missing, extra = Counter(left) - Counter(right), Counter(right) - Counter(left)
    x, y = _digits(left, missing), _digits(right, extra)
    if not x or not y or x == y:
        return False
    typo = len(x) != len(y) or sorted(x) == sorted(y)
    return not (
        slips > 0 and typo and min(len(x), len(y)) >= _SHORTEST - 1 and OSA.distance(x, y) == 1
    )


def _digits(words: list[str], only: Counter[str]) -> str:
    """The digits of those words that the other text lacks, in the order of the text."""
    left = Counter(only)
    kept = []
    for word in words:
        if left[word] > 0:
            left[word] -= 1
            kept += _DIGIT.findall(word)
    return "".join(kept)
