"""What tells alike sentences apart, in any of the languages: figures, negation, names.

"Two dogs" and "three dogs", "will" and "will not", "Trump" and "Biden" lie close together for a sentence
model. Word lists cover English, French, German, Spanish, Italian, Portuguese, Dutch and Russian.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from rapidfuzz.distance import Indel

from nlp.copies.semantic.negation import negates
from tocsin.core.text import fold

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)@\w+")
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_CAPITAL = re.compile(r"[^\W\d_][\w’'-]+")
_SENTENCE_END = ".!?:-–—|•\n"
_TITLE = re.compile(r"\b[^\W\d_a-z][^\W\d_]{0,2}\.$")
"""A short word with a capital and a dot ends no sentence: Mr., Dr., St., J."""
_SHOUTED = 0.4
"""Capitals for each small letter from which capitals mark no names (a title, a shouted text)."""
_NAME_ALIKE = 0.7
"""Similarity from which two spellings are one name ("Moscou", "Mosca")."""
_MAX_NAMES = 12

_NUMBERS = {
    "2": "two deux zwei dos due dois duas twee два две двух двое both",
    "3": "three trois drei tres tre drie tri три трех трое",
    "4": "four quatre vier cuatro quattro quatro четыре четырех четверо",
    "5": "five cinq funf cinco cinque vijf пять пяти пятеро",
    "6": "six sechs seis sei zes шесть шести",
    "7": "seven sept sieben siete sette sete zeven семь семи",
    "8": "eight huit acht ocho otto oito восемь восьми",
    "9": "nine neuf neun nueve nove negen девять девяти",
    "10": "ten dix zehn diez dieci dez tien десять десяти",
    "11": "eleven onze elf once undici одиннадцать",
    "12": "twelve douze zwolf doce dodici doze twaalf двенадцать dozen",
    "20": "twenty vingt zwanzig veinte venti vinte twintig двадцать",
}
_NUMBER_OF = {word: number for number, words in _NUMBERS.items() for word in words.split()}
_NUMBER_OTHERWISE = {("en", "once"), ("it", "sei"), ("fr", "neuf"), ("en", "tre"), ("pt", "sete")}
"""Words that count in one language and say something else in this one."""

_SOUNDS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "h",
            "ts",
            "ch",
            "sh",
            "sch",
            ".",
            "y",
            ".",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)
_SOUNDS |= dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "y",
            "f",
            "h",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_TO_LATIN = str.maketrans({letter: sound.strip(".") for letter, sound in _SOUNDS.items()})


class Marks(NamedTuple):
    """Of one text: its figures (digits, and number words up to twelve), whether it negates, its names, and all its words, the
    last two folded and in Latin letters."""

    figures: frozenset[str]
    negated: bool
    names: tuple[str, ...]
    words: frozenset[str]


def marks(text: str, lang: str = "") -> Marks:
    """The marks of a text in a language ("" where unknown)."""
    text = _ADDRESS.sub(" ", text)
    folded = fold(text)
    words = _WORD.findall(folded)
    figures = set(_DIGITS.findall(folded))
    figures |= {
        _NUMBER_OF[word]
        for word in words
        if word in _NUMBER_OF and (lang, word) not in _NUMBER_OTHERWISE
    }
    names = () if lang == "de" else _names(text)
    return Marks(
        frozenset(figures),
        negates(words, folded, lang),
        names,
        frozenset(w.translate(_TO_LATIN) for w in words),
    )


def _names(text: str) -> tuple[str, ...]:
    """Words with a capital that begin no sentence. German is not asked: it writes every noun so."""
    capitals = sum(map(str.isupper, text))
    if capitals > _SHOUTED * sum(map(str.islower, text)):
        return ()
    found: dict[str, None] = {}
    for match in _CAPITAL.finditer(text):
        word = match.group()
        if len(word) > 2 and word[0].isupper():
            before = text[: match.start()].rstrip(" \"'«“‘(#")
            if before and (before[-1] not in _SENTENCE_END or _TITLE.search(before)):
                name = _WORD.findall(fold(word).translate(_TO_LATIN))
                found |= dict.fromkeys(part for part in name if len(part) > 2)
    return tuple(found)[:_MAX_NAMES]


def unmatched(names: Collection[str], words: frozenset[str]) -> int:
    """How many names stand in no spelling among some words."""
    return sum(
        1 for name in names if name not in words and not any(_alike(name, word) for word in words)
    )


def _alike(name: str, word: str) -> bool:
    return (
        abs(len(name) - len(word)) <= 3
        and Indel.normalized_similarity(name, word, score_cutoff=_NAME_ALIKE) > 0
    )
