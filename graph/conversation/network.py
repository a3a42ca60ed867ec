"""The network of a conversation: who is on its map, where, and in which community."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.conversation.backbone import Backbone, find_backbone
from graph.conversation.interactions import KINDS, Interactions, read_interactions
from graph.conversation.layout import place_nodes
from index.analysis import lacking_of
from index.base import EVERYTHING, Window
from index.current import flagged_accounts
from index.query import And, Exists, Node, Not
from index.reading.queries import read_query
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Narrative, rfc3339
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

MOST_ACCOUNTS = 2_000
MOST_CONNECTIONS = 6_000
"""What a map holds; the rest is counted."""
SMALLEST_COMMUNITY = 3
CENTRAL = 3
"""Accounts by which a community is named."""
RESOLUTION = 1.0


@dataclass(frozen=True)
class MapRequest:
    """What a network is asked for.

    Attributes:
        by: of `graph.conversation.interactions.KINDS`.
        query: in the query language; empty means every post.
        window: of publication.
        without_flagged: leave out accounts of flagged groups, at both ends.
        accounts: how many accounts the map holds at most.
    """

    by: str = "repost"
    query: str = ""
    window: Window = EVERYTHING
    without_flagged: bool = False
    accounts: int = MOST_ACCOUNTS


def build_map(index: Index, people: Pseudonyms, asked: MapRequest, seed: int) -> dict[str, Any]:
    """The document of ``tocsin network``, with accounts under their author ids.

    The same index and question give the same document. Communities and places are of the
    connections that are on the map.

    Raises:
        ConfigError: there is no such kind of connection; as `index.reading.queries.read_query`.
        QueryError: what is asked is no query.
    """
    if asked.by not in KINDS:
        raise ConfigError(Message("conversation.no_kind", {"given": asked.by}))
    query: Node | str = read_query(asked.query, index, people) if asked.query.strip() else ""
    owner = people.directory.owner if asked.by in ("mention", "repost") else str
    connections = read_interactions(index, asked.by, owner, query=query, window=asked.window)
    flagged = flagged_accounts(index)
    if asked.without_flagged:
        connections = connections.without(flagged)
    shown = _Shown.of(connections, asked.accounts)
    groups = _find_communities(shown, seed)
    places = place_nodes(shown.ends, shown.weights, groups)
    community = {k: n for n, members in enumerate(groups) for k in members}
    named = sum(len(group) >= SMALLEST_COMMUNITY for group in groups)
    figures = _figures(connections, shown.names)
    nodes = [
        {
            "id": name,
            "handle": connections.handles.get(name),
            **figures[name],
            "community": community[k] + 1 if community[k] < named else None,
            "flagged": flagged.get(name),
            "x": float(places[k, 0]),
            "y": float(places[k, 1]),
        }
        for k, name in enumerate(shown.names)
    ]
    communities = []
    if named:  # what narratives hold is read for those alone who may tell one
        communities = _describe(groups[:named], shown, nodes, _stories(index, connections))
    stats = index.stats()
    posts = index.count(query, window=asked.window)
    return {
        "by": asked.by,
        "directed": connections.directed,
        "query": asked.query,
        "since": rfc3339(asked.window.since) if asked.window.since else None,
        "until": rfc3339(asked.window.until) if asked.window.until else None,
        "without_coordinated": asked.without_flagged,
        "data_as_of": rfc3339(stats.newest_at) if stats.newest_at else None,
        "method": _method(asked, seed, shown.backbone.alpha),
        "posts": posts,
        "accounts": len(shown.all_names),
        "connections": shown.all_connections,
        "weight": float(connections.rows["weight"].sum()),
        "unresolved": connections.unresolved,
        "by_name": connections.by_name,
        "caveats": _lacking_authors(index, query, asked.window, posts),
        "hidden": {
            "accounts": len(shown.all_names) - len(shown.names),
            "connections": shown.all_connections - len(shown.ends),
        },
        "communities": communities,
        "nodes": nodes,
        "edges": _directed(connections, shown),
    }


def _lacking_authors(index: Index, query: Node | str, window: Window, posts: int) -> list[Message]:
    """How many of the posts that were asked for have no author, as `index.analysis.lacking`."""
    nobody: Node = Not(Exists("author"))
    if not isinstance(query, str):
        nobody = And((query, nobody))
    said = lacking_of("author", index.count(nobody, window=window), posts)
    return [] if said is None else [said]


@dataclass(frozen=True)
class _Shown:
    """What is on the map. ``ends`` has each connection once, whatever its direction."""

    all_names: Sequence[str]
    all_connections: int
    names: list[str]
    ends: NDArray[np.int64]
    weights: NDArray[np.float64]
    backbone: Backbone

    @classmethod
    def of(cls, connections: Interactions, most: int) -> _Shown:
        """The backbone of the connections; names are sorted."""
        first, second = pl.min_horizontal("source", "target"), pl.max_horizontal("source", "target")
        joined = (
            connections.rows.group_by(a=first, b=second).agg(pl.col("weight").sum()).sort("a", "b")
        )
        names = pl.concat([joined["a"], joined["b"]]).unique().sort()
        ends = np.column_stack(
            [names.search_sorted(joined[side]).to_numpy().astype(np.int64) for side in "ab"]
        ).reshape(-1, 2)
        weights = joined["weight"].to_numpy()
        backbone = find_backbone(
            ends, weights, len(names), most_nodes=most, most_edges=max(MOST_CONNECTIONS, most)
        )
        place = np.full(len(names), -1, dtype=np.int64)
        place[backbone.nodes] = np.arange(len(backbone.nodes))
        return cls(
            names.to_list(),
            len(ends),
            names.gather(backbone.nodes).to_list(),
            place[ends[backbone.edges]],
            weights[backbone.edges],
            backbone,
        )


def _find_communities(shown: _Shown, seed: int) -> list[list[int]]:
    """Positions of the accounts of each community (Louvain, Blondel et al. 2008): the largest
    first, within each the strongest first."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(shown.names)))
    graph.add_weighted_edges_from(
        (int(a), int(b), float(w)) for (a, b), w in zip(shown.ends, shown.weights, strict=True)
    )
    found = nx.community.louvain_communities(graph, resolution=RESOLUTION, seed=seed)
    strength = np.bincount(
        shown.ends.ravel(), weights=np.repeat(shown.weights, 2), minlength=len(shown.names)
    )
    groups = [sorted(group, key=lambda k: (-strength[k], k)) for group in found]
    return sorted(groups, key=lambda group: (-len(group), min(group)))


