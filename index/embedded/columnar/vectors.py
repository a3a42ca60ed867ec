"""One matrix of vectors per model, brought up to date from SQLite like the columns, and kept on
disk beside the index.

On disk a model is a folder with two files that only ever grow, ``docs`` and ``values``, and a
``head.json`` that says how much of them counts; what a crash left beyond that is overwritten.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from index.embedded.columnar.cache import Cache
from index.embedded.columnar.persistence import boot_id, locked
from index.embedded.columnar.selection import Selection
from index.embedded.schema import State
from tocsin.core.files import write_text_atomically

_BATCH = 20_000
_FEW = 2_000
_SAMPLE = 32
_TAKEN = 1_024
"""Vectors that are copied at once."""


class VectorMatrix:
    """The vectors of one model in blocks, the first from disk.

    A replaced vector's old row no longer counts.
    """

    def __init__(self, number: int, folder: Path, store: str) -> None:
        self.number = number
        self.store = store
        self.cache_folder = folder
        self.clear(-1)

    def clear(self, epoch: int) -> None:
        """Forget everything; ``epoch`` is that of what is read next."""
        self.epoch = epoch
        self.last = 0
        self.saved = 0
        self.name = ""
        self.checksums = [0, 0]
        self._live: tuple[tuple[State, int], np.ndarray, np.ndarray] | None = None
        self.dimension = 0
        self.docs = np.empty(0, np.int64)
        self.blocks: list[np.ndarray] = []

    @property
    def folder(self) -> Path:
        """Where this model is on disk."""
        return self.cache_folder / f"vectors-{self.number}"

    def sync(self, connection: sqlite3.Connection, epoch: int) -> None:
        """Take over new vectors, within the caller's transaction."""
        if epoch != self.epoch:
            self.clear(epoch)
            self._load(connection)
        cursor = connection.execute(
            "SELECT row, doc, vector FROM vectors WHERE model = ? AND row > ? ORDER BY row",
            (self.number, self.last),
        )
        while rows := cursor.fetchmany(_BATCH):
            numbers, docs, vectors = zip(*rows, strict=True)
            self.last = numbers[-1]
            self.dimension = len(vectors[0]) // 4
            self.docs = np.concatenate([self.docs, np.array(docs, np.int64)])
            self.blocks.append(np.frombuffer(b"".join(vectors), "<f4").reshape(-1, self.dimension))
        if len(self.blocks) > 8:
            self.blocks = [self.blocks[0], np.concatenate(self.blocks[1:])]

    def live(self, cache: Cache) -> tuple[np.ndarray, np.ndarray]:
        """Matrix rows that stand for a live document, and their positions in the cache; the newest
        of a document only."""
        version = (cache.state, len(self.docs))
        if self._live is not None and self._live[0] == version:
            return self._live[1], self._live[2]
        positions = cache.positions(self.docs)
        keep = positions >= 0
        keep[keep] = cache.alive.view[positions[keep]]
        rows = np.flatnonzero(keep)
        _, newest = np.unique(self.docs[rows][::-1], return_index=True)
        if len(newest) != len(rows):
            rows = rows[np.sort(len(rows) - 1 - newest)]
        self._live = (version, rows, positions[rows])
        return self._live[1], self._live[2]

    def named(self, cache: Cache, ids: Sequence[str] | None) -> tuple[list[str], np.ndarray]:
        """Of live documents the ids and their rows here: by id, or those of ``ids`` in order."""
        rows, positions = self.live(cache)
        names = cache.column("id").take(pa.array(positions))
        if ids is None:
            chosen = pc.sort_indices(names)
        else:
            chosen = pc.index_in(pa.array(ids, names.type), names).drop_null()
        return names.take(chosen).to_pylist(), rows[np.asarray(chosen)]

    def take(self, rows: np.ndarray) -> np.ndarray:
        """float32 (len(rows), d)."""
        values = np.empty((len(rows), self.dimension), np.float32)
        ends = np.cumsum([len(block) for block in self.blocks])
        for at in range(0, len(rows), _TAKEN):  # few enough to stay in the processor's cache
            some = rows[at : at + _TAKEN]
            block_of = np.searchsorted(ends, some, side="right")
            first = int(block_of[0])
            if (block_of == first).all():  # most are: no copy between
                place = some - (ends[first] - len(self.blocks[first]))
                out = values[at : at + len(some)]
                np.take(self.blocks[first], place, axis=0, out=out, mode="clip")
                continue
            for number in np.unique(block_of).tolist():
                block = self.blocks[number]
                here = np.flatnonzero(block_of == number)
                values[at + here] = block[some[here] - (ends[number] - len(block))]
        return values

    def scores(self, rows: np.ndarray, query: np.ndarray) -> np.ndarray:
        """Products of these rows with a vector; float32."""
        if 2 * len(rows) < len(self.docs):
            some: np.ndarray = self.take(rows) @ query
            return some
        every = np.concatenate([block @ query for block in self.blocks])
        return every if len(rows) == len(every) else every[rows]

    def is_due(self) -> bool:
        """Whether so many vectors are not on disk that writing them pays."""
        return len(self.docs) - self.saved >= max(_FEW, self.saved // 8)

    def save(self, current_epoch: int) -> None:
        """Append what is new to the files; a full or read-only disk, or another writer, costs that
        and nothing else."""
        with locked(self.cache_folder, wait=False) as held:
            if not held or current_epoch != self.epoch:
                return
            try:
                known = self._mine()
                self.folder.mkdir(exist_ok=True)
                with (
                    (self.folder / "docs").open("ab") as docs,
                    (self.folder / "values").open("ab") as values,
                ):
                    docs.truncate(known * 8)
                    values.truncate(known * 4 * self.dimension)
                    for out, new, part in (
                        (docs, self.docs[known:].astype("<i8"), 0),
                        (values, self.take(np.arange(known, len(self.docs))).astype("<f4"), 1),
                    ):
                        data = np.ascontiguousarray(new).data.cast("B")
                        out.write(data)
                        self.checksums[part] = zlib.crc32(
                            data, self.checksums[part] if known else 0
                        )
                head = {
                    "name": self.name,
                    "store": self.store,
                    "epoch": self.epoch,
                    "last": self.last,
                    "count": len(self.docs),
                    "dimension": self.dimension,
                    "checksums": self.checksums,
                    "boot": boot_id(),
                }
                write_text_atomically(self.folder / "head.json", json.dumps(head), durable=False)
            except OSError:
                return
            self.saved = len(self.docs)
            self.blocks = [self._map(self.saved)] if self.saved else []

    def _map(self, count: int) -> np.ndarray:
        return np.asarray(
            np.memmap(self.folder / "values", "<f4", "r", shape=(count, self.dimension))
        )

    def _mine(self) -> int:
        """How many vectors on disk are the first ones here; where others are there, they are
        removed and it is none."""
        try:
            head = json.loads((self.folder / "head.json").read_text(encoding="utf-8"))
            if head["name"] == self.name and head["count"] == self.saved:
                return self.saved
        except (OSError, ValueError, KeyError, TypeError):
            pass
        shutil.rmtree(self.folder, ignore_errors=True)
        self.name = uuid.uuid4().hex
        return 0

    def _load(self, connection: sqlite3.Connection) -> None:
        try:
            head = json.loads((self.folder / "head.json").read_text(encoding="utf-8"))
            if (head["store"], head["epoch"]) != (self.store, self.epoch) or not head["count"]:
                return
            docs = np.fromfile(self.folder / "docs", "<i8", head["count"])
            self.dimension = head["dimension"]
            values = self._map(head["count"])
            if zlib.crc32(docs.tobytes()) != head["checksums"][0]:
                return
            if (
                head["boot"] != boot_id()
                and zlib.crc32(values.data.cast("B")) != head["checksums"][1]
            ):
                return
            for place in {int(p) for p in np.linspace(0, len(docs) - 1, _SAMPLE)}:
                row, vector = connection.execute(
                    "SELECT row, vector FROM vectors WHERE model = ? AND doc = ?",
                    (self.number, int(docs[place])),
                ).fetchone() or (None, b"")
                once = np.count_nonzero(docs == docs[place]) == 1
                if (
                    row is not None
                    and row <= head["last"]
                    and once
                    and vector != values[place].tobytes()
                ):
                    return  # another index than the one these were written from
            self.docs, self.blocks, self.last, self.saved, self.name = (
                docs,
                [values],
                head["last"],
                len(docs),
                head["name"],
            )
            self.checksums = list(head["checksums"])
        except (OSError, ValueError, KeyError, TypeError):
            pass


def nearest(
    matrix: VectorMatrix, hits: Selection, vector: np.ndarray, k: int
) -> list[tuple[str, float]]:
    """The k documents of greatest cosine among the hits, ties by id."""
    cache = hits.cache
    rows, positions = matrix.live(cache)
    if not hits.all:
        chosen = hits.mask[positions]
        rows, positions = rows[chosen], positions[chosen]
    if not len(rows) or k <= 0:
        return []
    query = np.asarray(vector, np.float32).ravel()
    scores = matrix.scores(rows, query / (np.linalg.norm(query) or 1.0))
    if len(scores) > k:
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        chosen = scores >= least
        scores, positions = scores[chosen], positions[chosen]
    named = sorted(
        (-score, cache.id_at(position))
        for score, position in zip(scores.tolist(), positions.tolist(), strict=True)
    )
    return [(key, -score) for score, key in named[:k]]
