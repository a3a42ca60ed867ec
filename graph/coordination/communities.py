"""Clusters: the backbone of significant pairs, its communities, degrees of coordination, stable names, a map.

Backbone: pairs whose q-value passes, cut to the 2-core, so that no account hangs on one coincidence.
Communities: Louvain (Blondel et al. 2008) inside components that are not already dense.
Degree of coordination: after Nizzoli et al. 2021, the highest threshold on edge weight at which the
account still is in the 2-core of its cluster.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Iterable, Mapping, Sequence

import networkx as nx
import numpy as np

DENSE = 0.5
"""Density from which a component is one community."""
RESOLUTION = 0.3
"""Of modularity: below 1, so that one operation is split only where its parts hardly meet."""
LEAST_MEMBERS = 3
SAME = 0.3
"""Part of the accounts (Jaccard) two clusters of different runs must share to bear one name."""

Pair = tuple[int, int]


def communities(
    weights: Mapping[Pair, float], seed: int, resolution: float = RESOLUTION
) -> list[list[int]]:
    """Groups of accounts from significant pairs, each sorted, in falling size.

    Args:
        weights: (a, b) with a < b -> weight above 0.
        seed: of Louvain's order of visits.
        resolution: of modularity.
    """
    graph = nx.Graph()
    graph.add_nodes_from(sorted({x for pair in weights for x in pair}))
    graph.add_weighted_edges_from((a, b, w) for (a, b), w in sorted(weights.items()))
    core = nx.k_core(graph, 2)
    found: list[list[int]] = []
    for component in nx.connected_components(core):
        part = nx.Graph()
        part.add_nodes_from(sorted(component))
        part.add_weighted_edges_from(
            sorted((min(a, b), max(a, b), w) for a, b, w in core.edges(component, data="weight"))
        )
        if nx.density(part) >= DENSE:
            found.append(sorted(component))
        else:
            split = nx.community.louvain_communities(
                part, weight="weight", resolution=resolution, seed=seed
            )
            found += _gathered(part, [sorted(c) for c in split])
    return sorted((c for c in found if len(c) >= LEAST_MEMBERS), key=lambda c: (-len(c), c))


def _gathered(graph: nx.Graph, groups: list[list[int]]) -> list[list[int]]:
    """Groups too small to stand alone go to the neighbour they are tied to most."""
    groups = sorted(groups, key=lambda c: (-len(c), c))
    home = {account: k for k, group in enumerate(groups) for account in group}
    for k, group in reversed(list(enumerate(groups))):
        if len(group) >= LEAST_MEMBERS:
            continue
        ties: dict[int, float] = {}
        for account in group:
            for other, data in sorted(graph[account].items()):
                if home[other] != k:
                    ties[home[other]] = ties.get(home[other], 0.0) + data["weight"]
        if ties:
            into = min(ties, key=lambda g: (-ties[g], g))
            for account in group:
                home[account] = into
    out: dict[int, list[int]] = {}
    for account in sorted(home):
        out.setdefault(home[account], []).append(account)
    return list(out.values())


def degrees(members: Sequence[int], weights: Mapping[Pair, float]) -> dict[int, float]:
    """Degree of coordination of each member, 0 to 1: the weighted 2-core number.

    The account whose second strongest remaining tie is weakest leaves first; its degree is the
    strongest such tie seen until then.
    """
    ties: dict[int, dict[int, float]] = {m: {} for m in members}
    for (a, b), weight in weights.items():
        if a in ties and b in ties:
            ties[a][b] = ties[b][a] = weight
    second = {m: _second(t) for m, t in ties.items()}
    queue = sorted((tie, m) for m, tie in second.items())
    level = 0.0
    out: dict[int, float] = {}
    while queue:
        tie, leaves = heapq.heappop(queue)
        if leaves in out or tie != second[leaves]:
            continue  # an older entry of an account whose ties have changed since
        level = max(level, tie)
        out[leaves] = round(min(1.0, level), 6)
        for other in ties.pop(leaves):
            del ties[other][leaves]
            second[other] = _second(ties[other])
            heapq.heappush(queue, (second[other], other))
    return out


def _second(ties: Mapping[int, float]) -> float:
    """The second strongest tie, 0 where there are fewer than two."""
    return heapq.nlargest(2, ties.values())[1] if len(ties) > 1 else 0.0


def name(members: Iterable[str]) -> str:
    """A cluster's name when it is first seen: a digest of its accounts."""
    return "c" + hashlib.blake2b("\n".join(sorted(members)).encode(), digest_size=5).hexdigest()


def stable_names(groups: Sequence[Sequence[str]], before: Mapping[str, Sequence[str]]) -> list[str]:
    """Names of groups: that of the earlier cluster they share most accounts with, else a new one.

    Args:
        groups: account ids of each cluster.
        before: name -> account ids of the clusters of earlier runs.
    """
    overlaps = []
    for k, group in enumerate(groups):
        for old, members in before.items():
            both, either = len(set(group) & set(members)), len(set(group) | set(members))
            if either and both / either >= SAME:
                overlaps.append((-both / either, old, k))
    names: dict[int, str] = {}
    for _, old, k in sorted(overlaps):
        if k not in names and old not in names.values():
            names[k] = old
    taken = set(before)
    out = []
    for k, group in enumerate(groups):
        made = names.get(k) or name(group)
        while k not in names and made in taken:
            made += "x"
        taken.add(made)
        out.append(made)
    return out


def layout(
    groups: Sequence[Sequence[int]], weights: Sequence[Mapping[Pair, float]], seed: int
) -> dict[int, tuple[float, float]]:
    """Positions for a map, from the ties inside each group: each cluster by a spring model inside its circle, circles on a sunflower spiral."""
    out: dict[int, tuple[float, float]] = {}
    area = 0.0
    for number, group in enumerate(groups):
        radius = math.sqrt(len(group))
        angle, away = number * math.pi * (3 - math.sqrt(5)), 1.6 * math.sqrt(area)
        area += (radius + 1) ** 2
        inside = {m: k for k, m in enumerate(group)}
        graph = nx.Graph()
        graph.add_nodes_from(range(len(group)))
        graph.add_weighted_edges_from(
            (inside[a], inside[b], w) for (a, b), w in sorted(weights[number].items())
        )
        rng = np.random.default_rng(seed)
        start = {k: rng.uniform(-1, 1, 2) for k in range(len(group))}
        spots = nx.spring_layout(
            graph, pos=start, seed=seed, iterations=40 if len(group) < 500 else 15, method="force"
        )
        for k, m in enumerate(group):
            x, y = spots[k]
            out[m] = (
                round(away * math.cos(angle) + radius * float(x), 3),
                round(away * math.sin(angle) + radius * float(y), 3),
            )
    return out
