"""The words of many texts at once: what `nlp.text.terms.tokenise` finds in each, as arrays.

One pass over all characters of a few thousand texts instead of a loop over the words of each.
Characters are classed by Python's own ``\\w`` and white space, so that both find the same words in
any script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nlp.text.terms import MAX_WORDS, normalise_token

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

_WORD, _UNDERSCORE, _JOINER, _SPACE, _AT = 1, 2, 4, 8, 16
"""Classes of characters, as bits."""
_SEPARATOR = "\n"
"""Stands between two texts; squashed texts contain none."""


class TokenSequence(NamedTuple):
    """The words of texts, in order: arrays of equal length.

    ``text`` is the position of the text, ``token`` a number of `TokenVocabulary` (-1 for a
    mention), ``adjacent`` whether the word follows the one before it in the same text with only
    white space between.
    """

    text: Ints
    token: Ints
    adjacent: Bools


class TokenVocabulary:
    """Different tokens as written, and the words that they are.

    ``word_of_token`` has for each token the number of its folded word (a position of ``words``), -1
    where it does not count; ``forms`` how it is written. ``base`` gives what a folded word counts
    as; itself where None.
    """

    def __init__(self, base: Callable[[str], str] | None = None) -> None:
        self._base = base or str
        self._token_codes: dict[str, int] = {}
        self._word_codes: dict[str, int] = {}
        self.word_of_token: list[int] = []
        self.forms: list[str] = []
        self.words: list[str] = []
        self._keys = np.zeros(0, np.int64)

    def tokenise(self, texts: Sequence[str]) -> TokenSequence:
        """The words of texts that `nlp.text.cleaning.body` gave, at most `MAX_WORDS` of each."""
        joined = _SEPARATOR.join(texts)
        data = joined.encode("utf-8")
        characters = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
        first, last, is_mention = _spans(characters)
        # the text that each span is in, and where that text begins among all characters
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = np.cumsum(lengths + 1)
        text = np.searchsorted(ends, first, "right")
        begins = ends[text] - lengths[text] - 1 if len(texts) else first
        in_same_text = np.zeros(len(first), bool)
        in_same_text[1:] = text[1:] == text[:-1]
        # what stands between a span and the one before it, or the beginning of its text
        gap = np.where(in_same_text, np.append(0, last[:-1])[: len(first)], begins)
        is_sign = _classes()[characters] & _SPACE == 0
        signs_before = np.append(0, np.cumsum(is_sign, dtype=np.int32))
        # the sign of a hashtag is part of its word
        tagged = np.zeros(len(first), bool)
        behind_sign = characters[first[first > 0] - 1] == ord("#")
        tagged[first > 0] = behind_sign & ~is_mention[first > 0]
        separated = signs_before[first - tagged] > signs_before[gap]
        kept = _within_limit(in_same_text, separated)
        token = np.full(len(first), -1, np.int32)
        words = ~is_mention
        token[words] = self._tokens(data, characters, first[words], last[words])
        adjacent = in_same_text & ~separated
        return TokenSequence(text[kept].astype(np.int32), token[kept], adjacent[kept])

    def key(self, name: str) -> int:
        """The key of a word or a pair of words: of one name always the same one.

        The number of the word; or where there is a space in it, the number of what stands before
        the first plus one, times 2**32, plus that of the rest: a folded word of several scripts has
        spaces, and may read like a pair.
        """
        first, space, rest = name.partition(" ")
        if not space:
            return self._word(first)
        return (self._word(first) + 1 << 32) + self._word(rest)

    def keys(self) -> Longs:
        """`key` of each folded word."""
        new = [self.key(word) for word in self.words[len(self._keys) :]]
        self._keys = np.append(self._keys, np.array(new, np.int64))
        return self._keys

    def spaced(self) -> Bools:
        """Whether each folded word has a space in it."""
        return self.keys() >= 1 << 32

    def _word(self, folded: str) -> int:
        code = self._word_codes.setdefault(folded, len(self.words))
        if code == len(self.words):
            self.words.append(folded)
        return code

    def _tokens(
        self, data: bytes, characters: NDArray[np.uint32], first: Longs, last: Longs
    ) -> Ints:
        """The token at each span of characters; ``data`` are the characters in UTF-8."""
        if not len(first):
            return np.zeros(0, np.int32)
        edges = np.stack([first, last], 1).ravel()
        if len(data) > len(characters):  # not all are ASCII: from characters to bytes
            sizes = (
                1
                + (characters >= 0x80).view(np.uint8)
                + (characters >= 0x800).view(np.uint8)
                + (characters >= 0x10000).view(np.uint8)
            )
            edges = np.append(0, np.cumsum(sizes, dtype=np.int64))[edges]
        # the pieces between edges are word, gap, word, gap, ... word: every second one is a word
        pieces = pa.LargeStringArray.from_buffers(
            len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(data)
        )
        encoded = pieces.take(pa.array(np.arange(0, len(edges) - 1, 2))).dictionary_encode()
        tokens: Ints = self._numbers(encoded.dictionary.to_pylist())[np.asarray(encoded.indices)]
        return tokens

    def _numbers(self, tokens: list[str]) -> Ints:
        """The numbers of different tokens; those that are new are taken in."""
        codes = self._token_codes
        numbers: list[int | None] = list(map(codes.get, tokens))
        for at, token in enumerate(tokens):
            if numbers[at] is None:
                numbers[at] = codes[token] = len(self.word_of_token)
                normalised = normalise_token(token)
                word = -1 if normalised is None else self._word(self._base(normalised[0]))
                self.word_of_token.append(word)
                self.forms.append("" if normalised is None else normalised[1])
        return np.array(numbers, np.int32)


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """The class of each code point; 1.1 MB."""
    classes = np.zeros(0x110000, np.uint8)
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))  # without surrogates
    points = np.frombuffer(every.encode("utf-32-le"), np.uint32)
    for pattern, meaning in ((r"[^\W_]", _WORD), (r"\s", _SPACE)):
        classes[points[[match.start() for match in re.finditer(pattern, every)]]] |= meaning
    classes[ord("_")] |= _UNDERSCORE
    classes[[ord(sign) for sign in "-'’"]] |= _JOINER
    classes[ord("@")] |= _AT
    return classes


def _spans(characters: NDArray[np.uint32]) -> tuple[Longs, Longs, Bools]:
    """First character and end of each word and mention, in order, and whether it is a mention.

    The sign of a hashtag is not in its span; the sign of a mention is.
    """
    classes = _classes()[characters]
    begin, end = _runs(classes & (_WORD | _UNDERSCORE) != 0)
    is_mention = begin > 0
    is_mention[is_mention] = classes[begin[is_mention] - 1] == _AT
    mention_begin, mention_end = begin[is_mention], end[is_mention]
    # characters of mentions are not part of words: +1 where one begins, -1 where it ends
    edges = np.zeros(len(classes) + 1, np.int8)
    edges[mention_begin] = 1
    edges[mention_end] -= 1
    is_free = np.cumsum(edges[:-1], dtype=np.int8) == 0
    is_letter = (classes & _WORD != 0) & is_free
    is_joiner = (classes & (_UNDERSCORE | _JOINER) != 0) & is_free
    joins = np.zeros(len(classes), bool)  # a joiner counts between two letters
    joins[1:-1] = is_joiner[1:-1] & is_letter[:-2] & is_letter[2:]
    first, last = _runs(is_letter | joins)
    starts = np.concatenate([first, mention_begin - 1])
    stops = np.concatenate([last, mention_end])
    order = np.argsort(starts, kind="stable")
    return starts[order], stops[order], (np.arange(len(starts)) >= len(first))[order]


def _runs(mask: Bools) -> tuple[Longs, Longs]:
    """First position and end of each run of true values."""
    edges = np.flatnonzero(np.diff(mask.view(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]


def _within_limit(in_same_text: Bools, separated: Bools) -> Bools:
    """Which words come before a text has `MAX_WORDS` words and separators."""
    counted = np.cumsum(1 + separated.astype(np.int64))
    before = counted - 1 - separated
    begins = np.flatnonzero(~in_same_text)
    offset = np.repeat(before[begins], np.diff(np.append(begins, len(in_same_text))))
    return np.asarray(before - offset < MAX_WORDS)