def _figures(connections: Interactions, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Account -> its figures over all connections, those that are not on the map included."""
    both = pl.concat([
        connections.rows.select(one="source", other="target"),
        connections.rows.select(one="target", other="source"),
    ])  # fmt: skip
    near = dict(both.group_by("one").agg(pl.col("other").n_unique()).rows())
    given = dict(connections.rows.group_by("source").agg(pl.col("weight").sum()).rows())
    received = dict(connections.rows.group_by("target").agg(pl.col("weight").sum()).rows())
    posts = dict(connections.posts.group_by("author").len().rows())
    if not connections.directed:  # a pair has no direction: what it weighs counts at both ends
        total = {name: given.get(name, 0.0) + received.get(name, 0.0) for name in names}
        given = received = total
    return {
        name: {
            "platform": name.partition(":")[0],
            "posts": int(posts.get(name, 0)),
            "received": round(float(received.get(name, 0.0)), 4),
            "given": round(float(given.get(name, 0.0)), 4),
            "neighbours": int(near.get(name, 0)),
        }
        for name in names
    }


def _directed(connections: Interactions, shown: _Shown) -> list[dict[str, Any]]:
    """The connections on the map with their directions, by falling weight."""
    names = np.array(shown.names, dtype=object)
    on_map = pl.DataFrame(
        {
            "a": names[shown.ends[:, 0]].tolist() if len(shown.ends) else [],
            "b": names[shown.ends[:, 1]].tolist() if len(shown.ends) else [],
        },
        schema={"a": pl.String, "b": pl.String},
    )
    rows = connections.rows.with_columns(
        a=pl.min_horizontal("source", "target"), b=pl.max_horizontal("source", "target")
    ).join(on_map, on=["a", "b"], how="semi")
    rows = rows.sort("weight", "source", "target", descending=[True, False, False])
    return rows.select("source", "target", pl.col("weight").round(4)).to_dicts()


def _stories(index: Index, connections: Interactions) -> pl.DataFrame:
    """``author, narrative, posts``: how many posts of each account tell which narrative."""
    told = [
        (post, narrative.id)
        for narrative in index.findings(Narrative.kind)
        if isinstance(narrative, Narrative)
        for post in narrative.members
    ]
    frame = pl.DataFrame(told, schema={"id": pl.String, "narrative": pl.String}, orient="row")
    joined = frame.join(connections.posts, on="id", how="inner")
    return joined.group_by("author", "narrative").agg(posts=pl.len())


def _describe(
    groups: Sequence[Sequence[int]],
    shown: _Shown,
    nodes: Sequence[Mapping[str, Any]],
    stories: pl.DataFrame,
) -> list[dict[str, Any]]:
    """Each community: how large, around whom, and what it tells."""
    told: dict[str, dict[str, int]] = {}
    for author, narrative, posts in stories.rows():
        told.setdefault(author, {})[narrative] = posts
    overall: dict[str, int] = {}
    for counts in told.values():
        for narrative, posts in counts.items():
            overall[narrative] = overall.get(narrative, 0) + posts
    communities = []
    for number, members in enumerate(groups, start=1):
        inside = np.isin(shown.ends, list(members))
        within = float(shown.weights[inside.all(axis=1)].sum())
        touching = float(shown.weights[inside.any(axis=1)].sum())
        communities.append(
            {
                "id": number,
                "accounts": len(members),
                "posts": sum(nodes[k]["posts"] for k in members),
                "flagged": sum(nodes[k]["flagged"] is not None for k in members),
                "inside": round(within / touching, 4) if touching else None,
                "central": [shown.names[k] for k in _central(members, nodes)],
                "narrative": _narrative([shown.names[k] for k in members], told, overall),
            }
        )
    return communities


def _central(members: Sequence[int], nodes: Sequence[Mapping[str, Any]]) -> list[int]:
    """The accounts that others of the conversation take up most; all connections count."""
    ranked = sorted(members, key=lambda k: (-nodes[k]["received"], -nodes[k]["given"], k))
    return ranked[:CENTRAL]


def _narrative(
    members: Sequence[str], told: Mapping[str, Mapping[str, int]], overall: Mapping[str, int]
) -> dict[str, Any] | None:
    """What they tell most beyond their share of all posts: more than expected, else most."""
    own: dict[str, int] = {}
    for member in members:
        for narrative, posts in told.get(member, {}).items():
            own[narrative] = own.get(narrative, 0) + posts
    if not own:
        return None
    share = sum(own.values()) / sum(overall.values())
    best = max(
        sorted(own), key=lambda name: (round(own[name] - share * overall[name], 6), own[name])
    )
    return {"id": best, "posts": own[best]}


def _method(asked: MapRequest, seed: int, alpha: float | None) -> dict[str, Any]:
    return {
        "name": "conversation-network",
        "version": "1",
        "parameters": {
            "backbone": "disparity filter (Serrano et al. 2009)",
            "alpha": None if alpha is None else round(alpha, 6),
            "most_accounts": asked.accounts,
            "most_connections": max(MOST_CONNECTIONS, asked.accounts),
            "communities": "Louvain",
            "resolution": RESOLUTION,
            "seed": seed,
            "layout": "ForceAtlas2",
        },
    }
