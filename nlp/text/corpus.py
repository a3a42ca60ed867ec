"""The documents of a window as columns, in order of time, for what looks at all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.base import Index, Query, Window
from index.reading.columns import column_values
from tocsin.core.dates import from_milliseconds
from tocsin.core.documents import DAY_ONLY

Longs = NDArray[np.int64]

UNKNOWN_TIME = np.iinfo(np.int64).min
_COLUMNS = (
    "id", "author", "published_at", "detected_lang", "title", "text", "hashtags", "urls",
    "copy_group",
    "repost_of", "handle", "precision",
)  # fmt: skip
_LISTS = ("hashtags", "urls")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents in order of (time, id); those without a time stand at the end.

    ``times`` are epoch milliseconds, `UNKNOWN_TIME` where there is none. ``authors`` are codes into
    ``author_ids``; -1 where there is no author.
    """

    table: pa.Table
    times: Longs
    authors: Longs
    author_ids: list[str]

    def __len__(self) -> int:
        return len(self.times)

    def column(self, name: str) -> list[Any]:
        """A column as a Python list."""
        return column_values(self.table.column(name))

    def take(self, name: str, rows: Longs) -> pa.Array:
        """Cells of a column, of rising rows."""
        column = self.table.column(name)
        first, end = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
        # of the part they lie in: Arrow joins all chunks to take from them
        cells = column.slice(first, end - first)
        if len(cells) != len(rows):
            cells = cells.take(pa.array(rows - first))
        return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells

    def cell(self, name: str, row: int) -> Any:
        """One cell."""
        return self.table.column(name)[row].as_py()

    @property
    def dated_times(self) -> Longs:
        """The times that are known, rising."""
        known: Longs = self.times[self.times != UNKNOWN_TIME]
        return known

    @property
    def day_only(self) -> NDArray[np.bool_]:
        """Which documents have a day for a time, where others have a time of day; else none.

        Such times stand at midnight: among hours they would be a burst of every day.
        """
        column = self.table.column("precision")
        days = np.asarray(pc.is_in(column, value_set=pa.array(DAY_ONLY)))
        alone = days[self.times != UNKNOWN_TIME].all()
        return np.zeros(len(self), np.bool_) if alone else days

    @property
    def newest(self) -> datetime | None:
        """Time of the newest document that has one."""
        known = self.dated_times
        return from_milliseconds(int(known[-1])) if len(known) else None


def read_corpus(
    index: Index,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    text: bool = True,
    query: Query = "",
) -> Corpus:
    """The documents of ``since <= published_at < until`` that a query finds; without ``text``,
    only who and when."""
    columns = [name for name in _COLUMNS if text or name not in ("title", "text")]
    scanned = index.scan(columns, query=query, window=Window(since, until), order="time")
    batches = [_without_dictionaries(batch) for batch in scanned]
    if not batches:
        strings, lists = pa.string(), pa.list_(pa.string())
        empty = {name: pa.array([], lists if name in _LISTS else strings) for name in columns}
        return Corpus(pa.table(empty), np.zeros(0, np.int64), np.zeros(0, np.int64), [])
    table = pa.Table.from_batches(batches)
    times = table.column("published_at").cast(pa.int64()).fill_null(UNKNOWN_TIME).to_numpy()
    unknown_last = np.where(times == UNKNOWN_TIME, np.iinfo(np.int64).max, times)
    order = np.argsort(unknown_last, kind="stable")
    if not np.array_equal(order, np.arange(len(order))):
        table, times = table.take(pa.array(order)), times[order]
    encoded = table.column("author").combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Corpus(
        table,
        np.asarray(times, np.int64),
        codes,
        [str(key) for key in encoded.dictionary.to_pylist()],
    )


def _without_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch without dictionary encoding, whose dictionaries differ from batch to batch."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
