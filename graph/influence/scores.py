"""Influence of accounts: expected spread with its interval, and the simple counts beside it.

The chance that v takes up a post of u is estimated as the (weighted) number of u's posts that v
took up, divided by the number of u's posts plus `SHRINKAGE`: one lucky post of a new account does
not make its amplifiers certain. Expected spread (`graph.influence.measures`) then follows chains of
amplifiers. An account's **score** is its expected spread for one post, times its posts: how many
accounts its posts of the window reached, counted once a post. Intervals are the 2.5 and 97.5 %
quantiles of a Poisson bootstrap over posts: each post counts as often as chance says, so an account
that lives on one success has a wide interval. Chances further down the chain are held at their
estimates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.coordination.posts import Source, prepare
from graph.influence.amplification import Amplifications, find_amplifications, positions
from graph.influence.measures import expected_spread, sustained

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SHRINKAGE = 3.0
DRAWS = 400
CANDIDATES = 200
"""Accounts that are scored: those with the greatest two-step spread, and the first by each simple
count."""
MAX_TOP_POSTS = 3
BOOTSTRAP_BLOCK = 5_000
"""Posts drawn for at a time, which bounds the memory of an account with very many."""
SMALLEST_CHANCE = 1e-4

TABLE = {
    "account": pl.String,
    "score": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "spread": pl.Float64,
    "posts": pl.Int64,
    "reach": pl.Int64,
    "amplified": pl.Int64,
    "h_index": pl.Int64,
    "sustained": pl.Float64,
}

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AccountScore:
    """The influence of one account.

    Attributes:
        score, interval: see above.
        spread: expected spread of one more post.
        posts, reach, amplified, h_index, sustained: the counts beside it (docs/influence.md).
        kinds: how often its posts were taken up in each way.
        half: how many amplifiers half of its amplification comes from.
        top: its most amplified posts.
    """

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


@dataclass(frozen=True, slots=True)
class _Audience:
    """How one account's posts were taken up."""

    values: Floats
    """Two-step spread of each of its posts."""
    top: tuple[str, ...]
    reach: int
    half: int
    kinds: dict[str, int]


def score_accounts(
    amplifications: Amplifications,
    followers: dict[str, int] | None = None,
    *,
    seed: int = 1,
    limit: int = CANDIDATES,
) -> list[AccountScore]:
    """The accounts with the greatest influence, by falling score, ties by account.

    Args:
        amplifications: from `graph.influence.amplification.find_amplifications`.
        followers: account -> followers, where known.
        seed: of the bootstrap; an account's draws depend on it and the account alone.
        limit: how many accounts, at most.
    """
    rows = amplifications.rows
    if rows.is_empty():
        return []
    # accounts are numbered by their place in the sorted names; all arrays below are indexed by it
    names = pl.concat([rows["author"], rows["amplifier"], amplifications.posts["author"]])
    names = names.unique().sort()
    posts = np.zeros(len(names))
    posts[positions(names, amplifications.posts["author"])] = amplifications.posts[
        "posts"
    ].to_numpy()
    author, amplifier = positions(names, rows["author"]), positions(names, rows["amplifier"])
    chances = _chances(author, amplifier, rows["weight"].to_numpy(), posts)
    onward = np.asarray(chances.sum(axis=1)).ravel()
    by_post = _by_post(rows, onward[amplifier])
    counts = _counts(by_post)
    chosen = _candidates(counts, names, posts, limit)
    spreads = expected_spread(chances, chosen, smallest=SMALLEST_CHANCE)
    count_of = {row["author"]: row for row in counts.iter_rows(named=True)}
    chosen_rows = rows.filter(pl.col("author").is_in(names.gather(chosen).implode()))
    audiences = _audiences(chosen_rows, by_post)
    scores = []
    for position, spread in zip(chosen.tolist(), spreads.tolist(), strict=True):
        account = str(names[position])
        audience, count = audiences[account], count_of[account]
        total = spread * posts[position]
        low, high = _interval(audience.values, account, seed)
        scores.append(
            AccountScore(
                account=account,
                score=total,
                interval=(total * low, total * high),
                spread=spread,
                posts=int(posts[position]),
                reach=audience.reach,
                amplified=int(count["amplified"]),
                h_index=int(count["h"]),
                sustained=_sustained(count["amplified"], count["h"], account, followers),
                kinds=audience.kinds,
                half=audience.half,
                top=audience.top,
            )
        )
    return sorted(scores, key=lambda one: (-one.score, one.account))[:limit]


