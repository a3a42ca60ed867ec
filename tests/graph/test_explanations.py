"""Innocent readings: each fits what it is for, and not a campaign."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from graph import find_coordination
from graph.coordination.assemble import _of_the_group
from graph.coordination.readings import READINGS
from tocsin.core.findings import Cluster
from tocsin.core.urls import publisher


def only(found: Any) -> Cluster:
    (cluster,) = found.clusters
    assert isinstance(cluster, Cluster)
    return cluster


def fitting(cluster: Cluster) -> list[str]:
    return [e.kind for e in cluster.innocent_explanations if e.fits]


def test_all_readings_are_tried_and_say_what_would_refute_them(world: Any) -> None:
    world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    cluster = only(find_coordination(world.frame()))
    assert [e.kind for e in cluster.innocent_explanations] == list(READINGS)
    assert all(
        e.because and e.refuted_by and e.label and e.fit is not None and 0 <= e.fit <= 1
        for e in cluster.innocent_explanations
    )
    assert not fitting(cluster)


def test_outlets_that_carry_an_agency(world: Any) -> None:
    for i in range(20):
        at = world.moment()
        for k in range(6):
            if world.rng.random() < 0.8:
                page = [f"https://outlet{k}.example/{i}"]
                world.say(
                    f"x:outlet{k}",
                    at + world.rng.randint(0, 900_000),
                    copy_group=f"g{i}",
                    urls=page,
                    text=f"(AFP) story {i}",
                )
    cluster = only(find_coordination(world.frame()))
    assert cluster.status == "explained"
    assert fitting(cluster) == ["agency"]
    assert "explained by: agency" in str(cluster.because)


def test_copies_that_push_one_site_are_no_agency(world: Any) -> None:
    world.group(
        "k", 7, 14, lambda i: {"copy_group": f"g{i}", "urls": ["https://push.example/home"]}
    )
    assert only(find_coordination(world.frame())).status == "flagged"


def test_official_accounts(world: Any) -> None:
    official = {"verified": True, "author_description": "Official account"}
    world.group("k", 7, 14, lambda i: {"repost_of": f"x:t{i}"} | official)
    assert fitting(only(find_coordination(world.frame()))) == ["official_accounts"]


def test_a_tool_that_posts_at_round_minutes(world: Any) -> None:
    for day in range(9):
        at = 1_700_006_820_000 + day * 86_400_000 + day * 180_000  # one minute each day is a habit
        for account in range(6):
            world.say(f"x:tool{account}", at + world.rng.randint(0, 900))
    cluster = only(find_coordination(world.frame()))
    assert cluster.signals == ("synchrony",)
    assert fitting(cluster) == ["scheduled_tool"]


def test_readers_of_one_site(world: Any) -> None:
    readers = [f"x:reader{i:02d}" for i in range(40)]
    for page in range(90):
        at = world.moment()
        for reader in world.rng.sample(readers, 10):
            world.say(
                reader,
                at + world.rng.expovariate(1 / 7_200_000),
                urls=[f"https://paper.example/{page}"],
            )
    found = find_coordination(world.frame())
    assert not [c for c in found.clusters if c.status == "flagged"]


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ("https://www.reddit.com/r/town{}/comments/1ab{}/", "flagged"),
        ("https://old.reddit.com/r/town/comments/1ab{}/", "flagged"),
        ("https://www.youtube.com/watch?v=aB3dE-f{:04d}", "flagged"),
        ("https://en.wikipedia.org/wiki/Page_{}", "flagged"),
        ("https://bit.ly/3ab{}", "flagged"),
        ("https://boards.4chan.org/pol/thread/{}", "flagged"),
        ("https://t.me/onechannel/{}", "explained"),
        ("https://paper.example/{}", "explained"),
    ],
)
def test_a_platform_is_no_source_that_has_readers(world: Any, page: str, status: str) -> None:
    """Two who meet in thirteen threads of one site, half an hour apart, are no audience of it."""
    for number in range(13):
        at = world.moment()
        urls = [page.format(*[number] * page.count("{"))]
        world.say("x:one", at, urls=urls)
        world.say("x:two", at + world.rng.randint(1_500_000, 2_700_000), urls=urls)
    (pair,) = find_coordination(world.frame()).structures
    assert pair.status == status


def test_who_publishes_at_an_address() -> None:
    said = {
        "https://www.paper.example/a/1": "paper.example",
        "paper.example": "paper.example",
        "https://redd.it/1abc2": "", "https://fr.reddit.com/r/x/comments/1a/": "",
        "https://youtu.be/aB3dE-f_9Z0": "", "https://www.youtube.com/@Chan": "youtube.com/chan",
        "https://twitter.com/a/status/12": "", "https://mobile.twitter.com/i/status/12": "",
        "https://www.tiktok.com/@Dance/video/7": "tiktok.com/dance",
        "https://t.me/s/News/12": "t.me/news", "https://t.me/joinchat/AAA": "",
        "https://social.example/@ann/1122": "social.example/ann",
        "https://bsky.app/profile/ann.example/post/3k": "bsky.app/ann.example",
        "https://m.facebook.com/ThePage/posts/123": "facebook.com/thepage",
        "https://www.facebook.com/groups/12/permalink/3": "", "https://t.co/abc": "",
        "https://name.substack.com/p/x": "name.substack.com", "": "",
    }  # fmt: skip
    assert {address: publisher(address) for address in said} == said


def test_members_who_are_the_whole_population(make_world: Any) -> None:
    world = make_world(people=0)
    world.group("k", 8, 14, lambda i: {"urls": [f"https://news.example/{i}"]}, part=1.0)
    assert "whole_population" in fitting(only(find_coordination(world.frame())))


def _jobs(world: Any, names: list[str], spread: int) -> None:
    for number in range(14):
        at = world.moment() // 1_000 * 1_000
        for name in names:
            page = [f"https://jobs.example/{number}"]
            world.say(f"x:{name}", at + world.rng.randint(0, spread), urls=page)


def test_accounts_of_one_employer_that_post_in_the_same_second(make_world: Any) -> None:
    employer = [f"acme_{city}_jobs" for city in ("lyon", "nice", "brest", "metz", "dax")]
    strangers = ["lou", "mirabelle", "oak", "zephyr", "tamsin"]
    statuses = []
    for names, spread in ((employer, 400), (strangers, 400), (employer, 60_000)):
        world = make_world()
        _jobs(world, names, spread)
        cluster = only(find_coordination(world.frame()))
        statuses.append((cluster.status, fitting(cluster)))
    assert statuses == [("explained", ["scheduled_tool"]), ("flagged", []), ("flagged", [])]


def test_empty_texts_are_no_wording_of_a_share_button(world: Any) -> None:
    for number in range(14):
        at, page = world.moment(), [f"https://push.example/{number}"]
        for member in range(5):
            world.say(f"x:k{member}", at + world.rng.randint(0, 30_000), urls=page, text=page[0])
        for other in world.rng.sample(range(120), 8):
            late = at + world.rng.randint(600_000, 3_000_000)
            world.say(f"x:o{other:03d}", late, urls=page, text=None)
    cluster = only(find_coordination(world.frame()))
    reading = next(e for e in cluster.innocent_explanations if e.kind == "share_button")
    assert reading.fit == 0


def test_what_two_of_many_did_besides_does_not_speak_for_the_others() -> None:
    events = pl.DataFrame({"accounts": [list(range(150)), list(range(90)), [1, 2], [3, 4]]})
    assert _of_the_group(events, 200).height == 2
    assert _of_the_group(events[2:], 200).height == 2  # nothing larger is there
    assert _of_the_group(events[2:], 4).height == 2


def test_who_posts_at_full_hours_meets_others_who_do(world: Any) -> None:
    """Two schedules that stand at full and half hours are no evidence; their twin was arranged."""
    for day in range(40):
        for hour in range(3):
            for account in ("x:one", "x:two"):
                half = world.rng.choice((0, 1_800_000))
                world.say(account, 1_700_006_400_000 + day * 86_400_000 + hour * 3_600_000 + half)
    assert not find_coordination(world.frame()).flagged
