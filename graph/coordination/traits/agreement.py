"""Whether the traits of a group's accounts agree more than those of other accounts would.

Supporting evidence: it never makes a group, nor flags an account. Every test compares a group that
was found by what it did with the other accounts of the data set, those of about the same activity
where there are enough, so that a wave of new accounts, a common first name or a default name is
what the others show as well.

* *Created together*, *names*, *one text in the profile*: the most members who agree with one of
  them, k of m. A stranger agrees with that member with the chance *f* with which the others do (one
  more counted as agreeing), so that p is at most m times the binomial tail of k - 1 or more of
  m - 1 (Bonferroni over the member). Windows of creation are a day and a month, names may begin or
  end alike or be of one shape (times the number of kinds).
* *Hours*: the mean cosine of the hours of day at which two members post, posts of the evidence left
  out, against random groups of as many others whose day lies like theirs (the mean hour within
  three hours: people of one time zone sleep at one time).

The false discovery rate is controlled over all traits of all groups (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from graph.coordination.traits.profiles import Profiles, middle_of, unit

DAY_MS = 86_400_000
WINDOWS_MS = (DAY_MS, 30 * DAY_MS)
NAMES = ("name_begin", "name_end", "name_shape")
ENOUGH = 50
"""Others of about the same activity from which they alone are compared with."""
LEAST_OTHERS = 20
ACTIVITY = 4.0
"""How many times more or fewer posts are about the same activity."""
LEAST_POSTS = 10
"""Posts beside the evidence from which an account's hours are known."""
DRAWS = 2_000
_AT_ONCE = 200_000
NEAR_HOURS = 3.0


@dataclass(frozen=True)
class Agreement:
    """One trait of one group.

    Attributes:
        trait: created, name, bio or hours.
        agree: members who agree (of hours: those compared).
        known: members whose trait is known.
        others: accounts that they were compared with.
        share: part of the others who agree with one of them; of hours the mean cosine of random
            groups.
        p: not corrected.
        value: hours from first to last creation (day or month) or the mean cosine; else None.
        kind: which of the kinds of agreement it was: ``day``, ``month``, ``name_begin``...
    """

    trait: str
    agree: int
    known: int
    others: int
    share: float
    p: float
    value: float | None = None
    kind: str = ""


def agreements(
    profiles: Profiles,
    members: Sequence[int],
    in_groups: np.ndarray,
    evidence: np.ndarray,
    seed: int,
) -> Iterator[Agreement]:
    """The traits of a group that can be tested.

    Args:
        profiles: of all accounts.
        members: the accounts of the group.
        in_groups: by account, whether it is in any group: such are no others.
        evidence: (members, 24), the posts of the group's evidence by hour.
        seed: of the random groups.
    """
    group = np.array(members)
    others = _of_like_activity(profiles.posts, group, np.flatnonzero(~in_groups))
    found = _created(profiles.created, group, others)
    if found is not None:
        yield found
    names = [_same(profiles.keys[name], group, others, name) for name in NAMES]
    if known := [one for one in names if one is not None]:
        best = min(known, key=lambda one: one.p)
        yield _corrected(best, "name", len(known))
    if (bio := _same(profiles.keys["bio"], group, others, "bio")) is not None:
        yield bio
    if (found := _hours(profiles, group, evidence, others, seed)) is not None:
        yield found


def _of_like_activity(posts: np.ndarray, group: np.ndarray, others: np.ndarray) -> np.ndarray:
    middle = float(np.median(posts[group]))
    ratio = posts[others] / max(1.0, middle)
    like = others[(ratio <= ACTIVITY) & (ratio >= 1 / ACTIVITY)]
    return like if len(like) >= ENOUGH else others


def _tail(k: np.ndarray, m: int, chance: np.ndarray) -> np.ndarray:
    """m * P(k - 1 or more of m - 1 agree with a member), at most 1; 1 where nobody agrees."""
    others = np.maximum(k - 1, 0)
    tail = np.where(
        others > 0, betainc(np.maximum(others, 1), m - np.maximum(others, 1), chance), 1
    )
    p: np.ndarray = np.minimum(1.0, m * tail)
    return p


