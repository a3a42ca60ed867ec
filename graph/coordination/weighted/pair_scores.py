"""Pairs of accounts by the weights of what they shared, against chance."""

from __future__ import annotations

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS, AccountPairs, keep_first, keep_sittings
from graph.coordination.coactions.find import CoActions
from graph.coordination.null_model import NullModel
from graph.coordination.weighted.weights import THETAS, JoinWeights, View, views_of

WORTH_COUNTING = 0.05
"""p-value, if nothing had to be counted once only, up to which a pair is counted exactly."""
FIRST_LOOK = (0.3, 0.6, 0.9)


def weighted_p_values(
    acts: Acts, coactions: CoActions, pairs: AccountPairs, model: NullModel, several: np.ndarray
) -> np.ndarray:
    """The p-value of each pair, over all windows within the hour (1 where not tested).

    The smallest over the views of `graph.coordination.weighted.weights`, times their number.
    Things count once a post of *a* and of *b*, and those of one hour by their logarithm, the
    heaviest first. The larger of "b joins a" and "a joins b" holds.

    Args:
        acts, coactions, pairs: what is tested.
        model: the fitted null model.
        several: by pair, whether it shares two things or more and is tested.
    """
    views = views_of(acts, model, of_groups=False)
    p = [_p_values(acts, coactions, pairs, model, several, view) for view in views]
    smallest: np.ndarray = np.minimum(1.0, len(views) * np.min(p, axis=0))
    return smallest


def _p_values(
    acts: Acts,
    coactions: CoActions,
    pairs: AccountPairs,
    model: NullModel,
    several: np.ndarray,
    view: View,
) -> np.ndarray:
    p = np.ones(len(pairs))
    near = informative_windows(acts, coactions, model, view)
    rows = np.flatnonzero((near >= 0) & several[pairs.pair]) if len(pairs) else near
    if not len(rows):
        return p
    accounts = np.unique(np.concatenate([pairs.a[several], pairs.b[several]])).astype(np.int64)
    weights = JoinWeights.of(acts, model, accounts, view)
    engagements = [acts.engagement[side[rows]] for side in (coactions.first, coactions.second)]
    heavy = [weights.weight[engagement, near[rows]] for engagement in engagements]
    test = _Bound(weights, model.share[:, accounts], accounts, pairs)
    tested = np.flatnonzero(several)
    sums = [np.bincount(pairs.pair[rows], weights=w, minlength=len(pairs)) for w in heavy]
    rough = test.p_values(tested, sums[0][tested], sums[1][tested], FIRST_LOOK)
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
    p[tested] = test.p_values(tested, sums[0][tested], sums[1][tested], THETAS)
    return p


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


class _Bound:
    """The bound of `graph.coordination.weighted.weights` for pairs."""

    def __init__(
        self, weights: JoinWeights, share: np.ndarray, accounts: np.ndarray, pairs: AccountPairs
    ) -> None:
        self._weights, self._share, self._pairs = weights, share, pairs
        self._accounts = accounts

    def p_values(
        self,
        chosen: np.ndarray,
        joined_a: np.ndarray,
        joined_b: np.ndarray,
        thetas: tuple[float, ...],
    ) -> np.ndarray:
        """By chosen pair, from what b's joins of a weigh and what a's joins of b weigh."""
        a = np.searchsorted(self._accounts, self._pairs.a[chosen])
        b = np.searchsorted(self._accounts, self._pairs.b[chosen])
        of_a, of_b = np.zeros(len(chosen)), np.zeros(len(chosen))
        for theta in thetas:
            growth = self._weights.growth(theta)
            by_a = sum(
                grown[a] * share[b] for grown, share in zip(growth, self._share, strict=True)
            )
            by_b = sum(
                grown[b] * share[a] for grown, share in zip(growth, self._share, strict=True)
            )
            of_a = np.minimum(of_a, by_a - theta * joined_a)
            of_b = np.minimum(of_b, by_b - theta * joined_b)
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
    once: np.ndarray = np.sort(keep_sittings(kept, pair, slot))
    return once
