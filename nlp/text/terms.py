"""Words and word pairs of a text, for labels and bursts: folded to compare, as written to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

from nlp.text.cleaning import body
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import fold

_TOKEN = re.compile(r"(@\w+|#?[^\W_]+(?:[-'’_][^\W_]+)*)")
_ASCII_TOKEN = re.compile(r"(@\w+|#?[A-Za-z0-9]+(?:[-'_][A-Za-z0-9]+)*)", re.ASCII)
"""The same in ASCII texts, several times as fast."""
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
"""Words that platforms put into texts."""
MAX_WORDS = 400
_FIRST_WORDS = 6
"""Words that are split off first: who asks whether a text has words needs no more."""


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Folded French and English stop words (spaCy's lists), and those of platforms."""
    folded = {_ELISION.sub("", fold(word)) for code in ("en", "fr") for word in _spacy_list(code)}
    return frozenset(folded | {word.replace("'", "") for word in folded} | _PLATFORM)


def _spacy_list(code: str) -> set[str]:
    """spaCy's stop words of a language, from their own file.

    Importing the language compiles tokeniser rules, which takes seconds.
    """
    package = find_spec("spacy")
    if package is None or package.origin is None:
        raise ConfigError(Message("fault.models.no_spacy"))
    path = Path(package.origin).parent / "lang" / code / "stop_words.py"
    return set(run_path(str(path))["STOP_WORDS"])


def tokenise(title: str | None, text: str) -> list[tuple[str, str] | None]:
    """(folded, as written) of each word.

    None where a stop word, mention or mark separates two words.

    Elided articles (``l'``, ``d'``), the genitive and ``#`` are removed. Numbers alone are not
    words.
    """
    return list(iterate_tokens(title, text))


def iterate_tokens(title: str | None, text: str) -> Iterator[tuple[str, str] | None]:
    """What `tokenise` lists, one by one: for those that need the first few only."""
    # split by the pattern of words: what stands between two of them, then the word, in turns
    rest = body(title, text)
    pattern = _ASCII_TOKEN if rest.isascii() else _TOKEN
    count, most = 0, _FIRST_WORDS
    while count < MAX_WORDS:
        parts = pattern.split(rest, most)
        for place in range(1, len(parts), 2):
            between = parts[place - 1]
            if between != " " and between.strip():  # a comma or full stop stands between
                count += 1
                yield None
            count += 1
            yield known_token(parts[place])
            if count >= MAX_WORDS:
                return
        if len(parts) <= 2 * most:
            return
        rest, most = parts[-1], MAX_WORDS


def iterate_words(line: str) -> Iterator[str]:
    """The words of a line that `nlp.text.cleaning.body` cleaned, as written, mentions too."""
    for found in (_ASCII_TOKEN if line.isascii() else _TOKEN).finditer(line):
        yield found[0]


def extract_terms(title: str | None, text: str) -> dict[str, str]:
    """Folded words and pairs of neighbouring words of a text -> as first written."""
    terms: dict[str, str] = {}
    rest = body(title, text)
    parts = (_ASCII_TOKEN if rest.isascii() else _TOKEN).split(rest)
    # a loop of its own: most of the time of naming groups is spent here
    previous: tuple[str, str] | None = None
    left = MAX_WORDS
    for between, word in zip(parts[::2], parts[1::2], strict=False):
        if between != " " and between.strip():  # a comma or full stop stands between
            previous = None
            left -= 1
        left -= 1
        token = known_token(word)
        if token is not None:
            folded, written = token
            if folded not in terms:
                terms[folded] = written
            if previous is not None and previous[0] != folded:
                pair = f"{previous[0]} {folded}"
                if pair not in terms:
                    terms[pair] = f"{previous[1]} {written}"
        if left <= 0:
            break
        previous = token
    return terms


def normalise_token(token: str) -> tuple[str, str] | None:
    """(folded, as written) of what the pattern of words matched; None where it does not count."""
    if token.isascii() and token.isalpha():  # most words: nothing to remove
        folded = token.lower()
        return None if not 2 <= len(folded) <= 40 or folded in stop_words() else (folded, token)
    if token[0] == "@":
        return None
    written = _GENITIVE.sub("", _ELISION.sub("", token.lstrip("#")))
    folded, stops = fold(written).strip(), stop_words()
    if not 2 <= len(folded) <= 40 or folded in stops or folded.replace("'", "") in stops:
        return None
    if _CONTRACTION.search(folded) or not any(c.isalpha() for c in folded):
        return None
    return folded, written


known_token = lru_cache(maxsize=200_000)(normalise_token)
"""The same for words of texts, most of which come again and again."""
