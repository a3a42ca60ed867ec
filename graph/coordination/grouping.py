"""Who belongs to which group: groups from pairs, and every account against its group.

0. *Crowds that return* (`graph.coordination.crowds.returning`), where bursts are too large for
   pairs.
1. *Backbone*: pairs whose q-value passes; their communities are groups whose existence is settled.
   What hangs on a group by a pair that passes belongs to it; pairs that hang on none are groups of
   their own (pairs, stars, chains: `graph.coordination.structures`), from which others may grow.
2. *Loose groups*: among the accounts left, pairs that share two things with a small p-value as they
   stand, first a smaller and then a larger one (`LOOSE_P`). What they form is a guess; it stays
   where the group as a whole passes at the price of all groups of its size that one could have
   guessed.
3. Every account is tested against every group it acted with
   (`graph.coordination.weighted.group_scores`); those that pass join, those that do not leave,
   until nothing changes. The false discovery rate is controlled over accounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.coordination.communities import Pair, find_communities
from graph.coordination.crowds.returning import ReturningCrowd, find_crowds
from graph.coordination.membership_tests import FamilyTests, group_p_values
from graph.coordination.null_model import benjamini_hochberg
from graph.coordination.pair_tests import PairTests
from graph.coordination.structures import attach_leaves, tree_groups
from graph.coordination.weighted.group_scores import weighted_membership
from tocsin.core.settings import GraphSettings

GROWTH_ROUNDS = 5
LOOSE_P = (1e-3, 1e-2)
"""p-values (corrected for windows, not for pairs) up to which a pair helps to guess a group.

