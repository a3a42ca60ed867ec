"""The null model and its corrections, against slow counting and known values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from graph.coordination.coactions.acts import (
    Acts,
    collect_acts,
    encode_acts,
    group_by_family,
)
from graph.coordination.coactions.counts import SLOT_MS, AccountPairs, CoActionCounter
from graph.coordination.coactions.find import CROWD_CAP, count_others, find_coactions
from graph.coordination.coactions.windows import argsort_rows, count_within
from graph.coordination.null_model import benjamini_hochberg, poisson_tail
from graph.coordination.pair_tests import run_family_tests
from graph.coordination.posts import prepare, resolution
from graph.coordination.signals import SIGNALS, load_signals
from graph.coordination.synchrony import run_synchrony_tests

WINDOWS = (10_000, 60_000, 600_000)


def acts_of(frame: pl.DataFrame, names: Sequence[str] = tuple(SIGNALS)) -> Acts:
    posts = prepare(frame)
    signals = group_by_family(load_signals(names))["acts"]
    return encode_acts(collect_acts(posts.frame, signals), signals, len(posts.accounts))


def test_tail_and_correction() -> None:
    seen, expected = np.array([0, 1, 3, 10]), np.array([1.0, 0.5, 0.01, 2.0])
    assert poisson_tail(seen, expected) == pytest.approx(stats.poisson.sf(seen - 1, expected))
    p = np.array([0.001, 0.04, 0.03, 0.5])
    assert benjamini_hochberg(p, 4) == pytest.approx(stats.false_discovery_control(p))
    assert benjamini_hochberg(p, 40)[0] == pytest.approx(0.04)
    assert len(benjamini_hochberg(np.zeros(0), 10)) == 0


def test_neighbours_are_those_of_a_double_loop() -> None:
    rng = np.random.default_rng(1)
    key, time = rng.integers(0, 5, 200), rng.integers(0, 5_000, 200)
    wanted = [int(((key == key[i]) & (abs(time - time[i]) <= 300)).sum()) for i in range(200)]
    assert count_within(key, time, 300).tolist() == wanted


def test_coacts_are_those_of_a_double_loop(world: Any) -> None:
    world.group("k", 6, 10, lambda i: {"urls": [f"https://push.example/{i}"], "repost_of": None})
    acts = acts_of(world.frame(), ("link",))
    found = find_coactions(
        acts, WINDOWS, np.array([600_000]), eligible=np.ones(acts.volume.shape[1], dtype=bool)
    )
    nearest: dict[tuple[int, int, int], int] = {}
    posts: dict[tuple[int, int], tuple[set[int], set[int]]] = {}
    for i in range(len(acts)):
        for j in range(i + 1, len(acts)):
            apart = int(abs(acts.time[i] - acts.time[j]))
            if (
                acts.object[i] == acts.object[j]
                and acts.account[i] != acts.account[j]
                and apart <= 600_000
            ):
                one, two = (i, j) if acts.account[i] < acts.account[j] else (j, i)
                pair = (int(acts.account[one]), int(acts.account[two]))
                mine, theirs = posts.setdefault(pair, (set(), set()))
                mine.add(int(acts.post[one]))
                theirs.add(int(acts.post[two]))
                key = (*pair, int(acts.burst[one]))
                nearest[key] = min(apart, nearest.get(key, apart))
    wanted = {k: v for k, v in nearest.items() if all(len(side) >= 2 for side in posts[k[0], k[1]])}
    rows = zip(
        found.a.tolist(),
        found.b.tolist(),
        acts.burst[found.first].tolist(),
        found.apart.tolist(),
        strict=True,
    )
    assert {(a, b, burst): apart for a, b, burst, apart in rows} == wanted


def test_crowds_are_not_expanded(world: Any) -> None:
    for k in range(3):
        at = world.moment()
        for i in range(CROWD_CAP + 50):
            world.say(f"x:c{i:04d}", at + i * 10, urls=[f"https://big.example/{k}"])
    acts = acts_of(world.frame(), ("link",))
    assert count_others(acts, 60_000).max() >= CROWD_CAP
    found = find_coactions(
        acts, WINDOWS, np.array([600_000]), eligible=np.ones(acts.volume.shape[1], dtype=bool)
    )
    assert not any("big" in acts.objects[int(o)] for o in acts.object[found.first])


def test_a_campaign_is_left_out_of_its_own_crowd(world: Any) -> None:
    world.group("k", 12, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    posts = prepare(world.frame())
    tested = run_family_tests("acts", acts_of(world.frame()), WINDOWS, 3)
    mine = np.array([a.startswith("x:k") for a in posts.accounts.to_list()])
    inside = mine[tested.pairs.a] & mine[tested.pairs.b]
    assert inside.sum() > 50
    assert (~tested.model.strangers[inside]).mean() > 0.95
    assert (~tested.model.strangers[~inside]).sum() <= 2
    assert np.median(tested.p[inside]) < 1e-8


def test_p_values_of_ordinary_pairs_are_not_too_small(make_world: Any) -> None:
    """Without any arrangement, p <= x for hardly more than x of the pairs that could be tested."""
    small = pairs = 0
    for seed in range(6):
        world = make_world(seed, people=60, each=30)
        tested = run_family_tests("acts", acts_of(world.frame()), WINDOWS, 3)
        small += int((tested.p * len(WINDOWS) * 2 <= 0.001).sum())
        pairs += 60 * 59 // 2
    assert small <= 2 * 0.001 * pairs + 3


def test_synchrony_keeps_the_hour_and_the_crowd(world: Any) -> None:
    # everybody is awake in the same two hours and answers the same goals: nothing beyond that
    fans = [f"x:fan{i}" for i in range(40)]
    for day in range(6):
        for _ in range(2):
            at = 1_700_000_000_000 + day * 86_400_000 + world.rng.randint(0, 7_000_000)
            for fan in fans:
                if world.rng.random() < 0.7:
                    world.say(fan, at + world.rng.expovariate(1 / 20_000))
    posts = prepare(world.frame())
    tested = run_synchrony_tests(posts, (10_000, 60_000), 3)
    fan = np.array([a.startswith("x:fan") for a in posts.accounts.to_list()])
    inside = fan[tested.pairs.a] & fan[tested.pairs.b]
    assert (tested.p[inside] * 2 < 1e-6).mean() < 0.01


def test_resolution_of_times() -> None:
    assert resolution(np.array([], dtype=np.int64)) == 1
    assert resolution(np.array([60_000, 120_000])) == 60_000
    assert resolution(np.array([86_400_000])) == 86_400_000
    assert resolution(np.array([1_234, 5_678])) == 1


@pytest.mark.parametrize("high", [3, 2**31, 2**61])
def test_columns_sorted_as_one_number_keep_the_order_of_lexsort(high: int) -> None:
    rng = np.random.default_rng(4)
    columns = [
        rng.integers(-high, high, 500) // step for step in (max(1, high // 4), max(1, high // 3), 1)
    ]
    columns[1] = columns[1].astype(np.int64) + 2**20
    assert np.array_equal(argsort_rows(*columns), np.lexsort(columns[::-1]))
    assert not len(argsort_rows(np.zeros(0, np.uint32), np.zeros(0, np.int64)))


def test_the_counter_counts_what_sets_count(world: Any) -> None:
    world.group(
        "k",
        6,
        10,
        lambda i: {"urls": [f"https://push.example/{i}"], "hashtags": [f"one{i}", "two"]},
    )
    names = ("link", "hashtags")
    acts = acts_of(world.frame(), names)
    found = find_coactions(
        acts,
        WINDOWS,
        np.array([600_000, 600_000]),
        eligible=np.ones(acts.volume.shape[1], dtype=bool),
    )
    pairs = AccountPairs.of(found)
    counter = CoActionCounter.of(acts, found, pairs)
    informative = (
        np.random.default_rng(2).random((int(acts.engagement.max()) + 1, len(WINDOWS))) < 0.8
    )
    assert len(set(acts.signal[found.first].tolist())) == 2
    choices: tuple[list[int], ...] = ([0, 1], [0], [1])
    for signals in choices:
        for asked in (None, informative):
            counted = counter.count(asked, WINDOWS, signals)
            for k, window in enumerate(WINDOWS):
                sets: list[tuple[set[int], ...]] = [
                    (set(), set(), set(), set()) for _ in range(len(pairs))
                ]
                for row in range(len(found)):
                    one, two = int(found.first[row]), int(found.second[row])
                    says = asked is None or (
                        asked[acts.engagement[one], k] and asked[acts.engagement[two], k]
                    )
                    if says and found.apart[row] <= window and acts.signal[one] in signals:
                        things = (
                            acts.burst[one],
                            acts.post[one],
                            acts.post[two],
                            acts.time[one] // SLOT_MS,
                        )
                        for seen, thing in zip(sets[pairs.pair[row]], things, strict=True):
                            seen.add(int(thing))
                assert counted[:, k].tolist() == [min(len(seen) for seen in four) for four in sets]
