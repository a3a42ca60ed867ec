"""The network of the published groups as a networkx graph, and its files for Gephi and others.

Pairs, stars and chains stand in it beside the groups. Nodes are accounts as the privacy settings
show them; edges are the pairs that acted together beyond chance, with their signals, weight, p- and
q-value. Positions, sizes and colours are those of the
dashboard's map: members' own x and y, size by degree of coordination, one colour for each group.
"""

from __future__ import annotations

import colorsys
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.exports.phrases import parameters
from index.current import published_pairs
from index.exports.about import names_sentence
from index.privacy import pseudonyms
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Edge, Following, Member, Structure, Tested, Tie, rfc3339
from tocsin.core.messages import Message
from tocsin.core.shared_objects import describe_signal
from tocsin.core.text import clean

if TYPE_CHECKING:
    import networkx as nx

    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

_SCALE = 1000.0
"""Gephi's canvas is measured in some thousands; positions of members lie around the unit square."""
ABOUT = (
    "names",
    "method",
    "parameters",
    "tocsin_version",
    "input_sha256",
    "data_as_of",
    "signals",
    "caveats",
)
"""What the file says of itself."""
_NO_COLOUR = "#808080"
_SMALLEST_NODE, _NODE_RANGE = 4.0, 16.0


def build_network(index: Index, account_names: Pseudonyms) -> nx.Graph:
    """The graph of the published groups and edges, under the marks of now.

    Nodes are named by pseudonym, or by ``platform:id``: one name on two platforms is two accounts.
    Node attributes: ``label platform cluster structure shape status degree posts x y color``; edge
    attributes: ``found_in`` (group or structure) ``weight cluster structure signals objects p_value
    q_value evidence`` and one count for each signal (``signal_link``...), and in a structure, where
    it is clear who acts after whom, ``leader`` and ``median_seconds``. Graph attributes: those of
    `ABOUT` (no run: the same data gives the same bytes); ``names`` says whether accounts have
    pseudonyms, ``caveats`` what was not tested, ``signals`` what the names of signals mean. All
    text is free of control characters.

    Raises:
        ConfigError: there is no analysis yet.
    """
    import networkx as nx

    if index.generation("cluster") is None:
        raise ConfigError(Message("network.no_analysis"))
    graph = nx.Graph(name="tocsin")
    graph.graph["names"] = str(names_sentence(account_names.enabled))
    edges = published_pairs(index)
    tested = next((t for t in index.findings("tested") if isinstance(t, Tested)), None)
    if tested is not None:
        graph.graph["method"] = f"{tested.method.name} {tested.method.version}"
        graph.graph["parameters"] = clean(account_names.text(parameters(tested.method)))
        graph.graph["tocsin_version"] = tested.tocsin_version
        graph.graph["input_sha256"] = tested.input_sha256
        graph.graph["data_as_of"] = rfc3339(tested.data_as_of) if tested.data_as_of else ""
        if tested.caveats:
            caveats = "; ".join(str(caveat) for caveat in tested.caveats)
            graph.graph["caveats"] = clean(account_names.text(caveats))
        if tested.described:
            graph.graph["signals"] = _signal_labels(tested, edges)
    marks = index.marks()
    following: dict[frozenset[str], Following] = {}
    for published in (*index.findings("cluster"), *index.findings("structure")):
        if isinstance(published, Cluster):
            _add_members(graph, published, published.under(marks), account_names)
        if isinstance(published, Structure):
            following |= {frozenset((f.leader, f.follower)): f for f in published.following}
    for edge in edges:
        _add_edge(graph, edge, account_names)
        pair = following.get(frozenset((edge.a, edge.b))) if isinstance(edge, Tie) else None
        if pair is not None:
            ends = graph.edges[_node(edge.a, account_names), _node(edge.b, account_names)]
            ends["leader"] = _node(pair.leader, account_names)
            ends["median_seconds"] = float(pair.seconds)
    return graph


