"""The pages over a real index, in Streamlit's own test runner."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.components.sentences import list_parameters
from dashboard.queries import WorkspaceQueries, open_queries
from dashboard.views import VIEWS
from index.connect import open_index
from index.embedded import EmbeddedIndex
from tests.dashboard.pages import Visit, text
from tocsin.core import findings
from tocsin.core.documents import Author, Document
from tocsin.core.language.words import Words
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace

pytestmark = pytest.mark.usefixtures("streamlit_caches")
NOON = datetime(2025, 11, 14, 12, tzinfo=UTC)


def articles(test: AppTest) -> str:
    """The HTML of the posts."""
    return str(next(e for e in test.get("html") if "<article" in e.proto.body).proto.body)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    ("page", "titles"),
    [
        ("today", ("Today", "Aujourd’hui")),
        ("explore", ("Explore", "Explorer")),
        ("coordination", ("Coordination", "Coordination")),
        ("source", ("Source", "Source")),
    ],
)
def test_every_page_draws_in_both_languages(
    visit: Visit, world: Any, page: str, titles: tuple[str, str], lang: str
) -> None:
    test = visit(world.home, page, lang=lang)
    assert not test.exception
    assert test.title[0].value == titles[lang == "fr"]
    said = text(test)
    assert "This page cannot be shown" not in said
    assert "ne peut pas s’afficher" not in said
    assert not re.search(r"\b(bots?|inauthenti\w*)\b", said.lower())


def test_what_a_screen_leaves_out_is_said_and_can_be_reached(
    visit: Visit, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.components.downloads.MAX_ROWS", 100)
    explore = text(visit(world.home, "explore"))
    assert f"CSV (100 of {world.documents})" in explore
    assert "export jsonl" in explore
    monkeypatch.setattr("dashboard.views.today.MAX_NARRATIVES", 0)
    today = visit(world.home)
    assert "<tbody></tbody>" in text(today)
    assert "All 3 narratives" in text(today)
    monkeypatch.setattr("dashboard.views.narratives.SHOWN", 0)
    narratives = visit(world.home, "narratives")
    assert "Valmont dam breach" not in text(narratives)
    narratives.toggle(key="all_stories").set_value(True).run()
    assert not narratives.exception
    assert "Valmont dam breach" in text(narratives)


def test_what_the_counts_of_groups_leave_out_stands_beside_them(
    visit: Visit, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WithCaveat(WorkspaceQueries):
        def tested(self) -> findings.Tested | None:
            tested = super().tested()
            return (
                replace(tested, caveats=(Message("weak_signal.caveat.importance"),))
                if tested
                else None
            )

    def with_caveat(home: str, timezone: str) -> WorkspaceQueries:
        return WithCaveat(**vars(open_queries(home, timezone)))

    monkeypatch.setattr("dashboard.queries.open_queries", with_caveat)
    for page in ("today", "coordination"):
        assert "not that it is true or matters." in text(visit(world.home, page)), page


def test_today_says_what_rises_and_who_is_behind_it(visit: Visit, world: Any) -> None:
    said = text(visit(world.home))
    for part in (
        "300 posts",
        "normal number",
        "barrage",
        "#waterbills",
        "100%",
        "0 posts are left without them",
        "Valmont dam breach",
        "96 within 6 h, where 9.4 were expected",
        "0.02 false alarms a day",
        "14 accounts · 1 more explained",
    ):
        assert part in said, part
    assert "&lt;img src=x onerror=1&gt; Storm warning" in said
    assert "<img" not in said


@pytest.mark.parametrize(
    ("lang", "label", "of"),
    [("en", "Last analysis", "analysis"), ("fr", "Dernière analyse", "analyse")],
)
def test_today_names_the_last_analysis_whatever_ran_after_it(
    visit: Visit, own_world: Any, lang: str, label: str, of: str
) -> None:
    """A calibration, which finds nothing, stood there as the last run."""
    record = {"status": "done", "fates": {}, "seen": 0}
    for command, at in (("calibrate", "18:30"), ("enrich", "18:40"), ("import", "18:50")):
        record |= {"command": command, "started_at": f"2025-11-14T{at}:00.000Z"}
        name = f"20251114T{at.replace(':', '')}00000-{command}-1"
        path = own_world.home / "runs" / f"{name}.json"
        path.write_text(json.dumps(record | {"run_id": name}), encoding="utf-8")
    said = text(visit(own_world.home, "today", lang=lang))
    assert label in said
    assert f"{of} · " in said
    assert "calibration ·" not in said


def test_explore_counts_refines_and_pages(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore", q="barrage OR dam")
    assert "posts</b>" in text(test)
    first = articles(test)
    assert first.count("<article") == 20
    test.button(key="next").click().run()
    second = articles(test)
    assert second.count("<article") == 20
    assert second != first
    assert "Page 2 of" in text(test)
    test.button(key="previous").click().run()
    assert articles(test) == first
    facet = next(b for b in test.button if b.key and b.key.startswith("facet_hashtag"))
    facet.click().run()
    assert test.text_input(key="q").value.startswith("(barrage OR dam) hashtag:")
    assert test.query_params["q"] == test.text_input(key="q").value


def test_explore_is_its_address(visit: Visit, world: Any) -> None:
    test = visit(
        world.home,
        "explore",
        q="dam",
        range="24h",
        organic="1",
        order="oldest",
        since="2025-11-14T06:00:00Z",
        until="2025-11-14T10:00:00Z",
    )
    assert test.text_input(key="q").value == "dam"
    assert test.selectbox(key="order").value == "oldest"
    assert test.button(key="clear").label == "14 Nov 2025, 07:00–11:00"
    with_all = visit(world.home, "explore", q="dam", range="24h")
    assert "by flagged accounts" in text(with_all)
    test.button(key="clear").click().run()
    assert "since" not in test.query_params
    bad = visit(
        world.home,
        "explore",
        range="nonsense",
        order="x",
        since="yesterday",
        organic="maybe",
        q="x" * 5_000,
    )
    assert not bad.exception
    assert bad.text_input(key="q").value == ""


def test_a_page_comes_back_as_it_was_left(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore", q="barrage", range="3d")
    test.query_params.clear()
    test._page_hash = calc_hash("coordination")
    test.run()
    test.query_params.clear()
    test._page_hash = calc_hash("explore")
    test.run()
    assert test.text_input(key="q").value == "barrage"
    assert test.query_params == {"q": "barrage", "period": "3d"}
    test.query_params.clear()
    test.query_params["q"] = "dam"  # a link was followed: it is the whole question
    test.run()
    assert test.text_input(key="q").value == "dam"
    assert "period" not in test.query_params


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("en", "did you mean author:?"), ("fr", "vouliez-vous dire author:\u202f?")],
)
def test_a_wrong_query_is_a_sentence_with_its_column(
    visit: Visit, world: Any, lang: str, sentence: str
) -> None:
    said = text(visit(world.home, "explore", q="dam autor:x", lang=lang))
    assert sentence in said
    assert ("Column 5:" if lang == "en" else "Colonne 5\u202f:") in said
    assert "    ^" in said


def test_no_hits_say_what_to_do(visit: Visit, world: Any) -> None:
    assert "Widen the window" in text(visit(world.home, "explore", q="zzzz"))


def test_a_screen_asks_the_index_for_one_page(
    visit: Visit, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = EmbeddedIndex.page

    def counted(self: EmbeddedIndex, *args: Any, **more: Any) -> Any:
        calls.append("page")
        return real(self, *args, **more)

    monkeypatch.setattr(EmbeddedIndex, "page", counted)
    test = visit(world.home, "explore", q="dam")
    assert len(calls) == 1
    test.run()
    assert len(calls) == 1  # kept until the index changes


def test_accounts_are_pseudonyms_everywhere(visit: Visit, world: Any) -> None:
    pages = [
        visit(world.home),
        visit(world.home, "explore", q="dam"),
        visit(world.home, "coordination"),
    ]
    pages[2].session_state["account"] = world.campaign[0]
    pages[2].run()
    for test in pages:
        said = text(test)
        assert "acct-" in said
        assert not re.search(r"user_\d|x:[178]\d{3}|x\.example/status", said)


def test_a_pseudonym_finds_its_posts(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore")
    next(b for b in test.button if b.key and b.key.startswith("facet_author")).click().run()
    assert test.text_input(key="q").value.startswith("author:acct-")
    assert "No posts" not in text(test)


def test_handles_are_shown_where_pseudonyms_are_off(visit: Visit, open_world: Any) -> None:
    said = text(visit(open_world.home, "explore", q="dam"))
    assert "@user_1" in said
    assert "x.example/status" in said


def test_coordination_shows_reasons_readings_and_expectation(visit: Visit, world: Any) -> None:
    test = visit(world.home, "coordination")
    said = text(test)
    for part in (
        "Tested 184 accounts and 3,921 pairs",
        "flagged by chance: 0.23",
        "14 accounts are coordinated beyond chance because they shared 7 pages",
        "does not fit",
        "What would refute it",
        "Agency or syndicated text",
    ):
        assert part in said, part
    test.button(key="open_1").click().run()
    assert "12 accounts are coordinated beyond chance" in text(test)
    assert test.query_params["cluster"] == "c-agency"
    assert not test.exception


def test_from_a_flagged_account_to_its_posts(visit: Visit, world: Any) -> None:
    test = visit(world.home, "coordination")
    test.button_group(key="account").set_value(world.campaign[0]).run()  # the one click
    said = text(test)
    assert "degree of coordination 0.95" in said
    assert "joined to" in said
    assert said.count("<article") >= 12
    assert "Read all" not in said


def test_thresholds_are_live(visit: Visit, world: Any) -> None:
    test = visit(world.home, "coordination")
    test.select_slider(key="degree").set_value(0.8).run()
    assert "2 groups shown; 5 accounts in flagged groups" in text(test)
    test.select_slider(key="q_max").set_value(0.001).run()
    assert "1 group shown" in text(test)
    test.select_slider(key="q_max").set_value(0.0001).run()
    assert "No group passes these thresholds" in text(test)


def test_marks_are_kept_and_take_groups_out(
    visit: Visit, tmp_path: Path, build_world: Callable[[Path], Any]
) -> None:
    home = build_world(tmp_path / "home").home
    test = visit(home, "coordination")
    form = next(g.key for g in test.button_group if g.key and g.key.startswith("mark_value_"))
    note = next(t.key for t in test.text_input if t.key and t.key.startswith("mark_note_"))
    test.button_group(key=form).set_value("benign")
    test.text_input(key=note).set_value("a choir <b>rehearsing</b>")
    next(b for b in test.button if b.label == "Keep").click().run()
    assert not test.exception
    said = text(test)
    assert "cleared" in said
    assert "2 groups shown; 0 accounts in flagged groups" in said
    index = open_index(Workspace(home))
    try:
        kept = index.marks()["c-water"]
    finally:
        index.close()
    assert (kept["mark"], kept["note"]) == ("benign", "a choir <b>rehearsing</b>")
    today = text(visit(home))
    assert "100% of the posts come from accounts that are not flagged" in today


def test_hostile_posts_stay_text(visit: Visit, open_world: Any) -> None:
    test = visit(open_world.home, "explore", q="hostilepost")
    said = articles(test)
    assert "&lt;script&gt;document.title" in said
    assert "![x](http://tracker.example/b.png)" in said
    assert said.count("<article") == 4
    for part in ("<script", "<img", 'href="javascript', "\u202e", " lang="):
        assert part not in said, part
    for button in test.button:
        assert not re.search(
            r"(?<!\\)[<!\[]|:material|www\.", button.label.partition(" :gray[")[0]
        ), button.label


def test_an_empty_workspace_says_what_to_do_and_stays_empty(visit: Visit, tmp_path: Path) -> None:
    for page in VIEWS:
        said = text(visit(tmp_path / "none", page))
        assert "Nothing here yet" in said
        assert "import posts.jsonl" in said
    assert not (tmp_path / "none" / "index.sqlite").exists()


def test_an_index_without_posts_or_findings_draws(visit: Visit, tmp_path: Path) -> None:
    open_index(Workspace(tmp_path / "home")).close()
    for page, part in (
        ("today", "Nothing here yet"),
        ("explore", "No posts"),
        ("coordination", "Coordination was not tested yet"),
        ("source", "No post here links anywhere"),
    ):
        test = visit(tmp_path / "home", page)
        assert not test.exception
        assert part in text(test)


def test_wrong_settings_are_a_sentence(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("[dashbord]\nport = 1\n", encoding="utf-8")
    test = visit(tmp_path)
    assert not test.exception
    assert "did you mean dashboard" in text(test)


def test_source_suggests_sites_and_shows_a_dossier(visit: Visit, world: Any) -> None:
    said = text(visit(world.home, "source"))
    assert "source?subject=gazette.example&amp;lang=en" in said
    said = text(
        visit(world.home, "source", subject="https://gazette.example/valmont-dam?utm_source=x")
    )
    for part in (
        # too few sites to compare it with: no test could pass, so that nothing is called usual
        "gazette.example</bdi> · not enough data to say",
        "246 by 132 accounts",
        "Links to gazette.example",
        "q ",
        "Innocent reading: ",
        "14 Nov 2025",
        "<article",
    ):
        assert part in said, part
    assert "2025-11-14T" not in re.sub(r'datetime="[^"]+"', "", said)
    french = text(visit(world.home, "source", lang="fr", subject="gazette.example"))
    for part in (
        "Liens vers gazette.example",
        "246 par 132 comptes, du ",
        "Lecture innocente\u202f: ",
    ):
        assert part in french, part


def test_source_leads_to_the_group_and_hides_handles(visit: Visit, world: Any) -> None:
    said = text(visit(world.home, "source", subject="@user_7000"))
    assert "look closer" in said
    assert "coordination?cluster=c-water" in said
    assert "explore?q=author%3Aacct-" in said  # all its posts: facts show the first twenty
    sentences = re.sub(r"<[^>]*>", "", said)
    assert "Group 1" in sentences  # and not by its id, which stands on no other page
    assert "c-water" not in sentences
    assert "user_7000" not in said.replace("@user_7000", "", 1)  # but for what was typed
    alone = text(visit(world.home, "source", subject="nobody.example"))
    assert "not enough data to say" in alone
    assert "nothing here is seen to link to it" in alone.lower()


def test_a_name_of_several_accounts_is_asked_back(
    visit: Visit, tmp_path: Path, build_world: Callable[[Path], Any]
) -> None:
    built = build_world(tmp_path / "two")
    index = open_index(Workspace(built.home))
    twins = [
        Document(
            id=f"{p}:1",
            platform=p,
            author=Author(id=f"{p}:1", handle="twin"),
            text="hello",
            published_at=NOON,
            collected_at=NOON,
            content_hash=p,
        )
        for p in ("y", "z")
    ]
    index.put(twins)
    index.close()
    said = text(visit(built.home, "source", lang="fr", subject="@twin"))
    assert "De qui s’agit-il" in said
    assert "peut désigner acct-" in said
    said = text(visit(built.home, "explore", lang="fr", q="author:twin"))
    assert "peut désigner acct-" in said
    assert "(y)" in said
    assert "(z)" in said


@pytest.mark.parametrize(
    "subject",
    [
        "<img src=x onerror=1>",
        "**evil** ![x](http://tracker.example/c.png) <b>x</b>",
        "x" * 300,
        "\u202eevil",
        "[t](javascript:1)",
    ],
)
def test_a_hostile_subject_stays_text(visit: Visit, open_world: Any, subject: str) -> None:
    test = visit(open_world.home, "source", subject=subject)
    assert not test.exception
    html = "".join(str(e.proto.body) for e in test.get("html"))
    assert not re.search(r"<(img|script|b>x)|href=.javascript", html)


def test_parameters_of_a_method_are_those_that_were_given(visit: Visit, world: Any) -> None:
    """What was not given read "since = None" under How do we know."""
    given = {"since": None, "tick_hours": 6, "rate": 0.05, "words": ("a", "b"), "big": 12_000}
    english, french = (list_parameters(given, Words(code)) for code in ("en", "fr"))
    assert english == "big = 12,000, rate = 0.05, tick hours = 6, words = a b"
    assert "rate = 0,05" in french
    assert "None" not in text(visit(world.home, "today", lang="fr"))
    assert "None" not in text(visit(world.home, "coordination", lang="fr"))
