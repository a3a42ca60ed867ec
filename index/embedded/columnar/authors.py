"""Authors as columns, by author row (row 0 stands for no author)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from index.embedded.columnar.arrays import NONE
from tocsin.core.documents import native_id

_COLUMNS = "row, id, handle, followers, verified, description, created"


class AuthorColumns:
    """Ids, handles, followers, verified (1, 0, -1 unknown), descriptions and times of creation
    (epoch ms) by author row."""

    def __init__(self) -> None:
        self.ids: list[str | None] = [None]
        self.handles: list[str | None] = [None]
        self.descriptions: list[str | None] = [None]
        self.followers = np.array([NONE], np.int64)
        self.verified = np.array([-1], np.int8)
        self.created = np.array([NONE], np.int64)
        self.version = 0
        self._arrow: dict[str, tuple[int, pa.Array]] = {}
        self._handles: tuple[int, dict[str, list[int]]] = (-1, {})
        self._ids: tuple[int, dict[str, list[int]]] = (-1, {})

    def load(
        self,
        ids: list[str | None],
        handles: list[str | None],
        descriptions: list[str | None],
        followers: np.ndarray,
        verified: np.ndarray,
        created: np.ndarray,
    ) -> None:
        """Hold these columns."""
        columns = (handles, descriptions, followers, verified, created)
        if not ids or any(len(column) != len(ids) for column in columns):
            raise ValueError("columns of authors of different length")
        self.ids, self.handles, self.descriptions = ids, handles, descriptions
        self.followers, self.verified, self.created = followers, verified, created
        self.version += 1

    def read(self, connection: sqlite3.Connection, last: int) -> None:
        """Take over authors beyond the last row known."""
        self._store(
            connection.execute(
                f"SELECT {_COLUMNS} FROM authors WHERE row > ? ORDER BY row",  # noqa: S608
                (last,),
            ).fetchall()
        )

    def update(self, connection: sqlite3.Connection, rows: Sequence[int]) -> None:
        """Read profiles again that changed."""
        for start in range(0, len(rows), 500):
            some = rows[start : start + 500]
            marks = ",".join("?" * len(some))
            self._store(
                connection.execute(
                    f"SELECT {_COLUMNS} FROM authors WHERE row IN ({marks})",  # noqa: S608
                    some,
                ).fetchall()
            )

    def arrow(self, name: str) -> pa.Array:
        """``ids``, ``handles`` or ``descriptions`` as an Arrow array by author row."""
        version, array = self._arrow.get(name, (-1, None))
        if version != self.version:
            array = pa.array(getattr(self, name), pa.string())
            self._arrow[name] = (self.version, array)
        return array

    def by_handle(self) -> dict[str, list[int]]:
        """Author rows by case-folded handle."""
        if self._handles[0] != self.version:
            rows: dict[str, list[int]] = {}
            for row, handle in enumerate(self.handles):
                if handle:
                    rows.setdefault(handle.casefold().lstrip("@"), []).append(row)
            self._handles = (self.version, rows)
        return self._handles[1]

    def by_id(self) -> dict[str, list[int]]:
        """Author rows by author id and by the platform's own id."""
        if self._ids[0] != self.version:
            rows: dict[str, list[int]] = {}
            for row, key in enumerate(self.ids):
                if key is not None:
                    rows.setdefault(key, []).append(row)
                    if (native := native_id(key)) != key:
                        rows.setdefault(native, []).append(row)
            self._ids = (self.version, rows)
        return self._ids[1]

    def _store(
        self,
        rows: list[tuple[int, str, str | None, int | None, int | None, str | None, int | None]],
    ) -> None:
        if not rows:
            return
        self.version += 1
        more = max(row for row, *_ in rows) + 1 - len(self.ids)
        if more > 0:
            self.ids += [None] * more
            self.handles += [None] * more
            self.descriptions += [None] * more
            self.followers = np.concatenate([self.followers, np.full(more, NONE)])
            self.verified = np.concatenate([self.verified, np.full(more, -1, np.int8)])
            self.created = np.concatenate([self.created, np.full(more, NONE)])
        else:
            self.followers, self.verified = self.followers.copy(), self.verified.copy()
            self.created = self.created.copy()
        for row, key, handle, followers, verified, description, created in rows:
            self.ids[row], self.handles[row], self.descriptions[row] = key, handle, description
            self.followers[row] = NONE if followers is None else followers
            self.verified[row] = -1 if verified is None else verified
            self.created[row] = NONE if created is None else created
