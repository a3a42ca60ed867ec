"""Crowds that return: many accounts that meet again and again on different things.

In a burst of hundreds two accounts have nothing to do with each other, and one popular thing says
nothing of anybody (`graph.coordination.coactions.find.CROWD_CAP`). That the same hundreds are there
at the next thing, and at the one after it, does.

1. *Core*: bursts of `LEAST_BURST` accounts or more, and the accounts in `LEAST_JOINS` of them or
   more; bursts without `LEAST_RETURNING` such accounts leave, and so on until nothing changes (the
   bipartite core of Ahmed et al. 2007). Most bursts end here.
2. *Overlap*: of two bursts, the number of accounts in both against a Poisson tail of what activity
   and the sizes of both bursts make one expect: ``sum_i p_i1 p_i2`` with ``p_ib = x / (1 + x)``,
   ``x = d_b v_i / sum_j v_j``, d_b accounts in burst b and v_i acts of account i, wherever. That is
   the bipartite configuration model with both margins kept (Saracco et al. 2015, 2017; Neal 2014
   for its use on projections), solved in one step. Audiences overlap, too, so
   that the overlap must hold `OVERLAP` of the smaller burst besides. All pairs of bursts are paid
   for (Bonferroni).
3. *Crowds*: bursts that overlap so with two others or more, connected. A crowd needs `LEAST_JOINS`
   different things.
4. *Members*: each account that joined `LEAST_SHARED` of the crowd's bursts or more, its joins
   against a Poisson tail of what its activity and the strangers in
   these bursts make one expect; the returning accounts are left out of the strangers, as everywhere
   (`graph.coordination.null_model`), found in a few rounds.

The work is linear in acts, and bounded in overlaps: of more than `MOST_BURSTS` bursts those with
most returning accounts are looked at, and of accounts so many that `MOST_MEETINGS` meetings are
counted, drawn by their number (every n-th), which counts all bursts alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.windows import first_rows
from graph.coordination.membership_tests import FamilyTests
from graph.coordination.null_model import PRIOR_ACTS, poisson_tail

LEAST_BURST = 100
"""Accounts from which a burst is looked at here: half the size at which pairs are not."""
LEAST_JOINS = 3
"""Bursts in which an account returns, and things that a crowd has at least."""
LEAST_SHARED = 2
LEAST_RETURNING = 50
"""Returning accounts that a burst has at least."""
OVERLAP = 0.15
"""Part of the smaller of two bursts that must be in the other one."""
MOST_BURSTS = 2_000
MOST_MEETINGS = 20_000_000
ROUNDS = 5
QUARTER_MS = 900_000


@dataclass(frozen=True)
class ReturningCrowd:
    """Accounts that returned together.

    Attributes:
        members: accounts, sorted.
        p: by member, not corrected for the number of accounts.
        joins: by member, distinct bursts joined.
        bursts: codes of `Acts.burst`, sorted.
        family: position of the family among those tested.
    """

    members: np.ndarray
    p: np.ndarray
    joins: np.ndarray
    bursts: np.ndarray
    family: int


def find_crowds(families: Sequence[FamilyTests], rate: float) -> list[ReturningCrowd]:
    """The crowds of all families, the largest first; ``rate`` is the allowed error."""
    found: list[ReturningCrowd] = []
    for number, family in enumerate(families):
        found += _crowds_of(family.acts, number, rate / max(1, len(families)))
    return sorted(found, key=lambda crowd: (-len(crowd.members), crowd.members.tolist()))


def _crowds_of(acts: Acts, number: int, rate: float) -> list[ReturningCrowd]:
    if not len(acts):
        return []
    bursts, first = np.unique(acts.burst, return_index=True)
    accounts_of_burst = _accounts_by_burst(acts)
    large = accounts_of_burst >= LEAST_BURST
    if np.count_nonzero(large) < LEAST_JOINS:
        return []
    all_bursts, all_accounts = _engagements(acts, large)
    keep = _core(all_bursts, all_accounts, acts.volume.shape[1], len(bursts))
    burst, account = all_bursts[keep], all_accounts[keep]
    codes, column = np.unique(burst, return_inverse=True)
    if len(codes) < LEAST_JOINS:
        return []
    if len(codes) > MOST_BURSTS:
        returning = np.bincount(column)
        chosen = np.sort(np.argsort(-returning, kind="stable")[:MOST_BURSTS])
        inside = np.isin(column, chosen)
        burst, account = burst[inside], account[inside]
        codes, column = np.unique(burst, return_inverse=True)
    known, row = np.unique(account, return_inverse=True)
    joined = csr_matrix(
        (np.ones(len(row), dtype=np.float64), (row, column)), shape=(len(known), len(codes))
    )
    linked = _overlapping(joined, accounts_of_burst[codes], acts, rate)
    crowds = []
    for group in _connected(linked):
        objects = np.unique(acts.object[first[codes[group]]])
        if len(objects) >= LEAST_JOINS:
            inside = np.isin(all_bursts, codes[group])
            crowd = _members(acts, all_bursts[inside], all_accounts[inside], accounts_of_burst)
            if len(crowd[0]) >= LEAST_RETURNING:
                crowds.append(ReturningCrowd(*crowd, codes[group], number))
    return crowds


def _accounts_by_burst(acts: Acts) -> np.ndarray:
    """By burst, how many accounts act in it."""
    first = first_rows(acts.engagement)
    return np.bincount(acts.burst[first], minlength=int(acts.burst[-1]) + 1)


def _engagements(acts: Acts, large: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``burst, account`` of large bursts, of one account's in a quarter of an hour only one.

    Who posts one text with five links has not returned five times.
    """
    rows = np.flatnonzero(large[acts.burst])
    _, first = np.unique(acts.engagement[rows], return_index=True)
    rows = rows[first]
    moment = acts.account[rows].astype(np.int64) * 2**36 + acts.time[rows] // QUARTER_MS
    _, once = np.unique(moment, return_index=True)
    rows = rows[np.sort(once)]
    return acts.burst[rows], acts.account[rows].astype(np.int64)


