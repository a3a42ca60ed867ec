"""Coordination: from posts to clusters of accounts that acted together beyond chance.

    from graph import find_coordination
    result = find_coordination(posts)      # a polars frame or an Arrow table; no index, no
    workspace result.tested.expected_false_accounts, result.clusters, result.edges

The steps: acts of every signal (`graph.coordination.signals`), co-actions by a sorted join
(`graph.coordination.coactions`), each pair against chance (`graph.coordination.null_model`,
`graph.coordination.synchrony`), backbone and communities (`graph.coordination.communities`), each
account against its group (`graph.coordination.weighted.group_scores`), innocent readings
(`graph.coordination.readings`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.coordination.assemble import Marks, assemble_findings
from graph.coordination.communities import RESOLUTION
from graph.coordination.grouping import group_accounts
from graph.coordination.null_model import benjamini_hochberg
from graph.coordination.pair_tests import PairTests, pair_table, run_pair_tests
from graph.coordination.posts import Posts, Source, prepare
from graph.coordination.signals import load_signals, signal_names
from graph.coordination.signals.base import Signal
from graph.coordination.traits.attach import with_traits
from tocsin.core.findings import Cluster, Edge, Finding, Method, Structure, Tested, Tie
from tocsin.core.settings import GraphSettings

VERSION = "7"


@dataclass(frozen=True)
class CoordinationResult:
    """What an analysis of coordination found.

    Attributes:
        tested: what was tested.
        clusters: the groups.
        edges: their pairs.
        structures: pairs, stars and chains.
        ties: their pairs.
    """

    tested: Tested
    clusters: tuple[Cluster, ...]
    edges: tuple[Edge, ...]
    structures: tuple[Structure, ...] = ()
    ties: tuple[Tie, ...] = ()

    @property
    def flagged(self) -> frozenset[str]:
        """The accounts of all that is flagged: groups, pairs, stars and chains."""
        found = (*self.clusters, *self.structures)
        return frozenset(m.id for c in found if c.status == "flagged" for m in c.accounts)

    def findings(self) -> list[Finding]:
        """Everything, in the order of publication."""
        return [self.tested, *self.clusters, *self.structures, *self.edges, *self.ties]


def find_coordination(
    source: Source | Posts,
    settings: GraphSettings | None = None,
    *,
    signals: Sequence[str] | None = None,
    own_signals: Sequence[Signal] = (),
    before: Mapping[str, Sequence[str]] | None = None,
    marks: Marks | None = None,
) -> CoordinationResult:
    """Groups of accounts that acted together beyond chance.

    Args:
        source: posts with the columns of `index.base.COLUMNS` (``id, author, published_at`` and
            whatever else there is); copies are found where ``copy_group`` is given.
        settings: windows, least number of shared objects, false discovery rate, seed.
        signals: names of registered signals to use; None stands for all.
        own_signals: signals of the caller, which stand in no registry.
        before: cluster name -> account ids of an earlier run, so that clusters keep their names.
        marks: subject (cluster name or account id) -> {"mark": benign | suspect | unsure}. Benign
            accounts are left out; clusters hold the engine's own verdict (see `Cluster.under`).

    Raises:
        ConfigError: a required column is missing, or a signal is unknown.
    """
    chosen = settings or GraphSettings()
    names = tuple(signal_names() if signals is None else signals)
    loaded = {**load_signals(names), **{signal.name: signal for signal in own_signals}}
    tests = run_pair_tests(prepare(source), chosen, loaded)
    names = tuple(dict.fromkeys((*names, *loaded)))
    return find_groups(tests, chosen, names, before or {}, marks or {})


def find_groups(
    tests: PairTests,
    settings: GraphSettings,
    signals: Sequence[str],
    before: Mapping[str, Sequence[str]],
    marks: Marks,
) -> CoordinationResult:
    """Backbone, groups, accounts against their group, explanations, findings."""
    posts = tests.posts
    often = np.bincount(posts.account, minlength=len(posts.accounts)) >= settings.min_objects
    testable = int(often.sum()) if tests.windows_ms else 0
    pairs_tested = testable * (testable - 1) // 2
    table = pair_table(tests, settings.min_objects)
    if not pairs_tested:  # nobody posted often enough: nothing was compared
        table = table.clear()
    q = benjamini_hochberg(table["p"].to_numpy(), pairs_tested)
    table = table.with_columns(q=pl.Series(q, dtype=pl.Float64))
    grouping = group_accounts(tests, table, testable, settings)
    method = Method(
        name="coordination",
        version=VERSION,
        parameters={
            "windows": [window // 1000 for window in tests.windows_ms],
            "min_objects": settings.min_objects,
            "false_discovery_rate": settings.false_discovery_rate,
            "seed": settings.seed,
            "resolution": RESOLUTION,
            "signals": list(signals),
        },
    )
    tested, found, rows, edges = assemble_findings(
        tests, grouping, method, testable, pairs_tested, len(settings.windows), before, marks
    )
    found = with_traits(found, rows, posts, settings.false_discovery_rate, settings.seed)
    return CoordinationResult(
        tested=tested,
        clusters=tuple(c for c in found if not isinstance(c, Structure)),
        edges=tuple(e for e in edges if not isinstance(e, Tie)),
        structures=tuple(c for c in found if isinstance(c, Structure)),
        ties=tuple(e for e in edges if isinstance(e, Tie)),
    )
