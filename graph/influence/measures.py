"""How far posts travel: expected spread on author -> amplifier edges, h-index and simple counts.

**Expected spread.** In the independent cascade model (Kempe, Kleinberg and Tardos 2003) every
account that takes a post up passes it on to each of its amplifiers once, with that edge's
probability. The expected number of accounts reached from one seed is estimated without simulation,
by passing on the probability of being *newly* reached step by step, as in viral centrality (Fink et
al. 2023, doi:10.1016/j.physa.2023.128707): with a(v) the probability that v is reached at this step
and c(v) that it has been reached by now,

    a'(v) = (1 - c(v)) * (1 - prod over u of (1 - w(u, v) a(u))),    c' = c + a'.

Independence of the u's is assumed; who was reached before is not reached again, so tight circles
that repost one another do not count themselves over and over, and no answer exceeds the number of
accounts.

**h-index style.** h posts with at least h amplifications each: repeated success, not one lucky
post.

**Sustained amplification.** A count of amplifications predicts later ones better when it is weighed
by how repeatable it is and by the audience that stays: `sustained`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]

MAX_STEPS = 50
_BLOCK = 32
_SURE = 1 - 1e-12


def expected_spread(
    probabilities: csr_array,
    seeds: Sequence[int] | NDArray[np.int64] | None = None,
    *,
    smallest: float = 1e-5,
) -> Floats:
    """Expected number of accounts that one post of each seed reaches, the seed itself not counted.

    Args:
        probabilities: (n, n) sparse; [u, v] is the probability that v passes on a post of u. The
            diagonal is ignored. Edges run from the author to the amplifier.
        seeds: rows to answer for, all where None.
        smallest: probabilities of being newly reached that are below this are not passed on. 1e-4
            costs about 1 % of the spread of large networks, and a tenth of the time of 1e-6.

    Returns:
        (len(seeds),) values in 0 .. n - 1.

    Raises:
        ValueError: a probability is outside 0 .. 1.
    """
    from scipy.sparse import csr_array

    edges = csr_array(probabilities, dtype=np.float64)
    if edges.nnz and not (edges.data.min() >= 0 and edges.data.max() <= 1):
        raise ValueError("probabilities must lie between 0 and 1")
    edges.setdiag(0)
    edges.eliminate_zeros()
    rows = np.arange(edges.shape[0]) if seeds is None else np.asarray(seeds, dtype=np.int64)
    parts = [
        _spread(edges, rows[start : start + _BLOCK], smallest)
        for start in range(0, len(rows), _BLOCK)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _spread(edges: csr_array, seeds: NDArray[np.int64], smallest: float) -> Floats:
    from scipy.sparse import csr_array

    shape = (len(seeds), edges.shape[0])
    fresh = csr_array((np.ones(len(seeds)), (np.arange(len(seeds)), seeds)), shape=shape)
    reached = fresh.copy()
    for _ in range(MAX_STEPS):
        taken_up = _taken_up(fresh, edges)
        fresh = taken_up - taken_up.multiply(reached)
        fresh.data[fresh.data < smallest] = 0
        fresh.eliminate_zeros()
        if not fresh.nnz:
            break
        reached = reached + fresh
    total: Floats = np.asarray(reached.sum(axis=1)).ravel() - 1
    return total


def _taken_up(fresh: csr_array, edges: csr_array) -> csr_array:
    """1 - prod over u of (1 - w(u, v) a(u)), for each row of a: a sparse product of logarithms."""
    from scipy.sparse import csr_array

    # Each entry a(u) of `fresh` meets every edge u -> v. All such meetings lie one after another in
    # arrays of one length: `entry` says which entry of `fresh`, `edge` which edge.
    edges_of_entry = np.diff(edges.indptr)[fresh.indices]
    entry = np.repeat(np.arange(fresh.nnz), edges_of_entry)
    first_of_entry = np.repeat(np.cumsum(edges_of_entry) - edges_of_entry, edges_of_entry)
    edge = np.arange(len(entry)) - first_of_entry + edges.indptr[fresh.indices][entry]
    row = np.repeat(np.arange(fresh.shape[0]), np.diff(fresh.indptr))[entry]
    logs = np.log1p(-np.minimum(fresh.data[entry] * edges.data[edge], _SURE))
    # meetings at the same v are summed by the constructor
    taken_up = csr_array((logs, (row, edges.indices[edge])), shape=fresh.shape)
    taken_up.data = -np.expm1(taken_up.data)
    return taken_up


def h_index(counts: NDArray[np.int64]) -> int:
    """The largest h such that h of the counts are at least h."""
    falling = np.sort(counts)[::-1]
    return int(np.count_nonzero(falling >= np.arange(1, len(falling) + 1)))


def sustained(amplified: Floats, h: Floats, followers: Floats | None = None) -> Floats:
    """An index of the amplification to expect later.

    It is ``amplified * (1 + h) ** 0.5 * (1 + followers) ** 0.1``.
    A count that rests on one lucky post says less of the future than the same count over many posts
    (h), and a large audience stays. The exponents are rounded from a log-linear fit of later
    retweets of 47,012 accounts that posted low-credibility links (DeVerna et al. 2024,
    doi:10.1371/journal.pone.0302201): h and followers enter at .4-.6 and .1-.2 of the exponent of
    the count.

    Args:
        amplified: (n,) amplifications so far.
        h: (n,) h-index.
        followers: (n,) or None where unknown.
    """
    index: Floats = amplified * np.sqrt(1 + h)
    return index if followers is None else index * (1 + np.maximum(followers, 0)) ** 0.1
