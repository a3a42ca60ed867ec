"""The test of one account against a group: did it join what the group did, more often than chance?

A pair of accounts may share too little to be sure of, while one account that joins six of a group's
twelve doings is no accident. The doings of group *G* for account *b* are the bursts in which two other
members act within the window; under the null model of `graph.significance`, *b* joins each with chance
``share_b * rate``. *b* itself never counts among those who make a doing: its own acts are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.acts import Acts
from graph.coacts import CoActs
from graph.significance import SLOT_MS, Chance, PairRows, poisson_tail


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
    both = _directed(family).filter(pl.Series(group[_others(family)] >= 0))
    both = both.with_columns(group=pl.Series(group[both["other"].to_numpy()], dtype=pl.Int64))
    parts = []
    for k, window in enumerate(family.chance.windows_ms):
        telling = family.chance.telling[:, k]
        near = both.filter((pl.col("apart") <= window) & pl.Series(telling[both["mine"].to_numpy()] & telling[both["theirs"].to_numpy()]))
        doings = _doings(family, near, group, k)
        found = near.group_by("group", "account", "burst").agg(
            pl.col("other").n_unique().alias("others"), pl.col("post").min(), pl.col("slot").min()
        )
        seen = (
            found.filter(pl.col("others") >= 2)
            .group_by("group", "account")
            .agg(pl.min_horizontal(pl.col("burst", "post", "slot").n_unique()).alias("seen"))
            .sort("group", "account")
        )
        expected = np.zeros(seen.height)
        who, which = seen["account"].to_numpy(), seen["group"].to_numpy()
        for number in range(len(family.acts.names)):
            rates = doings.filter(pl.col("signal") == number)
            total = np.zeros(int(group.max(initial=-1)) + 1)
            total[rates["group"].to_numpy()] = rates["rate"].to_numpy()
            expected += total[which] * family.chance.share[number, who]
        p = poisson_tail(seen["seen"].to_numpy(), expected)
        parts.append(seen.with_columns(p=pl.Series(p)))
    every = pl.concat(parts).group_by("account", "group").agg(pl.col("seen").max(), pl.col("p").min())
    return every.with_columns((pl.col("p") * len(parts)).clip(0, 1)).sort("account", "group")


def _doings(family: Family, near: pl.DataFrame, group: np.ndarray, k: int) -> pl.DataFrame:
    """Per group and signal, the strangers expected over all bursts in which two members or more act."""
    members = near.filter(pl.Series(group[near["account"].to_numpy()]) == near["group"])
    rate = family.chance.rate[:, k]
    members = members.with_columns(rate=pl.Series(rate[members["mine"].to_numpy()]))
    bursts = members.group_by("group", "signal", "burst").agg(pl.col("rate").max())
    made: pl.DataFrame = bursts.group_by("group", "signal").agg(pl.col("rate").sort().sum())
    return made


def _others(family: Family) -> np.ndarray:
    return np.concatenate([family.coacts.b, family.coacts.a])


def _directed(family: Family) -> pl.DataFrame:
    """Each co-act twice, from either side."""
    acts, coacts = family.acts, family.coacts
    mine = np.concatenate([coacts.first, coacts.second])
    theirs = np.concatenate([coacts.second, coacts.first])
    return pl.DataFrame(
        {
            "account": acts.account[mine],
            "other": acts.account[theirs],
            "burst": acts.burst[mine],
            "signal": acts.signal[mine],
            "apart": np.tile(coacts.apart, 2),
            "mine": acts.engagement[mine],
            "theirs": acts.engagement[theirs],
            "post": acts.post[mine],
            "slot": acts.time[mine] // SLOT_MS,
        }
    )
