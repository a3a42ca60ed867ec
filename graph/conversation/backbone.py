"""Which accounts and connections of a large network are shown: its backbone.

The disparity filter of Serrano, Boguñá and Vespignani (PNAS 2009): a connection is worth
showing where it carries more of an account's weight than a random split of this weight among its
connections would give it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ends = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Backbone:
    """What is left.

    Attributes:
        nodes: positions of the nodes that are kept, rising.
        edges: positions of the edges that are kept, rising.
        alpha: the largest disparity p-value of an edge that brought a node; None where all nodes
            are kept.
    """

    nodes: Ends
    edges: Ends
    alpha: float | None


def disparity(ends: Ends, weights: Floats, nodes: int) -> Floats:
    """The p-value of each edge, the lower of its two ends': ``(1 - w / s) ** (k - 1)``.

    s is the strength of an end and k its number of edges; an end with one edge says nothing (1).

    Args:
        ends: (m, 2) positions of nodes, each pair once.
        weights: (m,) above 0.
        nodes: how many nodes there are.
    """
    degree = np.bincount(ends.ravel(), minlength=nodes)
    strength = np.bincount(ends.ravel(), weights=np.repeat(weights, 2), minlength=nodes)
    share = np.minimum(1.0, weights[:, None] / strength[ends])
    of_end = np.where(degree[ends] > 1, (1.0 - share) ** (degree[ends] - 1), 1.0)
    lowest: Floats = of_end.min(axis=1)
    return lowest


def find_backbone(
    ends: Ends, weights: Floats, nodes: int, *, most_nodes: int, most_edges: int
) -> Backbone:
    """The nodes of the edges of lowest p-value, up to a number, and the edges among them.

    Edges come by p-value, then by weight, then by the strength of their ends, then as given. Of the
    nodes kept each keeps its first edge, further ones follow in the same order up to
    ``most_edges``.
    """
    alpha = disparity(ends, weights, nodes)
    strength = np.bincount(ends.ravel(), weights=np.repeat(weights, 2), minlength=nodes)
    order = np.lexsort((np.arange(len(ends)), -strength[ends].sum(axis=1), -weights, alpha))
    ranked = ends[order]
    first = np.full(nodes, len(ends), dtype=np.int64)
    np.minimum.at(first, ranked.ravel(), np.repeat(np.arange(len(ends)), 2))
    cut = len(ends)
    if nodes > most_nodes:
        # the first edge that would bring one node too many, and all that come later
        cut = int(np.sort(first)[most_nodes])
    kept = np.flatnonzero(first < cut)
    inside = np.isin(ranked, kept).all(axis=1)
    brings = np.zeros(len(ends), dtype=bool)
    brings[first[kept]] = True
    candidates = np.flatnonzero(inside)
    # those that bring a node first, then all others, each in their order
    chosen = candidates[np.argsort(~brings[candidates], kind="stable")][:most_edges]
    largest = float(alpha[order][:cut].max()) if nodes > most_nodes and cut else None
    return Backbone(kept, np.sort(order[chosen]), largest)
