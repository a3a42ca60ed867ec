"""What accounts are like apart from what they did together: one row an account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from graph.coordination.null_model import HOUR_MS
from graph.coordination.posts import Posts

STEM = 5
"""Letters that two names must begin or end with to share them."""
LEAST_BIO = 10
"""Characters from which a profile's text is one."""
LEAST_DIGITS = 2
"""Digits from which a name has a shape: any word is of the shape of words."""
_CLOCK = np.exp(2j * np.pi * np.arange(24) / 24)


@dataclass(frozen=True)
class Profiles:
    """Columns by account, as numbered in `Posts`.

    Attributes:
        posts: how many it wrote.
        created: epoch ms; -1 where unknown.
        keys: trait -> a number for what each account has of it, -1 where nothing: two accounts
            that have the same agree.
        hours: (accounts, 24), posts by hour of day (UTC).
    """

    posts: np.ndarray
    created: np.ndarray
    keys: dict[str, np.ndarray]
    hours: np.ndarray

    @cached_property
    def days(self) -> np.ndarray:
        """(accounts, 24), of length 1: how the hours lie."""
        return unit(self.hours)

    @cached_property
    def middles(self) -> np.ndarray:
        """By account, the mean hour of day as an angle."""
        middles: np.ndarray = np.angle(self.hours @ _CLOCK)
        return middles


def read_profiles(posts: Posts) -> Profiles:
    """The profiles of all accounts; of values that changed the latest known."""
    number = len(posts.accounts)
    name = pl.col("handle").str.strip_chars_start("@").str.to_lowercase()
    letters = name.str.replace_all(r"[^\p{L}]+", "")
    has_stem = letters.str.len_chars() >= STEM
    # anna12345678 is of the shape a########
    shape = name.str.replace_all(r"\p{L}+", "a").str.replace_all(r"\d", "#")
    bio = pl.col("author_description").str.to_lowercase().str.replace_all(r"\s+", " ")
    bio = bio.str.strip_chars()
    of_accounts = (
        posts.frame.group_by("account")
        .agg(pl.col("handle", "author_description", "author_created").drop_nulls().last())
        .sort("account")
        .select(
            created=pl.col("author_created").fill_null(-1),
            name_begin=pl.when(has_stem).then(letters.str.head(STEM)),
            name_end=pl.when(has_stem).then(letters.str.tail(STEM)),
            name_shape=pl.when(shape.str.count_matches("#") >= LEAST_DIGITS).then(shape),
            bio=pl.when(bio.str.len_chars() >= LEAST_BIO).then(bio),
        )
    )
    cells = posts.account.astype(np.int64) * 24 + posts.times // HOUR_MS % 24
    return Profiles(
        posts=np.bincount(posts.account, minlength=number),
        created=of_accounts["created"].to_numpy(),
        keys={
            trait: _numbers(of_accounts[trait])
            for trait in ("name_begin", "name_end", "name_shape", "bio")
        },
        hours=np.bincount(cells, minlength=24 * number).reshape(number, 24).astype(float),
    )


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; those of nothing stay so."""
    scaled: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return scaled


def middle_of(rows: np.ndarray) -> float:
    """The mean hour of day of several accounts as an angle, each counted once."""
    days = rows @ _CLOCK
    return float(np.angle((days / np.maximum(np.abs(days), 1e-12)).sum()))


def _numbers(values: pl.Series) -> np.ndarray:
    """A number for each distinct text, -1 for none."""
    ranks: np.ndarray = values.rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()
    return ranks
