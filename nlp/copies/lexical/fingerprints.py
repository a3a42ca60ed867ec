"""Candidate pairs of texts that share a passage, found without comparing all with all.

Winnowing (Schleimer, Wilkerson & Aiken, SIGMOD 2003): of every `WINDOW` consecutive shingles
(character k-grams) the one of least hash is kept as a fingerprint, so any two texts that share a
run of ``SHINGLE + WINDOW - 1`` characters share a fingerprint, wherever it stands. Of a text's
fingerprints only the rarest that occur elsewhere are used: they tell copies from the common turns
of a language. Texts under one fingerprint are paired with all others where they are few, and with
their neighbours in alphabetical order where they are many, so the work grows with the number of
texts and not with its square.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints, position_in_run, runs, sorted_unique

SHINGLE = 8
WINDOW = 4
"""Both are powers of two: hashes and minima are made of those of two halves."""
MAX_FINGERPRINTS = 12
"""Fingerprints of a text that lead to candidates: its rarest."""
ALL_PAIRS_UP_TO = 24
"""Texts under one fingerprint up to which each is paired with each."""
NEIGHBOURS = 6
"""Neighbours on either side with which a text is paired where there are more."""
CHUNK = 100_000
"""Characters that are hashed at once: few enough to stay in the processor's cache."""

Hashes = NDArray[np.uint64]

_BASE = 0x100000001B3
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_NO_HASH = np.uint64(0xFFFFFFFFFFFFFFFF)
_FIRST_IDEOGRAPH = 0x2E80


def candidate_pairs(letters: Sequence[str]) -> tuple[Ints, Ints]:
    """Pairs of texts that share a rare fingerprint.

    Args:
        letters: texts without spaces, distinct, in alphabetical order; this makes the outcome
            independent of any other order.

    Returns:
        a, b: both (n,), with a < b, sorted, no pair twice.
    """
    owner, fingerprint = _rarest_shared(*winnow(letters), len(letters))
    _, sizes = runs(fingerprint)
    few = np.repeat(sizes, sizes) <= ALL_PAIRS_UP_TO
    keys: list[Ints] = []
    total = max(1, len(letters))
    # texts of one fingerprint stand side by side, in order: each is paired with the next, the one
    # after it, and so on
    for offset in range(1, min(ALL_PAIRS_UP_TO, max(1, len(owner)))):
        paired = fingerprint[offset:] == fingerprint[:-offset]
        if offset > NEIGHBOURS:
            paired &= few[offset:]
        keys.append(owner[:-offset][paired] * total + owner[offset:][paired])
    if not keys:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing
    pairs = sorted_unique(np.concatenate(keys))
    return pairs // total, pairs % total


def winnow(letters: Sequence[str]) -> tuple[Ints, Hashes]:
    """The fingerprints of each text: two aligned arrays, the text's number and the hash.

    They are in order of the texts. A fingerprint that stands in a text twice may come twice.
    """
    texts: list[Ints] = []
    hashes: list[Hashes] = []
    start, size = 0, 0
    for stop, text in enumerate(letters, 1):
        size += len(text)
        if size >= CHUNK or stop == len(letters):
            owner, kept = _winnow_chunk(letters[start:stop])
            texts.append(owner.astype(np.int64) + start)
            hashes.append(kept)
            start, size = stop, 0
    if not texts:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    return np.concatenate(texts), np.concatenate(hashes)


