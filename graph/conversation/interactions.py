"""Connections of accounts in a conversation: account -> account, and how many posts say so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from index.base import EVERYTHING, Query, Window
from index.current import published_pairs

if TYPE_CHECKING:
    from index.base import Index

REFERENCES = {"repost": "repost_of", "reply": "reply_to", "quote": "quote_of"}
"""Connections by which a post names another post, and the column where it does."""
KINDS = (*REFERENCES, "mention", "coordination")
"""Kinds of connections. ``coordination``: the published pairs that acted together beyond chance."""
_COLUMNS = (
    "id", "author", "handle", "platform", "published_at", "text", *REFERENCES.values(), "mentions",
)  # fmt: skip
_REPEATS = r"^RT @([A-Za-z0-9_.]{1,40}):? "
_SCHEMA = {"source": pl.String, "target": pl.String, "weight": pl.Float64}


@dataclass(frozen=True)
class Interactions:
    """How the accounts of some posts are connected.

    Attributes:
        rows: ``source, target, weight`` by falling weight; weight counts posts of the source, and
            of a pair that acted together it is the weight of the pair, once, by rising name.
        posts: ``id, author`` of the posts that were read.
        handles: author -> handle as last seen.
        unresolved: posts that name a post which is not in the index.
        by_name: reposts that count for the account which their text names (``RT @name: ``), since
            the post that they repeat is not in the index.
        directed: whether source and target mean something.
    """

    rows: pl.DataFrame
    posts: pl.DataFrame
    handles: dict[str, str]
    unresolved: int = 0
    by_name: int = 0
    directed: bool = True

    def without(self, accounts: Collection[str]) -> Interactions:
        """The same without some accounts, at both ends."""
        out = pl.Series(sorted(accounts), dtype=pl.String).implode()
        kept = self.rows.filter(~pl.col("source").is_in(out), ~pl.col("target").is_in(out))
        posts = self.posts.filter(~pl.col("author").is_in(out))
        return replace(self, rows=kept, posts=posts)


def read_interactions(
    index: Index,
    kind: str,
    owner: Callable[[str], str],
    *,
    query: Query = "",
    window: Window = EVERYTHING,
) -> Interactions:
    """The connections of one of `KINDS` that the posts of a query and window make.

    A post may be taken up whenever it was posted and whatever the query says of it. A repost of one
    that is not in the index counts for whom its text names, as X and importers write it. Whom a
    repost mentions is not counted: the post that it repeats does. Nobody is connected to
    themselves.

    Args:
        owner: the account that ``platform:handle`` means: `index.directory.Directory.owner`.
    """
    posts = _read(index, _COLUMNS, query, window).filter(pl.col("author").is_not_null())
    posts = posts.with_columns(repeats=pl.col("text").str.extract(_REPEATS)).drop("text")
    unresolved = by_name = 0
    if kind == "coordination":
        rows = _pairs(index, posts)
    elif kind == "mention":
        rows = _mentions(posts, owner)
    else:
        naming = posts.filter(pl.col(REFERENCES[kind]).is_not_null())
        everything = posts if not query and window == EVERYTHING else None
        if everything is None:
            everything = _read(index, ("id", "author"), "", EVERYTHING)
        found = naming.select(source="author", id=REFERENCES[kind]).join(
            everything.select("id", target="author").drop_nulls(), on="id", how="inner"
        )
        unresolved = naming.height - found.height
        rows = found.select("source", "target")
        if kind == "repost":
            lost = posts.join(everything.select(repost_of="id"), on="repost_of", how="anti")
            lost = lost.filter(pl.col("repeats").is_not_null())
            unresolved -= lost.height - lost["repost_of"].null_count()
            by_name = lost.height
            rows = pl.concat([rows, _named(lost.rename({"repeats": "name"}), owner)])
    if kind != "coordination":
        rows = rows.group_by("source", "target").agg(weight=pl.len().cast(pl.Float64))
    rows = rows.filter(pl.col("source") != pl.col("target")).cast(pl.Schema(_SCHEMA))
    named = posts.filter(pl.col("handle").is_not_null()).sort("published_at", "id")
    handles = named.group_by("author").agg(pl.col("handle").last())
    return Interactions(
        rows.sort("weight", "source", "target", descending=[True, False, False]),
        posts.select("id", "author"),
        dict(handles.rows()),
        unresolved,
        by_name,
        directed=kind != "coordination",
    )


def _read(index: Index, columns: tuple[str, ...], query: Query, window: Window) -> pl.DataFrame:
    frames = [
        frame.with_columns(pl.col(pl.Categorical).cast(pl.String))
        for batch in index.scan(columns, query=query, window=window, order="none")
        if isinstance(frame := pl.from_arrow(batch), pl.DataFrame)
    ]
    if frames:
        return pl.concat(frames)
    types: dict[str, Any] = {"published_at": pl.Int64, "mentions": pl.List(pl.String)}
    return pl.DataFrame(schema={column: types.get(column, pl.String) for column in columns})


def _mentions(posts: pl.DataFrame, owner: Callable[[str], str]) -> pl.DataFrame:
    """``source, target``, once a post."""
    named = (
        posts.filter(
            pl.col("repost_of").is_null(),
            pl.col("repeats").is_null(),
            pl.col("mentions").list.len() > 0,
        )
        .select("id", "platform", "author", name="mentions")
        .explode("name")
        .drop_nulls("name")
    )
    return _named(named, owner)


def _named(posts: pl.DataFrame, owner: Callable[[str], str]) -> pl.DataFrame:
    """``source, target`` of posts that name somebody: ``id, platform, author, name``."""
    named = posts.select(
        "id",
        source="author",
        name=pl.concat_str(
            pl.coalesce("platform", pl.lit("")), pl.lit(":"), pl.col("name").str.to_lowercase()
        ),
    )
    names = named["name"].unique().sort().to_list()
    whose = pl.DataFrame(
        {"name": names, "target": [owner(name) for name in names]},
        schema={"name": pl.String, "target": pl.String},
    )
    return named.join(whose, on="name").unique(["id", "target"]).select("source", "target")


def _pairs(index: Index, posts: pl.DataFrame) -> pl.DataFrame:
    """The published pairs of which both accounts have posts here."""
    here = set(posts["author"].unique().to_list())
    pairs: dict[tuple[str, str], float] = {}
    for edge in published_pairs(index):
        if edge.a in here and edge.b in here:
            ends = (min(edge.a, edge.b), max(edge.a, edge.b))
            weight = edge.weight or 1.0  # who published none left its default, 0
            pairs[ends] = max(pairs.get(ends, 0.0), weight)
    rows = [(a, b, weight) for (a, b), weight in pairs.items()]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
