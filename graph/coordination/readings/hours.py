"""Do those who post in the same hours share as much with a group as its members do?

Deal out what was posted within each hour anew, and accounts that post in the same hours still meet
on what these hours are full of. So meetings of two members are set against meetings of a member
and an outsider, hour by hour and signal by signal: an account's acts of an hour are as many chances
to meet. The ratio of both rates over all hours is the estimate of Mantel & Haenszel (1959): 1 where
nothing but the hours brought the members together, many times that where they share what others who
were there do not. It holds whatever part of an hour the group fills, as long as somebody else is
there.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import gammaincinv

from graph.coordination.coactions.acts import collect_acts
from graph.coordination.crowds.returning import ReturningCrowd
from graph.coordination.membership_tests import FamilyTests
from graph.coordination.null_model import HOUR_MS
from graph.coordination.signals.base import SYNCHRONY, Signal

LEAST_UNSEEN = 3
CAUTIOUS = 0.05
"""Chance that the members' own rate is below the one taken for the cautious ratio."""


@dataclass(frozen=True)
class SameHours:
    """A group beside the others of its hours.

    Attributes:
        ratio: how often outsiders meet members, by how often members meet each other: the smallest
            with all outsiders and with those that are in no group, on everything and (with caution)
            on what is evidence by itself (`PARTICULAR`), which would be lost in the noise of
            hashtags. None: nobody to compare with.
        cautious: the same, where the members met as seldom as `CAUTIOUS` allows.
        meetings: things of the evidence on which two members met within an hour, beside others.
        unseen: whether most of the things that are evidence by themselves, and `LEAST_UNSEEN` at
            least, were met on where no outsider did anything of their kind: nobody to compare with.
    """

    ratio: float | None = None
    cautious: float | None = None
    meetings: int = 0
    unseen: bool = False


def compare_hours(
    families: Sequence[FamilyTests],
    groups: Sequence[Sequence[int]],
    accounts: int,
    evidence: pl.DataFrame,
    crowds: Sequence[ReturningCrowd] = (),
) -> list[SameHours]:
    """`SameHours` by group.

    Args:
        families: the acts; those that the null model lets count within the hour are looked at, and
            the bursts of crowds that return.
        groups: accounts by group; nobody is in two.
        accounts: how many there are.
        evidence: ``group, key`` of the informative co-actions (`list_coactions`).
        crowds: what returned.
    """
    group_of = np.full(accounts, -1, dtype=np.int64)
    for number, group in enumerate(groups):
        group_of[list(group)] = number
    shown = evidence.select("group", "key").unique()
    tables = []
    for number, family in enumerate(families):
        bursts = [crowd.bursts for crowd in crowds if crowd.family == number]
        returned = np.concatenate([np.zeros(0, np.int64), *bursts])
        suffix = f"/{number}"
        own = shown.filter(pl.col("key").str.ends_with(suffix)).select(
            "group", burst=pl.col("key").str.strip_suffix(suffix).cast(pl.Int64), shown=True
        )
        tables.append(_meetings(family, group_of, own, returned))
    hours = pl.concat(tables) if tables else pl.DataFrame()
    if not hours.height:
        return [SameHours()] * len(groups)
    found: dict[int, list[tuple[float, float, int]]] = {}
    particular = hours.filter("particular")
    for outsiders, seen in itertools.product(("all", "free"), (hours, particular)):
        chances = pl.col(f"chances_{outsiders}").cast(pl.Float64)
        total = pl.col("chances") + chances
        beside = seen.filter((pl.col("chances") > 0) & (chances > 0))
        summed = beside.group_by("group").agg(
            (pl.col("met") * chances / total).sort().sum().alias("inside"),
            (pl.col(f"met_{outsiders}") * pl.col("chances") / total).sort().sum().alias("across"),
            pl.col("things").sum(),
        )
        for group, inside, across, things in summed.iter_rows():
            if inside > 0:
                ratio = across / inside
                # fewer than one thing cannot be: what is shown may have been met on otherwise
                seldom = float(gammaincinv(max(1, things), CAUTIOUS)) / max(1, things)
                cautious = ratio / seldom
                # a part of the signals is looked at because it may differ: that asks for caution
                ratio = ratio if seen is hours else cautious
                found.setdefault(group, []).append((ratio, cautious, int(things)))
    alone = (pl.col("chances_all") == 0).cast(pl.Int64) * pl.col("things")
    by_group = particular.group_by("group").agg(alone.sum().alias("alone"), pl.col("things").sum())
    unseen = {
        group
        for group, lone, things in by_group.iter_rows()
        if lone >= LEAST_UNSEEN and 2 * lone > things
    }
    return [
        SameHours(
            min(ratio for ratio, _, _ in found[group]),
            min(cautious for _, cautious, _ in found[group]),
            max(things for _, _, things in found[group]),
            group in unseen,
        )
        if group in found
        else SameHours()
        for group in range(len(groups))
    ]


