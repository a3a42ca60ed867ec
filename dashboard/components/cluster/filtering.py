"""Which clusters pass the thresholds that a reader set."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from tocsin.core.findings import Cluster

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
