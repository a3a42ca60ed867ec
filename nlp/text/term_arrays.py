"""The words of many texts at once: what `nlp.text.terms.words` finds in each, as arrays.

One pass over all characters of a few thousand texts instead of a loop over the words of each. The characters are
classed by Python's own ``\\w`` and white space, so that both find the same words in any script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nlp.text.terms import MAX_WORDS, word

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

_WORD, _UNDER, _JOINS, _SPACE, _AT, _HASH = 1, 2, 4, 8, 16, 32
_PARTED = "\n"
"""Stands between two texts; squashed texts have none."""


class Found(NamedTuple):
    """The words of texts, in order.

    ``text`` is the position of the text, ``token`` a number of `Tokens` (-1 for a mention), ``behind`` whether the word follows the one
    before it in the same text with nothing but white space between.
    """

    text: Ints
    token: Ints
    behind: Bools


class Tokens:
    """Different words as written and what they mean.

    ``folded`` has for each token the number of its folded word (a position of ``words``), -1 where it counts as none; ``shown`` how it is
    written.
    """

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._word: dict[str, int] = {}
        self.folded: list[int] = []
        self.shown: list[str] = []
        self.words: list[str] = []
        self._keys = np.zeros(0, np.int64)

    def find(self, texts: Sequence[str]) -> Found:
        """The words of texts that `nlp.text.cleaning.body` gave, `MAX_WORDS` of each at most."""
        joined = _PARTED.join(texts)
        data = joined.encode("utf-8")
        characters = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
        first, last, mention = _spans(characters)
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        text = np.searchsorted(ends, first, "right")
        begins = (
            ends[text] - np.fromiter(map(len, texts), np.int64, len(texts))[text] - 1
            if len(texts)
            else first
        )
        same = np.zeros(len(first), bool)
        same[1:] = text[1:] == text[:-1]
        gap = np.where(same, np.append(0, last[:-1])[: len(first)], begins)
        signs = np.append(0, np.cumsum(_classes()[characters] & _SPACE == 0, dtype=np.int32))
        # the sign of a tag is part of its word
        tagged = np.zeros(len(first), bool)
        tagged[first > 0] = (characters[first[first > 0] - 1] == ord("#")) & ~mention[first > 0]
        parted = signs[first - tagged] > signs[gap]
        kept = _within(same, parted)
        number = np.full(len(first), -1, np.int32)
        number[~mention] = self._numbers(data, characters, first[~mention], last[~mention])
        behind = same & ~parted
        return Found(text[kept].astype(np.int32), number[kept], behind[kept])

    def key(self, name: str) -> int:
        """The key of a word or a pair of words: of one name always the same one.

        The number of the word; or where there is a space in it, the number of what stands before the first plus one, times 2**32, plus
        that of the rest: a folded word of several scripts has spaces, and may read like a pair.
        """
        first, space, rest = name.partition(" ")
        return (
            (self._numbered(first) + 1 << 32) + self._numbered(rest)
            if space
            else self._numbered(first)
        )

    def keys(self) -> Longs:
        """`key` of each folded word."""
        new = self.words[len(self._keys) :]
        self._keys = np.append(self._keys, np.array([self.key(word_) for word_ in new], np.int64))
        return self._keys

    def spaced(self) -> Bools:
        """Whether each folded word has a space in it."""
        return self.keys() >= 1 << 32

    def _numbered(self, folded: str) -> int:
        found = self._word.setdefault(folded, len(self.words))
        if found == len(self.words):
            self.words.append(folded)
        return found

    def _numbers(
        self, data: bytes, characters: NDArray[np.uint32], first: Longs, last: Longs
    ) -> Ints:
        """The token at each span of characters."""
        if not len(first):
            return np.zeros(0, np.int32)
        edges = np.stack([first, last], 1).ravel()
        if len(data) > len(characters):
            sizes = (
                1
                + (characters >= 0x80).view(np.uint8)
                + (characters >= 0x800).view(np.uint8)
                + (characters >= 0x10000).view(np.uint8)
            )
            edges = np.append(0, np.cumsum(sizes, dtype=np.int64))[edges]
        pieces = pa.LargeStringArray.from_buffers(
            len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(data)
        )
        encoded = pieces.take(pa.array(np.arange(0, len(edges) - 1, 2))).dictionary_encode()
        known: Ints = np.array(
            [self._token(token) for token in encoded.dictionary.to_pylist()], np.int32
        )
        found: Ints = known[np.asarray(encoded.indices)]
        return found

    def _token(self, token: str) -> int:
        found = self._number.setdefault(token, len(self.folded))
        if found == len(self.folded):
            meant = word(token)
            self.folded.append(-1 if meant is None else self._numbered(meant[0]))
            self.shown.append("" if meant is None else meant[1])
        return found


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """What each code point is; 1.1 MB."""
    found = np.zeros(0x110000, np.uint8)
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    points = np.frombuffer(every.encode("utf-32-le"), np.uint32)
    for pattern, meaning in ((r"[^\W_]", _WORD), (r"\s", _SPACE)):
        found[points[[match.start() for match in re.finditer(pattern, every)]]] |= meaning
    found[ord("_")] |= _UNDER
    found[[ord(sign) for sign in "-'’"]] |= _JOINS
    found[ord("@")] |= _AT
    return found


def _spans(characters: NDArray[np.uint32]) -> tuple[Longs, Longs, Bools]:
    """First character and end of each word and mention, in order, and whether it is a mention. The sign of a tag is not in its span."""
    classes = _classes()[characters]
    spelled = classes & (_WORD | _UNDER) != 0
    begin, end = _runs(spelled)
    addressed = begin > 0
    addressed[addressed] = classes[begin[addressed] - 1] == _AT
    taken = np.zeros(len(classes) + 1, np.int8)
    taken[begin[addressed]] = 1
    taken[end[addressed]] -= 1
    free = np.cumsum(taken[:-1], dtype=np.int8) == 0
    letter = (classes & _WORD != 0) & free
    joins = (classes & (_UNDER | _JOINS) != 0) & free
    inner = np.zeros(len(classes), bool)
    inner[1:-1] = joins[1:-1] & letter[:-2] & letter[2:]
    first, last = _runs(letter | inner)
    starts, stops = (
        np.concatenate([first, begin[addressed] - 1]),
        np.concatenate([last, end[addressed]]),
    )
    order = np.argsort(starts, kind="stable")
    return starts[order], stops[order], (np.arange(len(starts)) >= len(first))[order]


def _runs(mask: Bools) -> tuple[Longs, Longs]:
    """First position and end of each run of true values."""
    edges = np.flatnonzero(np.diff(mask.view(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]


def _within(same: Bools, parted: Bools) -> Bools:
    """Which words come before a text has `MAX_WORDS` words and marks between words."""
    counted = np.cumsum(1 + parted.astype(np.int64))
    before = counted - 1 - parted
    begins = np.flatnonzero(~same)
    offset = np.repeat(before[begins], np.diff(np.append(begins, len(same))))
    return np.asarray(before - offset < MAX_WORDS)
