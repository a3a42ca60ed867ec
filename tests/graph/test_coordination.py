"""The engine as a library: campaigns are found, crowds are not, and every edge shows its posts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from graph import find_coordination
from graph.coordination.library.streaming import CoordinationStream
from tocsin.core.errors import ConfigError
from tocsin.core.findings import to_json
from tocsin.core.settings import GraphSettings

Row = dict[str, Any]
KINDS: dict[str, Callable[[int], Row]] = {
    "repost": lambda i: {"repost_of": f"x:t{i}"},
    "quote": lambda i: {"quote_of": f"x:t{i}"},
    "reply": lambda i: {"reply_to": f"x:t{i}"},
    "link": lambda i: {"urls": [f"https://push.example/{i}?utm_source=x"]},
    "copy": lambda i: {"copy_group": f"g{i}"},
    "media": lambda i: {"media": [f"hash{i}"]},
    "hashtags": lambda i: {"hashtags": [f"a{i}", f"b{i}", f"c{i}"]},
}


def flagged(found: Any) -> set[str]:
    return {m.id for c in found.clusters if c.status == "flagged" for m in c.accounts}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_group_is_found_by_each_signal(world: Any, kind: str) -> None:
    who = world.group("k", 7, 14, KINDS[kind])
    found = find_coordination(world.frame())
    assert flagged(found) == set(who)
    (cluster,) = found.clusters
    assert kind in cluster.signals
    assert str(cluster.because).startswith("coordinated beyond chance because")
    assert 0 < found.tested.expected_false_accounts + 1e-9 < 1


def test_a_group_that_varies_its_means_is_found(world: Any) -> None:
    kinds = [KINDS[k] for k in ("repost", "reply", "link", "media", "copy")]
    who = world.group("m", 8, 18, lambda i: kinds[i % 5](i))
    assert flagged(find_coordination(world.frame())) == set(who)


def test_a_group_that_sends_two_of_its_members_at_a_time_is_found(make_world: Any) -> None:
    for seed in range(1, 6):
        world = make_world(seed)
        who = world.group("pair", 5, 0, lambda n: {})
        for number in range(24):
            at, urls = world.moment(), [f"https://push.example/{number}"]
            for author in world.rng.sample(who, 2):
                world.say(author, at + world.rng.randint(0, 40_000), urls=urls)
        assert flagged(find_coordination(world.frame())) == set(who), seed


def test_a_group_that_only_shares_its_moments_is_found_by_synchrony(world: Any) -> None:
    who = world.group("s", 6, 25, lambda _: {}, part=0.85, spread=5_000)
    found = find_coordination(world.frame())
    assert flagged(found) == set(who)
    assert found.clusters[0].signals == ("synchrony",)


def test_nobody_is_flagged_in_a_quiet_world(make_world: Any) -> None:
    for seed in range(5):
        found = find_coordination(make_world(seed).frame())
        assert not found.clusters
        assert found.tested.expected_false_accounts == 0
        assert found.tested.pairs > 0


def test_crowds_are_not_flagged(world: Any) -> None:
    everybody = sorted({r["author"] for r in world.rows})
    for burst in range(8):
        at = world.moment()
        for author in world.rng.sample(everybody, 60):
            world.say(
                author,
                at + world.rng.expovariate(1 / 300_000),
                urls=[f"https://news.example/big{burst}"],
            )
            if world.rng.random() < 0.3:
                world.say(
                    author, at + world.rng.expovariate(1 / 120_000), repost_of=f"x:star{burst}"
                )
    assert not flagged(find_coordination(world.frame()))


def test_one_hashtag_alone_never_flags(world: Any) -> None:
    world.group("f", 10, 15, lambda i: {"hashtags": [f"tag{i}"]}, spread=1_800_000)
    assert not find_coordination(
        world.frame(), signals=[s for s in KINDS if s != "synchrony"]
    ).clusters


@pytest.mark.parametrize(("things", "found"), [(1, False), (16, True)])
def test_things_of_one_hour_count_by_their_logarithm(world: Any, things: int, found: bool) -> None:
    """Two sessions with a page each say nothing; with sixteen that nobody else has they do."""
    for session in range(2):
        at = world.moment() // 3_600_000 * 3_600_000
        for k in range(things):
            for author in ("x:t1", "x:t2", "x:t3", "x:t4"):
                moment = at + k * 20_000 + world.rng.randint(0, 5_000)
                world.say(author, moment, urls=[f"https://feed.example/{session}/{k}"])
    wanted = {"x:t1", "x:t2", "x:t3", "x:t4"} if found else set()
    assert flagged(find_coordination(world.frame())) == wanted


def test_forty_things_of_one_hour_dealt_to_anybody_flag_nobody(world: Any) -> None:
    """The twin of the test above: the same forty pages and moments, other accounts each time."""
    everybody = sorted({r["author"] for r in world.rows})
    at = world.moment() // 3_600_000 * 3_600_000
    for k in range(40):
        for author in world.rng.sample(everybody, 4):
            moment = at + k * 20_000 + world.rng.randint(0, 5_000)
            world.say(author, moment, urls=[f"https://feed.example/{k}"])
    assert not flagged(find_coordination(world.frame()))


def test_who_has_a_groups_things_hours_later_belongs_to_it(world: Any) -> None:
    """Within the hour the late one meets nobody; one who has as much of other pages stays out."""
    day = 86_400_000
    for k in range(12):
        at = world.moment() // day * day + 6 * 3_600_000
        for author in ("x:t1", "x:t2", "x:t3", "x:t4"):
            world.say(
                author, at + world.rng.randint(0, 60_000), urls=[f"https://pushed.example/{k}"]
            )
        late = at + world.rng.randint(5, 11) * 3_600_000
        world.say("x:late", late, urls=[f"https://pushed.example/{k}"])
        world.say("x:other", late, urls=[f"https://others.example/{k}"])
    frame = world.frame()
    group = {"x:t1", "x:t2", "x:t3", "x:t4"}
    hour = GraphSettings(windows=(10, 60, 600, 3600))
    assert flagged(find_coordination(frame, hour)) == group
    assert find_coordination(frame).flagged == {*group, "x:late"}


def test_a_copied_text_is_not_lost_in_the_noise_of_hashtags(world: Any) -> None:
    """Two accounts that use what tags everybody uses share texts, besides."""
    everybody = sorted({r["author"] for r in world.rows})
    busy = everybody[:2]
    for number in range(400):
        at, tags = world.moment(), [f"tag{number % 40}", "two", "three"]
        for author in (world.rng.choice(busy), *world.rng.sample(everybody, 2)):
            world.say(author, at + world.rng.randint(0, 50_000), hashtags=tags)
    for k in range(9):
        at = world.moment()
        for author in busy:
            world.say(author, at + world.rng.randint(0, 50_000), copy_group=f"text{k}")
    assert find_coordination(world.frame()).flagged == set(busy)


def test_every_edge_lists_three_posts_and_more_that_exist(world: Any) -> None:
    world.group("k", 7, 14, KINDS["link"], part=0.5)
    frame = world.frame()
    ids = set(frame["id"].to_list())
    found = find_coordination(frame)
    assert found.edges
    for edge in found.edges:
        posts = {p for row in edge.evidence for p in row.posts}
        assert len(posts) >= 3
        assert posts <= ids
        assert all(
            row.seconds_apart is not None and row.accounts == (edge.a, edge.b)
            for row in edge.evidence
        )
        assert edge.cluster == found.clusters[0].id
        assert 0 < edge.weight <= 1


def test_same_bytes_in_any_order_and_as_a_stream(world: Any) -> None:
    world.group("k", 7, 14, KINDS["repost"])
    world.group("l", 6, 12, KINDS["copy"])
    frame = world.frame()
    wanted = [to_json(f) for f in find_coordination(frame).findings()]
    mixed = frame.sample(fraction=1, shuffle=True, seed=5)
    assert [to_json(f) for f in find_coordination(mixed.to_arrow()).findings()] == wanted
    stream = CoordinationStream()
    for start in range(0, mixed.height, 300):
        stream.add(mixed[start : start + 300])
        stream.add(mixed[max(0, start - 5) : start + 5])  # a repeated delivery changes nothing
    assert len(stream) == frame.height
    assert [to_json(f) for f in stream.result().findings()] == wanted


def test_a_stream_forgets(world: Any) -> None:
    stream = CoordinationStream()
    stream.add(world.frame())
    last = max(r["published_at"] for r in world.rows)
    assert stream.forget(last) == len(world.rows) - 1
    assert len(stream) == 1
    assert not stream.result().clusters


def test_most_stay_flagged_when_a_tenth_of_the_posts_is_lost(world: Any) -> None:
    world.group("k", 8, 14, KINDS["link"])
    world.group("l", 8, 12, KINDS["reply"])
    frame = world.frame()
    before = flagged(find_coordination(frame))
    for seed in range(3):
        after = flagged(find_coordination(frame.sample(fraction=0.9, seed=seed)))
        assert len(before & after) >= 0.85 * len(before)


def test_marks_and_names_are_kept(world: Any) -> None:
    who = world.group("k", 8, 14, KINDS["link"])
    frame = world.frame()
    first = find_coordination(frame)
    name = first.clusters[0].id
    benign: dict[str, Row] = {"cnamed": {"mark": "benign"}}
    later = find_coordination(frame, before={"cnamed": who[:6]}, marks=benign)
    assert (later.clusters[0].id, later.clusters[0].name) == (name, "cnamed")
    assert later.clusters[0].under(benign).status == "cleared"
    assert later.clusters[0].status == "flagged"
    assert later.tested.expected_false_accounts == 0
    without = find_coordination(frame, marks={who[0]: {"mark": "benign"}})
    assert flagged(without) == set(who[1:])
    assert not any(who[0] in (e.a, e.b) for e in without.edges)
    suspect: dict[str, Row] = {name: {"mark": "suspect"}}
    marked = find_coordination(frame, marks=suspect).clusters[0].under(suspect)
    assert (marked.status, marked.mark) == ("flagged", "suspect")


def test_bare_posts_and_no_posts() -> None:
    empty = pl.DataFrame(schema={"id": pl.String, "author": pl.String, "published_at": pl.Int64})
    assert find_coordination(empty).tested.accounts == 0
    assert not CoordinationStream().result().clusters
    one = pl.DataFrame({"id": ["a"], "author": ["b"], "published_at": [1]})
    assert find_coordination([one]).tested.accounts == 0
    with pytest.raises(ConfigError, match="no column author"):
        find_coordination(pl.DataFrame({"id": ["a"], "published_at": [1]}))
    with pytest.raises(ConfigError, match="no signal named"):
        find_coordination(one, signals=["likn"])


def test_coarse_times_drop_the_windows_they_cannot_fill(world: Any) -> None:
    world.group("k", 7, 14, KINDS["link"])
    frame = world.frame()
    by_minute = frame.with_columns(pl.col("published_at") // 60_000 * 60_000)
    assert find_coordination(by_minute).tested.windows == (60, 600, 3600, 86_400)
    by_day = find_coordination(
        frame.with_columns(pl.col("published_at") // 86_400_000 * 86_400_000)
    )
    assert by_day.tested.windows == ()
    assert "too coarse" in str(by_day.tested.caveats[0])


def test_settings_are_used(world: Any) -> None:
    world.group("k", 7, 14, KINDS["link"])
    frame = world.frame()
    narrow = find_coordination(frame, GraphSettings(windows=(60,), min_objects=20))
    assert narrow.tested.windows == (60,)
    assert not narrow.clusters


def test_where_nobody_posted_often_enough_nothing_is_found(world: Any) -> None:
    world.group("g", 6, 10, lambda n: {"urls": [f"https://pushed.example/{n}"]})
    found = find_coordination(world.frame(), GraphSettings(min_objects=60))
    assert (found.tested.accounts, found.clusters, found.structures) == (0, (), ())