def _core(burst: np.ndarray, account: np.ndarray, accounts: int, bursts: int) -> np.ndarray:
    """Positions of the engagements in the bipartite core."""
    keep = np.arange(len(burst))
    while True:
        often = np.bincount(account[keep], minlength=accounts) >= LEAST_JOINS
        full = np.bincount(burst[keep], weights=often[account[keep]], minlength=bursts)
        inside = often[account[keep]] & (full >= LEAST_RETURNING)[burst[keep]]
        if inside.all():
            return keep
        keep = keep[inside]


def _overlapping(joined: csr_matrix, size: np.ndarray, acts: Acts, rate: float) -> csr_matrix:
    """Which bursts share more accounts than activity explains, as a matrix of flags."""
    meetings = float((np.asarray(joined.sum(axis=1)) ** 2).sum())
    step = int(np.ceil(meetings / MOST_MEETINGS))
    # of every n-th account, what is seen and what is expected are both an n-th
    part = joined[::step]
    seen = (part.T @ part).tocoo()
    upper = seen.row < seen.col
    one, two, both = seen.row[upper], seen.col[upper], seen.data[upper]
    # accounts of one activity are reckoned together
    active, number = np.unique(acts.volume.sum(axis=0), return_counts=True)
    odds = np.outer(size, active / (acts.volume.sum() + PRIOR_ACTS))
    chance = odds / (1 + odds)
    expected = ((chance * number) @ chance.T)[one, two] / step
    p = poisson_tail(both, expected) * joined.shape[1] ** 2 / 2
    enough = (p <= rate) & (both * step >= OVERLAP * np.minimum(size[one], size[two]))
    one, two = one[enough], two[enough]
    ones = np.ones(2 * len(one), dtype=np.int8)
    ends = (np.concatenate([one, two]), np.concatenate([two, one]))
    return csr_matrix((ones, ends), shape=(joined.shape[1], joined.shape[1]))


def _connected(linked: csr_matrix) -> list[np.ndarray]:
    """Bursts that hang together, each linked to two others or more."""
    several = np.flatnonzero(np.diff(linked.indptr) >= LEAST_JOINS - 1)
    part = linked[several][:, several]
    groups, label = connected_components(part, directed=False)
    found = [several[label == group] for group in range(groups)]
    return [group for group in found if len(group) >= LEAST_JOINS]


def _members(
    acts: Acts, burst: np.ndarray, account: np.ndarray, accounts_of_burst: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Accounts that joined the crowd's bursts more often than chance, their p and joins.

    ``burst`` and ``account`` are all engagements in these bursts.
    """
    codes, column = np.unique(burst, return_inverse=True)
    known, row = np.unique(account, return_inverse=True)
    joins = np.bincount(row)
    volume = acts.volume.sum(axis=0)[known].astype(float)
    # what an account did in these bursts is what is tested, not how active it is otherwise
    share = np.maximum(volume - joins, 1.0) / (acts.volume.sum() + PRIOR_ACTS)
    inside, p = joins >= LEAST_JOINS, np.ones(len(known))
    for _ in range(ROUNDS):
        of_members = np.bincount(column[inside[row]], minlength=len(codes))
        strangers = np.maximum(accounts_of_burst[codes] - of_members, 0) + 0.5
        p = poisson_tail(joins, share * strangers.sum())
        passing = (joins >= LEAST_SHARED) & (p <= 1.0 / len(known))
        if np.array_equal(passing, inside):
            break
        inside = passing
    return known[inside], p[inside], joins[inside]
