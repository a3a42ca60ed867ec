"""Features that burst together, in the same posts or by the same people, are one signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from nlp.signals.bursts import Rise
from nlp.signals.crowd import CHANCE, Crowd
from nlp.text.corpus import Longs

SHARED = 0.5


@dataclass(frozen=True, slots=True)
class Burst:
    """What rose together, the strongest first, with the posts of each in the tick, and the rows of the posts behind it all."""

    rises: tuple[Rise, ...]
    carried: tuple[Longs, ...]
    rows: Longs


def merge(
    risen: Sequence[Rise], rows_of: Callable[[int], Longs], limit: float, crowd: Crowd, flagged: NDArray[np.bool_] | None = None
) -> list[Burst]:  # fmt: skip
    """Join what rose in the same posts, at least half of the smaller set, then what the same people wrote; the strongest first.

    A burst needs a feature within the limit. Others that rose tie those together (the words of a hashtag game share
    no post, but all share its tag) and help to name the burst.

    Args:
        risen: features above their past in one tick, the clearest first.
        rows_of: feature code -> the posts of the tick that have it, sorted.
        limit: `Rise.accidents` up to which a feature makes a burst.
        crowd: the people of the tick.
        flagged: by row, whether its author is flagged as coordinated, where that is known. What such accounts carry is then kept
            apart from what others do, though both may name the same place.
    """
    alarming = [place for place, rise in enumerate(risen) if rise.accidents <= limit]
    if not alarming:
        return []
    rows = [rows_of(rise.code) for rise in risen]
    hot = np.array([mostly(found, flagged) for found in rows])
    parts = _by_posts(rows, hot)
    bursts = [
        np.flatnonzero(parts == part).tolist() for part in dict.fromkeys(parts[alarming].tolist())
    ]  # by their strongest feature
    return [
        Burst(
            tuple(risen[at] for at in places),
            tuple(rows[at] for at in places),
            _together(rows, places),
        )
        for places in _by_people(bursts, rows, hot, crowd)
    ]


def mostly(rows: Longs, flagged: NDArray[np.bool_] | None) -> bool:
    """Whether flagged accounts wrote at least half of some posts."""
    return flagged is not None and 2 * int(flagged[rows].sum()) >= len(rows)


def _by_posts(rows: Sequence[Longs], hot: NDArray[np.bool_]) -> Longs:
    """The part of each set of posts: alike sets that share half of the smaller one are in one part."""
    posts = np.unique(np.concatenate(rows))
    sizes = np.array([len(found) for found in rows])
    places = (np.repeat(np.arange(len(rows)), sizes), np.searchsorted(posts, np.concatenate(rows)))
    member = sparse.csr_matrix((np.ones(len(places[0])), places), shape=(len(rows), len(posts)))
    common = sparse.coo_matrix(member @ member.T)
    close = (common.data >= SHARED * np.minimum(sizes[common.row], sizes[common.col])) & (
        hot[common.row] == hot[common.col]
    )
    graph = sparse.csr_matrix(
        (np.ones(int(close.sum())), (common.row[close], common.col[close])),
        shape=(len(rows), len(rows)),
    )
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _by_people(
    bursts: list[list[int]], rows: Sequence[Longs], hot: NDArray[np.bool_], crowd: Crowd
) -> list[list[int]]:
    """Bursts put together with the strongest one that the same people wrote."""
    kept: list[list[int]] = []
    held: list[Longs] = []
    for places in bursts:
        own = _together(rows, places)
        chances = [
            crowd.chance(own, other) if hot[places[0]] == hot[kept[at][0]] else 1.0
            for at, other in enumerate(held)
        ]
        best = int(np.argmin(chances)) if chances else -1
        if best >= 0 and chances[best] <= CHANCE:
            kept[best] = sorted([*kept[best], *places])
            held[best] = np.union1d(held[best], own)
        else:
            kept.append(list(places))
            held.append(own)
    return kept


def _together(rows: Sequence[Longs], places: Sequence[int]) -> Longs:
    found: Longs = np.unique(np.concatenate([rows[place] for place in places]))
    return found
