"""What was found as tables: groups, members, pairs, evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tocsin.core.findings import Cluster, Edge
from tocsin.core.shared_objects import evidence_why

if TYPE_CHECKING:
    from graph.coordination.engine import CoordinationResult
    from tocsin.core.findings import Evidence

_TIME = pl.Datetime("ms", "UTC")
GROUPS: dict[str, Any] = {
    "group": pl.String, "shape": pl.String, "status": pl.String, "accounts": pl.Int64,
    "posts": pl.Int64, "signals": pl.List(pl.String), "objects": pl.Int64,
    "q_value": pl.Float64, "p_value": pl.Float64, "first_at": _TIME, "last_at": _TIME,
    "because": pl.String, "explained_by": pl.List(pl.String),
}  # fmt: skip
MEMBERS: dict[str, Any] = {
    "group": pl.String, "status": pl.String, "account": pl.String, "degree": pl.Float64,
    "posts": pl.Int64, "x": pl.Float64, "y": pl.Float64,
}  # fmt: skip
PAIRS: dict[str, Any] = {
    "group": pl.String, "a": pl.String, "b": pl.String, "weight": pl.Float64,
    "p_value": pl.Float64, "q_value": pl.Float64, "signals": pl.List(pl.String),
    "objects": pl.Int64,
}  # fmt: skip
EVIDENCE: dict[str, Any] = {
    "group": pl.String, "a": pl.String, "b": pl.String, "signal": pl.String,
    "object": pl.String, "posts": pl.List(pl.String), "accounts": pl.List(pl.String),
    "seconds_apart": pl.Float64, "step_seconds": pl.Float64, "why": pl.String,
}  # fmt: skip


def tables_of(result: CoordinationResult) -> dict[str, pl.DataFrame]:
    """The tables by name: ``groups members pairs evidence``, in the order of the findings."""
    groups, members, pairs, evidence = [], [], [], []
    found = result.findings()
    for cluster in (finding for finding in found if isinstance(finding, Cluster)):
        explained = [e.kind for e in cluster.innocent_explanations if e.fits]
        groups.append({
            "group": cluster.id, "shape": getattr(cluster, "shape", "group"),
            "status": cluster.status, "accounts": len(cluster.accounts),
            "posts": cluster.posts, "signals": list(cluster.signals),
            "objects": sum(cluster.objects.values()), "q_value": cluster.q_value,
            "p_value": cluster.p_value, "first_at": cluster.first_at,
            "last_at": cluster.last_at, "because": str(cluster.because or ""),
            "explained_by": explained,
        })  # fmt: skip
        members += [
            {
                "group": cluster.id, "status": cluster.status, "account": member.id,
                "degree": member.degree, "posts": member.posts, "x": member.x, "y": member.y,
            }
            for member in cluster.accounts
        ]  # fmt: skip
    for edge in (finding for finding in found if isinstance(finding, Edge)):
        ends = {"group": edge.cluster, "a": edge.a, "b": edge.b}
        pairs.append(ends | {
            "weight": edge.weight, "p_value": edge.p_value, "q_value": edge.q_value,
            "signals": sorted(edge.signals), "objects": sum(edge.signals.values()),
        })  # fmt: skip
        evidence += [ends | _evidence(row, result) for row in edge.evidence]
    return {
        "groups": pl.DataFrame(groups, schema=GROUPS),
        "members": pl.DataFrame(members, schema=MEMBERS),
        "pairs": pl.DataFrame(pairs, schema=PAIRS),
        "evidence": pl.DataFrame(evidence, schema=EVIDENCE),
    }


def _evidence(row: Evidence, result: CoordinationResult) -> dict[str, Any]:
    return {
        "signal": row.signal, "object": row.object, "posts": list(row.posts),
        "accounts": list(row.accounts), "seconds_apart": row.seconds_apart,
        "step_seconds": row.step_seconds,
        "why": str(evidence_why(row, result.tested)),
    }  # fmt: skip
