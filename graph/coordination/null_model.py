"""The null model: how often two accounts would act together if nobody had arranged it.

**Null model.** Accounts act independently of each other. When somebody acts on object *o* at time
*t*, the chance that account *b* does so within the window *w* is

    q = share_b * (max(c, n * G(w)) + u * G(w))

* ``share_b`` = acts of *b* / (all acts + `PRIOR_ACTS`), per signal: the account's activity;
* ``c``: the strangers who act on *o* within *w* of *t*: the burst as it was, hour of day included;
* ``n * G(w)``: the strangers on *o* at any time, times the pooled share of stranger pairs that fall
  within *w*: what the object's popularity and the burstiness of its signal make one expect;
* ``u``, per signal: the strangers to expect on an object on which one account acts and nobody else
  is seen, ``2 n_2 / (n_1 + 2 n_2)`` with n_r the number of objects of r strangers (Good 1953, by
  way of absolute discounting: Ney, Essen & Kneser 1994): two who repeatedly act together are one.

The expected number of co-actions of *a* and *b* is the sum of q over the acts of *a* (or of *b*,
whichever is larger) and signals; the number observed, counted in distinct bursts and posts, those
of one hour by their logarithm, is compared with a Poisson tail, which bounds the Poisson-binomial
tail from above where it matters (Le Cam; Hodges & Le Cam 1960). With all margins fixed this is the
sparse limit of the bipartite configuration model (Saracco et al. 2015, 2017).

**Leave the tested group out.** A campaign is its own crowd: counted as such it hides itself.
*Strangers* of *a* are therefore those who do not themselves repeatedly act with *a* beyond what the
crowd predicts; who they are is found by a few rounds from the strictest start (everybody is a
stranger).

**Crowds say little.** Bursts into which a typical account would be drawn with chance `CROWD_CHANCE`
or more are not informative: they count neither as observed nor as expected. The choice rests on
strangers only, not on the pair.

**Several windows, one correction.** Counts of single windows and signals serve to find strangers.
The p-value of a pair weighs all windows and signals of a family together
(`graph.coordination.weighted`); it is the smallest over families and moments
(`graph.coordination.synchrony`), times their number. Accounts with too few
posts to reach the asked number of shared objects are not tested (after Tarone 1990). False
discovery rate: Benjamini & Hochberg 1995.

**Assumes** that an account's choices follow its activity and the crowd; shared taste within a small
circle that shares the same little-read pages within minutes looks the same as an arrangement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammainc

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.counts import AccountPairs, CoActionCounter
from graph.coordination.coactions.find import CROWD_CAP, CoActions
from graph.coordination.coactions.windows import count_within, first_rows

PRIOR_ACTS = 1_000
"""Acts on other objects taken as observed before the data.

