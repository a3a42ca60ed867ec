"""The documents of a window as columns, in order of time, for what looks at all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.base import Window

Longs = NDArray[np.int64]

UNKNOWN_TIME = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "id",
    "author",
    "published_at",
    "detected_lang",
    "title",
    "text",
    "hashtags",
    "urls",
    "copy_group",
    "repost_of",
    "handle",
)


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
        return list(self.table.column(name).to_pylist())

    def some(self, name: str, rows: Longs) -> pa.Array:
        """Cells of a column, of rising rows."""
        column = self.table.column(name)
        whole = len(rows) and rows[-1] - rows[0] + 1 == len(rows)
        found = column.slice(int(rows[0]), len(rows)) if whole else column.take(pa.array(rows))
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found

    def at(self, name: str, row: int) -> Any:
        """One cell."""
        return self.table.column(name)[row].as_py()

    @property
    def dated_times(self) -> Longs:
        """The times that are known, rising."""
        known: Longs = self.times[self.times != UNKNOWN_TIME]
        return known

    @property
    def newest(self) -> datetime | None:
        """Time of the newest document that has one."""
        known = self.dated_times
        return moment(int(known[-1])) if len(known) else None


def read(
    index: Any, since: datetime | None = None, until: datetime | None = None, *, text: bool = True
) -> Corpus:
    """The documents of ``since <= published_at < until``; without ``text``, only who and when."""
    wanted = [name for name in _COLUMNS if text or name not in ("title", "text")]
    batches = [
        _plain(batch) for batch in index.scan(wanted, window=Window(since, until), order="time")
    ]
    if not batches:
        empty = pa.table(
            {
                name: pa.array(
                    [], pa.list_(pa.string()) if name in ("hashtags", "urls") else pa.string()
                )
                for name in wanted
            }
        )
        return Corpus(empty, np.zeros(0, np.int64), np.zeros(0, np.int64), [])
    table = pa.Table.from_batches(batches)
    times = table.column("published_at").cast(pa.int64()).fill_null(UNKNOWN_TIME).to_numpy()
    order = np.argsort(
        np.where(times == UNKNOWN_TIME, np.iinfo(np.int64).max, times), kind="stable"
    )
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


def moment(milliseconds: int) -> datetime:
    """The aware UTC time of epoch milliseconds."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds(when: datetime) -> int:
    """Epoch milliseconds of an aware time."""
    return round((when - _EPOCH) / timedelta(milliseconds=1))


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch without dictionary encoding, whose dictionaries differ from batch to batch."""
    columns = [
        c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
