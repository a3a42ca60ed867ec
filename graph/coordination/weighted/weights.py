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

from dataclasses import dataclass
from typing import Self

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.null_model import NullModel

SPECIFIC = 4.0
"""Weight of joining an act where one stranger is to be expected: a pair that acts together is some
50 times more likely to be there than one stranger among all."""
LEAST, MOST = 0.25, 10.0
"""The weights are between these: no single join decides."""
THETAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)


@dataclass(frozen=True)
class View:
    """What a test looks at.

    Attributes:
        signals: by signal of the family, whether it counts.
        windows: how many of the windows, from the shortest.
    """

    signals: np.ndarray
    windows: int


def views_of(acts: Acts, model: NullModel, *, of_groups: bool) -> list[View]:
    """The tests of a family, one correction over all of them.

    Everything within the hour; and, so that they are not lost in the noise of hashtags, what is
    evidence by itself (`PARTICULAR`). That an account joins a group counts within all windows:
    the group is known by what it did within the hour. That two accounts had the same things days
    apart may only be one taste.
    """
    hour = model.hour + 1
    last = len(model.windows_ms) if of_groups else hour
    particular = np.array([signal.is_particular() for signal in acts.signals], dtype=bool)
    views = [View(np.ones(len(acts.signals), dtype=bool), hour)]
    if last > hour or not particular.all():
        views.append(View(particular, last))
    return views


@dataclass(frozen=True)
class JoinWeights:
    """The weights of one family, for the accounts asked for.

    Attributes:
        weight: (engagements, windows), what joining within the window says.
        rises: (engagements, windows), strangers that the window adds to the one before.
        rows: engagements of the accounts asked for.
        signal: by such an engagement.
        place: by such an engagement, the position of its account among those asked for.
        alone: (signals, accounts asked for), acts on things that nobody else acted on.
        alone_weight, alone_rises: (signals, windows), the same of such an act.
    """

    weight: np.ndarray
    rises: np.ndarray
    rows: np.ndarray
    signal: np.ndarray
    place: np.ndarray
    alone: np.ndarray
    alone_weight: np.ndarray
    alone_rises: np.ndarray

    @classmethod
    def of(cls, acts: Acts, model: NullModel, accounts: np.ndarray, view: View) -> Self:
        """The weights of a fitted null model under a view; ``accounts`` are sorted."""
        account = np.zeros(len(model.rate), dtype=np.int64)
        signal = np.zeros(len(model.rate), dtype=np.int64)
        account[acts.engagement], signal[acts.engagement] = acts.account, acts.signal
        place = np.searchsorted(accounts, account)
        known = (np.append(accounts, -1)[place] == account) & view.signals[signal]
        rows = np.flatnonzero(known)
        last = view.windows
        by_chance = (model.gap * model.unseen[:, None])[:, :last]
        return cls(
            weight=weigh(model.rate[:, :last]),
            rises=_rises(model.rate[:, :last]) * model.informative[:, :last],
            rows=rows,
            signal=signal[rows],
            place=place[rows],
            alone=model.alone[:, accounts] * view.signals[:, None],
            alone_weight=weigh(by_chance),
            alone_rises=_rises(by_chance),
        )

    def growth(self, theta: float) -> np.ndarray:
        """M(theta) of the module's docstring: (signals, accounts asked for)."""
        signals, accounts = self.alone.shape
        rows = self.rows
        of_act = (self.rises[rows] * np.expm1(theta * self.weight[rows])).sum(axis=1)
        cell = self.signal * accounts + self.place
        summed = np.bincount(cell, weights=of_act, minlength=signals * accounts)
        of_alone = (self.alone_rises * np.expm1(theta * self.alone_weight)).sum(axis=1)
        grown: np.ndarray = summed.reshape(signals, accounts) + self.alone * of_alone[:, None]
        return grown


def weigh(rate: np.ndarray) -> np.ndarray:
    """The weight of joining an act within each window (the last axis), never rising with it."""
    weight = np.clip(SPECIFIC - np.log(np.maximum(rate, 1e-300)), LEAST, MOST)
    lowered: np.ndarray = np.minimum.accumulate(weight, axis=-1)
    return lowered


def _rises(rate: np.ndarray) -> np.ndarray:
    before = np.concatenate([np.zeros_like(rate[..., :1]), rate[..., :-1]], axis=-1)
    rises: np.ndarray = np.maximum(rate - before, 0.0)
    return rises
