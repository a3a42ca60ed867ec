"""Features that burst together, in the same posts or by the same authors, are one alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from nlp.signals.author_overlap import MAX_P_VALUE, AuthorOverlap
from nlp.signals.bursts import Burst
from nlp.text.corpus import Longs

Bools = NDArray[np.bool_]

MIN_SHARED_POSTS = 0.5
"""Share of the smaller set of posts from which two sets tell one story."""


@dataclass(frozen=True, slots=True)
class MergedBurst:
    """Bursts of one tick that belong together, the clearest first.

    ``rows_of_burst`` are the posts of each in the tick, ``rows`` those of all.
    """

    bursts: tuple[Burst, ...]
    rows_of_burst: tuple[Longs, ...]
    rows: Longs


def merge_bursts(
    bursts: Sequence[Burst],
    rows_of: Callable[[int], Longs],
    max_nominal_rate: float,
    overlap: AuthorOverlap,
    flagged: Bools | None = None,
) -> list[MergedBurst]:
    """Merge what burst in the same posts (half of the smaller set) or by the same authors.

    A merged burst needs a feature within the limit. Other bursts tie those together (the words of a
    hashtag game share no post, but all share its tag) and help to name the story.

    Args:
        bursts: features above their past in one tick, the clearest first.
        rows_of: feature code -> the posts of the tick that have it, sorted.
        max_nominal_rate: `Burst.nominal_rate` up to which a feature raises an alert.
        overlap: the test for common authors in this tick.
        flagged: by row, whether its author is flagged as coordinated, where that is known. What
            such accounts spread is then kept apart from what others write, though both may name one
            place.

    Returns:
        The merged bursts, the clearest first.
    """
    alarming = [at for at, burst in enumerate(bursts) if burst.nominal_rate <= max_nominal_rate]
    if not alarming:
        return []
    rows = [rows_of(burst.code) for burst in bursts]
    coordinated = np.array([is_mostly_flagged(of_burst, flagged) for of_burst in rows])
    component = _components_by_posts(rows, coordinated)
    groups = [
        np.flatnonzero(component == number).tolist()
        for number in dict.fromkeys(component[alarming].tolist())
    ]  # in the order of their clearest feature
    return [
        MergedBurst(
            tuple(bursts[at] for at in group),
            tuple(rows[at] for at in group),
            _union(rows, group),
        )
        for group in _merged_by_authors(groups, rows, coordinated, overlap)
    ]


def is_mostly_flagged(rows: Longs, flagged: Bools | None) -> bool:
    """Whether flagged accounts wrote at least half of some posts."""
    return flagged is not None and 2 * int(flagged[rows].sum()) >= len(rows)


def _components_by_posts(rows: Sequence[Longs], coordinated: Bools) -> Longs:
    """The connected component of each set of posts; sets that share half of the smaller touch."""
    posts = np.unique(np.concatenate(rows))
    sizes = np.array([len(of_burst) for of_burst in rows])
    # membership (bursts, posts), so that its product with itself counts the common posts of two
    # bursts
    at_burst = np.repeat(np.arange(len(rows)), sizes)
    at_post = np.searchsorted(posts, np.concatenate(rows))
    membership = sparse.csr_matrix(
        (np.ones(len(at_burst)), (at_burst, at_post)), shape=(len(rows), len(posts))
    )
    common = sparse.coo_matrix(membership @ membership.T)
    smaller = np.minimum(sizes[common.row], sizes[common.col])
    touching = (common.data >= MIN_SHARED_POSTS * smaller) & (
        coordinated[common.row] == coordinated[common.col]
    )
    edges = (common.row[touching], common.col[touching])
    graph = sparse.csr_matrix((np.ones(len(edges[0])), edges), shape=(len(rows), len(rows)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _merged_by_authors(
    groups: list[list[int]], rows: Sequence[Longs], coordinated: Bools, overlap: AuthorOverlap
) -> list[list[int]]:
    """Groups of bursts, each merged with the clearest one that the same authors wrote."""
    merged: list[list[int]] = []
    rows_of_merged: list[Longs] = []
    for group in groups:
        own_rows = _union(rows, group)
        p_values = [
            overlap.p_value(own_rows, other_rows)
            if coordinated[group[0]] == coordinated[merged[at][0]]
            else 1.0
            for at, other_rows in enumerate(rows_of_merged)
        ]
        best = int(np.argmin(p_values)) if p_values else -1
        if best >= 0 and p_values[best] <= MAX_P_VALUE:
            merged[best] = sorted([*merged[best], *group])
            rows_of_merged[best] = np.union1d(rows_of_merged[best], own_rows)
        else:
            merged.append(list(group))
            rows_of_merged.append(own_rows)
    return merged


def _union(rows: Sequence[Longs], group: Sequence[int]) -> Longs:
    union: Longs = np.unique(np.concatenate([rows[at] for at in group]))
    return union
