"""Arrays that grow, dictionaries of values, and rows read as Arrow columns."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pajson

from index.codec import NUMBERS
from tocsin.core.urls import canonical_url

NONE = -(2**63)
"""What stands for an absent number in int64 columns."""

_LISTS = ("urls", "hashtags", "mentions", "media")
_DICTIONARIES = ("kind", "platform", "source", "lang", "precision")
_STRINGS = ("title", "url", "reply_to", "repost_of", "quote_of", "content_hash")
_READ = pa.schema(
    [(name, pa.string()) for name in (*_DICTIONARIES, *_STRINGS)]
    + [("text", pa.large_string())]
    + [(name, pa.list_(pa.string())) for name in _LISTS]
    + [(name, pa.int64()) for name in NUMBERS]
)
TEXT_COLUMNS = ("id", "text", *_STRINGS, *_LISTS)
"""Columns kept as Arrow, ``urls`` canonical; the others are numpy arrays or dictionary codes."""


class GrowableArray:
    """A one-dimensional numpy array that takes more at its end.

    Views given before stay as they were in length.
    """

    def __init__(self, dtype: Any) -> None:
        self._data = np.empty(0, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def view(self) -> np.ndarray:
        """All values so far; writing into it changes them."""
        return self._data[: self._size]

    def append(self, values: np.ndarray) -> None:
        """Take more values."""
        size = self._size + len(values)
        if size > len(self._data) or not self._data.flags.writeable:
            data = np.empty(max(size, self._size * 3 // 2), self._data.dtype)
            data[: self._size] = self.view
            self._data = data
        self._data[self._size : size] = values
        self._size = size

    def wrap(self, values: np.ndarray) -> None:
        """Hold these values, perhaps read-only ones; they are copied when something is appended."""
        self._data, self._size = values, len(values)

    def copy_for_writing(self) -> np.ndarray:
        """The values as an array that nobody else looks at, for a change in place: older views keep
        the old values."""
        self._data = self.view.copy()
        return self._data


class Dictionary:
    """Distinct texts and their numbers, in the order they were met."""

    def __init__(self) -> None:
        self._arrow: pa.Array = pa.array([], pa.string())
        self._values: list[str] | None = []
        self._code: dict[str, int] | None = {}

    def __len__(self) -> int:
        return len(self._arrow if self._values is None else self._values)

    def load(self, values: pa.Array) -> None:
        """Hold these values; lists and numbers of them are made when first needed."""
        self._arrow, self._values, self._code = values, None, None

    @property
    def values(self) -> list[str]:
        """The values by number."""
        if self._values is None:
            self._values = self._arrow.to_pylist()
        return self._values

    @property
    def code(self) -> dict[str, int]:
        """The numbers by value."""
        if self._code is None:
            self._code = {value: number for number, value in enumerate(self.values)}
        return self._code

    @property
    def arrow(self) -> pa.Array:
        """The values as an Arrow array, for dictionary-encoded columns and for sorting."""
        if self._values is not None and len(self._values) != len(self._arrow):
            self._arrow = pa.array(self._values, pa.string())
        return self._arrow

    def add(self, value: str) -> int:
        """The number of a value, made if new."""
        code = self.code.get(value)
        if code is None:
            code = self.code[value] = len(self.values)
            self.values.append(value)
        return code

    def add_all(self, values: Sequence[str]) -> np.ndarray:
        """int32 numbers of values, made where new."""
        known, new = self.code, len(self)
        for value in values:
            if value not in known:
                known[value] = new
                new += 1
                self.values.append(value)
        return np.array([known[value] for value in values], np.int32)

    def encode(self, array: pa.Array | pa.ChunkedArray) -> np.ndarray:
        """int32 codes of an array of strings, -1 where null."""
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        table = np.append(self.add_all(encoded.dictionary.to_pylist()), np.int32(-1))
        codes: np.ndarray = table[np.asarray(encoded.indices.fill_null(len(table) - 1))]
        return codes


class Lists:
    """Several coded values a row: row ``i`` holds ``codes[offsets[i]:offsets[i + 1]]``, each value
    once."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self._rows: np.ndarray | None = None
        self.codes = GrowableArray(np.int32)
        self.offsets = GrowableArray(np.int64)
        self.offsets.append(np.zeros(1, np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def append(self, counts: np.ndarray, codes: np.ndarray) -> None:
        """Take more rows: the number of values of each, and their codes; repeats within a row are
        dropped."""
        rows = np.repeat(np.arange(len(counts)), counts)
        several = counts > 1
        if several.any():
            pairs = rows * (len(self.dictionary) + 1) + codes
            _, first = np.unique(pairs, return_index=True)
            first.sort()
            rows, codes = rows[first], codes[first]
            counts = np.bincount(rows, minlength=len(counts))
        self.codes.append(codes.astype(np.int32))
        self.offsets.append(self.offsets.view[-1] + np.cumsum(counts))

    @property
    def rows(self) -> np.ndarray:
        """The row of each of `codes`; int32."""
        if self._rows is None or len(self._rows) != len(self.codes):
            self._rows = np.repeat(np.arange(len(self), dtype=np.int32), self.counts())
        return self._rows

    def counts(self) -> np.ndarray:
        """Number of values of each row."""
        return np.diff(self.offsets.view)

    def where(self, wanted: Iterable[int]) -> np.ndarray:
        """Mask of the rows that hold one of these codes."""
        codes = self.codes.view
        chosen = list(wanted)
        hit = (
            codes == chosen[0] if len(chosen) == 1 else np.isin(codes, np.asarray(chosen, np.int32))
        )
        mask = np.zeros(len(self), bool)
        mask[self.rows[hit]] = True
        return mask


def read_rows(ids: Sequence[str], bodies: Sequence[bytes]) -> pa.Table:
    """The columns of JSON rows as one Arrow table, `TEXT_COLUMNS`, dictionaries and metrics."""
    try:
        table = _parsed(bodies)
    except (
        pa.ArrowInvalid
    ):  # one odd row must not cost the others: only what is a column is given again
        table = _parsed([_narrowed(body) for body in bodies])
    columns = {name: table[name].chunk(0) for name in table.column_names}
    columns |= {name: columns[name].dictionary_encode() for name in _DICTIONARIES}
    columns |= {name: _lists(columns[name]) for name in _LISTS}
    columns["urls"] = canonical(columns["urls"])
    return pa.table({"id": pa.array(ids, pa.string()), **columns})


def _parsed(bodies: Sequence[bytes]) -> pa.Table:
    data = b"\n".join(bodies)
    block = max(1 << 20, 2 * max(map(len, bodies)) + 64)
    options = pajson.ReadOptions(use_threads=len(data) > 1 << 22, block_size=min(block, 2**31 - 1))
    parse = pajson.ParseOptions(explicit_schema=_READ, unexpected_field_behavior="ignore")
    return pajson.read_json(io.BytesIO(data), options, parse).select(_READ.names).combine_chunks()


def _narrowed(body: bytes) -> bytes:
    """The columns of a JSON row alone, those left out that are not of their type."""
    row: dict[str, Any] = json.loads(body)
    columns: dict[str, Any] = {
        name: row[name]
        for name in (*_DICTIONARIES, *_STRINGS, "text")
        if isinstance(row.get(name), str)
    }
    columns |= {
        name: row[name]
        for name in NUMBERS
        if type(row.get(name)) is int and -(2**63) <= row[name] < 2**63
    }
    columns |= {
        name: [value for value in row[name] if isinstance(value, str)]
        for name in _LISTS
        if isinstance(row.get(name), list)
    }
    return json.dumps(columns).encode()


def _lists(column: pa.ListArray) -> pa.ListArray:
    """A list column without nulls: an absent list is an empty one."""
    return pa.ListArray.from_arrays(column.offsets, column.values)


def canonical(column: pa.ListArray) -> pa.ListArray:
    """Lists of addresses as lists of canonical addresses; each distinct one is worked on once."""
    encoded = column.values.dictionary_encode()
    known = pa.array([canonical_url(url) for url in encoded.dictionary.to_pylist()], pa.string())
    return pa.ListArray.from_arrays(column.offsets, known.take(encoded.indices))


def numbers(column: pa.ChunkedArray) -> np.ndarray:
    """An int64 column as numpy, `NONE` where null."""
    return np.asarray(column.fill_null(NONE))


def flat(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """A list column as the number of values of each row, and the values one after the other."""
    counts = np.asarray(pc.list_value_length(column))
    values = pc.list_flatten(column)
    return counts, values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def nullable(values: np.ndarray) -> pa.Array:
    """An Arrow int64 array, null where `NONE`."""
    absent = values == NONE
    return pa.array(values, pa.int64(), mask=absent if absent.any() else None)
