"""Every pair of accounts against chance, before any group is looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.coordination.acts import Acts, coded, named_acts, signal
from graph.coordination.coactions import by_key_and_time, crowds, join
from graph.coordination.membership_tests import Family
from graph.coordination.null_model import PairRows, Tally, choices, fit, pair_p
from graph.coordination.posts import Posts
from graph.coordination.synchrony import Moments, moments
from tocsin.core.settings import GraphSettings

LEAST_SHARED = 2
"""Distinct things a pair shares for an edge inside a cluster, where the account as such passed the test."""
FAMILIES: dict[str, tuple[str, ...]] = {
    "acts": ("repost", "quote", "link", "hashtags", "reply", "copy", "media"),
    "sites": ("site",),
}
"""Signals whose evidence is counted together. A site is counted apart: its pages are links already."""
SYNCHRONY_LONGEST_MS = 60_000


@dataclass(frozen=True)
class Joined:
    """What was compared, before any group is looked for: all that streaming has to keep up to date."""

    posts: Posts
    families: tuple[Family, ...]
    moments: Moments
    windows_ms: tuple[int, ...]
    tests: int


def compare(posts: Posts, settings: GraphSettings, signals: Sequence[str]) -> Joined:
    """All pairs of accounts against chance, family by family."""
    for name in signals:
        signal(name)
    named = {
        family: named_acts(posts.frame, used) for family, used in used_families(signals).items()
    }
    return compare_acts(posts, named, settings, signals)


def used_families(signals: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Family -> its signals among those asked."""
    chosen = {name: tuple(s for s in members if s in signals) for name, members in FAMILIES.items()}
    return {name: members for name, members in chosen.items() if members}


def compare_acts(
    posts: Posts, named: Mapping[str, pl.DataFrame], settings: GraphSettings, signals: Sequence[str]
) -> Joined:
    """As `compare`, from acts that are known already: family -> rows of `graph.coordination.acts.named_acts`."""
    windows = tuple(sorted(w * 1000 for w in settings.windows if w * 1000 >= posts.resolution_ms))
    families = []
    if windows:
        for name, used in used_families(signals).items():
            families.append(
                family(
                    name,
                    coded(named[name], used, len(posts.accounts)),
                    windows,
                    settings.min_objects,
                )
            )
    fine = [w for w in windows if w <= SYNCHRONY_LONGEST_MS] if "synchrony" in signals else []
    tested = moments(posts, fine, settings.min_objects)
    tests = sum(len(windows) * len(choices(f.acts)) for f in families) + len(tested.windows_ms)
    return Joined(posts, tuple(families), tested, windows, max(1, tests))


def family(name: str, acts: Acts, windows: Sequence[int], least: int) -> Family:
    """Join the acts of a family and test its pairs."""
    limits = [signal(n).longest for n in acts.names]
    longest = np.array(
        [min(windows[-1], windows[-1] if s is None else s * 1000) for s in limits], dtype=np.int64
    )
    _, entry = np.unique(acts.engagement, return_index=True)
    often = np.bincount(acts.account[entry], minlength=acts.volume.shape[1])
    order = by_key_and_time(acts.engagement, acts.time)
    near = [crowds(acts, window, order) for window in windows]
    coacts = join(acts, windows, longest, eligible=often >= min(LEAST_SHARED, least), near=near)
    pairs = PairRows.of(coacts)
    tally = Tally.of(acts, coacts, pairs)
    chance = fit(acts, coacts, pairs, tally, windows, near)
    every = choices(acts)
    seen = [tally.counts(chance.telling, windows, signals) for signals in every]
    return Family(
        name,
        acts,
        coacts,
        pairs,
        chance,
        seen[0],
        pair_p(seen, every, pairs, chance.expected, chance.share),
    )


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
    return (
        pl.concat(parts)
        .group_by("a", "b")
        .agg(pl.col("p", "loose").min(), pl.col("shared").max())
        .sort("a", "b")
    )
