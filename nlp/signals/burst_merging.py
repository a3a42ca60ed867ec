"""Features that burst together, in the same posts or by the same authors, are one alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.signals.author_overlap import MAX_P_VALUE, AuthorOverlap, PostAuthors
from nlp.signals.bursts import Burst
from nlp.text.corpus import Longs

Bools = NDArray[np.bool_]

MIN_SHARED_POSTS = 0.5
"""Share of the smaller set of posts from which two sets tell one story."""


@dataclass(frozen=True, slots=True)
class MergedBurst:
    """Bursts of one tick that belong together, the clearest first.

    ``rows_of_burst`` are the posts of each in the tick, ``rows`` those of all. ``joint``: none of
    them need stand out alone (`nlp.signals.slow_stories`).
    """

    bursts: tuple[Burst, ...]
    rows_of_burst: tuple[Longs, ...]
    rows: Longs
    joint: bool = False


def merge_bursts(
    bursts: Sequence[Burst],
    rows_of: Callable[[Burst], Longs],
    max_nominal_rate: float,
    overlap: AuthorOverlap,
    flagged: Bools | None = None,
) -> list[MergedBurst]:
    """Merge what burst in the same posts (half of the smaller set) or by the same authors.

    A merged burst needs a feature within the limit; others help to name the story.

    Args:
        bursts: features above their past in one tick, the clearest first.
        rows_of: burst -> the posts of its window that have its feature, sorted.
        max_nominal_rate: `Burst.nominal_rate` up to which a feature raises an alert.
        overlap: the test for common authors in this tick.
        flagged: by row, whether its author is flagged as coordinated, where that is known. What
            such accounts spread is then kept apart from what others write, though both may name one
            place.

    Returns:
        The merged bursts, the clearest first.
    """
    if not any(burst.nominal_rate <= max_nominal_rate for burst in bursts):
        return []
    rows = [rows_of(burst) for burst in bursts]
    coordinated = np.array([is_mostly_flagged(of_burst, flagged) for of_burst in rows])
    groups = _groups_by_posts(bursts, rows, coordinated, max_nominal_rate)
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


def _groups_by_posts(
    bursts: Sequence[Burst], rows: Sequence[Longs], coordinated: Bools, max_nominal_rate: float
) -> list[list[int]]:
    """Bursts that share posts, in groups; the clearest burst of each group first.

    Taken one after the other, the clearest first. A burst within the limit joins all groups that
    share half of the smaller set with it. One beyond the limit only joins where half of its own
    posts are: a word of every day that some posts of two stories have would make them one.
    """
    # posts numbered among those of all bursts, and which of them each group has
    places = np.unique(np.concatenate(rows), return_inverse=True)[1]
    ends = np.cumsum([len(of_burst) for of_burst in rows])
    groups: list[list[int]] = []
    held = np.zeros((8, int(places.max()) + 1), np.bool_)
    sizes = np.zeros(len(held), np.int64)  # how many posts each group has
    for at, burst in enumerate(bursts):
        own = places[ends[at] - len(rows[at]) : ends[at]]
        alarming = burst.nominal_rate <= max_nominal_rate
        of_groups = held[: len(groups)]
        smaller = np.minimum(len(own), sizes[: len(groups)]) if alarming else len(own)
        enough = np.count_nonzero(of_groups[:, own], axis=1) >= MIN_SHARED_POSTS * smaller
        touching = [
            number
            for number in np.flatnonzero(enough).tolist()
            if coordinated[groups[number][0]] == coordinated[at]
        ]
        if not touching:
            if alarming:
                if len(groups) == len(held):
                    held = np.concatenate([held, np.zeros_like(held)])
                    sizes = np.concatenate([sizes, np.zeros_like(sizes)])
                held[len(groups), own] = True
                sizes[len(groups)] = np.count_nonzero(held[len(groups)])
                groups.append([at])
            continue
        first, *others = touching if alarming else touching[:1]
        # groups stand in the order of their clearest bursts: the first one's stays the clearest
        groups[first] += [at, *(one for number in others for one in groups[number])]
        if others:
            held[first] |= held[others].any(axis=0)
        held[first, own] = True
        sizes[first] = np.count_nonzero(held[first])
        for number in reversed(others):
            del groups[number]
            held[number:-1], sizes[number:-1] = held[number + 1 :], sizes[number + 1 :]
            held[-1], sizes[-1] = False, 0
    return [sorted(group) for group in groups]


def _merged_by_authors(
    groups: list[list[int]], rows: Sequence[Longs], coordinated: Bools, overlap: AuthorOverlap
) -> list[list[int]]:
    """Groups of bursts, each merged with the clearest one that the same authors wrote."""
    merged: list[list[int]] = []
    authors_of_merged: list[PostAuthors] = []
    for group in groups:
        own = overlap.authors_of(_union(rows, group))
        p_values = [
            overlap.p_value_of(own, others)
            if coordinated[group[0]] == coordinated[merged[at][0]]
            else 1.0
            for at, others in enumerate(authors_of_merged)
        ]
        best = int(np.argmin(p_values)) if p_values else -1
        if best >= 0 and p_values[best] <= MAX_P_VALUE:
            merged[best] = sorted([*merged[best], *group])
            union = np.union1d(authors_of_merged[best].rows, own.rows)
            authors_of_merged[best] = overlap.authors_of(union)
        else:
            merged.append(list(group))
            authors_of_merged.append(own)
    return merged


def _union(rows: Sequence[Longs], group: Sequence[int]) -> Longs:
    union: Longs = np.unique(np.concatenate([rows[at] for at in group]))
    return union
