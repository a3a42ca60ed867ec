"""Posts for the coordination engine, in one order and one set of types.

They come from a scan, a polars frame or an Arrow table.

Columns are those of `index.base.COLUMNS`; only ``id``, ``author`` and ``published_at`` (int64 epoch
milliseconds, or a polars Datetime, as ``deleted_at``) are required. Everything else may be missing
and counts as empty.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from tocsin.core.documents import DAY_ONLY
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    import pyarrow as pa

    from index.base import Index, Window

REQUIRED = ("id", "author", "published_at")
TEXT = (
    "reply_to",
    "repost_of",
    "quote_of",
    "copy_group",
    "handle",
    "text",
    "title",
    "author_description",
    "kind",
    "platform",
    "precision",
)
LISTS = ("urls", "hashtags", "mentions", "media")
COLUMNS = (*REQUIRED, *TEXT, *LISTS, "verified", "deleted_at", "author_created")
"""The columns that the engine asks a scan for."""
NUMBERS = ("deleted_at", "author_created")
"""Those that may be absent and hold times (epoch milliseconds, or a polars Datetime)."""
_ROWS_AT_ONCE = 50_000
LEFT_OUT = {
    "id": pl.String,
    "no_author": pl.Boolean,
    "no_time": pl.Boolean,
    "day_only": pl.Boolean,
}
"""Posts without author or time, and posts of a day among posts with a time of day."""
DAY_MS, MINUTE_MS = 86_400_000, 60_000
MINUTE_SHARE = 0.01
"""Part of the posts written to the minute from which no window is finer."""

Source: TypeAlias = "pl.DataFrame | pl.LazyFrame | pa.Table | pa.RecordBatch | Iterable[Any]"
"""Posts as a caller has them: a polars frame, an Arrow table, or an iterable of either."""


@dataclass(frozen=True)
class Posts:
    """Posts in (time, id) order with small integers in place of accounts.

    Attributes:
        frame: the columns of `COLUMNS` plus ``account`` (u32, a position in ``accounts``) and
            ``post`` (u32, the row number); ``published_at`` is int64 milliseconds.
        accounts: author ids, sorted.
        ids: post ids by row.
        times: ``published_at`` by row.
        account: ``account`` by row.
        resolution_ms: the step in which times were written (1 s, 1 min, 1 day...): no window can be
            finer.
        left_out: columns of `LEFT_OUT` of posts that cannot be tested, each once.
    """

    frame: pl.DataFrame
    accounts: pl.Series
    ids: pl.Series
    times: np.ndarray
    account: np.ndarray
    resolution_ms: int
    left_out: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LEFT_OUT))

    @cached_property
    def step_ms(self) -> np.ndarray:
        """By account, the step in which its times are written: a minute where all of them stand at
        full minutes, though `resolution_ms` is finer."""
        steps = np.full(len(self.accounts), max(MINUTE_MS, self.resolution_ms), dtype=np.int64)
        steps[self.account[self.times % MINUTE_MS != 0]] = self.resolution_ms
        return steps

    @property
    def incomplete(self) -> int:
        """How many posts were left out."""
        return self.left_out.height

    @property
    def sha256(self) -> str:
        """A digest of the posts, whatever order they came in: SHA-256 of their rows as JSON."""
        return digest_rows(self.frame.select(digested(self.frame)))

    @property
    def without_author(self) -> int:
        """How many posts have no author."""
        return int(self.left_out["no_author"].sum())

    @property
    def without_time(self) -> int:
        """How many posts have no time."""
        return int(self.left_out["no_time"].sum())

    @property
    def day_only(self) -> int:
        """How many posts have a day where others have a time of day."""
        return int(self.left_out["day_only"].sum())

    def __len__(self) -> int:
        return len(self.ids)


def prepare(source: Source | Posts, *, all_of_them: bool = True) -> Posts:
    """Bring posts of any of the accepted shapes into one order and one set of types.

    Posts without author or time are left out (and counted); of rows with one id the first (by all
    columns, sorted) stays. The order of the rows given does not matter. Posts whose time is a day
    stand at midnight: among posts with a time of day they would all have been posted in one second,
    so that they are left out, too.

    Args:
        source: the posts.
        all_of_them: whether these are all; of a part, days are kept, since the rest may be such.

    Raises:
        ConfigError: a required column is missing, or the posts come in no known shape.
    """
    if isinstance(source, Posts):
        return source
    raw = _polars(source)
    missing = [name for name in REQUIRED if name not in raw.columns]
    if missing:
        raise ConfigError(Message("fault.frames.posts_column", {"missing": list(missing)}))
    given = raw.select(_columns(raw.schema))
    complete = pl.col("author").is_not_null() & pl.col("published_at").is_not_null()
    frame = given.filter(complete)
    left_out = (
        given.filter(~complete)
        .select(
            "id",
            no_author=pl.col("author").is_null(),
            no_time=pl.col("published_at").is_null(),
            day_only=pl.lit(value=False),
        )
        .join(frame, on="id", how="anti")
        .sort("id", "no_author", "no_time")
        .unique("id", keep="first", maintain_order=True)
    )
    if frame["id"].n_unique() < frame.height:
        flat = [pl.col(name).list.join("\n").alias(f"_{name}") for name in LISTS]
        keys = [
            *(name for name in frame.columns if name not in LISTS),
            *(f"_{name}" for name in LISTS),
        ]
        frame = (
            frame.with_columns(flat)
            .sort(keys, nulls_last=True)
            .unique("id", keep="first", maintain_order=True)
            .select(COLUMNS)
        )
    frame = frame.sort("published_at", "id")
    step = resolution(frame["published_at"].to_numpy())
    is_day = pl.col("precision").is_in(DAY_ONLY).fill_null(value=False)
    days = frame.filter(is_day)
    if days.height == frame.height and frame.height:
        step = DAY_MS  # midnight of a zone may be any hour
    elif all_of_them and days.height:
        frame = frame.filter(~is_day)
        step = resolution(frame["published_at"].to_numpy())
        if step < DAY_MS:
            dropped = days.select(
                "id",
                no_author=pl.lit(value=False),
                no_time=pl.lit(value=False),
                day_only=pl.lit(value=True),
            )
            left_out = pl.concat([left_out, dropped])
        else:
            frame = pl.concat([frame, days]).sort("published_at", "id")
    to_minute = int((frame["precision"] == "minute").sum())
    if to_minute > MINUTE_SHARE * frame.height:
        step = max(step, MINUTE_MS)
    accounts = frame["author"].unique().sort()
    codes = pl.DataFrame({"author": accounts, "account": np.arange(len(accounts), dtype=np.uint32)})
    frame = frame.join(codes, on="author", how="left", maintain_order="left").with_row_index("post")
    times = frame["published_at"].to_numpy()
    account = frame["account"].to_numpy()
    return Posts(frame, accounts, frame["id"], times, account, step, left_out)


def digested(frame: pl.DataFrame) -> list[str]:
    """The columns that a digest is of: those that came later only where they say anything."""
    return [n for n in COLUMNS if n not in NUMBERS or frame[n].null_count() < frame.height]


def digest_rows(frame: pl.DataFrame) -> str:
    """SHA-256 in hex of the rows of a frame as JSON, in their order."""
    digest = hashlib.sha256()
    for rows in frame.iter_slices(_ROWS_AT_ONCE):
        lines = io.BytesIO()  # half the time of a text that is encoded again
        rows.write_ndjson(lines)
        digest.update(lines.getbuffer())
    return digest.hexdigest()


def scan_posts(index: Index, window: Window) -> Posts:
    """The posts of a window of an index."""
    return prepare(index.scan(COLUMNS, window=window, order="none"))


def resolution(times: np.ndarray) -> int:
    """The coarsest of day, hour, minute and second that 99 % of the times are multiples of.

    Times are in ms; where none of these fits it is 1.
    """
    if not len(times):
        return 1
    for step in (DAY_MS, 3_600_000, MINUTE_MS, 1_000):
        if np.count_nonzero(times % step == 0) >= 0.99 * len(times):
            return step
    return 1


def _polars(source: Any) -> pl.DataFrame:
    if isinstance(source, pl.LazyFrame):
        collected: pl.DataFrame = source.collect()
        return collected
    if isinstance(source, pl.DataFrame):
        return source
    if hasattr(source, "schema") and hasattr(source, "num_rows"):
        return _arrow(source)
    if isinstance(source, Iterable) and not isinstance(source, (str, bytes)):
        parts = [_polars(part) for part in source]
        return (
            pl.concat(parts, how="diagonal_relaxed")
            if parts
            else pl.DataFrame(schema=dict.fromkeys(REQUIRED, pl.String))
        )
    raise ConfigError(Message("fault.frames.posts", {"type": type(source).__name__}))


def _arrow(table: Any) -> pl.DataFrame:
    converted = pl.from_arrow(table)
    # a record batch comes as one column of structs
    if isinstance(converted, pl.DataFrame):
        frame = converted
    else:
        frame = converted.to_frame().unnest(converted.name)
    return frame.with_columns(
        pl.col(name).cast(pl.String)
        for name, kind in frame.schema.items()
        if kind == pl.Categorical
    )


def _columns(schema: pl.Schema) -> list[pl.Expr]:
    when = pl.col("published_at")
    ms = when.cast(pl.Int64)
    if isinstance(schema["published_at"], pl.Datetime):
        ms = when.dt.epoch("ms")
    required = [
        pl.col("id").cast(pl.String),
        pl.col("author").cast(pl.String),
        ms.alias("published_at"),
    ]
    texts = [_column(name, pl.String(), schema) for name in TEXT]
    empty = pl.lit([], pl.List(pl.String))
    lists = [
        _column(name, pl.List(pl.String), schema).fill_null(empty).alias(name)
        if name in schema
        else empty.alias(name)
        for name in LISTS
    ]
    times = [
        pl.col(name).dt.epoch("ms")
        if isinstance(schema.get(name), pl.Datetime)
        else _column(name, pl.Int64(), schema)
        for name in NUMBERS
    ]
    return [*required, *texts, *lists, _column("verified", pl.Boolean(), schema), *times]


def _column(name: str, kind: pl.DataType, schema: pl.Schema) -> pl.Expr:
    """A column in its type, empty where the posts do not have it."""
    return pl.col(name).cast(kind) if name in schema else pl.lit(None, kind).alias(name)
