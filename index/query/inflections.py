"""The inflected forms of a word, in French and English: ``~carburant`` is carburant OR carburants.

Dictionaries of simplemma (Barbaresi 2021, offline, MIT) say of which lemma a form is. A form may be
of several words (``votes``: vote, voter), and folding adds to that (``élève``, ``élevé``): the
forms of all of them count, since a query that finds too much can be seen, one that finds too little
cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tocsin.core.text import fold

LANGUAGES = ("fr", "en")
MAX_FORMS = 64
"""A French verb has some 45 forms."""
SHORTEST = 3
"""Shorter words (le, an, of) are left as they are: their forms are those of half the language."""


def inflect(word: str) -> tuple[str, ...]:
    """The folded forms of a folded word, the word itself first, the others sorted.

    Args:
        word: one folded word (`tocsin.core.text.tokens`). A hashtag or mention has no other forms.

    Returns:
        1 to `MAX_FORMS` forms. A word that no dictionary knows has its plural or singular in -s.
    """
    if len(word) < SHORTEST or not word.isalpha():
        return (word,)
    plural = word if word.endswith("s") else word + "s"
    forms: set[str] = set()
    stock: set[str] = set()
    for language in LANGUAGES:
        lines = _dictionary(language)
        if of := set(_lemmas(lines, word)):
            # to the dictionary `vote` is a noun and `votes` a verb: whoever asks wants both
            of.update(_lemmas(lines, plural))
            forms.update(form for lemma in of for form in _forms(lines, lemma))
            stock |= of
    if not forms:
        forms = {plural, plural[:-1]}
    forms = {form for form in forms - {word} if not _is_other_word(form, word, stock)}
    return (word, *sorted(forms)[: MAX_FORMS - 1])


def _is_other_word(form: str, word: str, stock: set[str]) -> bool:
    """Whether a form is more likely another word of another language: Old French has `fame` for
    `femme`, and English posts would be found."""
    if form[:SHORTEST] == word[:SHORTEST]:
        return False
    lemmas = (set(_lemmas(_dictionary(language), form)) for language in LANGUAGES)
    return any(of and not of & stock for of in lemmas)


@cache
def _dictionary(language: str) -> str:
    """All lines ``form TAB lemma``, folded: one text is folded and searched faster than 200,000
    words."""
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    pairs = DefaultDictionaryFactory().get_dictionary(language).items()
    return fold("\n" + "".join(f"{form}\t{lemma}\n" for form, lemma in pairs))


def _lemmas(lines: str, form: str) -> Iterator[str]:
    """The lemmas that a folded form may have."""
    key = f"\n{form}\t"
    at = lines.find(key)
    while at >= 0:
        yield lines[at + len(key) : lines.index("\n", at + 1)]
        at = lines.find(key, at + 1)


def _forms(lines: str, lemma: str) -> Iterator[str]:
    """The words that a folded lemma may become."""
    key = f"\t{lemma}\n"
    at = lines.find(key)
    while at >= 0:
        form = lines[lines.rindex("\n", 0, at) + 1 : at]
        if form.isalpha():
            yield form
        at = lines.find(key, at + 1)
