"""The test of one account against a group: did it join what the group did, more often than chance?

A pair of accounts may share too little to be sure of, while one account that joins six of a group's
twelve doings is no accident. The doings of group *G* for account *b* are the bursts in which two other
members act within the window; under the null model of `graph.coordination.null_model`, *b* joins each with chance
``share_b * rate``. *b* itself never counts among those who make a doing: its own acts are left out.

Where few members take part in each doing, two others are seldom there at once. So the acts of every
single member are doings in a second test, too, for accounts that join two members or more. Many more
doings say less each, which is why that test gets the smaller part of the error that is allowed
(weighted p-values: Genovese, Roeder & Wasserman 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import gammaln

from graph.coordination.acts import Acts
from graph.coordination.coactions import CoActs
from graph.coordination.null_model import SLOT_MS, Chance, PairRows, poisson_tail

SINGLE = 0.2
"""Part of the allowed error that goes to the test against the acts of single members."""


@dataclass(frozen=True)
class Family:
    """Signals that are counted together, with their fitted null model.

    ``seen`` is (pairs, windows); ``p`` the smallest p-value of each pair over windows, uncorrected.
    """

    name: str
    acts: Acts
    coacts: CoActs
    pairs: PairRows
    chance: Chance
    seen: np.ndarray
    p: np.ndarray


def joined(family: Family, group: np.ndarray) -> pl.DataFrame:
    """Test every account that ever acted with members of a group.

    Args:
        family: the acts.
        group: by account, the number of its group or -1.

    Returns:
        ``account, group, seen, p`` with p the smallest over windows times their number; sorted.
    """
    both = _directed(family, group)
    parts = []
    for k in range(len(family.chance.windows_ms)):
        near = _near(family, both, k)
        doings = _doings(family, near, group, k)
        # two accounts co-act once a burst, so that every row is another account
        found = near.group_by("group", "account", "burst").agg(
            pl.len().alias("others"), pl.col("post").min(), pl.col("slot").min()
        )
        seen = _acted(found.filter(pl.col("others") >= 2))
        expected = np.zeros(seen.height)
        who, which = seen["account"].to_numpy(), seen["group"].to_numpy()
        for number in range(len(family.acts.names)):
            rates = doings.filter(pl.col("signal") == number)
            total = np.zeros(int(group.max(initial=-1)) + 1)
            total[rates["group"].to_numpy()] = rates["rate"].to_numpy()
            expected += total[which] * family.chance.share[number, who]
        p = poisson_tail(seen["seen"].to_numpy(), expected)
        parts += [
            seen.with_columns(p=pl.Series(p / (1 - SINGLE))),
            _joined_single(family, near, found, group, k),
        ]
    every = (
        pl.concat(parts).group_by("account", "group").agg(pl.col("seen").max(), pl.col("p").min())
    )
    return every.with_columns(
        (pl.col("p") * len(family.chance.windows_ms)).clip(0, 1).alias("p")
    ).sort("account", "group")


def _joined_single(
    family: Family, near: pl.DataFrame, found: pl.DataFrame, group: np.ndarray, k: int
) -> pl.DataFrame:
    """``group, account, seen, p`` of accounts that joined two single members or more, within the k-th window.

    Expected are the strangers at all acts of all other members, each act on its own, also where several
    members meet: more than there are, so that p is no smaller than it should be.
    """
    several = (
        near.group_by("group", "account")
        .agg(pl.col("other").n_unique())
        .filter(pl.col("other") >= 2)
    )
    seen = _acted(found.join(several, on=["group", "account"], how="semi"))
    who, which = seen["account"].to_numpy(), seen["group"].to_numpy()
    expected = np.zeros(seen.height)
    for drawn, share in zip(family.chance.expected[:, :, k], family.chance.share, strict=True):
        expected += (
            _summed(drawn, group)[which] - np.where(group[who] == which, drawn[who], 0)
        ) * share[who]
    return seen.with_columns(p=pl.Series(poisson_tail(seen["seen"].to_numpy(), expected) / SINGLE))


def existence(family: Family, group: np.ndarray, people: int) -> np.ndarray:
    """The p-value of each guessed group as a whole: so many joins among so few, however the group was picked.

    In a burst with m members m - 1 have joined the first. Their number over all bursts is compared with a
    Poisson tail around what activity and crowds make one expect of these members, and paid for with the
    number of groups of that size among ``people`` accounts (Bonferroni over every choice, as in scan
    statistics: Kulldorff 1997).
    """
    size = np.bincount(group[group >= 0])
    both = _directed(family, group)
    both = both.filter(pl.Series(group[both["account"].to_numpy()]) == both["group"])
    best = np.zeros(len(size))
    for k in range(len(family.chance.windows_ms)):
        near = _near(family, both, k)
        acted = _acted(near)
        joins = np.bincount(
            acted["group"].to_numpy(), weights=acted["seen"].to_numpy(), minlength=len(size)
        )
        joins -= np.bincount(
            near.select("group", "burst").unique()["group"].to_numpy(), minlength=len(size)
        )
        expected = np.zeros(len(size))
        for drawn, share in zip(family.chance.expected[:, :, k], family.chance.share, strict=True):
            expected += _summed(share * (_summed(drawn, group)[group] - drawn), group)
        with np.errstate(divide="ignore"):
            best = np.minimum(best, np.log(poisson_tail(np.maximum(joins, 0), expected)))
    choices = (
        gammaln(people + 1)
        - gammaln(size + 1)
        - gammaln(np.maximum(people - size, 0) + 1)
        + np.log(people)
    )
    p: np.ndarray = np.exp(np.minimum(0.0, best + choices + np.log(len(family.chance.windows_ms))))
    return p


def _acted(rows: pl.DataFrame) -> pl.DataFrame:
    """``group, account, seen``, sorted: the least of distinct bursts, posts and quarters of an hour of each account with a group."""
    least = pl.min_horizontal(pl.col("burst", "post", "slot").n_unique())
    return rows.group_by("group", "account").agg(least.alias("seen")).sort("group", "account")


def _summed(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """By group, the sum of its members' values."""
    members = np.flatnonzero(group >= 0)
    return np.bincount(
        group[members], weights=values[members], minlength=int(group.max(initial=-1)) + 1
    )


