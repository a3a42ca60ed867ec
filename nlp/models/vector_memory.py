"""Vectors of texts that were embedded lately: reposts and repeated texts are embedded once.

It changes no vector: equal texts have equal ones. What it holds is bounded, so a text that comes
again after very many others is embedded again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from nlp.models.embedder import Embedder

Vectors = NDArray[np.float32]

KEPT = 65_536
"""Texts that are remembered: 100 MB of vectors of 384 numbers."""


class VectorMemory:
    """An `Embedder` behind a memory; the oldest text is forgotten first. Threads may share it."""

    def __init__(self, embedder: Embedder, kept: int = KEPT) -> None:
        self.embedder = embedder
        # pages of memory are taken when they are first written
        self._vectors: Vectors = np.empty((kept, embedder.dim), np.float32)
        self._keys: list[bytes] = []
        self._slots: dict[bytes, int] = {}
        self._next = 0
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 (n, dim): the vector of each text, from memory where it is there."""
        keys = [_key(text) for text in texts]
        vectors = np.empty((len(texts), self.embedder.dim), np.float32)
        with self._lock:
            slots = np.fromiter((self._slots.get(key, -1) for key in keys), np.int64, len(keys))
            vectors[slots >= 0] = self._vectors[slots[slots >= 0]]
        new = np.flatnonzero(slots < 0).tolist()
        first: dict[bytes, int] = {}
        for row in new:
            first.setdefault(keys[row], row)
        row_of = {key: at for at, key in enumerate(first)}
        encoded = self.embedder.encode([texts[row] for row in first.values()])
        vectors[new] = encoded[[row_of[keys[row]] for row in new]]
        with self._lock:
            for key, vector in zip(first, encoded, strict=True):
                self._remember(key, vector)
        return vectors

    def _remember(self, key: bytes, vector: Vectors) -> None:
        if key in self._slots:  # another thread was quicker
            return
        if self._next < len(self._keys):
            del self._slots[self._keys[self._next]]
            self._keys[self._next] = key
        else:
            self._keys.append(key)
        self._slots[key] = self._next
        self._vectors[self._next] = vector
        self._next = (self._next + 1) % len(self._vectors)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
