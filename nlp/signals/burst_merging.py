"""Features that burst together, in the same posts or by the same authors, are one alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    groups: list[list[int]] = []
    posts: list[set[int]] = []
    for at, burst in enumerate(bursts):
        own = set(rows[at].tolist())
        alarming = burst.nominal_rate <= max_nominal_rate
        touching = []
        for number, held in enumerate(posts):
            least = MIN_SHARED_POSTS * (min(len(own), len(held)) if alarming else len(own))
            if coordinated[groups[number][0]] == coordinated[at] and len(own & held) >= least:
                touching.append(number)
        if not touching:
            if alarming:
                groups.append([at])
                posts.append(own)
            continue
        first, *others = touching if alarming else touching[:1]
        for number in others:
            groups[first] += groups[number]
            posts[first] |= posts[number]
        groups[first] = sorted([*groups[first], at])
        posts[first] |= own
        for number in reversed(others):
            del groups[number], posts[number]
    return groups


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
