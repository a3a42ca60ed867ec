"""Pairs, stars and chains on the page of coordination: apart from the groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from index.base import Index
from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core import findings as kinds
from tocsin.core.workspace import Workspace


@pytest.fixture
def index(own_world: World) -> Any:
    opened = open_index(Workspace(own_world.home))
    yield opened
    opened.close()


def with_pair(index: Index) -> tuple[kinds.Structure, list[kinds.Cluster]]:
    """The groups, and a pair made of two accounts of the first."""
    tested = next(f for f in index.findings("tested") if isinstance(f, kinds.Tested))
    clusters = [c for c in index.findings("cluster") if isinstance(c, kinds.Cluster)]
    group = next(c for c in clusters if c.status == "flagged")
    two = sorted(group.accounts, key=lambda m: m.id)[:2]
    fields = {
        name: getattr(group, name)
        for name in group.__dataclass_fields__
        if name not in ("id", "name", "accounts", "kind")
    }
    leader, follower = two[0].id, two[1].id
    follows = kinds.Following(leader=leader, follower=follower, times=24, of=25, seconds=9.0)
    own = {"id": "s-pair", "accounts": tuple(two), "q_value": 1e-9, "following": (follows,)}
    pair = kinds.Structure(**{**fields, **own})
    index.publish(
        [tested, *clusters, pair],
        kinds=("tested", "cluster", "edge", "structure", "tie"),
        generation="g2",
    )
    return pair, clusters


@pytest.mark.parametrize(
    ("language", "groups", "others", "name", "followed"),
    [
        ("en", "Groups (", "Pairs, stars, chains (1)", "Pair 1", "24 of 25 times"),
        ("fr", "Groupes (", "Paires, étoiles, chaînes (1)", "Paire 1", "24 fois sur 25"),
    ],
)
def test_pairs_stand_apart_from_groups(
    visit: Visit,
    own_world: World,
    index: Index,
    language: str,
    groups: str,
    others: str,
    name: str,
    followed: str,
) -> None:
    pair, clusters = with_pair(index)
    page = visit(own_world.home, "coordination", lang=language)
    said = text(page)
    assert name not in said
    tab = next(c for c in page.get("button_group") if c.key == "shape")
    assert [groups in tab.options[0], tab.options[1]] == [True, others]
    page = visit(own_world.home, "coordination", lang=language, cluster=pair.id)
    assert not page.exception
    said = text(page)
    assert name in said
    assert followed in said
    assert clusters[0].id not in said


def test_without_pairs_nothing_is_to_choose(visit: Visit, own_world: World) -> None:
    page = visit(own_world.home, "coordination")
    assert "shape" not in [c.key for c in page.get("button_group")]


def test_a_benign_account_leaves_its_pair(visit: Visit, own_world: World, index: Index) -> None:
    pair, _ = with_pair(index)
    index.put_mark(pair.accounts[0].id, "benign")
    page = visit(own_world.home, "coordination", cluster=pair.id)
    assert not page.exception
    assert replace(pair).under(index.marks()).status == "cleared"


@pytest.mark.parametrize(
    ("language", "gone", "another"),
    [
        ("en", "There is no group c-nowhere in the last analysis", "is another one"),
        ("fr", "Il n’y a pas de groupe c-nowhere dans la dernière analyse", "en est un autre"),
    ],
)
def test_an_address_of_a_group_that_is_gone_says_that_another_one_opens(
    visit: Visit, own_world: World, language: str, gone: str, another: str
) -> None:
    said = text(visit(own_world.home, "coordination", lang=language, cluster="c-nowhere"))
    assert gone in said
    assert another in said
    assert another not in text(visit(own_world.home, "coordination", lang=language))
