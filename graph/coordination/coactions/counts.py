"""The pairs behind co-actions, and how often each of them acted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.find import CoActions
from graph.coordination.coactions.windows import argsort_rows, first_of_run, sizes_of_runs

SLOT_MS = 3_600_000
"""A session: the things that two accounts share in one hour count by their logarithm.

Who opens one page and passes on all that is there decided once, not a hundred times; who shares a
hundred things that nobody else has says more than who shares one."""

SESSIONS = 2
"""Position of the sessions in `CoActionCounter.distinct`."""


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
        distinct: for posts of a, posts of b and sessions (`SLOT_MS`), the number of the pair and
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
        """Number the posts and sessions of each pair."""
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

        Counted is the least of distinct bursts, posts of a and posts of b, and of bursts counted by
        the logarithm in each session.

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
        """By pair, the least of distinct bursts and posts, and what counts of sessions."""
        # a co-action is a pair's only one in its burst, so rows are bursts; who has one has one of
        # all
        bursts = np.bincount(self.pair[rows], minlength=self.pairs)
        least = bursts.copy()
        several = bursts > 1
        rows = rows[several[self.pair[rows]]]
        for values, (number, pair) in enumerate(self.distinct):
            things = np.bincount(number[rows], minlength=len(pair))
            different = count_session(things) if values == SESSIONS else things > 0
            summed = np.bincount(pair, weights=different, minlength=self.pairs).astype(np.int64)
            np.minimum(least, summed, out=least, where=several)
        return least


def count_session(things: np.ndarray) -> np.ndarray:
    """How often so many things shared in one session count: 1, 2, 4, 8 things as 1, 2, 3, 4."""
    counted: np.ndarray = np.frexp(things)[1]
    return counted


def keep_first(rows: np.ndarray, key: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Those of the rows, in their order, that are the first of their key and value."""
    order = argsort_rows(key[rows], value[rows])
    first = np.zeros(len(rows), dtype=bool)
    first[order[first_of_run(key[rows][order], value[rows][order])]] = True
    kept: np.ndarray = rows[first]
    return kept


def keep_sessions(rows: np.ndarray, key: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """Of the rows of each key and session, the first, second, fourth, eighth and so on."""
    order = rows[argsort_rows(key[rows], slot[rows])]
    first = first_of_run(key[order], slot[order])
    begins, sizes = np.flatnonzero(first), sizes_of_runs(first)
    place = np.arange(1, len(order) + 1) - np.repeat(begins, sizes)
    kept: np.ndarray = order[(place & (place - 1)) == 0]
    return kept


def _number_values(pair: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By row the number of its pair and value, and by number the pair."""
    order = argsort_rows(pair, value)
    new = first_of_run(pair[order], value[order])
    number = np.empty(len(pair), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, pair[order][new]
