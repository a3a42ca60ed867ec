"""The words of all texts as numbers, and what each tells.

Numbers are compared, sorted and summed for many pairs of texts at once (`nlp.copies.lexical.upper_bounds`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.copies.lexical.fingerprints import Ints, distinct
from nlp.copies.lexical.word_agreement import TYPOS

AT_ONCE = 5_000
"""Texts that are split at once: the words of all at once would take more memory than all else."""
_LONGEST = 12
"""Letters of a word that count: a compound of thirty letters is one word, not five."""


class Vocabulary(NamedTuple):
    """What the words of some texts are.

    ``tokens`` are the words of one text after the other, text ``i`` having ``sizes[i]`` of them from ``starts[i]``. The second time that
    a text says a word is another token than the first. ``spelled``, ``value``, ``length``, ``allowed`` (typos) and ``letters`` (a set of
    them, one bit each) are by token; ``weight`` tells the value of a word.
    """

    weight: dict[str, float]
    starts: Ints
    sizes: Ints
    tokens: NDArray[np.int32]
    spelled: list[str]
    value: NDArray[np.float64]
    length: Ints
    allowed: Ints
    letters: NDArray[np.uint64]


def vocabulary(skeletons: Sequence[str]) -> Vocabulary:
    """Of skeletons, none empty. A word tells its letters times its rarity among these texts (inverse document frequency, 0 to 1)."""
    number: dict[str, int] = {}
    said = np.concatenate([np.zeros(0, np.int64), *_said(skeletons, number)])
    spelled, words = list(number), len(number)
    sizes = np.fromiter((text.count(" ") + 1 for text in skeletons), np.int64, len(skeletons))
    keys = np.sort(np.repeat(np.arange(len(skeletons)), sizes) * words + said)
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    times = np.arange(len(keys)) - np.repeat(begins, np.diff(np.append(begins, len(keys))))
    word = keys % max(1, words)
    again = distinct((times * words + word)[times > 0])
    tokens = np.where(times > 0, words + np.searchsorted(again, times * words + word), word).astype(
        np.int32
    )
    of = np.concatenate([np.arange(words), again % max(1, words)])
    length = np.fromiter(map(len, spelled), np.int64, words)
    rarity = _rarity(np.bincount(word[begins], minlength=words), len(skeletons))
    value = np.minimum(length, _LONGEST) * rarity / (log(1 + len(skeletons)) or 1.0)
    plain = np.fromiter(map(str.isalpha, spelled), bool, words)
    allowed = np.where(plain & (length >= TYPOS[0]), np.where(length < TYPOS[1], 1, TYPOS[2]), 0)
    weight = dict(zip(spelled, value.tolist(), strict=True))
    spelled += [spelled[i] for i in of[words:].tolist()]
    return Vocabulary(
        weight,
        np.cumsum(sizes) - sizes,
        sizes,
        tokens,
        spelled,
        value[of],
        length[of],
        allowed[of],
        _letters(spelled[:words], length)[of],
    )


def _said(skeletons: Sequence[str], number: dict[str, int]) -> Iterator[Ints]:
    """The numbers of all words in their order; new words are put into ``number``."""
    for start in range(0, len(skeletons), AT_ONCE):
        said = " ".join(skeletons[start : start + AT_ONCE]).split()
        for word in dict.fromkeys(said):
            number.setdefault(word, len(number))
        yield np.fromiter(map(number.__getitem__, said), np.int64, len(said))


def _rarity(frequency: Ints, count: int) -> NDArray[np.float64]:
    known, at = np.unique(frequency, return_inverse=True)
    return np.array([log(1 + count / times) for times in known.tolist()], np.float64)[at]


def _letters(spelled: Sequence[str], length: Ints) -> NDArray[np.uint64]:
    if not spelled:
        return np.zeros(0, np.uint64)
    codes = np.frombuffer("".join(spelled).encode("utf-32-le", "replace"), np.uint32)
    bits: NDArray[np.uint64] = np.left_shift(np.uint64(1), codes & np.uint64(63))
    return np.bitwise_or.reduceat(bits, np.cumsum(length) - length)
