"""Which of a group's terms are shown: each word once."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.core.text import fold

_STEM, _ENDING = 5, 2
"""Letters from which a word can be the stem of another, and of the ending: minute, minutes."""


def shown_terms(terms: Iterable[str], count: int, headline: str = "") -> tuple[str, ...]:
    """The first ``count`` terms of which none repeats a word of one before, or of the headline.

    Analyses keep both ``Trump`` and ``Trump rally``, since queries are made of them; a reader is
    told each word once. An ending makes no other word.
    """
    shown: list[str] = []
    said = [fold(word) for word in headline.replace("#", " ").split()]
    said = [word.strip(".,:;!?…()«»\"'“”’") for word in said]
    for term in terms:
        words = fold(term).lstrip("#").split()
        if any(_is_same(word, other) for word in words for other in said):
            continue
        said += words
        shown.append(term)
        if len(shown) >= count:
            break
    return tuple(shown)


def _is_same(one: str, other: str) -> bool:
    """Whether two folded words are one, or one with an ending."""
    short, long = sorted((one, other), key=len)
    if short == long:
        return True
    ending = len(long) - len(short)
    return len(short) >= _STEM and ending <= _ENDING and long.startswith(short)
