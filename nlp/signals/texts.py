"""Near copies among posts, told from what came before alone.

A post is a near copy of the earliest post that shares most of its features with it. Candidates are found by min-hashing
in bands (Broder 1997; Leskovec, Rajaraman & Ullman 2014, ch. 3): every post asks the first post that had the same least
hashes. What is said of a post so never depends on a later one, as a replay demands.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.text.corpus import Longs

ALIKE = 0.5
"""Share of all features of two posts that both have, from which one is a near copy of the other."""
BANDS, ROWS = 6, 2
_LEAST = 6
"""Features below which only an equal post is a copy."""
_STEP = 200_000


def near_copies(codes: NDArray[np.int32], rows: NDArray[np.int32], number: int) -> Longs:
    """The text of each post: the row of the earliest post that it is, over steps, a near copy of; -1 where it has no features.

    Args:
        codes, rows: pairs of feature code and document row, in order of row; a pair stands once.
        number: of rows.
    """
    sizes = np.bincount(rows, minlength=number)
    having = np.flatnonzero(sizes)
    texts = np.full(number, -1, np.int64)
    if not len(having):
        return texts
    starts = np.cumsum(sizes)[having] - sizes[having]
    features = codes.astype(np.uint64)
    candidates = [_firsts(np.add.reduceat(_mixed(features, 0), starts))]  # equal posts
    for band in range(BANDS):
        key = np.zeros(len(having), np.uint64)
        for row in range(ROWS):
            key = _mixed(
                key + np.minimum.reduceat(_mixed(features, 1 + band * ROWS + row), starts), 0
            )
        candidates.append(np.where(sizes[having] >= _LEAST, _firsts(key), np.arange(len(having))))
    matrix = sparse.csr_matrix(
        (np.ones(len(codes), np.int32), codes, np.append(starts, len(codes))),
        shape=(len(having), int(codes.max()) + 1),
    )
    origin = np.arange(len(having))
    for found in candidates:
        asked = np.flatnonzero(found < origin)
        for start in range(0, len(asked), _STEP):
            some = asked[start : start + _STEP]
            one, other = matrix[some], matrix[found[some]]
            both = np.asarray(one.multiply(other).sum(axis=1)).ravel()
            alike = both >= ALIKE * (sizes[having[some]] + sizes[having[found[some]]] - both)
            origin[some[alike]] = found[some[alike]]
    while not np.array_equal(origin, origin[origin]):
        origin = origin[origin]
    texts[having] = having[origin]
    return texts


def _firsts(keys: NDArray[np.uint64]) -> Longs:
    """The first place of each place's key."""
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    found: Longs = first[which]
    return found


def _mixed(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """A hash of each value (SplitMix64's finaliser)."""
    found = (values + np.uint64(seed + 1)) * np.uint64(0x9E3779B97F4A7C15)
    found ^= found >> np.uint64(30)
    found *= np.uint64(0xBF58476D1CE4E5B9)
    found ^= found >> np.uint64(27)
    found *= np.uint64(0x94D049BB133111EB)
    return found ^ (found >> np.uint64(31))
