"""The page People: whose posts travel, with and without flagged accounts, and the posts behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.findings import Evidence, Influence, Method
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace

METHOD = Method(name="expected-spread", version="1")


def influence(account: str, scope: str, score: float, posts: tuple[str, ...]) -> Influence:
    return Influence(
        id=f"{scope}-{account}",
        method=METHOD,
        account=account,
        scope=scope,
        score=score,
        interval=(1.0, 2 * score),
        reach=12,
        amplified=15,
        reasons=(
            Message("influence.from_flagged", {"share": 0.75}),
            Message("influence.one_more_post", {"n": 0.0034}),
        ),
        caveats=(Message("influence.unresolved", {"n": 4_711}),),
        evidence=(
            Evidence(
                signal="influence",
                object=posts[0],
                posts=posts,
                why=Message("influence.post_taken_up", {"n": 12, "post": posts[0]}),
            ),
        ),
    )


def publish(home: Path, findings: list[Influence]) -> None:
    index = open_index(Workspace(home))
    index.publish(findings, kinds=("influence",), generation="g7")
    index.close()


@pytest.fixture
def measured(own_world: World) -> World:
    """Two accounts in the rank of all, of which one is of the campaign and leaves the other."""
    campaign, organic = own_world.campaign[0], "x:1003"
    index = open_index(Workspace(own_world.home))
    posts = {
        account: index.search(f'author:"{account}"', size=1).documents[0].id
        for account in (campaign, organic)
    }
    index.close()
    publish(
        own_world.home,
        [
            influence(campaign, "all", 30.4, (posts[campaign],)),
            influence(organic, "all", 20.0, (posts[organic],)),
            influence(organic, "without-coordinated", 19.0, (posts[organic],)),
        ],
    )
    return own_world


def test_each_rank_has_its_reasons_its_posts_and_its_group(visit: Visit, measured: World) -> None:
    page = visit(measured.home, "people")
    said = text(page)
    assert "Expected spread 30 (95% interval 1 to 61)" in said
    assert "75% of its amplification came from accounts that acted together" in said
    once = "".join(str(part.proto.body) for part in page.get("html"))
    assert once.count("4,711 reposts") == 1  # of all posts, and not of one account
    assert once.count("It is a flagged account: without these it has no rank.") == 1
    assert "would reach <\u202f0.01 account" in said or "would reach &lt;\u202f0.01 account" in said
    assert "in Group 1" in said
    assert "coordination?cluster=c-water" in said
    assert "Without flagged accounts: rank 1." in said
    assert "amplified by 12 accounts" in said
    for account in (measured.campaign[0], "x:1003"):
        assert f"@{account}" not in said
    assert "acct-" in said


@pytest.mark.parametrize("address", [{"organic": "1"}, {"scope": "without-coordinated"}])
def test_without_flagged_accounts_only_the_others_are_ranked(
    visit: Visit, measured: World, address: dict[str, str]
) -> None:
    """One choice for it on every page; links sent when People had its own still lead there."""
    page = visit(measured.home, "people", lang="fr", **address)
    said = text(page)
    assert "scope" not in page.query_params
    assert "Diffusion attendue 19" in said
    assert "Diffusion attendue 30" not in said
    assert "Avec les comptes signalés\u202f: rang 2." in said
    assert "messages dans cette période" not in said  # nothing else is left out


def test_one_choice_leaves_flagged_accounts_out(visit: Visit, measured: World) -> None:
    page = visit(measured.home, "people")
    choices = [option for group in page.button_group for option in group.options]
    assert choices.count("Without flagged accounts") == 1


def test_nothing_measured_says_what_to_run(visit: Visit, own_world: World) -> None:
    said = text(visit(own_world.home, "people"))
    assert "Nobody has been measured yet" in said
    assert "analyse" in said


def test_nobody_taken_up_is_a_sentence(visit: Visit, own_world: World) -> None:
    publish(own_world.home, [])
    assert "No post here is a repost" in text(visit(own_world.home, "people"))
