"""What a team does every week, on the demo: each in at most three clicks or one command.

A click is a page of the menu, a link, a button, a value that is chosen (two: the list is opened
first). Typing is none. What a case is beyond its pins has tests of its own.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import openpyxl
import pptx
import pypdf
import pytest
import streamlit
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from tests.crawlers.conftest import Web
from tests.crawlers.conftest import rss as rss
from tests.crawlers.conftest import web as web
from tests.dashboard.pages import text, visitor
from tests.monitors.conftest import Mails, Requests
from tests.monitors.conftest import hooks as hooks
from tests.monitors.conftest import mails as mails
from tests.monitors.test_reports import text_of
from tocsin.app.cli import cli
from tocsin.app.monitors.files import read_monitor

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
MOST_CLICKS = 3


class Reader:
    """A person before the screens, who begins at Today and counts clicks."""

    def __init__(self, visit: Callable[..., AppTest], home: Path, lang: str) -> None:
        self.visit = visit
        self.home = home
        self.lang = lang
        self.clicks = 0
        self.name = "today"
        self.page = visit(home, "today", lang=lang)

    @property
    def said(self) -> str:
        """What stands on the page, without its marks."""
        assert not self.page.exception
        assert self.clicks <= MOST_CLICKS, f"{self.clicks} clicks"
        shown = re.sub(r"(?s)<style.*?</style>|<[^>]+>", " ", text(self.page))
        return re.sub(r"[ \t\u202f]+", " ", html.unescape(shown))

    def menu(self, name: str, **typed: str) -> Reader:
        """Choose a page; what is typed into its boxes is no click."""
        self.clicks += 1
        self.name = name
        self.page = self.visit(self.home, name, lang=self.lang, **typed)
        return self

    def follow(self, pattern: str) -> Reader:
        """Click the first link whose label matches."""
        self.clicks += 1
        for address, label in re.findall(r'(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>',
                                         text(self.page)):  # fmt: skip
            if re.search(pattern, html.unescape(re.sub("<[^>]+>", "", label))):
                name, _, query = html.unescape(address).partition("?")
                self.name = name or self.name
                self.page = self.visit(self.home, self.name, **dict(parse_qsl(query)))
                return self
        raise AssertionError(f"no link says {pattern}")

    def press(self, label: str) -> Reader:
        """Press the first button that says so, or has that key."""
        self.clicks += 1
        pressed = next(b for b in self.page.button if label in (b.key, b.label))
        pressed.click().run()
        return self

    def choose(self, key: str, value: str) -> Reader:
        """Open a list and choose."""
        self.clicks += 2
        self.page.selectbox(key=key).set_value(value).run()
        return self

    def switch(self, key: str, value: str) -> Reader:
        """Press one of a row of values."""
        self.clicks += 1
        group = next(one for one in self.page.button_group if one.key == key)
        group.set_value(value).run()
        return self


@pytest.fixture
def reader(demo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reader]]:
    """A reader of the demo, or of a copy of it that may be changed."""
    visit = visitor(monkeypatch)

    def begin(lang: str = "en", home: Path = demo) -> Reader:
        return Reader(visit, home, lang)

    yield begin
    streamlit.cache_resource.clear()


@pytest.fixture
def own(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo's workspace."""
    return Path(shutil.copytree(demo, tmp_path / "own"))


def call(home: Path, *arguments: str) -> Any:
    """One command; its JSON."""
    done = CliRunner().invoke(
        cli, ["--home", str(home), "--json", *arguments], standalone_mode=False
    )
    assert done.exception is None, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("en", ("the normal number", "What rises", "(orchestrated|mixed|organic)", "posts most")),
        ("fr", ("× la normale", "Ce qui monte", "(orchestré|mixte|organique)")),
    ],
)
def test_the_morning_digest_and_its_volume_against_normal(
    reader: Callable[..., Reader], lang: str, wanted: tuple[str, ...]
) -> None:
    at = reader(lang)
    first = at.said[: at.said.index("acct-") + 2_000]
    for words in wanted:
        assert re.search(words, first), words
    assert at.clicks == 0


@pytest.mark.parametrize(("lang", "group"), [("en", "Group "), ("fr", "Groupe ")])
def test_organic_or_orchestrated_and_the_group_behind_it(
    reader: Callable[..., Reader], lang: str, group: str
) -> None:
    at = reader(lang).follow(group)
    assert at.page.title[0].value == "Coordination"
    assert "mirecombe" in at.said.lower()
    at.follow(r"Read the .* posts|Lire les .* messages")
    assert re.search(r"[1-9]\d* (posts|messages)", at.said)
    assert at.clicks == 2


