"""Would the accounts of a group share as much if contents were permuted within the same hours?

Accounts that post in the same hours meet on what these hours are full of. So what the members of a
group share is compared with the same posts, the contents of each clock hour permuted among the
accounts and moments of that hour: a permutation test within strata (Fisher 1935). Who posts when,
and what was popular then, stay. Each post counts by one thing. Compared are

* *pairs of posts* of different members with one thing: mean and variance are known (Mantel 1967),
  the tail is that of the gamma distribution with both. Within the whole hour, and, where that says
  too little, within `NEAR_MS` of each other: contents that meet by chance lie anywhere in the hour;
* *things* on which two members met in an hour: in an hour of N posts, n of them by members, the m
  posts with one thing fall on two of these or more with a hypergeometric chance; their number has
  a Poisson tail (Le Cam);
* things on which two members met at all, hours apart, too, likewise.

It needs no outsiders that resemble the members, and says nothing where nobody else was there:
permuted, everything would come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeAlias

import numpy as np
import polars as pl
from scipy.special import gammaincc, gammaln

from graph.coordination.coactions.acts import Acts
from graph.coordination.coactions.windows import (
    argsort_rows,
    count_within,
    first_of_run,
    sizes_of_runs,
)
from graph.coordination.crowds.returning import ReturningCrowd
from graph.coordination.membership_tests import FamilyTests
from graph.coordination.null_model import HOUR_MS, poisson_tail
from graph.coordination.posts import Posts
from graph.coordination.readings.chance.results import CHANCE, SameHours

CHOICES = 4.0
"""Accounts that might have been the next member instead: a group of many is picked from more."""
MOST_PICKED = 400
"""Members paid for; beyond it the price is out of the range of numbers."""
NEAR_MS = (60_000, 600_000)
LEAST_THINGS = 3
"""Things shared at different hours from which they say anything."""
FEW = 12
"""Members up to which things of different hours are looked at: many meet within hours as well."""


def compare_hours(
    posts: Posts,
    families: Sequence[FamilyTests],
    groups: Sequence[Sequence[int]],
    evidence: pl.DataFrame,
    crowds: Sequence[ReturningCrowd] = (),
) -> list[SameHours]:
    """`SameHours` by group.

    Args:
        posts: all posts.
        families: the acts; those that the null model lets count within the hour are looked at, and
            the bursts of crowds that return.
        groups: accounts by group; nobody is in two.
        evidence: the informative co-actions of the groups (`list_coactions`).
        crowds: what returned.
    """
    if not groups or not len(posts):
        return [SameHours()] * len(groups)
    group_of = group_by_account(groups, len(posts.accounts))
    places = _Places.of(posts, group_of, len(groups))
    looked_at = [_Counted.of(family, number, crowds) for number, family in enumerate(families)]
    views = [counted.view(names, places) for counted in looked_at for names in counted.sets()]
    found = [_within_hours(view, places) for view in views]
    alone: _Alone = {}
    result = []
    for number, group in enumerate(groups):
        of_view = [same[number] for same in found]
        best = min(of_view, key=lambda same: (same.p, -same.met), default=SameHours())
        p = best.p
        if p * choices(len(group)) > CHANCE:
            shown = evidence.filter(pl.col("group") == number)
            p = min(p, _closer(looked_at, views, alone, places, number, shown))
        attainable = min((same.attainable for same in of_view), default=1.0)
        result.append(SameHours(best.met, best.expected, p, attainable))
    return result


def group_by_account(groups: Sequence[Sequence[int]], accounts: int) -> np.ndarray:
    """By account, the number of its group or -1; nobody is in two."""
    group_of = np.full(accounts, -1, dtype=np.int64)
    for number, group in enumerate(groups):
        group_of[list(group)] = number
    return group_of


def choices(members: int, part: float = 1.0) -> float:
    """What to pay for having picked so many because they met, if that is ``part`` of the reason."""
    return float(CHOICES ** min(max(0, members - 2) * part, MOST_PICKED))


@dataclass(frozen=True)
class _Places:
    """Posts by clock hour.

    Attributes:
        posts: all posts.
        group_of: by account, its group or -1.
        groups: how many there are.
        hour: by post, the number of its hour.
        size: by hour, its posts.
        members: rows of the posts of members.
        together: ``group, hour, pairs, square`` of those hours in which two members or more post:
            ordered pairs of posts of different members, and the sum by post of the square of its
            pairs.
    """

    posts: Posts
    group_of: np.ndarray
    groups: int
    hour: np.ndarray
    size: np.ndarray
    members: np.ndarray
    together: pl.DataFrame

    @classmethod
    def of(cls, posts: Posts, group_of: np.ndarray, groups: int) -> Self:
        """The hours of the posts, and who of which group posts in them."""
        hour = np.cumsum(first_of_run(posts.times // HOUR_MS)) - 1  # posts are in order of time
        size = np.bincount(hour)
        members = np.flatnonzero(group_of[posts.account] >= 0)
        account = posts.account[members].astype(np.int64)
        cells, number = np.unique(account * len(size) + hour[members], return_counts=True)
        place = group_of[cells // len(size)] * len(size) + cells % len(size)
        places, at = np.unique(place, return_inverse=True)
        others = np.bincount(at, weights=number)[at] - number
        pairs = np.bincount(at, weights=number * others)
        square = np.bincount(at, weights=number * others**2)
        several = pairs > 0
        table = pl.DataFrame(
            {
                "group": places[several] // len(size),
                "hour": places[several] % len(size),
                "pairs": pairs[several],
                "square": square[several],
            }
        )
        return cls(posts, group_of, groups, hour, size, members, table)


@dataclass(frozen=True)
class _View:
    """One thing a post, of the signals that count.

    Attributes:
        number: of the family.
        names: of the signals.
        thing: by post, the code of what it carries or -1.
        rows, code: posts that carry a thing which others of their hour carry, too, and the number
            of thing and hour, rising.
        often: ``hour, m, times``: things that m posts of an hour carry, two or more.
        pairs, square: by hour, ordered pairs of posts with one thing, and the sum by post of the
            square of its pairs.
    """

    number: int
    names: tuple[str, ...]
    thing: np.ndarray
    rows: np.ndarray
    code: np.ndarray
    often: pl.DataFrame
    pairs: np.ndarray
    square: np.ndarray

    @cached_property
    def carried(self) -> tuple[np.ndarray, np.ndarray]:
        """Posts that carry a thing, and its number among those carried."""
        carrying = np.flatnonzero(self.thing >= 0)
        return carrying, np.unique(self.thing[carrying], return_inverse=True)[1]


@dataclass(frozen=True)
class _Counted:
    """The acts of a family, and which of them are looked at."""

    number: int
    acts: Acts
    counted: np.ndarray

    @classmethod
    def of(cls, family: FamilyTests, number: int, crowds: Sequence[ReturningCrowd]) -> Self:
        """Acts that may say something within the hour, and those in crowds that return."""
        acts, model = family.acts, family.model
        counted = model.informative[acts.engagement, model.hour]
        for crowd in crowds:
            if crowd.family == number:
                counted = counted | np.isin(acts.burst, crowd.bursts)
        return cls(number, acts, counted)

    def sets(self) -> list[tuple[str, ...]]:
        """The signals that are evidence by themselves, and all."""
        particular = tuple(s.name for s in self.acts.signals if s.is_particular())
        every = tuple(signal.name for signal in self.acts.signals)
        return [names for names in dict.fromkeys((particular, every)) if names]

    def alone(self, shown: set[str]) -> list[tuple[str, ...]]:
        """Each signal of those shown that is evidence by itself, where there are several."""
        known = {names for names in self.sets() if len(names) == 1}
        signals = (s for s in self.acts.signals if s.is_particular() and s.name in shown)
        return [(signal.name,) for signal in signals if (signal.name,) not in known]

    def view(self, names: tuple[str, ...], places: _Places) -> _View:
        """Of several things of a post the one that most posts of its hour carry.

        Permuting leaves that as it is.
        """
        acts, hours = self.acts, len(places.size)
        wanted = np.array([signal.name in names for signal in acts.signals])
        rows = np.flatnonzero(self.counted & wanted[acts.signal])
        burst, post = acts.burst[rows], acts.post[rows].astype(np.int64)
        hour = places.hour[post]
        # acts are in order of bursts and time: those of one hour stand together
        run = np.cumsum(first_of_run(burst, hour)) - 1
        often = np.bincount(run)[run] if len(run) else run
        rising = np.argsort(np.minimum(often, 65_535).astype(np.uint16), kind="stable")
        thing = np.full(len(places.hour), -1, dtype=np.int64)
        thing[post[rising]] = burst[rising]  # the last one stays
        kept = thing[post] == burst
        burst, post, hour = burst[kept], post[kept], hour[kept]
        begins = first_of_run(burst, hour)
        code = np.cumsum(begins) - 1
        m = np.bincount(code)
        several = m > 1
        shared = several[code]
        at, m = hour[begins][several], m[several]
        table = pl.DataFrame({"hour": at, "m": m}).group_by("hour", "m").agg(times=pl.len())
        return _View(
            number=self.number,
            names=names,
            thing=thing,
            rows=post[shared],
            code=code[shared],
            often=table,
            pairs=np.bincount(at, weights=m * (m - 1), minlength=hours),
            square=np.bincount(at, weights=m * (m - 1.0) ** 2, minlength=hours),
        )


_Alone: TypeAlias = dict[tuple[int, tuple[str, ...]], tuple[_View, list[SameHours]]]
"""By family and signal its view, and what groups share by it."""


def _within_hours(view: _View, places: _Places) -> list[SameHours]:
    """By group, what its members share within clock hours."""
    account = places.posts.account[view.rows].astype(np.int64)
    own = np.flatnonzero(places.group_of[account] >= 0)
    code, account = view.code[own], account[own]
    group = places.group_of[account]
    order = argsort_rows(code, group, account)
    code, account, group = code[order], account[order], group[order]
    begins = first_of_run(code, group)
    place, of_account = np.cumsum(begins) - 1, first_of_run(code, group, account)
    number = sizes_of_runs(of_account).astype(float)
    at, whose = place[of_account], group[begins]
    whole, square, accounts = (
        np.bincount(at, weights=weights, minlength=len(whose))
        for weights in (number, number**2, np.ones(len(at)))
    )
    pairs = np.bincount(whose, weights=(whole**2 - square) / 2, minlength=places.groups)
    things = np.bincount(whose, weights=accounts > 1, minlength=places.groups)
    hour = places.together["hour"].to_numpy()
    near = places.together["pairs"].to_numpy(), places.together["square"].to_numpy()
    alike = view.pairs[hour], view.square[hour]
    mean, spread = pairs_by_chance(places.size[hour], near, alike)
    mean, spread, most = (
        np.bincount(places.together["group"].to_numpy(), weights=x, minlength=places.groups)
        for x in (mean, spread, np.minimum(near[0], alike[0]) / 2)
    )
    tail = poisson_tail(things, _things_by_chance(view, places))
    p = np.minimum(gamma_tail(pairs, mean, spread), tail)
    columns = pairs, mean, p, gamma_tail(most, mean, spread)
    return [SameHours(*row) for row in zip(*(x.tolist() for x in columns), strict=True)]


def pairs_by_chance(
    size: np.ndarray, near: tuple[np.ndarray, np.ndarray], alike: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance by hour of pairs that are both near and alike, contents permuted.

    Mantel 1967, for flags: of an hour of ``size`` posts ``near`` and ``alike`` give the ordered
    pairs, and the sum by post of the square of its pairs.
    """
    (pairs, square), (shared, shared_square) = near, alike
    size = size.astype(float)
    two = np.maximum(1.0, size * (size - 1))
    three = two * np.maximum(1.0, size - 2)
    four = three * np.maximum(1.0, size - 3)
    mean = pairs * shared / two
    of_two = 2 * mean
    of_three = 4 * (square - pairs) * (shared_square - shared) / three
    of_four = (pairs**2 + 2 * pairs - 4 * square) * (shared**2 + 2 * shared - 4 * shared_square)
    spread = of_two + of_three + of_four / four - mean**2
    return mean / 2, np.maximum(0.0, spread) / 4


