"""Accounts that post the same things and delete them soon after, against habits of deleting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from graph import find_coordination
from graph.coordination import pair_tests
from graph.coordination.deletions.habits import EDGES, habits_of_others
from tests.graph.conftest import DAY, START

MINUTE = 60_000


def age(world: Any, habit: float) -> int | None:
    """Of an organic post: minutes, or hours, or none."""
    if world.rng.random() >= habit:
        return None
    return int(MINUTE * math.exp(world.rng.gauss(2, 1.5))) + 1


def with_habits(world: Any) -> None:
    """Every organic account gets a habit of deleting; a few delete everything."""
    habits: dict[str, float] = {}
    for row in world.rows:
        draw = world.rng.betavariate(0.3, 6) if world.rng.random() > 0.03 else 1.0
        habit = habits.setdefault(row["author"], draw)
        if (after := age(world, habit)) is not None:
            row["deleted_at"] = row["published_at"] + after


def attack(
    world: Any, size: int = 12, events: int = 8, *, others: int = 0, **more: Any
) -> set[str]:
    """Accounts that push a tag each time, and remove their posts within minutes."""
    accounts = [f"x:bot{n}" for n in range(size)]
    for event in range(events):
        at = world.moment()
        for account in accounts:
            if world.rng.random() < 0.85:
                gone = {"age": world.rng.randint(20_000, 10 * MINUTE)} | more
                world.say(account, at + world.rng.randint(0, 5 * MINUTE),
                          hashtags=[f"push{event}"], **gone)  # fmt: skip
    for account in accounts:
        for _ in range(others):
            world.say(account, world.moment())
    return set(accounts)


def without_deletions(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(deleted_at=pl.lit(None, pl.Int64))


@pytest.mark.parametrize("others", [0, 6])
def test_an_attack_is_found_by_its_deletions(world: Any, others: int) -> None:
    with_habits(world)
    bots = attack(world, others=others)
    result = find_coordination(world.frame())
    assert result.flagged == bots
    (cluster,) = result.clusters
    assert "gone_hashtag" in cluster.signals
    assert find_coordination(without_deletions(world.frame())).flagged == frozenset()


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_ages_flag_nothing(make_world: Any, seed: int) -> None:
    world = make_world(seed)
    with_habits(world)
    attack(world, others=6)
    frame = world.frame()
    ages = (frame["deleted_at"] - frame["published_at"]).sample(fraction=1, shuffle=True, seed=seed)
    shuffled = frame.with_columns(deleted_at=frame["published_at"] + ages)
    assert find_coordination(shuffled).flagged == frozenset()


def fans(world: Any) -> None:
    """A circle that meets on tags of its own; each deletes by a habit, one of them everything."""
    habits = [world.rng.betavariate(0.5, 0.7) for _ in range(24)]
    for event in range(40):
        at = world.moment()
        for n, habit in enumerate(habits):
            if world.rng.random() < 0.5:
                world.say(f"x:fan{n}", at + world.rng.randint(0, 10 * MINUTE),
                          hashtags=[f"match{event}"], age=age(world, habit))  # fmt: skip
    for n, habit in enumerate(habits):
        for _ in range(world.rng.randint(0, 12)):
            world.say(f"x:fan{n}", world.moment(), age=age(world, habit))


@pytest.mark.parametrize("seed", range(5))
def test_fans_who_delete_by_habit(
    make_world: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(seed)
    with_habits(world)
    fans(world)
    assert find_coordination(world.frame()).flagged == frozenset()
    monkeypatch.setattr(pair_tests, "beyond_habit", lambda family, posts: family)
    assert find_coordination(world.frame()).flagged  # what the test of habits is for


def test_a_tool_that_deletes_at_a_fixed_age(world: Any) -> None:
    attack(world, others=6, age=2 * 60 * MINUTE)
    result = find_coordination(world.frame())
    assert result.flagged == frozenset()
    fitting = [e.kind for c in result.clusters for e in c.innocent_explanations if e.fits]
    assert fitting == ["auto_delete"]


def test_a_removal_by_the_platform(world: Any) -> None:
    accounts = [f"x:bot{n}" for n in range(10)]
    for day in range(3):
        swept = START + day * DAY + DAY // 2
        for event in range(4):
            at = swept - (event + 1) * 40 * MINUTE
            for account in accounts:
                moment = at + world.rng.randint(0, 5 * MINUTE)
                removed = swept - moment + world.rng.randint(0, 5_000)
                world.say(account, moment, hashtags=[f"t{day}-{event}"], age=removed)
    for account in accounts:
        for _ in range(6):
            world.say(account, world.moment())
    result = find_coordination(world.frame())
    assert result.flagged == frozenset()
    fitting = [e.kind for c in result.clusters for e in c.innocent_explanations if e.fits]
    assert "platform_removal" in fitting


def test_days_of_deletion_say_nothing(world: Any) -> None:
    attack(world, others=6)
    days = (pl.col("deleted_at") // DAY + 1) * DAY
    assert find_coordination(world.frame().with_columns(deleted_at=days)).flagged == frozenset()


def test_habits_follow_the_accounts() -> None:
    rows = [(n, n < 5) for n in range(100) for _ in range(20)]
    prior = habits_of_others(pl.DataFrame(rows, schema=["account", "gone"], orient="row"))
    assert prior.sum() == pytest.approx(1)
    middle = (EDGES[1:] + EDGES[:-1]) / 2
    assert prior[middle > 0.8].sum() == pytest.approx(0.05, abs=0.01)
    nothing = pl.DataFrame(schema={"account": pl.UInt32, "gone": pl.Boolean})
    assert habits_of_others(nothing) == pytest.approx(np.diff(EDGES))