def test_a_spike_is_explained(reader: Callable[..., Reader]) -> None:
    at = reader("fr").menu("trends")
    peak = at.said[at.said.index("Pics") :]
    assert re.search(r"[\d,]+ × |fois", peak)
    assert "mirecombe" in peak.lower()
    at.follow(r"\d+ messages")
    assert at.page.query_params["since"] < at.page.query_params["until"]
    assert "<article" in text(at.page)


def test_last_weeks_digest(reader: Callable[..., Reader], demo: Path, tmp_path: Path) -> None:
    at = reader("fr").switch("period", "7d")
    assert "Ce qui monte" in at.said
    assert "de ses 7 jours" not in at.said
    out = tmp_path / "week.docx"
    made = call(demo, "report", "--since", "7d", "--lang", "fr", "--out", str(out))
    week = call(demo, "search", "", "--since", made["since"], "--until", made["until"])["total"]
    assert 0 < week < call(demo, "status")["documents"]
    shown = f"{week:,}".replace(",", "\u202f")
    assert shown in text_of(out), "the report of the week counts the week"
    told = reader("en").menu("timeline")
    assert "alert" in told.said


def test_share_of_voice_by_candidate_and_by_theme(reader: Callable[..., Reader]) -> None:
    lines = "Vente = vente OR sale\nMirecombe = Mirecombe\nPhoque = phoque OR seal"
    at = reader("fr").menu("trends", queries=lines).choose("by", "query")
    for name in ("Vente", "Mirecombe", "Phoque"):
        assert re.search(rf"{name}\s+[\d ]+\s+[\d,]+ ?%", at.said), name
    themes = reader("en").menu("trends").choose("by", "theme")
    assert themes.page.query_params["by"] == "theme"
    assert re.search(r"Theme .*Share", themes.said, re.DOTALL)


def test_two_periods_are_compared(reader: Callable[..., Reader]) -> None:
    at = reader("en").menu("trends").switch("period", "7d")
    assert "compared with" in at.said
    assert re.search(r"[+-]\d[\d.]* .*\(?.* to .*", at.said), "a change with its interval"


def test_top_posts_by_engagement(reader: Callable[..., Reader], demo: Path) -> None:
    at = reader("fr").menu("explore").choose("order", "engagement")
    assert "<article" in text(at.page)
    assert at.page.query_params["order"] == "engagement"
    hits = call(demo, "search", "Mirecombe", "--order", "engagement", "--limit", "30")["hits"]
    names = ("likes", "reposts", "replies", "quotes")
    acted = [sum((hit.get("metrics") or {}).get(name, 0) for name in names) for hit in hits]
    assert acted == sorted(acted, reverse=True)
    assert acted[0] > acted[-1]


def test_influencers_with_their_reasons(reader: Callable[..., Reader]) -> None:
    at = reader("en").menu("people")
    assert re.search(r"\d+ accounts amplified its \d+ posts", at.said)
    assert "Without flagged accounts" in at.said
    assert at.clicks == 1


def test_homonyms_are_left_out(reader: Callable[..., Reader]) -> None:
    at = reader("fr").menu("explore", q="eau").press("open_beside")
    whole = int(re.sub(r"\D", "", re.findall(r"([\d \u202f]+) messages", at.said)[0]))
    first = next(b.key for b in at.page.button if str(b.key).startswith("not_beside_"))
    at.press(str(first))
    assert re.fullmatch(r"eau -\w+", str(at.page.text_input(key="q").value))
    left = int(re.sub(r"\D", "", re.findall(r"([\d \u202f]+) messages", at.said)[0]))
    assert 0 < left < whole


def test_a_search_is_saved(reader: Callable[..., Reader], own: Path) -> None:
    at = reader("fr", own).menu("explore", q="Mirecombe OR barrage").switch("tool", "save")
    at.press("Enregistrer comme veille")
    assert "est gardée dans" in at.said
    assert read_monitor(own / "monitors" / "mirecombe-or-barrage.toml").query == (
        "Mirecombe OR barrage"
    )
    assert call(own, "monitor", "save", "water", "eau OR water")["monitor"] == "water"


