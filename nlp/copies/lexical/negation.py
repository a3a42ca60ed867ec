"""Negation in eight languages: whether a text has one, and whether one is all that tells two texts apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from nlp.copies.lexical.confusables import latin
from tocsin.core.text import fold

_NEGATION = {
    "en": "not no never none nothing nobody neither nor without cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt",
    "fr": "pas jamais aucun aucune rien sans ni nul nulle non",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals nichts ohne niemand nein weder",
    "es": "no nunca jamas ningun ninguna ninguno nada sin nadie tampoco ni",
    "it": "non mai nessun nessuno nessuna niente nulla senza",
    "pt": "nao nunca jamais nenhum nenhuma nada sem ninguem nem",
    "nl": "niet geen nooit niets zonder niemand noch",
    "ru": "не нет ни никогда никто ничего без нельзя нету",
}
_OF = {lang: frozenset(words.split()) for lang, words in _NEGATION.items()}
_ANY = frozenset().union(*_OF.values())
_SHORT_NOT = re.compile(r"\wn't\b")

_IN_LATIN = frozenset(word for lang, words in _OF.items() if lang != "ru" for word in words) | {"t"}
_IN_LOOKALIKES = frozenset(latin(fold(word)) for word in _OF["ru"])
_IN_EITHER = _IN_LATIN | _IN_LOOKALIKES
_ALONG = frozenset(
    [
        "do",
        "does",
        "did",
        "is",
        "are",
        "was",
        "were",
        "will",
        "would",
        "can",
        "could",
        "should",
        "has",
        "have",
        "had",
        "be",
        "been",
        "any",
        "ever",
        "anything",
        "anyone",
        "don",
        "doesn",
        "didn",
        "isn",
        "aren",
        "wasn",
        "weren",
        "won",
        "wouldn",
        "couldn",
        "shouldn",
        "hasn",
        "haven",
        "hadn",
        "ca",
        "ain",
        "ne",
        "n",
    ]
)
"""Words that come and go with a negation."""


def negates(words: Iterable[str], folded: str, lang: str) -> bool:
    """Whether a folded text, given with its words, holds a negation of its language (of any, where that is unknown)."""
    known = _OF.get(lang, _ANY)
    return any(word in known for word in words) or (
        lang in ("en", "") and _SHORT_NOT.search(folded) is not None
    )


def reverses(a: str, b: str) -> bool:
    """Whether two skeletons differ by a negation and by nothing else: the one says the contrary of the other."""
    negations = _IN_LATIN if a.isascii() and b.isascii() else _IN_EITHER
    one, other = a.split(), b.split()
    if negations.isdisjoint(one) and negations.isdisjoint(other):
        return False
    left, right = Counter(one), Counter(other)
    apart = [*(left - right), *(right - left)]
    if not 0 < len(apart) <= 6:
        return False
    return any(word in negations for word in apart) and all(
        word in negations or word in _ALONG for word in apart
    )
