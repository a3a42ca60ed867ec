"""Pairs, stars, chains, and crowds that return: found, told apart, and quiet where nothing is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from graph import find_coordination
from graph.coordination.structures import attach_leaves, shape_of, tree_groups
from index.connect import open_index
from tests.graph.test_clusters_command import documents, run_analysis
from tocsin.app.cli import cli
from tocsin.core.workspace import Workspace


def follow(world: Any, leader: str, followers: list[str], pages: int) -> None:
    """The leader's pages, each mirrored by one of the followers about nine seconds later."""
    for number in range(pages):
        at, urls = world.moment(), [f"https://{leader[2:]}.example/{number}"]
        world.say(leader, at, urls=urls)
        author = followers[number % len(followers)]
        world.say(author, at + world.rng.randint(8_000, 10_000), urls=urls)


def test_a_pair_is_found_with_who_follows_whom(world: Any) -> None:
    follow(world, "x:lead", ["x:echo"], 25)
    result = find_coordination(world.frame())
    assert not result.clusters
    (pair,) = result.structures
    assert (pair.shape, pair.status) == ("pair", "flagged")
    assert {member.id for member in pair.accounts} == {"x:lead", "x:echo"}
    assert pair.q_value < 1e-6
    assert pair.innocent_explanations
    (following,) = pair.following
    assert (following.leader, following.follower) == ("x:lead", "x:echo")
    assert (following.times, following.of) == (25, 25)
    assert 8 <= following.seconds <= 10
    (tie,) = result.ties
    assert tie.cluster == pair.id
    assert len(tie.evidence) == 12
    assert result.flagged == {"x:lead", "x:echo"}


def test_a_hub_and_those_who_mirror_it_are_a_star(world: Any) -> None:
    followers = [f"x:mirror{i}" for i in range(6)]
    follow(world, "x:hub", followers, 36)
    (star,) = find_coordination(world.frame()).structures
    assert (star.shape, star.hub) == ("star", "x:hub")
    assert {member.id for member in star.accounts} == {"x:hub", *followers}
    assert {pair.leader for pair in star.following} <= {"x:hub"}