def influence_table(
    posts: Source, *, seed: int = 1, limit: int = CANDIDATES, copies: bool = True
) -> pl.DataFrame:
    """The same as a polars frame, straight from posts: for notebooks.

    Args:
        posts: a polars frame or Arrow data with ``id, author, published_at`` and any of
            ``repost_of``, ``quote_of``, ``reply_to``, ``copy_group``.
        seed, limit: see `score_accounts`.
        copies: see `graph.influence.amplification.find_amplifications`.

    Returns: ``account, score, low, high, spread, posts, reach, amplified, h_index, sustained`` by
        falling score.
    """
    frame = prepare(posts).frame.with_columns(followers=pl.lit(None, pl.Int64))
    scores = score_accounts(find_amplifications(frame, copies=copies), seed=seed, limit=limit)
    rows = [
        (
            one.account,
            one.score,
            *one.interval,
            one.spread,
            one.posts,
            one.reach,
            one.amplified,
            one.h_index,
            one.sustained,
        )
        for one in scores
    ]
    return pl.DataFrame(rows, schema=TABLE, orient="row")


def _chances(author: Positions, amplifier: Positions, weight: Floats, posts: Floats) -> csr_array:
    """(accounts, accounts), sparse: [u, v] is the chance that v takes up one post of u."""
    from scipy.sparse import csr_array

    chances = csr_array((weight, (author, amplifier)), shape=(len(posts), len(posts)))
    chances.data = chances.data / (np.repeat(posts, np.diff(chances.indptr)) + SHRINKAGE)
    return chances


def _by_post(rows: pl.DataFrame, onward: Floats) -> pl.DataFrame:
    """For each post taken up its author, how many accounts took it up, and its two-step spread."""
    valued = rows.with_columns(value=pl.col("weight") * (1 + pl.Series(onward)))
    return (
        valued.group_by("author", "root")
        .agg(pl.len().cast(pl.Int64).alias("accounts"), pl.col("value").sum())
        .sort("author", "root")
    )


def _counts(by_post: pl.DataFrame) -> pl.DataFrame:
    """``author, amplified, value, h``, by author."""
    falling = pl.col("accounts").sort(descending=True)
    return (
        by_post.group_by("author")
        .agg(
            pl.col("accounts").sum().alias("amplified"),
            pl.col("value").sum(),
            (falling > pl.int_range(pl.len())).sum().cast(pl.Int64).alias("h"),
        )
        .sort("author")
    )


def _candidates(counts: pl.DataFrame, names: pl.Series, posts: Floats, limit: int) -> Positions:
    """Positions of the accounts worth the whole recursion, in rising order."""
    place = positions(names, counts["author"])
    two_step = counts["value"].to_numpy() * posts[place] / (posts[place] + SHRINKAGE)
    ranked = counts.with_columns(two_step=pl.Series(two_step)).with_row_index("row")
    chosen: set[int] = set()
    for column, number in (("two_step", limit), ("amplified", limit // 4), ("h", limit // 4)):
        best = ranked.sort([column, "author"], descending=[True, False])["row"].head(number)
        chosen.update(place[best.to_numpy()].tolist())
    return np.array(sorted(chosen), dtype=np.int64)


def _audiences(rows: pl.DataFrame, by_post: pl.DataFrame) -> dict[str, _Audience]:
    """How the posts of each author of ``rows`` were taken up."""
    authors = rows["author"].unique().implode()
    ranked = by_post.filter(pl.col("author").is_in(authors)).sort(
        "author", "accounts", "value", "root", descending=[False, True, True, False]
    )
    posts_of = {
        str(author): posts for (author,), posts in ranked.group_by("author", maintain_order=True)
    }
    audiences = {}
    for (author,), taken_up in rows.group_by("author", maintain_order=True):
        posts = posts_of[str(author)]
        by_amplifier = taken_up.group_by("amplifier").agg(pl.col("weight").sum())["weight"]
        falling = by_amplifier.sort(descending=True).to_numpy()
        half = np.searchsorted(np.cumsum(falling), falling.sum() / 2 - 1e-9) + 1
        audiences[str(author)] = _Audience(
            values=posts["value"].to_numpy(),
            top=tuple(posts["root"].head(MAX_TOP_POSTS).to_list()),
            reach=len(falling),
            half=int(half),
            kinds=dict(taken_up.group_by("kind").len().sort("kind").rows()),
        )
    return audiences


def _sustained(
    amplified: int, h_index: int, account: str, followers: dict[str, int] | None
) -> float:
    audience = None
    if followers is not None:
        audience = np.array([float(followers.get(account) or 0)])
    index = sustained(np.array([float(amplified)]), np.array([float(h_index)]), audience)
    return float(index[0])


def _interval(values: Floats, account: str, seed: int) -> tuple[float, float]:
    """Quantiles of the bootstrapped total, as parts of the total."""
    digest = hashlib.blake2b(account.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    draw = np.random.default_rng([seed, int.from_bytes(digest, "big")])
    values = np.sort(values)
    totals = np.zeros(DRAWS)
    for start in range(0, len(values), BOOTSTRAP_BLOCK):
        block = values[start : start + BOOTSTRAP_BLOCK]
        # (draws, posts) counts times the value of each post: one bootstrapped total a draw
        totals += draw.poisson(1.0, size=(DRAWS, len(block))) @ block
    low, high = np.quantile(totals, [0.025, 0.975]) / values.sum()
    return float(low), float(high)
