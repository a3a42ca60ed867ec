"""Analysts' marks as labels: what they say of the precision of the flags, and rows to export."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tocsin.core.findings import Cluster, Finding


def measured_precision(
    clusters: Sequence[Finding], marks: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """How many of the judged clusters were rightly flagged, with a 95 % Wilson (1927) interval.

    A mark of a cluster goes first; else a cluster is judged by the marks of its accounts, where more
    than half of the marked ones agree. Marks of clusters that are no longer found count too.
    Unsure does not count.
    """
    known = {c.id: c for c in clusters if isinstance(c, Cluster)}
    judged: dict[str, str] = {}
    members = {m.id for c in known.values() for m in c.accounts}
    for subject, row in sorted(marks.items()):
        if (
            row.get("mark") in ("benign", "suspect")
            and subject not in members
            and (subject in known or ":" not in subject)
        ):
            judged[subject] = str(row["mark"])
    for name, cluster in sorted(known.items()):
        said = [
            marks[m.id]["mark"]
            for m in cluster.accounts
            if marks.get(m.id, {}).get("mark") in ("benign", "suspect")
        ]
        if (
            name not in judged
            and said
            and max(said.count("benign"), said.count("suspect")) * 2 > len(said)
        ):
            judged[name] = max(("benign", "suspect"), key=said.count)
    right, total = sum(m == "suspect" for m in judged.values()), len(judged)
    return {
        "judged": total, "suspect": right, "benign": total - right, "precision": round(right / total, 4) if total else None,
        "interval": wilson(right, total),
    }  # fmt: skip


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share; (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    z, p = 1.959964, right / total
    middle, half = (
        p + z * z / (2 * total),
        z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)),
    )
    return round((middle - half) / (1 + z * z / total), 4), round(
        (middle + half) / (1 + z * z / total), 4
    )


def label_rows(
    clusters: Sequence[Finding], marks: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """One row a marked cluster or account, with what the engine had said of it: for training and audits."""
    homes = {m.id: c for c in clusters if isinstance(c, Cluster) for m in c.accounts}
    known = {c.id: c for c in clusters if isinstance(c, Cluster)}
    for subject, row in sorted(marks.items()):
        cluster = known.get(subject) or homes.get(subject)
        yield {
            "subject": subject, "kind": "account" if subject in homes or ":" in subject else "cluster", "mark": row.get("mark"),
            "note": row.get("note", ""), "made_at": row.get("made_at"), "cluster": cluster.id if cluster else None,
            "status": cluster.status if cluster else None, "q_value": cluster.q_value if cluster else None,
            "signals": list(cluster.signals) if cluster else [],
        }  # fmt: skip
