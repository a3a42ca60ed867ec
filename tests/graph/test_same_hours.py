"""The reading *same hours*: what others who posted in the same hours share as much, or moments."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import polars as pl
import pytest

from graph import coordinated_shares, find_coordination
from graph.calibration.permutation import permute_contents
from graph.coordination.posts import prepare
from graph.coordination.readings.chance.hours import pairs_by_chance
from graph.coordination.readings.chance.moment_contents import compare_moment_contents
from graph.coordination.readings.chance.results import SameHours
from graph.coordination.readings.same_hours import SameHours as Reading

HOUR = 3_600_000


def busy_hours(seed: int = 1) -> pl.DataFrame:
    """A room of 150, a few of whom are there nearly every day, that posts in the same hours and
    shares what these are full of; beside accounts that post whenever they like."""
    rng = random.Random(seed)
    rows: list[tuple[str, int, str]] = []
    there = {f"room{n}": 0.9 if n < 12 else 0.12 for n in range(150)}
    for day in range(40):
        hour = (day * 24 + rng.randint(8, 20)) * HOUR
        things = [f"https://site{day}-{n}.example/page" for n in range(4)]
        for who, often in there.items():
            if rng.random() < often:
                moments = [hour + rng.randrange(HOUR) for _ in range(rng.randint(1, 3))]
                rows += [(who, at, rng.choice(things)) for at in moments]
    for number in range(6_000):
        at = rng.randrange(40 * 24 * HOUR)
        rows.append((f"p{rng.randrange(3_000)}", at, f"https://x{number % 2_500}.example/page"))
    return pl.DataFrame(
        {
            "id": [f"s{n}" for n in range(len(rows))],
            "author": [row[0] for row in rows],
            "published_at": [row[1] for row in rows],
            "urls": [[row[2]] for row in rows],
        }
    )


def readings(found: Any) -> list[set[str]]:
    return [
        {e.kind for e in group.innocent_explanations if e.fits}
        for group in (*found.clusters, *found.structures)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_contents_dealt_out_anew_within_the_hour_are_not_flagged(seed: int) -> None:
    found = find_coordination(permute_contents(busy_hours(), seed))
    assert not found.flagged
    assert found.clusters


def test_a_campaign_that_fills_its_hours_is_not_excused(world: Any) -> None:
    world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    found = find_coordination(world.frame())
    assert len(found.flagged) == 7
    (reading,) = (e for e in found.clusters[0].innocent_explanations if e.kind == "same_hours")
    assert reading.fit < 0.1


def pages(same: bool) -> pl.DataFrame:
    """Four pages that one tool posts for, in the same seconds; among other pages' shares."""
    rng = random.Random(2)
    rows = [
        (f"p{rng.randrange(1_500)}", rng.randrange(60 * 24 * 3600), rng.randrange(2_500))
        for _ in range(6_000)
    ]
    for day in range(60):
        at, thing = day * 86_400 + rng.randrange(28_800, 72_000), rng.randrange(2_500)
        rows += [
            (f"customer{n}", at + rng.randrange(4), thing if same else rng.randrange(2_500))
            for n in range(4)
        ]
    account, time, thing = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "account": account,
            "time": [1_600_000_000 + second for second in time],
            "object": [f"https://paper.example/{number}" for number in thing],
        }
    )


def test_moments_at_which_each_shares_something_else_are_a_tools() -> None:
    found = coordinated_shares(pages(same=False)).result
    assert not found.flagged
    assert readings(found) == [{"same_hours"}]


def test_moments_with_the_same_things_are_a_campaign() -> None:
    found = coordinated_shares(pages(same=True)).result
    assert found.flagged == {f"customer{n}" for n in range(4)}


def test_moments_of_plain_texts_stay_a_flag(world: Any) -> None:
    """Nothing that others could share: there is nothing that differs."""
    world.group("k", 5, 25, lambda i: {}, spread=4_000, part=0.9)
    assert len(find_coordination(world.frame()).flagged) == 5


def one_clock(seed: int = 3) -> pl.DataFrame:
    """Five accounts that post one text at a time in the same seconds; half of all other posts have
    a link."""
    rng = random.Random(seed)
    rows: list[tuple[str, int, str, str | None, str | None]] = []
    for number in range(4_000):
        link = f"https://x{number % 900}.example/page" if rng.random() < 0.5 else None
        at = rng.randrange(60 * 24 * HOUR)
        rows.append((f"p{rng.randrange(1_200)}", at, f"post {number}", link, None))
    for day in range(40):
        at = day * 24 * HOUR + rng.randrange(20 * HOUR)
        rows += [
            (f"k{n}", at + rng.randrange(3_000), f"text {day}", None, f"c{day}") for n in range(5)
        ]
    author, at_ms, text, link_of, copies = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "id": [f"s{n}" for n in range(len(rows))],
            "author": author,
            "published_at": at_ms,
            "text": text,
            "urls": [[link] if link else [] for link in link_of],
            "copy_group": copies,
        }
    )


@pytest.mark.parametrize("seed", range(3))
def test_moments_with_what_everybody_posts_are_no_flag(seed: int) -> None:
    """Permuted anew some of the five carry a link and some do not: nothing is the same."""
    frame = one_clock()
    assert find_coordination(frame).flagged == {f"k{n}" for n in range(5)}
    permuted = find_coordination(permute_contents(frame, seed, span_ms=None))
    assert not permuted.flagged
    assert readings(permuted) == [{"same_hours"}]


