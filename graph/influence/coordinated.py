"""Which accounts count as coordinated, under the marks of now."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.core.findings import Cluster


def flagged_accounts(clusters: Iterable[Cluster]) -> dict[str, str]:
    """Account -> id of its flagged group; those of explained and cleared groups do not count.

    Args:
        clusters: as they stand under analysts' marks (`index.current.current_clusters`).
    """
    return {
        member.id: cluster.id
        for cluster in clusters
        if cluster.status == "flagged"
        for member in cluster.accounts
    }
