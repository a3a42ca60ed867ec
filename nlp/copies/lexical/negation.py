"""Negation in eight languages: whether a text has one, and whether two texts differ by it alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from nlp.copies.lexical.confusables import skeleton
from tocsin.core.text import fold

_NEGATIONS = {
    "en": "not no never none nothing nobody neither nor without cannot cant dont doesnt didnt isnt "
    "arent wasnt werent wont wouldnt",
    "fr": "pas jamais aucun aucune rien sans ni nul nulle non",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals nichts ohne niemand nein weder",
    "es": "no nunca jamas ningun ninguna ninguno nada sin nadie tampoco ni",
    "it": "non mai nessun nessuno nessuna niente nulla senza",
    "pt": "nao nunca jamais nenhum nenhuma nada sem ninguem nem",
    "nl": "niet geen nooit niets zonder niemand noch",
    "ru": "не нет ни никогда никто ничего без нельзя нету",
}
_BY_LANGUAGE = {language: frozenset(words.split()) for language, words in _NEGATIONS.items()}
_OF_ANY_LANGUAGE = frozenset().union(*_BY_LANGUAGE.values())
_CONTRACTED_NOT = re.compile(r"\wn't\b")

# Negations as normalised texts have them: "n't" is the word "t", Russian is in look-alike letters.
_IN_LATIN = {"t"}.union(*(words for lang, words in _BY_LANGUAGE.items() if lang != "ru"))
_IN_LOOKALIKES = {skeleton(fold(word)) for word in _BY_LANGUAGE["ru"]}
_NORMALISED = _IN_LATIN | _IN_LOOKALIKES
_AUXILIARIES = (
    "do does did is are was were will would can could should has have had be been "
    "any ever anything anyone "
    "don doesn didn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn ca ain "
    "ne n"
)
_COME_AND_GO = frozenset(_AUXILIARIES.split())
"""Words that come and go with a negation."""
_MAX_DIFFERENCE = 6
"""Words that differ beyond which a negation is not all that tells two texts apart."""


def has_negation(words: Iterable[str], folded: str, language: str) -> bool:
    """Whether a folded text, given with its words, has a negation.

    It is one of its language, or of any where the language has no list here.
    """
    negations = _BY_LANGUAGE.get(language, _OF_ANY_LANGUAGE)
    if any(word in negations for word in words):
        return True
    return language in ("en", "") and _CONTRACTED_NOT.search(folded) is not None


def differs_by_negation(a: str, b: str) -> bool:
    """Whether two normalised texts differ by a negation and nothing else: they contradict."""
    negations = _IN_LATIN if a.isascii() and b.isascii() else _NORMALISED
    words_a, words_b = a.split(), b.split()
    if negations.isdisjoint(words_a) and negations.isdisjoint(words_b):
        return False
    left, right = Counter(words_a), Counter(words_b)
    different = [*(left - right), *(right - left)]
    if not 0 < len(different) <= _MAX_DIFFERENCE:
        return False
    if all(word not in negations for word in different):
        return False
    return all(word in negations or word in _COME_AND_GO for word in different)
