"""The test of a guessed group as a whole: did so few join each other so often by chance?

A pair of accounts may share too little to be sure of, while a group whose members join each other
again and again is not an accident. Single accounts against a group: see
`graph.coordination.weighted.group_scores`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import gammaln

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS, AccountPairs, count_sitting
from graph.coordination.coactions.find import CoActions
from graph.coordination.null_model import NullModel, poisson_tail
from graph.coordination.weighted.weights import Growth


@dataclass(frozen=True)
class FamilyTests:
    """Signals that are counted together, with their fitted null model and their pairs, tested.

    Attributes:
        growth: what chance gives under the model.
        observed: (pairs, windows), co-actions counted.
        p: by pair, the p-value of `graph.coordination.weighted.pair_scores`, uncorrected.
        crowded: by act, whether a crowd of more than ``crowd_cap`` others acts on its object within
            a window, so that it was not looked at in that window.
    """

    name: str
    acts: Acts
    coactions: CoActions
    pairs: AccountPairs
    model: NullModel
    growth: Growth
    observed: np.ndarray
    p: np.ndarray
    crowded: np.ndarray
    crowd_cap: int


def group_p_values(family: FamilyTests, group_of: np.ndarray, accounts: int) -> np.ndarray:
    """The p-value of each guessed group as a whole: so many joins among so few, however picked.

    In a burst with m members m - 1 have joined the first. Their number over all bursts is compared
    with a Poisson tail around what activity and crowds make one expect of these members, and paid
    for with the number of groups of that size among ``accounts`` accounts (Bonferroni over every
    choice, as in scan statistics: Kulldorff 1997).
    """
    size = np.bincount(group_of[group_of >= 0])
    directed = _directed_coactions(family, group_of)
    inside = group_of[directed["account"].to_numpy()] == directed["group"].to_numpy()
    directed = directed.filter(pl.Series(inside, dtype=pl.Boolean))
    log_p = np.zeros(len(size))
    for k in range(len(family.model.windows_ms)):
        near = _informative_within(family, directed, k)
        counts = _count_distinct(near)
        bursts = near.select("group", "burst").unique()["group"].to_numpy()
        joins = np.bincount(
            counts["group"].to_numpy(), weights=counts["observed"].to_numpy(), minlength=len(size)
        )
        joins -= np.bincount(bursts, minlength=len(size))
        expected = np.zeros(len(size))
        for drawn, share in zip(family.model.expected[:, :, k], family.model.share, strict=True):
            of_others = _sum_by_group(drawn, group_of)[group_of] - drawn
            expected += _sum_by_group(share * of_others, group_of)
        with np.errstate(divide="ignore"):
            log_p = np.minimum(log_p, np.log(poisson_tail(np.maximum(joins, 0), expected)))
    # the logarithm of "accounts choose size", and of the number of sizes
    choices = (
        gammaln(accounts + 1)
        - gammaln(size + 1)
        - gammaln(np.maximum(accounts - size, 0) + 1)
        + np.log(accounts)
    )
    paid = log_p + choices + np.log(len(family.model.windows_ms))
    p: np.ndarray = np.exp(np.minimum(0.0, paid))
    return p


def _count_distinct(rows: pl.DataFrame) -> pl.DataFrame:
    """``group, account, observed``, sorted: how often each account acted with a group.

    The least of distinct bursts and posts, and of bursts counted by the logarithm in each sitting.
    """
    things = rows.group_by("group", "account", "slot").agg(pl.col("burst").n_unique())
    sittings = things.with_columns(sittings=pl.Series(count_sitting(things["burst"].to_numpy())))
    sittings = sittings.group_by("group", "account").agg(pl.col("sittings").sum())
    least = pl.min_horizontal(pl.col("burst", "post").n_unique())
    counted = rows.group_by("group", "account").agg(least.alias("observed"))
    counted = counted.join(sittings, on=["group", "account"], how="inner")
    observed = pl.min_horizontal("observed", "sittings").cast(pl.Int64)
    return counted.select("group", "account", observed=observed).sort("group", "account")


def _sum_by_group(values: np.ndarray, group_of: np.ndarray) -> np.ndarray:
    """By group, the sum of its members' values."""
    members = np.flatnonzero(group_of >= 0)
    groups = int(group_of.max(initial=-1)) + 1
    return np.bincount(group_of[members], weights=values[members], minlength=groups)


def _informative_within(family: FamilyTests, directed: pl.DataFrame, k: int) -> pl.DataFrame:
    """Informative co-actions within the k-th window."""
    informative = family.model.informative[:, k]
    inside = informative[directed["mine"].to_numpy()] & informative[directed["theirs"].to_numpy()]
    near = pl.col("apart") <= family.model.windows_ms[k]
    return directed.filter(near & pl.Series(inside, dtype=pl.Boolean))


def _directed_coactions(family: FamilyTests, group_of: np.ndarray) -> pl.DataFrame:
    """Co-actions from either side, where the other side is in a group.

    ``account`` acts with ``other`` of ``group``, at its engagement ``mine`` and the other's
    ``theirs``; ``burst, signal, apart, post`` and ``slot`` (hour) are of its act.
    """
    acts, coactions = family.acts, family.coactions
    mine = np.concatenate([coactions.first, coactions.second])
    theirs = np.concatenate([coactions.second, coactions.first])
    rows = np.flatnonzero(group_of[acts.account[theirs]] >= 0)
    mine, theirs = mine[rows], theirs[rows]
    return pl.DataFrame(
        {
            "account": acts.account[mine],
            "other": acts.account[theirs],
            "group": group_of[acts.account[theirs]],
            "burst": acts.burst[mine],
            "signal": acts.signal[mine],
            "apart": np.tile(coactions.apart, 2)[rows],
            "mine": acts.engagement[mine],
            "theirs": acts.engagement[theirs],
            "post": acts.post[mine],
            "slot": acts.time[mine] // SLOT_MS,
        }
    )
