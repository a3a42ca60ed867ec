"""Votes and snoozes on Today, Timeline and Monitors reach the store of the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from dashboard.components.stories.snoozes import FILE, snooze, snoozed
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.app.cli import cli
from tocsin.core.workspace import Workspace


def answer(world: World, *arguments: str) -> Any:
    call = ["--home", str(world.home), "--json", *arguments]
    result = CliRunner().invoke(cli, call, standalone_mode=False)
    assert result.exception is None, (result.exception, result.output)
    return json.loads(result.stdout)


def test_a_vote_on_today_is_that_of_the_command(visit: Visit, own_world: World) -> None:
    page = visit(own_world.home, "today", lang="fr")
    assert "pin=signal%3As-dam" in text(page)
    page.button(key="vote_useful_story_0").click().run()
    assert not page.exception
    votes = answer(own_world, "signals")["votes"]
    assert (votes["judged"], votes["useful"]) == (1, 1)
    said = text(page)
    assert "Sur 1 alerte" in said or "1 alerte jugée" in said
    page.button(key="vote_useful_story_0").click().run()
    assert answer(own_world, "signals")["votes"]["judged"] == 0


def keys(page: AppTest) -> list[str | None]:
    return [button.key for button in page.button]


def test_a_story_that_is_snoozed_waits_and_comes_back(visit: Visit, own_world: World) -> None:
    page = visit(own_world.home, "today")
    shown = len([key for key in (0, 1, 2) if f"snooze_story_{key}" in keys(page)])
    page.button(key="snooze_story_0").click().run()
    said = text(page)
    assert f"snooze_story_{shown - 1}" not in keys(page)
    assert "1 story or alert is put off for a day." in said
    page.button(key="bring_back").click().run()
    assert f"snooze_story_{shown - 1}" in keys(page)
    assert json.loads((own_world.home / FILE).read_text(encoding="utf-8")) == {}


def test_a_snooze_ends_and_a_broken_file_puts_nothing_off(own_world: World) -> None:
    workspace, now = Workspace(own_world.home), datetime.now(UTC)
    snooze(workspace, "signal:s1", now + timedelta(hours=1))
    assert set(snoozed(workspace)) == {"signal:s1"}
    assert snoozed(workspace, now + timedelta(hours=2)) == {}
    for broken in ("{", "[1]", '{"a": 3}', '{"a": "2026-01-01"}'):
        (own_world.home / FILE).write_text(broken, encoding="utf-8")
        assert snoozed(workspace) == {}


def test_findings_are_pinned_from_their_pages(visit: Visit, own_world: World) -> None:
    places = {
        "coordination": ({}, "pin=cluster%3Ac-water"),
        "narratives": ({"id": "n-dam"}, "pin=narrative%3An-dam"),
        "spread": ({"q": "narrative:n-dam"}, "pin=narrative%3An-dam"),
        "source": ({"subject": "x:7001"}, "pin=account%3A"),
    }
    for page, (parameters, link) in places.items():
        said = text(visit(own_world.home, page, **parameters))  # type: ignore[arg-type]
        assert link in said, page
