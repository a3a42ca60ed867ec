"""Communities of texts: Louvain on the neighbour graph, fine, then joined where they say the same.

Modularity has a resolution limit: one resolution finds too few groups in a large corpus or too many in a small one
(Fortunato & Barthelemy 2007). So groups are made fine first (Louvain, Blondel et al. 2008; the resolution rises with
the number of texts), and those whose centres are alike are joined by average linkage: what makes two groups one
narrative is then how alike they are, not how much else was collected. Texts far from their group's centre are noise.

Of scikit-network's two, Louvain repeats; Leiden draws from the C library's generator and does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from nlp.narratives.centring import Vectors, unit
from nlp.narratives.neighbours import nearest, sums_by

LEAST_NEIGHBOURS, NEIGHBOURS = 5, 15
MOST_RESOLUTION = 400.0
ALIKE = 0.4
MEMBER = 0.2
SEED = 1
NOISE = -1
_BLOCK = 8_192


def communities(
    vectors: Vectors, *, alike: float = ALIKE, member: float = MEMBER
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The group of each row (`NOISE` where none) and its cosine with the centre of the group's other rows.

    Args:
        vectors: float32 (n, d), centred, rows at length 1, one per different text.
        alike: cosine of two groups' centres from which they are one.
        member: cosine with the group's centre below which a row is noise.
    """
    n = len(vectors)
    if n < 3:
        return np.full(n, NOISE, np.int64), np.zeros(n, np.float32)
    groups = _joined(vectors, _louvain(vectors), alike)
    strength = membership(vectors, groups)
    groups = np.where(strength >= member, groups, NOISE)
    return _by_size(groups), strength


def resolution(texts: int) -> float:
    """Resolution of the fine groups for a number of texts: they stay of some ten to a hundred texts each."""
    return min(max(min(1.0 + texts / 400, 8.0), texts / 1_000), MOST_RESOLUTION)


def membership(vectors: Vectors, groups: NDArray[np.int64]) -> NDArray[np.float32]:
    """Cosine of each row with the sum of the other rows of its group; 0 where it is alone."""
    sums = sums_by(vectors, groups, int(groups.max()) + 1)
    found = np.empty(len(vectors), np.float32)
    for start in range(
        0, len(vectors), _BLOCK
    ):  # a whole matrix of centres would weigh as much as the vectors, four times over
        block = vectors[start : start + _BLOCK]
        found[start : start + _BLOCK] = (
            unit(sums[groups[start : start + _BLOCK]] - block) * block
        ).sum(axis=1)
    return np.where(np.bincount(groups)[groups] > 1, found, np.float32(0))


def _louvain(vectors: Vectors) -> NDArray[np.int64]:
    from sknetwork.clustering import Louvain

    rows, cosines = nearest(vectors, min(max(len(vectors) // 8, LEAST_NEIGHBOURS), NEIGHBOURS))
    n, k = rows.shape
    weights = np.maximum(cosines.astype(np.float64), 1e-6).ravel()
    graph = sparse.csr_matrix((weights, (np.repeat(np.arange(n), k), rows.ravel())), shape=(n, n))
    graph = sparse.csr_matrix(graph + graph.T)
    found = Louvain(resolution=resolution(n), random_state=SEED).fit_predict(graph)
    return np.asarray(found, np.int64)


def _joined(vectors: Vectors, groups: NDArray[np.int64], alike: float) -> NDArray[np.int64]:
    groups = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    centres = unit(sums_by(vectors, groups, int(groups.max()) + 1))
    if len(centres) < 2:
        return groups
    joined = fcluster(
        linkage(centres.astype(np.float64), "average", metric="cosine"), 1 - alike, "distance"
    )
    return np.asarray(joined, np.int64)[groups] - 1


def _by_size(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups numbered by falling size, ties by their first row; noise stays."""
    kept, first, counts = np.unique(groups[groups >= 0], return_index=True, return_counts=True)
    order = np.lexsort((np.flatnonzero(groups >= 0)[first], -counts))
    rename = np.full(int(groups.max(initial=0)) + 1, NOISE, np.int64)
    rename[kept[order]] = np.arange(len(kept))
    return np.where(groups >= 0, rename[groups], NOISE)
