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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.null_model import NullModel

SPECIFIC = 4.0
"""Weight of joining an act where one stranger is to be expected: a pair that acts together is some
50 times more likely to be there than one stranger among all."""
LEAST, MOST = 0.25, 10.0
"""The weights are between these: no single join decides."""
THETAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)
MOST_KEPT = 4_000_000
"""Numbers that are kept between rounds for each view of a family (8 bytes each)."""
_AT_ONCE = 16_384
"""Engagements looked at together: few enough to stay in the processor's cache."""


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


def weigh_joins(
    model: NullModel, view: View, engagement: np.ndarray, window: np.ndarray
) -> np.ndarray:
    """What joining these engagements says, each within the window of that number."""
    rate = np.maximum.accumulate(model.rate[engagement, : view.windows], axis=1)
    # the weight never rises with the window: one logarithm of the largest rate up to it
    weight: np.ndarray = weigh(rate[np.arange(len(window)), window][:, None])[:, 0]
    return weight


class Growth:
    """M(theta) of the module's docstring, for the accounts of one family.

    Groups are tested round after round, mostly with the accounts of the round before: what is known
    of an account is kept, as long as it is little.
    """

    def __init__(self, acts: Acts, model: NullModel) -> None:
        self._acts, self._model = acts, model
        self._kept: dict[tuple[bytes, int], tuple[np.ndarray, np.ndarray]] = {}

    def of(self, view: View, accounts: np.ndarray) -> np.ndarray:
        """(thetas, signals, accounts), by `THETAS`; ``accounts`` are sorted, each there once."""
        key = view.signals.tobytes(), view.windows
        none = np.zeros(0, np.int64), np.zeros((len(THETAS), len(view.signals), 0))
        known, table = self._kept.get(key, none)
        missing = np.setdiff1d(accounts, known, assume_unique=True)
        if len(missing):
            table = np.concatenate([table, self.at(view, missing, THETAS)], axis=2)
            known = np.concatenate([known, missing])
            order = np.argsort(known)
            known, table = known[order], table[:, :, order]
            if table.size <= MOST_KEPT:
                self._kept[key] = known, table
        grown: np.ndarray = table[:, :, np.searchsorted(known, accounts)]
        return grown

    def at(self, view: View, accounts: np.ndarray, thetas: Sequence[float]) -> np.ndarray:
        """(thetas, signals, accounts): the same for any thetas, of which nothing is kept."""
        acts, model, last = self._acts, self._model, view.windows
        size = len(model.rate)
        account, signal = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        account[acts.engagement], signal[acts.engagement] = acts.account, acts.signal
        asked = np.zeros(model.share.shape[1], dtype=bool)
        asked[accounts] = True
        counts = model.informative[:, :last].any(axis=1)
        rows = np.flatnonzero(asked[account] & view.signals[signal] & counts)
        of_act = np.empty((len(thetas), len(rows)))
        for begin in range(0, len(rows), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            chosen = rows[part]
            rate = model.rate[chosen, :last]
            weight, rises = weigh(rate), _rises(rate) * model.informative[chosen, :last]
            for number, theta in enumerate(thetas):
                of_act[number, part] = (rises * np.expm1(theta * weight)).sum(axis=1)
        by_chance = (model.gap * model.unseen[:, None])[:, :last]
        weight, rises = weigh(by_chance), _rises(by_chance)
        alone = model.alone[:, accounts] * view.signals[:, None]
        cell = signal[rows] * len(accounts) + np.searchsorted(accounts, account[rows])
        grown = np.empty((len(thetas), *alone.shape))
        for number, theta in enumerate(thetas):
            summed = np.bincount(cell, weights=of_act[number], minlength=alone.size)
            of_alone = (rises * np.expm1(theta * weight)).sum(axis=1)
            grown[number] = summed.reshape(alone.shape) + alone * of_alone[:, None]
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
