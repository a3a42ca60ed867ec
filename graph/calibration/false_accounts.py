"""How many of the flagged accounts are there by chance: measured on the posts themselves.

The q-values say what the tests would let pass if their null models were true. What does pass where
nothing is arranged can be measured, in two ways that a flag may come by chance:

* *contents*: what was posted within each hour is dealt out anew among the posts of that hour. Who
  posts when, and what was popular then, stay; whoever is flagged then met by chance on what was
  posted.
* *times*: the times of all posts are dealt out anew. Who posts what stays; whoever is flagged then
  was close in time by chance.

Each of them is a world in which nothing is arranged, so the larger of the two means is stated. On
posts in which contents (or times) were dealt out already, dealing them out once more is another
draw of the same kind, and dealing out the other as well leaves less that could be flagged: so on
average the number stated is the number flagged. Contents dealt out over all of the time need no
draws of their own: dealt out within the hour, they become another such draw.

Where a group wrote most of what was posted in its hours, dealing that out hands it back to the
group: accounts that are flagged together with others of the very group that they are in now count
apart (*same group*), unless it is for their moments.

Joint moments stay when contents are dealt out. Accounts of groups that share moments and nothing
else, as they are or then, count apart (*by timing*): there dealing out times is what tells chance.
Groups that share moments and some things are counted, since the things are what lets the moments
speak (`graph.coordination.readings.same_hours`).

Keeping the posts of the flagged accounts and dealing out only those of the others states far too
much: what the flagged share with members of theirs that are not flagged goes to strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from scipy.special import betaincinv, gammaincinv

from graph.calibration.shuffling import SHUFFLES, shuffle
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
        cls, deal: str, dealt: Flags, now: Flags, leave_out: frozenset[str] = frozenset()
    ) -> Counted:
        """What is flagged in ``dealt``, beside what is flagged ``now``, but for some accounts.

        ``deal`` says what was dealt out, a name of `SHUFFLES`.
        """
        timing: frozenset[str] = frozenset()
        same: frozenset[str] = frozenset()
        if deal == CONTENTS:
            alone = dealt.moments_alone | (dealt.for_moments & now.moments_alone)
            timing = dealt.flagged & alone & now.grouped
            same = (dealt.flagged & dealt.kept_together(now)) - dealt.for_moments - timing
        by_chance = dealt.flagged - timing - same - leave_out
        return cls(
            len(by_chance - now.flagged),
            len(by_chance & now.flagged),
            len(timing - leave_out),
            len(same - leave_out),
        )


Draw: TypeAlias = Mapping[str, Counted]
"""What was dealt out -> what was counted then."""


@dataclass(frozen=True)
class FalseAccounts:
    """False accounts over draws, each with every deal once."""

    draws: tuple[Draw, ...]

    def by_draw(self, deal: str) -> list[int]:
        """Those that are flagged by chance where that was dealt out."""
        return [draw[deal].newly + draw[deal].again for draw in self.draws]

    @property
    def stated(self) -> str:
        """The deal by which most are flagged."""
        return max(SHUFFLES, key=lambda deal: sum(self.by_draw(deal)))

    @property
    def mean(self) -> float:
        """False accounts of a draw."""
        return _mean(self.by_draw(self.stated))

    def document(self) -> dict[str, Any]:
        """``mean``, its interval of 95 % (``low high``), ``draws``, what it is made of, what is
        counted apart, and ``deals``: the same of each way of dealing out (``name mean low high``),
        the one that is stated first."""
        stated, *others = sorted(SHUFFLES, key=lambda deal: deal != self.stated)
        deals = [self._deal(name) for name in (stated, *others)]
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

    def _deal(self, name: str) -> dict[str, Any]:
        low, high = interval(self.by_draw(name))
        return {"name": name, "mean": round(_mean(self.by_draw(name)), 4), "low": low, "high": high}

    def _mean_of(self, deal: str, part: str) -> float:
        return round(_mean([getattr(draw[deal], part) for draw in self.draws]), 4)


def measure_false_accounts(
    frame: pl.DataFrame, now: Flags, analyse: Analyse, seeds: Iterable[int]
) -> FalseAccounts:
    """One draw a seed: an analysis for each way of dealing out.

    Args:
        frame: the posts, as `shuffle` takes them.
        now: what is flagged in them.
        analyse: the analysis that flagged it.
        seeds: of the draws.
    """
    draws = []
    for seed in seeds:
        dealt = {name: Flags.of(analyse(shuffle(name, frame, seed))) for name in SHUFFLES}
        draws.append({name: Counted.of(name, flags, now) for name, flags in dealt.items()})
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


def interval(counts: Sequence[float]) -> tuple[float, float]:
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
