"""Synchrony: accounts that post in the same seconds again and again, whatever they post.

**Null model** (interval jitter: Date, Bienenstock & Geman 1998; Amarasingham et al. 2012). An
account's posts may as well have come at any other time inside the hour around them; finer timing is
chance. When *a* posts at *t*, the chance that one of *b*'s *n* posts of that hour falls within *w*
is

    q = min(1, n * 2w / hour * f(t) * g(t))

Where the times of *b* are written to the minute (one source of several may be), not ``2w`` is near
but the full minutes that begin within *w* of *t*: whoever posts in the same minute is as near as
can be. ``f`` is how much denser all others post within *w* of *t* than over the hour (at least 1),
so that a goal, a siren or a programme's start, which a crowd answers in the same seconds, says
little. ``g`` is how much more than others *b* prefers full and half hours, where *a* posts at one
(at least 1): schedules meet there. Any other minute of the hour that *b* uses more than the rest is
a schedule, too, and adds a minute as often as it does: two accounts that keep one minute meet in
every hour.
Hour of day, days off and bursts of activity are kept by conditioning on the hour.

Unlike in `graph.coordination.null_model` nobody is left out of the crowd: without a shared object
nothing tells a group that was told to post from an audience that watches the same thing, except
that it is small and returns often. The price is that a large group that shares nothing but its
moments is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.coordination.coactions.counts import SLOT_MS, AccountPairs
from graph.coordination.coactions.find import (
    CoActions,
    match_in_several_posts,
    match_within_reach,
    nearest_in_group,
)
from graph.coordination.coactions.windows import count_within, first_of_run
from graph.coordination.null_model import poisson_tail
from graph.coordination.posts import MINUTE_MS, Posts

JITTER_MS = 3_600_000
"""Times are taken to mean nothing finer than this (ms), centred on a post."""
CROWDED = 30
"""Posts of others within a window from which the moment is too crowded to say anything.

