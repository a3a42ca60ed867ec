"""Every page in every state: empty, not enough, not analysed, loading, stale, broken, gone.

The pages are those of the registry: a new one is visited here by itself. What a page shows is a
sentence and its title, never a traceback.
"""

from __future__ import annotations

import html
import importlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.views import VIEWS, registered_views
from index.connect import open_index
from index.embedded.backend import EmbeddedIndex
from tests.dashboard.grid import Collection, plant
from tests.dashboard.pages import Visit, text
from tocsin.core.errors import Retry
from tocsin.core.findings import KINDS
from tocsin.core.language.words import Words
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace

LANGUAGES = {page: ("en", "fr")[number % 2] for number, page in enumerate(registered_views())}
"""Page -> the language that it is visited in: the two by turns."""
EACH = pytest.mark.parametrize(("page", "lang"), LANGUAGES.items())
TRACES = ("Traceback", "most recent call last", "Error: ")
BUGS = tuple(Words(code)("trouble.bug") for code in ("en", "fr"))
"""What is said where the program itself failed."""


def check(test: AppTest, page: str) -> str:
    """What stands on a page: its title, and neither a traceback nor a fault of ours."""
    said = text(test)
    assert not test.exception, page
    assert test.title, page
    assert not any(trace in said for trace in (*TRACES, *BUGS)), (page, said[-600:])
    return said


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """A collection with so many posts, made once: analysed or as it was imported."""
    made: dict[tuple[str, int], Path] = {}

    def make(kind: str, posts: int) -> Path:
        if (kind, posts) not in made:
            home = tmp_path_factory.mktemp("states") / "home"
            collection = Collection("11 days", posts, 20)
            plant(collection, home)
            if kind == "raw":
                index = open_index(Workspace(home))
                index.publish((), kinds=tuple(KINDS), generation="none")
                index.refresh()
                index.close()
            made[kind, posts] = home
        return made[kind, posts]

    return make


@EACH
def test_empty(visit: Visit, tmp_path: Path, page: str, lang: str) -> None:
    """No index at all, and an index without a post."""
    assert "import posts.jsonl" in check(visit(tmp_path / "none", page, lang=lang), page)
    open_index(Workspace(tmp_path / "home")).close()
    check(visit(tmp_path / "home", page, lang=lang), page)


@EACH
def test_not_enough_and_not_analysed(
    visit: Visit, planted: Callable[[str, int], Path], page: str, lang: str
) -> None:
    check(visit(planted("analysed", 1), page, lang=lang), page)
    check(visit(planted("raw", 40), page, lang=lang, period="7d"), page)


