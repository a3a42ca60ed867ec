"""Pairs of texts that share a passage, found without comparing all with all.

Winnowing (Schleimer, Wilkerson & Aiken, SIGMOD 2003): of every `WINDOW` consecutive character k-grams the one of least
hash is kept, so any two texts that share a run of ``k + WINDOW - 1`` characters share a fingerprint, wherever it stands. Of a text's
fingerprints only the rarest that occur elsewhere are used: they tell copies from the common turns of a language.
Texts under one fingerprint are paired with all others where they are few and with their neighbours in
alphabetical order where they are many, so the work grows with the number of texts, not with its square.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

K = 8
WINDOW = 4
RAREST = 12
ALL_PAIRS = 24
NEIGHBOURS = 6
CHUNK = 20_000_000

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = np.uint64(0xFFFFFFFFFFFFFFFF)


def fingerprints(graphemes: Sequence[str]) -> tuple[Ints, Hashes]:
    """The winnowed fingerprints of each text: two aligned arrays, the text's number and the hash, sorted by both, no doubles."""
    texts: list[Ints] = []
    hashes: list[Hashes] = []
    start, size = 0, 0
    for stop, text in enumerate(graphemes, 1):
        size += len(text)
        if size >= CHUNK or stop == len(graphemes):
            which, marks = _winnow(graphemes[start:stop])
            texts.append(which + start)
            hashes.append(marks)
            start, size = stop, 0
    if not texts:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    return np.concatenate(texts), np.concatenate(hashes)


def _winnow(graphemes: Sequence[str]) -> tuple[Ints, Hashes]:
    codes = np.frombuffer("".join(graphemes).encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(graphemes)), [len(text) for text in graphemes])
    ideographs = codes >= 0x2E80  # one says as much as several letters: it stands for two
    if ideographs.any():
        times = np.where(ideographs, 2, 1)
        codes, owner = np.repeat(codes, times), np.repeat(owner, times)
    count = len(codes) - K + 1
    if count <= 0:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    rolled = np.zeros(count, np.uint64)
    for offset in range(K):
        rolled *= np.uint64(0x100000001B3)
        rolled += codes[offset : offset + count]
    marks = _mix(rolled)
    marks[owner[:count] != owner[K - 1 :]] = _NOTHING
    padded = np.concatenate([np.full(WINDOW - 1, _NOTHING), marks, np.full(WINDOW - 1, _NOTHING)])
    least = padded[: count + WINDOW - 1].copy()
    for offset in range(1, WINDOW):
        np.minimum(least, padded[offset : offset + count + WINDOW - 1], out=least)
    kept = np.zeros(count, bool)
    for offset in range(WINDOW):
        kept |= marks == least[offset : offset + count]
    kept &= marks != _NOTHING
    return _unique(owner[:count][kept], marks[kept])


def _unique(owner: Ints, marks: Hashes) -> tuple[Ints, Hashes]:
    order = np.lexsort((marks, owner))
    owner, marks = owner[order], marks[order]
    first = np.ones(len(owner), bool)
    first[1:] = (owner[1:] != owner[:-1]) | (marks[1:] != marks[:-1])
    return owner[first], marks[first]


def _mix(values: Hashes) -> Hashes:
    """SplitMix64's finaliser: near hashes are spread over all 64 bits."""
    values = values * _MULTIPLIER
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def shared_passages(graphemes: Sequence[str]) -> tuple[Ints, Ints, Ints]:
    """Candidate pairs.

    Args:
        graphemes: texts without spaces, distinct, in alphabetical order (which makes the outcome independent of any other order).

    Returns:
        a, b (a < b, sorted, no doubles), and the number of rare fingerprints under which each pair met.
    """
    owner, marks = fingerprints(graphemes)
    order = np.argsort(marks, kind="stable")
    owner, marks = owner[order], marks[order]
    starts, sizes = _runs(marks)
    often = np.repeat(sizes, sizes)
    several = often > 1
    owner, marks, often = owner[several], marks[several], often[several]
    order = np.lexsort((marks, often, owner))
    owner, marks = owner[order], marks[order]
    starts, sizes = _runs(owner)
    rarest = np.arange(len(owner)) - np.repeat(starts, sizes) < RAREST
    owner, marks = owner[rarest], marks[rarest]
    order = np.lexsort((owner, marks))
    owner, marks = owner[order], marks[order]
    _, sizes = _runs(marks)
    few = np.repeat(sizes, sizes) <= ALL_PAIRS
    keys: list[Hashes] = []
    total = np.uint64(max(1, len(graphemes)))
    for offset in range(1, min(ALL_PAIRS, max(1, len(owner)))):
        together = marks[offset:] == marks[:-offset]
        if offset > NEIGHBOURS:
            together &= few[offset:]
        a, b = owner[:-offset][together], owner[offset:][together]
        keys.append(a.astype(np.uint64) * total + b.astype(np.uint64))
    if not keys:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    pairs, met = np.unique(np.concatenate(keys), return_counts=True)
    return (pairs // total).astype(np.int64), (pairs % total).astype(np.int64), met.astype(np.int64)


def _runs(values: Ints | Hashes) -> tuple[Ints, Ints]:
    """Starts and lengths of the runs of equal values."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return starts, np.diff(np.append(starts, len(values)))
