"""Pairs of accounts by the weights of what they shared, against chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS, AccountPairs, keep_first, keep_sessions
from graph.coordination.coactions.find import CoActions
from graph.coordination.null_model import NullModel
from graph.coordination.weighted.weights import THETAS, Growth, View, views_of, weigh_joins

WORTH_COUNTING = 0.05
"""p-value, if nothing had to be counted once only, up to which a pair is counted exactly."""
FIRST_LOOK = (0.3, 0.6, 0.9)


def weighted_p_values(
    acts: Acts,
    coactions: CoActions,
    pairs: AccountPairs,
    model: NullModel,
    growth: Growth,
    several: np.ndarray,
) -> np.ndarray:
    """The p-value of each pair, over all windows within the hour (1 where not tested).

    The smallest over the views of `graph.coordination.weighted.weights`, times their number.
    Things count once a post of *a* and of *b*, and those of one hour by their logarithm, the
    heaviest first. The larger of "b joins a" and "a joins b" holds.

    Args:
        acts, coactions, pairs: what is tested.
        model: the fitted null model.
        growth: what chance gives under it.
        several: by pair, whether it shares two things or more and is tested.
    """
    views = views_of(acts, model, of_groups=False)
    p = [_p_values(acts, coactions, pairs, model, growth, several, view) for view in views]
    smallest: np.ndarray = np.minimum(1.0, len(views) * np.min(p, axis=0))
    return smallest


def _p_values(
    acts: Acts,
    coactions: CoActions,
    pairs: AccountPairs,
    model: NullModel,
    growth: Growth,
    several: np.ndarray,
    view: View,
) -> np.ndarray:
    p = np.ones(len(pairs))
    near = informative_windows(acts, coactions, model, view)
    rows = np.flatnonzero((near >= 0) & several[pairs.pair]) if len(pairs) else near
    if not len(rows):
        return p
    engagements = [acts.engagement[side[rows]] for side in (coactions.first, coactions.second)]
    heavy = [weigh_joins(model, view, engagement, near[rows]) for engagement in engagements]
    tested = np.flatnonzero(several)
    sums = [np.bincount(pairs.pair[rows], weights=w, minlength=len(pairs)) for w in heavy]
    accounts = _accounts_of(pairs, tested)
    grown = growth.at(view, accounts, FIRST_LOOK)
    rough = _bound(grown, FIRST_LOOK, accounts, model.share, pairs, tested, sums)
    tested = tested[rough <= WORTH_COUNTING]
    worth = np.zeros(len(pairs), dtype=bool)
    worth[tested] = True
    inside = worth[pairs.pair[rows]]
    rows, heavy = rows[inside], [w[inside] for w in heavy]
    for number, weight in enumerate(heavy):
        once = _heaviest_once(acts, coactions, pairs, rows, weight)
        sums[number] = np.bincount(
            pairs.pair[rows][once], weights=weight[once], minlength=len(pairs)
        )
    accounts = _accounts_of(pairs, tested)
    grown = growth.of(view, accounts)
    p[tested] = _bound(grown, THETAS, accounts, model.share, pairs, tested, sums)
    return p


def _accounts_of(pairs: AccountPairs, chosen: np.ndarray) -> np.ndarray:
    """The accounts of the chosen pairs, sorted."""
    return np.unique(np.concatenate([pairs.a[chosen], pairs.b[chosen]])).astype(np.int64)


def informative_windows(
    acts: Acts, coactions: CoActions, model: NullModel, view: View
) -> np.ndarray:
    """By co-action, the number of the shortest window that holds it.

    -1 where a crowd is in it, or where the view does not look.
    """
    windows = np.array(model.windows_ms)
    window = np.searchsorted(windows, coactions.apart)
    inside = (window < view.windows) & view.signals[acts.signal[coactions.first]]
    window = np.minimum(window, len(windows) - 1)
    for side in (coactions.first, coactions.second):
        inside &= model.informative[acts.engagement[side], window]
    near: np.ndarray = np.where(inside, window, -1)
    return near


def _bound(
    grown: np.ndarray,
    thetas: Sequence[float],
    accounts: np.ndarray,
    share: np.ndarray,
    pairs: AccountPairs,
    chosen: np.ndarray,
    joined: Sequence[np.ndarray],
) -> np.ndarray:
    """Chernoff's bound by chosen pair.

    Args:
        grown: (thetas, signals, accounts), `Growth`.
        thetas, accounts: of ``grown``; the accounts are sorted.
        share: as in `NullModel`.
        pairs: all pairs.
        chosen: positions of those that are asked for.
        joined: by pair, what b's joins of a weigh and what a's joins of b weigh.
    """
    a = np.searchsorted(accounts, pairs.a[chosen])
    b = np.searchsorted(accounts, pairs.b[chosen])
    share = share[:, accounts]
    share_a, share_b = share[:, a], share[:, b]
    of_a, of_b = np.zeros(len(chosen)), np.zeros(len(chosen))
    for theta, growth in zip(thetas, grown, strict=True):
        by_a = sum(of[a] * part for of, part in zip(growth, share_b, strict=True))
        by_b = sum(of[b] * part for of, part in zip(growth, share_a, strict=True))
        of_a = np.minimum(of_a, by_a - theta * joined[0][chosen])
        of_b = np.minimum(of_b, by_b - theta * joined[1][chosen])
    p: np.ndarray = np.exp(np.maximum(of_a, of_b))
    return p


def _heaviest_once(
    acts: Acts, coactions: CoActions, pairs: AccountPairs, rows: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Positions in ``rows`` that count: the heaviest a pair and post, by the logarithm an hour."""
    first, second = coactions.first[rows], coactions.second[rows]
    pair, slot = pairs.pair[rows], acts.time[first] // SLOT_MS
    kept = np.argsort(-weight, kind="stable")
    for post in (acts.post[first], acts.post[second]):
        kept = keep_first(kept, pair, post)
    once: np.ndarray = np.sort(keep_sessions(kept, pair, slot))
    return once
