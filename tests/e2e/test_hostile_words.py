"""What people type (names, titles, notes, queries) and what alerts quote is text everywhere.

Texts that people type keep no control characters, and names no runs of space.
"""

from __future__ import annotations

import email
import email.policy
import html
import json
import re
import shutil
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from graph.exports.escaping import one_line
from index.cases.record import Case
from index.cases.store import add_case, change_case
from index.connect import open_index
from index.narratives.editor import Editor
from index.narratives.edits import Edit, keep_edit
from index.narratives.publishing import publish_edited
from index.privacy import pseudonyms
from tests.dashboard.hostile import HOSTILE
from tests.e2e.hostile_world import kept
from tests.e2e.test_hostile_exports import OFFICE, check_file, is_plain_markdown, paragraphs
from tests.monitors.conftest import World
from tests.monitors.test_reports import text_of
from tocsin.app.cases import editing
from tocsin.app.cases.content import MAX_TEXT
from tocsin.app.cases.editing import line
from tocsin.app.cases.freezing import Pinnable
from tocsin.app.monitors.alerts import describe
from tocsin.app.monitors.delivery import chat, feed, mail, shapes, webhook, wording
from tocsin.app.monitors.files import Monitor, load_monitors
from tocsin.app.monitors.monitored import Monitored
from tocsin.app.monitors.rules import Trigger
from tocsin.app.monitors.saving import save_monitor
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words
from tocsin.core.settings import AlertSettings
from tocsin.core.text import clean, collapse_whitespace

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
IN_MAIL = {"html", "head", "meta", "body", "h2", "p", "b", "br", "ul", "li", "a", "pre"}


@pytest.fixture
def own(hostile: World, tmp_path: Path) -> World:
    """A copy of the workspace that may be changed."""
    shutil.copytree(hostile.home, tmp_path / "home")
    return World(tmp_path / "home")


@pytest.fixture(scope="module")
def alerts(hostile: World) -> list[dict[str, Any]]:
    """An alert of a narrative named by each string, of a monitor named and asked by it, too."""
    index = open_index(hostile.workspace)
    try:
        monitored, words = Monitored(hostile.workspace, index), Words("en")
        return [
            describe(
                monitored,
                Monitor("m", quoted(text), title=text),
                Trigger(rule="new_narrative", key=f"n:h{n}", at=NOW, query=quoted(text),
                     subject=f"h{n}"),
                words,
            )
            for n, text in enumerate(HOSTILE)
        ]  # fmt: skip
    finally:
        index.close()


def quoted(text: str) -> str:
    """A query for exactly these words, as a person types it."""
    said = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{said} dam"'


def test_alerts_quote_them(alerts: list[dict[str, Any]]) -> None:
    for one, text in zip(alerts, HOSTILE, strict=True):
        assert one["headline"] == one_line(text[:200], 140)
        assert one["address"].startswith("http://127.0.0.1:")


def test_mails(alerts: list[dict[str, Any]]) -> None:
    settings = AlertSettings(mail_from="Tocsin <tocsin@paper.example>")
    words = Words("en")
    page, text = wording.page(alerts, words), wording.all_text(alerts, words)
    for one in alerts:
        subject = wording.subject([one], words)
        made = mail.compose(settings, ["desk@paper.example"], subject, "x", "y")
        data = made.as_bytes(policy=email.policy.SMTP)
        read = email.message_from_bytes(data, policy=email.policy.default)
        assert read["Subject"].strip() == one_line(subject, mail.MAX_SUBJECT)
        assert set(map(str.lower, read.keys())) <= {
            "subject", "from", "to", "date", "message-id", "auto-submitted", "mime-version",
            "content-type",
        }  # fmt: skip
    made = mail.compose(settings, ["desk@paper.example"], "s", text, page)
    read = email.message_from_bytes(
        made.as_bytes(policy=email.policy.SMTP), policy=email.policy.default
    )
    html, plain = (read.get_body((kind,)) for kind in ("html", "plain"))  # type: ignore[attr-defined]
    root = etree.HTML(html.get_content())
    assert {str(one.tag) for one in root.iter(etree.Element)} <= IN_MAIL
    assert all(one.get("href").startswith("http://127.0.0.1:") for one in root.iter("a"))
    shown = collapse_whitespace("".join(root.itertext()))
    for one in alerts:
        for said in (one["headline"], one["title"]):
            assert said in shown
        assert one["headline"] in plain.get_content()


def test_the_feed(alerts: list[dict[str, Any]], tmp_path: Path) -> None:
    path, words = tmp_path / "alerts.atom", Words("en")
    entries = [(n, one, wording.plain_text(one, words)) for n, one in enumerate(alerts)]
    feed.write_feed(path, "Alerts", entries, "secret")
    found = etree.parse(str(path)).findall(f"{ATOM}entry")
    for one, entry in zip(alerts, found, strict=True):
        assert entry.findtext(f"{ATOM}title") == f"{one['title']} – {one['said']}"
        content = entry.find(f"{ATOM}content")
        assert content.get("type", "text") == "text"
        assert one["headline"] in content.text
        assert entry.find(f"{ATOM}link").get("href") == one["address"]
    read = feedparser.parse(path.read_bytes())
    assert not read.bozo
    assert all(one.link.startswith("http://127.0.0.1:") for one in read.entries)
    assert {one.content[0].type for one in read.entries} == {"text/plain"}