An unknown signal still has many objects to choose from."""
CROWD_CHANCE = 0.05
"""Chance to be drawn into a burst at which it says nothing of two accounts in it."""
TYPICAL_ACTS = 10
"""Acts of the account for which `CROWD_CHANCE` is reckoned."""
REPEATED = 0.01
"""p-value below which two accounts with two shared bursts or more are not strangers."""
GAP_PRIOR_OBJECTS = 20
"""Objects whose gaps between strangers are taken as observed before the data."""
GAP_PRIOR_S = 6 * 3600
"""The median of those gaps, in seconds."""
HOUR_MS = 3_600_000
ROUNDS = 4
"""Most rounds in which strangers are looked for."""


@dataclass(frozen=True)
class NullModel:
    """The fitted null model, with one column a window.

    Attributes:
        windows_ms: tested windows, ascending.
        share: (signals, accounts), part of all acts of a signal that an account makes.
        gap: (signals, windows), G(w).
        rate: (engagements, windows), strangers expected within the window of an engagement.
        informative: (engagements, windows), whether the burst says anything of two accounts in it.
        expected: (signals, accounts, windows), ``rate`` summed over an account's informative
            engagements.
        strangers: by pair of `AccountPairs`, whether its accounts count as strangers to each other.
        others: (engagements, windows), other accounts' acts on the object within the window.
        unseen: by signal, the strangers to expect on an object that nobody else is seen on.
        alone: (signals, accounts), acts on things that nobody else acted on.
    """

    windows_ms: tuple[int, ...]
    share: np.ndarray
    gap: np.ndarray
    rate: np.ndarray
    informative: np.ndarray
    expected: np.ndarray
    strangers: np.ndarray
    others: np.ndarray
    unseen: np.ndarray
    alone: np.ndarray

    @property
    def hour(self) -> int:
        """The column of the longest window within the hour; the first where none is."""
        return max(0, sum(window <= HOUR_MS for window in self.windows_ms) - 1)


def fit_null_model(
    acts: Acts,
    coactions: CoActions,
    pairs: AccountPairs,
    counter: CoActionCounter,
    windows_ms: Sequence[int],
    others: Sequence[np.ndarray],
) -> NullModel:
    """Fit the null model, leaving out of every crowd those who repeatedly act together.

    Args:
        acts: all acts.
        coactions: co-actions within the longest window.
        pairs: their pairs.
        counter: the co-actions, ready to be counted.
        windows_ms: windows, ascending.
        others: `graph.coordination.coactions.find.count_others` by window.
    """
    share = acts.volume / (acts.volume.sum(axis=1, keepdims=True) + PRIOR_ACTS)
    crowd = _Crowd.of(acts, coactions, windows_ms, others)
    strangers = np.ones(len(pairs), dtype=bool)
    every_burst = np.ones((crowd.size, len(windows_ms)), dtype=bool)
    subsets = signal_subsets(acts)
    observed = [counter.count(None, windows_ms, signals) for signals in subsets]
    for _ in range(ROUNDS):
        gap, rate, unseen = crowd.rates(pairs, strangers)
        expected = _expected_by_account(crowd, gap, rate, unseen, every_burst)
        p = pair_p_values(observed, subsets, pairs, expected, share)
        repeated = (observed[0][:, -1] >= 2) & (p < REPEATED)
        before = strangers
        strangers = ~related_pairs(pairs, repeated, acts.volume.shape[1])
        if np.array_equal(before, strangers):
            break  # the rates are those of these strangers already
    else:
        gap, rate, unseen = crowd.rates(pairs, strangers)
    drawn_in = TYPICAL_ACTS / (acts.volume.sum(axis=1) + PRIOR_ACTS)
    crowd_chance = rate * drawn_in[crowd.signal][:, None]
    informative = (crowd_chance < CROWD_CHANCE) & (crowd.others <= CROWD_CAP)
    return NullModel(
        windows_ms=tuple(windows_ms),
        share=share,
        gap=gap,
        rate=rate,
        informative=informative,
        expected=_expected_by_account(crowd, gap, rate, unseen, informative),
        strangers=strangers,
        others=crowd.others,
        unseen=unseen,
        alone=crowd.alone,
    )


@dataclass(frozen=True)
class _Crowd:
    """What the crowd of each engagement is before anybody is left out.

    Attributes:
        signal, account, object: by engagement.
        others: (engagements, windows), other accounts' acts on the object within the window.
        accounts: by object, how many accounts act on it.
        pairs_near: (objects, windows), how many pairs of them are within the window.
        alone: (signals, accounts), acts on things that nobody else acted on.
    """

    acts: Acts
    coactions: CoActions
    windows_ms: tuple[int, ...]
    signal: np.ndarray
    account: np.ndarray
    object: np.ndarray
    others: np.ndarray
    accounts: np.ndarray
    pairs_near: np.ndarray
    alone: np.ndarray

    @property
    def size(self) -> int:
        """Number of engagements."""
        return len(self.signal)

    @classmethod
    def of(
        cls,
        acts: Acts,
        coactions: CoActions,
        windows_ms: Sequence[int],
        others_of_acts: Sequence[np.ndarray],
    ) -> _Crowd:
        """Count the crowd of each engagement."""
        objects = len(acts.objects)
        first = first_rows(acts.engagement)
        # one act an account and object: how many accounts there are, and how many pairs of them
        # are within each window
        _, entry = np.unique(acts.object * acts.volume.shape[1] + acts.account, return_index=True)
        entry = np.sort(entry)
        entry_object, entry_time = acts.object[entry], acts.time[entry]
        accounts = np.bincount(entry_object, minlength=objects)
        others = np.zeros((len(first), len(windows_ms)), dtype=np.int64)
        pairs_near = np.zeros((objects, len(windows_ms)))
        for k, window in enumerate(windows_ms):
            most = np.zeros(len(first), dtype=np.int64)
            np.maximum.at(most, acts.engagement, others_of_acts[k])
            others[:, k] = most
            near = count_within(entry_object, entry_time, window) - 1
            pairs_near[:, k] = np.bincount(entry_object, weights=near, minlength=objects) / 2
        others = np.minimum(others, (accounts[acts.object[first]] - 1)[:, None])
        # acts on shared objects are the rows of acts; the volume counts those on others, too
        cell = _cell(acts.signal, acts.account, acts.volume)
        shared = np.bincount(cell, minlength=acts.volume.size).reshape(acts.volume.shape)
        alone = np.maximum(acts.volume - shared, 0)
        return cls(
            acts=acts,
            coactions=coactions,
            windows_ms=tuple(windows_ms),
            signal=acts.signal[first],
            account=acts.account[first],
            object=acts.object[first],
            others=others,
            accounts=accounts,
            pairs_near=pairs_near,
            alone=alone,
        )

    def rates(
        self, pairs: AccountPairs, strangers: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """G(w) as (signals, windows), strangers expected as (engagements, windows), and ``unseen``.

        Pairs that are not strangers are taken out of each other's crowds.
        """
        known = np.flatnonzero(~strangers[pairs.pair]) if len(pairs) else np.zeros(0, np.int64)
        related = self.coactions.take(known)
        mine, theirs = self.acts.engagement[related.first], self.acts.engagement[related.second]
        obj = self.acts.object[related.first]
        objects = len(self.accounts)
        friends = np.zeros_like(self.others)
        pairs_near = self.pairs_near.copy()
        for k, window in enumerate(self.windows_ms):
            near = related.apart <= window
            friends[:, k] = np.bincount(mine[near], minlength=self.size)
            friends[:, k] += np.bincount(theirs[near], minlength=self.size)
            pairs_near[:, k] -= np.bincount(obj[near], minlength=objects)
        all_pairs = self.accounts * (self.accounts - 1) / 2 - np.bincount(obj, minlength=objects)
        gap = self._gap(np.maximum(pairs_near, 0), all_pairs)
        elsewhere = np.maximum(self.accounts[self.object] - 1 - friends[:, -1], 0)[:, None]
        nearby = np.maximum(self.others - friends, 0)
        gap_of_engagement = gap[self.signal]
        unseen = _unseen(self.acts, self.accounts, self.alone, np.unique(obj))
        rate = np.maximum(nearby, elsewhere * gap_of_engagement)
        return gap, rate + unseen[self.signal][:, None] * gap_of_engagement, unseen

    def _gap(self, pairs_near: np.ndarray, all_pairs: np.ndarray) -> np.ndarray:
        """(signals, windows): the mean over objects of the share of stranger pairs within a window.

        The prior counts as `GAP_PRIOR_OBJECTS` objects more.
        """
        windows = np.array(self.windows_ms) / 1000
        prior = windows / (windows + GAP_PRIOR_S)
        signal_of_object = np.zeros(len(self.accounts), dtype=np.int64)
        signal_of_object[self.acts.object] = self.acts.signal
        gap = np.empty((len(self.acts.signals), len(windows)))
        for number in range(len(self.acts.signals)):
            chosen = (signal_of_object == number) & (all_pairs >= 1)
            part = np.minimum(pairs_near[chosen] / all_pairs[chosen][:, None], 1.0)
            total = part.sum(axis=0) + GAP_PRIOR_OBJECTS * prior
            gap[number] = total / (len(part) + GAP_PRIOR_OBJECTS)
        return gap


def _unseen(
    acts: Acts, accounts: np.ndarray, alone: np.ndarray, of_related: np.ndarray
) -> np.ndarray:
    """By signal, strangers to expect where nobody else is seen; half of one without any acts.

    Args:
        acts: acts on shared objects.
        accounts: by object, how many accounts act on it.
        alone: (signals, accounts), acts on things of one account.
        of_related: objects on which accounts met that are no strangers; one of two such accounts
            counts as an object of one.
    """
    signal_of_object = np.zeros(len(accounts), dtype=np.int64)
    signal_of_object[acts.object] = acts.signal
    strangers = accounts == 2
    related = np.zeros(len(accounts), dtype=bool)
    related[of_related] = strangers[of_related]
    strangers &= ~related
    of_two, of_one = (
        np.bincount(signal_of_object[those], minlength=len(acts.signals))
        for those in (strangers, related)
    )
    unseen: np.ndarray = (2 * of_two + 1) / (alone.sum(axis=1) + of_one + 2 * of_two + 2)
    return unseen


def related_pairs(pairs: AccountPairs, known: np.ndarray, accounts: int) -> np.ndarray:
    """Known pairs, and pairs at least half of whose known partners (two or more) are the same."""
    a, b = pairs.a[known], pairs.b[known]
    ends = (np.concatenate([a, b]), np.concatenate([b, a]))
    ones = np.ones(2 * len(a), dtype=np.int32)
    graph = csr_matrix((ones, ends), shape=(accounts, accounts))
    partners = np.diff(graph.indptr)
    # the square of the adjacency matrix counts common partners; read only where there can be two
    common = np.zeros(len(pairs), dtype=np.int64)
    rows = np.flatnonzero((partners[pairs.a] > 1) & (partners[pairs.b] > 1))
    if len(rows):
        common[rows] = np.asarray((graph @ graph)[pairs.a[rows], pairs.b[rows]]).ravel()
    fewer = np.minimum(partners[pairs.a], partners[pairs.b])
    related: np.ndarray = known | ((common >= 2) & (2 * common >= fewer))
    return related


def _expected_by_account(
    crowd: _Crowd,
    gap: np.ndarray,
    rate: np.ndarray,
    unseen: np.ndarray,
    informative: np.ndarray,
) -> np.ndarray:
    """(signals, accounts, windows): strangers expected over all acts of each account.

    At its informative engagements, and at the things that it alone acted on.
    """
    by_chance = unseen[:, None] * gap
    expected: np.ndarray = crowd.alone[:, :, None] * by_chance[:, None, :]
    cell = _cell(crowd.signal, crowd.account, crowd.alone)
    for k in range(rate.shape[1]):
        # one addition after the other, in the order of engagements: sums of parts round otherwise
        column = expected[:, :, k].flatten()
        np.add.at(column, cell, rate[:, k] * informative[:, k])
        expected[:, :, k] = column.reshape(crowd.alone.shape)
    return expected


def _cell(signal: np.ndarray, account: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Positions of (signal, account) in the flat table."""
    cell: np.ndarray = signal.astype(np.int64) * table.shape[1] + account
    return cell


