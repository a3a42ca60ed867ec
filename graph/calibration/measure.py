"""What the engine finds and flags falsely on a data set, measured on the data set itself.

Four questions, each asked of several draws: how many of the accounts of planted campaigns are
flagged, by kind, size and pace (`graph.calibration.planting`); how many others are flagged beside
them that are not flagged without them; how many of those flagged now are so by chance
(`graph.calibration.false_accounts`); and how many are flagged where contents or times are
shuffled (`graph.calibration.permutation`), beside what the third question's answer would be there.
Intervals of shares are Wilson's, of 95 % (Wilson 1927); accounts of one campaign are found
together, so that a campaign counts as one trial.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from graph.calibration.false_accounts import (
    MAX_DRAWS,
    Counted,
    FalseAccounts,
    Flags,
    ratio_interval,
)
from graph.calibration.permutation import SHUFFLES, permute
from graph.calibration.planting import Campaign, assign_cells, list_cells, plant
from graph.coordination.engine import find_coordination
from graph.coordination.posts import COLUMNS, Posts
from tocsin.core.calibration.intervals import wilson_interval
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.settings import GraphSettings

LEAST_ACCOUNTS = 30
LEAST_POSTS = 200
"""Below these there is not enough data to say."""
DRAWS = 5
ANALYSES = 1 + len(SHUFFLES) * (1 + len(SHUFFLES))
"""Of a draw: campaigns planted; posts shuffled each way, and each of these shuffled each way."""
APART = 1_000_000
"""Between the seeds of shuffles and those of what is shuffled once more."""
FACTOR = 2.0
"""A stated number within this factor of the measured one is said to hold."""


def calibrate(
    posts: Posts,
    settings: GraphSettings,
    *,
    draws: int = DRAWS,
    track: Callable[[range], Iterable[int]] = iter,
) -> dict[str, Any]:
    """Plant and shuffle, ``draws`` times each, and count.

    Args:
        posts: the data set.
        settings: of the engine; its seed makes the draws, too.
        draws: at least 1.
        track: shows progress over steps.

    Returns:
        As docs/command_line.md says of ``tocsin calibrate``.

    Raises:
        ConfigError: too few posts or accounts to say anything.
    """
    if len(posts) < LEAST_POSTS or len(posts.accounts) < LEAST_ACCOUNTS:
        raise ConfigError(
            Message(
                "calibration.too_little",
                {
                    "posts": Message("posts", {"n": len(posts)}),
                    "accounts": Message("accounts", {"n": len(posts.accounts)}),
                    "least_posts": LEAST_POSTS, "least_accounts": LEAST_ACCOUNTS,
                },
            )
        )  # fmt: skip
    steps = iter(track(range(1 + draws * ANALYSES)))
    next(steps)
    now = find_coordination(posts, settings)
    flags = Flags.of(now)
    real = flags.flagged
    shuffled = _Shuffled(posts, settings, draws, steps)
    campaigns: list[tuple[Campaign, int]] = []
    beside: list[int] = []
    for number, cells in enumerate(assign_cells(posts, draws, settings.seed)):
        next(steps)
        planted = plant(posts, cells, settings.seed * MAX_DRAWS + number)
        flagged = find_coordination(planted.frame, settings).flagged
        campaigns += ((c, len(flagged.intersection(c.accounts))) for c in planted.campaigns)
        all_planted = {account for c in planted.campaigns for account in c.accounts}
        beside.append(len(flagged - all_planted - real))
    drawn = {name: shuffled.draw(name) for name in SHUFFLES}
    again = {name: shuffled.deal_again(name) for name in SHUFFLES}
    nulls = [
        _null(name, drawn[name], again[name], flags.grouped, len(posts.accounts))
        for name in SHUFFLES
    ]
    # what was permuted once more in the same way is another draw of the posts themselves
    permuted = [{name: drawn[name][number][0] for name in SHUFFLES} for number in range(draws)]
    permuted += [{name: again[name][number][name] for name in SHUFFLES} for number in range(draws)]
    counted = tuple(
        {name: Counted.of(name, those, flags) for name, those in draw.items()} for draw in permuted
    )
    kinds = {kind for kind, _, _ in list_cells(posts)}
    return {
        "draws": draws,
        "posts": len(posts),
        "accounts": len(posts.accounts),
        "input_sha256": posts.sha256,
        "method": {"version": now.tested.method.version, **now.tested.method.parameters},
        "flagged": {
            "accounts": len(real),
            "groups": sum(c.status == "flagged" for c in now.clusters),
            "stated_false": round(now.tested.expected_false_accounts, 4),
        },
        "false_accounts": FalseAccounts(counted).document(),
        "planted": {
            "kinds": sorted(kinds),
            "all": _recall(campaigns),
            "by_kind": _grouped(campaigns, lambda c: c.kind),
            "by_size": _grouped(campaigns, lambda c: c.size),
            "by_pace": _grouped(campaigns, lambda c: c.pace),
            "cells": [
                {"kind": kind, "size": size, "pace": pace, **_recall(those)}
                for (kind, size, pace), those in _by(
                    campaigns, lambda c: (c.kind, c.size, c.pace)
                )
            ],
            "flagged_beside": {"mean": _mean(beside), "most": max(beside, default=0)},
        },
        "nulls": nulls,
    }  # fmt: skip


_Draw = tuple[Flags, float]
"""What is flagged in shuffled posts, and how many false ones the q-values state."""


@dataclass(frozen=True)
class _Shuffled:
    """Copies of the posts in which something is permuted, and what is flagged in them."""

    posts: Posts
    settings: GraphSettings
    draws: int
    steps: Iterator[int]

    def seed(self, number: int) -> int:
        return self.settings.seed * MAX_DRAWS + number

    def shuffled(self, name: str, number: int) -> pl.DataFrame:
        return permute(name, self.posts.frame.select(COLUMNS), self.seed(number))

    def draw(self, name: str) -> list[_Draw]:
        """By draw, what is flagged where contents, or times, are permuted."""
        found: list[_Draw] = []
        for number in range(self.draws):
            next(self.steps)
            result = find_coordination(self.shuffled(name, number), self.settings)
            found.append((Flags.of(result), result.tested.expected_false_accounts))
        return found

    def deal_again(self, name: str) -> list[dict[str, Flags]]:
        """By draw, what is flagged where contents, or times, of its posts are permuted again."""
        found: list[dict[str, Flags]] = []
        for number in range(self.draws):
            posts, flags = self.shuffled(name, number), {}
            for way in SHUFFLES:
                next(self.steps)
                again = permute(way, posts, self.seed(number) + APART)
                flags[way] = Flags.of(find_coordination(again, self.settings))
            found.append(flags)
        return found


def _null(
    name: str,
    drawn: list[_Draw],
    again: list[dict[str, Flags]],
    grouped: frozenset[str],
    accounts: int,
) -> dict[str, Any]:
    """Flagged and stated false accounts where nothing is arranged.

    Stated is what a calibration of the draw would state, from one draw of its own. Accounts
    that are in a group on the posts as they are, flagged or explained, count apart:
    permuting contents within the hour leaves the moments at which they post together, and takes
    from explained groups what explains them.
    """
    draws = len(drawn)
    flagged = [len(flags.flagged - grouped) for flags, _ in drawn]
    said = tuple(
        {
            way: Counted.of(way, permuted, flags, leave_out=grouped)
            for way, permuted in permuted_by.items()
        }
        for (flags, _), permuted_by in zip(drawn, again, strict=True)
    )
    false = FalseAccounts(said)
    measured = _mean(flagged)
    return {
        "name": name,
        "draws": draws,
        "flagged": sum(flagged),
        "measured": measured,
        "most": max(flagged, default=0),
        "at_most": _upper(sum(flagged), draws),
        "share": round(measured / accounts, 6),
        "of_groups_now": _mean(len(flags.flagged & grouped) for flags, _ in drawn),
        "stated": round(false.mean, 4),
        "stated_by_q": _mean(by_q for _, by_q in drawn),
        "verdict": verdict(flagged, false.count_by_draw(false.stated)),
    }


def verdict(counted: Sequence[int], said: Sequence[int]) -> str:
    """Whether the stated number holds: ``holds``, ``too_low``, ``too_high``, ``none_seen``, or
    ``few``, where it does not but so few were counted that this may be chance.

    Both are by draw. With none flagged in any draw, a stated number is only too high where it is
    more than what so many draws without one allow: 3 in all (the rule of three, Hanley &
    Lippman-Hand 1983).
    """
    measured, stated, draws = _mean(counted), _mean(said), len(counted)
    if not measured:
        return "none_seen" if stated * draws <= FACTOR * 3 else "too_high"
    if stated * FACTOR >= measured and stated <= FACTOR * measured:
        return "holds"
    low, high = ratio_interval(said, counted)
    if low <= 1 <= high:
        return "few"
    return "too_low" if stated < measured else "too_high"


def _upper(number: int, draws: int) -> float:
    """The most that a draw may have on average, 95 % sure: Poisson, by Byar's approximation."""
    if not number:
        return round(3.0 / draws, 4)
    n = number + 1
    return round(n * (1 - 1 / (9 * n) + 1.645 / (3 * math.sqrt(n))) ** 3 / draws, 4)


