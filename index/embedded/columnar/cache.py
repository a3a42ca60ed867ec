"""The columns of all documents in memory, brought up to date from SQLite inside each read.

Positions count from 0 in row order. Rows only ever come at the end; a row that died keeps its
position and is no longer alive. Everything here can be thrown away and read again.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from index import codec
from index.embedded.columnar.arrays import (
    NONE,
    TEXT_COLUMNS,
    Dictionary,
    GrowableArray,
    Lists,
    flat,
    numbers,
    read_rows,
)
from index.embedded.columnar.authors import AuthorColumns
from index.embedded.columnar.declared import DeclaredColumn
from index.embedded.schema import COLUMN_STAGES, DEAD, PROFILE, TOUCHED, State, read_state
from tocsin.core.urls import canonical_url, domain

if TYPE_CHECKING:
    from index.base import Stats

_BATCH = 100_000
_FEW = 2_000
UNDATED = 2**63 - 1
KEYED = ("kind", "platform", "source", "lang", "precision")
LISTED = {"hashtag": "hashtags", "mention": "mentions", "domain": "urls", "url": "urls"}


def is_behind(connection: sqlite3.Connection, known: State, now: State) -> bool:
    """Whether entries of the log that a cache has not read are no longer there."""
    oldest = connection.execute("SELECT min(entry) FROM log").fetchone()[0]
    return known.log < now.log and known.log + 1 < (now.log + 1 if oldest is None else oldest)


class Cache:
    """Columns of one open index. Used under the store's lock."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything.

        ``changed`` counts what was read since: what is not in the base on disk. ``counted`` holds
        sizes, for `index.embedded.documents.read_stats`.
        """
        self.state = State()
        self.rows = GrowableArray(np.int64)
        self.time = GrowableArray(np.int64)
        self.author = GrowableArray(np.int32)
        self.alive = GrowableArray(np.bool_)
        self.numbers = {name: GrowableArray(np.int64) for name in codec.NUMBERS}
        self.coded = {name: (Dictionary(), GrowableArray(np.int32)) for name in KEYED}
        self.annotated = {
            stage: (
                self.coded["lang"][0] if stage == "lang" else Dictionary(),
                GrowableArray(np.int32),
            )
            for stage in COLUMN_STAGES
        }
        self.lists: dict[str, Lists] = {}
        self.declared: dict[str, DeclaredColumn] = {}
        self.chunks: list[pa.Table] = []
        self.order = np.empty(0, np.int32)
        self.people = AuthorColumns()
        self._joined: dict[str, pa.Array] = {}
        self._best_lang: np.ndarray | None = None
        self._rank: np.ndarray | None = None
        self._dated: int | None = None
        self._times: np.ndarray | None = None
        self.changed = 0
        self.counted: tuple[State, Stats] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def sync(self, connection: sqlite3.Connection, fill: Callable[[State], object]) -> bool:
        """Take over what changed in SQLite since the last time, within the caller's transaction.

        ``fill`` may fill the empty cache from disk when all must be read.

        Returns:
            Whether all was read afresh, so that positions have new meanings.
        """
        state = read_state(connection)
        if state == self.state:
            return False
        if (
            afresh := state.epoch != self.state.epoch
            or self.state == State()
            or is_behind(connection, self.state, state)
        ):
            self.clear()
            fill(state)
        before, known = self.state, len(self)
        self._rank = self._dated = self._times = None
        self.people.read(connection, before.author)
        if state.doc != before.doc:
            self._read_documents(connection, before.doc)
            self.changed += len(self) - known
        if (
            state.log != before.log and before != State()
        ):  # what is read afresh is as the log left it
            self._read_log(connection, before)
        if state.note != before.note or state.doc != before.doc:
            self._read_notes(connection, before.note)
        self.state = state
        return afresh

    def positions(self, rows: np.ndarray) -> np.ndarray:
        """Positions of row numbers, -1 for those not here."""
        known = self.rows.view
        if not len(known):
            return np.full(len(rows), -1)
        if known[-1] - known[0] + 1 == len(known):  # no gap: by subtraction
            places = rows - known[0]
            return np.where((places >= 0) & (places < len(known)), places, -1)
        places = np.minimum(np.searchsorted(known, rows), len(known) - 1)
        return np.where(known[places] == rows, places, -1)

    def id_at(self, position: int) -> str:
        """The id at a position."""
        for chunk in self.chunks:
            if position < len(chunk):
                return str(chunk["id"][position].as_py())
            position -= len(chunk)
        raise IndexError(position)

    @property
    def rank(self) -> np.ndarray:
        """The place of each live position in `order`; int32."""
        if self._rank is None:
            self._rank = np.zeros(len(self), np.int32)
            self._rank[self.order] = np.arange(len(self.order), dtype=np.int32)
        return self._rank

    @property
    def dated(self) -> int:
        """How many of `order` have a time: those come first."""
        if self._dated is None:
            self._dated = bisect_left(self.order, UNDATED, key=lambda p: int(self.time.view[p]))
        return self._dated

    @property
    def times(self) -> np.ndarray:
        """The times of the dated documents, rising; epoch milliseconds."""
        if self._times is None:
            self._times = self.time.view[self.order[: self.dated]]
        return self._times

    def column(self, name: str) -> pa.Array:
        """One of `TEXT_COLUMNS` over all positions."""
        if name not in self._joined:
            chunked = pa.chunked_array(
                [piece for chunk in self.chunks for piece in chunk[name].chunks] or [],
                type=self._type(name),
            )
            self._joined[name] = (
                chunked.combine_chunks() if chunked.num_chunks != 1 else chunked.chunk(0)
            )
        return self._joined[name]

    def list_column(self, name: str) -> Lists:
        """Several values a row: hashtag, mention, domain or url, read when first asked for."""
        lists = self.lists.setdefault(name, Lists(Dictionary()))
        start = 0
        for chunk in self.chunks:
            if start + len(chunk) > len(lists):
                self.changed += len(chunk) // 2 if name == "url" else 0
                _extend(lists, name, chunk.slice(max(0, len(lists) - start)))
            start += len(chunk)
        return lists

    def read_annotations(self, column: DeclaredColumn, connection: sqlite3.Connection) -> None:
        """Bring a declared field up to the transaction that this cache is in step with."""
        column.extend(len(self))
        if column.read_up_to == self.state.note:
            return
        documents, values = column.read_since(connection, self.state.note)
        if not len(documents):
            return
        positions = self.positions(documents)
        known = positions >= 0
        column.values.copy_for_writing()[positions[known]] = values[known]
        self.changed += len(documents)

    def languages(self) -> np.ndarray:
        """Codes of the language of each row: as declared, else as detected."""
        if self._best_lang is None or len(self._best_lang) != len(self):
            dictionary, declared = self.coded["lang"]
            unknown = [dictionary.code[value] for value in ("und", "") if value in dictionary.code]
            detected = self.annotated["lang"][1].view
            self._best_lang = np.where(
                np.isin(declared.view, unknown) & (detected >= 0), detected, declared.view
            )
        return self._best_lang

    @staticmethod
    def _type(name: str) -> pa.DataType:
        if name == "text":
            return pa.large_string()
        return (
            pa.list_(pa.string())
            if name in ("urls", "hashtags", "mentions", "media")
            else pa.string()
        )

    def _read_documents(self, connection: sqlite3.Connection, last: int) -> None:
        cursor = connection.execute(
            "SELECT row, id, author, published, body FROM docs WHERE row > ? ORDER BY row", (last,)
        )
        first = len(self)
        while rows := cursor.fetchmany(_BATCH):
            numbers_, ids, authors, times, bodies = zip(*rows, strict=True)
            table = read_rows(ids, bodies)
            self.rows.append(np.array(numbers_, np.int64))
            self.author.append(np.array([0 if a is None else a for a in authors], np.int32))
            self.time.append(np.array([UNDATED if t is None else t for t in times], np.int64))
            self.alive.append(np.ones(len(rows), bool))
            for name, grown in self.numbers.items():
                grown.append(numbers(table[name]))
            for name, (dictionary, codes) in self.coded.items():
                codes.append(dictionary.encode(table[name]))
            for _, codes in self.annotated.values():
                codes.append(np.full(len(rows), -1, np.int32))
            self._add_chunk(table.select(TEXT_COLUMNS))
        self._joined.clear()
        self._put_in_order(first)

    def _add_chunk(self, chunk: pa.Table) -> None:
        self.chunks.append(chunk)
        while len(self.chunks) > 1 and len(self.chunks[-2]) < 2 * len(
            self.chunks[-1]
        ):  # few chunks, each value moved few times
            last = self.chunks.pop()
            self.chunks[-1] = pa.concat_tables([self.chunks[-1], last]).combine_chunks()

    def _put_in_order(self, first: int) -> None:
        """Bring positions from ``first`` on into `order`: by time, then id, undated last."""
        time = self.time.view
        fresh = self._sorted(np.arange(first, len(self), dtype=np.int32))
        if not len(self.order) or (len(fresh) and time[fresh[0]] > time[self.order[-1]]):
            self.order = np.concatenate([self.order, fresh])
            return
        ordered = time[self.order]
        left, right = (
            np.searchsorted(ordered, time[fresh], "left"),
            np.searchsorted(ordered, time[fresh], "right"),
        )
        if len(fresh) <= _FEW:
            places = [
                a
                if a == b
                else a
                + bisect_left(self.order[a:b], self.id_at(new), key=lambda p: self.id_at(int(p)))
                for new, a, b in zip(fresh.tolist(), left.tolist(), right.tolist(), strict=True)
            ]
            self.order = np.insert(self.order, places, fresh)
            return
        merged = np.insert(self.order, right, fresh)
        again = np.zeros(len(merged), bool)  # where new and old ones share a time, ids decide
        shared = left < right
        again[np.isin(time[merged], time[fresh[shared]])] = True
        merged[again] = self._sorted(merged[again])
        self.order = merged

    def _sorted(self, positions: np.ndarray) -> np.ndarray:
        """Positions sorted by (time, id)."""
        time = self.time.view[positions]
        by_time = np.argsort(time, kind="stable")
        positions, time = positions[by_time], time[by_time]
        same = np.zeros(len(time) + 1, bool)
        same[1:-1] = time[1:] == time[:-1]
        tied = np.nonzero(same[1:] | same[:-1])[0]
        if len(tied):
            table = pa.table(
                {"time": time[tied], "id": self.column("id").take(pa.array(positions[tied]))}
            )
            positions[tied] = positions[tied][
                np.asarray(pc.sort_indices(table, [("time", "ascending"), ("id", "ascending")]))
            ]
        return positions

    def _read_log(self, connection: sqlite3.Connection, before: State) -> None:
        entries = connection.execute(
            "SELECT what, row FROM log WHERE entry > ?", (before.log,)
        ).fetchall()
        self.changed += len(entries)
        self.people.update(connection, sorted({row for what, row in entries if what == PROFILE}))
        dead = np.array([row for what, row in entries if what == DEAD], np.int64)
        if len(dead):
            gone = self.positions(dead)
            self.alive.copy_for_writing()[gone[gone >= 0]] = False
            self.order = self.order[self.alive.view[self.order]]
        touched = sorted({row for what, row in entries if what == TOUCHED})
        for grown in self.numbers.values() if touched else ():
            grown.copy_for_writing()
        for row in touched:
            stored = connection.execute("SELECT body FROM docs WHERE row = ?", (row,)).fetchone()
            position = int(self.positions(np.array([row]))[0])
            if stored and position >= 0:
                body: dict[str, Any] = json.loads(stored[0])
                for name, grown in self.numbers.items():
                    grown.view[position] = body.get(name, NONE)

    def _read_notes(self, connection: sqlite3.Connection, last: int) -> None:
        for stage, (number, _) in COLUMN_STAGES.items():
            dictionary, codes = self.annotated[stage]
            rows = connection.execute(
                # "stage <= 3" is what lets SQLite use the index `notes_write`
                "SELECT doc, value FROM notes WHERE stage = ? AND stage <= 3 AND write > ?",
                (number, last),
            ).fetchall()
            self.changed += len(rows)
            if rows:
                docs, values = zip(*rows, strict=True)
                positions = self.positions(np.array(docs, np.int64))
                here = positions >= 0
                codes.copy_for_writing()[positions[here]] = dictionary.encode(
                    pa.array(values, pa.string())
                )[here]
        self._best_lang = None


def _extend(lists: Lists, name: str, chunk: pa.Table) -> None:
    """Read one more chunk into a list field; ``url`` also takes the document's own address."""
    counts, values = flat(chunk[LISTED[name]])
    rows = np.repeat(np.arange(len(counts)), counts)
    if name == "url":
        own = chunk["url"].combine_chunks()
        has = np.nonzero(np.asarray(own.is_valid()))[0]
        rows = np.concatenate([rows, has])
        values = pa.concat_arrays([values, own.take(pa.array(has))])
    encoded = values.dictionary_encode()
    meanings: dict[str, Callable[[str], str]] = {"domain": _host, "url": canonical_url}
    meaning = meanings.get(name, str.casefold)
    meant = [meaning(value) for value in encoded.dictionary.to_pylist()]
    table = np.where([bool(value) for value in meant], lists.dictionary.add_all(meant), -1)
    codes = table[np.asarray(encoded.indices)] if len(table) else np.empty(0, np.int32)
    in_row = np.argsort(rows, kind="stable") if name == "url" else np.arange(len(rows))
    in_row = in_row[codes[in_row] >= 0]
    lists.append(np.bincount(rows[in_row], minlength=len(counts)), codes[in_row])


def _host(canonical: str) -> str:
    """The domain of a canonical address."""
    host = canonical[8:].partition("/")[0] if canonical.startswith("https://") else ""
    plain = "." in host and host.isascii() and host.replace(".", "").replace("-", "").isalnum()
    return host if plain else domain(canonical)
