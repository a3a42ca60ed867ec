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
"""Both are powers of two: hashes and minima are made of those of two halves."""
RAREST = 12
ALL_PAIRS = 24
NEIGHBOURS = 6
CHUNK = 100_000
"""Characters that are hashed at once: few enough to stay in the processor's cache."""

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

_BASE = 0x100000001B3
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = np.uint64(0xFFFFFFFFFFFFFFFF)


def fingerprints(graphemes: Sequence[str]) -> tuple[Ints, Hashes]:
    """The winnowed fingerprints of each text: two aligned arrays, the text's number and the hash, in order of the texts.

    A fingerprint that stands in a text twice may come twice.
    """
    texts: list[Ints] = []
    hashes: list[Hashes] = []
    start, size = 0, 0
    for stop, text in enumerate(graphemes, 1):
        size += len(text)
        if size >= CHUNK or stop == len(graphemes):
            which, marks = _winnow(graphemes[start:stop])
            texts.append(which.astype(np.int64) + start)
            hashes.append(marks)
            start, size = stop, 0
    if not texts:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    return np.concatenate(texts), np.concatenate(hashes)


def _winnow(graphemes: Sequence[str]) -> tuple[NDArray[np.int32], Hashes]:
    codes = np.frombuffer("".join(graphemes).encode("utf-32-le", "replace"), np.uint32).astype(
        np.uint64
    )
    owner = np.repeat(np.arange(len(graphemes), dtype=np.int32), [len(text) for text in graphemes])
    ideographs = codes >= 0x2E80  # one says as much as several letters: it stands for two
    if ideographs.any():
        times = np.where(ideographs, 2, 1)
        codes, owner = np.repeat(codes, times), np.repeat(owner, times)
    count = len(codes) - K + 1
    if count <= 0:
        return np.zeros(0, np.int32), np.zeros(0, np.uint64)
    rolled, factor, reach = codes, _BASE, 1
    while reach < K:  # the polynomial of twice as many characters from those of two halves
        rolled = rolled[:-reach] * np.uint64(factor) + rolled[reach:]
        factor, reach = factor * factor & 0xFFFFFFFFFFFFFFFF, 2 * reach
    marks = _mix(rolled)
    marks[owner[:count] != owner[K - 1 :]] = _NOTHING
    edge = np.full(WINDOW - 1, _NOTHING)
    least = np.concatenate([edge, marks, edge])
    reach = 1
    while reach < WINDOW:
        least = np.minimum(least[:-reach], least[reach:])
        reach *= 2
    most = least  # the greatest of the minima of the windows around a mark is the mark itself where one keeps it
    reach = 1
    while reach < WINDOW:
        most = np.maximum(most[:-reach], most[reach:])
        reach *= 2
    kept = np.flatnonzero((marks == most) & (marks != _NOTHING))
    return owner[kept], marks[kept]


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
    owner, marks = _met(*fingerprints(graphemes), len(graphemes))
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


def _met(owner: Ints, hashes: Hashes, total: int) -> tuple[Ints, Ints]:
    """The `RAREST` fingerprints of each text among those of several texts: text and number of the fingerprint, in order of both."""
    several = _crowded(hashes)  # most stand once: those need no sorting
    owner, hashes = owner[several], hashes[several]
    if not len(owner):
        return owner, owner
    order = np.argsort(hashes)
    owner, hashes = owner[order], hashes[order]
    again = np.concatenate([[False], hashes[1:] == hashes[:-1], [False]])
    several = again[1:] | again[:-1]
    number = np.cumsum(~again[:-1])[several]
    both = distinct(number * total + owner[several])
    number, owner = both // max(1, total), both % max(1, total)
    _, sizes = _runs(number)
    often = np.repeat(sizes, sizes)
    owner = owner[often > 1]
    sizes = sizes[sizes > 1]
    rarer = np.empty(len(sizes), np.int64)
    rarer[np.argsort(sizes, kind="stable")] = np.arange(len(sizes))
    held = np.sort(owner * len(sizes) + np.repeat(rarer, sizes))
    owner, number = held // max(1, len(sizes)), held % max(1, len(sizes))
    starts, sizes = _runs(owner)
    rarest = np.arange(len(owner)) - np.repeat(starts, sizes) < RAREST
    both = np.sort(number[rarest] * total + owner[rarest])
    return both % max(1, total), both // max(1, total)


def _crowded(hashes: Hashes) -> NDArray[np.bool_]:
    """Which hashes begin with the same bits as another: all that occur twice, and few others."""
    bits = len(hashes).bit_length() + 2
    places = (hashes >> np.uint64(64 - bits)).astype(np.int64)
    here = np.arange(len(hashes), dtype=np.int32)
    some = np.zeros(1 << bits, np.int32)
    some[places] = here
    shared = np.zeros(1 << bits, bool)
    shared[places[some[places] != here]] = True
    return shared[places]


def distinct(values: Ints) -> Ints:
    """The different values in order. `np.unique` hashes them, which takes many times as long for millions."""
    values = np.sort(values)
    first = np.ones(len(values), bool)
    first[1:] = values[1:] != values[:-1]
    return values[first]


def _runs(values: Ints) -> tuple[Ints, Ints]:
    """Starts and lengths of the runs of equal values."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return starts, np.diff(np.append(starts, len(values)))
