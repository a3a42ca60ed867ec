"""Explore: which posts, how many, in what order, and what to ask next."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import sanitize
from dashboard.components.explore.highlights import finder
from index.connect import open_index
from index.query import parse
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.app.monitors.files import read_monitor
from tocsin.core.documents import Annotation
from tocsin.core.workspace import Workspace

pytestmark = pytest.mark.usefixtures("streamlit_caches")


def cards(test: AppTest) -> list[str]:
    """The HTML of each post on the page."""
    posts = next(e.proto.body for e in test.get("html") if "<article" in e.proto.body)
    return str(posts).split("</article>")[:-1]


def acted(card: str) -> int:
    return sum(map(int, re.findall(r"(\d+) (?:likes?|reposts?|replies|reply|quotes?)", card)))


def test_posts_with_most_engagement_come_first_page_by_page(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore", order="engagement")
    assert not test.exception
    first = [acted(card) for card in cards(test)]
    test.button(key="next").click().run()
    second = [acted(card) for card in cards(test)]
    assert len(first) == len(second) == 20
    assert first + second == sorted(first + second, reverse=True)
    assert first[0] > second[-1]


# -- marked words


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("cafe", "Le CAFÉ, le café", ["CAFÉ", "café"]),
        ('"prix du pain"', "le prix du  Pain et le prix", ["prix du  Pain"]),
        ("clim*", "climat et CLIMATS, anticlimat", ["climat", "CLIMATS"]),
        ("eau -jus", "eau et jus", ["eau"]),
        ("eau OR (water lang:fr)", "water, eau", ["water", "eau"]),
        ("~carburant", "des carburants, un carburant", ["carburants", "carburant"]),
        ("hashtag:cop28", "cop28 #COP28", ["#COP28"]),
        ("climat", "#climat climat", ["climat"]),
        ("日本", "日本語", ["日本"]),
        ("lang:fr", "fr", []),
        ("oeuvre", "l’œuvre d’art", ["œuvre"]),
        ("b", "<b>b</b> a&b", ["b", "b", "b", "b"]),
    ],
)
def test_what_matched_is_marked_as_it_is_written(query: str, text: str, marked: list[str]) -> None:
    find = finder(parse(query))
    body = sanitize.post_body(text, more="more", cut="cut", find=find)
    assert re.findall("<mark>(.*?)</mark>", body) == marked
    shown = html.unescape(re.sub("</?mark>|</?div[^>]*>", "", body))
    assert shown == text, "marks add nothing to a text and take nothing away"


def test_a_preview_begins_near_what_matched() -> None:
    text = "word " * 400 + "barrage " + "word " * 400
    body = sanitize.post_body(text, more="more", cut="cut", find=finder(parse("barrage")))
    preview = body.partition("<details")[0]
    assert "<mark>barrage</mark>" in preview
    assert len(preview) < 700
    assert "<mark>" not in sanitize.post_body(text, more="more", cut="cut")


# -- on the page


def box(test: AppTest) -> str:
    return str(test.text_input(key="q").value)


def test_posts_show_what_matched_and_can_leave_out_their_author(visit: Visit, world: Any) -> None:
    first = cards(visit(world.home, "explore", q="barrage", lang="fr"))[0]
    assert "<mark>barrage</mark>" in first.lower()
    assert "Sans ce compte" in first
    (address,) = re.findall(r'href="explore\?([^"]*-author[^"]*)"', html.unescape(first))
    query = parse_qs(address)["q"][0]
    left = visit(world.home, "explore", q=query)
    assert re.search(r"-author:acct-\w+$", query)
    assert all(query.rpartition(":")[2] not in card.partition("<footer>")[0]
               for card in cards(left))  # fmt: skip


def test_a_value_is_left_out_with_one_click(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore", q="barrage OR dam")
    test.button(key="not_facet_author_0").click().run()
    assert re.fullmatch(r"\(barrage OR dam\) -author:acct-\w+", box(test))
    test.button(key="open_beside").click().run()
    assert not test.exception
    beside = next(button for button in test.button if (button.key or "").startswith("beside_"))
    word = str(beside.label).partition(" ")[0]
    assert word not in ("barrage", "dam")
    test.button(key="not_" + str(beside.key)).click().run()
    assert box(test).endswith(f" -{word}")


def test_all_values_of_a_facet_can_be_seen(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore")
    shown = sum((b.key or "").startswith("facet_author_") for b in test.button)
    test.button(key="more_author").click().run()
    assert not test.exception
    assert shown == 8
    assert sum((b.key or "").startswith("facet_author_") for b in test.button) > 30


def test_forms_that_a_query_leaves_out_are_offered(visit: Visit, own_world: World) -> None:
    index = open_index(Workspace(own_world.home))
    plural = index.search("barrage", size=3).documents
    index.put([
        replace(post, id=f"x:plural{n}", text="deux barrages", title=None)
        for n, post in enumerate(plural)
    ])  # fmt: skip
    index.refresh()
    index.close()
    test = visit(own_world.home, "explore", q="barrage", lang="fr")
    offer = test.button(key="forms_barrage")
    assert "inclure 3 × barrages" in str(offer.label).replace("\\", "")
    offer.click().run()
    assert box(test) == "~barrage"
    assert not any((button.key or "").startswith("forms_") for button in test.button)


def test_the_form_writes_the_query_and_reads_it_back(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore", q="(barrage OR dam) -storm lang:fr", tool="build")
    assert test.text_input(key="form_any_of").value == "barrage, dam"
    assert test.text_input(key="form_none_of").value == "storm"
    assert test.multiselect(key="form_languages").value == ["fr"]
    test.text_input(key="form_any_of").set_value("")
    test.text_input(key="form_all_of").set_value("rupture du barrage, ~digue")
    test.text_input(key="form_since").set_value("2025-11-01")
    write = next(b for b in test.button if b.label == "Write the query")
    write.click().run()
    assert not test.exception
    assert box(test) == '"rupture du barrage" ~digue -storm lang:fr after:2025-11-01'
    assert test.query_params["tool"] == "build"
    complicated = visit(world.home, "explore", q="(a b) OR c", tool="build", lang="fr")
    assert "ne peut pas représenter toute cette requête" in text(complicated)
    assert box(complicated) == "(a b) OR c"
    for mistake in ("barrage (", "likes:x", "foo:bar"):
        assert not visit(world.home, "explore", q=mistake, tool="build").exception


def test_the_query_is_checked_on_the_page(visit: Visit, world: Any) -> None:
    said = text(visit(world.home, "explore", q="barrage OR zzzz", tool="check", lang="fr"))
    row = re.search(r"<tr>(?:(?!</tr>).)*zzzz.*?</tr>", said)
    assert row
    assert "mort" in row.group()
    assert "Ce que fait chaque terme" in said
    assert not visit(world.home, "explore", tool="check").exception


def test_a_story_that_is_gone_is_named(visit: Visit, world: Any) -> None:
    """Reports and alerts link to stories that later analyses may not find."""
    said = html.unescape(text(visit(world.home, "explore", q="narrative:n0ld narrative:n1ld")))
    assert "There is no narrative 'n0ld' in the last analysis" in said
    assert "There is no narrative 'n1ld' in the last analysis" in said
    said = text(visit(world.home, "explore", q="zzzzqqqq", lang="fr"))
    assert "la dernière analyse n’a pas" not in said


def test_two_queries_are_compared_over_the_same_posts(visit: Visit, world: Any) -> None:
    address = {"q": "barrage", "tool": "compare", "period": "7d"}
    empty = visit(world.home, "explore", **address)
    assert "Type the second query" in text(empty)
    empty.text_input(key="against").set_value("dam").run()
    assert not empty.exception
    assert empty.query_params["against"] == "dam"
    said = text(empty)
    figures = re.findall(r'data-head="(?:Posts|Share of the two)">(.*?)</td>', said)
    first, _, second, _ = (re.sub("<[^>]*>", "", figure) for figure in figures[:4])
    for query, posts in (("barrage", first), ("dam", second)):
        alone = text(visit(world.home, "explore", q=query, period="7d"))
        assert f"{posts} posts</b>" in alone
    share = round(100 * int(first) / (int(first) + int(second)))
    assert f"{share}%" in figures[1]
    assert "found by both" in said
    wrong = visit(world.home, "explore", lang="fr", **address | {"against": "autor:x"})
    assert not wrong.exception
    assert "author" in text(wrong)


def test_a_query_is_saved_as_a_monitor_that_is_off(visit: Visit, own_world: World) -> None:
    query = 'barrage OR "dam \\"breach"'
    test = visit(own_world.home, "explore", q=query, tool="save", languages="fr")
    save = next(b for b in test.button if b.label == "Save as a monitor")
    save.click().run()
    assert not test.exception
    (path,) = (own_world.home / "monitors").glob("*.toml")
    monitor = read_monitor(path)
    assert (monitor.query, monitor.languages, len(monitor.rules)) == (query, ("fr",), 1)
    assert path.stem == "barrage-or-dam-breach"
    said = text(test)
    assert "monitors?monitor=barrage-or-dam-breach" in said
    assert "monitor enable barrage-or-dam-breach" in said
    assert not (own_world.home / "alerts.sqlite").exists(), "nothing is switched on"
    next(b for b in test.button if b.label == "Save as a monitor").click().run()
    assert "There is a monitor barrage-or-dam-breach already" in text(test)
    path.unlink()
    test = visit(own_world.home, "explore", q="dam OR eau", tool="save", organic="1")
    next(b for b in test.button if b.label == "Save as a monitor").click().run()
    (path,) = (own_world.home / "monitors").glob("*.toml")
    assert read_monitor(path).query == "(dam OR eau) -cluster:any"


def test_beyond_its_words_says_what_is_missing(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore", q="barrage", tool="beyond", lang="fr")
    test.button(key="look_beyond").click().run()
    assert not test.exception
    assert 'role="alert"' in text(test)
    assert "discover barrage" in test.code[0].value
    asked = {"languages": "fr", "platforms": "x", "organic": "1"}
    test = visit(world.home, "explore", q="barrage", tool="beyond", **asked)
    test.button(key="look_beyond").click().run()
    assert "'--within=lang:fr platform:x -cluster:any'" in test.code[0].value


def test_places_and_people_stand_beside_where_they_were_tagged(
    visit: Visit, own_world: World
) -> None:
    index = open_index(Workspace(own_world.home))
    found = index.search("barrage", size=40).documents
    names = [{"text": "Mont-Noir", "label": "LOC"}, {"text": "<b>Ana", "label": "PER"}]
    tagged = Annotation(version="1", model="m", made_at=datetime(2025, 11, 20, tzinfo=UTC),
                        values={"entities": names})  # fmt: skip
    index.annotate([(post.id, tagged) for post in found], "entities")
    index.refresh()
    index.close()
    test = visit(own_world.home, "explore", q="barrage", lang="fr")
    test.button(key="open_beside").click().run()
    assert not test.exception
    assert "Lieux" in text(test)
    test.button(key="names_LOC_0").click().run()
    assert box(test) == 'barrage "mont noir"'
