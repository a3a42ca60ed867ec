"""The test of a guessed group as a whole: did so few join each other so often by chance?

A pair of accounts may share too little to be sure of, while a group whose members join each other
again and again is not an accident. Single accounts against a group: see
`graph.coordination.weighted.group_scores`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS, AccountPairs, count_session
from graph.coordination.coactions.find import CoActions
from graph.coordination.coactions.windows import argsort_rows, first_of_run, sizes_of_runs
from graph.coordination.null_model import NullModel, poisson_tail
from graph.coordination.weighted.weights import Growth


@dataclass(frozen=True)
class FamilyTests:
    """Signals that are counted together, with their fitted null model and their pairs, tested.

    Attributes:
        growth: what chance gives under the model.
        observed: (pairs, windows), co-actions counted.
        p: by pair, the p-value of `graph.coordination.weighted.pair_scores`, uncorrected.
        crowded: by act, whether a crowd of more than ``crowd_cap`` others acts on its object within
            a window, so that it was not looked at in that window.
    """

    name: str
    acts: Acts
    coactions: CoActions
    pairs: AccountPairs
    model: NullModel
    growth: Growth
    observed: np.ndarray
    p: np.ndarray
    crowded: np.ndarray
    crowd_cap: int


def group_p_values(family: FamilyTests, group_of: np.ndarray, accounts: int) -> np.ndarray:
    """The p-value of each guessed group as a whole: so many joins among so few, however picked.

    In a burst with m members m - 1 have joined the first. Their number over all bursts is compared
    with a Poisson tail around what activity and crowds make one expect of these members, and paid
    for with the number of groups of that size among ``accounts`` accounts (Bonferroni over every
    choice, as in scan statistics: Kulldorff 1997).
    """
    size = np.bincount(group_of[group_of >= 0])
    acts, model = family.acts, family.model
    first, second, apart = _inside_groups(family, group_of)
    log_p = np.zeros(len(size))
    for k, window in enumerate(model.windows_ms):
        informative = model.informative[:, k]
        near = apart <= window
        near &= informative[acts.engagement[first]] & informative[acts.engagement[second]]
        acting = np.zeros(len(acts), dtype=bool)
        acting[first[near]] = acting[second[near]] = True
        rows = np.flatnonzero(acting)
        joins = _sum_by_group(_count_distinct(acts, rows), group_of)
        group = group_of[acts.account[rows]]
        in_burst = np.sort(acts.burst[rows] * len(size) + group)
        in_burst = in_burst[first_of_run(in_burst)]
        joins -= np.bincount(in_burst % max(1, len(size)), minlength=len(size))
        expected = np.zeros(len(size))
        for drawn, share in zip(model.expected[:, :, k], model.share, strict=True):
            of_others = _sum_by_group(drawn, group_of)[group_of] - drawn
            expected += _sum_by_group(share * of_others, group_of)
        with np.errstate(divide="ignore"):
            log_p = np.minimum(log_p, np.log(poisson_tail(np.maximum(joins, 0), expected)))
    # the logarithm of "accounts choose size", and of the number of sizes
    choices = (
        gammaln(accounts + 1)
        - gammaln(size + 1)
        - gammaln(np.maximum(accounts - size, 0) + 1)
        + np.log(accounts)
    )
    paid = log_p + choices + np.log(len(model.windows_ms))
    p: np.ndarray = np.exp(np.minimum(0.0, paid))
    return p


def _inside_groups(
    family: FamilyTests, group_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``first, second, apart`` of the co-actions of two accounts of one group."""
    acts, coactions = family.acts, family.coactions
    group = group_of[acts.account[coactions.first]]
    inside = (group >= 0) & (group == group_of[acts.account[coactions.second]])
    return coactions.first[inside], coactions.second[inside], coactions.apart[inside]


def _count_distinct(acts: Acts, rows: np.ndarray) -> np.ndarray:
    """By account, how often it acted in some acts.

    The least of distinct bursts and posts, and of bursts counted by the logarithm in each session.
    """
    accounts = acts.volume.shape[1]
    account, slot = acts.account[rows], acts.time[rows] // SLOT_MS
    engagement = acts.engagement[rows]  # what one account does in one burst
    order = argsort_rows(account, slot, engagement)
    thing = order[first_of_run(account[order], slot[order], engagement[order])]
    first = first_of_run(account[thing], slot[thing])
    things = count_session(sizes_of_runs(first))
    sessions = np.bincount(account[thing[first]], things, accounts)
    bursts, posts = (_distinct(account, of, accounts) for of in (engagement, acts.post[rows]))
    least: np.ndarray = np.minimum(np.minimum(bursts, posts), sessions.astype(np.int64))
    return least


def _distinct(account: np.ndarray, thing: np.ndarray, accounts: int) -> np.ndarray:
    """By account, how many different things, each of one account, its rows have."""
    owner = np.full(int(thing.max()) + 1 if len(thing) else 0, -1, dtype=np.int64)
    owner[thing] = account
    return np.bincount(owner[owner >= 0], minlength=accounts)


def _sum_by_group(values: np.ndarray, group_of: np.ndarray) -> np.ndarray:
    """By group, the sum of its members' values."""
    members = np.flatnonzero(group_of >= 0)
    groups = int(group_of.max(initial=-1)) + 1
    return np.bincount(group_of[members], weights=values[members], minlength=groups)
