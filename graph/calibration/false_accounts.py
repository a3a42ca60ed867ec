"""How many of the flagged accounts are there by chance: measured on the posts themselves.

The q-values say what the tests would let pass if their null models were true. What does pass where
nothing is arranged can be measured: what was posted within each hour is dealt out anew among the
posts of that hour (who posts when, and what was popular then, stay), and whoever is flagged then is
flagged by chance. On posts in which nothing is arranged, dealing out once more is another draw of
the same kind, so that on average the number stated is the number flagged.

Where a group wrote most of what was posted in its hours, dealing that out hands it back to the
group: accounts that are flagged together with others of the very group that they are in now count
apart as well (*same group*).

Joint moments stay when contents are dealt out. Accounts that are in a group on the posts as they
are, and in one for moments then, are counted apart (*by timing*): that these moments are not chance
is what dealing out times shows.

Keeping the posts of the flagged accounts and dealing out only those of the others states far too
much: what the flagged share with members of theirs that are not flagged goes to strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.special import gammaincinv

from graph.calibration.shuffling import shuffle_contents
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

Analyse = Callable[[pl.DataFrame], CoordinationResult]


@dataclass(frozen=True)
class Flags:
    """Of an analysis, the accounts flagged, those in any group, and those in one for moments.

    ``groups`` are the members of each group, pair, star and chain.
    """

    flagged: frozenset[str]
    grouped: frozenset[str]
    for_moments: frozenset[str]
    groups: tuple[frozenset[str], ...] = ()

    @classmethod
    def of(cls, result: CoordinationResult) -> Flags:
        """``for_moments``: most of what their group did was to post at the same moments."""
        times = {d.name for d in result.tested.described if d.object_kind == "time"}
        groups = (*result.clusters, *result.structures)
        return cls(
            result.flagged,
            frozenset(member.id for group in groups for member in group.accounts),
            frozenset(
                member.id
                for group in groups
                if 2 * sum(group.objects.get(name, 0) for name in times)
                > sum(group.objects.values())
                for member in group.accounts
            ),
            tuple(frozenset(member.id for member in group.accounts) for group in groups),
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
    by_timing: int
    same_group: int = 0

    @classmethod
    def of(cls, dealt: Flags, now: Flags, leave_out: frozenset[str] = frozenset()) -> Counted:
        """What is flagged in ``dealt``, beside what is flagged ``now``, but for some accounts."""
        timing = dealt.for_moments & now.grouped
        same = (dealt.flagged & dealt.kept_together(now)) - timing
        by_chance = dealt.flagged - timing - same - leave_out
        return cls(
            len(by_chance - now.flagged),
            len(by_chance & now.flagged),
            len((dealt.flagged & timing) - leave_out),
            len(same - leave_out),
        )


@dataclass(frozen=True)
class FalseAccounts:
    """False accounts over draws."""

    draws: tuple[Counted, ...]

    @property
    def by_draw(self) -> list[int]:
        """Those that are flagged by chance."""
        return [draw.newly + draw.again for draw in self.draws]

    @property
    def mean(self) -> float:
        """False accounts of a draw."""
        return _mean(self.by_draw)

    def document(self) -> dict[str, Any]:
        """``mean``, its interval of 95 % (``low high``), ``draws``, and what it is made of."""
        low, high = interval(self.by_draw)
        return {
            "mean": round(self.mean, 4),
            "low": low,
            "high": high,
            "draws": len(self.draws),
            "newly": round(_mean([draw.newly for draw in self.draws]), 4),
            "again": round(_mean([draw.again for draw in self.draws]), 4),
            "by_timing": round(_mean([draw.by_timing for draw in self.draws]), 4),
            "same_group": round(_mean([draw.same_group for draw in self.draws]), 4),
        }


def measure_false_accounts(
    frame: pl.DataFrame, now: Flags, analyse: Analyse, seeds: Iterable[int]
) -> FalseAccounts:
    """One draw, and one analysis, a seed.

    Args:
        frame: the posts, as `shuffle_contents` takes them.
        now: what is flagged in them.
        analyse: the analysis that flagged it.
        seeds: of the draws.
    """
    drawn = (Flags.of(analyse(shuffle_contents(frame, seed))) for seed in seeds)
    return FalseAccounts(tuple(Counted.of(dealt, now) for dealt in drawn))


def false_accounts(
    source: Source | Posts, settings: GraphSettings | None = None, *, draws: int = 20
) -> dict[str, Any]:
    """How many of the accounts that `find_coordination` flags are flagged by chance.

    Args:
        source: posts, as `find_coordination` takes them.
        settings: of the engine; its seed makes the draws, too.
        draws: at least 1; each costs an analysis.

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
    total, draws = float(sum(counts)), len(counts)
    spread = float(TOGETHER)
    if total and draws > 1:
        spread = max(spread, float(np.var(counts, ddof=1)) * draws / total)
    events = total / spread
    low = float(gammaincinv(events, TAIL)) if events else 0.0
    high = float(gammaincinv(events + 1, 1 - TAIL))
    return round(low * spread / draws, 4), round(high * spread / draws, 4)


def _mean(numbers: Sequence[float]) -> float:
    return float(np.mean(numbers)) if numbers else 0.0