def pair_p_values(
    observed: Sequence[np.ndarray],
    subsets: Sequence[Sequence[int]],
    pairs: AccountPairs,
    expected: np.ndarray,
    share: np.ndarray,
) -> np.ndarray:
    """The smallest p-value of each pair, not yet corrected (1 below two co-actions).

    Smallest over windows and over `signal_subsets`: all signals together, and each alone. Together
    they find a group that varies its means; alone they find one that does not through the noise of
    all the others.

    Args:
        observed: `CoActionCounter.count` of each subset.
        subsets: the `signal_subsets`.
        pairs: the pairs.
        expected, share: as in `NullModel`.
    """
    p = np.ones(len(pairs))
    for signals, counts in zip(subsets, observed, strict=True):
        for k in range(counts.shape[1]):
            rows = np.flatnonzero(counts[:, k] > 1)
            by_chance = expected_coactions(
                pairs.a[rows], pairs.b[rows], expected[signals, :, k], share[signals]
            )
            p[rows] = np.minimum(p[rows], poisson_tail(counts[rows, k], by_chance))
    return p


def signal_subsets(acts: Acts) -> list[list[int]]:
    """The sets of signals that are tested: all that occur, and if several, each of them alone."""
    occurring = np.flatnonzero(acts.volume.sum(axis=1)).tolist()
    if len(occurring) > 1:
        return [occurring, *([signal] for signal in occurring)]
    return [occurring]


