"""How much it says that somebody joins an act, and how much chance would say.

A count of shared things takes the tenth share of what everybody shares for as much as the first
share of what nobody else has touched. Here every join *j* weighs the logarithm of its likelihood
ratio, ``w_j = SPECIFIC - log(rate_j)``, with ``rate_j`` the strangers to expect within the shortest
window that holds it (`graph.coordination.null_model`): near in time and rarely shared says most. So
all windows and signals are one statistic.

Under the null model the joins of account *b* with acts of *a* are independent and rare: their
weights add up to a compound Poisson sum, whose tail Chernoff's bound gives for every theta > 0
(Chernoff 1952; Boucheron, Lugosi & Massart 2013, ch. 2):

    P(sum >= s) <= exp(-theta s + sum_signals share_b * M_a(theta)),
    M_a(theta) = sum_j sum_k (rate_jk - rate_jk-1) (exp(theta w_jk) - 1)

with windows k from the shortest. ``M_a`` belongs to one account alone, so that the bound costs no
more than a count; the smallest over `THETAS` is taken, as all of them hold. The bound is above the
true tail, by a factor of about the root of 2 pi times the number of joins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.windows import first_of_run
from graph.coordination.null_model import NullModel

SPECIFIC = 4.0
"""Weight of joining an act where one stranger is to be expected: a pair that acts together is some
50 times more likely to be there than one stranger among all."""
LEAST, MOST = 0.25, 10.0
"""The weights are between these: no single join decides."""
THETAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)


@dataclass(frozen=True)
class JoinWeights:
    """The weights of one family.

    Attributes:
        weight: (engagements, windows), what joining within the window says.
        rises: (counted engagements, windows), strangers that the window adds to the one before.
        rows: the engagements that are counted: those that say anything of somebody.
        cell: by counted engagement, its signal and account: ``signal * accounts + account``.
        alone: (signals, accounts), acts on things that nobody else acted on.
        alone_weight, alone_rises: (signals, windows), the same of such an act.
    """

    weight: np.ndarray
    rises: np.ndarray
    rows: np.ndarray
    cell: np.ndarray
    alone: np.ndarray
    alone_weight: np.ndarray
    alone_rises: np.ndarray
    _grown: dict[float, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, acts: Acts, model: NullModel) -> Self:
        """The weights of a fitted null model."""
        cell = np.zeros(len(model.rate), dtype=np.int64)
        cell[acts.engagement] = acts.signal.astype(np.int64) * acts.volume.shape[1] + acts.account
        rises = _rises(model.rate) * model.informative
        rows = np.flatnonzero(rises.any(axis=1))
        by_chance = model.gap * model.unseen[:, None]
        return cls(
            weight=weigh(model.rate),
            rises=rises[rows],
            rows=rows,
            cell=cell[rows],
            alone=model.alone,
            alone_weight=weigh(by_chance),
            alone_rises=_rises(by_chance),
        )

    def growth(self, theta: float) -> np.ndarray:
        """M(theta) of the module's docstring: (signals, accounts).

        It does not depend on what is tested, and is reckoned once.
        """
        if theta not in self._grown:
            of_act = (self.rises * np.expm1(theta * self.weight[self.rows])).sum(axis=1)
            summed = np.bincount(self.cell, weights=of_act, minlength=self.alone.size)
            of_alone = (self.alone_rises * np.expm1(theta * self.alone_weight)).sum(axis=1)
            by_account = summed.reshape(self.alone.shape)
            self._grown[theta] = by_account + self.alone * of_alone[:, None]
        return self._grown[theta]


def weigh(rate: np.ndarray) -> np.ndarray:
    """The weight of joining an act within each window (the last axis), never rising with it."""
    weight = np.clip(SPECIFIC - np.log(np.maximum(rate, 1e-300)), LEAST, MOST)
    lowered: np.ndarray = np.minimum.accumulate(weight, axis=-1)
    return lowered


def _rises(rate: np.ndarray) -> np.ndarray:
    before = np.concatenate([np.zeros_like(rate[..., :1]), rate[..., :-1]], axis=-1)
    rises: np.ndarray = np.maximum(rate - before, 0.0)
    return rises


def heaviest(key: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Rising positions of those that weigh most of their key; all of them where several do."""
    order = np.argsort(key, kind="stable")
    ordered = weight[order]
    new = first_of_run(key[order])
    most = np.maximum.reduceat(ordered, np.flatnonzero(new)) if len(key) else ordered
    kept: np.ndarray = np.sort(order[ordered == most[np.cumsum(new) - 1]])
    return kept
