"""How often each pair of accounts met: counts of posts and of objects, in bounded memory.

For accounts a and b, ``weight_ab`` is the number of distinct posts of a that meet at least one post
of b, ``weight_ba`` the reverse; this is the edge weight of Graham et al. (2020) and of the
coordination-network-toolkit. ``objects`` is the number of distinct objects on which they met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions.windows import (
    Flags,
    Ints,
    argsort_rows,
    first_of_run,
    sizes_of_runs,
)
from graph.coordination.library.acts import (
    TimedActs,
    co_occurrences,
    is_repeated,
    previous_by_account,
)
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

MAX_PAIRS = 10_000_000
_DENSE = 2_048
"""Accounts up to which all ordered pairs are counted in one dense array (32 MB)."""


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Parallel arrays, a < b by account code, sorted by (a, b)."""

    a: Ints
    b: Ints
    weight_ab: Ints
    weight_ba: Ints
    objects: Ints


def count_pairs(
    acts: TimedActs, posts: Ints, accounts: int, *, min_weight: int = 1, max_pairs: int = MAX_PAIRS
) -> PairCounts:
    """Count all pairs whose greater weight is at least ``min_weight``.

    With ``min_weight`` above 1, co-occurrences of two accounts that both have fewer acts than that
    are never expanded: a crowd of one-time sharers of one object then costs nothing.

    Args:
        acts: from `graph.coordination.library.acts.sort_acts`.
        posts: the post of each row that was given to ``sort_acts``; a post may stand in several
            acts (links of one post), and counts once for a pair.
        accounts: number of account codes.
        min_weight: least number of posts.
        max_pairs: largest number of ordered pairs to keep.

    Raises:
        ConfigError: there are more pairs than that.
    """
    acts, copies, post = _merge(acts, posts)
    # an act can be counted at once where its post (its account and object) has no other act;
    # else (post, pair) and (object, pair) are collected, and distinct ones counted at the end
    several_acts = np.bincount(post)[post] > 1 if len(post) else np.zeros(0, dtype=np.bool_)
    several_times = is_repeated(acts)
    weights, objects = _Counter(accounts, max_pairs), _Counter(accounts, max_pairs)
    loose_weights, loose_objects = _Distinct(max_pairs), _Distinct(max_pairs)
    acts_of_account = np.bincount(acts.account, weights=copies, minlength=accounts)
    active = acts_of_account[acts.account] >= min_weight
    # active accounts with all, then the others with active ones: two that are not are never joined
    for left_flags, right_flags in ((active, np.ones_like(active)), (~active, active)):
        left, right = acts.take(left_flags), acts.take(right_flags)
        before = previous_by_account(right)
        copies_left, post_left = copies[left_flags], post[left_flags]
        not_direct, not_alone = several_acts[left_flags], several_times[left_flags]
        for i, j, first in co_occurrences(left, right):
            # the first partner of this account in i's window: each (post, account) counts once
            once = before[j] < first
            i, j = i[once], j[once]
            a, b = left.account[i], right.account[j]
            pair = a * accounts + b
            direct = ~not_direct[i]
            weights.add(pair[direct], copies_left[i[direct]])
            loose_weights.add(post_left[i[~direct]], pair[~direct])
            up = a < b
            i, pair = i[up], pair[up]
            alone = ~not_alone[i]
            objects.add(pair[alone], None)
            loose_objects.add(left.object[i[~alone]], pair[~alone])
    weights.add(loose_weights.result(), None)
    objects.add(loose_objects.result(), None)
    return _undirected(weights, objects, accounts, min_weight)


def _merge(acts: TimedActs, posts: Ints) -> tuple[TimedActs, Ints, Ints]:
    """One act for those of equal account, object and time, where each is its post's only one.

    Returns the acts, how many each stands for, and the post of each.
    """
    post = posts[acts.row]
    alone = np.bincount(post)[post] == 1 if len(post) else np.zeros(0, dtype=np.bool_)
    first = first_of_run(acts.object, acts.account, acts.time)
    first[1:] |= ~(alone[1:] & alone[:-1])
    return acts.take(first), sizes_of_runs(first), post[first]