def expected_coactions(
    a: np.ndarray, b: np.ndarray, expected: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Co-actions expected by chance: the larger of "b joins a" and "a joins b", over signals.

    Args:
        a, b: accounts by pair.
        expected: (signals, accounts) of one window.
        share: (signals, accounts).
    """
    joins_a = np.einsum("sp,sp->p", expected[:, a], share[:, b])
    joins_b = np.einsum("sp,sp->p", expected[:, b], share[:, a])
    larger: np.ndarray = np.maximum(joins_a, joins_b)
    return larger


def poisson_tail(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """P(X >= observed) for X ~ Poisson(expected); 1 where nothing was observed."""
    observed = np.asarray(observed, dtype=float)
    upper = gammainc(np.maximum(observed, 1), np.maximum(expected, 1e-300))
    tail: np.ndarray = np.where(observed > 0, upper, 1.0)
    return tail


def benjamini_hochberg(p: np.ndarray, tests: int) -> np.ndarray:
    """q-values of p-values, the smallest of ``tests`` tests (those not given had p = 1).

    `scipy.stats.false_discovery_control` takes all p-values or none: ours need not be spelled out.
    """
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * tests / np.arange(1, len(p) + 1)
    q = np.minimum.accumulate(scaled[::-1])[::-1]
    by_row = np.empty(len(p))
    by_row[order] = np.minimum(q, 1.0)
    return by_row