def test_an_alert_is_tried_switched_on_and_delivered_once(
    reader: Callable[..., Reader], own: Path, mails: Mails, hooks: Requests
) -> None:
    (own / "tocsin.toml").write_text(
        "[alerts]\nallow_private = true\nsmtp_host = '127.0.0.1'\nsmtp_security = 'none'\n"
        f"smtp_port = {mails.port}\nmail_from = 'Tocsin <tocsin@paper.example>'\n"
        "webhook_secret = 's3cret'\n[alerts.channels]\ndesk = 'mailto:desk@paper.example'\n"
        f"hook = 'webhook:http://127.0.0.1:{hooks.port}/in'\n",
        encoding="utf-8",
    )
    path = own / "monitors" / "mirecombe.toml"
    path.write_text('channels = ["desk", "hook"]\n' + path.read_text(encoding="utf-8"))
    at = reader("fr", own).menu("monitors").press("try_file")
    assert re.search(r"mirecombe aurait déclenché [1-9]", at.said)
    tried = call(own, "monitor", "try", "mirecombe")
    assert tried["rung"] > 0
    call(own, "monitor", "enable", "mirecombe")
    sent = call(own, "monitor", "run", "--since", tried["rings"][0]["since"])
    assert sent["failed"] == 0
    assert sent["alerts"]
    told = len(mails.mails), len(hooks.got)
    assert told[0] >= 1
    assert told[1] >= 1
    again = call(own, "monitor", "run", "--since", tried["rings"][0]["since"])
    assert not again["alerts"]
    assert (len(mails.mails), len(hooks.got)) == told, "nothing is told twice"
    keys = [alert["key"] for alert in json.loads(hooks.got[0][2])["alerts"]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("kind", ["pdf", "pptx", "xlsx"])
def test_a_report_is_made_and_opened(
    reader: Callable[..., Reader], demo: Path, tmp_path: Path, kind: str
) -> None:
    at = reader("fr").menu("monitors").press(f"make_{kind}")
    assert "Télécharger" in at.said
    at.clicks += 1  # the download itself
    assert at.clicks <= MOST_CLICKS
    out = tmp_path / f"week.{kind}"
    call(demo, "report", "--format", kind, "--lang", "fr", "--out", str(out))
    said = " ".join(_read(out).split())
    assert "Rapport de veille" in said
    assert "acct-" in said


def _read(path: Path) -> str:
    """The texts of a report, by a library that did not write it."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if path.suffix == ".pptx":
        shapes = [shape for slide in pptx.Presentation(str(path)).slides for shape in slide.shapes]
        cells = [c.text for s in shapes if s.has_table for row in s.table.rows for c in row.cells]
        return "\n".join([*(s.text_frame.text for s in shapes if s.has_text_frame), *cells])
    sheets = openpyxl.load_workbook(path)
    found = [cell.value for sheet in sheets for row in sheet for cell in row]
    return "\n".join(str(value) for value in found if value)


def test_a_case_with_three_pins_is_exported(
    reader: Callable[..., Reader], own: Path, tmp_path: Path
) -> None:
    """By one command; on the screens a pin takes two clicks from where it stands, a file three."""
    story = call(own, "narratives")["narratives"][0]["id"]
    group = call(own, "clusters")["clusters"][0]["id"]
    post = call(own, "search", "Mirecombe", "--limit", "1")["hits"][0]["id"]
    things = (f"narrative:{story}", f"cluster:{group}", f"post:{post}")
    out = tmp_path / "case.pdf"
    pins = [part for thing in things for part in ("--pin", thing)]
    made = call(own, "case", "new", "Qui pousse ?", *pins, "--out", str(out))
    assert [pin["kind"] for pin in made["pins"]] == ["narrative", "cluster", "post"]
    assert all(pin["intact"] and pin["state"] == "same" for pin in made["pins"])
    assert made["written"]["pins"] == 3
    said = " ".join(_read(out).split())
    for pin in made["pins"]:
        assert pin["sha256"][:20] in said.replace(" ", "")
    assert [event["what"] for event in made["history"]][-1].startswith("exported it as PDF")
    wrong = CliRunner().invoke(
        cli, ["--home", str(own), "case", "new", "Rien", "--pin", "narrative:nothing"],
        standalone_mode=False,
    )  # fmt: skip
    assert wrong.exception is not None
    assert len(call(own, "case", "list")["cases"]) == 1, "a wrong name begins no case"
    at = reader("fr", own).menu("explore", q="Mirecombe").follow("Épingler cette requête")
    at.press("pin_to_c1")
    assert "p4" in at.said
    assert at.clicks == MOST_CLICKS


def test_a_source_is_added(
    reader: Callable[..., Reader], own: Path, web: Web, rss: Callable[..., str]
) -> None:
    """By one command, which reads it at once; the page Collection shows what came."""
    web.article("/news/1.html", "Un nouveau pont", "Le conseil a voté le pont du port ce soir.")
    feed = rss(("Un nouveau pont", web.url("/news/1.html"), "s"))
    web.put("/feed.xml", feed, "application/rss+xml")
    with (own / "tocsin.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[crawl]\nallow_private = true\ndelay = 0.0\n")
    before = call(own, "status")["documents"]
    told = call(own, "crawl", "--add", web.url("/feed.xml"), "--basis", "journalism")
    assert told["fates"]["created"] == 1
    assert call(own, "status")["documents"] == before + 1
    assert told["added"] in reader("fr", own).menu("collection").said
