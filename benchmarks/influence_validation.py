"""What measures of influence are held against: simulated cascades, and taking accounts away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]


def simulated_spread(probabilities: csr_array, runs: int, seed: int) -> Floats:
    """Expected spread by simulation, for all seeds: the mean over draws of which edges pass.

    In the independent cascade model the accounts reached from a seed are those that can be reached
    over the edges that pass (Kempe et al. 2003), so one draw serves all seeds.
    """
    from scipy.sparse import coo_array

    edges = coo_array(probabilities)
    draw = np.random.default_rng(seed)
    total = np.zeros(edges.shape[0])
    for _ in range(runs):
        passes = draw.random(edges.nnz) < edges.data
        follow: dict[int, list[int]] = {}
        for u, v in zip(edges.row[passes].tolist(), edges.col[passes].tolist(), strict=True):
            follow.setdefault(u, []).append(v)
        for start in follow:
            reached, open_ends = {start}, [start]
            while open_ends:
                for v in follow.get(open_ends.pop(), ()):
                    if v not in reached:
                        reached.add(v)
                        open_ends.append(v)
            total[start] += len(reached) - 1
    return total / runs


def dismantling(order: NDArray[np.int64], shares: Floats) -> Floats:
    """What remains of a total as accounts are taken away in order: (n + 1,) from 1 downwards.

    ``shares`` are each account's part of the later amplifications (DeVerna et al. 2024, figure 1).
    """
    return np.concatenate([[1.0], 1 - np.cumsum(shares[order])])
