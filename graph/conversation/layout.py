"""Where accounts stand on the map: ForceAtlas2, from places by community, the same each time.

Jacomy et al., ForceAtlas2 (PLoS ONE 2014): nodes repel each other by their degrees, edges attract
by the logarithm of their length (LinLog), and all are drawn towards the middle. All pairs are
computed, as products of matrices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ROUNDS = 60
_GOLDEN = math.pi * (3 - math.sqrt(5))
_GRAVITY = np.float32(0.1)
_REPEL = np.float32(0.1)
"""Both were chosen so that communities part and lone pairs stay near the rest."""
_NEAR = np.float32(1e-2)
"""Squared distance below which two nodes repel no more strongly."""


def place_nodes(
    ends: NDArray[np.int64],
    weights: NDArray[np.float64],
    communities: Sequence[Sequence[int]],
    rounds: int = ROUNDS,
) -> NDArray[np.float64]:
    """Positions of nodes, (n, 2), within -1 and 1, rounded to four digits.

    Args:
        ends: (m, 2) positions of nodes.
        weights: (m,) above 0.
        communities: positions of the nodes of each, every node in one; the most central first.
    """
    size = sum(map(len, communities))
    if size == 0:
        return np.zeros((0, 2))
    places = _first_places(communities, size)
    degree = np.bincount(ends.ravel(), minlength=size).astype(np.float32)
    mass = np.sqrt(degree + 1)
    pull = np.log1p(weights).astype(np.float32)
    span = math.sqrt(size)
    for number in range(rounds):
        force = _REPEL * _repulsion(places, mass) - _GRAVITY * mass[:, None] * places
        reach = places[ends[:, 1]] - places[ends[:, 0]]
        apart = np.sqrt((reach**2).sum(axis=1)) + np.float32(1e-6)
        reach *= (pull * np.log1p(apart) / apart)[:, None]
        for side, sign in ((0, 1.0), (1, -1.0)):
            for axis in (0, 1):
                force[:, axis] += np.float32(sign) * np.bincount(
                    ends[:, side], weights=reach[:, axis], minlength=size
                ).astype(np.float32)
        length = np.sqrt((force**2).sum(axis=1, keepdims=True)) + np.float32(1e-9)
        # steps grow shorter, as in simulated cooling (Fruchterman and Reingold 1991)
        longest = np.float32(span * 0.12 * (1 - number / rounds) ** 1.5 + 0.01)
        steps = np.minimum(length / mass[:, None] * np.float32(0.5), longest)
        places = places + force / length * steps
    centred = places.astype(np.float64) - places.astype(np.float64).mean(axis=0)
    largest = float(np.abs(centred).max()) or 1.0
    rounded: NDArray[np.float64] = np.round(centred / largest, 4) + 0.0
    return rounded


def _repulsion(places: Floats, mass: Floats) -> Floats:
    """Of all other nodes: mass * mass / distance, away from each."""
    squares = (places**2).sum(axis=1)
    distance = places @ places.T
    distance *= np.float32(-2)
    distance += squares[:, None]
    distance += squares[None, :]
    np.maximum(distance, _NEAR, out=distance)
    np.reciprocal(distance, out=distance)
    # sum over j of m_j (x_i - x_j) / d_ij^2, without a matrix of differences
    weighed = distance @ np.column_stack([mass, mass[:, None] * places])
    away: Floats = mass[:, None] * (places * weighed[:, :1] - weighed[:, 1:])
    return away


def _first_places(communities: Sequence[Sequence[int]], size: int) -> Floats:
    """Each community on a disc, the discs on a sunflower spiral, its members on one as well."""
    places = np.zeros((size, 2), dtype=np.float32)
    area = 0.0
    for number, members in enumerate(communities):
        distance, angle = 1.3 * math.sqrt(area), number * _GOLDEN
        area += len(members) + 2
        middle = np.array([distance * math.cos(angle), distance * math.sin(angle)])
        for rank, member in enumerate(members):
            radius, turn = math.sqrt(rank), rank * _GOLDEN
            spot = middle + radius * np.array([math.cos(turn), math.sin(turn)])
            places[member] = spot.astype(np.float32)
    return places
