"""Analysts' marks as labels: what they say of the precision of the flags, and rows to export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tocsin.core.calibration.intervals import wilson_interval
from tocsin.core.findings import Cluster, Finding, Structure

Marks = Mapping[str, Mapping[str, Any]]
_JUDGEMENTS = frozenset({"benign", "suspect"})


def measured_precision(clusters: Iterable[Finding], marks: Marks) -> dict[str, Any]:
    """How many of the judged flags were right, with a 95 % Wilson (1927) interval.

    A flag is a cluster that the engine flags now, and counts once however many accounts it has;
    what it explained was not flagged, so that a mark of such a cluster says nothing of the flags.
    The mark of a cluster takes precedence; else it is judged by the marks of its accounts, where
    more than half of the marked ones agree. Unsure does not count. Nor do marks of clusters that
    are no longer found, since nothing tells whether they were flagged: ``not_found`` says how many.
    """
    known = {c.subject: c for c in clusters if isinstance(c, Cluster)}
    judged: dict[str, str] = {}
    for cluster in known.values():
        judgement = _judgement(cluster, marks)
        if cluster.engine_status == "flagged" and judgement:
            judged[cluster.subject] = judgement
    right, total = sum(mark == "suspect" for mark in judged.values()), len(judged)
    return {
        "judged": total,
        "suspect": right,
        "benign": total - right,
        "precision": round(right / total, 4) if total else None,
        "interval": wilson_interval(right, total),
        "not_found": _not_found(known, marks),
    }


def _not_found(known: Mapping[str, Cluster], marks: Marks) -> int:
    """How many judged clusters are no longer found; an account has a colon in its id."""
    members = {member.id for cluster in known.values() for member in cluster.accounts}
    return sum(
        row.get("mark") in _JUDGEMENTS
        and subject not in known
        and subject not in members
        and ":" not in subject
        for subject, row in marks.items()
    )


def _judgement(cluster: Cluster, marks: Marks) -> str | None:
    """What analysts said of a cluster, else of most of its marked accounts."""
    mark = marks.get(cluster.subject, {}).get("mark")
    if mark in _JUDGEMENTS:
        return str(mark)
    of_accounts = [marks.get(member.id, {}).get("mark") for member in cluster.accounts]
    votes = Counter(str(vote) for vote in of_accounts if vote in _JUDGEMENTS)
    if not votes:
        return None
    judgement, number = votes.most_common(1)[0]
    return judgement if number * 2 > votes.total() else None


def label_rows(clusters: Iterable[Finding], marks: Marks) -> Iterator[dict[str, Any]]:
    """One row a marked cluster or account, with the engine's verdict: for training and audits."""
    known = {c.subject: c for c in clusters if isinstance(c, Cluster)}
    cluster_of = {m.id: cluster for cluster in known.values() for m in cluster.accounts}
    for subject, row in sorted(marks.items()):
        cluster = known.get(subject) or cluster_of.get(subject)
        is_account = subject in cluster_of or ":" in subject
        yield {
            "subject": subject,
            "kind": "account" if is_account else "cluster",
            "mark": row.get("mark"),
            "note": row.get("note", ""),
            "made_at": row.get("made_at"),
            "cluster": cluster.id if cluster else None,
            "shape": _shape(cluster) if cluster else None,
            "status": cluster.engine_status if cluster else None,
            "q_value": cluster.q_value if cluster else None,
            "signals": list(cluster.signals) if cluster else [],
        }


def _shape(cluster: Cluster) -> str:
    return cluster.shape if isinstance(cluster, Structure) else "group"
