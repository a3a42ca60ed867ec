"""The test of one account against a group: did it join what the group did, more often than chance?

A pair of accounts may share too little to be sure of, while one account that joins six of a group's
twelve common acts is not an accident. The *common acts* of group *G* for account *b* are the bursts
in which two other members act within the window; under the null model of
`graph.coordination.null_model`, *b* joins each with chance ``share_b * rate``. *b* itself never
counts among those who make an act common: its own acts are left out.

Where few members take part in each of them, two others are seldom there at once. So the acts of
every single member are tested against in a second test, too, for accounts that join two members or
more. These are many more and say less each, which is why that test gets the smaller part of the
error that is allowed (weighted p-values: Genovese, Roeder & Wasserman 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import gammaln

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS, AccountPairs
from graph.coordination.coactions.find import CoActions
from graph.coordination.null_model import NullModel, poisson_tail
from graph.coordination.weighted.weights import JoinWeights

SINGLE = 0.2
"""Part of the allowed error that goes to the test against the acts of single members."""


@dataclass(frozen=True)
class FamilyTests:
    """Signals that are counted together, with their fitted null model and their pairs, tested.

    Attributes:
        weights: what joins weigh under the null model.
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
    weights: JoinWeights
    observed: np.ndarray
    p: np.ndarray
    crowded: np.ndarray
    crowd_cap: int


def membership_p_values(family: FamilyTests, group_of: np.ndarray) -> pl.DataFrame:
    """Test every account that ever acted with members of a group.

    Args:
        family: the acts.
        group_of: by account, the number of its group or -1.

    Returns:
        ``account, group, observed, p`` with p the smallest over windows times their number; sorted.
    """
    directed = _directed_coactions(family, group_of)
    windows = len(family.model.windows_ms)
    parts = []
    for k in range(windows):
        near = _informative_within(family, directed, k)
        # two accounts co-act once a burst, so that every row is another account
        joined = near.group_by("group", "account", "burst").agg(
            pl.len().alias("others"), pl.col("post").min(), pl.col("slot").min()
        )
        parts += [
            _test_common_acts(family, near, joined, group_of, k),
            _test_single_members(family, near, joined, group_of, k),
        ]
    smallest = pl.concat(parts).group_by("account", "group")
    p_values = smallest.agg(pl.col("observed").max(), pl.col("p").min())
    corrected = (pl.col("p") * windows).clip(0, 1)
    return p_values.with_columns(corrected.alias("p")).sort("account", "group")


def _test_common_acts(
    family: FamilyTests,
    near: pl.DataFrame,
    joined: pl.DataFrame,
    group_of: np.ndarray,
    k: int,
) -> pl.DataFrame:
    """``group, account, observed, p`` against the bursts of two members, within the k-th window."""
    strangers = _strangers_at_common_acts(family, near, group_of, k)
    observed = _count_distinct(joined.filter(pl.col("others") >= 2))
    account, group = observed["account"].to_numpy(), observed["group"].to_numpy()
    expected = np.zeros(observed.height)
    for number in range(len(family.acts.signals)):
        of_signal = strangers.filter(pl.col("signal") == number)
        by_group = np.zeros(int(group_of.max(initial=-1)) + 1)
        by_group[of_signal["group"].to_numpy()] = of_signal["rate"].to_numpy()
        expected += by_group[group] * family.model.share[number, account]
    p = poisson_tail(observed["observed"].to_numpy(), expected)
    return observed.with_columns(p=pl.Series(p / (1 - SINGLE)))


def _test_single_members(
    family: FamilyTests,
    near: pl.DataFrame,
    joined: pl.DataFrame,
    group_of: np.ndarray,
    k: int,
) -> pl.DataFrame:
    """``group, account, observed, p`` of accounts that joined two members, in the k-th window.

    Expected are the strangers at all acts of all other members, each act on its own, also where
    several members meet: more than there are, so that p is not smaller than it should be.
    """
    several = (
        near.group_by("group", "account")
        .agg(pl.col("other").n_unique())
        .filter(pl.col("other") >= 2)
    )
    observed = _count_distinct(joined.join(several, on=["group", "account"], how="semi"))
    account, group = observed["account"].to_numpy(), observed["group"].to_numpy()
    is_member = group_of[account] == group
    expected = np.zeros(observed.height)
    for drawn, share in zip(family.model.expected[:, :, k], family.model.share, strict=True):
        of_others = _sum_by_group(drawn, group_of)[group] - np.where(is_member, drawn[account], 0)
        expected += of_others * share[account]
    p = poisson_tail(observed["observed"].to_numpy(), expected)
    return observed.with_columns(p=pl.Series(p / SINGLE))


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

    The least of distinct bursts, posts and quarters of an hour.
    """
    least = pl.min_horizontal(pl.col("burst", "post", "slot").n_unique())
    counted = rows.group_by("group", "account").agg(least.alias("observed"))
    return counted.sort("group", "account")


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


def _strangers_at_common_acts(
    family: FamilyTests, near: pl.DataFrame, group_of: np.ndarray, k: int
) -> pl.DataFrame:
    """``group, signal, rate``: strangers expected over all bursts in which two members act."""
    inside = group_of[near["account"].to_numpy()] == near["group"].to_numpy()
    members = near.filter(pl.Series(inside, dtype=pl.Boolean))
    rate = family.model.rate[:, k]
    members = members.with_columns(rate=pl.Series(rate[members["mine"].to_numpy()]))
    bursts = members.group_by("group", "signal", "burst").agg(pl.col("rate").max())
    # sorted before they are summed, so that the sum rounds the same way each time
    summed: pl.DataFrame = bursts.group_by("group", "signal").agg(pl.col("rate").sort().sum())
    return summed


def _directed_coactions(family: FamilyTests, group_of: np.ndarray) -> pl.DataFrame:
    """Co-actions from either side, where the other side is in a group.

    ``account`` acts with ``other`` of ``group``, at its engagement ``mine`` and the other's
    ``theirs``; ``burst, signal, apart, post`` and ``slot`` (quarter of an hour) are of its act.
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
