"""Pairs, stars and chains: what hangs together by pairs that pass, without a circle.

A group whose accounts all meet several others is told from one in which everything hangs on single
pairs: two accounts; a hub with those who follow it; a chain. Each of their pairs passed by itself,
under the same correction as all others (`graph.coordination.grouping`), and nothing more was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import networkx as nx
import numpy as np

from graph.coordination.communities import Pair
from tocsin.core.findings import MIN_CLUSTER_SIZE

Shape: TypeAlias = Literal["group", "pair", "star", "chain"]


def attach_leaves(group_of: np.ndarray, weights: Mapping[Pair, float]) -> np.ndarray:
    """Groups with the accounts that hang on them by pairs that pass, one after the other.

    Args:
        group_of: by account, the number of its group or -1.
        weights: the pairs that pass -> how strong they are. Of several groups the one with the
            strongest pair gets the account.
    """
    grown = group_of.copy()
    while True:
        strongest: dict[int, tuple[float, int]] = {}
        for (a, b), weight in sorted(weights.items()):
            for outside, inside in ((a, b), (b, a)):
                if grown[outside] < 0 <= grown[inside]:
                    tie = (-weight, int(grown[inside]))
                    strongest[outside] = min(strongest.get(outside, tie), tie)
        if not strongest:
            return grown
        for account, (_, group) in strongest.items():
            grown[account] = group


def tree_groups(group_of: np.ndarray, weights: Mapping[Pair, float]) -> list[list[int]]:
    """What hangs together by pairs that pass among the accounts without a group, largest first."""
    graph = nx.Graph()
    graph.add_edges_from((a, b) for a, b in weights if group_of[a] < 0 and group_of[b] < 0)
    found = [sorted(component) for component in nx.connected_components(graph)]
    return sorted(found, key=lambda members: (-len(members), members))


def shape_of(members: Sequence[int], strong: Iterable[Pair]) -> tuple[Shape, int | None]:
    """What the members are, and the hub of a star.

    Args:
        members: accounts of one group.
        strong: its pairs that share more than chance alone, if only a little. Where a member has
            none, or where there are more than a tree has, it is a group.
    """
    if len(members) < MIN_CLUSTER_SIZE:
        return "pair", None
    pairs = list(strong)
    degree = Counter(account for pair in pairs for account in pair)
    if len(pairs) != len(members) - 1 or len(degree) != len(members):
        return "group", None
    hub, most = max(degree.items(), key=lambda item: (item[1], -item[0]))
    return ("star", hub) if most == len(pairs) else ("chain", None)