def _recall(campaigns: Iterable[tuple[Campaign, int]]) -> dict[str, Any]:
    """``campaigns`` planted and ``found`` (half of its accounts and two at least), accounts and
    those ``flagged``, ``recall`` of accounts, and the interval of the share found."""
    listed = list(campaigns)
    found = sum(n >= max(2, c.size / 2) for c, n in listed)
    accounts = sum(c.size for c, _ in listed)
    flagged = sum(n for _, n in listed)
    low, high = wilson_interval(found, len(listed))
    return {
        "campaigns": len(listed), "found": found, "low": low, "high": high,
        "accounts": accounts, "flagged": flagged,
        "recall": round(flagged / accounts, 4) if accounts else 0.0,
    }  # fmt: skip


def _by(
    campaigns: list[tuple[Campaign, int]], key: Callable[[Campaign], Any]
) -> list[tuple[Any, list[tuple[Campaign, int]]]]:
    groups: dict[Any, list[tuple[Campaign, int]]] = defaultdict(list)
    for campaign, number in campaigns:
        groups[key(campaign)].append((campaign, number))
    return sorted(groups.items())


def _grouped(
    campaigns: list[tuple[Campaign, int]], key: Callable[[Campaign], Any]
) -> list[dict[str, Any]]:
    return [{"value": value, **_recall(those)} for value, those in _by(campaigns, key)]


def _mean(numbers: Iterable[float]) -> float:
    listed = list(numbers)
    return round(sum(listed) / len(listed), 4) if listed else 0.0
