"""Columns of the fields that stages declare, read from the stage's annotations when first asked
for."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from index.embedded.columnar.arrays import NONE, Dictionary, GrowableArray, nullable
from index.fields import DeclaredField, field_value

_ABSENT: dict[str, tuple[Any, Any]] = {
    "bool": (np.int8, -1),
    "keyword": (np.int32, -1),
    "integer": (np.int64, NONE),
    "number": (np.float64, np.nan),
}
"""Type -> the array's, and what stands for no value. Keywords are numbers of a dictionary."""
_TRUTH = pa.array(["false", "true"], pa.string())


class DeclaredColumn:
    """The values of one declared field by position of a cache.

    ``read_up_to`` is the highest write of an annotation that is in ``values``; ``dictionary`` has
    the texts of a keyword field.
    """

    def __init__(self, name: str, field: DeclaredField) -> None:
        self.name = name
        self.field = field
        dtype, self.absent = _ABSENT[field.type]
        self.values = GrowableArray(dtype)
        self.dictionary = Dictionary()
        self.read_up_to = 0

    def extend(self, length: int) -> None:
        """Make room for documents that came since: they have no value yet."""
        if length > len(self.values):
            self.values.append(np.full(length - len(self.values), self.absent))

    def read_since(
        self, connection: sqlite3.Connection, last_write: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """What was annotated since: row ids of documents, and their values as the array holds them.

        Both are int64 or the array's type, of one length; ``last_write`` is remembered as read.
        """
        rows = connection.execute(
            "SELECT doc, json_type(body, ?1), json_extract(body, ?1) FROM"
            " (SELECT doc, CAST(body AS TEXT) AS body FROM notes"
            " WHERE stage = (SELECT code FROM names WHERE space = 'stage' AND name = ?2) AND write "
            "> ?3)",
            (f"$.{self.name}", self.field.stage, self.read_up_to),
        ).fetchall()
        self.read_up_to = last_write
        documents = np.array([document for document, _, _ in rows], np.int64)
        return documents, np.array([self._stored(kind, value) for _, kind, value in rows])

    def _stored(self, json_type: str | None, value: Any) -> Any:
        """A JSON value as the array holds it."""
        if json_type in ("true", "false"):
            value = json_type == "true"
        elif json_type not in ("text", "integer", "real"):
            return self.absent
        value = field_value(value, self.field.type)
        if value is None:
            return self.absent
        return self.dictionary.add(value) if self.field.type == "keyword" else value

    # -- what queries ask
    def present(self) -> np.ndarray:
        """Which positions have a value."""
        values = self.values.view
        mask: np.ndarray = (
            ~np.isnan(values) if self.field.type == "number" else values != self.absent
        )
        return mask

    def equal(self, value: str) -> np.ndarray:
        """Which positions have this value: a keyword, ``true`` or ``false``."""
        if self.field.type == "bool":
            code = int(value == "true")
        else:
            code = self.dictionary.code.get(value, len(self.dictionary))
        mask: np.ndarray = self.values.view == code
        return mask

    def starting_with(self, prefix: str) -> np.ndarray:
        """Which positions have a keyword that begins so."""
        codes = [n for n, text in enumerate(self.dictionary.values) if text.startswith(prefix)]
        return np.isin(self.values.view, np.array(codes, np.int32))

    def in_range(self, low: int | float | None, high: int | float | None) -> np.ndarray:
        """Which positions have ``low <= value < high``."""
        mask = self.present()
        if low is not None:
            mask &= self.values.view >= low
        if high is not None:
            mask &= self.values.view < high
        return mask

    # -- what facets and scans ask
    def counts(self, chosen: np.ndarray) -> tuple[np.ndarray, pa.Array]:
        """How often each of the values occurs among the chosen ones, and the values.

        Two arrays of one length; ``chosen`` holds stored values, as ``values`` does.
        """
        if self.field.type in ("bool", "keyword"):
            values = _TRUTH if self.field.type == "bool" else self.dictionary.arrow
            # Code -1 (no value) is counted in slot 0, which is cut off.
            return np.bincount(chosen + np.int64(1), minlength=len(values) + 1)[1:], values
        present = ~np.isnan(chosen) if self.field.type == "number" else chosen != self.absent
        distinct, counts = np.unique(chosen[present], return_counts=True)
        return counts, pa.array(distinct)

    def taker(self) -> partial[pa.Array]:
        """A function that gives the values at positions as Arrow; later changes do not reach it."""
        values = self.values.view
        if self.field.type == "bool":
            return partial(_flags, values)
        if self.field.type == "keyword":
            return partial(_keywords, values, self.dictionary.arrow)
        return partial(_integers if self.field.type == "integer" else _floats, values)


def _flags(values: np.ndarray, positions: np.ndarray) -> pa.Array:
    chosen = values[positions]
    return pa.array(chosen == 1, pa.bool_(), mask=chosen < 0)


def _keywords(codes: np.ndarray, texts: pa.Array, positions: np.ndarray) -> pa.Array:
    chosen = codes[positions]
    return pa.DictionaryArray.from_arrays(pa.array(chosen, pa.int32(), mask=chosen < 0), texts)


def _integers(values: np.ndarray, positions: np.ndarray) -> pa.Array:
    return nullable(values[positions])


def _floats(values: np.ndarray, positions: np.ndarray) -> pa.Array:
    chosen = values[positions]
    return pa.array(chosen, pa.float64(), mask=np.isnan(chosen))
