"""The map of a conversation as a networkx graph, and as a GEXF file for Gephi."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from graph.exports.network import colour_of, save_gexf
from index.exports.about import names_sentence
from tocsin.core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.privacy import Pseudonyms

_SCALE = 1000.0
_ALONE = "#808080"


def write_map(document: Mapping[str, Any], people: Pseudonyms, path: Path) -> dict[str, int]:
    """Write a map (`graph.conversation.network.build_map`) with positions, sizes and colours."""
    graph = map_graph(document, people)
    save_gexf(graph, path)
    return {"accounts": graph.number_of_nodes(), "edges": graph.number_of_edges()}


def map_graph(document: Mapping[str, Any], people: Pseudonyms) -> nx.Graph:
    """The accounts and connections of a map, directed where the connections are.

    Node attributes: ``label platform community flagged posts received given neighbours degree x y
    color``; ``flagged`` names the flagged group, ``degree`` is the part of what the account most
    taken up received, 0 to 1. Edge attribute: ``weight``.
    """
    graph = nx.DiGraph() if document["directed"] else nx.Graph()
    graph.graph |= {
        "name": "tocsin",
        "names": str(names_sentence(people.enabled)),
        "method": f"{document['method']['name']} {document['method']['version']}",
        "parameters": clean(str(document["method"]["parameters"])),
        "data_as_of": document["data_as_of"] or "",
    }
    most = max((node["received"] for node in document["nodes"]), default=0) or 1
    for node in document["nodes"]:
        account, community = node["id"], node["community"]
        graph.add_node(
            _node(account, people),
            label=clean(people.handle(node["handle"], account) or people.account(account)),
            platform=clean(node["platform"]),
            community=community or 0,
            flagged=node["flagged"] or "",
            posts=node["posts"],
            received=float(node["received"]),
            given=float(node["given"]),
            neighbours=node["neighbours"],
            degree=node["received"] / most,
            x=_SCALE * node["x"],
            y=_SCALE * node["y"],
            color=colour_of(f"community {community}") if community else _ALONE,
        )
    for edge in document["edges"]:
        ends = (_node(edge["source"], people), _node(edge["target"], people))
        graph.add_edge(*ends, weight=float(edge["weight"]))
    return graph


def _node(account: str, people: Pseudonyms) -> str:
    return clean(people.account(account) if people.enabled else account)
