"""Communities of texts: Louvain on the neighbour graph, fine, then merged where they say the same.

Modularity has a resolution limit: one resolution finds too few communities in a large corpus or too
many in a small one (Fortunato & Barthelemy 2007). So communities are made fine first (Louvain,
Blondel et al. 2008; the resolution rises with the number of texts), and those whose centroids are
similar are merged by average linkage: what makes two of them one narrative is then how similar they
are, not how much else was collected. Texts far from their community's centroid are noise.

Of scikit-network's two methods Louvain is repeatable; Leiden draws from the C library's random
generator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from nlp.narratives.debiasing import Vectors, l2_normalised
from nlp.narratives.neighbours import nearest_neighbours, sums_by_group

Longs = NDArray[np.int64]

MIN_NEIGHBOURS, NEIGHBOURS = 5, 15
MAX_RESOLUTION = 400.0
MIN_SIMILARITY = 0.4
MIN_MEMBERSHIP = 0.2
SEED = 1
NOISE = -1
_BLOCK = 8_192


def find_communities(
    vectors: Vectors,
    *,
    min_similarity: float = MIN_SIMILARITY,
    min_membership: float = MIN_MEMBERSHIP,
) -> tuple[Longs, NDArray[np.float32]]:
    """The community of each row (`NOISE` where none) and its membership.

    Args:
        vectors: float32 (n, d), debiased, rows at length 1, one per different text.
        min_similarity: cosine of two communities' centroids from which they are one.
        min_membership: cosine with the centroid of the community's other rows below which a row is
            noise.
    """
    n = len(vectors)
    if n < 3:
        return np.full(n, NOISE, np.int64), np.zeros(n, np.float32)
    communities = _merge_similar(vectors, _louvain(vectors), min_similarity)
    strength = membership(vectors, communities)
    communities = np.where(strength >= min_membership, communities, NOISE)
    return _numbered_by_size(communities), strength


def louvain_resolution(texts: int) -> float:
    """Resolution for a number of texts: fine communities keep some ten to a hundred texts each."""
    return min(max(min(1.0 + texts / 400, 8.0), texts / 1_000), MAX_RESOLUTION)


def membership(vectors: Vectors, communities: Longs) -> NDArray[np.float32]:
    """Cosine of each row with the sum of the other rows of its community; 0 where it is alone."""
    sums = sums_by_group(vectors, communities, int(communities.max()) + 1)
    cosines = np.empty(len(vectors), np.float32)
    # by blocks: centroids for all rows at once would take four times the memory of the vectors
    for start in range(0, len(vectors), _BLOCK):
        block = slice(start, start + _BLOCK)
        centroids = l2_normalised(sums[communities[block]] - vectors[block])
        cosines[block] = (centroids * vectors[block]).sum(axis=1)
    return np.where(np.bincount(communities)[communities] > 1, cosines, np.float32(0))


def _louvain(vectors: Vectors) -> Longs:
    from sknetwork.clustering import Louvain

    neighbours = min(max(len(vectors) // 8, MIN_NEIGHBOURS), NEIGHBOURS)
    rows, cosines = nearest_neighbours(vectors, neighbours)
    n, k = rows.shape
    weights = np.maximum(cosines.astype(np.float64), 1e-6).ravel()
    edges = (np.repeat(np.arange(n), k), rows.ravel())
    graph = sparse.csr_matrix((weights, edges), shape=(n, n))
    graph = sparse.csr_matrix(graph + graph.T)
    louvain = Louvain(resolution=louvain_resolution(n), random_state=SEED)
    return np.asarray(louvain.fit_predict(graph), np.int64)


def _merge_similar(vectors: Vectors, communities: Longs, min_similarity: float) -> Longs:
    communities = np.unique(communities, return_inverse=True)[1].astype(np.int64)
    centroids = l2_normalised(sums_by_group(vectors, communities, int(communities.max()) + 1))
    if len(centroids) < 2:
        return communities
    tree = linkage(centroids.astype(np.float64), "average", metric="cosine")
    merged = fcluster(tree, 1 - min_similarity, "distance")
    return np.asarray(merged, np.int64)[communities] - 1


def _numbered_by_size(communities: Longs) -> Longs:
    """Communities numbered by falling size, ties by their first row; noise stays."""
    clustered = communities >= 0
    kept, first, counts = np.unique(communities[clustered], return_index=True, return_counts=True)
    order = np.lexsort((np.flatnonzero(clustered)[first], -counts))
    number = np.full(int(communities.max(initial=0)) + 1, NOISE, np.int64)
    number[kept[order]] = np.arange(len(kept))
    return np.where(clustered, number[communities], NOISE)
