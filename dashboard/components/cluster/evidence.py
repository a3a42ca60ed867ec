"""Which clusters a reader sees, and their evidence: pure functions of findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from tocsin.core.findings import Cluster, Edge, Evidence

MIN_ACCOUNTS = 2
_STATUS_ORDER = {"flagged": 0, "explained": 1, "cleared": 2}


def filter_clusters(
    clusters: Sequence[Cluster], *, q_value: float, degree: float, statuses: Collection[str]
) -> list[Cluster]:
    """The clusters that pass a reader's thresholds with at least two accounts left.

    Flagged ones come first, then larger, then surer ones.
    """
    passing = [
        _with_members_above(cluster, degree)
        for cluster in clusters
        if cluster.q_value <= q_value and cluster.status in statuses
    ]
    return sorted(
        (cluster for cluster in passing if len(cluster.accounts) >= MIN_ACCOUNTS),
        key=lambda c: (_STATUS_ORDER.get(c.status, 3), -len(c.accounts), c.q_value, c.id),
    )


def _with_members_above(cluster: Cluster, degree: float) -> Cluster:
    """The cluster with only the accounts whose degree of coordination reaches a threshold."""
    return replace(cluster, accounts=tuple(m for m in cluster.accounts if m.degree >= degree))


def merge_evidence(cluster: Cluster, edges: Sequence[Edge]) -> list[Evidence]:
    """Every shared object of a cluster once, those that join most accounts first.

    The cluster's own evidence and that of its edges are united by object; ``seconds_apart`` is then
    the smallest that was seen.
    """
    merged: dict[tuple[str, str], Evidence] = {}
    for item in (*cluster.evidence, *(e for edge in edges for e in _with_accounts(edge))):
        key = (item.signal, item.object)
        merged[key] = _union(merged[key], item) if key in merged else item
    return sorted(
        merged.values(), key=lambda e: (-len(e.accounts), -len(e.posts), e.signal, e.object)
    )


def _union(a: Evidence, b: Evidence) -> Evidence:
    seconds = [s for s in (a.seconds_apart, b.seconds_apart) if s is not None]
    return replace(
        a,
        posts=tuple(dict.fromkeys(a.posts + b.posts)),
        accounts=tuple(dict.fromkeys(a.accounts + b.accounts)),
        seconds_apart=min(seconds, default=None),
        why=a.why or b.why,
    )


def _with_accounts(edge: Edge) -> list[Evidence]:
    return [
        item if item.accounts else replace(item, accounts=(edge.a, edge.b))
        for item in edge.evidence
    ]


def count_objects(evidence: Sequence[Evidence]) -> dict[str, int]:
    """Signal -> number of distinct objects shared by it, most first."""
    counts = Counter(item.signal for item in evidence)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
