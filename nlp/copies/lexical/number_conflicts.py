"""Whether two texts give different numbers: alike sentences with other numbers say other things."""

from __future__ import annotations

import re
from collections import Counter

from rapidfuzz.distance import OSA

_DIGIT = re.compile(r"\d")
_MIN_DIGITS = 2
"""Digits that both texts must have left for one that was lost or moved to be a typo."""


def numbers_conflict(a: str, b: str, *, typos: int = 0) -> bool:
    """Whether both normalised texts give numbers that the other does not give.

    Numbers that only one text gives are not a conflict. Digits that a typo moved into another word
    are the same digits. A digit lost or two swapped is a typo where the rest of the text has some
    too (``typos``); another digit never is.
    """
    return number_words_conflict(number_words(a), number_words(b), typos=typos)


def number_words(text: str) -> list[str]:
    """The words of a text that have a digit."""
    if not _DIGIT.search(text):
        return []
    return [word for word in text.split() if _DIGIT.search(word)]


def number_words_conflict(left: list[str], right: list[str], *, typos: int = 0) -> bool:
    """`numbers_conflict` of two texts by their `number_words`."""
    if not left or not right or left == right:
        return False
    x = _digits(left, Counter(left) - Counter(right))
    y = _digits(right, Counter(right) - Counter(left))
    if not x or not y or x == y:
        return False
    lost_or_swapped = len(x) != len(y) or sorted(x) == sorted(y)
    long_enough = min(len(x), len(y)) >= _MIN_DIGITS
    is_typo = typos > 0 and lost_or_swapped and long_enough and OSA.distance(x, y) == 1
    return not is_typo


def _digits(words: list[str], only: Counter[str]) -> str:
    """The digits of those words that the other text lacks, in the order of the text."""
    left = Counter(only)
    kept = []
    for word in words:
        if left[word] > 0:
            left[word] -= 1
            kept += _DIGIT.findall(word)
    return "".join(kept)
