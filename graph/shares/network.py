"""The network of groups and pairs, and its file for Gephi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.exports.network import colour_of
from tocsin.core.findings import Cluster, Edge, Finding, Structure, Tie
from tocsin.core.text import clean

if TYPE_CHECKING:
    import networkx as nx

    from graph.coordination.engine import CoordinationResult

_SCALE = 1000.0


def network_of(result: CoordinationResult, about: dict[str, Any]) -> nx.Graph:
    """The same attributes as ``tocsin export gexf`` gives (docs/exports.md)."""
    import networkx as nx

    graph = nx.Graph(name="tocsin")
    graph.graph["method"] = f"{about['method']['name']} {about['method']['version']}"
    graph.graph["parameters"] = clean(str(about["method"]["parameters"]))
    graph.graph["tocsin_version"] = about["tested"]["tocsin_version"] or ""
    graph.graph["input_sha256"] = about["tested"]["input_sha256"] or ""
    graph.graph["caveats"] = clean("; ".join(str(caveat) for caveat in about["caveats"]))
    found = result.findings()
    for cluster in (finding for finding in found if isinstance(finding, Cluster)):
        for member in cluster.accounts:
            graph.add_node(
                clean(member.id), label=clean(member.id),
                **_place(cluster, cluster.id), shape=getattr(cluster, "shape", "group"),
                status=cluster.status, degree=float(member.degree), posts=int(member.posts),
                x=_SCALE * float(member.x), y=_SCALE * float(member.y),
                color=colour_of(cluster.id),
            )  # fmt: skip
    for edge in (finding for finding in found if isinstance(finding, Edge)):
        for account in (edge.a, edge.b):
            if clean(account) not in graph:
                graph.add_node(
                    clean(account), label=clean(account), **_place(edge, edge.cluster), shape="",
                    status="", degree=0.0, posts=0, x=0.0, y=0.0, color="#808080",
                )  # fmt: skip
        attributes: dict[str, Any] = {
            "weight": float(edge.weight),
            "found_in": "structure" if isinstance(edge, Tie) else "group",
            **_place(edge, edge.cluster),
            "objects": sum(edge.signals.values()),
            "signals": ", ".join(f"{name} {n}" for name, n in sorted(edge.signals.items())),
        }
        for name in ("p_value", "q_value"):
            if (value := getattr(edge, name)) is not None:
                attributes[name] = float(value)
        graph.add_edge(clean(edge.a), clean(edge.b), **attributes)
    return graph


def _place(found: Finding, name: str | None) -> dict[str, str]:
    """What a node or edge belongs to: a group, or a pair, star or chain."""
    apart = isinstance(found, (Structure, Tie))
    return {"cluster": "" if apart else name or "", "structure": name or "" if apart else ""}