They are tried one after the other."""

_MEMBERSHIP: dict[str, type[pl.DataType]] = {
    "account": pl.UInt32,
    "group": pl.Int64,
    "observed": pl.Int64,
    "p": pl.Float64,
}


@dataclass(frozen=True)
class Grouping:
    """Who belongs where.

    Attributes:
        group_of: by account, the number of its group or -1.
        groups: how many there are.
        edges: ``a, b, p, shared, q`` of the pairs inside groups.
        p, q: by member account.
        crowds: the crowds that returned; that of number k was group k to begin with.
    """

    group_of: np.ndarray
    groups: int
    edges: pl.DataFrame
    p: Mapping[int, float]
    q: Mapping[int, float]
    crowds: tuple[ReturningCrowd, ...] = ()


def group_accounts(
    tests: PairTests, table: pl.DataFrame, testable: int, settings: GraphSettings
) -> Grouping:
    """Groups, members, edges and account p-values.

    Args:
        tests: acts and null models.
        table: `graph.coordination.pair_tests.pair_table` with ``q``.
        testable: how many accounts could be tested.
        settings: false discovery rate, least number of things, seed.
    """
    rate = settings.false_discovery_rate
    crowds = find_crowds(tests.families, rate)
    group_of, groups = _guess_groups(tests, table, testable, settings, crowds)
    least = settings.min_objects
    by_family = [_against_groups(family, group_of, least) for family in tests.families]
    returned = _crowd_p_values(crowds)
    p = account_p_values(by_family, returned, table, group_of, groups, testable, least)
    for turn in range(GROWTH_ROUNDS):
        grown = _drop_failing(group_of, p, testable, rate)
        if turn + 1 < GROWTH_ROUNDS:
            grown = _add_passing(table, grown, _best_passing(p, testable, rate))
        if np.array_equal(grown, group_of):
            break
        by_family = _update_membership(tests, by_family, group_of, grown, least)
        group_of = grown
        p = account_p_values(by_family, returned, table, group_of, groups, testable, least)
    return _finish(table, group_of, p, groups, testable, rate, crowds)


def _guess_groups(
    tests: PairTests,
    table: pl.DataFrame,
    testable: int,
    settings: GraphSettings,
    crowds: Sequence[ReturningCrowd],
) -> tuple[np.ndarray, int]:
    """By account the number of its group or -1, before accounts are tested; how many numbers."""
    rate = settings.false_discovery_rate
    group_of = np.full(len(tests.posts.accounts), -1, dtype=np.int64)
    backbone = _weigh_pairs(table.filter(pl.col("q") <= rate), "p")
    for number, crowd in enumerate(crowds):
        group_of[crowd.members[group_of[crowd.members] < 0]] = number
    groups = len(crowds)
    for members in find_communities(backbone, settings.seed):
        known = group_of[members]
        if np.count_nonzero(known >= 0) * 2 > len(members):
            continue  # the rest hangs on the crowd by these pairs
        group_of[np.array(members)[known < 0]] = groups
        groups += 1
    group_of = attach_leaves(group_of, backbone)
    for members in tree_groups(group_of, backbone):
        group_of[members] = groups
        groups += 1
    a, b = table["a"].to_numpy(), table["b"].to_numpy()
    for loose in LOOSE_P:
        free = pl.Series((group_of[a] < 0) & (group_of[b] < 0), dtype=pl.Boolean)
        loosely = _weigh_pairs(table.filter(free & (pl.col("loose") <= loose)), "loose")
        guessed = find_communities(loosely, settings.seed)
        for number, members in enumerate(guessed, start=groups):
            group_of[members] = number
        group_of = _drop_failing_groups(
            tests, group_of, groups, len(guessed), testable, rate / len(LOOSE_P)
        )
        groups += len(guessed)
    return group_of, groups


def _drop_failing_groups(
    tests: PairTests,
    group_of: np.ndarray,
    settled: int,
    guessed: int,
    testable: int,
    rate: float,
) -> np.ndarray:
    """Groups without those guessed ones that do not pass as a whole."""
    if not guessed or not tests.families:
        return np.where(group_of < settled, group_of, -1)
    by_family = [group_p_values(family, group_of, testable) for family in tests.families]
    p = np.min(by_family, axis=0) * len(tests.families)
    passes = np.concatenate([np.ones(settled, dtype=bool), p[settled:] * guessed <= rate])
    return np.where((group_of >= 0) & passes[group_of], group_of, -1)


def _finish(
    table: pl.DataFrame,
    group_of: np.ndarray,
    p: pl.DataFrame,
    groups: int,
    testable: int,
    rate: float,
    crowds: Sequence[ReturningCrowd],
) -> Grouping:
    """Edges and q-values of what the groups have become."""
    own = _own_group(group_of, p)
    a, b = table["a"].to_numpy(), table["b"].to_numpy()
    same_group = (group_of[a] >= 0) & (group_of[a] == group_of[b])
    inside = table.filter(pl.Series(same_group, dtype=pl.Boolean))
    strong = inside.filter(pl.col("q") <= rate)
    # an account that passed as such, by little from each of many, shows all it shares with its
    # group
    members = set(np.flatnonzero(group_of >= 0).tolist())
    loose = sorted(members - _accounts_with_two_edges(strong))
    of_loose = pl.col("a").is_in(loose) | pl.col("b").is_in(loose)
    edges = inside.filter((pl.col("q") <= rate) | of_loose)
    accounts = own["account"].to_list()
    q = benjamini_hochberg(own["p"].to_numpy(), testable).tolist()
    return Grouping(
        group_of=group_of,
        groups=groups,
        edges=edges,
        p=dict(zip(accounts, own["p"].to_list(), strict=True)),
        q=dict(zip(accounts, q, strict=True)),
        crowds=tuple(crowds),
    )


def _crowd_p_values(crowds: Sequence[ReturningCrowd]) -> pl.DataFrame:
    """``account, group, observed, p`` of the members of crowds."""
    tables = [
        pl.DataFrame(
            {
                "account": crowd.members.astype(np.uint32),
                "group": np.full(len(crowd.members), number),
                "observed": crowd.joins,
                "p": crowd.p,
            }
        )
        for number, crowd in enumerate(crowds)
    ]
    return pl.concat([pl.DataFrame(schema=_MEMBERSHIP), *tables])


def _weigh_pairs(rows: pl.DataFrame, column: str) -> dict[Pair, float]:
    """Pair -> how strong it is: the negative logarithm of a p-value."""
    weights = -np.log10(np.clip(rows[column].to_numpy(), 1e-50, 0.999))
    return {
        (a, b): round(float(weight), 9)
        for a, b, weight in zip(rows["a"].to_list(), rows["b"].to_list(), weights, strict=True)
    }


def _accounts_with_two_edges(edges: pl.DataFrame) -> set[int]:
    ends = pl.concat([edges["a"], edges["b"]]).value_counts()
    return set(ends.filter(pl.col("count") > 1)["a"].to_list())


def _own_group(group_of: np.ndarray, p: pl.DataFrame) -> pl.DataFrame:
    """The rows of accounts with their own group."""
    own = group_of[p["account"].to_numpy()] == p["group"].to_numpy()
    return p.filter(pl.Series(own, dtype=pl.Boolean)).sort("account")


def _drop_failing(group_of: np.ndarray, p: pl.DataFrame, testable: int, rate: float) -> np.ndarray:
    """Groups without the accounts that do not pass against their own group."""
    own = _own_group(group_of, p)
    passes = benjamini_hochberg(own["p"].to_numpy(), testable) <= rate
    passed = own.filter(pl.Series(passes, dtype=pl.Boolean))["account"].to_numpy()
    kept = np.full_like(group_of, -1)
    kept[passed] = group_of[passed]
    return kept


def _against_groups(family: FamilyTests, group_of: np.ndarray, least: int) -> pl.DataFrame:
    """`weighted_membership` of a family."""
    return weighted_membership(
        family.acts, family.coactions, family.model, family.growth, group_of, least
    )


def _update_membership(
    tests: PairTests,
    by_family: Sequence[pl.DataFrame],
    before: np.ndarray,
    group_of: np.ndarray,
    least: int,
) -> list[pl.DataFrame]:
    """`weighted_membership` by family, from those ``before``.

    Only groups whose members changed are tested again.
    """
    moved = before != group_of
    changed = np.union1d(before[moved], group_of[moved])
    only_changed = np.where(np.isin(group_of, changed), group_of, -1)
    updated = []
    for family, rows in zip(tests.families, by_family, strict=True):
        unchanged = ~np.isin(rows["group"].to_numpy(), changed)
        kept = rows.filter(pl.Series(unchanged, dtype=pl.Boolean))
        again = _against_groups(family, only_changed, least)
        updated.append(pl.concat([kept, again]).sort("account", "group"))
    return updated


def account_p_values(
    by_family: Sequence[pl.DataFrame],
    returned: pl.DataFrame,
    table: pl.DataFrame,
    group_of: np.ndarray,
    groups: int,
    testable: int,
    least: int,
) -> pl.DataFrame:
    """``account, group, observed, p``: the smaller of two tests, times two.

    The account against what the group did (times the number of groups), and the strongest of its
    pairs inside the group (times the accounts it could have paired with). ``by_family``:
    `weighted_membership`; ``returned``: the same of accounts in crowds (`_crowd_p_values`).
    """
    against_group = [pl.DataFrame(schema=_MEMBERSHIP)]
    for rows in by_family:
        paid = pl.col("p") * groups * len(by_family)
        p = pl.when(pl.col("observed") >= least).then(paid).otherwise(1.0)
        observed = pl.col("observed").cast(pl.Int64)
        against_group.append(rows.select("account", "group", observed, p.alias("p")))
    paid = pl.col("p") * groups * max(1, len(by_family))
    against_group.append(returned.with_columns(paid.alias("p")))
    pairs = _either_side(table, group_of)
    strongest = (
        pairs.group_by("account", "group")
        .agg(pl.col("p").min())
        .select("account", "group", pl.lit(0, pl.Int64).alias("observed"), pl.col("p") * testable)
    )
    smaller = (
        pl.concat([*against_group, strongest])
        .group_by("account", "group")
        .agg(pl.col("observed").max(), pl.col("p").min())
    )
    return smaller.with_columns((2 * pl.col("p")).clip(0, 1).alias("p")).sort("account", "group")


def _either_side(table: pl.DataFrame, group_of: np.ndarray) -> pl.DataFrame:
    """``account, other, p, group``: pairs from either side, where the other one is in a group."""
    sides = [
        table.select(account=one, other=other, p="p") for one, other in (("a", "b"), ("b", "a"))
    ]
    pairs = pl.concat(sides)
    group = pl.Series(group_of[pairs["other"].to_numpy()], dtype=pl.Int64)
    return pairs.with_columns(group=group).filter(pl.col("group") >= 0)


def _best_passing(p: pl.DataFrame, testable: int, rate: float) -> pl.DataFrame:
    """Each account with the group that it passes best against."""
    best = p.sort("account", "p", "group").unique("account", keep="first", maintain_order=True)
    q = benjamini_hochberg(best["p"].to_numpy(), testable)
    return best.filter(pl.Series(q <= rate, dtype=pl.Boolean))


def _add_passing(table: pl.DataFrame, group_of: np.ndarray, passing: pl.DataFrame) -> np.ndarray:
    """Groups with the passing accounts that share two things with two members or more."""
    ties = (
        _either_side(table, group_of).group_by("account", "group").len().filter(pl.col("len") >= 2)
    )
    new = passing.join(ties, on=["account", "group"], how="inner")
    grown = group_of.copy()
    for account, group in new.select("account", "group").iter_rows():
        if grown[account] < 0:
            grown[account] = group
    return grown
