"""The reading *the same things at any time*: what is shared is no nearer than any posts are."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import polars as pl
import pytest

from graph import coordinated_shares
from graph.calibration.permutation import permute_times
from graph.coordination.pair_tests import run_pair_tests
from graph.coordination.posts import prepare
from graph.coordination.readings.any_time import AnyTime
from graph.coordination.readings.base import GroupEvidence
from graph.coordination.readings.chance.results import SameTimes
from graph.coordination.readings.chance.times import compare_times
from graph.coordination.signals import load_signals
from tocsin.core.settings import GraphSettings

DAY = 86_400


def table(seed: int, campaign: bool = False) -> pl.DataFrame:
    """Readers of one paper among others, in a collection most of which is of a few hours."""
    rng = random.Random(seed)

    def moment() -> float:
        if rng.random() < 0.6:
            return rng.choice((0, 4, 19, 29)) * DAY + rng.uniform(0, 3_600)
        return rng.uniform(0, 30 * DAY)

    rows = [
        (f"p{rng.randrange(2_000)}", moment(), f"https://x{rng.randrange(2_500)}.example/")
        for _ in range(8_000)
    ]
    for page in range(100):
        address = f"https://paper.example/{page}"
        rows += [(f"reader{n}", moment(), address) for n in rng.sample(range(40), 9)]
    for page in range(12) if campaign else ():
        at = moment()
        rows += [(f"k{n}", at + rng.uniform(0, 60), f"https://k.example/{page}") for n in range(5)]
    account, time, thing = zip(*rows, strict=True)
    return pl.DataFrame(
        {"account": account, "time": [1.6e9 + second for second in time], "object": thing}
    )


def readings(found: Any) -> list[set[str]]:
    return [
        {e.kind for e in group.innocent_explanations if e.fits}
        for group in (*found.clusters, *found.structures)
    ]


def test_readers_who_meet_because_times_say_little_are_no_flag() -> None:
    found = coordinated_shares(table(0)).result
    assert not found.flagged
    assert readings(found) == [{"any_time"}]
    assert len(found.clusters[0].accounts) == 40


def test_a_campaign_among_them_is_flagged() -> None:
    found = coordinated_shares(table(1, campaign=True)).result
    assert found.flagged == {f"k{n}" for n in range(5)}


def test_a_campaign_whose_times_are_dealt_out_anew_is_no_flag() -> None:
    frame = table(1, campaign=True).with_row_index("id")
    permuted = permute_times(frame.with_columns(published_at="time"), 1)
    shuffled = permuted.select("account", "object", time="published_at")
    assert not coordinated_shares(shuffled).result.flagged


@pytest.mark.parametrize(
    ("times", "fits"),
    [
        (SameTimes(100, 5, 4.0, p=0.4, attainable=1e-90), True),
        (SameTimes(100, 50, 4.0, p=1e-20, attainable=1e-90), False),
        (SameTimes(100, 12, 4.0, p=0.004, attainable=1e-90), True),  # three were picked
        (SameTimes(4, 4, 3.5, p=0.6, attainable=0.6), False),  # all posts are near each other
        (SameTimes(), False),
    ],
)
def test_when_it_fits(times: SameTimes, fits: bool) -> None:
    events = pl.DataFrame({"object_kind": ["address"] * 8 + ["time"] * 2})
    group = GroupEvidence(3, events, 0, 10.0, 0.0, pl.DataFrame(), 1_000, times=times)
    assert (AnyTime().fit(group).share >= 0.6) == fits


def test_pairs_near_by_chance_are_those_of_many_draws() -> None:
    """Expected as the mean of what the same group has near when times are permuted."""
    rng = random.Random(4)
    at = [rng.choice((0, 50)) * 3_600_000 + rng.randrange(7_200_000) for _ in range(120)]
    frame = pl.DataFrame(
        {
            "id": [f"s{n}" for n in range(120)],
            "author": [f"a{n % 12}" for n in range(120)],
            "published_at": at,
            "urls": [[f"https://x.example/{rng.randrange(20)}"] for _ in range(120)],
        }
    )
    found = []
    for seed in range(100):
        posts = prepare(permute_times(frame, seed))
        tests = run_pair_tests(posts, GraphSettings(), load_signals(["link"]))
        found += compare_times(posts, tests.families, [[0, 1, 2, 3]], [600_000])
    near = [same.near for same in found]
    assert found[0].expected == pytest.approx(np.mean(near), rel=0.15)