def gamma_tail(seen: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """P(X >= seen) of the gamma distribution of a mean and a variance; 1 where nothing varies."""
    known = (spread > 1e-9) & (seen > 0) & (mean > 0)
    p = np.ones(len(seen))
    shape = mean[known] ** 2 / spread[known]
    p[known] = gammaincc(shape, seen[known] * mean[known] / spread[known])
    return p


def _things_by_chance(view: _View, places: _Places) -> np.ndarray:
    """By group, things on which two members would meet in an hour."""
    rows = places.together.join(view.often, on="hour")
    size = places.size[rows["hour"].to_numpy()].astype(float)
    # as many posts, each of another account, as have so many pairs
    drawn = np.minimum(size, (1 + np.sqrt(1 + 4 * rows["pairs"].to_numpy())) / 2)
    m = np.minimum(rows["m"].to_numpy(), size)
    others = size - drawn
    none = np.where(others >= m, np.exp(_log_choose(others, m) - _log_choose(size, m)), 0.0)
    one = np.where(
        others >= m - 1, drawn * np.exp(_log_choose(others, m - 1) - _log_choose(size, m)), 0.0
    )
    several = np.clip(1 - none - one, 0.0, 1.0) * rows["times"].to_numpy()
    expected: np.ndarray = np.bincount(
        rows["group"].to_numpy(), weights=several, minlength=places.groups
    )
    return expected


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    """The logarithm of the binomial coefficient; n need not be whole, and is at least k."""
    n = np.maximum(n, k)
    chosen: np.ndarray = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return chosen


def _closer(
    looked_at: Sequence[_Counted],
    views: Iterable[_View],
    alone: _Alone,
    places: _Places,
    number: int,
    evidence: pl.DataFrame,
) -> float:
    """The smallest p-value of what a group shares by each signal, within `NEAR_MS`, or ever.

    ``alone`` keeps what is known of single signals: the next group may need it.
    """
    shown = set(evidence["signal"].to_list())
    group = _OfGroup.of(places, number)
    p = [_near_or_ever(view, places, group, evidence) for view in views]
    for counted in looked_at:
        for names in counted.alone(shown):
            key = (counted.number, names)
            if key not in alone:
                view = counted.view(names, places)
                alone[key] = view, _within_hours(view, places)
            view, found = alone[key]
            p.append(found[number].p)
            p.append(_near_or_ever(view, places, group, evidence))
    return min(p, default=1.0)


@dataclass(frozen=True)
class _OfGroup:
    """The posts of a group.

    Attributes:
        own: their rows.
        hour, times, account: of each.
        others: by window of `NEAR_MS` and post, posts of other members in its hour and window.
    """

    own: np.ndarray
    hour: np.ndarray
    times: np.ndarray
    account: np.ndarray
    others: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, places: _Places, number: int) -> Self:
        """The posts of a group, and who is near."""
        posts = places.posts
        own = places.members[places.group_of[posts.account[places.members]] == number]
        hour, times, account = places.hour[own], posts.times[own], posts.account[own]
        account = account.astype(np.int64)
        others = tuple(_others_near(hour, account, times, near).astype(float) for near in NEAR_MS)
        return cls(own, hour, times, account, others)


