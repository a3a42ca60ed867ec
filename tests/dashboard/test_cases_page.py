"""The page Cases, and pinning from the other pages: in two clicks, with what was said then."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.app.cli import cli

HOSTILE = "<script>alert(1)</script> :material/bolt: [x](javascript:alert(1))"


def case(world: World, *arguments: str) -> Any:
    call = ["--home", str(world.home), "--json", "case", *arguments]
    result = CliRunner().invoke(cli, call, standalone_mode=False)
    assert result.exception is None, (result.exception, result.output)
    return json.loads(result.stdout)


def test_without_cases_the_page_says_how_to_begin(visit: Visit, own_world: World) -> None:
    said = text(visit(own_world.home, "cases", lang="fr"))
    assert "Il n’y a pas encore d’enquête" in said
    assert "There is no case" not in said
    page = visit(own_world.home, "cases")
    page.text_input(key="new_title").set_value("The dam")
    page.button[0].click().run()
    assert not page.exception
    assert page.query_params["case"] in ("c1", ["c1"])
    assert 'c1 · <bdi dir="auto">The dam</bdi>' in text(page)
    assert case(own_world, "list")["cases"][0]["title"] == "The dam"


def test_one_case_shows_then_and_now(visit: Visit, own_world: World) -> None:
    case(own_world, "new", HOSTILE, "--question", HOSTILE)
    case(own_world, "pin", "c1", "cluster:c-water", "narrative:n-dam", "x:1", "--note", HOSTILE)
    case(own_world, "technique", "c1", "p1", "T0092", "--reason", HOSTILE)
    case(own_world, "note", "c1", HOSTILE)
    for lang, words in (("en", "What it said then"), ("fr", "Ce qui était dit alors")):
        page = visit(own_world.home, "cases", case="c1", lang=lang)
        said = text(page)
        assert not page.exception
        assert words in said
        assert "T0092" in said
        assert "<script>" not in said
    assert "20 messages copiés (sur" in said
    assert "explore?q=cluster%3Ac-water" in said
    assert "There is no case c9" in text(visit(own_world.home, "cases", case="c9"))


def test_a_case_is_worked_on(visit: Visit, own_world: World) -> None:
    case(own_world, "new", "The dam")
    case(own_world, "pin", "c1", "cluster:c-water")
    page = visit(own_world.home, "cases", case="c1")
    page.text_input(key="case_by").set_value("Ana").run()
    page.checkbox(key="step_c1_s1_False").check().run()
    page.text_area(key="note_text").set_value("Ask them")
    next(one for one in page.button if one.label == "Write it down").click().run()
    page.text_area(key="text_c1_p1").set_value("the centre of it")
    next(one for one in page.button if one.label == "Save the note").click().run()
    page.text_input(key="reason_c1_p1").set_value("14 within the hour")
    next(one for one in page.button if one.label == "Attach").click().run()
    assert not page.exception
    kept = case(own_world, "show", "c1")
    assert kept["checklist"][0]["done"] is True
    assert kept["notes"][0]["text"] == "Ask them"
    assert kept["pins"][0]["note"] == "the centre of it"
    assert kept["pins"][0]["techniques"][0]["reason"] == "14 within the hour"
    assert {event["by"] for event in kept["history"][2:]} == {"Ana"}
    page.selectbox(key="case_format").set_value("zip").run()
    page = page.button(key="export_case").click().run()
    assert "Download tocsin-c1-" in text(page)
    page.button(key="close_case").click().run()
    assert "Open it again" in text(page)
    assert case(own_world, "show", "c1")["status"] == "closed"


def test_a_wrong_name_is_a_sentence(visit: Visit, own_world: World) -> None:
    case(own_world, "new", "The dam")
    page = visit(own_world.home, "cases", case="c1", lang="fr")
    page.text_input(key="pin_thing").set_value("cluster:nothing")
    next(one for one in page.button if one.label == "L’épingler").click().run()
    assert "Il n’y a pas de groupe" in text(page)
    (own_world.home / "cases" / "c1.json").write_text("{", encoding="utf-8")
    said = text(visit(own_world.home, "cases", lang="fr"))
    assert "n’est pas une enquête" in said


def test_a_post_is_pinned_from_another_page_in_two_clicks(visit: Visit, own_world: World) -> None:
    case(own_world, "new", "The dam")
    shown = text(visit(own_world.home, "explore", q="barrage"))
    assert "pin=post%3Ax%3A" in shown
    page = visit(own_world.home, "explore", q="barrage", pin="post:x:1")
    assert "To which case is this pinned (post)?" in text(page)
    page.button(key="pin_to_c1").click().run()
    assert not page.exception
    assert "Pinned to c1 · The dam, as p1." in text(page)
    assert "pin" not in page.query_params
    assert page.query_params["q"] in ("barrage", ["barrage"])
    assert [pin["subject"] for pin in case(own_world, "show", "c1")["pins"]] == ["x:1"]
    page = visit(own_world.home, "today", pin="signal:s-dam", lang="fr")
    page.text_input(key="pin_new_title").set_value("Une autre")
    next(one for one in page.button if one.label == "L’ouvrir et épingler").click().run()
    assert "Épinglé à c2 · Une autre" in text(page)
    page = visit(own_world.home, "today", pin="cluster:<script>")
    page.button(key="pin_to_c1").click().run()
    assert "There is no group" in text(page)
    assert "<script>" not in text(page)


def test_a_query_and_a_chart_are_pinned_from_where_they_are_counted(
    visit: Visit, own_world: World
) -> None:
    said = text(visit(own_world.home, "explore", q="dam", languages="en", period="all"))
    assert "pin=query%3A%28dam%29+lang%3Aen" in said
    assert "pin=chart%3Atime%3A%28dam%29+lang%3Aen" in said
    assert "pin=chart%3Alang%3A" in text(visit(own_world.home, "trends", by="lang", period="all"))
    assert "pin=chart%3Atime%3Aafter" in text(visit(own_world.home, "today", period="7d"))
    page = visit(own_world.home, "explore", q="dam", pin="chart:time:(dam) lang:en", lang="fr")
    assert "graphique" in text(page)
    page.text_input(key="pin_new_title").set_value("Le barrage")
    next(b for b in page.button if b.label == "L’ouvrir et épingler").click().run()
    assert not page.exception
    said = text(visit(own_world.home, "cases", case="c1", lang="fr"))
    assert "messages dans le temps" in said
    assert "Les chiffres d’alors" in said
    assert (own_world.home / "cases" / "c1.json").exists()
