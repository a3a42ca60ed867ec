"""Groups of texts at two levels: stories, and themes above them.

Stories are dense spots of the graph of nearest neighbours. Only edges from `min_cosine` count, and
Louvain (Blondel et al. 2008) cuts at a resolution that rises with the number of linked texts: its
null model thins out as texts are added, and a resolution in proportion undoes that, so that what
makes one story is how dense it is, not how much else was collected (the constant Potts model of
Traag et al. 2011 does so by definition; modularity alone has a resolution limit, Fortunato &
Barthelemy 2007). Pieces of one story that is larger than a graph of k neighbours can hold together
are merged where their centroids are alike. Texts without such edges are in no story (`NOISE`).

Themes divide all texts, by all components: what tells two subjects apart lies in the small ones,
too, and no share of texts hangs on how alike two of them look. The neighbours are those of stories
(a second search finds nothing better), compared by all. Louvain on the whole graph at a lower
resolution, then some rounds of k-means on the sphere, which corrects what a graph of nearest
neighbours gets wrong at the borders. There a text counts together with its close neighbours: a
sentence vector says little by itself (augmented by neighbours as in Turcot & Lowe 2009, by those
above a floor only, as those of short texts are often of another subject). Themes that are near each
other by their whole vectors, and whose texts are neighbours of each other, are one.

Subjects are what themes join to when that goes on: of all cuts of the same tree from themes upwards
the one with the greatest modularity, at a resolution below one, as few broad subjects are wanted.

Of scikit-network's two methods Louvain is repeatable; Leiden draws from the C library's random
generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components

from nlp.narratives.vectors.debiasing import Vectors, l2_normalised
from nlp.narratives.vectors.neighbours import nearest_neighbours, sums_by_group
from nlp.narratives.vectors.whitening import half_whitened

Longs = NDArray[np.int64]

MIN_NEIGHBOURS, NEIGHBOURS = 5, 15
MIN_COSINE = 0.4
"""Cosine of half-whitened vectors from which two texts can tell one story."""
_FEW_TEXTS, _LESS_OF_FEW = 1_000, 0.1
STORY_TEXTS = 500
"""Linked texts for which the resolution rises by one."""
SAME_STORY = 0.7
"""Cosine of two centroids from which two pieces are one story."""
MIN_TEXTS = 3
"""Different texts below which there is no story: fewer are copies, or chance."""
THEME_TEXTS = 1_500
"""Texts for whose square root the resolution of themes rises by one."""
SAME_THEME = 0.5
"""Cosine of two themes' centroids, of vectors not whitened, from which they are one."""
SUBJECT_RESOLUTION = 0.55
_SURELY_ONE, _LINKED, _APART = 0.65, 1.25, 0.4
"""Below the first cosine two themes must also have so many times the neighbours in each other that
chance gives, or they count as no more alike than the last: alike in tone, not in subject."""
_TIGHT = 0.5
"""Mean cosine with its centroid from which a theme has all neighbours inside: that says nothing."""
_CLOSE = 0.3
"""Cosine of half-whitened vectors, all components, above which neighbours speak for a text."""
MIN_THEME_TEXTS = 10
SEED = 1
NOISE = -1
_THEME_ROUNDS = 3
_BLOCK, _FEW_ROWS = 8_192, 256


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The nearest texts of each text: int64 (n, k) ``rows`` and float32 (n, k) ``cosines``."""

    rows: Longs
    cosines: Vectors


def find_neighbourhood(vectors: Vectors) -> Neighbourhood:
    """The neighbours that stories, themes and votes are made of."""
    k = min(max(len(vectors) // 8, MIN_NEIGHBOURS), NEIGHBOURS)
    return Neighbourhood(*nearest_neighbours(vectors, k))


def find_stories(
    vectors: Vectors, near: Neighbourhood, *, texts: int | None = None, seed: int = SEED
) -> Longs:
    """The story of each row, numbered by falling size; `NOISE` where none.

    Args:
        vectors: float32 (n, d), half-whitened, rows at length 1, one per different text.
        near: their neighbours.
        texts: how many there are, where these are what is left of more.
        seed: of the order in which Louvain looks at texts.
    """
    n = len(vectors)
    graph = _graph(near, min_cosine(texts or n))
    linked = np.flatnonzero(np.diff(graph.indptr))
    stories = np.full(n, NOISE, np.int64)
    if len(linked) < MIN_TEXTS:
        return stories
    links = sparse.csr_matrix(graph[linked][:, linked])
    pieces = _louvain(links, story_resolution(len(linked)), seed)
    stories[linked] = _merge_pieces(vectors[linked], pieces, SAME_STORY)
    sizes = np.bincount(stories[linked])
    stories[linked] = np.where(sizes[stories[linked]] >= MIN_TEXTS, stories[linked], NOISE)
    return numbered_by_size(stories)


def min_cosine(texts: int) -> float:
    """Cosine from which two of so many texts can tell one story.

    The nearest of few texts is less near by chance: less is asked of them.
    """
    return MIN_COSINE - _LESS_OF_FEW * max(0.0, 1 - texts / _FEW_TEXTS)


def story_resolution(linked: int) -> float:
    """Resolution for a number of texts that have edges."""
    return max(1.0, linked / STORY_TEXTS)


def theme_resolution(texts: int) -> float:
    """Resolution of themes: their number grows with the root of the number of texts, about."""
    return max(1.0, sqrt(texts / THEME_TEXTS))


def find_themes(
    plain: Vectors,
    near: Neighbourhood | None = None,
    directions: Vectors | None = None,
    *,
    seed: int = SEED,
) -> tuple[Longs, Longs]:
    """The theme of each row and its subject, each numbered by falling size: every row has both.

    A theme lies in one subject.

    Args:
        plain: float32 (n, d), not whitened, rows at length 1, one per different text.
        near: their neighbours as stories have them; looked for where not given.
        directions: their `whitening_directions`, where known.
        seed: as that of `find_stories`.
    """
    n = len(plain)
    if n < MIN_TEXTS:
        return np.zeros(n, np.int64), np.zeros(n, np.int64)
    if near is None:
        near = find_neighbourhood(half_whitened(plain, directions=directions))
    vectors = half_whitened(plain, plain.shape[1], directions)
    near = _compared_again(vectors, near)
    graph = _graph(near, 0.0)
    themes = _louvain(graph, theme_resolution(n), seed)
    vectors = _with_neighbours(vectors, near)
    least = min(MIN_THEME_TEXTS, n // 3)
    for _ in range(_THEME_ROUNDS):
        themes = nearest_group(vectors, _without_small(themes, least))
    themes, subjects = _merge_themes(plain, themes, graph)
    return numbered_by_size(themes), numbered_by_size(subjects)


def nearest_group(vectors: Vectors, groups: Longs) -> Longs:
    """The group whose centroid is nearest to each row, whatever group it is in now.

    Args:
        groups: of each row; `NOISE` where none, which has no part in centroids.
    """
    kept, numbered = np.unique(groups[groups >= 0], return_inverse=True)
    if not len(kept):
        return groups
    sums = sums_by_group(vectors[groups >= 0], numbered.astype(np.int64), len(kept))
    centroids = l2_normalised(sums)
    nearest = np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), _BLOCK):
        block = slice(start, start + _BLOCK)
        nearest[block] = kept[np.argmax(vectors[block] @ centroids.T, axis=1)]
    return nearest


def vote(near: Neighbourhood, groups: Longs) -> Longs:
    """The group of each row; of rows without one, what half of their near neighbours vote for.

    A vote weighs as much as the cosine; neighbours below `min_cosine` have none. A row that no
    group wins stays `NOISE`.
    """
    undecided = np.flatnonzero(groups < 0)
    if not len(undecided) or not (groups >= 0).any() or not near.rows.shape[1]:
        return groups
    labels = groups[near.rows[undecided]]
    cosines = near.cosines[undecided]
    weights = np.where((labels >= 0) & (cosines >= min_cosine(len(groups))), cosines, 0).astype(
        np.float64
    )
    shape = (len(undecided), int(groups.max()) + 1)
    line = np.repeat(np.arange(len(undecided)), labels.shape[1])
    cells = (line, np.maximum(labels, 0).ravel())
    ballots = sparse.csr_matrix((weights.ravel(), cells), shape=shape)
    ballots.sum_duplicates()
    best = np.asarray(ballots.argmax(axis=1)).ravel()
    votes = np.asarray(ballots.max(axis=1).todense()).ravel()
    wins = (votes > 0) & (votes >= weights.sum(axis=1) / 2)
    decided = groups.copy()
    decided[undecided] = np.where(wins, best, NOISE)
    return decided


def membership(vectors: Vectors, groups: Longs) -> NDArray[np.float32]:
    """Cosine of each row with the sum of the other rows of its group; 0 where it is alone."""
    strength = np.zeros(len(vectors), np.float32)
    inside = np.flatnonzero(groups >= 0)
    if not len(inside):
        return strength
    number = groups[inside]
    sums = sums_by_group(vectors[inside], number, int(number.max()) + 1)
    # by blocks: centroids for all rows at once would take four times the memory of the vectors
    for start in range(0, len(inside), _BLOCK):
        rows = inside[start : start + _BLOCK]
        centroids = l2_normalised(sums[groups[rows]] - vectors[rows])
        strength[rows] = (centroids * vectors[rows]).sum(axis=1)
    alone = np.bincount(number)[number] < 2
    strength[inside[alone]] = 0
    return strength


def numbered_by_size(groups: Longs) -> Longs:
    """Groups numbered by falling size, ties by their first row; noise stays."""
    clustered = groups >= 0
    kept, first, counts = np.unique(groups[clustered], return_index=True, return_counts=True)
    order = np.lexsort((np.flatnonzero(clustered)[first], -counts))
    number = np.full(int(groups.max(initial=0)) + 1, NOISE, np.int64)
    number[kept[order]] = np.arange(len(kept))
    return np.where(clustered, number[groups], NOISE)


def _graph(near: Neighbourhood, least: float) -> sparse.csr_matrix:
    """Neighbours as a symmetric graph; edges below ``least`` are left out."""
    n, k = near.rows.shape
    line = np.repeat(np.arange(n), k)
    row, cosines = near.rows.ravel(), near.cosines.ravel().astype(np.float64)
    kept = (cosines >= least) & (cosines > 0) & (row != line)
    graph = sparse.csr_matrix((cosines[kept], (line[kept], row[kept])), shape=(n, n))
    return sparse.csr_matrix(graph + graph.T)


def _compared_again(vectors: Vectors, near: Neighbourhood) -> Neighbourhood:
    """The same neighbours, no longer in order, with their cosines by these vectors."""
    cosines = np.empty_like(near.cosines)
    for start in range(0, len(vectors), _FEW_ROWS):
        block = slice(start, start + _FEW_ROWS)
        others = vectors[near.rows[block]]  # (block, k, d)
        cosines[block] = np.matmul(others, vectors[block, :, None])[:, :, 0]
    return Neighbourhood(near.rows, cosines)


def _with_neighbours(vectors: Vectors, near: Neighbourhood) -> Vectors:
    """Each row and its close neighbours together, weighted by how far they are above the floor."""
    n, k = near.rows.shape
    weights = np.maximum(near.cosines - np.float32(_CLOSE), 0) / np.float32(1 - _CLOSE)
    cells = (np.repeat(np.arange(n), k), near.rows.ravel())
    graph = sparse.csr_matrix((weights.ravel(), cells), shape=(n, n), dtype=np.float32)
    graph.eliminate_zeros()
    together = np.empty_like(vectors)
    for start in range(0, n, _BLOCK):
        block = slice(start, start + _BLOCK)
        together[block] = l2_normalised(vectors[block] + graph[block] @ vectors)
    return together


def _louvain(graph: sparse.csr_matrix, resolution: float, seed: int) -> Longs:
    from sknetwork.clustering import Louvain

    if not graph.nnz:
        return np.arange(graph.shape[0], dtype=np.int64)
    louvain = Louvain(resolution=resolution, random_state=seed)
    return np.asarray(louvain.fit_predict(graph), np.int64)


def _merge_pieces(vectors: Vectors, pieces: Longs, alike_from: float) -> Longs:
    """Pieces with centroids alike as one, by average linkage.

    Only pieces that hang together by pairs from ``alike_from`` can be merged, so that each such set
    is linked by itself: memory grows with the largest of them, not with the square of all pieces.
    """
    pieces = np.unique(pieces, return_inverse=True)[1].astype(np.int64)
    centroids = l2_normalised(sums_by_group(vectors, pieces, int(pieces.max()) + 1))
    count = len(centroids)
    row, cosine = nearest_neighbours(centroids, NEIGHBOURS)
    line = np.repeat(np.arange(count), row.shape[1])
    alike = cosine.ravel() >= alike_from
    graph = sparse.csr_matrix(
        (np.ones(int(alike.sum())), (line[alike], row.ravel()[alike])), shape=(count, count)
    )
    together = connected_components(graph, directed=False)[1]
    merged, taken = np.empty(count, np.int64), 0
    order = np.argsort(together, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(together[order])) + 1):
        number = np.ones(len(places), np.int64)
        if len(places) > 1:
            tree = linkage(centroids[places].astype(np.float64), "average", metric="cosine")
            number = fcluster(tree, 1 - alike_from, "distance").astype(np.int64)
        merged[places] = taken + number - 1
        taken += int(number.max())
    return merged[pieces]


def _merge_themes(plain: Vectors, themes: Longs, graph: sparse.csr_matrix) -> tuple[Longs, Longs]:
    """Themes alike as one, and subjects, of each row.

    By average linkage of their centroids, and by the links between them.
    """
    themes = np.unique(themes, return_inverse=True)[1].astype(np.int64)
    count = int(themes.max()) + 1
    if count < 2:
        return themes, themes
    sums = sums_by_group(plain, themes, count).astype(np.float64)
    lengths = np.maximum(np.linalg.norm(sums, axis=1), 1e-12)
    centroids, loose = sums / lengths[:, None], lengths / np.bincount(themes) < _TIGHT
    places = (themes, np.arange(len(themes)))
    member = sparse.csr_matrix((np.ones(len(themes)), places), shape=(count, len(themes)))
    links = (member @ graph @ member.T).toarray()
    ends = links.sum(axis=1)
    by_chance = np.outer(ends, ends) / max(ends.sum(), 1e-12)
    alike = centroids @ centroids.T
    apart = (alike < _SURELY_ONE) & (links < _LINKED * by_chance) & np.outer(loose, loose)
    distances = 1 - np.where(apart, np.minimum(alike, _APART), alike)
    tree = linkage(np.maximum(distances[np.triu_indices(count, 1)], 0), "average")
    merged = fcluster(tree, 1 - SAME_THEME, "distance").astype(np.int64) - 1
    broad = cut_by_modularity(tree, links, int(merged.max()) + 1)
    return merged[themes], broad[themes]


def cut_by_modularity(tree: NDArray[np.float64], links: NDArray[np.float64], most: int) -> Longs:
    """The cut of a tree into at most so many groups that has the greatest modularity.

    Args:
        tree: of `scipy.cluster.hierarchy.linkage`, of the places of ``links``.
        links: float64 (count, count), the weight of edges between places and inside of them.

    Returns:
        int64 (count,), the group of each place. Of cuts as good, the one with more groups.
    """
    count = len(links)
    between = np.zeros((2 * count - 1, 2 * count - 1))
    between[:count, :count] = links / max(links.sum(), 1e-12)
    ends = between.sum(axis=1)
    gains = np.zeros(count)
    for step, (one, other) in enumerate(tree[:, :2].astype(np.int64)):
        new = count + step
        by_chance = SUBJECT_RESOLUTION * ends[one] * ends[other]
        gains[step + 1] = gains[step] + 2 * (between[one, other] - by_chance)
        ends[new] = ends[one] + ends[other]
        between[new] = between[one] + between[other]
        between[:, new] = between[:, one] + between[:, other]
    first = count - most
    groups = count - first - int(np.argmax(gains[first:]))
    cut: Longs = fcluster(tree, groups, "maxclust").astype(np.int64)
    return cut - 1


def _without_small(groups: Longs, least: int) -> Longs:
    """Groups below ``least`` rows as noise; the largest always stays."""
    sizes = np.bincount(groups[groups >= 0])
    least = min(least, int(sizes.max()))
    return np.where(sizes[groups] >= least, groups, NOISE)