def _near_or_ever(view: _View, places: _Places, group: _OfGroup, evidence: pl.DataFrame) -> float:
    of_view = pl.col("key").str.ends_with(f"/{view.number}") & pl.col("signal").is_in(view.names)
    rows = evidence.filter(of_view)
    if rows.height < 2:
        return 1.0
    carrying = np.flatnonzero(view.thing[group.own] >= 0)
    carried = (view.thing[group.own] * len(places.size) + group.hour)[carrying]
    at, place = np.unique(group.hour, return_inverse=True)
    found = []
    for near, others in zip(NEAR_MS, group.others, strict=True):
        alike = _others_near(carried, group.account[carrying], group.times[carrying], near)
        pairs = np.bincount(place, weights=others), np.bincount(place, weights=others**2)
        chance = pairs_by_chance(places.size[at], pairs, (view.pairs[at], view.square[at]))
        mean, spread = (np.array([column.sum()]) for column in chance)
        found += gamma_tail(np.array([alike.sum() / 2]), mean, spread).tolist()
    seen = min(rows.select(pl.col("key", "first", "second").n_unique()).row(0))
    if seen >= LEAST_THINGS and len(np.unique(group.account)) <= FEW:
        ever = _at_any_time(view, places, group.hour, group.account)
        found.append(float(poisson_tail(np.array(seen), np.array(ever))))
    return float(min(found))


def _others_near(key: np.ndarray, account: np.ndarray, times: np.ndarray, near: int) -> np.ndarray:
    """By post, the posts of other accounts with its key within the window."""
    _, code = np.unique(account, return_inverse=True)
    everybody = count_within(key, times, near)
    others: np.ndarray = everybody - count_within(key * (len(times) + 1) + code, times, near)
    return others


def _at_any_time(view: _View, places: _Places, hour: np.ndarray, account: np.ndarray) -> float:
    """Pairs of posts of different members with one thing, whenever, contents permuted.

    Args:
        view: what posts carry.
        places: the hours.
        hour, account: of the posts of members.
    """
    carrying, thing = view.carried
    when = places.hour[carrying]
    things = int(thing.max(initial=-1)) + 1
    whole, own = np.zeros(things), np.zeros(things)
    for member in np.unique(account):
        part = np.bincount(hour[account == member], minlength=len(places.size)) / places.size
        of_thing = np.bincount(thing, weights=part[when], minlength=things)
        whole += of_thing
        own += of_thing**2
    return float((whole**2 - own).sum() / 2)
