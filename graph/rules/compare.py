"""What other tools' rules find that Tocsin does not, what they miss, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import polars as pl

from graph.coordination.analyser import Coordination
from graph.coordination.answers import tested_of
from graph.coordination.null_model import benjamini_hochberg
from graph.coordination.pair_tests import pair_table, run_pair_tests
from graph.coordination.signals import load_signals
from graph.rules.listing import MAX_LISTED, Listing
from graph.rules.supporting_posts import posts_in_group, posts_of_pairs
from graph.rules.tools import RuleResult, RuleSettings, apply_rules
from graph.studies.seal import posts_of_analysis
from tocsin.core.calibration.record import newest
from tocsin.core.calibration.stated import measured_false_accounts
from tocsin.core.findings import Cluster, Edge, rfc3339_or_none

if TYPE_CHECKING:
    from graph.coordination.posts import Posts
    from index.base import Index
    from tocsin.core.settings import GraphSettings
    from tocsin.core.workspace import Workspace

REASONS = (
    "explained", "cleared", "few_posts", "few_objects", "apart", "chance", "not_compared",
)  # fmt: skip
"""Why an account that a rule finds is in no flagged group of ours:

explained: an innocent reading fits its group; cleared: an analyst marked it or its group benign;
few_posts: it posted less than ``min_objects`` times; few_objects: it shares less than
``min_objects`` things with any account the rule ties it to; apart: a pair of it is beyond chance,
and belongs to no flagged group; chance: what it shares is what activity, popularity and hour
make one expect; not_compared: it shares less than two things in time, or only inside crowds.
"""


@dataclass(frozen=True)
class _Ours:
    """What Tocsin found, by number of account."""

    flagged: frozenset[int]
    pairs: frozenset[tuple[int, int]]
    group: Mapping[int, Cluster]
    benign: frozenset[int]
    posts: Mapping[int, list[str]]
    q: Mapping[tuple[int, int], tuple[float, int]]
    often: frozenset[int]
    settings: GraphSettings

    def why_not(self, account: int, partners: list[int]) -> str:
        """One of `REASONS`."""
        group = self.group.get(account)
        if account in self.benign or (group is not None and group.status == "cleared"):
            return "cleared"
        if group is not None and group.status == "explained":
            return "explained"
        if account not in self.often:
            return "few_posts"
        known = [
            found
            for partner in partners
            if (found := self.q.get((min(account, partner), max(account, partner)))) is not None
        ]
        if any(q <= self.settings.false_discovery_rate for q, _ in known):
            return "apart"
        if not known:
            return "not_compared"
        enough = any(shared >= self.settings.min_objects for _, shared in known)
        return "chance" if enough else "few_objects"


def compare_rules(
    index: Index, workspace: Workspace, shown: Listing, settings: RuleSettings
) -> dict[str, Any]:
    """The published analysis beside every rule, on the same posts.

    Raises:
        ConfigError: there is no analysis, or its posts have changed since.
    """
    tested = tested_of(index)
    window, posts = posts_of_analysis(index, workspace, tested, "rules.error.posts_changed")
    ours = _ours(index, posts, workspace.settings.graph)
    names = _Names(posts.accounts.to_list(), shown)
    groups = {cluster.id for number, cluster in ours.group.items() if number in ours.flagged}
    return {
        "run_id": index.generation("cluster"),
        "window": {
            "since": rfc3339_or_none(window.since), "until": rfc3339_or_none(window.until)
        },
        "posts": len(posts),
        "ours": {
            "accounts": len(ours.flagged),
            "groups": len(groups),
            "pairs": len(ours.pairs),
            "expected_false_accounts": tested.expected_false_accounts,
            "measured_false_accounts": measured_false_accounts(newest(workspace), tested),
            "method": {
                "name": tested.method.name,
                "version": tested.method.version,
                "parameters": dict(tested.method.parameters),
            },
        },
        "rules": [
            _compared(rule, ours, names, lambda pairs, rule=rule: posts_of_pairs(  # type: ignore[misc]
                posts, rule, pairs, settings))
            for rule in apply_rules(posts, settings)
        ],
    }  # fmt: skip


def _ours(index: Index, posts: Posts, settings: GraphSettings) -> _Ours:
    number = {name: place for place, name in enumerate(posts.accounts.to_list())}
    marks = index.marks()
    found = [finding for kind in Coordination.kinds for finding in index.findings(kind)]
    group: dict[int, Cluster] = {}
    flagged: set[int] = set()
    behind: dict[int, list[str]] = {}
    edges: dict[str, list[Edge]] = {}
    for edge in (e for e in found if isinstance(e, Edge) and e.cluster):
        edges.setdefault(str(edge.cluster), []).append(edge)
    for cluster in (c for c in found if isinstance(c, Cluster)):
        now = cluster.under(marks)
        for member in cluster.accounts:
            if (account := number.get(member.id)) is not None:
                group.setdefault(account, now)
        if now.status == "flagged":
            flagged |= {number[member.id] for member in now.accounts if member.id in number}
            for name, ids in posts_in_group(now, edges.get(cluster.id, ())).items():
                if name in number:
                    behind.setdefault(number[name], ids)
    pairs = {
        (min(ends), max(ends))
        for edge in found
        if isinstance(edge, Edge) and {edge.a, edge.b} <= number.keys()
        and {*(ends := (number[edge.a], number[edge.b]))} <= flagged
    }  # fmt: skip
    tests = run_pair_tests(posts, settings, load_signals(_known_signals(index)))
    written = np.bincount(posts.account, minlength=len(posts.accounts))
    often = written >= settings.min_objects
    testable = int(often.sum()) if tests.windows_ms else 0
    table = pair_table(tests, settings.min_objects)
    q = benjamini_hochberg(table["p"].to_numpy(), testable * (testable - 1) // 2)
    rows = zip(table["a"], table["b"], q, table["shared"], strict=True)
    benign = {
        number[subject] for subject, mark in marks.items()
        if mark.get("mark") == "benign" and subject in number
    }  # fmt: skip
    return _Ours(
        flagged=frozenset(flagged),
        pairs=frozenset(pairs),
        group=group,
        benign=frozenset(benign),
        posts=behind,
        q={(a, b): (float(value), int(shared)) for a, b, value, shared in rows},
        often=frozenset(np.flatnonzero(often).tolist()),
        settings=settings,
    )


def _known_signals(index: Index) -> tuple[str, ...]:
    return tested_of(index).signals


@dataclass(frozen=True)
class _Names:
    """What stands for an account by its number, and for posts."""

    ids: list[str]
    shown: Listing

    def account(self, number: int) -> str:
        return self.shown.account(self.ids[number])

    def posts(self, posts: Iterable[str]) -> list[str]:
        return [self.shown.post(post) for post in posts]


@dataclass(frozen=True)
class _Tied:
    """Whom a rule ties: by account the others, and the one it is tied to most often."""

    partners: Mapping[int, list[int]]
    most: Mapping[int, int]

    @classmethod
    def of(cls, pairs: pl.DataFrame) -> _Tied:
        partners: dict[int, list[int]] = {}
        most: dict[int, tuple[int, int]] = {}
        for a, b, weight in pairs.select("a", "b", "weight").iter_rows():
            for one, other in ((a, b), (b, a)):
                partners.setdefault(one, []).append(other)
                most[one] = max(most.get(one, (0, 0)), (weight, other))
        return cls(partners, {one: other for one, (_, other) in most.items()})

    def pair(self, account: int) -> tuple[int, int]:
        other = self.most[account]
        return min(account, other), max(account, other)


def _compared(
    rule: RuleResult, ours: _Ours, names: _Names, posts_of: Callable[[list[Any]], Any]
) -> dict[str, Any]:
    """One rule as JSON.

    Args:
        posts_of: pairs of accounts -> by pair the posts that tie it.
    """
    document: dict[str, Any] = {
        "rule": rule.rule,
        "tool": rule.tool,
        "source": rule.source,
        "parameters": dict(rule.parameters),
        "defaults": dict(rule.defaults),
        "seconds": rule.seconds,
    }
    if rule.failed is not None:
        return document | {"failed": rule.failed}
    tied = list(zip(rule.pairs["a"], rule.pairs["b"], strict=True))
    ties = _Tied.of(rule.pairs)
    partners = ties.partners
    adds = {a: ours.why_not(a, partners[a]) for a in sorted(partners.keys() - ours.flagged)}
    loses = sorted(ours.flagged - partners.keys())
    both = sorted(ours.flagged & partners.keys())
    counted = Counter(adds.values())
    components = [c for c in nx.connected_components(nx.Graph(tied)) if len(c) >= 3]
    listed = [*list(adds)[:MAX_LISTED], *both[:MAX_LISTED]]
    posts = posts_of([ties.pair(account) for account in listed])

    def entry(account: int) -> dict[str, Any]:
        return {
            "account": names.account(account),
            "partners": len(partners[account]),
            "with": names.account(ties.most[account]),
            "posts": names.posts(posts.get(ties.pair(account), ())),
            "group": ours.group[account].id if account in ours.group else None,
        }

    return document | {
        "accounts": len(partners),
        "pairs": len(tied),
        "groups": len(components),
        "both": {
            "accounts": len(both),
            "pairs": len(ours.pairs & set(tied)),
            "listed": [entry(account) for account in both[:MAX_LISTED]],
        },
        "adds": {
            "accounts": len(adds),
            "why": {reason: counted[reason] for reason in REASONS if counted[reason]},
            "listed": [
                entry(account) | {"why": reason}
                for account, reason in list(adds.items())[:MAX_LISTED]
            ],
        },
        "loses": {
            "accounts": len(loses),
            "listed": [
                {
                    "account": names.account(account),
                    "group": ours.group[account].id,
                    "signals": list(ours.group[account].signals),
                    "posts": names.posts(ours.posts[account]),
                }
                for account in loses[:MAX_LISTED]
            ],
        },
    }
