"""Coordination: from posts to clusters of accounts that acted together beyond chance.

    from graph import find_coordination
    found = find_coordination(posts)          # a polars frame or an Arrow table; no index, no workspace
    found.tested.expected_false_accounts, found.clusters, found.edges

The road: acts of every signal (`graph.coordination.signals`), co-acts by a sorted join (`graph.coordination.coactions`), each pair
against chance (`graph.coordination.null_model`, `graph.coordination.synchrony`), backbone and communities (`graph.coordination.communities`),
each account against its group (`graph.coordination.membership_tests`), innocent readings (`graph.coordination.explanations`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from graph.coordination.assemble import build
from graph.coordination.communities import RESOLUTION
from graph.coordination.grouping import cast
from graph.coordination.null_model import benjamini_hochberg
from graph.coordination.pair_tests import Joined, compare, pair_table
from graph.coordination.posts import Posts, Source, prepare
from graph.coordination.signals import SIGNALS
from tocsin.core.findings import Cluster, Edge, Finding, Method, Tested
from tocsin.core.settings import GraphSettings

VERSION = "2"


@dataclass(frozen=True)
class Found:
    """What an analysis of coordination finds."""

    tested: Tested
    clusters: tuple[Cluster, ...]
    edges: tuple[Edge, ...]

    def findings(self) -> list[Finding]:
        """Everything, in the order of publication."""
        return [self.tested, *self.clusters, *self.edges]


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
        signals: names of `graph.coordination.signals.SIGNALS` to use.
        before: cluster name -> account ids of an earlier run, so that clusters keep their names.
        marks: subject (cluster name or account id) -> {"mark": benign | suspect | unsure}.

    Raises:
        ConfigError: a required column is missing, or a signal is unknown.
    """
    chosen = settings or GraphSettings()
    posts = prepare(source)
    return decide(compare(posts, chosen, signals), chosen, signals, before or {}, marks or {})


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