def _created(created: np.ndarray, group: np.ndarray, others: np.ndarray) -> Agreement | None:
    own = np.sort(created[group][created[group] >= 0])
    known = np.sort(created[others][created[others] >= 0])
    if len(own) < 2 or len(known) < LEAST_OTHERS:
        return None
    best: Agreement | None = None
    for kind, window in zip(("day", "month"), WINDOWS_MS, strict=True):
        last = np.searchsorted(own, own + window, "right")
        k = last - np.arange(len(own))
        inside = np.searchsorted(known, own + window, "right") - np.searchsorted(known, own)
        share = (inside + 1) / (len(known) + 1)
        p = _tail(k, len(own), share)
        at = int(np.argmin(p))
        span = float(own[last[at] - 1] - own[at]) / 3_600_000
        counts = (int(k[at]), len(own), len(known))
        found = Agreement("created", *counts, float(share[at]), float(p[at]), span, kind)
        if best is None or found.p < best.p:
            best = found
    assert best is not None
    return _corrected(best, "created", len(WINDOWS_MS))


def _same(keys: np.ndarray, group: np.ndarray, others: np.ndarray, kind: str) -> Agreement | None:
    own, known = keys[group], keys[others]
    own, known = own[own >= 0], known[known >= 0]
    if len(own) < 2 or len(known) < LEAST_OTHERS:
        return None
    values, k = np.unique(own, return_counts=True)
    place = np.minimum(np.searchsorted(values, known), len(values) - 1)
    counts = np.bincount(place[values[place] == known], minlength=len(values))
    share = (counts + 1) / (len(known) + 1)
    p = _tail(k, len(own), share)
    at = int(np.lexsort((-k, p))[0])
    return Agreement(
        kind, int(k[at]), len(own), len(known), float(share[at]), float(p[at]), None, kind
    )


def _corrected(found: Agreement, trait: str, kinds: int) -> Agreement:
    p = min(1.0, found.p * kinds)
    return Agreement(
        trait, found.agree, found.known, found.others, found.share, p, found.value, found.kind
    )


def _hours(
    profiles: Profiles, group: np.ndarray, evidence: np.ndarray, others: np.ndarray, seed: int
) -> Agreement | None:
    """The hours of day of members against random groups whose day lies like theirs."""
    own = profiles.hours[group] - evidence
    own = own[own.sum(axis=1) >= LEAST_POSTS]
    others = others[profiles.posts[others] >= LEAST_POSTS]
    size = len(own)
    if size < 2 or len(others) < LEAST_OTHERS:
        return None
    turned = profiles.middles[others] - middle_of(own)
    away = np.abs(np.angle(np.exp(1j * turned))) * 24 / (2 * np.pi)
    others = others[away <= NEAR_HOURS]
    if len(others) < max(LEAST_OTHERS, 2 * size):
        return None
    value = float(_closeness(unit(own)[None]).item())
    rng = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // size)
    drawn = np.concatenate(
        [
            _closeness(profiles.days[others[rng.integers(len(others), size=(number, size))]])
            for number in _parts(DRAWS, at_once)
        ]
    )
    p = (1 + np.count_nonzero(drawn >= value - 1e-12)) / (DRAWS + 1)
    return Agreement("hours", size, size, len(others), float(drawn.mean()), p, value, "hours")


def _closeness(days: np.ndarray) -> np.ndarray:
    """By group of (groups, members, 24) rows of length 1, the mean cosine of two members."""
    size = days.shape[1]
    total = days.sum(axis=1)
    mean: np.ndarray = ((total * total).sum(axis=1) - size) / (size * (size - 1))
    return mean


def _parts(whole: int, most: int) -> Iterator[int]:
    """Numbers of at most ``most`` that add up."""
    for start in range(0, whole, most):
        yield min(most, whole - start)
