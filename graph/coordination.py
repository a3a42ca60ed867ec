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

from graph.acts import Acts, coded, named_acts, signal
from graph.assemble import build
from graph.casting import LEAST_SHARED, cast
from graph.clusters import RESOLUTION
from graph.coacts import join
from graph.groups import Family
from graph.posts import Posts, Source, prepare
from graph.signals import SIGNALS
from graph.significance import PairRows, benjamini_hochberg, choices, fit, pair_p
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
    for name in signals:
        signal(name)
    named = {family: named_acts(posts.frame, used) for family, used in used_families(signals).items()}
    return compare_acts(posts, named, settings, signals)


def used_families(signals: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Family -> its signals among those asked."""
    chosen = {name: tuple(s for s in members if s in signals) for name, members in FAMILIES.items()}
    return {name: members for name, members in chosen.items() if members}


def compare_acts(posts: Posts, named: Mapping[str, pl.DataFrame], settings: GraphSettings, signals: Sequence[str]) -> Joined:
    """As `compare`, from acts that are known already: family -> rows of `graph.acts.named_acts`."""
    windows = tuple(sorted(w * 1000 for w in settings.windows if w * 1000 >= posts.resolution_ms))
    families = []
    if windows:
        for name, used in used_families(signals).items():
            families.append(family(name, coded(named[name], used, len(posts.accounts)), windows, settings.min_objects))
    fine = [w for w in windows if w <= SYNCHRONY_LONGEST_MS] if "synchrony" in signals else []
    tested = moments(posts, fine, settings.min_objects)
    tests = sum(len(windows) * len(choices(f.acts)) for f in families) + len(tested.windows_ms)
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
    made = cast(compared, table, people, settings)
    method = Method(
        name="coordination",
        version=VERSION,
        parameters={
            "windows": [w // 1000 for w in compared.windows_ms],
            "min_objects": settings.min_objects,
            "false_discovery_rate": settings.false_discovery_rate,
            "seed": settings.seed,
            "resolution": RESOLUTION,
            "signals": list(signals),
        },
    )
    return Found(*build(compared, made, method, people, pairs_tested, before, marks))


def pair_table(compared: Joined, least: int) -> pl.DataFrame:
    """``a, b, p, loose, shared``: every pair that shares two things or more in one family.

    ``loose`` is the smallest p-value over families and windows times their number; ``p`` is the same over
    those families in which the pair shares as many things as asked, else 1.
    """
    parts = []
    everything: list[Family | Moments] = [*compared.families, compared.moments]
    for tested in everything:
        shared = tested.seen.max(axis=1, initial=0)
        keep = shared >= LEAST_SHARED
        loose = np.minimum(1.0, tested.p * compared.tests)
        parts.append(
            pl.DataFrame(
                {
                    "a": tested.pairs.a[keep].astype(np.uint32),
                    "b": tested.pairs.b[keep].astype(np.uint32),
                    "p": np.where(shared >= least, loose, 1.0)[keep],
                    "loose": loose[keep],
                    "shared": shared[keep].astype(np.int64),
                }
            )
        )
    return pl.concat(parts).group_by("a", "b").agg(pl.col("p", "loose").min(), pl.col("shared").max()).sort("a", "b")
