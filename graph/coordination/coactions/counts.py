"""The pairs behind co-actions, and how often each of them acted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.find import CoActions
from graph.coordination.coactions.windows import argsort_rows, first_of_run

SLOT_MS = 900_000
"""Co-actions inside one quarter of an hour count once."""


@dataclass(frozen=True)
class AccountPairs:
    """The distinct pairs of `CoActions`: accounts ``a`` < ``b``; by co-action, its ``pair``."""

    a: np.ndarray
    b: np.ndarray
    pair: np.ndarray

    @classmethod
    def of(cls, coactions: CoActions) -> AccountPairs:
        """The pairs in the order of the co-actions."""
        new = first_of_run(coactions.a, coactions.b)
        return cls(coactions.a[new], coactions.b[new], np.cumsum(new) - 1)

    def __len__(self) -> int:
        return len(self.a)


@dataclass(frozen=True)
class CoActionCounter:
    """Co-actions ready to be counted many times, by signals, windows and informative bursts.

    Attributes:
        pair, apart, signal: by co-action.
        engagements: of a and of b, by co-action.
        distinct: for posts of a, posts of b and quarters of an hour, the number of the pair and
            value of each co-action, and the pair of each such number: distinct ones are then
            counted without sorting again.
        pairs: how many there are.
    """

    pair: np.ndarray
    apart: np.ndarray
    signal: np.ndarray
    engagements: tuple[np.ndarray, np.ndarray]
    distinct: tuple[tuple[np.ndarray, np.ndarray], ...]
    pairs: int

    @classmethod
    def of(cls, acts: Acts, coactions: CoActions, pairs: AccountPairs) -> CoActionCounter:
        """Number the posts and quarters of an hour of each pair."""
        first, second = coactions.first, coactions.second
        values = acts.post[first], acts.post[second], acts.time[first] // SLOT_MS
        return cls(
            pair=pairs.pair,
            apart=coactions.apart,
            signal=acts.signal[first],
            engagements=(acts.engagement[first], acts.engagement[second]),
            distinct=tuple(_number_values(pairs.pair, value) for value in values),
            pairs=len(pairs),
        )

    def count(
        self, informative: np.ndarray | None, windows_ms: Sequence[int], signals: Sequence[int]
    ) -> np.ndarray:
        """Informative co-actions of these signals: int64 (pairs, windows).

        Counted is the least of distinct bursts, posts of a, posts of b and quarters of an hour.

        Args:
            informative: as in `graph.coordination.null_model.NullModel`; without it every burst is.
            windows_ms: windows.
            signals: numbers of signals.
        """
        wanted = np.zeros(int(self.signal.max(initial=0)) + 1, dtype=bool)
        wanted[[s for s in signals if s < len(wanted)]] = True
        rows = np.flatnonzero(wanted[self.signal])
        apart = self.apart[rows]
        first, second = self.engagements[0][rows], self.engagements[1][rows]
        counts = np.zeros((self.pairs, len(windows_ms)), dtype=np.int64)
        for k, window in enumerate(windows_ms):
            inside = apart <= window
            if informative is not None:
                inside &= informative[first, k] & informative[second, k]
            counts[:, k] = self._least_distinct(rows[inside])
        return counts

    def _least_distinct(self, rows: np.ndarray) -> np.ndarray:
        """By pair, the least of distinct bursts, posts and quarters of an hour in these rows."""
        # a co-action is a pair's only one in its burst, so rows are bursts; who has one has one of
        # all
        bursts = np.bincount(self.pair[rows], minlength=self.pairs)
        least = bursts.copy()
        several = bursts > 1
        rows = rows[several[self.pair[rows]]]
        for number, pair in self.distinct:
            present = np.zeros(len(pair), dtype=bool)
            present[number[rows]] = True
            different = np.bincount(pair[present], minlength=self.pairs)
            np.minimum(least, different, out=least, where=several)
        return least


def _number_values(pair: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By row the number of its pair and value, and by number the pair."""
    order = argsort_rows(pair, value)
    new = first_of_run(pair[order], value[order])
    number = np.empty(len(pair), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, pair[order][new]
