"""Coordination: from posts to clusters of accounts that acted together beyond chance.

    from graph import find_coordination
    found = find_coordination(posts)          # a polars frame or an Arrow table; no index, no workspace
    found.tested.expected_false_accounts, found.clusters, found.edges

The road: acts of every signal (`graph.signals`), co-acts by a sorted join (`graph.coacts`), each pair
against chance (`graph.significance`, `graph.synchrony`), backbone and communities (`graph.clusters`),
each account against its group (`graph.groups`), innocent readings (`graph.explanations`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from graph.acts import Acts, collect, signal
from graph.assemble import Cast, build
from graph.clusters import Pair, communities
from graph.coacts import join
from graph.groups import Family, joined
from graph.posts import Posts, Source, prepare
from graph.signals import SIGNALS
from graph.significance import PairRows, benjamini_hochberg, fit, pair_p
from graph.synchrony import Moments, moments
from tocsin.findings import Cluster, Edge, Finding, Method, Tested
from tocsin.settings import GraphSettings

VERSION = "1"
FAMILIES: dict[str, tuple[str, ...]] = {
    "acts": ("repost", "quote", "link", "hashtags", "reply", "copy", "media"),
    "sites": ("site",),
}
"""Signals whose evidence is counted together. A site is counted apart: its pages are links already."""
SYNCHRONY_LONGEST_MS = 60_000
GROWTH_ROUNDS = 4
LEAST_SHARED = 2
"""Distinct things a pair shares for an edge inside a cluster, where the account as such passed the test."""


@dataclass(frozen=True)
class Found:
    """What an analysis of coordination finds."""

    tested: Tested
    clusters: tuple[Cluster, ...]
    edges: tuple[Edge, ...]

    def findings(self) -> list[Finding]:
        """Everything, in the order of publication."""
        return [self.tested, *self.clusters, *self.edges]


@dataclass(frozen=True)
class Joined:
    """What was compared, before any group is looked for: all that streaming has to keep up to date."""

    posts: Posts
    families: tuple[Family, ...]
    moments: Moments
    windows_ms: tuple[int, ...]
    tests: int


def find_coordination(
    source: Source | Posts,
    settings: GraphSettings | None = None,
    *,
    signals: Sequence[str] = tuple(SIGNALS),
    before: Mapping[str, Sequence[str]] | None = None,
    marks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Found:
    """Groups of accounts that acted together beyond chance.

    Args:
        source: posts with the columns of `index.base.COLUMNS` (``id, author, published_at`` and whatever
            else there is); copies are seen where ``copy_group`` is given.
        settings: windows, least number of shared objects, false discovery rate, seed.
        signals: names of `graph.signals.SIGNALS` to use.
        before: cluster name -> account ids of an earlier run, so that clusters keep their names.
        marks: subject (cluster name or account id) -> {"mark": benign | suspect | unsure}.

    Raises:
        ConfigError: a required column is missing, or a signal is unknown.
    """
    chosen = settings or GraphSettings()
    posts = prepare(source)
    return decide(compare(posts, chosen, signals), chosen, signals, before or {}, marks or {})


def compare(posts: Posts, settings: GraphSettings, signals: Sequence[str]) -> Joined:
    """All pairs of accounts against chance, family by family."""
    windows = tuple(sorted(w * 1000 for w in settings.windows if w * 1000 >= posts.resolution_ms))
    for name in signals:
        signal(name)
    families = []
    if windows:
        for name, members in FAMILIES.items():
            if used := [s for s in members if s in signals]:
                families.append(family(name, collect(posts, used), windows, settings.min_objects))
    fine = [w for w in windows if w <= SYNCHRONY_LONGEST_MS] if "synchrony" in signals else []
    tested = moments(posts, fine, settings.min_objects)
    tests = len(windows) * len(families) + len(tested.windows_ms)
    return Joined(posts, tuple(families), tested, windows, max(1, tests))


def family(name: str, acts: Acts, windows: Sequence[int], least: int) -> Family:
    """Join the acts of a family and test its pairs."""
    limits = [signal(n).longest for n in acts.names]
    longest = np.array([min(windows[-1], windows[-1] if s is None else s * 1000) for s in limits], dtype=np.int64)
    _, entry = np.unique(acts.engagement, return_index=True)
    often = np.bincount(acts.account[entry], minlength=acts.volume.shape[1])
    coacts = join(acts, windows, longest, eligible=often >= min(LEAST_SHARED, least))
    pairs = PairRows.of(coacts)
    chance = fit(acts, coacts, pairs, windows)
    seen, p = pair_p(acts, coacts, pairs, chance.expected, chance.share, chance.telling, windows)
    return Family(name, acts, coacts, pairs, chance, seen, p)


def decide(
    compared: Joined,
    settings: GraphSettings,
    signals: Sequence[str],
    before: Mapping[str, Sequence[str]],
    marks: Mapping[str, Mapping[str, Any]],
) -> Found:
    """Backbone, groups, accounts against their group, explanations, findings."""
    posts, accounts = compared.posts, len(compared.posts.accounts)
    often = np.bincount(posts.account, minlength=accounts) >= settings.min_objects
    people = int(often.sum())
    pairs_tested = people * (people - 1) // 2
    table = pair_table(compared, settings.min_objects)
    q = benjamini_hochberg(table["p"].to_numpy(), pairs_tested)
    table = table.with_columns(q=pl.Series(q, dtype=pl.Float64))
    backbone = table.filter(pl.col("q") <= settings.false_discovery_rate)
    groups = communities(_weights(backbone), settings.seed)
    cast = _cast(compared, table, groups, people, settings)
    method = Method(
        name="coordination",
        version=VERSION,
        parameters={
            "windows": [w // 1000 for w in compared.windows_ms],
            "min_objects": settings.min_objects,
            "false_discovery_rate": settings.false_discovery_rate,
            "seed": settings.seed,
            "signals": list(signals),
        },
    )
    return Found(*build(compared, cast, method, people, pairs_tested, before, marks))


def pair_table(compared: Joined, least: int) -> pl.DataFrame:
    """``a, b, p, shared``: every pair that shares two things or more; p is 1 where they are fewer than asked.

    p is the smallest over families and windows times their number.
    """
    parts = []
    everything: list[Family | Moments] = [*compared.families, compared.moments]
    for tested in everything:
        shared = tested.seen.max(axis=1, initial=0)
        keep = shared >= LEAST_SHARED
        p = np.where(shared >= least, np.minimum(1.0, tested.p * compared.tests), 1.0)
        parts.append(
            pl.DataFrame(
                {
                    "a": tested.pairs.a[keep].astype(np.uint32),
                    "b": tested.pairs.b[keep].astype(np.uint32),
                    "p": p[keep],
                    "shared": shared[keep].astype(np.int64),
                }
            )
        )
    return pl.concat(parts).group_by("a", "b").agg(pl.col("p").min(), pl.col("shared").max()).sort("a", "b")


def _weights(rows: pl.DataFrame) -> dict[Pair, float]:
    evidence = -np.log10(np.maximum(rows["p"].to_numpy(), 1e-50))
    return {(a, b): round(float(w), 9) for a, b, w in zip(rows["a"].to_list(), rows["b"].to_list(), evidence, strict=True)}


def _cast(compared: Joined, table: pl.DataFrame, groups: list[list[int]], people: int, settings: GraphSettings) -> Cast:
    """Members, edges and account p-values: groups grow by the accounts that joined their doings beyond chance."""
    accounts = len(compared.posts.accounts)
    home = np.full(accounts, -1, dtype=np.int64)
    for number, group in enumerate(groups):
        home[group] = number
    rate = settings.false_discovery_rate
    for turn in range(GROWTH_ROUNDS):
        p = account_p(compared, table, home, len(groups), people, settings.min_objects)
        kept = _kept(home, p, people, rate)
        grown = _grown(table, kept, _passing(p, people, rate)) if turn + 1 < GROWTH_ROUNDS else kept
        if np.array_equal(grown, home):
            break
        home = grown
    p = account_p(compared, table, home, len(groups), people, settings.min_objects)
    own = _own(home, p)
    inside = table.filter(pl.Series((home[table["a"].to_numpy()] >= 0) & (home[table["a"].to_numpy()] == home[table["b"].to_numpy()])))
    strong = inside.filter(pl.col("q") <= rate)
    # an account that passed as such, by little from each of many, shows all it shares with its group
    loose = sorted(set(np.flatnonzero(home >= 0).tolist()) - _twice(strong))
    edges = inside.filter((pl.col("q") <= rate) | pl.col("a").is_in(loose) | pl.col("b").is_in(loose))
    who = own["account"].to_list()
    q = benjamini_hochberg(own["p"].to_numpy(), people).tolist()
    return Cast(home, len(groups), edges, dict(zip(who, own["p"].to_list(), strict=True)), dict(zip(who, q, strict=True)))


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
    passed = own.filter(pl.Series(benjamini_hochberg(own["p"].to_numpy(), people) <= rate))["account"].to_numpy()
    kept = np.full_like(home, -1)
    kept[passed] = home[passed]
    return kept


def account_p(compared: Joined, table: pl.DataFrame, home: np.ndarray, groups: int, people: int, least: int) -> pl.DataFrame:
    """``account, group, p, seen``: the smaller of two tests, times two.

    The account against the group's doings (times the number of groups), and the second strongest of
    its pairs inside the group (times the accounts it could have paired with).
    """
    parts = [pl.DataFrame(schema={"account": pl.UInt32, "group": pl.Int64, "seen": pl.Int64, "p": pl.Float64})]
    for tested in compared.families:
        found = joined(tested, home)
        p = pl.when(pl.col("seen") >= least).then(pl.col("p") * groups * len(compared.families)).otherwise(1.0)
        parts.append(found.select("account", "group", pl.col("seen").cast(pl.Int64), p.alias("p")))
    both = pl.concat([table.select(account="a", other="b", p="p"), table.select(account="b", other="a", p="p")])
    both = both.with_columns(group=pl.Series(home[both["other"].to_numpy()], dtype=pl.Int64)).filter(pl.col("group") >= 0)
    second = both.sort("account", "group", "p").group_by("account", "group", maintain_order=True).agg(pl.col("p").get(1, null_on_oob=True))
    second = second.drop_nulls().select("account", "group", pl.lit(0, pl.Int64).alias("seen"), pl.col("p") * people)
    every = pl.concat([*parts, second]).group_by("account", "group").agg(pl.col("seen").max(), pl.col("p").min())
    return every.with_columns((2 * pl.col("p")).clip(0, 1)).sort("account", "group")


def _passing(p: pl.DataFrame, people: int, rate: float) -> pl.DataFrame:
    best = p.sort("account", "p", "group").unique("account", keep="first", maintain_order=True)
    q = benjamini_hochberg(best["p"].to_numpy(), people)
    return best.filter(pl.Series(q <= rate, dtype=pl.Boolean))


def _grown(table: pl.DataFrame, home: np.ndarray, passing: pl.DataFrame) -> np.ndarray:
    """Groups with the passing accounts that share two things or more with two members or more."""
    both = pl.concat([table.select(account="a", other="b"), table.select(account="b", other="a")])
    both = both.with_columns(group=pl.Series(home[both["other"].to_numpy()], dtype=pl.Int64))
    ties = both.filter(pl.col("group") >= 0).group_by("account", "group").len().filter(pl.col("len") >= 2)
    new = passing.join(ties, on=["account", "group"], how="inner")
    grown = home.copy()
    for account, group in zip(new["account"].to_list(), new["group"].to_list(), strict=True):
        if grown[account] < 0:
            grown[account] = group
    return grown
