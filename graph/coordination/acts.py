"""Acts: who acted on what and when, as sorted integer columns.

An *object* is what a signal says a post acts on. Acts on one object that are more than `GAP_MS` apart
belong to different *bursts* of it. An account's part in one burst is an *engagement*; co-action of two
accounts is counted in distinct bursts, never in posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.coordination.signals import SIGNALS
from graph.coordination.signals.base import Signal
from tocsin.core.plugins import choose

GAP_MS = 12 * 3_600_000
"""Silence on an object after which acts on it are a new burst (ms)."""


@dataclass(frozen=True)
class Acts:
    """Acts of all content signals, sorted by (object, time, account, post); one row each.

    Attributes:
        names: signal names by number.
        signal: u8, number of the signal.
        object: i64, code of (signal, object), rising with both.
        burst: i64, code of (object, burst).
        engagement: i64, code of (burst, account).
        account, post: u32, as in `Posts`.
        time: i64, ms.
        objects: object names by code.
        volume: int64 (signals, accounts): all acts, those on objects of one account included.
    """

    names: tuple[str, ...]
    signal: np.ndarray
    object: np.ndarray
    burst: np.ndarray
    engagement: np.ndarray
    account: np.ndarray
    post: np.ndarray
    time: np.ndarray
    objects: pl.Series
    volume: np.ndarray

    def __len__(self) -> int:
        return len(self.time)


def signal(name: str) -> Signal:
    """A registered signal by name.

    Raises:
        ConfigError: there is none of that name.
    """
    made: Signal = choose("signal", name, SIGNALS)()
    return made


def named_acts(posts: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The acts of posts under several signals: ``signal`` (u8 position in ``names``), ``object``, ``account``, ``time``, ``post``."""
    known = posts.select("post", "account", time="published_at")
    parts = [
        signal(name).acts(posts).with_columns(signal=pl.lit(k, pl.UInt8))
        for k, name in enumerate(names)
    ]
    made = (
        pl.concat(parts)
        if parts
        else pl.DataFrame(schema={"post": pl.UInt32, "object": pl.String, "signal": pl.UInt8})
    )
    return made.join(known, on="post", how="inner")


def coded(named: pl.DataFrame, names: Sequence[str], accounts: int) -> Acts:
    """Sort and number the rows of `named_acts`; objects of one account alone only count in ``volume``."""
    cell = named["signal"].to_numpy().astype(np.int64) * accounts + named["account"].to_numpy()
    volume = np.bincount(cell, minlength=len(names) * accounts).reshape(len(names), accounts)
    several = pl.col("account").min() != pl.col("account").max()
    sizes = (
        named.group_by("signal", "object")
        .agg(several.alias("several"))
        .filter("several")
        .select("signal", "object")
    )
    sizes = sizes.sort("signal", "object").with_columns(code=pl.int_range(pl.len(), dtype=pl.Int64))
    rows = named.join(sizes, on=["signal", "object"], how="inner").sort(
        "code", "time", "account", "post"
    )
    code, time, account = (
        rows["code"].to_numpy(),
        rows["time"].to_numpy(),
        rows["account"].to_numpy(),
    )
    new = np.ones(len(code), dtype=bool)
    if len(code):
        new[1:] = (code[1:] != code[:-1]) | (time[1:] - time[:-1] > GAP_MS)
    burst = np.cumsum(new) - 1
    _, engagement = np.unique(burst * max(1, accounts) + account, return_inverse=True)
    return Acts(
        tuple(names),
        rows["signal"].to_numpy(),
        code,
        burst,
        engagement,
        account,
        rows["post"].to_numpy(),
        time,
        sizes["object"],
        volume,
    )


def labels(names: Sequence[str]) -> Mapping[str, str]:
    """Signal name -> what it is, for a person."""
    return {name: signal(name).label for name in names}