def test_webhooks_and_chats(alerts: list[dict[str, Any]]) -> None:
    body = json.dumps(wording.as_json(alerts), ensure_ascii=False).encode("utf-8", "replace")
    read = json.loads(body)["alerts"]
    for one, sent in zip(alerts, read, strict=True):
        assert (sent["headline"], sent["title"]) == (one["headline"], one["title"])
    assert webhook.sign(b"key", "1", body).startswith("sha256=")
    words = Words("en")
    for one in alerts:
        (said,) = chat.neutralise_mentions([one])
        text = wording.all_text([said], words)
        for sign in ("<", "@everyone", "<!channel>", "](", "```"):
            assert sign not in text, (sign, text)


@pytest.mark.parametrize("name", sorted(shapes.SHAPES))
def test_each_chat_is_told_all_of_a_digest_and_nobody_is_called(
    alerts: list[dict[str, Any]], name: str
) -> None:
    """As many messages as it needs, none longer than the service takes; each alert in one."""
    shape, words = shapes.SHAPES[name], Words("fr")
    rest, told = chat.neutralise_mentions(alerts), []
    while rest:
        told.append(shapes.fit_to_limit(shape, rest, words))
        rest = rest[told[-1].alerts :]
    assert sum(one.alerts for one in told) == len(alerts)
    assert max(len(one.body.encode()) for one in told) <= shape.limit
    for one in told:
        shown = f"{one.title}\n{one.body}"
        for sign in ("@everyone", "<!", "<@", "@room", "](<http://evil", "<script"):
            assert sign not in shown
        links = re.findall(r"(?:https?|ftp)://[^\s)>\"<|]+", shown)
        assert all(link.startswith("http://127.0.0.1:") for link in links), links


def test_an_alert_that_is_too_long_for_a_chat_keeps_its_link(alerts: list[dict[str, Any]]) -> None:
    long = alerts[0] | {"explanations": ["é" * 3_000], "command": "tocsin search " + "x" * 3_000}
    for shape in shapes.SHAPES.values():
        told = shapes.fit_to_limit(shape, [long], Words("en"))
        assert len(told.body.encode()) <= shape.limit
        assert html.escape(long["address"]) in told.body or long["address"] in told.body


def test_monitors(tmp_path: Path) -> None:
    for folder in ("one", "all"):
        (tmp_path / folder / "monitors").mkdir(parents=True)
    one, everything = World(tmp_path / "one"), World(tmp_path / "all")
    for number, text in enumerate(HOSTILE):
        title = clean(text)[:200]
        with pytest.raises(ConfigError):
            save_monitor(one.workspace, "dam", name=f"../{text}"[:70])
        made = Path(save_monitor(one.workspace, quoted(text), title=title)["path"])
        assert made.parent == one.home / "monitors"
        made.unlink()
        made = Path(
            save_monitor(one.workspace, quoted(text), name=f"m{number}", title=title)["path"]
        )
        made.rename(everything.home / "monitors" / made.name)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "all"}
    assert list((one.home / "monitors").iterdir()) == []
    read = {one.name: one for one in load_monitors(everything.workspace)}
    assert len(read) == len(HOSTILE)
    for number, text in enumerate(HOSTILE):
        assert read[f"m{number}"].title == clean(text)[:200].strip()
        assert read[f"m{number}"].query == quoted(text)


def test_narratives_are_renamed(own: World) -> None:
    named = {f"h{n}": line(text, 100) for n, text in enumerate(HOSTILE) if line(text, 100)}
    index = open_index(own.workspace)
    try:
        people = pseudonyms(own.workspace, index)
        for story, name in named.items():
            keep_edit(index, Edit(action="rename", narrative=story, at=NOW, by="Ana", name=name))
        found = publish_edited(index, people, NOW).narratives
        assert {one.id: one.name for one in found if one.name} == named
        # what a terminal hands over of bytes that are no UTF-8, and control characters
        (made,) = (
            Editor(index, people, "A\udcff").rename("h0", "dam\udcff\u0007 \n broke").narratives
        )
        assert made.name == "dam broke"
    finally:
        index.close()
    shown = own.json("narratives")["narratives"]
    assert {one["id"]: one["name"] for one in shown if one["name"]} == named | {"h0": "dam broke"}
    out = own.home / "r.html"
    own.json("report", "--out", str(out))
    check_file(out)