def write_gexf(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """A GEXF 1.2 file with positions, sizes and colours, as Gephi opens it."""
    graph = build_network(index, pseudonyms(workspace, index))
    save_gexf(graph, path)
    return {"accounts": graph.number_of_nodes(), "edges": graph.number_of_edges()}


def save_gexf(graph: nx.Graph, path: Path) -> None:
    """Write a graph of nodes with x, y, color and degree; its attributes are those of `ABOUT`."""
    from networkx.readwrite.gexf import GEXFWriter

    graph = graph.copy()
    for _, node in graph.nodes(data=True):
        colour = node.pop("color")
        red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
        node["viz"] = {
            "position": {"x": node.pop("x"), "y": node.pop("y"), "z": 0.0},
            "size": _SMALLEST_NODE + _NODE_RANGE * node["degree"],
            "color": {"r": red, "g": green, "b": blue, "a": 1.0},
        }
    about = {key: graph.graph.pop(key, "") for key in ABOUT}
    writer = GEXFWriter(encoding="utf-8", prettyprint=True, version="1.2draft")
    writer.add_graph(graph)
    _describe(writer.xml.find("meta"), about)
    with path.open("wb") as out:
        writer.write(out)


def write_graphml(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """A GraphML file with the same attributes."""
    import networkx as nx

    graph = build_network(index, pseudonyms(workspace, index))
    # the writer of lxml keeps carriage returns in text, the other does not
    nx.write_graphml_lxml(graph, str(path), encoding="utf-8", prettyprint=True)
    return {"accounts": graph.number_of_nodes(), "edges": graph.number_of_edges()}


def _describe(meta: Any, about: dict[str, str]) -> None:
    """Say in the file's head what it is from.

    The writer dates the file by its own clock; the date of the data gives the same bytes every day.
    """
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


def _signal_labels(tested: Tested, edges: list[Edge]) -> str:
    """What the signals of these edges mean: ``link (linked the same pages), ...``."""
    names = sorted({name for edge in edges for name in edge.signals})
    labels = (f"{name} ({describe_signal(tested, name).label})" for name in names)
    return clean(", ".join(labels))


def _add_members(
    graph: nx.Graph, published: Cluster, current: Cluster, account_names: Pseudonyms
) -> None:
    """The accounts of a group; those that an analyst cleared since are cleared."""
    kept = {member.id for member in current.accounts}
    is_structure = isinstance(published, Structure)
    for member in published.accounts:
        status = current.status if member.id in kept else "cleared"
        graph.add_node(
            _node(member.id, account_names),
            label=_label(member, account_names),
            platform=_platform(member.id),
            cluster="" if is_structure else published.id,
            structure=published.id if is_structure else "",
            shape=published.shape if isinstance(published, Structure) else "group",
            status=status,
            degree=float(member.degree),
            posts=int(member.posts),
            x=_SCALE * float(member.x),
            y=_SCALE * float(member.y),
            color=colour_of(published.id),
        )


def _add_edge(graph: nx.Graph, edge: Edge, account_names: Pseudonyms) -> None:
    ends = {account: _node(account, account_names) for account in (edge.a, edge.b)}
    for account, end in ends.items():
        if end not in graph:
            graph.add_node(
                end,
                label=clean(account_names.account(account)),
                platform=_platform(account),
                cluster="" if isinstance(edge, Tie) else edge.cluster or "",
                structure=edge.cluster or "" if isinstance(edge, Tie) else "",
                shape="",
                status="",
                degree=0.0,
                posts=0,
                x=0.0,
                y=0.0,
                color=_NO_COLOUR,
            )
    graph.add_edge(*ends.values(), **_edge_attributes(edge))


def _node(account: str, account_names: Pseudonyms) -> str:
    """The id of an account's node: its pseudonym, or its id with the platform that it is of."""
    return clean(account_names.account(account) if account_names.enabled else account)


def _platform(account: str) -> str:
    return clean(account.partition(":")[0])


def _label(member: Member, account_names: Pseudonyms) -> str:
    return clean(account_names.handle(member.handle, member.id) or account_names.account(member.id))


def _edge_attributes(edge: Edge) -> dict[str, Any]:
    counts = sorted(edge.signals.items())
    attributes: dict[str, Any] = {
        "weight": float(edge.weight),
        "found_in": "structure" if isinstance(edge, Tie) else "group",
        "cluster": "" if isinstance(edge, Tie) else edge.cluster or "",
        "structure": edge.cluster or "" if isinstance(edge, Tie) else "",
        "objects": sum(edge.signals.values()),
        "evidence": len(edge.evidence),
        "signals": ", ".join(f"{name} {number}" for name, number in counts),
    }
    if edge.p_value is not None:
        attributes["p_value"] = float(edge.p_value)
    if edge.q_value is not None:
        attributes["q_value"] = float(edge.q_value)
    return attributes | {f"signal_{name}": int(number) for name, number in counts}


def colour_of(cluster: str) -> str:
    """A colour that belongs to a name: #rrggbb."""
    digest = hashlib.blake2b(cluster.encode(), digest_size=2).digest()
    hue = int.from_bytes(digest, "big") / 65536
    channels = colorsys.hls_to_rgb(hue, 0.45, 0.65)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)
