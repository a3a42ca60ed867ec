"""Near duplicates among posts, judged from earlier posts alone.

A post is a near duplicate of the earliest post that shares most of its features with it. Candidates
are found by min-hashing in bands (Broder 1997; Leskovec, Rajaraman & Ullman 2014, ch. 3): every
post is compared with the first post that had the same least hashes. What is said of a post so never
depends on a later one, as a replay demands.

Ours rather than datasketch, which hashes post by post in Python: here all posts are hashed at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.text.corpus import Longs

MIN_JACCARD = 0.5
"""Share of all features of two posts that both have, from which one is a near duplicate."""
BANDS, ROWS_PER_BAND = 6, 2
_MIN_FEATURES = 6
"""Features below which only an equal post is a duplicate."""
_STEP = 200_000


def find_near_duplicates(codes: NDArray[np.int32], rows: NDArray[np.int32], number: int) -> Longs:
    """The text of each post: the row of the earliest post that it is a near duplicate of.

    That holds over steps: a duplicate of a duplicate has the same text. -1 where a post has no
    features.

    Args:
        codes, rows: pairs of feature code and document row, in order of row; each pair once.
        number: of rows.
    """
    sizes = np.bincount(rows, minlength=number)
    nonempty = np.flatnonzero(sizes)
    text_of_row = np.full(number, -1, np.int64)
    if not len(nonempty):
        return text_of_row
    # from here on posts are numbered among those that have features
    sizes = sizes[nonempty]
    starts = np.cumsum(sizes) - sizes
    matrix = sparse.csr_matrix(
        (np.ones(len(codes), np.int32), codes, np.append(starts, len(codes))),
        shape=(len(nonempty), int(codes.max()) + 1),
    )
    origin = np.arange(len(nonempty))
    for candidates in _candidates(codes.astype(np.uint64), starts, sizes):
        asking = np.flatnonzero(candidates < origin)
        for start in range(0, len(asking), _STEP):
            posts = asking[start : start + _STEP]
            others = candidates[posts]
            shared = np.asarray(matrix[posts].multiply(matrix[others]).sum(axis=1)).ravel()
            alike = shared >= MIN_JACCARD * (sizes[posts] + sizes[others] - shared)
            origin[posts[alike]] = others[alike]
    while not np.array_equal(origin, origin[origin]):
        origin = origin[origin]
    text_of_row[nonempty] = nonempty[origin]
    return text_of_row


def _candidates(features: NDArray[np.uint64], starts: Longs, sizes: Longs) -> list[Longs]:
    """Arrays that give for each post an earlier one to compare it with, or itself."""
    candidates = [_first_occurrences(np.add.reduceat(_hashed(features, 0), starts))]  # equal posts
    for band in range(BANDS):
        key = np.zeros(len(starts), np.uint64)
        for row in range(ROWS_PER_BAND):
            hashes = _hashed(features, 1 + band * ROWS_PER_BAND + row)
            key = _hashed(key + np.minimum.reduceat(hashes, starts), 0)
        large = sizes >= _MIN_FEATURES
        candidates.append(np.where(large, _first_occurrences(key), np.arange(len(starts))))
    return candidates


def _first_occurrences(keys: NDArray[np.uint64]) -> Longs:
    """The first place at which each place's key stands."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    places: Longs = first[inverse]
    return places


def _hashed(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """A hash of each value (SplitMix64's finaliser)."""
    mixed = values + np.uint64(seed + 1)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    shifted = mixed >> np.uint64(30)
    mixed ^= shifted
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(mixed, np.uint64(27), out=shifted)
    mixed ^= shifted
    mixed *= np.uint64(0x94D049BB133111EB)
    np.right_shift(mixed, np.uint64(31), out=shifted)
    mixed ^= shifted
    return mixed
