"""What accounts may share, signal by signal: acts as (row of the frame, object code).

Only acts that can co-occur with another one are given.

========= ====================================== ===================================================
signal    an act is                              two acts are on one object if
========= ====================================== ===================================================
repost    a post that reposts another            they repost the same post
text      a post that is not a repost            their texts are equal after `normalised`
link      an address in a post, not a repost     the addresses are equal as given
hashtag   a hashtag in a post, not a repost      the tags are equal but for case
reply     a post that replies, not a repost      they reply to the same post
========= ====================================== ===================================================

`text`, `repost`, `reply` and `link` are those of the coordination-network-toolkit 1.5.2, except
that a post without a link shares no link.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import polars as pl
import pyarrow.compute as pc

from graph.coordination.coactions.windows import Ints
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

Signal: TypeAlias = Literal["repost", "text", "link", "hashtag", "reply"]
SIGNALS: tuple[Signal, ...] = ("repost", "text", "link", "hashtag", "reply")
COLUMNS: dict[str, tuple[str, ...]] = {
    "repost": ("repost_of",),
    "text": ("repost_of", "text"),
    "link": ("repost_of", "urls"),
    "hashtag": ("repost_of", "hashtags"),
    "reply": ("repost_of", "reply_to"),
}
"""Columns of `graph.coordination.library.frames` that a signal needs beside the usual three."""

_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


class Objects(NamedTuple):
    """Acts of one signal: ``row`` of the frame, ``code`` of the object, ``names`` by code."""

    row: Ints
    code: Ints
    names: pl.Series


def objects(frame: pl.DataFrame, signal: str) -> Objects:
    """The acts of a signal whose object occurs at least twice.

    Raises:
        ConfigError: there is no such signal.
    """
    if signal not in SIGNALS:
        raise ConfigError(
            Message("fault.pairs.no_signal", {"signal": repr(signal), "signals": list(SIGNALS)})
        )
    if signal == "repost":
        return _coded(frame["repost_of"])
    own = frame["repost_of"].is_null()
    if signal == "text":
        return _texts(frame["text"], own)
    if signal == "reply":
        return _coded(frame.select(pl.when(own).then(pl.col("reply_to"))).to_series())
    return _lists(
        frame.select(
            pl.when(own).then(pl.col("urls" if signal == "link" else "hashtags"))
        ).to_series(),
        signal,
    )


def normalised(text: pl.Series) -> pl.Series:
    """Lower case, without mentions, each run of white space one space, trimmed.

    A mention is an @ and what follows it up to a space.
    """
    text = text.str.to_lowercase().str.replace_all(r"@\S*", "")
    odd = text.str.contains(f"  |[{_SPACES}]")
    if odd.any():
        squashed = text.filter(odd).str.replace_all(f"[ {_SPACES}]+", " ")
        text = text.scatter(np.flatnonzero(odd.to_numpy()), squashed)
    return text.str.strip_chars(" ")


def codes(values: pl.Series) -> tuple[Ints, Ints]:
    """A code for each value, and for each code the index of one row that has it.

    Equal values have equal codes; no value may be null.

    Hashes are grouped instead of strings; that no two strings met in one hash is checked, not
    assumed.
    """
    if values.dtype == pl.Categorical:
        return _grouped(values.to_physical())
    code, first = _grouped(values.hash())
    if not values.equals(values.gather(first[code])):
        code, first = _grouped(values.rank("dense"))
    return code, first


def _grouped(numbers: pl.Series) -> tuple[Ints, Ints]:
    """Codes of equal numbers in order of appearance, and the first row of each.

    By a hash table instead of a sort.
    """
    # in and out by polars: pyarrow's own way from and to numpy imports all of pandas at its first
    # use
    encoded: Any = pc.dictionary_encode(numbers.to_arrow())
    code = pl.Series(pl.from_arrow(encoded.indices)).to_numpy().astype(np.int64)
    first = np.empty(len(encoded.dictionary), dtype=np.int64)
    first[code[::-1]] = np.arange(
        len(code) - 1, -1, -1
    )  # of equal places the last one written stays
    return code, first


def _coded(values: pl.Series) -> Objects:
    """Codes of those values that occur at least twice; nulls are no objects."""
    row = np.flatnonzero(values.is_not_null().to_numpy())
    return _only_shared(row, *_with_names(values.drop_nulls()))


def _texts(text: pl.Series, own: pl.Series) -> Objects:
    # equal texts are normalised once
    code, distinct = _with_names(text.filter(own))
    plain, names = _with_names(normalised(distinct))
    return _only_shared(np.flatnonzero(own.to_numpy()), plain[code], names)


def _lists(values: pl.Series, signal: str) -> Objects:
    frame = (
        pl.DataFrame({"row": np.arange(len(values)), "value": values})
        .filter(pl.col("value").list.len() > 0)
        .explode("value")
    )
    if signal == "hashtag":
        frame = frame.with_columns(pl.col("value").str.strip_prefix("#").str.to_lowercase())
    frame = frame.filter(pl.col("value").is_not_null(), pl.col("value") != "").unique(
        maintain_order=True
    )
    return _only_shared(frame["row"].to_numpy(), *_with_names(frame["value"]))


def _with_names(values: pl.Series) -> tuple[Ints, pl.Series]:
    code, first = codes(values)
    return code, values.gather(first)


def _only_shared(row: Ints, code: Ints, names: pl.Series) -> Objects:
    keep = np.bincount(code, minlength=1)[code] > 1
    return Objects(row[keep], code[keep], names)
