"""Features that burst together, in the same posts, are one signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from nlp.corpus import Longs
from nlp.signals.bursts import Rise

SHARED = 0.5


@dataclass(frozen=True, slots=True)
class Burst:
    """What rose together, the strongest first, and the rows of the posts behind it."""

    rises: tuple[Rise, ...]
    rows: Longs


def merge(risen: Sequence[Rise], rows_of: Callable[[int], Longs], limit: float) -> list[Burst]:
    """Join what rose in the same posts, at least half of the smaller set; the strongest burst first.

    A burst needs a feature within the limit. Others that rose tie those together (the words of a hashtag game share
    no post, but all share its tag) and help to name the burst.

    Args:
        risen: features above their past in one tick, the clearest first.
        rows_of: feature code -> the posts of the tick that have it, sorted.
        limit: `Rise.accidents` up to which a feature makes a burst.
    """
    alarming = [place for place, rise in enumerate(risen) if rise.accidents <= limit]
    if not alarming:
        return []
    rows = [rows_of(rise.code) for rise in risen]
    posts = np.unique(np.concatenate(rows))
    sizes = np.array([len(found) for found in rows])
    places = (np.repeat(np.arange(len(rows)), sizes), np.searchsorted(posts, np.concatenate(rows)))
    member = sparse.csr_matrix((np.ones(len(places[0])), places), shape=(len(rows), len(posts)))
    common = sparse.coo_matrix(member @ member.T)
    close = common.data >= SHARED * np.minimum(sizes[common.row], sizes[common.col])
    shape = (len(rows), len(rows))
    graph = sparse.csr_matrix((np.ones(int(close.sum())), (common.row[close], common.col[close])), shape=shape)
    parts = connected_components(graph, directed=False)[1]
    found = []
    for part in dict.fromkeys(int(parts[place]) for place in alarming):  # in the order of their strongest feature
        together = np.flatnonzero(parts == part)
        found.append(Burst(tuple(risen[int(i)] for i in together), np.unique(np.concatenate([rows[int(i)] for i in together]))))
    return found
