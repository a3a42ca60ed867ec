"""Accounts against groups by the weights of what they joined: see the module `weights`.

The group's acts are added up whatever members meet in them, so that one act of three members counts
three times for chance and, of what the account joined, once: the p-value is not smaller than it
should be.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS, keep_first, keep_sessions
from graph.coordination.coactions.find import CoActions
from graph.coordination.coactions.windows import argsort_rows, first_of_run
from graph.coordination.null_model import NullModel
from graph.coordination.weighted.pair_scores import informative_windows
from graph.coordination.weighted.weights import (
    THETAS,
    Growth,
    View,
    views_of,
    weigh_joins,
)

_SCHEMA = {"account": pl.UInt32, "group": pl.Int64, "observed": pl.Int64, "p": pl.Float64}


def weighted_membership(
    acts: Acts,
    coactions: CoActions,
    model: NullModel,
    growth: Growth,
    group_of: np.ndarray,
    least: int,
) -> pl.DataFrame:
    """Test every account that acted ``least`` times or more with members of a group.

    Args:
        acts, coactions: what accounts of a family did, and did together.
        model: the fitted null model.
        growth: what chance gives under it.
        group_of: by account, the number of its group or -1.
        least: distinct things, counted once a burst and post, those of one hour by their logarithm.

    Returns:
        ``account, group, observed, p``, sorted; p is the smallest over the views of the
        family times their number, not corrected for the number of groups.
    """
    views = views_of(acts, model, of_groups=True)
    tables = [_joins(acts, coactions, model, growth, group_of, least, view) for view in views]
    smallest = (len(views) * pl.col("p").min()).clip(0, 1)
    by_group = pl.concat(tables).group_by("account", "group")
    return by_group.agg(pl.col("observed").max(), smallest.alias("p")).sort("account", "group")


def _joins(
    acts: Acts,
    coactions: CoActions,
    model: NullModel,
    growth: Growth,
    group_of: np.ndarray,
    least: int,
    view: View,
) -> pl.DataFrame:
    """`weighted_membership` under one view."""
    near = informative_windows(acts, coactions, model, view)
    members = np.flatnonzero(group_of >= 0)
    parts = []
    sides = ((coactions.first, coactions.second), (coactions.second, coactions.first))
    for mine, theirs in sides:
        rows = np.flatnonzero((near >= 0) & (group_of[acts.account[theirs]] >= 0))
        mine, theirs = mine[rows], theirs[rows]
        parts.append(
            pl.DataFrame(
                {
                    "account": acts.account[mine],
                    "group": group_of[acts.account[theirs]],
                    "engagement": acts.engagement[theirs],
                    "window": near[rows],
                    "burst": acts.burst[mine],
                    "slot": acts.time[mine] // SLOT_MS,
                    "post": acts.post[mine],
                    "theirs": acts.post[theirs],
                }
            )
        )
    joined = pl.concat(parts)
    if not joined.height or not len(members):
        return pl.DataFrame(schema=_SCHEMA)
    key = joined["account"].to_numpy().astype(np.int64) * (int(group_of.max()) + 1)
    key += joined["group"].to_numpy()
    often = _often(key, joined["burst"].to_numpy(), least)
    joined, key = joined[often], key[often]
    accounts = np.union1d(members, joined["account"].unique().to_numpy()).astype(np.int64)
    engagement, window = joined["engagement"].to_numpy(), joined["window"].to_numpy()
    weight = weigh_joins(model, view, engagement, window)
    kept = np.argsort(-weight, kind="stable")
    for name in ("burst", "post", "theirs"):
        value = joined[name].to_numpy()
        kept = keep_first(kept, key, value)
    kept = keep_sessions(kept, key, joined["slot"].to_numpy())
    joined = joined.with_columns(weight=pl.Series(weight))[np.sort(kept)]
    scores = (
        joined.group_by("account", "group", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("observed"), pl.col("weight").sum())
        .filter(pl.col("observed") >= least)
        .sort("account", "group")
    )
    account, group = scores["account"].to_numpy(), scores["group"].to_numpy()
    grown = growth.of(view, accounts)
    p = _bound(grown, model.share, accounts, group_of, account, group, scores["weight"].to_numpy())
    return scores.select("account", "group", "observed").with_columns(p=pl.Series(p))


def _often(key: np.ndarray, burst: np.ndarray, least: int) -> np.ndarray:
    """The rows, rising, whose key has at least so many bursts."""
    order = argsort_rows(key, burst)
    of_key = np.cumsum(first_of_run(key[order])) - 1
    bursts = np.bincount(of_key, weights=first_of_run(key[order], burst[order]))
    return np.sort(order[bursts[of_key] >= least])


def _bound(
    grown: np.ndarray,
    share: np.ndarray,
    accounts: np.ndarray,
    group_of: np.ndarray,
    account: np.ndarray,
    group: np.ndarray,
    score: np.ndarray,
) -> np.ndarray:
    """Chernoff's bound by row, the account's own acts left out of its group's."""
    place = np.searchsorted(accounts, account)
    own = group_of[account] == group
    inside = np.flatnonzero(group_of[accounts] >= 0)
    groups = int(group_of.max(initial=-1)) + 1
    smallest = np.zeros(len(account))
    for theta, growth in zip(THETAS, grown, strict=True):
        expected = np.zeros(len(account))
        for of_signal, part in zip(growth, share, strict=True):
            of_group = np.bincount(
                group_of[accounts[inside]], weights=of_signal[inside], minlength=groups
            )
            others = of_group[group] - np.where(own, of_signal[place], 0.0)
            expected += np.maximum(others, 0.0) * part[account]
        smallest = np.minimum(smallest, expected - theta * score)
    p: np.ndarray = np.exp(smallest)
    return p
