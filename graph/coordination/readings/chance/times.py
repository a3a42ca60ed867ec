"""Would the accounts of a group be as close in time if the times of all posts were permuted?

Accounts of one taste share the same things, one today and one next week. Where the times of a
collection say little, as after a migration, or where a circle reads one paper, some of that falls
close together by chance. So the pairs of posts of different members with one thing, at any time,
are set against all pairs of posts: with times permuted, as many of the former are near each
other as of all. Mean and variance are known (Knox 1964, Mantel 1967), the tail is that of the gamma
distribution with both. What a group does together is nearer by orders of magnitude, and so is what
the news brings: this reading says only that times say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.windows import argsort_rows, count_within, first_of_run
from graph.coordination.membership_tests import FamilyTests
from graph.coordination.posts import Posts
from graph.coordination.readings.chance.hours import (
    gamma_tail,
    group_by_account,
    pairs_by_chance,
)
from graph.coordination.readings.chance.results import SameTimes


def compare_times(
    posts: Posts,
    families: Sequence[FamilyTests],
    groups: Sequence[Sequence[int]],
    windows: Sequence[int],
) -> list[SameTimes]:
    """`SameTimes` by group.

    Args:
        posts: all posts.
        families: their acts.
        groups: accounts by group; nobody is in two.
        windows: that are tested (ms).
    """
    found = [SameTimes()] * len(groups)
    if not groups or not windows:
        return found
    group_of = group_by_account(groups, len(posts.accounts))
    one_key = np.zeros(len(posts), np.int64)
    near = []
    for window in windows:
        others = (count_within(one_key, posts.times, window) - 1).astype(float)
        near.append((others.sum(), (others**2).sum()))
    for family in families:
        for number, same in _shared(family.acts, group_of, len(posts), windows, near):
            best = found[number]
            least = min(best.attainable, same.attainable)
            chosen = min(best, same, key=lambda one: (one.p, -one.shared))
            found[number] = SameTimes(chosen.shared, chosen.near, chosen.expected, chosen.p, least)
    return found


def _shared(
    acts: Acts,
    group_of: np.ndarray,
    posts: int,
    windows: Sequence[int],
    near: Sequence[tuple[float, float]],
) -> list[tuple[int, SameTimes]]:
    """By group, signal and window."""
    rows = np.flatnonzero(group_of[acts.account] >= 0)
    group, account = group_of[acts.account[rows]], acts.account[rows].astype(np.int64)
    order = argsort_rows(group, acts.object[rows], acts.time[rows])
    rows, group, account = rows[order], group[order], account[order]
    thing, at = acts.object[rows], acts.time[rows]
    key = np.cumsum(first_of_run(group, thing)) - 1  # one number a group and thing
    _, code = np.unique(account, return_inverse=True)
    own = key * (int(code.max(initial=0)) + 1) + code
    every = np.bincount(key)[key]
    _, which, times = np.unique(own, return_inverse=True, return_counts=True)
    others = (every - times[which]).astype(float)
    # one cell a group and signal
    signals = len(acts.signals)
    cell = group * signals + acts.signal[rows]
    cells, place = np.unique(cell, return_inverse=True)
    alike = np.bincount(place, weights=others), np.bincount(place, weights=others**2)
    size = np.full(len(cells), posts)
    result = []
    for window, (pairs, square) in zip(windows, near, strict=True):
        close = count_within(key, at, window) - count_within(own, at, window)
        seen = np.bincount(place, weights=close) / 2
        of_all = np.full(len(cells), pairs), np.full(len(cells), square)
        mean, spread = pairs_by_chance(size, of_all, alike)
        columns = (
            alike[0] / 2,
            seen,
            mean,
            gamma_tail(seen, mean, spread),
            gamma_tail(alike[0] / 2, mean, spread),
        )
        result += [
            (int(number) // signals, SameTimes(*values))
            for number, *values in zip(cells.tolist(), *(c.tolist() for c in columns), strict=True)
        ]
    return result