def test_what_posts_carry_beside_those_of_their_hours() -> None:
    """Two of four posts in an hour of eight, six of which carry: three of the four are expected."""
    posts = prepare(
        pl.DataFrame(
            {
                "id": [f"s{n}" for n in range(10)],
                "author": [f"a{n % 4}" for n in range(10)],
                "published_at": [n * 60_000 for n in range(8)] + [5 * HOUR, 6 * HOUR],
                "urls": [[f"https://x.example/{n}"] if n < 6 else [] for n in range(10)],
            }
        )
    )
    acting = np.arange(10) < 6
    found = compare_moment_contents(posts, acting, np.array([4, 5, 6, 7]))
    assert (found.posts, found.carrying, found.expected) == (4, 2, 3.0)
    assert found.as_usual
    plain = compare_moment_contents(posts, acting, np.array([8, 9]))
    assert (plain.carrying, plain.expected) == (0, 0.0)
    assert not plain.as_usual  # nothing to compare with


def evidence(things: int, moments: int, hours: SameHours) -> Any:
    from graph.coordination.readings.base import GroupEvidence

    kinds = ["address"] * things + ["time"] * moments
    number = range(len(kinds))
    return GroupEvidence(
        members=3,
        events=pl.DataFrame({"object_kind": kinds, "posts": [[n] for n in number]}),
        crowd_events=0,
        pace=10.0,
        output=0.0,
        posts=pl.DataFrame({"post": number, "carries": [True] * len(kinds)}),
        resolution_ms=1000,
        hours=hours,
    )


@pytest.mark.parametrize(
    ("things", "moments", "hours", "fits"),
    [
        (20, 0, SameHours(20, 18.0, p=0.3, attainable=1e-9), True),
        (20, 0, SameHours(20, 2.0, p=1e-9, attainable=1e-9), False),
        (20, 0, SameHours(20, 10.0, p=0.004, attainable=1e-9), True),  # three were picked
        (20, 0, SameHours(20, 9.0, p=0.002, attainable=1e-9), False),  # and still met too often
        (20, 0, SameHours(20, 20.0, p=1.0, attainable=1.0), False),  # nobody else was there
        (2, 60, SameHours(2, 1.0, p=0.2, attainable=1e-9), True),  # two things may be chance
        (10, 60, SameHours(10, 2.0, p=0.003, attainable=1e-9), False),  # ten speak for the moments
        (10, 12, SameHours(10, 2.0, p=0.003, attainable=1e-9), True),  # here things picked, too
        (2, 60, SameHours(), True),  # nothing can be told of them: the moments are all there is
        (0, 60, SameHours(), True),
    ],
)
def test_when_it_fits(things: int, moments: int, hours: SameHours, fits: bool) -> None:
    assert (Reading().fit(evidence(things, moments, hours)).share >= 0.6) == fits


def test_pairs_by_chance_are_those_of_many_draws() -> None:
    """Mean and variance by the formula, and of contents permuted many times."""
    rng = np.random.default_rng(4)
    near = np.triu(rng.random((9, 9)) < 0.3, 1)
    near |= near.T
    thing = np.array([0, 0, 0, 0, 1, 1, 2, 3, 4])
    alike = (thing[:, None] == thing) & ~np.eye(9, dtype=bool)
    sums = [
        (np.array([flags.sum()]), np.array([(flags.sum(axis=1) ** 2).sum()]))
        for flags in (near, alike)
    ]
    mean, spread = pairs_by_chance(np.array([9]), sums[0], sums[1])
    drawn = []
    for _ in range(20_000):
        order = rng.permutation(9)
        drawn.append((near & alike[np.ix_(order, order)]).sum() / 2)
    assert mean[0] == pytest.approx(np.mean(drawn), rel=0.03)
    assert spread[0] == pytest.approx(np.var(drawn), rel=0.05)


def operation(seed: int = 1) -> pl.DataFrame:
    """One operation is most of the posts: two teams that retweet in the same hours, each what it
    was given."""
    rng = random.Random(seed)
    rows: list[tuple[str, int, str]] = []
    for hour in range(60):
        for team in ("a", "b"):
            for number in range(3):
                for member in rng.sample(range(10), 5):
                    at = hour * 6 * HOUR + rng.randrange(600_000) + number * 900_000
                    rows.append((f"{team}{member}", at, f"https://{team}{hour}-{number}.example/"))
        for stray in range(12):
            at = hour * 6 * HOUR + rng.randrange(HOUR)
            rows.append((f"p{rng.randrange(60)}", at, f"https://x{hour}-{stray // 2}.example/"))
    return pl.DataFrame(
        {
            "id": [f"s{n}" for n in range(len(rows))],
            "author": [row[0] for row in rows],
            "published_at": [row[1] for row in rows],
            "urls": [[row[2]] for row in rows],
        }
    )


def test_an_operation_that_is_most_of_its_hours_is_flagged_and_its_shuffled_contents_are_not() -> (
    None
):
    frame = operation()
    flagged = find_coordination(frame).flagged
    assert len([name for name in flagged if name[0] in "ab"]) == 20
    assert len(find_coordination(permute_contents(frame, 1)).flagged) == 0


def test_a_few_things_of_the_day_do_not_make_a_timetable_a_campaign() -> None:
    """Each a link of its own at the same minutes, and by chance two of them at other hours."""
    frame = pages(same=False)
    own = pl.format("https://{}-{}.example/", "account", "time")
    a_customer = pl.col("account").str.starts_with("customer")
    frame = frame.with_columns(object=pl.when(a_customer).then(own).otherwise("object"))
    at = [1_600_000_000 + 86_400 * day + 3_600 * hour for day in (3, 9) for hour in (1, 9)]
    chance = pl.DataFrame(
        {
            "account": ["customer0", "customer1"] * 2,
            "time": at,
            "object": [f"https://rare{day}.example/" for day in (3, 3, 9, 9)],
        }
    )
    found = coordinated_shares(pl.concat([frame, chance])).result
    assert not found.flagged
    assert readings(found) == [{"same_hours"}]
