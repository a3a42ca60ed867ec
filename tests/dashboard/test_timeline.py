"""The page Timeline: alerts of a replay as flags, narratives as bands, the digest of a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.components.theme import LIGHT
from dashboard.components.timeline.charts import bands_chart, flagged_chart
from dashboard.components.volume import VolumeRow
from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.findings import Alert, LeadTime, Method
from tocsin.core.language.words import Words
from tocsin.core.messages import plain
from tocsin.core.workspace import Workspace

FLAGGED = datetime(2025, 11, 13, 6, tzinfo=UTC)


def alert(posts: tuple[str, ...]) -> Alert:
    return Alert(
        id="r0123456789",
        method=Method(name="bursts", version="1", parameters={"tick_hours": 6.0}),
        terms=("dam", "valmont"),
        flagged_at=FLAGGED,
        first_at=datetime(2025, 11, 13, 3, tzinfo=UTC),
        posts=len(posts),
        authors=3,
        p_value=1e-6,
        expected_false_per_day=0.01,
        why=plain("many"),
        post_ids=posts,
        lead=LeadTime(peaked_at=FLAGGED + timedelta(hours=9), faded_at=FLAGGED + timedelta(days=3)),
    )


@pytest.fixture
def replayed(own_world: World) -> tuple[World, int]:
    """A world in which the past was played again."""
    with_words = open_index(Workspace(own_world.home))
    posts = tuple(document.id for document in with_words.search("dam", size=7).documents)
    with_words.publish([alert(posts)], kinds=["alert"], generation="replay-1")
    assert with_words.stats().generation != "replay-1", "a replay is no analysis"
    with_words.close()
    return own_world, len(posts)


def test_without_a_replay_the_page_says_how_to_make_one(visit: Visit, world: World) -> None:
    said = text(visit(world.home, "timeline", lang="fr"))
    assert "Le passé n’a pas encore été rejoué" in said
    assert "replay</code>" in said


def test_an_alert_says_when_it_would_have_come_and_opens_its_posts(
    visit: Visit, replayed: tuple[World, int]
) -> None:
    world, posts = replayed
    test = visit(world.home, "timeline", day="2025-11-13")
    assert not test.exception
    said = text(test)
    assert "1 alert would have been raised." in said
    assert "3 h after its first post" in said
    assert "alerted 9 h before its peak" in said
    assert "faded on" in said
    assert "Of the story that has peaked since, alerted before its peak: 1." in said
    assert "The replay moves in steps of 6 h" in said
    assert "signal%3Ar0123456789" in said
    assert f"{posts} posts" in text(visit(world.home, "explore", q="signal:r0123456789"))
    other = text(visit(world.home, "timeline", day="2025-11-12"))
    assert "after its first post" not in other
    test.button(key="snooze_alert_r0123456789").click().run()
    said = text(test)
    assert "after its first post" not in said
    assert "1 story or alert is put off for a day." in said
    test.button(key="bring_back").click().run()
    assert "after its first post" in text(test)


def test_a_day_that_is_none_and_a_period_without_posts(
    visit: Visit, world: World, tmp_path: Path
) -> None:
    assert not visit(world.home, "timeline", day="soon").exception
    assert not visit(world.home, "timeline", day="1999-01-01").exception
    nothing = {"since": "1999-01-01T00:00:00Z", "until": "1999-01-02T00:00:00Z"}
    assert "No posts" in text(visit(world.home, "timeline", **nothing))
    assert "Nothing here yet" in text(visit(tmp_path / "none", "timeline"))


def test_flags_and_bands_are_drawn() -> None:
    words = Words("fr")
    rows = [VolumeRow(datetime(2025, 11, day, tzinfo=UTC), day, 1) for day in range(10, 15)]
    drawn: dict[str, Any] = flagged_chart(rows, [alert(("a",))], words, LIGHT, []).to_dict()
    assert any(
        "dam, valmont" in str(value.get("what"))
        for data in drawn["datasets"].values()
        for value in data
    )
    assert any(param["name"] == "day" for param in drawn["params"])
    one_day = 86_400_000
    bands = bands_chart([("Le barrage", rows[:1])], one_day, words, LIGHT).to_dict()
    (values,) = bands["datasets"].values()
    assert values[0]["end"] - values[0]["t"] == one_day
