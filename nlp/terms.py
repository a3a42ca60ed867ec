"""Words and word pairs of a text, for labels and for bursts: folded to compare, as written to show."""

from __future__ import annotations

import re
from functools import lru_cache

from nlp.cleaning import body
from tocsin.text import fold

_TOKEN = re.compile(r"@\w+|#?[^\W_]+(?:[-'’_][^\W_]+)*")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu)['’](?=\w)", re.IGNORECASE)
_CONTRACTION = re.compile(r"(?:n't|'(?:m|re|ve|ll|d))$")
_GENITIVE = re.compile(r"['’]s$", re.IGNORECASE)
_PLATFORM = frozenset(["rt", "via", "amp", "http", "https", "www", "com", "fr", "html", "gt", "lt", "nbsp", "pic", "twitter"])
MAX_WORDS = 400


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Folded French and English stop words (spaCy's lists), and what platforms put into texts."""
    from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH
    from spacy.lang.fr.stop_words import STOP_WORDS as FRENCH

    folded = {_ELISION.sub("", fold(word)) for word in (*ENGLISH, *FRENCH)}
    return frozenset(folded | {word.replace("'", "") for word in folded} | _PLATFORM)


def words(title: str | None, text: str) -> list[tuple[str, str] | None]:
    """(folded, as written) of each word; None where a stop word, mention or mark parts two words.

    Elided articles (``l'``, ``d'``) and the genitive are taken off, ``#`` too. Numbers alone are no words.
    """
    found: list[tuple[str, str] | None] = []
    stops = stop_words()
    end = 0
    source = body(title, text)
    for match in _TOKEN.finditer(source):
        if source[end : match.start()].strip():  # a comma or full stop stands between
            found.append(None)
        end = match.end()
        found.append(_word(match.group(), stops))
        if len(found) >= MAX_WORDS:
            break
    return found


def terms(title: str | None, text: str) -> dict[str, str]:
    """Folded words and pairs of neighbouring words of a text -> as first written."""
    found: dict[str, str] = {}
    before: tuple[str, str] | None = None
    for word in words(title, text):
        if word is not None:
            found.setdefault(*word)
            if before is not None and before[0] != word[0]:
                found.setdefault(f"{before[0]} {word[0]}", f"{before[1]} {word[1]}")
        before = word
    return found


@lru_cache(maxsize=200_000)
def _folded(token: str) -> str:
    return fold(token).strip()


def _word(token: str, stops: frozenset[str]) -> tuple[str, str] | None:
    if token[0] == "@":
        return None
    shown = _GENITIVE.sub("", _ELISION.sub("", token.lstrip("#")))
    folded = _folded(shown)
    if not 2 <= len(folded) <= 40 or folded in stops or folded.replace("'", "") in stops:
        return None
    if _CONTRACTION.search(folded) or not any(c.isalpha() for c in folded):
        return None
    return folded, shown
