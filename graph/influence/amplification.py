"""Who took up whose posts: author -> amplifier rows from reposts, quotes, replies and copies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

WEIGHTS: dict[str, float] = {"repost": 1.0, "quote": 0.7, "reply": 0.3, "copy": 0.3}
"""How much of a repost each way of taking a post up counts. A quote or reply may object; a copy
does not name whom it copies, and the first known poster of a text need not be its source."""

SCHEMA = {
    "root": pl.String,
    "author": pl.String,
    "amplifier": pl.String,
    "kind": pl.String,
    "weight": pl.Float64,
    "post": pl.String,
    "time": pl.Int64,
}
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
POST_COLUMNS = COLUMNS[:7]
"""Those of them that say who took up what."""
REFERENCES = (("repost", "repost_of"), ("quote", "quote_of"), ("reply", "reply_to"))
"""Ways of taking up a post that name it, and the column where the name stands."""


@dataclass(frozen=True, slots=True)
class Amplifications:
    """What became of posts.

    Attributes:
        rows: of `SCHEMA`, one for each post taken up (``root``) and amplifier, the strongest way
            first.
        posts: ``author, posts``: how many posts each account has that could be taken up.
        unresolved: how many reposts, quotes and replies point to posts that are not there.
    """

    rows: pl.DataFrame
    posts: pl.DataFrame
    unresolved: int


def find_amplifications(
    frame: pl.DataFrame, roots: Collection[str] | None = None, *, copies: bool = True
) -> Amplifications:
    """Who took up whose posts.

    Args:
        frame: columns of `COLUMNS`; rows without author are left out.
        roots: ids of the posts to look at (those of a topic); all where None. They may be taken up
            by any post.
        copies: whether later posts of one copy group take up the first.
    """
    known = frame.filter(pl.col("author").is_not_null()).select(POST_COLUMNS)
    originals = known.filter(pl.col("repost_of").is_null())
    if roots is not None:
        chosen = pl.Series(sorted(roots), dtype=pl.String)
        originals = originals.filter(pl.col("id").is_in(chosen.implode()))
    targets = (known if roots is None else originals).select(root="id", author="author")
    parts, unresolved = [], 0
    for kind, column in REFERENCES:
        references = known.filter(pl.col(column).is_not_null()).select(
            root=column, amplifier="author", post="id", time="published_at"
        )
        resolved = references.join(targets, on="root", how="inner")
        unresolved += references.height - resolved.height if roots is None else 0
        parts.append(_of_kind(resolved, kind))
    if copies:
        parts.append(_of_kind(_copies(known if roots is None else originals), "copy"))
    rows = _strongest_way(pl.concat(parts).filter(pl.col("author") != pl.col("amplifier")))
    return Amplifications(rows, _posts_by_author(originals, rows), unresolved)


def without_accounts(amplifications: Amplifications, accounts: Collection[str]) -> Amplifications:
    """The same without some accounts, as authors and as amplifiers."""
    left_out = pl.Series(sorted(accounts), dtype=pl.String).implode()
    kept = ~pl.col("author").is_in(left_out)
    rows = amplifications.rows.filter(kept, ~pl.col("amplifier").is_in(left_out))
    return Amplifications(rows, amplifications.posts.filter(kept), amplifications.unresolved)


def positions(names: pl.Series, values: pl.Series) -> NDArray[np.int64]:
    """Places of values in sorted ``names``, which has them all."""
    return names.search_sorted(values).to_numpy().astype(np.int64)


def _of_kind(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    weighed = rows.with_columns(kind=pl.lit(kind), weight=pl.lit(WEIGHTS[kind]))
    return weighed.select(*SCHEMA).cast(pl.Schema(SCHEMA))


def _strongest_way(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each post and amplifier: the way that weighs most, the earliest of these."""
    ordered = rows.sort(
        "root",
        "amplifier",
        "weight",
        "time",
        "post",
        descending=[False, False, True, False, False],
        nulls_last=True,
    )
    return ordered.unique(["root", "amplifier"], keep="first", maintain_order=True)


def _posts_by_author(originals: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """How many posts each author has: originals, and whatever else was taken up."""
    taken_up = rows.select(author="author", id="root").unique()
    posts = pl.concat([originals.select("author", "id"), taken_up]).unique()
    counts = posts.group_by("author").len("posts").sort("author")
    return counts.with_columns(pl.col("posts").cast(pl.Int64))


def _copies(known: pl.DataFrame) -> pl.DataFrame:
    """Posts of a copy group after its first; a repost, which shares a text, is not a copy."""
    grouped = known.filter(
        pl.col("copy_group").is_not_null(),
        pl.col("published_at").is_not_null(),
        pl.col("repost_of").is_null(),
    ).sort("copy_group", "published_at", "id")
    first = grouped.unique("copy_group", keep="first", maintain_order=True).select(
        "copy_group", root="id", source="author"
    )
    later = grouped.join(first, on="copy_group", how="inner").filter(pl.col("id") != pl.col("root"))
    return later.select(
        root="root", amplifier="author", post="id", time="published_at", author="source"
    )
