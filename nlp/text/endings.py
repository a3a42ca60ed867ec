"""Words of languages in Cyrillic letters without their endings.

A Russian name has up to twelve forms: six people who name one place in a day may use five of them,
and no form rises. What is cut are the endings of nouns and adjectives, as a light stemmer does
(Dolamic & Savoy 2009): verbs keep theirs, and so do words of other scripts. English words without
the -s of the plural were tried: stories are told apart worse.
"""

from __future__ import annotations

import re

_MIN_LETTERS = 5
_ENDING = re.compile(
    r"(?<=\w{3})(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|иях|иеи|ях|ах|ов|ев|еи|ои|ии|ыи|ия|ья|ая|яя"
    r"|ое|ее|ые|ие|ую|юю|ом|ем|ам|ям|ию|ью|и|ы|а|я|о|е|у|ю|ь)$"
)
_WORD = re.compile(r"[\u0430-\u044f]+")


def strip_ending(word: str) -> str:
    """A folded word without its ending, where it is of Cyrillic letters alone; else as it is."""
    if word.isascii() or len(word) < _MIN_LETTERS or not _WORD.fullmatch(word):
        return word
    return _ENDING.sub("", word)
