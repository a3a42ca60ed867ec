"""Who belongs to which group: groups from pairs, and every account against its group.

1. *Backbone*: pairs whose q-value passes; their communities are groups whose existence is settled.
2. *Loose groups*: among the accounts left, pairs that share two things with a small p-value as they stand,
   first a smaller and then a larger one (`LOOSE_P`). What they form is a guess; it stays where the group as
   a whole passes at the price of all groups of its size that one could have guessed.
3. Every account is tested against every group it met (`graph.coordination.membership_tests`); those that pass join, those that
   do not leave, until nothing changes. The false discovery rate is controlled over accounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.coordination.communities import Pair, communities
from graph.coordination.membership_tests import existence, joined
from graph.coordination.null_model import benjamini_hochberg
from graph.coordination.pair_tests import Joined
from tocsin.core.settings import GraphSettings

GROWTH_ROUNDS = 5
LOOSE_P = (1e-3, 1e-2)
"""p-values (corrected for windows, not for pairs) up to which a pair helps to guess a group, one after the other."""


@dataclass(frozen=True)
class Cast:
    """Who belongs where.

    Attributes:
        home: by account, the number of its group or -1.
        groups: how many there are.
        edges: ``a, b, p, shared, q`` of the pairs inside groups.
        p, q: by member account.
    """

    home: np.ndarray
    groups: int
    edges: pl.DataFrame
    p: Mapping[int, float]
    q: Mapping[int, float]


def cast(compared: Joined, table: pl.DataFrame, people: int, settings: GraphSettings) -> Cast:
    """Groups, members, edges and account p-values.

    Args:
        compared: acts and null models.
        table: `graph.coordination.pair_tests.pair_table` with ``q``.
        people: accounts that could be tested.
        settings: false discovery rate, least number of things, seed.
    """
    home = np.full(len(compared.posts.accounts), -1, dtype=np.int64)
    rate = settings.false_discovery_rate
    settled = communities(_weights(table.filter(pl.col("q") <= rate), "p"), settings.seed)
    for number, group in enumerate(settled):
        home[group] = number
    groups = len(settled)
    for loose in LOOSE_P:
        free = pl.Series((home[table["a"].to_numpy()] < 0) & (home[table["b"].to_numpy()] < 0))
        guessed = communities(
            _weights(table.filter(free & (pl.col("loose") <= loose)), "loose"), settings.seed
        )
        for number, group in enumerate(guessed, start=groups):
            home[group] = number
        home = _existing(compared, home, groups, len(guessed), people, rate / len(LOOSE_P))
        groups += len(guessed)
    found = [joined(tested, home) for tested in compared.families]
    p = account_p(found, table, home, groups, people, settings.min_objects)
    for turn in range(GROWTH_ROUNDS):
        kept = _kept(home, p, people, rate)
        grown = _grown(table, kept, _passing(p, people, rate)) if turn + 1 < GROWTH_ROUNDS else kept
        if np.array_equal(grown, home):
            break
        found = _joined_again(compared, found, home, grown)
        home = grown
        p = account_p(found, table, home, groups, people, settings.min_objects)
    return _final(table, home, p, groups, people, settings)


def _existing(
    compared: Joined, home: np.ndarray, settled: int, guessed: int, people: int, rate: float
) -> np.ndarray:
    """Groups without the guessed ones that do not pass as a whole."""
    if not guessed or not compared.families:
        return np.where(home < settled, home, -1)
    p = np.min([existence(tested, home, people) for tested in compared.families], axis=0) * len(
        compared.families
    )
    good = np.concatenate([np.ones(settled, dtype=bool), p[settled:] * guessed <= rate])
    return np.where((home >= 0) & good[home], home, -1)


def _final(
    table: pl.DataFrame,
    home: np.ndarray,
    p: pl.DataFrame,
    groups: int,
    people: int,
    settings: GraphSettings,
) -> Cast:
    rate = settings.false_discovery_rate
    own = _own(home, p)
    inside = table.filter(
        pl.Series(
            (home[table["a"].to_numpy()] >= 0)
            & (home[table["a"].to_numpy()] == home[table["b"].to_numpy()])
        )
    )
    strong = inside.filter(pl.col("q") <= rate)
    # an account that passed as such, by little from each of many, shows all it shares with its group
    loose = sorted(set(np.flatnonzero(home >= 0).tolist()) - _twice(strong))
    edges = inside.filter(
        (pl.col("q") <= rate) | pl.col("a").is_in(loose) | pl.col("b").is_in(loose)
    )
    who = own["account"].to_list()
    q = benjamini_hochberg(own["p"].to_numpy(), people).tolist()
    return Cast(
        home,
        groups,
        edges,
        dict(zip(who, own["p"].to_list(), strict=True)),
        dict(zip(who, q, strict=True)),
    )


def _weights(rows: pl.DataFrame, column: str) -> dict[Pair, float]:
    evidence = -np.log10(np.clip(rows[column].to_numpy(), 1e-50, 0.999))
    return {
        (a, b): round(float(w), 9)
        for a, b, w in zip(rows["a"].to_list(), rows["b"].to_list(), evidence, strict=True)
    }


def _twice(edges: pl.DataFrame) -> set[int]:
    """Accounts with two edges or more."""
    ends = pl.concat([edges["a"], edges["b"]]).value_counts()
    return set(ends.filter(pl.col("count") > 1)["a"].to_list())


def _own(home: np.ndarray, p: pl.DataFrame) -> pl.DataFrame:
    """The rows of accounts with their own group."""
    return p.filter(pl.Series(home[p["account"].to_numpy()]) == p["group"]).sort("account")


def _kept(home: np.ndarray, p: pl.DataFrame, people: int, rate: float) -> np.ndarray:
    """Groups without the accounts that do not pass against their own group."""
    own = _own(home, p)
    passed = own.filter(pl.Series(benjamini_hochberg(own["p"].to_numpy(), people) <= rate))[
        "account"
    ].to_numpy()
    kept = np.full_like(home, -1)
    kept[passed] = home[passed]
    return kept


def _joined_again(
    compared: Joined, found: Sequence[pl.DataFrame], before: np.ndarray, home: np.ndarray
) -> list[pl.DataFrame]:
    """`joined` by family for ``home``, from what it found ``before``: a group is met anew only where its members changed."""
    moved = before != home
    changed = np.union1d(before[moved], home[moved])
    again = np.where(np.isin(home, changed), home, -1)
    made = []
    for tested, rows in zip(compared.families, found, strict=True):
        same = rows.filter(pl.Series(~np.isin(rows["group"].to_numpy(), changed), dtype=pl.Boolean))
        made.append(pl.concat([same, joined(tested, again)]).sort("account", "group"))
    return made


def account_p(
    found: Sequence[pl.DataFrame],
    table: pl.DataFrame,
    home: np.ndarray,
    groups: int,
    people: int,
    least: int,
) -> pl.DataFrame:
    """``account, group, p, seen``: the smaller of two tests, times two.

    The account against the group's doings (times the number of groups), and the second strongest of
    its pairs inside the group (times the accounts it could have paired with). ``found``: `joined` by family.
    """
    parts = [
        pl.DataFrame(
            schema={"account": pl.UInt32, "group": pl.Int64, "seen": pl.Int64, "p": pl.Float64}
        )
    ]
    for rows in found:
        p = pl.when(pl.col("seen") >= least).then(pl.col("p") * groups * len(found)).otherwise(1.0)
        parts.append(rows.select("account", "group", pl.col("seen").cast(pl.Int64), p.alias("p")))
    both = pl.concat(
        [table.select(account="a", other="b", p="p"), table.select(account="b", other="a", p="p")]
    )
    both = both.with_columns(
        group=pl.Series(home[both["other"].to_numpy()], dtype=pl.Int64)
    ).filter(pl.col("group") >= 0)
    second = (
        both.sort("account", "group", "p")
        .group_by("account", "group", maintain_order=True)
        .agg(pl.col("p").get(1, null_on_oob=True))
    )
    second = second.drop_nulls().select(
        "account", "group", pl.lit(0, pl.Int64).alias("seen"), pl.col("p") * people
    )
    every = (
        pl.concat([*parts, second])
        .group_by("account", "group")
        .agg(pl.col("seen").max(), pl.col("p").min())
    )
    return every.with_columns((2 * pl.col("p")).clip(0, 1).alias("p")).sort("account", "group")


def _passing(p: pl.DataFrame, people: int, rate: float) -> pl.DataFrame:
    best = p.sort("account", "p", "group").unique("account", keep="first", maintain_order=True)
    q = benjamini_hochberg(best["p"].to_numpy(), people)
    return best.filter(pl.Series(q <= rate, dtype=pl.Boolean))


def _grown(table: pl.DataFrame, home: np.ndarray, passing: pl.DataFrame) -> np.ndarray:
    """Groups with the passing accounts that share two things or more with two members or more."""
    both = pl.concat([table.select(account="a", other="b"), table.select(account="b", other="a")])
    both = both.with_columns(group=pl.Series(home[both["other"].to_numpy()], dtype=pl.Int64))
    ties = (
        both.filter(pl.col("group") >= 0)
        .group_by("account", "group")
        .len()
        .filter(pl.col("len") >= 2)
    )
    new = passing.join(ties, on=["account", "group"], how="inner")
    grown = home.copy()
    for account, group in zip(new["account"].to_list(), new["group"].to_list(), strict=True):
        if grown[account] < 0:
            grown[account] = group
    return grown