def _meetings(
    family: FamilyTests, group_of: np.ndarray, shown: pl.DataFrame, returned: np.ndarray
) -> pl.DataFrame:
    """By ``group``, signal and hour: how often two members ``met`` and how many ``chances`` there
    were; the same of members with outsiders, ``all`` and ``free``; ``things`` that are ``shown``
    (``group, burst``) on which two members met.
    """
    acts, model = family.acts, family.model
    counts = model.informative[acts.engagement, model.hour] if len(acts) else np.zeros(0, bool)
    rows = np.flatnonzero(counts | np.isin(acts.burst, returned))
    once = pl.DataFrame(
        {
            "signal": acts.signal[rows].astype(np.int64),
            "burst": acts.burst[rows].astype(np.int64),
            "hour": acts.time[rows] // HOUR_MS,
            "account": acts.account[rows].astype(np.int64),
            "group": group_of[acts.account[rows]],
        }
    ).unique()
    members = once.filter(pl.col("group") >= 0)
    of_hour, of_thing = ["signal", "hour"], ["signal", "hour", "burst"]
    once = once.join(members.select(of_hour).unique(), on=of_hour, how="semi")
    free = (pl.col("group") < 0).sum().cast(pl.Int64).alias("free")
    every = pl.len().cast(pl.Int64).alias("every")
    taken = members.group_by("group", *of_thing).agg(pl.len().cast(pl.Int64).alias("own"))
    taken = taken.join(once.group_by(of_thing).agg(every, free), on=of_thing)
    taken = taken.join(shown, on=["group", "burst"], how="left")
    own = pl.col("own")
    met = taken.group_by("group", *of_hour).agg(
        (own * (own - 1) // 2).sum().alias("met"),
        (own * (pl.col("every") - own)).sum().alias("met_all"),
        (own * pl.col("free")).sum().alias("met_free"),
        ((own > 1) & pl.col("shown").fill_null(False)).sum().cast(pl.Int64).alias("things"),
    )
    acting = members.group_by("group", *of_hour, "account").agg(pl.len().cast(pl.Int64))
    acting = acting.group_by("group", *of_hour).agg(
        pl.col("len").sum().alias("own"), (pl.col("len") ** 2).sum().alias("square")
    )
    hours = met.join(acting, on=["group", *of_hour])
    hours = hours.join(once.group_by(of_hour).agg(every, free), on=of_hour)
    specific = [n for n, s in enumerate(acts.signals) if s.is_particular()]
    return hours.select(
        "group",
        pl.col("signal").is_in(specific).alias("particular"),
        "met",
        "met_all",
        "met_free",
        "things",
        chances=(own**2 - pl.col("square")) // 2,
        chances_all=own * (pl.col("every") - own),
        chances_free=own * pl.col("free"),
    )


def posts_with_things(posts: pl.DataFrame, signals: Mapping[str, Signal]) -> pl.Series:
    """The posts that act on anything at all that others could act on, too."""
    of_things = tuple(s for s in signals.values() if s.family != SYNCHRONY)
    return collect_acts(posts, of_things)["post"].unique()
