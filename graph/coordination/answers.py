"""What ``tocsin clusters`` answers: docs/command_line.md holds the shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Edge, Evidence, Tested, rfc3339

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms


def answer(
    index: Index, shown: Pseudonyms, cluster_id: str | None = None, *, with_edges: bool = False
) -> dict[str, Any]:
    """The published clusters, or one of them, accounts as `index.privacy` shows them.

    Raises:
        ConfigError: there is no analysis yet, or no cluster of that id.
    """
    tested = tested_of(index)
    found = [c for c in index.findings("cluster") if isinstance(c, Cluster)]
    if cluster_id is not None:
        found = [c for c in found if c.id == cluster_id]
        if not found:
            raise ConfigError(f"there is no cluster {cluster_id}; `tocsin clusters` lists them")
    marks = index.marks()
    document: dict[str, Any] = {
        "run_id": index.generation("cluster"),
        "method": {
            "name": tested.method.name,
            "version": tested.method.version,
            "parameters": dict(tested.method.parameters),
        },
        "data_as_of": rfc3339(tested.data_as_of) if tested.data_as_of else None,
        "tested": {
            "accounts": tested.accounts,
            "pairs": tested.pairs,
            "windows": list(tested.windows),
            "signals": list(tested.signals),
        },
        "expected_false_accounts": tested.expected_false_accounts,
        "caveats": list(tested.caveats),
        "clusters": [_cluster(c, shown, marks) for c in found],
    }
    if with_edges:
        wanted = {c.id for c in found}
        edges = [e for e in index.findings("edge") if isinstance(e, Edge) and e.cluster in wanted]
        times = _times(index, edges)
        for cluster in document["clusters"]:
            cluster["edges"] = [_edge(e, shown, times) for e in edges if e.cluster == cluster["id"]]
    return document


def tested_of(index: Index) -> Tested:
    """What the published analysis tested.

    Raises:
        ConfigError: there is no analysis yet.
    """
    tested = next((t for t in index.findings("tested") if isinstance(t, Tested)), None)
    if tested is None:
        raise ConfigError("there are no clusters yet; run `tocsin analyse` first")
    return tested


def status_of(cluster: Cluster, mark: str | None) -> str:
    """The status with the mark that it has now: a mark counts from the moment it is made, not only from the next analysis."""
    if mark == "benign":
        return "cleared"
    if cluster.status != "cleared":
        return cluster.status
    return "explained" if any(e.fits for e in cluster.innocent_explanations) else "flagged"


def _cluster(
    cluster: Cluster, shown: Pseudonyms, marks: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    mark = marks.get(cluster.id, {}).get("mark")
    return {
        "id": cluster.id,
        "status": status_of(cluster, mark),
        "mark": mark,
        "accounts": [
            {
                "id": shown.account(m.id), "handle": shown.handle(m.handle, m.id), "degree": m.degree, "posts": m.posts, "x": m.x, "y": m.y,
                "mark": marks.get(m.id, {}).get("mark"),
            }
            for m in cluster.accounts
        ],
        "signals": list(cluster.signals),
        "p_value": cluster.p_value,
        "q_value": cluster.q_value,
        "first_at": rfc3339(cluster.first_at) if cluster.first_at else None,
        "last_at": rfc3339(cluster.last_at) if cluster.last_at else None,
        "posts": cluster.posts,
        "because": cluster.because,
        "innocent_explanations": [
            {"kind": e.kind, "fits": e.fits, "fit": e.fit, "because": e.because, "refuted_by": e.refuted_by}
            for e in cluster.innocent_explanations
        ],
        "evidence": [_evidence(e) for e in cluster.evidence],
        "caveats": list(cluster.caveats),
    }  # fmt: skip


def _evidence(row: Evidence) -> dict[str, Any]:
    shared = row.object if row.signal in ("link", "synchrony") else native_id(row.object)
    return {
        "signal": row.signal,
        "object": shared,
        "posts": [native_id(p) for p in row.posts],
        "seconds_apart": row.seconds_apart,
    }


def _edge(edge: Edge, shown: Pseudonyms, times: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "a": shown.account(edge.a),
        "b": shown.account(edge.b),
        "signals": dict(edge.signals),
        "weight": edge.weight,
        "p_value": edge.p_value,
        "q_value": edge.q_value,
        "evidence": [
            _evidence(e) | {"published_at": [times.get(p) for p in e.posts]} for e in edge.evidence
        ],
    }


def _times(index: Index, edges: list[Edge]) -> dict[str, str | None]:
    ids = sorted({p for edge in edges for row in edge.evidence for p in row.posts})
    out: dict[str, str | None] = {}
    for start in range(0, len(ids), 1_000):
        for document in index.get(ids[start : start + 1_000]):
            if document is not None:
                out[document.id] = rfc3339(document.published_at) if document.published_at else None
    return out
