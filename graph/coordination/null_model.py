"""Chance: how often two accounts would act together if nobody had arranged it.

**Null model.** Accounts act independently of each other. When somebody acts on object *o* at time *t*,
the chance that account *b* does so within the window *w* is

    q = share_b * (max(c, n * G(w)) + G(w) / 2)

* ``share_b`` = acts of *b* / (all acts + `PRIOR_ACTS`), per signal: the account's activity;
* ``c``: the strangers who act on *o* within *w* of *t*: the burst as it was, hour of day included;
* ``n * G(w)``: the strangers on *o* at any time, times the pooled share of stranger pairs that fall
  within *w*: what the object's popularity and the burstiness of its signal make one expect;
* ``G(w) / 2``: half an unseen stranger (Jeffreys), also for objects that nobody else touches.

The expected number of co-acts of *a* and *b* is the sum of q over the acts of *a* (or of *b*, whichever
is larger) and signals; the number seen, counted in distinct bursts, posts and quarters of an hour, is
compared with a Poisson tail, which bounds the Poisson-binomial tail from above where it matters
(Le Cam; Hodges & Le Cam 1960). With all margins fixed this is the sparse limit of the bipartite
configuration model (Saracco et al. 2015, 2017).

**Leave the tested group out.** A campaign is its own crowd: counted as such it hides itself. *Strangers*
of *a* are therefore those who do not themselves repeatedly act with *a* beyond what the crowd predicts;
who they are is found by a few rounds from the strictest start (everybody is a stranger).

**Crowds say little.** Bursts where a middling account would be drawn in with chance `CROWD_CHANCE` or
more count neither as seen nor as expected: the choice rests on strangers only, not on the pair.

**Several windows, one correction.** The p-value of a pair is the smallest over windows, over all signals
together and each alone (and over moments, see `graph.coordination.synchrony`), times their number. Accounts with too
few posts to reach the asked number of shared objects are not tested (after Tarone 1990). False discovery
rate: Benjamini & Hochberg 1995.

**Assumes** that an account's choices follow its activity and the crowd; shared taste within a small
circle that shares the same little-read pages within minutes looks the same as an arrangement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammainc

from graph.coordination.acts import Acts
from graph.coordination.coactions import CROWD_CAP, CoActs, neighbours, order_by

PRIOR_ACTS = 1_000
"""Acts on other objects that are taken as seen before the data: an unknown signal still has many objects to choose from."""
CROWD_CHANCE = 0.05
"""Chance to be drawn into a burst at which it says nothing of two accounts in it."""
MIDDLING_ACTS = 10
"""Acts of the account for which `CROWD_CHANCE` is reckoned."""
REPEATED = 0.01
"""p-value below which two accounts with two shared bursts or more are no strangers to each other."""
SLOT_MS = 900_000
"""Co-acts inside one quarter of an hour count once."""
GAP_PRIOR_OBJECTS = 20
"""Objects whose gaps between strangers are taken as seen before the data, with a median of `GAP_PRIOR_S` seconds."""
GAP_PRIOR_S = 6 * 3600
ROUNDS = 4


@dataclass(frozen=True)
class Chance:
    """The fitted null model, with one column a window.

    Attributes:
        windows_ms: tested windows, ascending.
        share: (signals, accounts), part of all acts of a signal that an account makes.
        gap: (signals, windows), G(w).
        rate: (engagements, windows), strangers expected within the window of an engagement.
        telling: (engagements, windows), whether the burst says anything of two accounts in it.
        expected: (signals, accounts, windows), ``rate`` summed over an account's telling engagements.
        strangers: by pair of `PairRows`, whether its two accounts count as strangers to each other.
        local: (engagements, windows), other accounts' acts on the object within the window.
    """

    windows_ms: tuple[int, ...]
    share: np.ndarray
    gap: np.ndarray
    rate: np.ndarray
    telling: np.ndarray
    expected: np.ndarray
    strangers: np.ndarray
    local: np.ndarray


@dataclass(frozen=True)
class PairRows:
    """The distinct pairs of `CoActs`: accounts ``a`` < ``b``, and for each co-act its ``pair``."""

    a: np.ndarray
    b: np.ndarray
    pair: np.ndarray

    @classmethod
    def of(cls, coacts: CoActs) -> PairRows:
        """The pairs in the order of the co-acts."""
        new = np.ones(len(coacts), dtype=bool)
        new[1:] = (coacts.a[1:] != coacts.a[:-1]) | (coacts.b[1:] != coacts.b[:-1])
        return cls(coacts.a[new], coacts.b[new], np.cumsum(new) - 1)

    def __len__(self) -> int:
        return len(self.a)


def fit(
    acts: Acts,
    coacts: CoActs,
    pairs: PairRows,
    tally: Tally,
    windows_ms: Sequence[int],
    near: Sequence[np.ndarray],
) -> Chance:
    """Fit the null model, leaving out of every crowd those who repeatedly act together.

    Args:
        acts: all acts.
        coacts: co-acts within the longest window.
        pairs: their pairs.
        tally: the co-acts, ready to be counted.
        windows_ms: windows, ascending.
        near: `graph.coordination.coactions.crowds` by window.
    """
    share = acts.volume / (acts.volume.sum(axis=1, keepdims=True) + PRIOR_ACTS)
    base = _Crowd.of(acts, coacts, windows_ms, near)
    strangers = np.ones(len(pairs), dtype=bool)
    everything = np.ones((base.size, len(windows_ms)), dtype=bool)
    every = choices(acts)
    seen = [tally.counts(None, windows_ms, signals) for signals in every]
    for _ in range(ROUNDS):
        gap, rate = base.rates(pairs, strangers)
        p = pair_p(seen, every, pairs, _expected(base, gap, rate, everything), share)
        before, strangers = (
            strangers,
            ~akin(pairs, (seen[0][:, -1] >= 2) & (p < REPEATED), acts.volume.shape[1]),
        )
        if np.array_equal(before, strangers):
            break
    gap, rate = base.rates(pairs, strangers)
    drawn = MIDDLING_ACTS / (acts.volume.sum(axis=1) + PRIOR_ACTS)
    telling = (rate * drawn[base.signal][:, None] < CROWD_CHANCE) & (base.local <= CROWD_CAP)
    return Chance(
        tuple(windows_ms),
        share,
        gap,
        rate,
        telling,
        _expected(base, gap, rate, telling),
        strangers,
        base.local,
    )


@dataclass(frozen=True)
class _Crowd:
    """What the crowd of each engagement is before anybody is left out.

    ``alone``: (signals, accounts), acts on things that nobody else acted on.
    """

    acts: Acts
    coacts: CoActs
    windows_ms: tuple[int, ...]
    signal: np.ndarray
    account: np.ndarray
    object: np.ndarray
    local: np.ndarray
    people: np.ndarray
    together: np.ndarray
    alone: np.ndarray

    @property
    def size(self) -> int:
        return len(self.signal)

    @classmethod
    def of(
        cls, acts: Acts, coacts: CoActs, windows_ms: Sequence[int], near: Sequence[np.ndarray]
    ) -> _Crowd:
        _, first = np.unique(acts.engagement, return_index=True)
        signal, account, obj = acts.signal[first], acts.account[first], acts.object[first]
        # one act per account and object: how many people, and how many pairs of them are within each window
        keys, entry = np.unique(
            acts.object * acts.volume.shape[1] + acts.account, return_index=True
        )
        entry = np.sort(entry)
        people = (
            np.bincount(acts.object[entry], minlength=len(acts.objects))
            if len(keys)
            else np.zeros(0, np.int64)
        )
        local = np.zeros((len(first), len(windows_ms)), dtype=np.int64)
        together = np.zeros((len(acts.objects), len(windows_ms)))
        for k, window in enumerate(windows_ms):
            most = np.zeros(len(first), dtype=np.int64)
            np.maximum.at(most, acts.engagement, near[k])
            local[:, k] = most
            within = neighbours(acts.object[entry], acts.time[entry], window) - 1
            together[:, k] = (
                np.bincount(acts.object[entry], weights=within, minlength=len(acts.objects)) / 2
            )
        local = np.minimum(local, (people[obj] - 1)[:, None])
        shared = np.bincount(
            _cell(acts.signal, acts.account, acts.volume), minlength=acts.volume.size
        ).reshape(acts.volume.shape)
        alone = np.maximum(acts.volume - shared, 0)
        return cls(
            acts, coacts, tuple(windows_ms), signal, account, obj, local, people, together, alone
        )

    def rates(self, pairs: PairRows, strangers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G(w), and the strangers expected at each engagement, with those who are no strangers left out."""
        known = np.flatnonzero(~strangers[pairs.pair]) if len(pairs) else np.zeros(0, np.int64)
        first, second, apart = (
            self.coacts.first[known],
            self.coacts.second[known],
            self.coacts.apart[known],
        )
        mine, theirs = self.acts.engagement[first], self.acts.engagement[second]
        obj = self.acts.object[first]
        friends = np.zeros_like(self.local)
        together = self.together.copy()
        for k, window in enumerate(self.windows_ms):
            near = apart <= window
            friends[:, k] = np.bincount(mine[near], minlength=self.size)
            friends[:, k] += np.bincount(theirs[near], minlength=self.size)
            together[:, k] -= np.bincount(obj[near], minlength=len(self.people))
        total = self.people * (self.people - 1) / 2 - np.bincount(obj, minlength=len(self.people))
        gap = self._gap(np.maximum(together, 0), total)
        elsewhere = np.maximum(self.people[self.object] - 1 - friends[:, -1], 0)[:, None]
        near_by = np.maximum(self.local - friends, 0)
        chance = gap[self.signal]
        return gap, np.maximum(near_by, elsewhere * chance) + chance / 2

    def _gap(self, together: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Per signal, the mean over objects of the share of stranger pairs within each window, with its prior."""
        windows = np.array(self.windows_ms) / 1000
        prior = windows / (windows + GAP_PRIOR_S)
        signals = np.zeros(len(self.people), dtype=np.int64)
        signals[self.acts.object] = self.acts.signal
        out = np.empty((len(self.acts.names), len(windows)))
        for number in range(len(self.acts.names)):
            some = (signals == number) & (total >= 1)
            part = np.minimum(together[some] / total[some][:, None], 1.0)
            out[number] = (part.sum(axis=0) + GAP_PRIOR_OBJECTS * prior) / (
                len(part) + GAP_PRIOR_OBJECTS
            )
        return out


def akin(pairs: PairRows, known: np.ndarray, accounts: int) -> np.ndarray:
    """Known pairs, and pairs at least half of whose known partners (two or more) are the same."""
    a, b = pairs.a[known], pairs.b[known]
    ones = np.ones(2 * len(a), dtype=np.int32)
    graph = csr_matrix(
        (ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(accounts, accounts)
    )
    common = np.zeros(len(pairs), dtype=np.int64)
    rows = np.flatnonzero(
        (np.diff(graph.indptr)[pairs.a] > 1) & (np.diff(graph.indptr)[pairs.b] > 1)
    )
    common[rows] = (
        np.asarray((graph @ graph)[pairs.a[rows], pairs.b[rows]]).ravel() if len(rows) else 0
    )
    partners = np.diff(graph.indptr)
    enough: np.ndarray = known | (
        (common >= 2) & (2 * common >= np.minimum(partners[pairs.a], partners[pairs.b]))
    )
    return enough


def _expected(base: _Crowd, gap: np.ndarray, rate: np.ndarray, telling: np.ndarray) -> np.ndarray:
    """Strangers expected over all acts of each account: at its engagements, and at the things it alone acted on."""
    out: np.ndarray = base.alone[:, :, None] * gap[:, None, :] / 2
    cell = _cell(base.signal, base.account, base.alone)
    for k in range(rate.shape[1]):
        # one addition after the other, in the order of engagements: sums of parts would round otherwise
        column = out[:, :, k].flatten()
        np.add.at(column, cell, rate[:, k] * telling[:, k])
        out[:, :, k] = column.reshape(base.alone.shape)
    return out


def _cell(signal: np.ndarray, account: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Positions of (signal, account) in the flat table."""
    cell: np.ndarray = signal.astype(np.int64) * table.shape[1] + account
    return cell


@dataclass(frozen=True)
class Tally:
    """Co-acts ready to be counted again and again, under different signals, windows and telling bursts.

    Attributes:
        pair, apart, signal: by co-act.
        ends: the engagements of both accounts, by co-act.
        things: for posts of a, posts of b and quarters of an hour, the number of the pair and value of each
            co-act, and the pair of each such number: distinct ones are then counted without sorting again.
        pairs: how many there are.
    """

    pair: np.ndarray
    apart: np.ndarray
    signal: np.ndarray
    ends: tuple[np.ndarray, np.ndarray]
    things: tuple[tuple[np.ndarray, np.ndarray], ...]
    pairs: int

    @classmethod
    def of(cls, acts: Acts, coacts: CoActs, pairs: PairRows) -> Tally:
        """Number the posts and quarters of an hour of each pair."""
        first, second = coacts.first, coacts.second
        values = acts.post[first], acts.post[second], acts.time[first] // SLOT_MS
        things = tuple(_numbered(pairs.pair, value) for value in values)
        return cls(
            pairs.pair,
            coacts.apart,
            acts.signal[first],
            (acts.engagement[first], acts.engagement[second]),
            things,
            len(pairs),
        )

    def counts(
        self, telling: np.ndarray | None, windows_ms: Sequence[int], signals: Sequence[int]
    ) -> np.ndarray:
        """(pairs, windows): telling co-acts of these signals, the least of distinct bursts, posts of a, posts of b and quarters of an hour.

        Args:
            telling: as in `Chance`; without it every burst is.
            windows_ms: windows.
            signals: numbers of signals.
        """
        wanted = np.zeros(int(self.signal.max(initial=0)) + 1, dtype=bool)
        wanted[[s for s in signals if s < len(wanted)]] = True
        asked = np.flatnonzero(wanted[self.signal])
        apart, first, second = self.apart[asked], self.ends[0][asked], self.ends[1][asked]
        out = np.zeros((self.pairs, len(windows_ms)), dtype=np.int64)
        for k, window in enumerate(windows_ms):
            inside = apart <= window
            if telling is not None:
                inside &= telling[first, k] & telling[second, k]
            chosen = asked[inside]
            bursts = np.bincount(self.pair[chosen], minlength=self.pairs)
            least = bursts.copy()
            several = bursts > 1
            chosen = chosen[several[self.pair[chosen]]]
            for number, pair in self.things:
                there = np.zeros(len(pair), dtype=bool)
                there[number[chosen]] = True
                different = np.bincount(pair[there], minlength=self.pairs)
                np.minimum(least, different, out=least, where=several)
            out[:, k] = least
        return out


def _numbered(key: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By row the number of its key and value, and by number the key."""
    order = order_by(key, value)
    ordered, value = key[order], value[order]
    new = np.ones(len(key), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]) | (value[1:] != value[:-1])
    number = np.empty(len(key), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, ordered[new]


def pair_p(
    seen: Sequence[np.ndarray],
    every: Sequence[Sequence[int]],
    pairs: PairRows,
    expected: np.ndarray,
    share: np.ndarray,
) -> np.ndarray:
    """The smallest p-value of each pair, not yet corrected (1 below two co-acts).

    Smallest over windows and over `choices`: all signals together, and each alone. Together they see a
    group that varies its means; alone they see one that does not through the noise of all the others.

    Args:
        seen: `Tally.counts` of each choice.
        every: the `choices`.
        pairs: the pairs.
        expected, share: as in `Chance`.
    """
    p = np.ones(len(pairs))
    for signals, counted in zip(every, seen, strict=True):
        for k in range(counted.shape[1]):
            some = np.flatnonzero(counted[:, k] > 1)
            tail = poisson_tail(
                counted[some, k],
                pair_expected(
                    pairs.a[some], pairs.b[some], expected[signals, :, k], share[signals]
                ),
            )
            p[some] = np.minimum(p[some], tail)
    return p


def choices(acts: Acts) -> list[list[int]]:
    """The sets of signals that are tested: all that occur, and where there are several, each of them."""
    occur = np.flatnonzero(acts.volume.sum(axis=1)).tolist()
    return [occur, *([s] for s in occur)] if len(occur) > 1 else [occur]


def pair_expected(
    a: np.ndarray, b: np.ndarray, expected: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Co-acts expected by chance of pairs: the larger of "b joins a" and "a joins b", over signals."""
    joins_a = np.einsum("sp,sp->p", expected[:, a], share[:, b])
    joins_b = np.einsum("sp,sp->p", expected[:, b], share[:, a])
    larger: np.ndarray = np.maximum(joins_a, joins_b)
    return larger


def poisson_tail(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """P(X >= seen) for X ~ Poisson(expected); 1 where nothing was seen."""
    seen = np.asarray(seen, dtype=float)
    tail: np.ndarray = np.where(
        seen > 0, gammainc(np.maximum(seen, 1), np.maximum(expected, 1e-300)), 1.0
    )
    return tail


def benjamini_hochberg(p: np.ndarray, tests: int) -> np.ndarray:
    """q-values of p-values, the smallest of ``tests`` tests (those not given had p = 1)."""
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * tests / np.arange(1, len(p) + 1)
    q = np.minimum.accumulate(scaled[::-1])[::-1]
    out = np.empty(len(p))
    out[order] = np.minimum(q, 1.0)
    return out
