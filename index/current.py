"""Published groups as they stand now: under the marks that analysts have made since.

A mark counts from the moment it is made, not only from the next analysis. Whoever shows a group's
status, or counts what flagged accounts did, reads it here, so that all surfaces agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from index.base import Index
from tocsin.core.findings import Cluster, Edge, Finding, Structure


def current_clusters(index: Index) -> list[Cluster]:
    """The published clusters under the marks of now, cleared ones included, in published order."""
    marks = index.marks()
    return [c.under(marks) for c in index.findings("cluster") if isinstance(c, Cluster)]


def current_structures(index: Index) -> list[Structure]:
    """The published pairs, stars and chains under the marks of now, as `current_clusters`."""
    marks = index.marks()
    return [s.under(marks) for s in index.findings("structure") if isinstance(s, Structure)]


def published_pairs(index: Index) -> list[Edge]:
    """The published pairs of accounts: those inside clusters, then the ties of structures.

    A chain goes with any of its accounts that is erased: what ties are left of it are of nothing.
    """
    known = {structure.id for structure in index.findings("structure")}
    ties = [tie for tie in index.findings("tie") if isinstance(tie, Edge) and tie.cluster in known]
    return [*(edge for edge in index.findings("edge") if isinstance(edge, Edge)), *ties]


def flagged_accounts(
    index: Index, found: Callable[[str], Iterable[Finding]] | None = None
) -> dict[str, str]:
    """The accounts that count as coordinated -> the id of their flagged cluster or structure.

    Members of groups, pairs, stars and chains alike; those of explained and cleared ones do not
    count. The one answer for all who leave such accounts out or count what they did.

    Args:
        index: where marks are, and what is published.
        found: kind -> findings in place of the published ones: `index.analysis.Analysis.found`.
    """
    read, marks = found or index.findings, index.marks()
    return flagged_members(
        finding.under(marks)
        for kind in ("cluster", "structure")
        for finding in read(kind)
        if isinstance(finding, Cluster)
    )


def flagged_members(current: Iterable[Cluster]) -> dict[str, str]:
    """Account -> id of what it is flagged in, of clusters and structures as they stand now."""
    return {
        member.id: cluster.id
        for cluster in current
        if cluster.status == "flagged"
        for member in cluster.accounts
    }