def _winnow_chunk(letters: Sequence[str]) -> tuple[NDArray[np.int32], Hashes]:
    # (c,) code points of all texts one after the other, and the number of the text of each
    raw = "".join(letters).encode("utf-32-le", "replace")
    codes = np.frombuffer(raw, np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(letters), dtype=np.int32), [len(text) for text in letters])
    ideographs = codes >= _FIRST_IDEOGRAPH
    if ideographs.any():  # one says as much as several letters, so it stands for two
        times = np.where(ideographs, 2, 1)
        codes, owner = np.repeat(codes, times), np.repeat(owner, times)
    count = len(codes) - SHINGLE + 1
    if count <= 0:
        return np.zeros(0, np.int32), np.zeros(0, np.uint64)

    # (count,) the hash of the shingle at each place; those that reach into the next text are none
    hashes = _mix(_polynomials(codes))
    hashes[owner[:count] != owner[SHINGLE - 1 :]] = _NO_HASH

    # (count + WINDOW - 1,) the least hash of each window. A hash is the least of one of its windows
    # where the greatest of their minima is the hash itself.
    edge = np.full(WINDOW - 1, _NO_HASH)
    minima = np.concatenate([edge, hashes, edge])
    reach = 1
    while reach < WINDOW:
        minima = np.minimum(minima[:-reach], minima[reach:])
        reach *= 2
    greatest = minima
    reach = 1
    while reach < WINDOW:
        greatest = np.maximum(greatest[:-reach], greatest[reach:])
        reach *= 2
    kept = np.flatnonzero((hashes == greatest) & (hashes != _NO_HASH))
    return owner[kept], hashes[kept]


def _polynomials(codes: Hashes) -> Hashes:
    """(count,) the polynomial hash of each shingle: that of 2, 4, 8 characters from two halves."""
    hashes, factor, reach = codes, _BASE, 1
    while reach < SHINGLE:
        hashes = hashes[:-reach] * np.uint64(factor) + hashes[reach:]
        factor, reach = factor * factor & 0xFFFFFFFFFFFFFFFF, 2 * reach
    return hashes


def _mix(values: Hashes) -> Hashes:
    """SplitMix64's finaliser: near hashes are spread over all 64 bits."""
    values = values * _MULTIPLIER
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _rarest_shared(owner: Ints, hashes: Hashes, total: int) -> tuple[Ints, Ints]:
    """The `MAX_FINGERPRINTS` rarest fingerprints of each text among those that several texts have.

    Args:
        owner: the text's number of each fingerprint, of ``total`` texts.
        hashes: the fingerprints.

    Returns:
        The text and the number of the fingerprint, sorted by fingerprint and then by text.
    """
    repeated = _probably_repeated(hashes)  # most occur once: those need no sorting
    owner, hashes = owner[repeated], hashes[repeated]
    if not len(owner):
        return owner, owner
    by_hash = np.argsort(hashes)
    owner, hashes = owner[by_hash], hashes[by_hash]
    same_as_before = np.concatenate([[False], hashes[1:] == hashes[:-1], [False]])
    repeated = same_as_before[1:] | same_as_before[:-1]
    number = np.cumsum(~same_as_before[:-1])[repeated]
    # a text counts once for a fingerprint; fingerprints of one text alone lead nowhere
    occurrences = sorted_unique(number * total + owner[repeated])
    number, owner = occurrences // max(1, total), occurrences % max(1, total)
    _, sizes = runs(number)
    owner = owner[np.repeat(sizes, sizes) > 1]
    sizes = sizes[sizes > 1]
    # fingerprints are renumbered by rarity, so that the first ones of a text are its rarest
    rank = np.empty(len(sizes), np.int64)
    rank[np.argsort(sizes, kind="stable")] = np.arange(len(sizes))
    held = np.sort(owner * len(sizes) + np.repeat(rank, sizes))
    owner, number = held // max(1, len(sizes)), held % max(1, len(sizes))
    rarest = position_in_run(owner) < MAX_FINGERPRINTS
    kept = np.sort(number[rarest] * total + owner[rarest])
    return kept % max(1, total), kept // max(1, total)


def _probably_repeated(hashes: Hashes) -> NDArray[np.bool_]:
    """(n,): which hashes begin with the same bits as another.

    Those are all that occur twice and few others: a hash table of one place for each prefix.
    """
    bits = len(hashes).bit_length() + 2
    places = (hashes >> np.uint64(64 - bits)).astype(np.int64)
    numbers = np.arange(len(hashes), dtype=np.int32)
    last_at_place = np.zeros(1 << bits, np.int32)
    last_at_place[places] = numbers
    shared = np.zeros(1 << bits, bool)
    shared[places[last_at_place[places] != numbers]] = True
    return shared[places]
