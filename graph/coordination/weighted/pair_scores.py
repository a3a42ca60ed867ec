"""Pairs of accounts by the weights of what they shared, against chance."""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import SLOT_MS, AccountPairs
from graph.coordination.coactions.find import CoActions
from graph.coordination.null_model import NullModel
from graph.coordination.weighted.weights import THETAS, JoinWeights, heaviest

WORTH_COUNTING = 0.05
"""p-value, if nothing had to be counted once only, up to which a pair is counted exactly."""
FIRST_LOOK = (0.3, 0.6, 0.9)


def weighted_p_values(
    acts: Acts,
    coactions: CoActions,
    pairs: AccountPairs,
    model: NullModel,
    weights: JoinWeights,
    several: np.ndarray,
) -> np.ndarray:
    """The p-value of each pair, over all windows and signals of the family (1 where not tested).

    Things are counted once a quarter of an hour, post of *a* and post of *b*, the heaviest of each.
    The larger of "b joins a" and "a joins b" holds.

    Args:
        acts, coactions, pairs: what is tested.
        model: the fitted null model.
        weights: what joins weigh under it.
        several: by pair, whether it shares two things or more and is tested.
    """
    p = np.ones(len(pairs))
    near = informative_windows(acts, coactions, model)
    rows = np.flatnonzero((near >= 0) & several[pairs.pair]) if len(pairs) else near
    if not len(rows):
        return p
    engagements = [acts.engagement[side[rows]] for side in (coactions.first, coactions.second)]
    heavy = [weights.weight[engagement, near[rows]] for engagement in engagements]
    test = _Bound(weights, model.share, pairs)
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


def informative_windows(acts: Acts, coactions: CoActions, model: NullModel) -> np.ndarray:
    """By co-action, the number of the shortest window that holds it; -1 where a crowd is in it."""
    windows = np.array(model.windows_ms)
    window = np.searchsorted(windows, coactions.apart)
    inside = window < len(windows)
    window = np.minimum(window, len(windows) - 1)
    for side in (coactions.first, coactions.second):
        inside &= model.informative[acts.engagement[side], window]
    near: np.ndarray = np.where(inside, window, -1)
    return near


class _Bound:
    """The bound of `graph.coordination.weighted.weights` for pairs."""

    def __init__(self, weights: JoinWeights, share: np.ndarray, pairs: AccountPairs) -> None:
        self._weights, self._share, self._pairs = weights, share, pairs

    def p_values(
        self,
        chosen: np.ndarray,
        joined_a: np.ndarray,
        joined_b: np.ndarray,
        thetas: tuple[float, ...],
    ) -> np.ndarray:
        """By chosen pair, from what b's joins of a weigh and what a's joins of b weigh."""
        a, b = self._pairs.a[chosen], self._pairs.b[chosen]
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
    """Positions in ``rows`` that count: the heaviest a pair and quarter of an hour, and post."""
    slot = acts.time[coactions.first[rows]] // SLOT_MS
    slot -= slot.min(initial=0)
    here = heaviest(pairs.pair[rows] * (slot.max(initial=0) + 1) + slot, weight)
    rows = rows[here]
    table = pl.DataFrame(
        {
            "row": here,
            "pair": pairs.pair[rows],
            "slot": slot[here],
            "post_a": acts.post[coactions.first[rows]],
            "post_b": acts.post[coactions.second[rows]],
            "weight": weight[here],
        }
    ).sort("weight", "row", descending=[True, False])
    for counted in ("slot", "post_a", "post_b"):
        table = table.unique(["pair", counted], keep="first", maintain_order=True)
    once: np.ndarray = table["row"].sort().to_numpy()
    return once
