"""The dial and other tools' rules on the page of coordination: figures, and the posts behind."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dashboard.components import expert
from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tests.graph.conftest import World as Posts
from tests.graph.test_clusters_command import documents
from tocsin.app.cli import cli
from tocsin.core.workspace import Workspace


def analysed(home: Path, seed: int = 1) -> Path:
    """A clear group, one that shows with more error allowed, and two who meet twice."""
    posts = Posts(seed)
    posts.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    slow: dict[str, Any] = {"part": 1.0, "spread": 3_000_000}
    posts.group("w", 3, 3, lambda i: {"urls": [f"https://news.example/{i}"]}, **slow)
    for n in range(2):
        at = posts.moment()
        for who in ("x:lone0", "x:lone1"):
            posts.say(who, at, urls=[f"https://twice.example/{n}"])
    for _ in range(4):
        posts.say("x:lone0", posts.moment())
        posts.say("x:lone1", posts.moment())
    home.mkdir(parents=True, exist_ok=True)
    settings = "[privacy]\npseudonymise = false\n[graph]\nfalse_discovery_rate = 1e-12\n"
    (home / "tocsin.toml").write_text(settings, encoding="utf-8")
    with closing(open_index(Workspace(home))) as index:
        index.ensure_schema()
        index.put(documents(posts.rows))
    run(home, "analyse")
    return home


def run(home: Path, *arguments: str) -> Any:
    return CliRunner().invoke(
        cli, ["--home", str(home), *arguments], catch_exceptions=False, standalone_mode=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return analysed(tmp_path_factory.mktemp("expert") / "home")


@pytest.mark.parametrize(
    ("language", "title", "found", "nobody"),
    [
        ("en", "For experts", "Only by the rule (2)", "too few different things"),
        ("fr", "Pour experts", "Par la règle seule (2)", "trop peu de choses différentes"),
    ],
)
def test_the_dial_and_the_rules_stand_beside_ours(
    visit: Visit, home: Path, language: str, title: str, found: str, nobody: str
) -> None:
    closed = text(visit(home, "coordination", lang=language))
    assert title in closed
    assert "CooRTweet" not in closed  # nothing is worked out before somebody opens it
    page = visit(home, "coordination", lang=language, expert="open")
    shown = text(page)
    assert "CooRTweet" in shown
    page.selectbox(key="rules_rule").select("co_link").run()
    shown = text(page)
    assert found in shown
    assert nobody in shown
    assert "explore?q=author%3Ax%3Alone0" in shown
    assert shown.count("<article") >= 4  # the two posts of each of the two, beside the group's


@pytest.mark.parametrize(
    ("language", "more", "keep"),
    [("en", "Flagged there and not now (", "run tocsin analyse"),
     ("fr", "Signalés là et pas maintenant (", "relancez tocsin analyse")],
)  # fmt: skip
def test_who_comes_with_another_setting(
    visit: Visit, home: Path, language: str, more: str, keep: str
) -> None:
    page = visit(home, "coordination", lang=language, expert="open")
    assert more not in text(page)  # the setting in force changes nothing
    page.select_slider(key="dial_rate").set_value(0.2).run()
    shown = text(page)
    assert more in shown
    assert keep in shown
    assert 'error = "explore"' in "".join(element.value for element in page.code)
    counted = shown.split(more)[1].split(")")[0]
    assert int(counted) == 3
    assert "explore?q=author%3Ax%3Aw0" in shown
    assert "news.example" in shown


def test_posts_that_changed_are_said(visit: Visit, tmp_path: Path) -> None:
    home = analysed(tmp_path / "home")
    with closing(open_index(Workspace(home))) as index:
        row = {"id": "x:late", "author": "x:late", "handle": "late", "text": "late"}
        index.put(documents([Posts().rows[0] | row]))
    shown = text(visit(home, "coordination", lang="fr", expert="open"))
    assert "ancez d’abord `tocsin analyse`" in shown
    assert "scellez" not in shown


def test_many_posts_wait_for_a_click(
    visit: Visit, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expert, "AT_ONCE", 100)
    page = visit(home, "coordination", expert="open")
    assert "CooRTweet" not in text(page)
    page.button(key="expert_ask").click().run()
    assert "CooRTweet" in text(page)