def test_an_account_that_hangs_on_one_member_belongs_to_the_group(world: Any) -> None:
    who = world.group("k", 6, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    follow(world, who[0], ["x:leaf"], 12)
    result = find_coordination(world.frame())
    (cluster,) = result.clusters
    assert {member.id for member in cluster.accounts} == {*who, "x:leaf"}
    assert not result.structures


def test_two_readers_of_one_paper_are_not_flagged(make_world: Any) -> None:
    for seed in (1, 2, 3):
        world = make_world(seed)
        for number in range(100):
            at, urls = world.moment(), [f"https://paper.example/{number}"]
            for author in ("x:early", "x:late"):
                if world.rng.random() < 0.3:
                    late = world.rng.expovariate(1 / 20_000_000)
                    world.say(author, at + late, urls=urls)
        assert find_coordination(world.frame()).flagged == frozenset()


def crowd(world: Any, size: int, things: int, part: float) -> list[str]:
    who = [f"x:crowd{i:04d}" for i in range(size)]
    for number in range(things):
        at, urls = world.moment(), [f"https://crowd{number}.example/"]
        for author in who:
            if world.rng.random() < part:
                world.say(author, at + world.rng.randint(0, 1_800_000), urls=urls)
    for author in who:
        for _ in range(world.rng.randint(2, 6)):
            world.say(author, world.moment(), urls=[f"https://news.example/{author}"])
    return who


def test_a_crowd_that_returns_is_found_where_pairs_are_not_compared(make_world: Any) -> None:
    world = make_world(1, people=900)
    who = crowd(world, 700, 9, 0.6)
    result = find_coordination(world.frame())
    assert len(result.flagged - set(who)) == 0
    assert len(result.flagged) >= 0.95 * len(who)
    (largest, *_) = result.clusters
    assert largest.objects["link"] == 9
    assert all(row.posts for row in largest.evidence)


def test_one_popular_thing_makes_no_crowd_nor_do_strangers_on_many(world: Any) -> None:
    everybody = [f"x:s{i:04d}" for i in range(2_000)]
    at = world.moment()
    for author in everybody:
        world.say(author, at + world.rng.randint(0, 900_000), urls=["https://one.example/"])
    for number in range(8):
        at, urls = world.moment(), [f"https://viral{number}.example/"]
        for author in world.rng.sample(everybody, 400):
            world.say(author, at + world.rng.randint(0, 900_000), urls=urls)
    assert find_coordination(world.frame()).flagged == frozenset()


def test_shapes() -> None:
    assert shape_of([1, 2], [(1, 2)]) == ("pair", None)
    assert shape_of([1, 2, 3], [(1, 2), (2, 3)]) == ("star", 2)
    assert shape_of([1, 2, 3, 4], [(1, 2), (2, 3), (3, 4)]) == ("chain", None)
    assert shape_of([1, 2, 3], [(1, 2), (2, 3), (1, 3)]) == ("group", None)
    assert shape_of([1, 2, 3, 4], [(1, 2), (2, 3)]) == ("group", None)


def test_leaves_hang_on_their_strongest_pair_and_the_rest_are_trees() -> None:
    np = pytest.importorskip("numpy")
    group_of = np.array([0, 1, -1, -1, -1, -1])
    ties = {(0, 2): 3.0, (1, 2): 5.0, (2, 3): 1.0, (4, 5): 2.0}
    grown = attach_leaves(group_of, ties)
    assert grown.tolist() == [0, 1, 1, 1, -1, -1]
    assert tree_groups(grown, ties) == [[4, 5]]


def test_clusters_and_evidence_show_a_pair_apart_from_groups(
    workspace: Workspace, world: Any
) -> None:
    world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    follow(world, "x:lead", ["x:echo"], 25)
    index = open_index(workspace)
    index.ensure_schema()
    index.put(documents(world.rows))
    run_analysis(workspace, index)
    index.close()

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["--home", str(workspace.home), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    shown = json.loads(call("--json", "clusters"))
    assert [len(cluster["accounts"]) for cluster in shown["clusters"]] == [7]
    assert (shown["stars"], shown["chains"]) == ([], [])
    (pair,) = shown["pairs"]
    assert (pair["shape"], pair["hub"], len(pair["accounts"])) == ("pair", None, 2)
    (following,) = pair["following"]
    assert (following["times"], following["of"]) == (25, 25)
    assert {following["leader"], following["follower"]} == {a["id"] for a in pair["accounts"]}
    one = json.loads(call("--json", "clusters", pair["id"]))
    assert one["clusters"] == []
    assert one["pairs"][0]["edges"][0]["evidence"][0]["published_at"][0]
    assert "pair" in call("clusters")
    assert "25 of 25 times" in call("clusters", pair["id"])
    assert json.loads(call("--json", "evidence", pair["id"]))["total"] == 12
    call("mark", pair["id"], "benign")
    assert json.loads(call("--json", "clusters"))["pairs"][0]["status"] == "cleared"


def test_a_study_with_a_pair_is_sealed_and_verified(
    workspace: Workspace, world: Any, tmp_path: Path
) -> None:
    follow(world, "x:lead", ["x:echo"], 25)
    index = open_index(workspace)
    index.ensure_schema()
    index.put(documents(world.rows))
    run_analysis(workspace, index)
    index.close()
    sealed = tmp_path / "study.json"
    for arguments in (["seal", str(sealed)], ["verify", str(sealed)]):
        done = CliRunner().invoke(cli, ["--home", str(workspace.home), "study", *arguments])
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_star_of_many_leaves_stays_a_star(make_world: Any, seed: int) -> None:
    """Of fifteen pairs of leaves one meets by chance more often than not."""
    world = make_world(seed=seed, people=200, each=6)
    for n in range(24):
        leaf, at = f"x:l{n % 6}", world.moment()
        post = world.say("x:hub", at)
        world.say(leaf, at + world.rng.randint(2_000, 20_000), repost_of=post)
        at, page = world.moment(), [f"https://hub.example/{n}"]
        world.say("x:hub", at, urls=page)
        world.say(leaf, at + 9_000, urls=page)
    found = find_coordination(world.frame())
    assert [(s.shape, s.hub, len(s.accounts)) for s in found.structures] == [("star", "x:hub", 7)]
    assert found.clusters == ()
