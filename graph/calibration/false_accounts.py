"""The expected number of false positives among the flagged accounts, measured by permutation.

The q-values are right only as far as the null models are. What the tests flag where nothing is
coordinated can be measured on the posts themselves, in two ways:

* *contents*: the contents posted within each hour are permuted among the posts of that hour. Who
  posts when, and what was popular then, stay; accounts flagged then share things by chance.
* *times*: the times of all posts are permuted. Who posts what stays; accounts flagged then are
  close in time by chance.

In each of the two no coordination is left, so the larger of the two means is stated. Permuting
contents (or times) that were permuted already gives another draw of the same kind, and permuting
the other as well leaves less that could be flagged. So on average the number stated of permuted
posts is the number flagged in them. Contents permuted over all of the time need no draws of their
own: permuted within the hour, they become another such draw.

Where a group wrote most of the posts in its hours, permuting them mostly gives its own posts back
to it: accounts that are flagged together with members of their present group are counted apart
(*same group*), unless they are flagged for their moments.

Joint moments stay when contents are permuted. Accounts of groups that share moments and nothing
else, as they are or permuted, are counted apart (*by timing*): only permuted times can tell whether
these moments are chance. Groups that share moments and some things are counted, since it is the
things that make their moments count (`graph.coordination.readings.same_hours`).

Permuting only the posts of accounts that are not flagged was tried, and states far too much: what
the flagged share with unflagged members of their own operation goes to strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from scipy.special import betaincinv, gammaincinv

from graph.calibration.permutation import SHUFFLES, permute
from graph.coordination.engine import CoordinationResult, find_coordination
from graph.coordination.posts import COLUMNS, Posts, Source, prepare
from tocsin.core.settings import GraphSettings

TOGETHER = 2
"""Accounts are flagged two at a time at least: the variance of a count is that many times its mean,
or what it is over the draws if that is more."""
LEAST_OF_GROUP = 3
"""Members of a group that are flagged together again: two may meet twice by chance."""
TAIL = 0.025
MAX_DRAWS = 200
"""Seeds of draws are that many apart."""

CONTENTS = "contents"
"""Of the shuffles, the one that leaves moments as they are."""

Analyse = Callable[[pl.DataFrame], CoordinationResult]


@dataclass(frozen=True)
class Flags:
    """Of an analysis, the accounts flagged, those in any group, and those in one for moments.

    ``for_moments`` share moments above all, ``moments_alone`` nothing else. ``groups`` are the
    members of each group, pair, star and chain.
    """

    flagged: frozenset[str]
    grouped: frozenset[str]
    for_moments: frozenset[str]
    groups: tuple[frozenset[str], ...] = ()
    moments_alone: frozenset[str] = frozenset()

    @classmethod
    def of(cls, result: CoordinationResult) -> Flags:
        """``for_moments``: most of what their group did was to post at the same moments."""
        times = {d.name for d in result.tested.described if d.object_kind == "time"}
        groups = (*result.clusters, *result.structures)
        members = [frozenset(member.id for member in group.accounts) for group in groups]
        moments = [sum(group.objects.get(name, 0) for name in times) for group in groups]
        every = [sum(group.objects.values()) for group in groups]

        counted = list(zip(members, moments, every, strict=True))
        return cls(
            result.flagged,
            frozenset().union(*members),
            frozenset().union(*(who for who, some, all_ in counted if 2 * some > all_)),
            tuple(members),
            frozenset().union(*(who for who, some, all_ in counted if 0 < some == all_)),
        )

    def kept_together(self, now: Flags) -> frozenset[str]:
        """Accounts in a group most of which, and three at least, is together in one group now."""
        kept: set[str] = set()
        group_of: dict[str, list[frozenset[str]]] = {}
        for group in now.groups:
            for account in group:
                group_of.setdefault(account, []).append(group)
        for group in self.groups:
            for other in {other for account in group for other in group_of.get(account, ())}:
                both = group & other
                if len(both) >= LEAST_OF_GROUP and 2 * len(both) > len(group):
                    kept |= both
        return frozenset(kept)


@dataclass(frozen=True)
class Counted:
    """Accounts flagged in one draw that are not flagged otherwise, and that are; and those of
    groups that are flagged by timing, and with others of their group."""

    newly: int
    again: int
    by_timing: int = 0
    same_group: int = 0

    @classmethod
    def of(
        cls, permutation: str, permuted: Flags, now: Flags, leave_out: frozenset[str] = frozenset()
    ) -> Counted:
        """What is flagged in ``permuted``, beside what is flagged ``now``, but for some accounts.

        ``permutation`` says what was permuted, a name of `SHUFFLES`.
        """
        timing: frozenset[str] = frozenset()
        same: frozenset[str] = frozenset()
        if permutation == CONTENTS:
            alone = permuted.moments_alone | (permuted.for_moments & now.moments_alone)
            timing = permuted.flagged & alone & now.grouped
            same = (permuted.flagged & permuted.kept_together(now)) - permuted.for_moments - timing
        by_chance = permuted.flagged - timing - same - leave_out
        return cls(
            len(by_chance - now.flagged),
            len(by_chance & now.flagged),
            len(timing - leave_out),
            len(same - leave_out),
        )


Draw: TypeAlias = Mapping[str, Counted]
"""What was permuted -> what was counted then."""


@dataclass(frozen=True)
class FalseAccounts:
    """False accounts over draws, each with every permutation once."""

    draws: tuple[Draw, ...]

    def count_by_draw(self, permutation: str) -> list[int]:
        """Those that are flagged by chance where that was permuted."""
        return [draw[permutation].newly + draw[permutation].again for draw in self.draws]

    @property
    def stated(self) -> str:
        """The permutation under which most are flagged."""
        return max(SHUFFLES, key=lambda permutation: sum(self.count_by_draw(permutation)))

    @property
    def mean(self) -> float:
        """False accounts of a draw."""
        return _mean(self.count_by_draw(self.stated))

    def document(self) -> dict[str, Any]:
        """``mean``, its interval of 95 % (``low high``), ``draws``, what it is made of, what is
        counted apart, and ``deals``: the same of each way of permuting (``name mean low high``),
        the one that is stated first."""
        stated, *others = sorted(SHUFFLES, key=lambda permutation: permutation != self.stated)
        deals = [self._of_permutation(name) for name in (stated, *others)]
        numbers = {name: deals[0][name] for name in ("mean", "low", "high")}
        return {
            **numbers,
            "draws": len(self.draws),
            "newly": self._mean_of(stated, "newly"),
            "again": self._mean_of(stated, "again"),
            "by_timing": self._mean_of(CONTENTS, "by_timing"),
            "same_group": self._mean_of(CONTENTS, "same_group"),
            "deals": deals,
        }

    def _of_permutation(self, name: str) -> dict[str, Any]:
        low, high = poisson_interval(self.count_by_draw(name))
        return {
            "name": name,
            "mean": round(_mean(self.count_by_draw(name)), 4),
            "low": low,
            "high": high,
        }

    def _mean_of(self, permutation: str, part: str) -> float:
        return round(_mean([getattr(draw[permutation], part) for draw in self.draws]), 4)


def measure_false_accounts(
    frame: pl.DataFrame, now: Flags, analyse: Analyse, seeds: Iterable[int]
) -> FalseAccounts:
    """One draw a seed: an analysis for each way of permuting.

    Args:
        frame: the posts, as `permute` takes them.
        now: what is flagged in them.
        analyse: the analysis that flagged it.
        seeds: of the draws.
    """
    draws = []
    for seed in seeds:
        permuted = {name: Flags.of(analyse(permute(name, frame, seed))) for name in SHUFFLES}
        draws.append({name: Counted.of(name, flags, now) for name, flags in permuted.items()})
    return FalseAccounts(tuple(draws))


def false_accounts(
    source: Source | Posts, settings: GraphSettings | None = None, *, draws: int = 20
) -> dict[str, Any]:
    """How many of the accounts that `find_coordination` flags are flagged by chance.

    Args:
        source: posts, as `find_coordination` takes them.
        settings: of the engine; its seed makes the draws, too.
        draws: at least 1; each costs two analyses.

    Returns:
        ``flagged``, how many accounts are, and `FalseAccounts.document`.

    Raises:
        ConfigError: a required column is missing.
    """
    posts, chosen = prepare(source), settings or GraphSettings()

    def analyse(frame: pl.DataFrame) -> CoordinationResult:
        return find_coordination(frame, chosen)

    now = Flags.of(find_coordination(posts, chosen))
    seeds = range(chosen.seed * MAX_DRAWS, chosen.seed * MAX_DRAWS + draws)
    measured = measure_false_accounts(posts.frame.select(COLUMNS), now, analyse, seeds)
    return {"flagged": len(now.flagged), **measured.document()}


def poisson_interval(counts: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean of counts: Poisson (Garwood 1936), with the variance inflated as
    it is over the draws (McCullagh & Nelder 1989) and at least `TOGETHER` times."""
    total, draws, spread = float(sum(counts)), len(counts), _spread(counts)
    events = total / spread
    low = float(gammaincinv(events, TAIL)) if events else 0.0
    high = float(gammaincinv(events + 1, 1 - TAIL))
    return round(low * spread / draws, 4), round(high * spread / draws, 4)


def ratio_interval(stated: Sequence[float], measured: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean stated by the mean measured, of counts of independent draws.

    That of a share (Clopper & Pearson 1934), of counts with the larger of both variances. The
    measured are not all 0.
    """
    spread = max(_spread(stated), _spread(measured))
    one, other = float(sum(stated)) / spread, float(sum(measured)) / spread
    low = float(betaincinv(one, other + 1, TAIL)) if one else 0.0
    high = float(betaincinv(one + 1, other, 1 - TAIL))
    times = len(measured) / len(stated)
    return times * low / (1 - low), times * high / (1 - high)


def _spread(counts: Sequence[float]) -> float:
    """The variance of counts by their mean, at least `TOGETHER`."""
    if len(counts) < 2 or not sum(counts):
        return float(TOGETHER)
    return max(float(TOGETHER), float(np.var(counts, ddof=1)) * len(counts) / float(sum(counts)))


def _mean(numbers: Sequence[float]) -> float:
    return float(np.mean(numbers)) if numbers else 0.0
