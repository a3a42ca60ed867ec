"""Influence of accounts in posts: expected spread with its interval, and the simple counts beside it.

The chance that v takes up a post of u is estimated as the (weighted) number of u's posts that v took
up, divided by the number of u's posts plus `SHRINKAGE`: one lucky post of a new account does not make
its amplifiers certain. Expected spread (`graph.influence.measures`) then follows chains of amplifiers. An
account's **score** is its expected spread for one post, times its posts: how many accounts its posts
of the window reached, counted once a post. Intervals are the 2.5 and 97.5 % quantiles of a Poisson
bootstrap over posts: each post counts as often as chance says, so an account that lives on one
success has a wide interval. Chances further down the chain are held at their estimates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.coordination.posts import Source, prepare
from graph.influence.amplification import Amplifications, amplifications, codes
from graph.influence.measures import expected_spread, sustained

SHRINKAGE = 3.0
DRAWS = 400
CANDIDATES = 200
"""Accounts that are scored: those with the greatest two-step spread, and the first by each simple count."""


TABLE = {
    "account": pl.String, "score": pl.Float64, "low": pl.Float64, "high": pl.Float64, "spread": pl.Float64, "posts": pl.Int64,
    "reach": pl.Int64, "amplified": pl.Int64, "h_index": pl.Int64, "sustained": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scored:
    """One account: ``score`` and ``interval`` as above, ``spread`` for one post; ``top`` its most amplified posts."""

    account: str
    score: float
    interval: tuple[float, float]
    spread: float
    posts: int
    reach: int
    amplified: int
    h_index: int
    sustained: float
    kinds: dict[str, int]
    half: int
    top: tuple[str, ...]


def score(
    found: Amplifications,
    followers: dict[str, int] | None = None,
    *,
    seed: int = 1,
    limit: int = CANDIDATES,
) -> list[Scored]:
    """The accounts with the greatest influence, by falling score, ties by account.

    Args:
        found: from `graph.influence.amplification.amplifications`.
        followers: account -> followers, where known.
        seed: of the bootstrap; an account's draws depend on it and the account alone.
        limit: how many accounts, at most.
    """
    rows = found.rows
    if rows.is_empty():
        return []
    names = pl.concat([rows["author"], rows["amplifier"], found.posts["author"]]).unique().sort()
    posts = np.zeros(len(names))
    posts[codes(names, found.posts["author"])] = found.posts["posts"].to_numpy()
    author, amplifier = codes(names, rows["author"]), codes(names, rows["amplifier"])
    edges = _probabilities(author, amplifier, rows["weight"].to_numpy(), posts)
    onward = np.asarray(edges.sum(axis=1)).ravel()
    table = _by_post(rows, onward[amplifier])
    counts = table.group_by("author").agg(
        pl.col("accounts").sum().alias("amplified"),
        pl.col("value").sum(),
        (pl.col("accounts").sort(descending=True) > pl.int_range(pl.len()))
        .sum()
        .cast(pl.Int64)
        .alias("h"),
    )
    counts = counts.sort("author")
    chosen = _candidates(counts, names, posts, limit)
    spread = expected_spread(edges, chosen, smallest=1e-4)
    place = {int(code): number for number, code in enumerate(codes(names, counts["author"]))}
    details = _details(rows.filter(pl.col("author").is_in(names.gather(chosen).implode())), table)
    made = []
    for code, one in zip(chosen.tolist(), spread.tolist(), strict=True):
        account, line = str(names[code]), counts.row(place[code], named=True)
        values = details[account]["values"]
        total = one * posts[code]
        low, high = _interval(values, account, seed)
        audience = np.array([float((followers or {}).get(account) or 0)])
        lasting = sustained(
            np.array([float(line["amplified"])]),
            np.array([float(line["h"])]),
            audience if followers is not None else None,
        )
        made.append(
            Scored(
                account=account, score=total, interval=(total * low, total * high), spread=one, posts=int(posts[code]),
                reach=details[account]["reach"], amplified=int(line["amplified"]), h_index=int(line["h"]), sustained=float(lasting[0]),
                kinds=details[account]["kinds"], half=details[account]["half"], top=details[account]["top"],
            )
        )  # fmt: skip
    return sorted(made, key=lambda s: (-s.score, s.account))[:limit]


def influence_table(
    posts: Source, *, seed: int = 1, limit: int = CANDIDATES, copies: bool = True
) -> pl.DataFrame:
    """The same as a polars frame, straight from posts: for notebooks.

    Args:
        posts: a polars frame or Arrow data with ``id, author, published_at`` and any of ``repost_of``,
            ``quote_of``, ``reply_to``, ``copy_group``.
        seed, limit: see `score`. copies: see `graph.influence.amplification.amplifications`.

    Returns:
        ``account, score, low, high, spread, posts, reach, amplified, h_index, sustained`` by falling score.
    """
    frame = prepare(posts).frame.with_columns(followers=pl.lit(None, pl.Int64))
    rows = [
        (
            s.account,
            s.score,
            *s.interval,
            s.spread,
            s.posts,
            s.reach,
            s.amplified,
            s.h_index,
            s.sustained,
        )
        for s in score(amplifications(frame, copies=copies), seed=seed, limit=limit)
    ]
    return pl.DataFrame(rows, schema=TABLE, orient="row")


def _probabilities(
    author: NDArray[np.int64],
    amplifier: NDArray[np.int64],
    weight: NDArray[np.float64],
    posts: NDArray[np.float64],
) -> Any:
    from scipy.sparse import csr_array

    edges = csr_array((weight, (author, amplifier)), shape=(len(posts), len(posts)))
    edges.data = edges.data / (np.repeat(posts, np.diff(edges.indptr)) + SHRINKAGE)
    return edges


def _by_post(rows: pl.DataFrame, onward: NDArray[np.float64]) -> pl.DataFrame:
    """For each post taken up its author, how many accounts took it up, and how far it went in two steps."""
    valued = rows.with_columns(value=pl.col("weight") * (1 + pl.Series(onward)))
    return (
        valued.group_by("author", "root")
        .agg(pl.len().cast(pl.Int64).alias("accounts"), pl.col("value").sum())
        .sort("author", "root")
    )


def _candidates(
    counts: pl.DataFrame, names: pl.Series, posts: NDArray[np.float64], limit: int
) -> NDArray[np.int64]:
    """Codes of the accounts worth the whole recursion, in rising order."""
    code = codes(names, counts["author"])
    two_step = counts["value"].to_numpy() * posts[code] / (posts[code] + SHRINKAGE)
    ranked = counts.with_columns(two_step=pl.Series(two_step))
    some: set[int] = set()
    for column, number in (("two_step", limit), ("amplified", limit // 4), ("h", limit // 4)):
        best = (
            ranked.with_row_index("row")
            .sort([column, "author"], descending=[True, False])["row"]
            .head(number)
        )
        some.update(code[best.to_numpy()].tolist())
    return np.array(sorted(some), dtype=np.int64)


def _details(rows: pl.DataFrame, table: pl.DataFrame) -> dict[str, dict[str, Any]]:
    details: dict[str, dict[str, Any]] = {}
    mine = table.filter(pl.col("author").is_in(rows["author"].unique().implode()))
    ranked = mine.sort("author", "accounts", "value", "root", descending=[False, True, True, False])
    for (account,), posts in ranked.group_by("author", maintain_order=True):
        details[str(account)] = {
            "values": posts["value"].to_numpy(),
            "top": tuple(posts["root"].head(3).to_list()),
        }
    for (account,), some in rows.group_by("author", maintain_order=True):
        share = (
            some.group_by("amplifier")
            .agg(pl.col("weight").sum())["weight"]
            .sort(descending=True)
            .to_numpy()
        )
        half = int(np.searchsorted(np.cumsum(share), share.sum() / 2 - 1e-9) + 1)
        kinds = dict(some.group_by("kind").len().sort("kind").rows())
        details[str(account)] |= {"reach": len(share), "half": half, "kinds": kinds}
    return details


def _interval(values: NDArray[np.float64], account: str, seed: int) -> tuple[float, float]:
    """Quantiles of the bootstrapped total, as parts of the total."""
    digest = hashlib.blake2b(account.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    draw = np.random.default_rng([seed, int.from_bytes(digest, "big")])
    values = np.sort(values)
    totals = np.zeros(DRAWS)
    for start in range(0, len(values), 5_000):
        some = values[start : start + 5_000]
        totals += draw.poisson(1.0, size=(DRAWS, len(some))) @ some
    low, high = np.quantile(totals, [0.025, 0.975]) / values.sum()
    return float(low), float(high)
