"""Where the words that a query asks for stand in a text, as it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dashboard.sanitize import Finder, Spans
from index.query import And, Node, Not, Or, Phrase, Prefix, Term, Word
from tocsin.core.text import tokens

_CHUNK = re.compile(
    r"[#@]?[\w\u0300-\u036f\u200b-\u200d\u00ad]+|[\u2600-\u27bf\u2b00-\u2bff]|[\U0001f000-\U0001faff]"
)
_SIGNED = {"hashtag": "#", "mention": "@"}
MAX_SPANS = 400
"""Marks in a text: whoever repeats a word for pages needs no more."""


class _Token(NamedTuple):
    start: int
    end: int
    text: str


def finder(node: Node) -> Finder | None:
    """Finds the words, phrases, beginnings and tags that a query asks for; None where it asks for
    none. What it excludes is not looked for."""
    words: set[str] = set()
    phrases: set[tuple[str, ...]] = set()
    prefixes: set[str] = set()
    for leaf in _asked(node):
        match leaf:
            case Word(text):
                words.add(text)
            case Phrase(texts):
                phrases.add(texts)
            case Prefix(text):
                prefixes.add(text)
            case Term(field, value) if field in _SIGNED:
                words.add(_SIGNED[field] + value)
    if not (words or phrases or prefixes):
        return None
    beginnings = tuple(prefixes)

    def find(text: str) -> Spans:
        found = list(_tokens(text))
        hits = [
            (token.start, token.end)
            for token in found
            if token.text in words or (beginnings and token.text.startswith(beginnings))
        ]
        for phrase in phrases:
            hits += _phrase(found, phrase)
        return _merged(hits)

    return find


def _asked(node: Node) -> Iterator[Node]:
    if isinstance(node, (And, Or)):
        for part in node.parts:
            yield from _asked(part)
    elif not isinstance(node, Not):
        yield node


def _tokens(text: str) -> Iterator[_Token]:
    """The words of a text as the index matches them, with their places in the text itself."""
    for chunk in _CHUNK.finditer(text):
        folded = tokens(chunk.group())
        if len(folded) == 1:
            yield _Token(chunk.start(), chunk.end(), folded[0])
            continue
        # of scripts without spaces, each character is a word
        for place, character in enumerate(chunk.group(), start=chunk.start()):
            for token in tokens(character):
                yield _Token(place, place + 1, token)


def _phrase(found: Sequence[_Token], phrase: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    texts = [token.text for token in found]
    length = len(phrase)
    for place in range(len(texts) - length + 1):
        if texts[place] == phrase[0] and tuple(texts[place : place + length]) == phrase:
            yield found[place].start, found[place + length - 1].end


def _merged(hits: list[tuple[int, int]]) -> Spans:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(hits):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged[:MAX_SPANS]
