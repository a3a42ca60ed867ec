"""Sentences that the rooms below write in English, in the reader's language.

Each pattern names a catalogue key; its groups fill the placeholders. A sentence that no pattern
knows is shown as it came: better in English than not at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dashboard.i18n import Words

_TIME = r"(?P<value>.+?)"
PATTERNS: tuple[tuple[str, str], ...] = (
    (r"longer than (?P<n>\d+) characters; make it shorter", "query.long"),
    (r"this closing parenthesis has no opening one", "query.closing"),
    (r"there is no word to look for", "query.no_word"),
    (r"nested deeper than (?P<n>\d+) levels", "query.deep"),
    (r"a word or parenthesis is missing here", "query.missing"),
    (r"this parenthesis is never closed", "query.open"),
    (r"this quotation mark is never closed", "query.quote"),
    (r"a prefix is one word and a star, such as climat\*", "query.prefix"),
    (r"field (?P<name>\w+): has no value", "query.no_value"),
    (rf"{_TIME} is no time; write .*", "query.no_time"),
    (rf"{_TIME} is no whole number", "query.no_number"),
    (r"more than (?P<n>\d+) parts; split it into several queries", "query.parts"),
    (r"there is no field (?P<value>.+?); did you mean (?P<name>\w+):\?", "query.near_field"),
    (r"there is no field (?P<value>.+?); fields are (?P<names>.+?); quote it to look for the words", "query.no_field"),
)


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, re.DOTALL), key) for pattern, key in PATTERNS]


def translated(sentence: str, words: Words) -> str:
    """The sentence in the reader's language, or as it came where no pattern knows it."""
    if words.code == "en":
        return sentence
    for pattern, key in _compiled():
        if found := pattern.fullmatch(sentence):
            return words(key, **found.groupdict())
    return sentence


def known(sentence: str) -> bool:
    """Whether a pattern knows this sentence."""
    return any(pattern.fullmatch(sentence) for pattern, _ in _compiled())
