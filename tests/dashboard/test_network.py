"""The page Network: the map, the account that is chosen, the table beside it, and its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.network import canvas, communities, picture, table
from dashboard.components.network.appearance import OWN_COLOURS, Appearance, list_colours
from dashboard.components.network.conversation import Conversation
from dashboard.components.theme import DARK, LIGHT
from dashboard.screenshots import chromium, serve_dashboard
from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tests.dashboard.walk import Walker
from tests.dashboard.world import END, World, build
from tocsin.core.documents import Author, Document, Link, LinkKind, content_hash
from tocsin.core.language.words import Words
from tocsin.core.workspace import Workspace

HOSTILE = '"><img src=http://tracker.example/a.png onerror=alert(1)>'


def repost(number: int, author: str, of: str, handle: str | None = None) -> Document:
    words = f"again {number}"
    return Document(
        id=f"x:again{number}",
        platform="x",
        source="x.example",
        lang="fr" if number % 2 else "en",
        text=words,
        published_at=END - timedelta(minutes=10 + number),
        collected_at=END,
        author=Author(id=author, handle=handle or f"user_{author.partition(':')[2]}"),
        links=(Link(LinkKind.REPOST, of),),
        content_hash=content_hash(None, words),
    )


def talk(world: World) -> None:
    """Reposts: the campaign among itself, twenty people of one, and somebody of a hostile name."""
    workspace = Workspace(world.home)
    with closing(open_index(workspace)) as index:
        first = {
            author: index.search(f"author:{author}", order="oldest", size=1).documents[0].id
            for author in (*world.campaign, "x:1001", "x:1002")
        }
        posts = [
            repost(n, a, first[b])
            for n, (a, b) in enumerate(
                (a, b) for a in world.campaign for b in world.campaign[:4] if a != b
            )
        ]
        posts += [repost(500 + n, f"x:{1010 + n}", first["x:1001"]) for n in range(20)]
        posts.append(repost(600, "x:1002", first["x:1001"]))
        posts.append(repost(601, "x:evil", first["x:1001"], HOSTILE))
        index.put(posts)
        index.refresh()


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world, with reposts and pseudonyms."""
    world = build(tmp_path_factory.mktemp("talking") / "home")
    talk(world)
    return world


def arguments(test: AppTest) -> dict[str, Any]:
    """What the map was given."""
    import json

    (component,) = test.get("component_instance")
    given: dict[str, Any] = json.loads(component.proto.json_args)
    return given


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_map_and_the_same_as_a_table(visit: Visit, talking: World, lang: str) -> None:
    test = visit(talking.home, "network", lang=lang)
    assert not test.exception
    said = text(test)
    sentence = (
        "Who reposts whom: 37 accounts with 68 connections between them form 2 communities."
        if lang == "en"
        else "Qui partage qui\u202f: 37 comptes et 68 liens entre eux forment 2 communautés."
    )
    assert sentence in said
    given = arguments(test)
    assert len(given["nodes"]) == 37
    assert given["lang"] == lang
    assert all(row[0] == row[1] and row[0].startswith("acct-") for row in given["nodes"])
    for row in given["nodes"][:5]:
        assert row[0] in said  # the twin, and the search
    assert "x:1001" not in str(given)
    assert HOSTILE not in said + str(given)


def test_an_account_that_is_chosen(visit: Visit, talking: World) -> None:
    key = arguments(visit(talking.home, "network"))["nodes"]
    test = visit(talking.home, "network", account=key[0][0])
    said = text(test)
    assert arguments(test)["pointed"][0] == key[0][0]
    assert f"subject={key[0][0]}" in said  # its dossier
    assert "On this map connected most with" in said
    test.button(key="neighbour_0").click().run()
    assert test.query_params["account"] != key[0][0]
    gone = text(visit(talking.home, "network", account="acct-nobodynobody"))
    assert "is not on this map" in gone


def test_an_account_is_found_by_its_name(visit: Visit, talking: World) -> None:
    test = visit(talking.home, "network")
    key = arguments(test)["nodes"][3][0]
    test.selectbox(key="network_find").select(key).run()
    assert test.query_params["account"] == key
    assert arguments(test)["pointed"][0] == key


def test_a_flagged_account_stands_with_its_group_and_the_q_behind_a_fold(
    visit: Visit, talking: World
) -> None:
    test = visit(talking.home, "network", colour="flagged")
    said = text(test)
    assert "coordination?cluster=" in said
    flagged = [row[0] for row in arguments(test)["nodes"] if row[5] != OWN_COLOURS]
    assert len(flagged) == len(talking.campaign)
    chosen = text(visit(talking.home, "network", account=flagged[0]))
    before, _, after = chosen.partition("<summary>How do we know?</summary>")
    assert "coordination?cluster=" in before
    assert "q = " not in before
    assert "q = " in after


