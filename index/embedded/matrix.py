"""One matrix of vectors per model, brought up to date from SQLite like the columns."""

from __future__ import annotations

import sqlite3

import numpy as np

from index.embedded.cache import Cache
from index.embedded.columns import Grow
from index.embedded.hits import HitSet

_BATCH = 20_000


class Matrix:
    """The vectors of one model: ``docs`` row numbers and ``values`` (n, d). A replaced vector's old row is dropped."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.last = 0
        self.epoch = -1
        self.dimension = 0
        self.docs = Grow(np.int64)
        self.flat = Grow(np.float32)

    @property
    def values(self) -> np.ndarray:
        """float32 (n, d)."""
        return self.flat.view.reshape(len(self.docs), self.dimension) if len(self.docs) else np.empty((0, self.dimension), np.float32)

    def sync(self, connection: sqlite3.Connection, epoch: int) -> None:
        """Take over new vectors, within the caller's transaction."""
        if epoch != self.epoch:
            self.__init__(self.number)  # type: ignore[misc]
            self.epoch = epoch
        cursor = connection.execute(
            "SELECT row, doc, vector FROM vectors WHERE model = ? AND row > ? ORDER BY row", (self.number, self.last)
        )
        while rows := cursor.fetchmany(_BATCH):
            numbers, docs, vectors = zip(*rows, strict=True)
            self.last = numbers[-1]
            self.dimension = len(vectors[0]) // 4
            self.docs.append(np.array(docs, np.int64))
            self.flat.append(np.frombuffer(b"".join(vectors), "<f4"))

    def live(self, cache: Cache) -> tuple[np.ndarray, np.ndarray]:
        """Matrix rows that stand for a live document, and their positions in the cache; the newest of a document only."""
        docs = self.docs.view
        positions = cache.positions(docs)
        keep = positions >= 0
        keep[keep] = cache.alive.view[positions[keep]]
        rows = np.nonzero(keep)[0]
        _, newest = np.unique(docs[rows][::-1], return_index=True)
        if len(newest) != len(rows):
            rows = np.sort(len(rows) - 1 - newest)
            rows = np.nonzero(keep)[0][rows]
        return rows, positions[rows]


def nearest(matrix: Matrix, hits: HitSet, vector: np.ndarray, k: int) -> list[tuple[str, float]]:
    """The k documents of greatest cosine among the hits, ties by id."""
    cache = hits.cache
    rows, positions = matrix.live(cache)
    if not hits.all:
        chosen = hits.mask[positions]
        rows, positions = rows[chosen], positions[chosen]
    if not len(rows) or k <= 0:
        return []
    query = np.asarray(vector, np.float32).ravel()
    query = query / (np.linalg.norm(query) or 1.0)
    values = matrix.values
    scores = values @ query if len(rows) == len(values) else values[rows] @ query
    if len(scores) > k:
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        chosen = scores >= least
        scores, positions = scores[chosen], positions[chosen]
    named = sorted((-score, cache.id_at(position)) for score, position in zip(scores.tolist(), positions.tolist(), strict=True))
    return [(key, -score) for score, key in named[:k]]
