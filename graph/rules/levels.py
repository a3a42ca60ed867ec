"""What each allowed error would find: the analysis at several rates, on one set of pair tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.coordination.answers import tested_of
from graph.coordination.engine import CoordinationResult, find_groups
from graph.coordination.pair_tests import run_pair_tests
from graph.coordination.signals import load_signals
from graph.rules.listing import MAX_LISTED, Listing
from graph.rules.supporting_posts import posts_in_group
from graph.studies.seal import posts_of_analysis
from tocsin.core.calibration.record import newest
from tocsin.core.calibration.stated import measured_false_accounts
from tocsin.core.findings import Cluster, Edge, rfc3339_or_none
from tocsin.core.settings import ERROR_LEVELS

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace


def compare_levels(
    index: Index, workspace: Workspace, rates: tuple[float, ...] = (), *, shown: Listing
) -> dict[str, Any]:
    """The answer of the command: the analysis repeated at each level, on one set of pair tests.

    Raises:
        ConfigError: there is no analysis, or its posts have changed since.
    """
    tested = tested_of(index)
    window, posts = posts_of_analysis(index, workspace, tested, "rules.error.posts_changed")
    settings = workspace.settings.graph
    in_force = settings.false_discovery_rate
    tests = run_pair_tests(posts, settings, load_signals(tested.signals))
    marks = index.marks()
    turned: list[tuple[float, _Level]] = []
    for rate in sorted({*ERROR_LEVELS.values(), *rates, in_force}):
        asked = settings.model_copy(update={"false_discovery_rate": rate})
        turned.append(
            (rate, _Level.of(find_groups(tests, asked, tested.signals, {}, marks), marks))
        )
    now = next(level for rate, level in turned if rate == in_force)
    names = {rate: name for name, rate in ERROR_LEVELS.items()}
    measured = measured_false_accounts(newest(workspace), tested)
    return {
        "run_id": index.generation("cluster"),
        "window": {
            "since": rfc3339_or_none(window.since), "until": rfc3339_or_none(window.until)
        },
        "posts": len(posts),
        "false_discovery_rate": in_force,
        "levels": [
            {"error": names.get(rate), "false_discovery_rate": rate, "in_force": rate == in_force,
             **level.counts(), "measured_false_accounts": measured if rate == in_force else None,
             "adds": level.beyond(now, shown), "loses": now.beyond(level, shown)}
            for rate, level in turned
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class _Level:
    """What one setting finds."""

    flagged: tuple[Cluster, ...]
    explained: int
    expected: float
    group: Mapping[str, Cluster]
    posts: Mapping[str, list[str]]

    @classmethod
    def of(cls, result: CoordinationResult, marks: Mapping[str, Any]) -> _Level:
        found = [f.under(marks) for f in result.findings() if isinstance(f, Cluster)]
        flagged = tuple(cluster for cluster in found if cluster.status == "flagged")
        edges: dict[str, list[Edge]] = {}
        for edge in (*result.edges, *result.ties):
            edges.setdefault(str(edge.cluster), []).append(edge)
        group: dict[str, Cluster] = {}
        posts: dict[str, list[str]] = {}
        for cluster in flagged:
            behind = posts_in_group(cluster, edges.get(cluster.id, ()))
            for member in cluster.accounts:
                if member.id not in group:
                    group[member.id], posts[member.id] = cluster, behind[member.id]
        explained = sum(cluster.status == "explained" for cluster in found)
        return cls(flagged, explained, result.tested.expected_false_accounts, group, posts)

    def counts(self) -> dict[str, Any]:
        """The figures of a row."""
        return {
            "groups": sum(cluster.kind == "cluster" for cluster in self.flagged),
            "structures": sum(cluster.kind != "cluster" for cluster in self.flagged),
            "accounts": len(self.group),
            "explained_groups": self.explained,
            "expected_false_accounts": self.expected,
        }

    def beyond(self, other: _Level, shown: Listing) -> dict[str, Any]:
        """The accounts that are flagged here and not there, each with its group and its posts."""
        own = [account for account in self.group if account not in other.group]
        return {
            "accounts": len(own),
            "listed": [
                {
                    "account": shown.account(account),
                    "shape": getattr(self.group[account], "shape", "group"),
                    "of": len(self.group[account].accounts),
                    "signals": list(self.group[account].signals),
                    "q_value": self.group[account].q_value,
                    "posts": [shown.post(post) for post in self.posts[account]],
                }
                for account in own[:MAX_LISTED]
            ],
        }
