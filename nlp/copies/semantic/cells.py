"""Overlapping cells of near texts, so that not all have to be compared with all.

Up to `EXACT_LIMIT` texts are one cell. Beyond, each is put into the `CELLS_PER_TEXT` nearest of
many cells of about `CELL_SIZE` texts (an inverted file with spilling): work grows with the number
of texts, not with its square.

A few more texts change few cells, so that a comparison can go on from an earlier one: centres are
fitted on the texts with the least keys, a cell is labelled by the text that its centre grew from,
and the number of cells is a power of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from math import log2

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints, Keys
from nlp.copies.semantic.density import Floats

EXACT_LIMIT = 50_000
CELL_SIZE = 2_000
CELLS_PER_TEXT = 4
KMEANS_ROUNDS = 6
SAMPLE_PER_CELL = 40
"""Texts that each cell's centre is fitted on."""
BLOCK = 1_024
"""Rows that are multiplied at once."""


def text_keys(vectors: Iterable[Floats], codes: Iterable[str]) -> Keys:
    """(n, 2): 128-bit hashes of vectors and language codes; what occurs again hashes otherwise."""
    seen: dict[bytes, int] = {}
    digests = []
    for vector, code in zip(vectors, codes, strict=True):
        digest = blake2b(vector.tobytes() + code.encode(), digest_size=16).digest()
        times = seen[digest] = seen.get(digest, 0) + 1
        if times > 1:
            digest = blake2b(digest + times.to_bytes(4, "little"), digest_size=16).digest()
        digests.append(digest)
    return np.frombuffer(b"".join(digests), "<u8").reshape(-1, 2).astype(np.uint64)


def cell_labels(vectors: Floats, keys: Keys) -> Ints:
    """The labels of the cells of each text, (n, `CELLS_PER_TEXT`); (n, 1) where one holds all.

    Args:
        vectors: (n, d), of length 1 or 0.
        keys: (n,), hashes of the texts: the same text has the same key in every corpus.
    """
    size = len(vectors)
    if size <= EXACT_LIMIT:
        return np.zeros((size, 1), np.int64)
    count = max(CELLS_PER_TEXT, 2 ** round(log2(size / CELL_SIZE)))
    least_first = np.argsort(keys, kind="stable")
    centres = _kmeans_centres(vectors[least_first[: count * SAMPLE_PER_CELL]], count)
    labels = keys[least_first[:count]].view(np.int64)
    cells = np.empty((size, CELLS_PER_TEXT), np.int64)
    for start in range(0, size, BLOCK):
        cosine = vectors[start : start + BLOCK] @ centres.T
        nearest = np.argpartition(cosine, count - CELLS_PER_TEXT, axis=1)
        cells[start : start + BLOCK] = labels[nearest[:, count - CELLS_PER_TEXT :]]
    return cells


def members_by_cell(labels: Ints) -> Iterator[tuple[Ints, Ints]]:
    """The texts of each cell in order, and which of their labels is the cell's."""
    size, places = labels.shape
    if places == 1:
        yield np.arange(size), np.zeros(size, np.int64)
        return
    flat = labels.ravel()
    # place i of the flattened array belongs to text i // places; sorted by cell, stably
    by_cell = np.argsort(flat, kind="stable")
    starts = np.flatnonzero(np.diff(flat[by_cell])) + 1
    for group in np.split(by_cell, starts):
        if len(group) > 1:
            yield group // places, group % places


def share_a_cell(labels: Ints, a: Ints, b: Ints) -> NDArray[np.bool_]:
    """Of each pair of texts, whether they meet in a cell."""
    if labels.shape[1] == 1:
        return np.ones(len(a), bool)
    met: NDArray[np.bool_] = (labels[a][:, :, None] == labels[b][:, None, :]).any(axis=(1, 2))
    return met


def _kmeans_centres(sample: Floats, count: int) -> Floats:
    """(count, d): spherical k-means on a sample, from its first texts."""
    centres = sample[:count].copy()
    for _ in range(KMEANS_ROUNDS):
        blocks = [sample[at : at + BLOCK] for at in range(0, len(sample), BLOCK)]
        home = np.concatenate([(block @ centres.T).argmax(axis=1) for block in blocks])
        by_home = np.argsort(home, kind="stable")
        starts = np.flatnonzero(np.diff(home[by_home], prepend=-1))
        sums = np.add.reduceat(sample[by_home], starts, axis=0)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres[home[by_home][starts]] = sums / np.maximum(norms, 1e-9)
    return centres
