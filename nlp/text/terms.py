"""Words and word pairs of a text, for labels and for bursts: folded to compare, as written to show."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

from nlp.text.cleaning import body
from tocsin.core.errors import ConfigError
from tocsin.core.text import fold

_TOKEN = re.compile(r"@\w+|#?[^\W_]+(?:[-'’_][^\W_]+)*")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu)['’](?=\w)", re.IGNORECASE)
_CONTRACTION = re.compile(r"(?:n't|'(?:m|re|ve|ll|d))$")
_GENITIVE = re.compile(r"['’]s$", re.IGNORECASE)
_PLATFORM = frozenset(
    [
        "rt",
        "via",
        "amp",
        "http",
        "https",
        "www",
        "com",
        "fr",
        "html",
        "gt",
        "lt",
        "nbsp",
        "pic",
        "twitter",
    ]
)
MAX_WORDS = 400


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Folded French and English stop words (spaCy's lists), and what platforms put into texts."""
    folded = {_ELISION.sub("", fold(word)) for code in ("en", "fr") for word in _spacy_list(code)}
    return frozenset(folded | {word.replace("'", "") for word in folded} | _PLATFORM)


def _spacy_list(code: str) -> set[str]:
    """spaCy's stop words of a language, from their own file: importing the language compiles seconds of tokeniser rules."""
    package = find_spec("spacy")
    if package is None or package.origin is None:
        raise ConfigError("the package spacy is missing; install Tocsin's dependencies again")
    return set(
        run_path(str(Path(package.origin).parent / "lang" / code / "stop_words.py"))["STOP_WORDS"]
    )


def words(title: str | None, text: str) -> list[tuple[str, str] | None]:
    """(folded, as written) of each word; None where a stop word, mention or mark parts two words.

    Elided articles (``l'``, ``d'``) and the genitive are taken off, ``#`` too. Numbers alone are no words.
    """
    found: list[tuple[str, str] | None] = []
    end = 0
    source = body(title, text)
    for match in _TOKEN.finditer(source):
        if source[end : match.start()].strip():  # a comma or full stop stands between
            found.append(None)
        end = match.end()
        found.append(_word(match.group()))
        if len(found) >= MAX_WORDS:
            break
    return found


def terms(title: str | None, text: str) -> dict[str, str]:
    """Folded words and pairs of neighbouring words of a text -> as first written."""
    found: dict[str, str] = {}
    before: tuple[str, str] | None = None
    for this in words(title, text):
        if this is not None:
            found.setdefault(*this)
            if before is not None and before[0] != this[0]:
                found.setdefault(f"{before[0]} {this[0]}", f"{before[1]} {this[1]}")
        before = this
    return found


def word(token: str) -> tuple[str, str] | None:
    """(folded, as written) of what the pattern of words matched; None where it counts as none."""
    if token.isascii() and token.isalpha():  # most: nothing to take off
        folded = token.lower()
        return None if not 2 <= len(folded) <= 40 or folded in stop_words() else (folded, token)
    if token[0] == "@":
        return None
    shown = _GENITIVE.sub("", _ELISION.sub("", token.lstrip("#")))
    folded, stops = fold(shown).strip(), stop_words()
    if not 2 <= len(folded) <= 40 or folded in stops or folded.replace("'", "") in stops:
        return None
    if _CONTRACTION.search(folded) or not any(c.isalpha() for c in folded):
        return None
    return folded, shown


_word = lru_cache(maxsize=200_000)(word)
