"""The network of the published clusters as a networkx graph, and its files for Gephi and other programs.

Nodes are accounts as the privacy settings show them; edges are the pairs that acted together beyond
chance, with their signals, weight, p- and q-value. Positions, sizes and colours are those of the
dashboard's map: members' own x and y, size by degree of coordination, one colour a cluster.
"""

from __future__ import annotations

import colorsys
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.privacy import pseudonyms
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Edge, Tested, rfc3339
from tocsin.core.text import clean

if TYPE_CHECKING:
    import networkx as nx

    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

_SCALE = 1000.0
"""Gephi's canvas is measured in some thousands; positions of members lie around the unit square."""


def network(index: Index, people: Pseudonyms) -> nx.Graph:
    """The graph of the published clusters and edges.

    Node attributes: ``label cluster status degree posts x y color``; edge attributes: ``weight cluster
    signals objects p_value q_value evidence`` and one count a signal (``signal_link``...). Graph
    attributes: ``method data_as_of`` (no run: the same data gives the same bytes). All text is free of control characters.

    Raises:
        ConfigError: there is no analysis yet.
    """
    import networkx as nx

    if index.generation("cluster") is None:
        raise ConfigError("there is no network yet; run `tocsin analyse` first")
    tested = next((t for t in index.findings("tested") if isinstance(t, Tested)), None)
    graph = nx.Graph(name="tocsin")
    if tested is not None:
        graph.graph["method"] = f"{tested.method.name} {tested.method.version}"
        graph.graph["data_as_of"] = rfc3339(tested.data_as_of) if tested.data_as_of else ""
    for cluster in (c for c in index.findings("cluster") if isinstance(c, Cluster)):
        for member in cluster.accounts:
            graph.add_node(
                clean(people.account(member.id)), label=clean(people.handle(member.handle, member.id) or people.account(member.id)),
                cluster=cluster.id, status=cluster.status, degree=float(member.degree), posts=int(member.posts),
                x=_SCALE * float(member.x), y=_SCALE * float(member.y), color=_colour(cluster.id),
            )  # fmt: skip
    for edge in (e for e in index.findings("edge") if isinstance(e, Edge)):
        ends = [clean(people.account(account)) for account in (edge.a, edge.b)]
        for end in ends:
            if end not in graph:
                graph.add_node(
                    end,
                    label=end,
                    cluster=edge.cluster or "",
                    status="",
                    degree=0.0,
                    posts=0,
                    x=0.0,
                    y=0.0,
                    color=_colour(""),
                )
        graph.add_edge(*ends, **_edge(edge))
    return graph


def write_gexf(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """A GEXF 1.2 file with positions, sizes and colours, as Gephi opens it."""
    from networkx.readwrite.gexf import GEXFWriter

    graph = network(index, pseudonyms(workspace))
    for _, node in graph.nodes(data=True):
        red, green, blue = (int(node["color"][start : start + 2], 16) for start in (1, 3, 5))
        node["viz"] = {
            "position": {"x": node.pop("x"), "y": node.pop("y"), "z": 0.0},
            "size": 4.0 + 16.0 * node["degree"],
            "color": {"r": red, "g": green, "b": blue, "a": 1.0},
        }
        del node["color"]
    about = {key: graph.graph.pop(key, "") for key in ("method", "data_as_of")}
    writer = GEXFWriter(encoding="utf-8", prettyprint=True, version="1.2draft")
    writer.add_graph(graph)
    # the writer dates the file by its own clock; the date of the data gives the same bytes every day
    meta = writer.xml.find("meta")
    if about["data_as_of"]:
        meta.set("lastmodifieddate", about["data_as_of"][:10])
    else:
        meta.attrib.pop("lastmodifieddate", None)
    meta.find("creator").text = "Tocsin"
    for child in meta.findall("description"):
        meta.remove(child)
    description = meta.makeelement("description", {})
    description.text = "; ".join(f"{key} {value}" for key, value in about.items() if value)
    meta.append(description)
    with path.open("wb") as out:
        writer.write(out)
    return {"accounts": graph.number_of_nodes(), "edges": graph.number_of_edges()}


def write_graphml(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """A GraphML file with the same attributes."""
    import networkx as nx

    graph = network(index, pseudonyms(workspace))
    nx.write_graphml_xml(graph, str(path), encoding="utf-8", prettyprint=True)
    return {"accounts": graph.number_of_nodes(), "edges": graph.number_of_edges()}


def _edge(edge: Edge) -> dict[str, Any]:
    made: dict[str, Any] = {
        "weight": float(edge.weight), "cluster": edge.cluster or "", "objects": sum(edge.signals.values()), "evidence": len(edge.evidence),
        "signals": ", ".join(f"{name} {number}" for name, number in sorted(edge.signals.items())),
    }  # fmt: skip
    made |= {
        key: float(value)
        for key, value in (("p_value", edge.p_value), ("q_value", edge.q_value))
        if value is not None
    }
    return made | {f"signal_{name}": int(number) for name, number in sorted(edge.signals.items())}


def _colour(cluster: str) -> str:
    """A colour that belongs to a name: #rrggbb, grey for none."""
    if not cluster:
        return "#808080"
    hue = int.from_bytes(hashlib.blake2b(cluster.encode(), digest_size=2).digest(), "big") / 65536
    return "#" + "".join(
        f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, 0.45, 0.65)
    )
