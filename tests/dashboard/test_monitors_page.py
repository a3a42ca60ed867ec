"""The page Monitors: states, alerts that open their posts, trials, and the report."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.app.cli import cli

DAM = """
title = "The <b>dam</b>"
query = "barrage OR dam"
[[rules]]
kind = "volume"
factor = 2
z = 3
[[rules]]
kind = "new_group"
"""


def watched(world: World) -> None:
    (world.home / "monitors").mkdir()
    (world.home / "monitors" / "dam.toml").write_text(DAM, encoding="utf-8")


def call(world: World, *arguments: str) -> None:
    result = CliRunner().invoke(cli, ["--home", str(world.home), *arguments], standalone_mode=False)
    assert result.exception is None, result.output


def test_without_monitors_the_page_says_how_to_begin(visit: Visit, own_world: World) -> None:
    said = text(visit(own_world.home, "monitors", lang="fr"))
    assert "Rien n’est encore surveillé" in said
    assert "monitor validate" in said
    assert "Nothing" not in said


def test_a_monitor_is_tried_and_each_time_opens_its_posts(visit: Visit, own_world: World) -> None:
    watched(own_world)
    page = visit(own_world.home, "monitors")
    said = text(page)
    assert "volume above normal, a coordinated group" in said
    assert "&lt;b&gt;dam" in said
    assert "monitor enable dam" in said
    tried = text(page.button(key="try_file").click().run())
    assert "dam would have raised" in tried
    assert "explore?q=" in tried
    assert "since=2025-11-" in tried
    assert not (own_world.home / "alerts.sqlite").exists()


def test_what_rang_stands_there_with_its_state(visit: Visit, own_world: World) -> None:
    watched(own_world)
    call(own_world, "monitor", "enable", "dam")
    said = text(visit(own_world.home, "monitors"))
    assert "No alert has been raised" in said
    call(own_world, "monitor", "run", "--since", "2025-11-01")
    page = visit(own_world.home, "monitors", lang="fr")
    said = text(page)
    assert "en marche" in said
    assert "Ouvrir ses" in said
    assert "messages" in said
    waiting = [button.key for button in page.button if str(button.key).startswith("snooze_")]
    page.button(key=waiting[0]).click().run()
    assert waiting[0] not in [button.key for button in page.button]
    assert "1 sujet ou alerte est remis à demain." in text(page)


def test_a_file_that_is_wrong_is_said(visit: Visit, own_world: World) -> None:
    watched(own_world)
    (own_world.home / "monitors" / "bad.toml").write_text("query = 3\n", encoding="utf-8")
    page = visit(own_world.home, "monitors")
    assert "bad.toml, line 1" in text(page)
    page.text_area(key="own_monitor").set_value('query = "a"\nrule = 1')
    assert "monitor.toml, line 2" in text(page.button(key="try_own").click().run())


def test_the_report_is_one_click_away(visit: Visit, own_world: World) -> None:
    watched(own_world)
    page = visit(own_world.home, "monitors", lang="fr")
    made = page.button(key="make_pptx").click().run()
    assert "Télécharger tocsin-" in text(made)
    assert not made.exception


def test_a_trial_without_an_alert_is_no_error(visit: Visit, own_world: World) -> None:
    """Whoever tried a quiet query was told that the page cannot be shown."""
    folder = own_world.home / "monitors"
    folder.mkdir(exist_ok=True)
    rule = '[[rules]]\nkind = "volume"\n'
    (folder / "quiet.toml").write_text(f'query = "zebra"\n{rule}', encoding="utf-8")
    page = visit(own_world.home, "monitors")
    tried = page.button(key="try_file").click().run()
    assert not tried.exception
    assert "quiet would have raised 0 alerts" in text(tried)
    assert "cannot be shown" not in text(tried)


def test_html_that_may_be_empty_is_drawn_by_the_function_that_allows_it(root: Path) -> None:
    """Streamlit refuses empty HTML, and the whole page fails with it."""
    joined = re.compile(r'\.html\(\s*f?"[^"]{0,2}"\.join\(')
    found = [
        str(path.relative_to(root))
        for path in sorted((root / "dashboard").rglob("*.py"))
        if joined.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
