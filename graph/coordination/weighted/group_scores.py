"""Accounts against groups by the weights of what they joined: see the module `weights`.

The group's acts are added up whatever members meet in them, so that one act of three members counts
three times for chance and, of what the account joined, once: the p-value is not smaller than it
should be.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS
from graph.coordination.coactions.find import CoActions
from graph.coordination.null_model import NullModel
from graph.coordination.weighted.pair_scores import informative_windows
from graph.coordination.weighted.weights import THETAS, JoinWeights, heaviest

_SCHEMA = {"account": pl.UInt32, "group": pl.Int64, "observed": pl.Int64, "p": pl.Float64}


def weighted_membership(
    acts: Acts,
    coactions: CoActions,
    model: NullModel,
    weights: JoinWeights,
    group_of: np.ndarray,
    least: int,
) -> pl.DataFrame:
    """Test every account that acted ``least`` times or more with members of a group.

    Args:
        acts, coactions: what accounts did, and did together.
        model: the fitted null model.
        weights: what joins weigh under it.
        group_of: by account, the number of its group or -1.
        least: distinct things, counted once a burst, post and quarter of an hour.

    Returns:
        ``account, group, observed, p``, sorted; p is not corrected for the number of groups.
    """
    near = informative_windows(acts, coactions, model)
    mine = np.concatenate([coactions.first, coactions.second])
    theirs = np.concatenate([coactions.second, coactions.first])
    rows = np.flatnonzero(np.tile(near >= 0, 2) & (group_of[acts.account[theirs]] >= 0))
    if not len(rows):
        return pl.DataFrame(schema=_SCHEMA)
    mine, theirs, near = mine[rows], theirs[rows], np.tile(near, 2)[rows]
    # by account and group, then by burst: whatever else is in a burst, its heaviest join counts
    _, pair = np.unique(
        acts.account[mine].astype(np.int64) * (int(group_of.max()) + 1)
        + group_of[acts.account[theirs]],
        return_inverse=True,
    )
    bursts = int(acts.burst[-1]) + 1
    often = np.bincount(np.unique(pair * bursts + acts.burst[mine]) // bursts) >= least
    rows = np.flatnonzero(often[pair])
    weight = weights.weight[acts.engagement[theirs[rows]], near[rows]]
    once = heaviest(pair[rows] * bursts + acts.burst[mine[rows]], weight)
    rows, weight = rows[once], weight[once]
    mine, theirs = mine[rows], theirs[rows]
    joined = pl.DataFrame(
        {
            "account": acts.account[mine],
            "group": group_of[acts.account[theirs]],
            "burst": acts.burst[mine],
            "slot": acts.time[mine] // SLOT_MS,
            "post": acts.post[mine],
            "theirs": acts.post[theirs],
            "weight": weight,
        }
    )
    counted = ("burst", "slot", "post", "theirs")
    joined = joined.sort("weight", *counted, descending=[True, *(False for _ in counted)])
    for name in counted:
        joined = joined.unique(["account", "group", name], keep="first", maintain_order=True)
    scores = (
        joined.group_by("account", "group", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("observed"), pl.col("weight").sum())
        .filter(pl.col("observed") >= least)
        .sort("account", "group")
    )
    account, group = scores["account"].to_numpy(), scores["group"].to_numpy()
    p = _bound(weights, model.share, group_of, account, group, scores["weight"].to_numpy())
    return scores.select("account", "group", "observed").with_columns(p=pl.Series(p))


def _bound(
    weights: JoinWeights,
    share: np.ndarray,
    group_of: np.ndarray,
    account: np.ndarray,
    group: np.ndarray,
    score: np.ndarray,
) -> np.ndarray:
    """Chernoff's bound by row, the account's own acts left out of its group's."""
    own = group_of[account] == group
    inside = np.flatnonzero(group_of >= 0)
    groups = int(group_of.max(initial=-1)) + 1
    smallest = np.zeros(len(account))
    for theta in THETAS:
        expected = np.zeros(len(account))
        for grown, part in zip(weights.growth(theta), share, strict=True):
            of_group = np.bincount(group_of[inside], weights=grown[inside], minlength=groups)
            others = of_group[group] - np.where(own, grown[account], 0.0)
            expected += np.maximum(others, 0.0) * part[account]
        smallest = np.minimum(smallest, expected - theta * score)
    p: np.ndarray = np.exp(smallest)
    return p