def _near(family: Family, both: pl.DataFrame, k: int) -> pl.DataFrame:
    """Telling co-acts within the k-th window."""
    telling = family.chance.telling[:, k]
    inside = pl.Series(
        telling[both["mine"].to_numpy()] & telling[both["theirs"].to_numpy()], dtype=pl.Boolean
    )
    return both.filter((pl.col("apart") <= family.chance.windows_ms[k]) & inside)


def _doings(family: Family, near: pl.DataFrame, group: np.ndarray, k: int) -> pl.DataFrame:
    """Per group and signal, the strangers expected over all bursts in which two members or more act."""
    members = near.filter(pl.Series(group[near["account"].to_numpy()]) == near["group"])
    rate = family.chance.rate[:, k]
    members = members.with_columns(rate=pl.Series(rate[members["mine"].to_numpy()]))
    bursts = members.group_by("group", "signal", "burst").agg(pl.col("rate").max())
    made: pl.DataFrame = bursts.group_by("group", "signal").agg(pl.col("rate").sort().sum())
    return made


def _directed(family: Family, group: np.ndarray) -> pl.DataFrame:
    """Co-acts seen from either side, where the other side is in a group."""
    acts, coacts = family.acts, family.coacts
    mine = np.concatenate([coacts.first, coacts.second])
    theirs = np.concatenate([coacts.second, coacts.first])
    rows = np.flatnonzero(group[acts.account[theirs]] >= 0)
    mine, theirs = mine[rows], theirs[rows]
    return pl.DataFrame(
        {
            "account": acts.account[mine],
            "other": acts.account[theirs],
            "group": group[acts.account[theirs]],
            "burst": acts.burst[mine],
            "signal": acts.signal[mine],
            "apart": np.tile(coacts.apart, 2)[rows],
            "mine": acts.engagement[mine],
            "theirs": acts.engagement[theirs],
            "post": acts.post[mine],
            "slot": acts.time[mine] // SLOT_MS,
        }
    )