class _Counter:
    """Sums by ordered pair (a * accounts + b).

    A dense array for few accounts, else sorted and merged chunks.
    """

    def __init__(self, accounts: int, max_pairs: int) -> None:
        self.accounts, self.max_pairs = accounts, max_pairs
        self.dense = np.zeros(accounts * accounts, dtype=np.int64) if accounts <= _DENSE else None
        self.keys: list[Ints] = []
        self.sums: list[Ints] = []
        self.size = self.merged = 0

    def add(self, keys: Ints, amounts: Ints | None) -> None:
        if not len(keys):
            return
        if self.dense is not None:
            np.add.at(self.dense, keys, 1 if amounts is None else amounts)
            return
        unique, sums = _sum_by(
            keys, np.ones(len(keys), dtype=np.int64) if amounts is None else amounts
        )
        self.keys.append(unique)
        self.sums.append(sums)
        self.size += len(unique)
        if self.size > 2 * self.merged + 4_000_000:
            self._compact()

    def result(self) -> tuple[Ints, Ints]:
        """Pairs in rising order and their sums."""
        if self.dense is not None:
            keys = np.flatnonzero(self.dense)
            return keys, self.dense[keys]
        self._compact()
        return (
            (self.keys[0], self.sums[0])
            if self.keys
            else (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        )

    def _compact(self) -> None:
        if self.keys:
            keys, sums = _sum_by(np.concatenate(self.keys), np.concatenate(self.sums))
            self.keys, self.sums, self.size = [keys], [sums], len(keys)
            self.merged = self.size
            _check(self.size, self.max_pairs)


class _Distinct:
    """Distinct (thing, pair) rows, merged as they come; each pair as often as it has things."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[Ints] = []
        self.size = self.merged = 0

    def add(self, things: Ints, pairs: Ints) -> None:
        if len(things):
            self.parts.append(_distinct_rows(np.stack([pairs, things])))
            self.size += self.parts[-1].shape[1]
            if self.size > 2 * self.merged + 4_000_000:
                self._compact()

    def result(self) -> Ints:
        self._compact()
        return self.parts[0][0] if self.parts else np.zeros(0, dtype=np.int64)

    def _compact(self) -> None:
        if self.parts:
            rows = _distinct_rows(np.concatenate(self.parts, axis=1))
            self.parts, self.size = [rows], rows.shape[1]
            self.merged = self.size
            _check(self.size, 3 * self.limit)


def _distinct_rows(rows: Ints) -> Ints:
    """The distinct columns of a (2, n) array, sorted."""
    rows = rows[:, argsort_rows(rows[0], rows[1])]
    return rows[:, first_of_run(rows[0], rows[1])]


def _sum_by(keys: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """The distinct keys, sorted, and the sum of the amounts of each."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(first_of_run(keys))
    return keys[starts], np.add.reduceat(amounts[order], starts)


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise ConfigError(Message("fault.pairs.too_many", {"limit": limit}))


def _undirected(weights: _Counter, objects: _Counter, accounts: int, min_weight: int) -> PairCounts:
    keys, sums = weights.result()
    a, b = np.divmod(keys, accounts)
    up: Flags = a < b
    a, b, forth = a[up], b[up], sums[up]
    back = sums[np.searchsorted(keys, b * accounts + a)]
    object_keys, object_sums = objects.result()
    shared = (
        object_sums[np.searchsorted(object_keys, a * accounts + b)]
        if len(a)
        else np.zeros(0, dtype=np.int64)
    )
    keep = np.maximum(forth, back) >= min_weight
    return PairCounts(a[keep], b[keep], forth[keep], back[keep], shared[keep])