It bounds the work, too."""

HABIT_PRIOR = 10
"""Posts at usual minutes taken as seen of each account."""
KIND_OF_MINUTE = np.array([int(minute not in (0, 30)) for minute in range(60)])
"""By minute of the hour: 0 for the full hour and the half, at which people and tools like to post,
1 for all others."""
ROUND = 0


MOST_STEPS = 2
"""Steps of time that a table of counts may have for each look into it."""


@dataclass(frozen=True)
class SynchronyTests:
    """Coincidences of accounts that coincide in ``least`` hours or more, tested.

    Attributes:
        coactions: one row a pair and hour, at the nearest; ``first``, ``second`` are
            rows of the posts.
        pairs: their pairs.
        observed: (pairs, windows) distinct hours.
        p: by pair, the smallest over windows, not corrected for their number.
        windows_ms: the windows tested.
        crowded: posts in moments too crowded to be looked at in one window or more.
    """

    coactions: CoActions
    pairs: AccountPairs
    observed: np.ndarray
    p: np.ndarray
    windows_ms: tuple[int, ...]
    crowded: int = 0


def run_synchrony_tests(posts: Posts, windows_ms: Sequence[int], least: int) -> SynchronyTests:
    """Find and test the coincidences of all pairs of accounts with ``least`` posts or more."""
    often = np.bincount(posts.account, minlength=len(posts.accounts)) >= least
    rows = np.flatnonzero(often[posts.account])
    windows = tuple(windows_ms)
    crowded = 0
    if not windows or not len(rows):
        coactions = CoActions(*(np.zeros(0, np.int64) for _ in range(5)))
    else:
        reach = _reach_of_posts(posts.times[rows], windows)
        crowded = int(np.count_nonzero(reach < max(windows)))
        coactions = _coincidences(rows, posts, reach, least)
    pairs = AccountPairs.of(coactions)
    observed = np.zeros((len(pairs), len(windows)), dtype=np.int64)
    p = np.ones(len(pairs))
    if len(pairs):
        expected = _expected_coincidences(posts, pairs, windows)
        for k, window in enumerate(windows):
            near = pairs.pair[coactions.apart <= window]
            observed[:, k] = np.bincount(near, minlength=len(pairs))
            p = np.minimum(p, poisson_tail(observed[:, k], expected[:, k]))
    return SynchronyTests(coactions, pairs, observed, p, windows, crowded)


def _reach_of_posts(times: np.ndarray, windows_ms: Sequence[int]) -> np.ndarray:
    """By post, the longest window (ms) in which its moment is not crowded; -1 where all are."""
    one_key = np.zeros(len(times), np.int64)
    reach = np.full(len(times), -1, dtype=np.int64)
    for window in windows_ms:
        reach[count_within(one_key, times, window) - 1 <= CROWDED] = window
    return reach


def _coincidences(rows: np.ndarray, posts: Posts, reach: np.ndarray, least: int) -> CoActions:
    """Per pair and hour the nearest coincidence.

    Pairs with fewer than ``least`` of them are left out.
    """
    times, account = posts.times[rows], posts.account[rows].astype(np.int64)
    one_key = np.zeros(len(rows), np.int64)
    left, right = match_within_reach(one_key, times, account, reach)
    often = match_in_several_posts(account, rows, left, right, least)
    left, right = left[often], right[often]
    nearest = nearest_in_group(left, right, account, times, times[left] // SLOT_MS)
    pair = AccountPairs.of(nearest).pair
    enough = nearest.take(np.bincount(pair)[pair] >= least)
    return CoActions(enough.a, enough.b, rows[enough.first], rows[enough.second], enough.apart)


def _expected_coincidences(
    posts: Posts, pairs: AccountPairs, windows_ms: Sequence[int]
) -> np.ndarray:
    """(pairs, windows): coincidences expected by chance.

    Summed over the posts of the account with fewer, the chance that the other one joins.
    """
    total = np.bincount(posts.account, minlength=len(posts.accounts))
    swap = total[pairs.a] > total[pairs.b]
    few = np.where(swap, pairs.b, pairs.a).astype(np.int64)
    many = np.where(swap, pairs.a, pairs.b).astype(np.int64)
    # posts by account and time: those of account x are the slice start[x] to start[x + 1]
    by_account = np.lexsort((posts.times, posts.account))
    start = np.concatenate([[0], np.cumsum(total)])
    times = posts.times[by_account]
    near_by_step, step_of = _near_by_step(posts, by_account, windows_ms)
    kind, beyond, round_minutes = minute_habits(posts)
    kind, minute = kind[by_account], times // MINUTE_MS % 60
    expected = np.zeros((len(pairs), len(windows_ms)))
    step = int(np.gcd.reduce(times, initial=JITTER_MS // 2))
    # pairs are taken together by their account with more posts: its posts are few enough to stay
    # in the cache while all the others look for theirs
    order = np.argsort(many, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(many[order])) + 1):
        other = int(many[mine[0]]) if len(mine) else 0
        # row: all posts of the smaller accounts, one slice a pair; which: the pair of each
        length = total[few[mine]]
        which = np.repeat(np.arange(len(mine)), length)
        slice_begin = start[few[mine]] - (np.cumsum(length) - length)
        row = np.arange(len(which)) + np.repeat(slice_begin, length)
        theirs = times[start[other] : start[other + 1]]
        scheduled = (_schedule(theirs) - 1)[minute[row]]
        in_hour = _count_in_hour(theirs, times[row], step)
        more = beyond[kind[row], other]
        at_round = np.where(kind[row] == ROUND, round_minutes[other], 0.0)
        for k, window in enumerate(windows_ms):
            # schedules stand at a second: two of one minute are as near as can be
            near = near_by_step[k][step_of[other]][row] * more
            at_second = max(2 * window, MINUTE_MS)
            near = np.maximum(near, at_second * at_round) + at_second * scheduled
            chance = np.minimum(1.0, in_hour * near / JITTER_MS)
            expected[mine, k] = np.bincount(which, weights=chance, minlength=len(mine))
    return expected


def minute_habits(posts: Posts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who posts at full and half hours meets others who do, without having arranged it.

    Returns:
        By post the kind of its minute; (kinds, accounts), how much more than all others an account
        prefers a kind, at least 1; by account, how much denser it posts at full and half hours
        than over the hour.
    """
    kind = KIND_OF_MINUTE[posts.times // MINUTE_MS % 60]
    kinds, accounts = int(KIND_OF_MINUTE.max()) + 1, len(posts.accounts)
    cell = kind * accounts + posts.account
    counted = np.bincount(cell, minlength=kinds * accounts).reshape(kinds, accounts)
    usual = (counted.sum(axis=1) / max(1, counted.sum()))[:, None]
    own = (counted + HABIT_PRIOR * usual) / (counted.sum(axis=0) + HABIT_PRIOR)
    minutes = np.bincount(KIND_OF_MINUTE) / len(KIND_OF_MINUTE)
    return kind, np.maximum(1.0, own / np.maximum(usual, 1e-9)), own[ROUND] / minutes[ROUND]


def _schedule(times: np.ndarray) -> np.ndarray:
    """By minute of the hour, how much more an account uses it than any other, at least 1.

    ``times`` are sorted. Each minute is judged by the others: one post says nothing of a habit.
    """
    minutes = times // MINUTE_MS
    used = np.bincount(minutes[first_of_run(minutes)] % 60, minlength=60)
    others = max(0, int(used.sum()) - 1) + HABIT_PRIOR
    schedule: np.ndarray = np.maximum(1.0, (60 * np.maximum(0, used - 1) + HABIT_PRIOR) / others)
    return schedule


def _count_in_hour(times: np.ndarray, centre: np.ndarray, step: int) -> np.ndarray:
    """How many of the sorted times are in the hour around each centre.

    All times are multiples of ``step`` ms, as half an hour is: where that is coarse, counts by step
    are looked up, which is several times quicker than a search.
    """
    half, count = JITTER_MS // 2, centre
    steps = int(times[-1] - times[0]) // step + 1 if len(times) else 0
    if steps <= MOST_STEPS * len(centre):
        before = np.zeros(steps + 1, dtype=np.int64)
        before[1:] = np.cumsum(np.bincount((times - times[:1]) // step, minlength=steps))
        place = (centre - times[:1]) // step
        end, begin = place + half // step + 1, place - half // step
        count = before[np.clip(end, 0, steps)] - before[np.clip(begin, 0, steps)]
    else:
        end = np.searchsorted(times, centre + half, "right")
        count = end - np.searchsorted(times, centre - half, "left")
    return count


def _near_by_step(
    posts: Posts, by_account: np.ndarray, windows_ms: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """How much time is near each post, and in which steps of time each account posts.

    One source writes times to the second, another to the minute. Two accounts of the latter in one
    minute are as near as can be: that is a minute of the hour, however short the window is. How
    dense a moment is shows only in accounts that post in such steps.

    Returns:
        (windows, steps, posts in the order of ``by_account``): ms within the window of a post in
        which an account of that step may post, times how much denser others of that step post there
        than over the hour, at least 1; by account, its step.
    """
    own, times = posts.account.astype(np.int64), posts.times
    to_the_minute = np.ones(len(posts.accounts), dtype=bool)
    to_the_minute[own[times % MINUTE_MS != 0]] = False
    steps = np.unique(to_the_minute)
    step_of = np.searchsorted(steps, to_the_minute)
    near = np.zeros((len(windows_ms), len(steps), len(posts)))
    of_account = {w: count_within(own, times, w, by_account) for w in (*windows_ms, JITTER_MS // 2)}
    for number, minutes in enumerate(steps.tolist()):
        such = step_of[own] == number
        theirs = times[such]

        def count_others(window: int, such: np.ndarray, theirs: np.ndarray) -> np.ndarray:
            begin = np.searchsorted(theirs, times - window, "left")
            count = np.searchsorted(theirs, times + window, "right") - begin
            others: np.ndarray = count - such * of_account[window]
            return others

        hour = count_others(JITTER_MS // 2, such, theirs)
        for k, window in enumerate(windows_ms):
            length = _full_minutes(times, window) if minutes else np.array([2 * window])
            usual = hour * (length / JITTER_MS)
            denser = (count_others(window, such, theirs) + 1) / (usual + 1)
            near[k, number] = (length * np.maximum(1.0, denser))[by_account]
    return near, step_of


def _full_minutes(times: np.ndarray, window: int) -> np.ndarray:
    """How long the minutes are (ms) that begin within the window of each moment."""
    count: np.ndarray = (times + window) // MINUTE_MS + (window - times) // MINUTE_MS + 1
    return count * MINUTE_MS