def test_without_flagged_accounts_and_with_a_language(visit: Visit, talking: World) -> None:
    test = visit(talking.home, "network", organic="1")
    assert len(arguments(test)["nodes"]) == 23
    assert len(arguments(visit(talking.home, "network", languages="fr"))["nodes"]) < 37


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("by", ["quote", "mention", "reply"])
def test_too_few_accounts_are_said(visit: Visit, talking: World, lang: str, by: str) -> None:
    test = visit(talking.home, "network", by=by, lang=lang)
    assert not test.exception
    assert not test.get("component_instance")
    assert Words(lang)(f"conversation.nobody.{by}") in text(test)


def test_pairs_that_act_together(visit: Visit, talking: World) -> None:
    test = visit(talking.home, "network", by="coordination")
    assert not test.exception
    assert "whatever the period" in text(test)


def test_a_narrative_leads_to_its_network(visit: Visit, talking: World) -> None:
    assert "network?q=narrative%3An-dam" in text(visit(talking.home, "narratives", id="n-dam"))
    assert not visit(talking.home, "network", q="narrative:n-dam").exception


def test_mistakes_and_no_workspace_are_said(visit: Visit, talking: World, tmp_path: Path) -> None:
    assert 'role="alert"' in text(visit(talking.home, "network", q="author:("))
    assert "Nothing here yet" in text(visit(tmp_path / "none", "network"))


# -- without a page


def conversation(number: int = 30) -> Conversation:
    """A ring of accounts, the first of a hostile name."""
    nodes = [
        {
            "id": f"x:{n}", "handle": None, "platform": "x", "posts": n, "received": float(n),
            "given": 1.0, "neighbours": 2, "community": n % 9 + 1, "flagged": None,
            "x": n / number, "y": -n / number,
        }
        for n in range(number)
    ]  # fmt: skip
    groups = [
        {"id": k + 1, "accounts": 3, "posts": 3, "flagged": 0, "central": [f"x:{k}"],
         "narrative": None, "inside": 1.0}
        for k in range(9)
    ]  # fmt: skip
    edges = [
        {"source": f"x:{n}", "target": f"x:{(n + 1) % number}", "weight": 2.0}
        for n in range(number)
    ]
    names = {f"x:{n}": f"=name {n}" for n in range(number)} | {"x:29": HOSTILE}
    document = {
        "nodes": nodes, "edges": edges, "communities": groups, "by": "repost",
        "directed": True,
    }  # fmt: skip
    return Conversation(document, names, {f"x:{n}": f"x:{n}" for n in range(number)}, "{}")


def test_a_picture_holds_hostile_names_as_text() -> None:
    look = Appearance(conversation(), "received", "community")
    legend = [("1. around <b>", 0)]
    svg = picture.as_svg(look, LIGHT, title="T", notes=["n " * 200], legend=legend)
    from xml.etree import ElementTree

    root = ElementTree.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "rect", "text", "g", "line", "circle"}
    assert b"tracker.example" in svg
    assert picture.as_png(svg).startswith(b"\x89PNG")


def test_colours_are_said_once_and_the_rest_shares_one() -> None:
    look = Appearance(conversation(), "received", "community")
    assert [look.place(n) for n in (1, 7, 8, 9, None)] == [0, 6, 7, 7, 7]
    assert len(list_colours(LIGHT)) == len(list_colours(DARK)) == OWN_COLOURS + 1
    flagged = Appearance(conversation(), "received", "flagged")
    assert {flagged.colour_of(node) for node in flagged.conversation.nodes} == {OWN_COLOURS}


def test_what_the_browser_is_given_is_small() -> None:
    given = canvas.arguments(
        Appearance(conversation(), "received", "community"), Words("en"), LIGHT, ("x:3", 1)
    )
    assert len(given["edges"]) == 30
    assert all(0 <= weight <= 1 for *_, weight in given["edges"])
    other = canvas.arguments(
        Appearance(conversation(), "posts", "flagged"), Words("fr"), DARK, ("", 0)
    )
    assert other["pointed"] == ["", 0]
    # lines are seen, and those of the account that is chosen more
    assert (given["theme"]["line"], given["theme"]["near"]) == ("#bec2c6", "#787a7c")
    assert other["theme"]["line"] != other["theme"]["near"] != other["theme"]["background"]


def test_a_click_that_is_none_selects_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    for said, account in (
        ({"account": "x:1"}, "x:1"),
        ({"account": ""}, ""),
        ({"account": "y" * 999}, "before"),
        ({"account": {"a": 1}}, "before"),
        ("x", "before"),
        (None, "before"),
    ):
        state = {canvas.KEY: said, "account": "before"}
        monkeypatch.setattr(st, "session_state", state)
        canvas.take_click()
        assert state["account"] == account