@EACH
def test_broken_and_gone_while_it_is_open(
    visit: Visit,
    planted: Callable[[str, int], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    lang: str,
) -> None:
    home = tmp_path / "home"
    shutil.copytree(planted("analysed", 40), home)
    test = visit(home, page, lang=lang)
    check(test, page)
    again = Words(lang)("trouble.again")
    for kept in (ALIVE, ()):  # it answers how large it is and no more, then nothing at all
        with monkeypatch.context() as patched:
            st.cache_resource.clear()
            for name in READS:
                if name not in kept:
                    patched.setattr(EmbeddedIndex, name, _lost)
            said = check(test.run(), page)
        assert kept or again in said
    st.cache_resource.clear()
    for file in home.glob("index.*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    assert "import posts.jsonl" in check(test.run(), page)


ALIVE = ("stats", "generation", "findings", "marks", "declared_fields", "accounts")
READS = ("count", "facet", "histogram", "page", "search", "scan", "get", "cardinality", *ALIVE)


def _lost(*_: Any, **__: Any) -> Any:
    """As where a server does not answer."""
    raise Retry(Message("query.unresolved", {"name": "index"}))


@EACH
def test_stale(
    visit: Visit, planted: Callable[[str, int], Path], tmp_path: Path, page: str, lang: str
) -> None:
    """Posts that came in after the last analysis are counted on every page."""
    home = tmp_path / "home"
    shutil.copytree(planted("analysed", 40), home)
    (home / "runs").mkdir(exist_ok=True)
    record = {"run_id": "g1", "command": "analyse", "status": "done", "fates": {}}
    record["started_at"] = "2025-11-14T18:05:00.000Z"
    for seen, behind in ((33, 7), (40, 0)):
        st.cache_resource.clear()
        (home / "runs" / "g1.json").write_text(json.dumps(record | {"seen": seen}), "utf-8")
        said = check(visit(home, page, lang=lang), page)
        assert (Words(lang).n("app.unanalysed", 7) in html.unescape(said)) == bool(behind)


def spinners(monkeypatch: pytest.MonkeyPatch, delay: float) -> list[str]:
    """What is told while a page waits, as it comes; ``delay``: seconds until something is."""
    from streamlit.elements import spinner

    told: list[str] = []
    enqueue = spinner.enqueue_message

    def listen(message: Any) -> None:
        told.append(str(message))
        enqueue(message)

    monkeypatch.setattr(spinner, "enqueue_message", listen)
    monkeypatch.setattr(spinner, "DELAY_SECS", delay)
    return told


@pytest.mark.parametrize(("page", "lang"), [("today", "fr"), ("explore", "en")])
def test_a_slow_read_says_what_it_waits_for(
    visit: Visit,
    planted: Callable[[str, int], Path],
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    lang: str,
) -> None:
    """The sentence comes while the page waits, and is gone from the page that is drawn."""
    told, histogram = spinners(monkeypatch, 0.05), EmbeddedIndex.histogram

    def slow(*given: Any, **named: Any) -> Any:
        time.sleep(0.2)
        return histogram(*given, **named)

    monkeypatch.setattr(EmbeddedIndex, "histogram", slow)
    st.cache_resource.clear()
    test = visit(planted("analysed", 50), page, lang=lang)
    said = Words(lang).n("app.reading", 50)
    assert any(f'text: "{said}"' in one for one in told), told
    assert said not in check(test, page)


@EACH
def test_loading(
    visit: Visit,
    planted: Callable[[str, int], Path],
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    lang: str,
) -> None:
    """Each page that is slow says what it reads, and what it said is gone when it stands."""
    told, view = spinners(monkeypatch, 0.03), type(load_view(page))
    render = view.render

    def slow(self: Any, context: Any) -> None:
        time.sleep(0.15)
        render(self, context)

    monkeypatch.setattr(view, "render", slow)
    test = visit(planted("analysed", 50), page, lang=lang)
    said = Words(lang).n("app.reading", 50)
    assert any(f'text: "{said}"' in one for one in told), told
    assert said not in check(test, page)


@EACH
def test_a_fault_of_ours_is_a_sentence(
    visit: Visit,
    planted: Callable[[str, int], Path],
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    lang: str,
) -> None:
    def fail(self: Any, context: Any) -> None:
        st.title("begun")
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(load_view(page)), "render", fail)
    test = visit(planted("analysed", 50), page, lang=lang)
    said = text(test)
    assert not test.exception
    assert Words(lang)("trouble.bug") in said
    assert "secret detail" not in said
    assert not any(trace in said for trace in TRACES)


def load_view(page: str) -> Any:
    """The view that the registry names."""
    module, _, name = VIEWS[page].partition(":")
    return getattr(importlib.import_module(module), name)()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_nothing_is_said_of_flagged_accounts_before_they_were_looked_for(
    visit: Visit, tmp_path: Path, lang: str
) -> None:
    home, words = tmp_path / "home", Words(lang)
    plant(Collection("11 days", 40, 20), home)
    index = open_index(Workspace(home))
    index.publish((), kinds=tuple(KINDS), generation="none")
    index.refresh()
    index.close()
    said = {page: check(visit(home, page, lang=lang), page) for page in ("today", "explore")}
    assert words("today.lead.with_share").partition("{organic} ")[2] not in said["today"]
    assert words("today.volume.untested") in html.unescape(said["today"])
    assert words("explore.untested") in html.unescape(said["explore"])
    assert words("explore.no_share") not in html.unescape(said["explore"])


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_nothing_is_said_of_flagged_accounts_where_there_is_no_post(
    visit: Visit, planted: Callable[[str, int], Path], lang: str
) -> None:
    page = visit(planted("analysed", 40), "today", lang=lang, since="2090-01-01")
    said = html.unescape(check(page, "today"))
    assert Words(lang)("today.lead.with_empty") in said
    assert Words(lang)("today.lead.with_share").partition("{organic} ")[2] not in said


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_why_a_page_cannot_be_shown_is_a_sentence(visit: Visit, tmp_path: Path, lang: str) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"no index " * 1_000)
    (tmp_path / "tocsin.toml").write_text("")
    said = html.unescape(text(visit(tmp_path, "today", lang=lang)))
    why = said.split(f"<h2>{Words(lang)('trouble.title')}</h2><p>")[1].split("</p>")[0]
    assert why[0].isupper()
    assert why.endswith(".")
