"""Who took up whose posts: author -> amplifier rows from reposts, quotes, replies and copies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

WEIGHTS: dict[str, float] = {"repost": 1.0, "quote": 0.7, "reply": 0.3, "copy": 0.3}
"""How much of a repost each way of taking a post up counts. A quote or reply may object; a copy
does not name whom it copies, and the first known poster of a text need not be its source."""

SCHEMA = {
    "root": pl.String, "author": pl.String, "amplifier": pl.String, "kind": pl.String, "weight": pl.Float64,
    "post": pl.String, "time": pl.Int64,
}  # fmt: skip
COLUMNS = (
    "id",
    "author",
    "published_at",
    "repost_of",
    "quote_of",
    "reply_to",
    "copy_group",
    "handle",
    "followers",
)
"""Columns of ``index.scan`` that influence needs."""


@dataclass(frozen=True, slots=True)
class Amplifications:
    """What became of posts.

    ``rows`` (`SCHEMA`): one a post taken up (``root``) and amplifier, the strongest way first; ``posts``
    (``author``, ``posts``): how many posts each account has that could be taken up; ``unresolved``: how
    many reposts, quotes and replies point to posts that are not there.
    """

    rows: pl.DataFrame
    posts: pl.DataFrame
    unresolved: int


def amplifications(
    frame: pl.DataFrame, roots: Collection[str] | None = None, *, copies: bool = True
) -> Amplifications:
    """Find them.

    Args:
        frame: columns of `COLUMNS`; rows without author are left out.
        roots: ids of the posts to look at (those of a topic); all where None. They may be taken up by any post.
        copies: whether later posts of one copy group take up the first.
    """
    known = frame.filter(pl.col("author").is_not_null()).select(COLUMNS[:7])
    own = known.filter(pl.col("repost_of").is_null())
    if roots is not None:
        chosen = pl.Series(sorted(roots), dtype=pl.String)
        own = own.filter(pl.col("id").is_in(chosen.implode()))
    targets = (
        known.select(root="id", author="author")
        if roots is None
        else own.select(root="id", author="author")
    )
    parts, unresolved = [], 0
    for kind, column in (("repost", "repost_of"), ("quote", "quote_of"), ("reply", "reply_to")):
        acts = known.filter(pl.col(column).is_not_null()).select(
            root=column, amplifier="author", post="id", time="published_at"
        )
        found = acts.join(targets, on="root", how="inner")
        unresolved += acts.height - found.height if roots is None else 0
        parts.append(_kind(found, kind))
    if copies:
        parts.append(_kind(_copies(known if roots is None else own), "copy"))
    rows = pl.concat(parts).filter(pl.col("author") != pl.col("amplifier"))
    rows = rows.sort(
        "root",
        "amplifier",
        "weight",
        "time",
        "post",
        descending=[False, False, True, False, False],
        nulls_last=True,
    )
    rows = rows.unique(["root", "amplifier"], keep="first", maintain_order=True)
    taken = rows.select(author="author", id="root").unique()
    counted = (
        pl.concat([own.select("author", "id"), taken])
        .unique()
        .group_by("author")
        .len("posts")
        .sort("author")
    )
    return Amplifications(rows, counted.with_columns(pl.col("posts").cast(pl.Int64)), unresolved)


def without(found: Amplifications, accounts: Collection[str]) -> Amplifications:
    """The same without some accounts, as authors and as amplifiers."""
    gone = pl.Series(sorted(accounts), dtype=pl.String).implode()
    rows = found.rows.filter(~pl.col("author").is_in(gone), ~pl.col("amplifier").is_in(gone))
    return Amplifications(rows, found.posts.filter(~pl.col("author").is_in(gone)), found.unresolved)


def _kind(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    made = rows.with_columns(kind=pl.lit(kind), weight=pl.lit(WEIGHTS[kind]))
    return made.select(*SCHEMA).cast(pl.Schema(SCHEMA))


def _copies(known: pl.DataFrame) -> pl.DataFrame:
    """Posts of a copy group after its first; a repost shares its original's text and is no copy."""
    grouped = known.filter(
        pl.col("copy_group").is_not_null(),
        pl.col("published_at").is_not_null(),
        pl.col("repost_of").is_null(),
    )
    grouped = grouped.sort("copy_group", "published_at", "id")
    first = grouped.unique("copy_group", keep="first", maintain_order=True).select(
        "copy_group", root="id", author="author"
    )
    later = grouped.join(first, on="copy_group", how="inner").filter(pl.col("id") != pl.col("root"))
    return later.select(
        root="root", author_="author", post="id", time="published_at", author="author_right"
    ).rename({"author_": "amplifier"})


def codes(names: pl.Series, values: pl.Series) -> np.ndarray:
    """Places of values in sorted ``names``, which has them all."""
    return names.search_sorted(values).to_numpy().astype(np.int64)
