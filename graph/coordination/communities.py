"""Clusters: communities of the backbone, degrees of coordination, stable names, a map.

Backbone: pairs whose q-value passes, cut to the 2-core, so that no account hangs on one
    coincidence.
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
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from tocsin.core.findings import MIN_CLUSTER_SIZE

DENSE = 0.5
"""Density from which a component is one community."""
RESOLUTION = 0.3
"""Of modularity: below 1, so that one operation is split only where its parts hardly meet."""
MOST_SPRINGS = 2_000
"""Accounts up to which springs place a group: their work grows with the square."""
SAME = 0.3
"""Part of the accounts (Jaccard) two clusters of different runs must share to bear one name."""

Pair = tuple[int, int]


def find_communities(
    weights: Mapping[Pair, float], seed: int, resolution: float = RESOLUTION
) -> list[list[int]]:
    """Groups of accounts from significant pairs, each sorted, in falling size.

    Args:
        weights: (a, b) with a < b -> weight above 0.
        seed: of Louvain's order of visits.
        resolution: of modularity.
    """
    ends = np.array(sorted(weights), dtype=np.int64).reshape(-1, 2)
    core = ends[_in_two_core(ends)]
    accounts, place = np.unique(core, return_inverse=True)
    place = place.reshape(-1, 2)
    size = len(accounts)
    joined = csr_matrix((np.ones(len(core)), (place[:, 0], place[:, 1])), shape=(size, size))
    _, component = connected_components(joined, directed=False)
    groups: list[list[int]] = []
    for members, edges in zip(
        _split(accounts, component), _split(core, component[place[:, 0]]), strict=True
    ):
        if 2 * len(edges) >= DENSE * len(members) * (len(members) - 1):
            groups.append(members.tolist())
            continue
        part = nx.Graph()
        part.add_nodes_from(members.tolist())
        part.add_weighted_edges_from((a, b, weights[a, b]) for a, b in edges.tolist())
        split = nx.community.louvain_communities(
            part, weight="weight", resolution=resolution, seed=seed
        )
        groups += _merge_small(part, [sorted(c) for c in split])
    large_enough = (group for group in groups if len(group) >= MIN_CLUSTER_SIZE)
    return sorted(large_enough, key=lambda group: (-len(group), group))


def _in_two_core(ends: np.ndarray) -> np.ndarray:
    """By edge, whether it is in the 2-core: both ends have another edge there (Seidman 1983)."""
    inside = np.ones(len(ends), dtype=bool)
    while True:
        degree = np.bincount(ends[inside].ravel(), minlength=int(ends.max(initial=0)) + 1)
        kept = inside & (degree[ends] > 1).all(axis=1)
        if np.array_equal(kept, inside):
            return inside
        inside = kept


def _split(rows: np.ndarray, label: np.ndarray) -> list[np.ndarray]:
    """The rows of each label, in their order."""
    order = np.argsort(label, kind="stable")
    counts = np.bincount(label)
    return np.split(rows[order], np.cumsum(counts)[:-1]) if len(label) else []


def _merge_small(graph: nx.Graph, groups: list[list[int]]) -> list[list[int]]:
    """Groups too small to stand alone go to the neighbour that they are tied to most."""
    groups = sorted(groups, key=lambda c: (-len(c), c))
    group_of = {account: k for k, group in enumerate(groups) for account in group}
    for k, group in reversed(list(enumerate(groups))):
        if len(group) >= MIN_CLUSTER_SIZE:
            continue
        ties: dict[int, float] = {}
        for account in group:
            for neighbour, data in sorted(graph[account].items()):
                other = group_of[neighbour]
                if other != k:
                    ties[other] = ties.get(other, 0.0) + data["weight"]
        if ties:
            closest = min(ties, key=lambda other: (-ties[other], other))
            group_of.update(dict.fromkeys(group, closest))
    merged: dict[int, list[int]] = {}
    for account in sorted(group_of):
        merged.setdefault(group_of[account], []).append(account)
    return list(merged.values())


def coordination_degrees(members: Sequence[int], weights: Mapping[Pair, float]) -> dict[int, float]:
    """Degree of coordination of each member, 0 to 1: the weighted 2-core number.

    The account whose second strongest remaining tie is weakest leaves first; its degree is the
    strongest such tie seen until then.
    """
    ties: dict[int, dict[int, float]] = {m: {} for m in members}
    for (a, b), weight in weights.items():
        if a in ties and b in ties:
            ties[a][b] = ties[b][a] = weight
    second = {member: _second_strongest(own) for member, own in ties.items()}
    queue = sorted((tie, member) for member, tie in second.items())
    level = 0.0
    degrees: dict[int, float] = {}
    while queue:
        tie, leaves = heapq.heappop(queue)
        if leaves in degrees or tie != second[leaves]:
            continue  # an older entry of an account whose ties have changed since
        level = max(level, tie)
        degrees[leaves] = round(min(1.0, level), 6)
        for other in ties.pop(leaves):
            del ties[other][leaves]
            second[other] = _second_strongest(ties[other])
            heapq.heappush(queue, (second[other], other))
    return degrees


def _second_strongest(ties: Mapping[int, float]) -> float:
    """The second strongest tie, 0 where there are fewer than two."""
    if len(ties) < 2:
        return 0.0
    first = second = -math.inf
    for tie in ties.values():
        if tie > first:
            first, second = tie, first
        elif tie > second:
            second = tie
    return second


def digest_ids(groups: Sequence[Iterable[str]]) -> list[str]:
    """The id of each cluster: a digest of its accounts, whatever was found before."""
    ids: list[str] = []
    for group in groups:
        id_ = _digest(group)
        while id_ in ids:
            id_ += "x"
        ids.append(id_)
    return ids


def _digest(members: Iterable[str]) -> str:
    return "c" + hashlib.blake2b("\n".join(sorted(members)).encode(), digest_size=5).hexdigest()


def stable_names(groups: Sequence[Sequence[str]], before: Mapping[str, Sequence[str]]) -> list[str]:
    """Names that groups keep over runs: that of the earlier cluster they share most accounts with,
    else their id.

    Args:
        groups: account ids of each cluster.
        before: name -> account ids of the clusters of earlier runs.
    """
    overlaps = []
    for k, group in enumerate(groups):
        for old, members in before.items():
            common, either = len(set(group) & set(members)), len(set(group) | set(members))
            if either and common / either >= SAME:
                overlaps.append((-common / either, old, k))
    kept: dict[int, str] = {}
    for _, old, k in sorted(overlaps):
        if k not in kept and old not in kept.values():
            kept[k] = old
    taken = set(before)
    names = []
    for k, group in enumerate(groups):
        name = kept.get(k) or _digest(group)
        while k not in kept and name in taken:
            name += "x"
        taken.add(name)
        names.append(name)
    return names


def layout(
    groups: Sequence[Sequence[int]], weights: Sequence[Mapping[Pair, float]], seed: int
) -> dict[int, tuple[float, float]]:
    """Positions for a map, from the ties inside each group.

    Each cluster by a spring model inside its circle, the circles on a sunflower spiral.
    """
    positions: dict[int, tuple[float, float]] = {}
    area = 0.0
    for number, group in enumerate(groups):
        radius = math.sqrt(len(group))
        angle, distance = number * math.pi * (3 - math.sqrt(5)), 1.6 * math.sqrt(area)
        area += (radius + 1) ** 2
        inside = _spring_positions(group, weights[number], seed)
        for member, (x, y) in inside.items():
            positions[member] = (
                round(distance * math.cos(angle) + radius * x, 3),
                round(distance * math.sin(angle) + radius * y, 3),
            )
    return positions


def _spring_positions(
    group: Sequence[int], weights: Mapping[Pair, float], seed: int
) -> dict[int, tuple[float, float]]:
    """Positions of a group's members between -1 and 1; of a crowd on a sunflower spiral."""
    if len(group) > MOST_SPRINGS:
        return {
            member: (
                math.sqrt(k / len(group)) * math.cos(k * math.pi * (3 - math.sqrt(5))),
                math.sqrt(k / len(group)) * math.sin(k * math.pi * (3 - math.sqrt(5))),
            )
            for k, member in enumerate(group)
        }
    place = {member: k for k, member in enumerate(group)}
    graph = nx.Graph()
    graph.add_nodes_from(range(len(group)))
    graph.add_weighted_edges_from(
        (place[a], place[b], weight) for (a, b), weight in sorted(weights.items())
    )
    rng = np.random.default_rng(seed)
    start = {k: rng.uniform(-1, 1, 2) for k in range(len(group))}
    iterations = 40 if len(group) < 500 else 15
    spots = nx.spring_layout(graph, pos=start, seed=seed, iterations=iterations, method="force")
    return {member: (float(spots[k][0]), float(spots[k][1])) for member, k in place.items()}
