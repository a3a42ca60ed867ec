"""Posts from anywhere as one columnar frame.

From polars, Arrow, the index's scan, CSV, JSON lines or Parquet.

Columns of the frame, those that were asked for: ``post``, ``account`` (or Categorical, where given
so), ``repost_of``, ``reply_to``, ``text`` (String), ``time`` (Int64, milliseconds), ``urls``,
``hashtags`` (list of String). Rows without account or time are left out; of rows with one post id
the first counts.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from tocsin.core.errors import ConfigError, Unreadable
from tocsin.core.messages import Message

Posts: TypeAlias = "pl.DataFrame | pl.LazyFrame | str | Path | Any"
"""A polars frame, a pyarrow Table, RecordBatch or an iterable of them (``index.scan``), a path."""

NAMES: dict[str, tuple[str, ...]] = {
    "post": ("post", "message_id", "id"),
    "account": ("account", "user_id", "author", "author_id"),
    "time": ("time", "timestamp", "published_at"),
    "text": ("text", "message"),
    "repost_of": ("repost_of", "repost_id"),
    "reply_to": ("reply_to", "reply_id"),
    "urls": ("urls",),
    "hashtags": ("hashtags",),
}
"""Our column -> the names under which it is looked for, in order."""

LISTS = ("urls", "hashtags")
_LATEST = 2**53
"""Milliseconds; beyond it float timestamps lose exactness and differences could overflow."""
_EXCHANGE: dict[str, Any] = {
    "id": pl.String,
    "platform": pl.String,
    "author": pl.Struct({"id": pl.String}),
    "published_at": pl.String,
    "text": pl.String,
    "urls": pl.List(pl.String),
    "hashtags": pl.List(pl.String),
    "repost_of": pl.String,
    "reply_to": pl.String,
}


def read_posts(
    posts: Posts, wanted: Sequence[str], columns: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """The wanted columns of the posts.

    Args:
        posts: see `Posts`. Files: ``.csv`` and ``.csv.gz`` with a header, ``.jsonl`` in the
            exchange format, ``.parquet``.
        wanted: keys of `NAMES`; one the posts do not have comes back empty, except account and
            time.
        columns: our column -> theirs, where theirs is none of `NAMES`.

    Numbers in the time column are seconds, except in a column named ``published_at``, where
    integers are milliseconds (as ``index.scan`` gives); texts are RFC 3339.

    Raises:
        ConfigError: a column is missing. Unreadable: the file cannot be read.
    """
    frame, origin = _lazy(posts)
    try:
        schema = frame.collect_schema()
        sources = {
            name: source for name in wanted if (source := _source(name, schema, columns, origin))
        }
        chosen = frame.select(
            **{name: _typed(name, source, schema[source]) for name, source in sources.items()}
        )
        chosen = chosen.filter(
            pl.col("account").is_not_null(), pl.col("account") != "", pl.col("time").is_not_null()
        )
        frame_read = chosen.collect(engine="streaming")
    except (
        pl.exceptions.ComputeError,
        pl.exceptions.SchemaError,
        pl.exceptions.NoDataError,
        FileNotFoundError,
        UnicodeError,
    ) as error:
        raise Unreadable(
            Message(
                "fault.frames.unreadable",
                {"origin": str(origin), "error": str(error).splitlines()[0]},
            )
        ) from None
    for name in wanted:
        if name not in sources:
            kind = pl.List(pl.String) if name in LISTS else pl.String
            frame_read = frame_read.with_columns(pl.lit(None, kind).alias(name))
    return _first_of_each(frame_read) if "post" in sources else frame_read


def _lazy(posts: Posts) -> tuple[pl.LazyFrame, str]:
    if isinstance(posts, pl.LazyFrame):
        return posts, "the frame"
    if isinstance(posts, pl.DataFrame):
        return posts.lazy(), "the frame"
    if isinstance(posts, (str, Path)):
        return _file(Path(posts)), str(posts)
    if not hasattr(posts, "__arrow_c_stream__") and isinstance(posts, Iterable):
        return _scan(list(posts)).lazy(), "the scan"
    arrow = hasattr(posts, "__arrow_c_stream__") or hasattr(posts, "__arrow_c_array__")
    table = pl.from_arrow(posts) if arrow else None
    if not isinstance(table, pl.DataFrame):
        raise ConfigError(Message("fault.frames.what", {"type": type(posts).__name__}))
    return table.lazy(), "the table"


def _scan(batches: list[Any]) -> pl.DataFrame:
    """Record batches as one frame; their dictionaries may differ."""
    import pyarrow as pa

    if not batches:
        raise ConfigError(Message("fault.frames.no_batch"))
    if not all(isinstance(batch, pa.RecordBatch) for batch in batches):
        raise ConfigError(Message("fault.frames.source"))
    frame = pl.from_arrow(pa.Table.from_batches(batches))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _file(path: Path) -> pl.LazyFrame:
    name = path.name.lower().removesuffix(".gz")
    if not path.is_file():
        raise ConfigError(Message("fault.frames.no_file", {"path": str(path)}))
    if name.endswith((".jsonl", ".ndjson")):
        lines = pl.scan_ndjson(path, schema=_EXCHANGE)
        return lines.with_columns(pl.col("author").struct.field("id").alias("author"))
    if name.endswith(".parquet"):
        return pl.scan_parquet(path)
    # numbers in the time column are read as such; all else is text, so that ids keep their zeros
    header, first = _head(path)
    numeric = {
        name
        for name, value in zip(header, first, strict=False)
        if name in NAMES["time"] and _is_number(value)
    }
    types = {name: pl.Float64 if name in numeric else pl.String for name in header}
    return pl.scan_csv(path, schema_overrides=types, infer_schema_length=0, low_memory=True)


def _head(path: Path) -> tuple[list[str], list[str]]:
    """The names of the columns and the first row."""
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
            rows = csv.reader(handle)
            return next(rows, []), next(rows, [])
    except (csv.Error, UnicodeError, EOFError, gzip.BadGzipFile) as error:
        raise Unreadable(
            Message("fault.frames.no_csv", {"path": str(path), "error": str(error)})
        ) from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _source(
    name: str, schema: pl.Schema, columns: Mapping[str, str] | None, origin: str
) -> str | None:
    if columns and name in columns:
        if columns[name] not in schema:
            raise ConfigError(
                Message(
                    "fault.frames.column",
                    {
                        "origin": str(origin),
                        "columns": repr(columns[name]),
                        "name": name,
                        "schema": list(schema),
                    },
                )
            )
        return columns[name]
    for candidate in NAMES[name]:
        if candidate in schema:
            return candidate
    if name in ("account", "time"):
        raise ConfigError(
            Message(
                "fault.frames.no_column",
                {
                    "origin": str(origin),
                    "name": name,
                    "names": " or ".join(NAMES[name]),
                    "call": f"columns={{{name!r}: ...}}",
                },
            )
        )
    return None


def _typed(name: str, source: str, kind: Any) -> pl.Expr:
    column = pl.col(source)
    if name == "time":
        return _milliseconds(column, source, kind)
    if name in LISTS:
        return (
            column.cast(pl.List(pl.String))
            if isinstance(kind, pl.List)
            else column.cast(pl.String).str.split(" ")
        )
    if name == "account" and kind == pl.Categorical:
        return column  # its codes are at hand, see `graph.coordination.library.objects.codes`
    column = column.cast(pl.String)
    return column.fill_null("") if name == "text" else pl.when(column != "").then(column)


def _milliseconds(column: pl.Expr, source: str, kind: Any) -> pl.Expr:
    if kind == pl.String:
        ms = column.str.to_datetime(time_unit="ms", time_zone="UTC", strict=False).dt.epoch("ms")
    elif kind == pl.Date or isinstance(kind, pl.Datetime):
        ms = column.dt.epoch("ms")
    elif kind.is_integer() and source == "published_at":
        ms = column.cast(pl.Int64)
    else:
        seconds = column.cast(pl.Float64)
        exact = seconds.is_finite() & (seconds.abs() < _LATEST / 1000)
        ms = pl.when(exact).then((seconds * 1000).round()).cast(pl.Int64)
    return pl.when(ms.abs() < _LATEST).then(ms)


def _first_of_each(frame: pl.DataFrame) -> pl.DataFrame:
    # equal ids have equal hashes: where all hashes differ nothing is left to look at
    if frame["post"].hash().n_unique() == len(frame):
        return frame
    return frame.filter(pl.col("post").is_null() | pl.col("post").is_first_distinct())