def test_a_click_sends_no_map_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    assert canvas.point_at("x:1") == ("x:1", 1)
    assert canvas.point_at("x:1") == ("x:1", 1)
    state[canvas.KEY] = {"account": "x:2"}
    canvas.take_click()
    assert canvas.point_at(state["account"]) == ("x:1", 1)
    assert canvas.point_at("x:1") == ("x:1", 2)  # found by its name again
    assert canvas.point_at("") == ("", 3)


class _Context:
    """What files need of a context."""

    words = Words("fr")


def test_no_cell_is_a_formula() -> None:
    read = table.accounts_csv(_Context(), conversation()).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv.DictReader(io.StringIO(read), delimiter=";"))
    assert len(rows) == 30
    assert rows[1]["name"] == "'=name 1"
    assert communities.SHOWN


def test_what_is_bundled_is_named(root: Path) -> None:
    import json

    folder = root / "dashboard" / "components" / "network" / "frontend"
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    notice = (root / "NOTICE").read_text(encoding="utf-8")
    licences = (folder / "built" / "LICENCES.txt").read_text(encoding="utf-8")
    for name in ("sigma", "graphology", "graphology-utils", "events"):
        version = lock["packages"][f"node_modules/{name}"]["version"]
        assert f"{name} {version} (MIT)" in licences
        assert f"{name} {version}" in notice
    script = (folder / "built" / "map.js").read_text(encoding="utf-8")
    assert "http://" not in script.replace("http://www.w3.org/", "")


# -- in a browser


@pytest.fixture(scope="module")
def talking_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    world = build(tmp_path_factory.mktemp("open_talk") / "home", pseudonymise=False)
    talk(world)
    with serve_dashboard(world.home) as at:
        yield at


# What was drawn last on each canvas stays with it.
WATCH_NAMES = """
const {fillText, clearRect} = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  (this.canvas.names ||= []).push(text);
  return fillText.apply(this, arguments);
};
CanvasRenderingContext2D.prototype.clearRect = function () {
  this.canvas.names = [];
  return clearRect.apply(this, arguments);
};
"""


@pytest.mark.browser
@pytest.mark.skipif(chromium() is None, reason="needs Chromium")
@pytest.mark.xdist_group("browser")
def test_names_on_the_map_lie_on_no_other(browser: Any) -> None:
    """The name of the larger account is drawn, whatever comes first."""
    nodes = [
        ["x:1", "behind_another", 0.5, 0.5, 8, 0, True],
        ["x:2", "in_front", 0.501, 0.501, 14, 0, True],
        ["x:3", "apart", 0, 0, 8, 0, True],
        ["x:4", "elsewhere", 1, 1, 8, 0, True],
    ]
    colours = dict.fromkeys(
        ("background", "ink", "line", "calm", "near", "panel", "border"), "#777"
    )
    words = dict.fromkeys(("label", "cannot", "zoom_in", "zoom_out", "whole"), "word")
    given = {
        "map": "m", "nodes": nodes, "edges": [[0, 1, 1.0]], "colours": ["#a00"], "lang": "en",
        "theme": colours, "words": words, "height": 400, "pointed": ["", 0],
    }  # fmt: skip
    context = browser.new_context(viewport={"width": 390, "height": 600})
    context.add_init_script(WATCH_NAMES)
    page = context.new_page()
    page.goto((Path(canvas.__file__).parent / "frontend" / "built" / "index.html").as_uri())
    page.evaluate("args => postMessage({type: 'streamlit:render', args}, '*')", given)
    page.wait_for_selector("body[data-drawn]")
    names = page.evaluate("document.querySelector('canvas.sigma-labels').names")
    assert sorted(names) == ["apart", "elsewhere", "in_front"]
    context.close()


@pytest.mark.browser
@pytest.mark.skipif(chromium() is None, reason="needs Chromium")
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(
    ("width", "language", "theme"), [(1440, "en", "light"), (390, "fr", "dark")]
)
def test_an_account_is_chosen_on_the_map(
    browser: Any, talking_address: str, width: int, language: str, theme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 1000}, color_scheme=theme, locale=language
    )
    context.set_default_timeout(60_000)
    walker = Walker(context.new_page())
    page = walker.page
    walker.open(f"{talking_address}/network?lang={language}")
    frame = page.wait_for_selector("iframe[title*=tocsin_map]").content_frame()
    frame.wait_for_selector("body[data-drawn]")
    spot = frame.evaluate("placeOf('x:1001')")
    frame.locator("#map").click(position={"x": round(spot["x"]), "y": round(spot["y"])})
    panel = page.locator(".st-key-network_panel")
    panel.locator("h2:has-text('@user_1001')").wait_for()
    assert "account=x%3A1001" in page.url
    assert panel.locator("a[href*='source?subject=x%3A1001']").count() == 1
    # the hostile name is text
    assert page.locator("img[src*=tracker]").count() == 0
    walker.settle()
    assert walker.faults() + walker.boxes() + walker.foreign(language) == []
    assert (walker.errors, walker.elsewhere(), walker.dialogs) == ([], [], [])
    context.close()
