"""Whether two accounts deleted what they posted alike more often than their habits make one expect.

That two accounts post about the same things is no news of their deletions, and that each deletes is
no news of the other. So a pair whose deleted posts meet beyond what activity and crowds allow
(`graph.coordination.null_model`, over the posts that are gone alone) is tested once more, with the
margins of deletion kept:

* Counted are the hours in which both posted about the same thing, *n*, and those in which all that
  they so posted is gone soon, *x*.
* The habit of an account, the chance that a post of its own is gone soon, is judged by its posts
  in other company: those that meet nobody on their subject within the hour, or others of whom some
  leave theirs standing. How habits are distributed is judged by all other accounts (empirical
  Bayes: Robbins 1956; a mixture of their own posterior densities, and a little of everything). An
  account without such posts may have any of these habits; one that deletes everything has said all
  of it by that.
* P(x or more of n) for independent deletions, over the habits that either account may have, is the
  p-value. Shuffling the times of deletion among the posts of an account leaves it valid.

The larger of the two p-values holds: both coincidences are asked for, and no more error is spent.
Pairs of which the deletions are what habits would give are taken out of all further tests.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from scipy.special import betainc

from graph.coordination.coactions.counts import AccountPairs
from graph.coordination.deletions.lifetimes import is_gone_soon
from graph.coordination.deletions.posted_and_gone import KINDS
from graph.coordination.membership_tests import FamilyTests
from graph.coordination.null_model import HOUR_MS
from graph.coordination.posts import Posts

WORTH_TESTING = 0.05
"""p-value of the meetings up to which the deletions are looked at, and that these must have."""
NEARLY_ALL = 0.8
"""Part of those in company whose posts are gone from which they say nothing of a habit."""
KNOWN_POSTS = 3
"""Posts from which an account says something of how habits are distributed."""
EDGES = np.unique(
    np.concatenate([np.linspace(0, 0.1, 11), np.linspace(0.1, 0.9, 17), np.linspace(0.9, 1, 11)])
)
"""Edges of the habits that are told apart; the ends matter most."""
HABITS = (EDGES[1:] + EDGES[:-1]) / 2
_AT_ONCE = 20_000


def beyond_habit(family: FamilyTests, posts: Posts) -> FamilyTests:
    """The tests of deleted posts without the pairs whose deletions their habits account for."""
    chosen = np.flatnonzero(family.p <= WORTH_TESTING)
    p = np.ones(len(family.pairs))
    if len(chosen):
        a, b = family.pairs.a[chosen], family.pairs.b[chosen]
        p[chosen] = habit_p_values(posts, a.astype(np.uint32), b.astype(np.uint32))
    keep = p <= WORTH_TESTING
    coactions = family.coactions.take(np.flatnonzero(keep[family.pairs.pair]))
    return replace(
        family,
        coactions=coactions,
        pairs=AccountPairs.of(coactions),
        observed=family.observed[keep],
        p=np.maximum(family.p, p)[keep],
    )


def habit_p_values(posts: Posts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """By pair of accounts, the p-value of its common deletions (1 where nothing met)."""
    frame = posts.frame.select(
        "post", "account", "repost_of", "hashtags", "urls", "copy_group", "published_at",
        gone=is_gone_soon(),
    )  # fmt: skip
    tested = pl.Series(np.union1d(a, b))
    own = frame.filter(pl.col("account").is_in(tested.implode()))
    things = pl.concat(
        [kind.things(own).with_columns(kind=pl.lit(kind.name)) for kind in KINDS]
    ).join(own.select("post", "account", "published_at", "gone"), on="post")
    units = ["account", "kind", "object", "hour"]
    things = things.with_columns(hour=pl.col("published_at") // HOUR_MS)
    said = things.group_by(units).agg(pl.col("gone").all())
    pairs = pl.DataFrame({"a": a, "b": b, "pair": np.arange(len(a), dtype=np.int64)})
    met = (
        pairs.join(said.rename({"account": "a", "gone": "gone_a"}), on="a")
        .join(said.rename({"account": "b", "gone": "gone_b"}), on=["b", "kind", "object", "hour"])
    )  # fmt: skip
    hours = met.group_by("pair", "hour").agg(both=(pl.col("gone_a") & pl.col("gone_b")).all())
    counted = hours.group_by("pair").agg(n=pl.len(), x=pl.col("both").sum())
    in_company = things.join(_company(said), on=units, how="semi").select("post").unique()
    others = own.join(in_company, on="post", how="anti")
    known = others.group_by("account").agg(n=pl.len(), k=pl.col("gone").sum())
    prior = habits_of_others(frame.filter(~pl.col("account").is_in(tested.implode())))
    rows = (
        pairs.join(counted, on="pair")
        .join(known.rename({"account": "a", "n": "n_a", "k": "k_a"}), on="a", how="left")
        .join(known.rename({"account": "b", "n": "n_b", "k": "k_b"}), on="b", how="left")
        .fill_null(0)
    )
    p = np.ones(len(a))
    if rows.height:
        p[rows["pair"].to_numpy()] = _tails(rows, prior)
    return p


def _company(said: pl.DataFrame) -> pl.DataFrame:
    """The hours and subjects in which nearly all of the others deleted their posts."""
    subject = ["kind", "object", "hour"]
    gone = pl.col("gone").cast(pl.Int64)
    others = (pl.len() - 1).over(subject)
    others_gone = gone.sum().over(subject) - gone
    return said.filter((others > 0) & (others_gone >= NEARLY_ALL * others))


def habits_of_others(frame: pl.DataFrame) -> np.ndarray:
    """How likely each of `HABITS` is before an account is looked at; sums to 1.

    Args:
        frame: ``account, gone`` of posts of other accounts.
    """
    counted = frame.group_by("account").agg(n=pl.len(), k=pl.col("gone").sum())
    counted = counted.filter(pl.col("n") >= KNOWN_POSTS)
    rate = (float(counted["k"].sum()) + 1) / (float(counted["n"].sum()) + 2)
    kinds = counted.group_by("n", "k").len().sort("n", "k")
    n, k, times = (kinds[name].to_numpy().astype(float) for name in ("n", "k", "len"))
    below = betainc((k + rate)[:, None], (n - k + 1 - rate)[:, None], EDGES[None, :])
    known = (np.diff(below, axis=1) * times[:, None]).sum(axis=0)
    everything = np.diff(EDGES)
    prior: np.ndarray = (known + everything) / (times.sum() + 1)
    prior /= prior.sum()
    return prior


def _tails(rows: pl.DataFrame, prior: np.ndarray) -> np.ndarray:
    """P(x or more of n common hours deleted by both) over the habits of both accounts."""
    columns = ["n", "x", "n_a", "k_a", "n_b", "k_b"]
    kinds = rows.select(columns).unique(maintain_order=True).with_row_index("kind")
    n, x, n_a, k_a, n_b, k_b = (kinds[name].to_numpy().astype(float) for name in columns)
    tails = np.ones(kinds.height)
    both = np.outer(HABITS, HABITS).ravel()
    size = max(1, _AT_ONCE * 100 // len(both))
    for start in range(0, kinds.height, size):
        some = slice(start, start + size)
        of_a, of_b = (
            _posterior(prior, n_a[some], k_a[some]),
            _posterior(prior, n_b[some], k_b[some]),
        )
        weight = (of_a[:, :, None] * of_b[:, None, :]).reshape(len(of_a), -1)
        least = np.maximum(x[some, None], 1)
        tail = betainc(least, n[some, None] - least + 1, both[None, :])  # P(X >= least)
        tails[some] = (weight * tail).sum(axis=1)
    tails = np.where(x > 0, np.minimum(tails, 1.0), 1.0)
    order = rows.join(kinds, on=columns, how="left", maintain_order="left")["kind"].to_numpy()
    found: np.ndarray = tails[order]
    return found


def _posterior(prior: np.ndarray, n: np.ndarray, k: np.ndarray) -> np.ndarray:
    """(accounts, habits): how likely each habit is after k of n other posts are gone."""
    with np.errstate(divide="ignore"):
        log = np.log(prior) + k[:, None] * np.log(HABITS) + (n - k)[:, None] * np.log1p(-HABITS)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    found: np.ndarray = weight / weight.sum(axis=1, keepdims=True)
    return found
