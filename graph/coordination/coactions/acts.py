"""Acts: who acted on what and when, as sorted integer columns.

An *object* is what a signal says a post acts on. Acts on one object that are more than `GAP_MS`
apart belong to different *bursts* of it. An account's part in one burst is an *engagement*; the
co-actions of two accounts are counted in distinct bursts, never in posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.coordination.signals.base import ACT_SCHEMA, Signal
from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message

GAP_MS = 12 * 3_600_000
"""Silence on an object after which acts on it are a new burst (ms)."""


@dataclass(frozen=True)
class Acts:
    """Acts of the signals of a family, sorted by (object, time, account, post); one row each.

    Attributes:
        signals: the signals by number.
        signal: u8, number of the signal.
        object: i64, code of (signal, object), rising with both.
        burst: i64, code of (object, burst).
        engagement: i64, code of (burst, account).
        account, post: u32, as in `Posts`.
        time: i64, ms.
        objects: object names by code.
        volume: int64 (signals, accounts): all acts, those on objects of one account included.
    """

    signals: tuple[Signal, ...]
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


def collect_acts(posts: pl.DataFrame, signals: Sequence[Signal]) -> pl.DataFrame:
    """The acts of posts under several signals.

    Returns:
        ``signal`` (u8 position in ``signals``), ``object``, ``account``, ``time``, ``post``.

    Raises:
        TocsinError: a signal of another package does not give acts.
    """
    known = posts.select("post", "account", time="published_at")
    parts = [
        _acts_of(signal, posts).with_columns(signal=pl.lit(number, pl.UInt8))
        for number, signal in enumerate(signals)
    ]
    empty = pl.DataFrame(schema=ACT_SCHEMA | {"signal": pl.UInt8})
    return pl.concat([empty, *parts]).join(known, on="post", how="inner")


def _acts_of(signal: Signal, posts: pl.DataFrame) -> pl.DataFrame:
    """The acts of one signal, its columns made sure of: signals may come from other packages."""
    try:
        return signal.acts(posts).select(
            pl.col(name).cast(kind) for name, kind in ACT_SCHEMA.items()
        )
    except Exception as error:  # code of others may raise anything
        if type(signal).__module__.startswith("graph."):
            raise
        raise TocsinError(
            Message(
                "fault.plugins.signal_acts",
                {"name": repr(signal.name), "type": type(error).__name__, "error": str(error)},
            )
        ) from error


def encode_acts(named: pl.DataFrame, signals: Sequence[Signal], accounts: int) -> Acts:
    """Sort and number the rows of `collect_acts`.

    Objects of one account alone only count in ``volume``.
    """
    # volume: one cell for each signal and account, counted on the flat table
    cell = named["signal"].to_numpy().astype(np.int64) * accounts + named["account"].to_numpy()
    volume = np.bincount(cell, minlength=len(signals) * accounts).reshape(len(signals), accounts)
    several = pl.col("account").min() != pl.col("account").max()
    shared = (
        named.group_by("signal", "object")
        .agg(several.alias("several"))
        .filter("several")
        .select("signal", "object")
        .sort("signal", "object")
        .with_columns(code=pl.int_range(pl.len(), dtype=pl.Int64))
    )
    rows = named.join(shared, on=["signal", "object"], how="inner").sort(
        "code", "time", "account", "post"
    )
    code, time, account = (rows[name].to_numpy() for name in ("code", "time", "account"))
    # a burst begins with a new object, or after a long silence on the same one
    begins = np.ones(len(code), dtype=bool)
    begins[1:] = (code[1:] != code[:-1]) | (time[1:] - time[:-1] > GAP_MS)
    burst = np.cumsum(begins) - 1
    _, engagement = np.unique(burst * max(1, accounts) + account, return_inverse=True)
    return Acts(
        signals=tuple(signals),
        signal=rows["signal"].to_numpy(),
        object=code,
        burst=burst,
        engagement=engagement,
        account=account,
        post=rows["post"].to_numpy(),
        time=time,
        objects=shared["object"],
        volume=volume,
    )


def group_by_family(signals: Mapping[str, Signal]) -> dict[str, tuple[Signal, ...]]:
    """Family -> its signals, both in the order of the signals."""
    families: dict[str, tuple[Signal, ...]] = {}
    for signal in signals.values():
        families[signal.family] = (*families.get(signal.family, ()), signal)
    return families