def test_marks_and_their_notes(own: World) -> None:
    members = [one.author for one in kept(own) if one.author is not None][::5]
    for member, text in zip(members[:10], HOSTILE[::5], strict=False):
        note = text.replace("\u0000", "") + "\udcff"
        own.json("mark", "--note", note, "--", member.id, "suspect")
    out = own.home / "labels.json"
    own.json("export", "labels", "--out", str(out))
    said = out.read_text("utf-8")
    for text in HOSTILE[::5][:10]:
        assert json.dumps(clean(text), ensure_ascii=False)[1:-1] in said


@pytest.fixture
def case(own: World) -> World:
    return make_case(own, HOSTILE)


def make_case(own: World, texts: Sequence[str]) -> World:
    """A case of notes, steps, pins and techniques, each string in each."""
    posts, who = kept(own)[:: len(HOSTILE) * 5 // len(texts)], editing.Actor("Ana", NOW)
    index = open_index(own.workspace)
    try:
        pinnable = Pinnable(own.workspace, index, pseudonyms(own.workspace, index))
        frozen = [("post", one.id, pinnable.freeze("post", one.id), one.text) for one in posts]
        for thing in ("cluster:c1", "narrative:h0", f"account:{posts[1].author.id}"):  # type: ignore[union-attr]
            kind, subject = pinnable.find(thing)
            frozen.append((kind, subject, pinnable.freeze(kind, subject), HOSTILE[5]))
    finally:
        index.close()

    def filled(made: Case) -> Case:
        for text in texts:
            made = editing.note(made, text, editing.actor(text, NOW))
        for text in texts[:100]:
            made = editing.add_step(made, text, who)
        for kind, subject, copy, note in frozen:
            made = editing.pin(made, kind, subject, copy, note, who)
        for number, text in enumerate(texts[: len(frozen)]):
            made = editing.add_technique(made, f"p{number + 1}", "T0049", text, who)
        return made

    everything = "\n".join(text.strip("\r\n") for text in HOSTILE[::5])
    add_case(own.workspace, editing.new_case(HOSTILE[0], everything, "none", who))
    change_case(own.workspace, "c1", filled)
    return own


def test_cases(case: World, tmp_path: Path) -> None:
    held = case.json("case", "show", "c1")
    assert [one["text"] for one in held["notes"]] == [clean(text).strip() for text in HOSTILE]
    assert held["title"] == HOSTILE[0]
    assert [one["text"] for one in held["checklist"]] == [
        line(clean(text).strip(), 400) for text in HOSTILE[:100]
    ]
    pack = tmp_path / "pack.zip"
    case.json("case", "export", "c1", "--format", "zip", "--out", str(pack))
    assert case.json("case", "verify", str(pack))["ok"] is True
    with zipfile.ZipFile(pack) as packed:
        names = packed.namelist()
        assert not [name for name in names if name.startswith("/") or ".." in name]
        notes = json.loads(packed.read("case.json"))["notes"]
    assert [one["text"] for one in notes] == [one["text"] for one in held["notes"]]
    out = tmp_path / "case.stix.json"
    case.json("case", "export", "c1", "--format", "stix", "--out", str(out))
    for one in json.loads(out.read_text("utf-8"))["objects"]:
        for key in ("name", "description", "content", "abstract"):
            assert is_plain_markdown(str(one.get(key, ""))), one


@pytest.mark.parametrize(
    "kind", ["html", "docx", "xlsx", pytest.param("pdf", marks=pytest.mark.slow)]
)
def test_documents_of_cases_are_opened_again(own: World, tmp_path: Path, kind: str) -> None:
    """Notes and steps are paragraphs or cells, each as it is held; a PDF has a part of them."""
    case = make_case(own, HOSTILE[::6] if kind == "pdf" else HOSTILE)
    held = case.json("case", "show", "c1")
    out = tmp_path / f"case.{kind}"
    case.json("case", "export", "c1", "--out", str(out))
    check_file(out)
    said = [one_line(one["text"], MAX_TEXT) for one in (*held["notes"], *held["checklist"])]
    if kind in OFFICE:
        assert {one for one in said if one} <= paragraphs(out)
        return
    seen = "".join(text_of(out).split())
    for one in said:
        wanted = "".join(one.split())
        if kind == "pdf":  # lines of cells lie between each other; fonts lack pictures
            wanted = wanted.replace("\N{COLLISION SYMBOL}", "")[:40]
        assert wanted in seen, (kind, one)


def test_titles_of_cases(own: World) -> None:
    titles = []
    for text in HOSTILE[::5]:
        if line(text, 200):
            own.json("case", "new", "--checklist", "none", "--", text.replace("\u0000", ""))
            titles.append(line(text, 200))
    assert [one["title"] for one in own.json("case", "list")["cases"]] == titles


def test_names_of_tags_lead_nowhere(own: World, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("text,label\na,b\n", encoding="utf-8")
    before = {path for path in tmp_path.rglob("*") if "runs" not in path.parts}
    for text in HOSTILE[::5]:
        error: Any = own.call("train", "--", text.replace("\u0000", ""), str(labels)).exception
        assert error is not None
    after = {path for path in tmp_path.rglob("*") if "runs" not in path.parts}
    assert after == before
