"""What tells alike sentences apart, in any of eight languages: numbers, negation and names.

"Two dogs" and "three dogs", "will" and "will not", "Trump" and "Biden" lie close together for a
sentence model. Word lists cover English, French, German, Spanish, Italian, Portuguese, Dutch and
Russian.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from rapidfuzz.distance import Indel

from nlp.copies.lexical.negation import has_negation
from tocsin.core.text import fold

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)@\w+")
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_CAPITALISED = re.compile(r"[^\W\d_][\w’'-]+")
_SENTENCE_END = ".!?:-–—|•\n"
_ABBREVIATION = re.compile(r"\b[^\W\d_a-z][^\W\d_]{0,2}\.$")
"""A short word with a capital and a full stop does not end a sentence: Mr., Dr., St., J."""
_MAX_CAPITALS = 0.4
"""Capitals for each small letter from which they do not mark names: a headline, a shouted text."""
_SAME_NAME = 0.7
"""Similarity from which two spellings are one name ("Moscou", "Mosca")."""
_MAX_NAMES = 12

_NUMBER_WORDS = {
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
_NUMBER_OF = {word: number for number, words in _NUMBER_WORDS.items() for word in words.split()}
_NOT_A_NUMBER = {("en", "once"), ("it", "sei"), ("fr", "neuf"), ("en", "tre"), ("pt", "sete")}
"""Words that are numbers in one language and something else in this one."""

_TRANSLITERATION = (
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r "
    "с=s т=t у=u ф=f х=h ц=ts ч=ch ш=sh щ=sch ъ= ы=y ь= э=e ю=yu я=ya "
    "α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s "
    "ς=s τ=t υ=y φ=f χ=h ψ=ps ω=o "
)
_TO_LATIN = str.maketrans(dict(pair.split("=") for pair in _TRANSLITERATION.split()))


class DistinguishingTerms(NamedTuple):
    """Of one text.

    Attributes:
        numbers: in digits, number words up to twelve among them.
        negated: whether there is a negation.
        names: folded, in Latin letters.
        words: all words, folded, in Latin letters.
    """

    numbers: frozenset[str]
    negated: bool
    names: tuple[str, ...]
    words: frozenset[str]


def distinguishing_terms(text: str, language: str = "") -> DistinguishingTerms:
    """The distinguishing terms of a text in a language ("" where unknown)."""
    text = _ADDRESS.sub(" ", text)
    folded = fold(text)
    words = _WORD.findall(folded)
    numbers = set(_DIGITS.findall(folded))
    numbers |= {
        _NUMBER_OF[word]
        for word in words
        if word in _NUMBER_OF and (language, word) not in _NOT_A_NUMBER
    }
    return DistinguishingTerms(
        numbers=frozenset(numbers),
        negated=has_negation(words, folded, language),
        names=() if language == "de" else _names(text),
        words=frozenset(word.translate(_TO_LATIN) for word in words),
    )


def _names(text: str) -> tuple[str, ...]:
    """Words with a capital that do not begin a sentence.

    German texts are not asked for names: German writes every noun with a capital.
    """
    capitals = sum(map(str.isupper, text))
    if capitals > _MAX_CAPITALS * sum(map(str.islower, text)):
        return ()
    names: dict[str, None] = {}
    for match in _CAPITALISED.finditer(text):
        word = match.group()
        if len(word) <= 2 or not word[0].isupper():
            continue
        before = text[: match.start()].rstrip(" \"'«“‘(#")
        if before and (before[-1] not in _SENTENCE_END or _ABBREVIATION.search(before)):
            parts = _WORD.findall(fold(word).translate(_TO_LATIN))
            names |= dict.fromkeys(part for part in parts if len(part) > 2)
    return tuple(names)[:_MAX_NAMES]


def unmatched_names(names: Collection[str], words: frozenset[str]) -> int:
    """How many names do not occur among some words in any spelling."""
    return sum(
        1
        for name in names
        if name not in words and not any(_is_spelling_of(name, word) for word in words)
    )


def _is_spelling_of(name: str, word: str) -> bool:
    if abs(len(name) - len(word)) > 3:
        return False
    return Indel.normalized_similarity(name, word, score_cutoff=_SAME_NAME) > 0
