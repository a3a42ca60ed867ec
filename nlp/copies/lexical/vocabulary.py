"""The words of all texts as numbers, and what each weighs.

Numbers are compared, sorted and summed for many pairs of texts at once
(`nlp.copies.lexical.pair_overlaps`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints, position_in_run, sorted_unique
from nlp.copies.lexical.word_overlap import LONG_WORD, MAX_TYPOS, TYPO_LENGTH

BATCH = 5_000
"""Texts that are split at once: the words of all at once would take more memory than all else."""
_MAX_LENGTH = 12
"""Letters of a word that count: a compound of thirty letters is one word, not five."""


class Vocabulary(NamedTuple):
    """The words of n texts, which say m words together, t different ones.

    The second time that a text says a word is another token than the first, so that a text is a set
    of tokens and not a multiset of words.

    Attributes:
        weights: word -> weight, see `build_vocabulary`.
        offsets: (n,), where the tokens of each text begin in ``tokens``.
        counts: (n,), how many tokens each text has.
        tokens: (m,), the tokens of one text after the other, by their numbers.
        order: (m,), where each stands in its text: where its word is said first, then how often it
            was said before.
        words: (t,), the spelling of each token.
        token_weights: (t,), the weight of each token.
        lengths: (t,), letters of each token.
        max_typos: (t,), typos that are forgiven in each token.
        letter_sets: (t,), the letters of each token as bits: code points modulo 64.
    """

    weights: dict[str, float]
    offsets: Ints
    counts: Ints
    tokens: NDArray[np.int32]
    order: Ints
    words: list[str]
    token_weights: NDArray[np.float64]
    lengths: Ints
    max_typos: Ints
    letter_sets: NDArray[np.uint64]


def build_vocabulary(normalised: Sequence[str]) -> Vocabulary:
    """The vocabulary of normalised texts, none of them empty.

    A word weighs its letters times its rarity among these texts (inverse document frequency, 0 to
    1).
    """
    ids: dict[str, int] = {}
    all_words = np.concatenate([np.zeros(0, np.int64), *_word_ids(normalised, ids)])
    words, size = list(ids), len(ids)
    counts = np.fromiter((text.count(" ") + 1 for text in normalised), np.int64, len(normalised))

    # (m,) keys text * size + word, sorted: repetitions of a word in a text stand side by side
    keys = np.repeat(np.arange(len(normalised)), counts) * size + all_words
    by_word = np.argsort(keys, kind="stable")
    keys = keys[by_word]
    word = keys % max(1, size)
    repetition = position_in_run(keys)
    # tokens 0..size-1 are words said for the first time; the others, (r,), are repetitions of words
    repeated = sorted_unique((repetition * size + word)[repetition > 0])
    repeated_token = size + np.searchsorted(repeated, repetition * size + word)
    tokens = np.where(repetition > 0, repeated_token, word)
    word_of_token = np.concatenate([np.arange(size), repeated % max(1, size)])
    said_first = by_word[np.arange(len(keys)) - repetition]
    order = said_first * (int(repetition.max(initial=0)) + 1) + repetition
    by_token = np.argsort(keys // max(1, size) * len(word_of_token) + tokens, kind="stable")

    lengths = np.fromiter(map(len, words), np.int64, size)
    document_frequency = np.bincount(word[repetition == 0], minlength=size)
    rarity = _rarity(document_frequency, len(normalised))
    weights = np.minimum(lengths, _MAX_LENGTH) * rarity / (log(1 + len(normalised)) or 1.0)
    all_letters = np.fromiter(map(str.isalpha, words), bool, size)
    typos_by_length = np.where(lengths < LONG_WORD, 1, MAX_TYPOS)
    max_typos = np.where(all_letters & (lengths >= TYPO_LENGTH), typos_by_length, 0)
    return Vocabulary(
        weights=dict(zip(words, weights.tolist(), strict=True)),
        offsets=np.cumsum(counts) - counts,
        counts=counts,
        tokens=tokens[by_token].astype(np.int32),
        order=order[by_token],
        words=words + [words[at] for at in word_of_token[size:].tolist()],
        token_weights=weights[word_of_token],
        lengths=lengths[word_of_token],
        max_typos=max_typos[word_of_token],
        letter_sets=_letter_sets(words, lengths)[word_of_token],
    )


def _word_ids(normalised: Sequence[str], ids: dict[str, int]) -> Iterator[Ints]:
    """The ids of all words in their order, batch by batch; new words get the next id in ``ids``."""
    for start in range(0, len(normalised), BATCH):
        words = " ".join(normalised[start : start + BATCH]).split()
        for word in dict.fromkeys(words):
            ids.setdefault(word, len(ids))
        yield np.fromiter(map(ids.__getitem__, words), np.int64, len(words))


def _rarity(document_frequency: Ints, documents: int) -> NDArray[np.float64]:
    """Logarithms by `math.log`, once for each different frequency: the same on every processor."""
    frequencies, at = np.unique(document_frequency, return_inverse=True)
    return np.array([log(1 + documents / times) for times in frequencies.tolist()], np.float64)[at]


def _letter_sets(words: Sequence[str], lengths: Ints) -> NDArray[np.uint64]:
    if not words:
        return np.zeros(0, np.uint64)
    codes = np.frombuffer("".join(words).encode("utf-32-le", "replace"), np.uint32)
    bits: NDArray[np.uint64] = np.left_shift(np.uint64(1), codes & np.uint64(63))
    return np.bitwise_or.reduceat(bits, np.cumsum(lengths) - lengths)
