"""``tocsin case``: what is pinned stays as it was, the history only grows, erasure reaches it."""

from __future__ import annotations

import dataclasses
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.cases.record import read_case, write_case
from index.cases.store import change_case, open_case
from index.connect import open_index
from index.privacy import pseudonyms
from tests.cases.conftest import Ask, Call
from tests.dashboard.world_findings import END
from tests.monitors.test_reports import text_of
from tocsin.app.cases import editing, freezing
from tocsin.app.cases.freezing import Pinnable
from tocsin.core.documents import content_hash
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster
from tocsin.core.language.words import Words
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace


def pinned(ask: Ask, *things: str) -> dict[str, object]:
    ask("case", "new", "Who pays?", "--question", "Is it organic?", "--by", "Ana")
    document: dict[str, object] = ask("case", "pin", "c1", *things, "--note", "seen", "--by", "Ana")
    return document


def change_text(home: Path, post: str, text: str) -> None:
    index = open_index(Workspace(home))
    try:
        (document,) = index.get([post])
        assert document is not None
        changed = dataclasses.replace(document, text=text, content_hash=content_hash(None, text))
        index.put([changed], on_conflict="replace")
        index.refresh()
    finally:
        index.close()


def test_everything_that_has_an_id_is_pinned_with_what_it_says(ask: Ask) -> None:
    things = ("x:1", "https://x.example/status/2", "cluster:c-water", "narrative:n-dam",
              "signal:s-bills", "account:x:7001")  # fmt: skip
    case = pinned(ask, *things)
    kinds = [pin["kind"] for pin in case["pins"]]  # type: ignore[attr-defined]
    assert kinds == ["post", "post", "cluster", "narrative", "signal", "account"]
    for pin in case["pins"]:  # type: ignore[attr-defined]
        assert pin["state"] == "same"
        assert pin["intact"] is True
        assert pin["by"] == "Ana"
        assert pin["note"] == "seen"
        assert len(pin["sha256"]) == 64
        assert pin["posts"]
        assert all(len(post["sha256"]) == 64 for post in pin["posts"])
    group = case["pins"][2]  # type: ignore[index]
    assert "14 accounts made" in group["said"][1]
    assert group["query"] == "cluster:c-water"
    assert len(group["posts"]) == 20
    assert case["history_unbroken"] is True
    events = [event["what"] for event in case["history"]]  # type: ignore[attr-defined]
    assert events[0] == "began the case"
    assert events[1].startswith("pinned p1 (post, copy ")
    listed = ask("case", "list")["cases"]
    assert [(one["id"], one["pins"], one["status"]) for one in listed] == [("c1", 6, "open")]


def test_a_query_and_charts_are_pinned_with_their_figures(
    ask: Ask, home: Path, tmp_path: Path
) -> None:
    dam = "(dam OR barrage) after:2025-11-01"
    case = pinned(ask, f"query:{dam}", f"chart:time:{dam}", "chart:lang:")
    query, curve, bars = case["pins"]  # type: ignore[misc]
    total = ask("search", dam)["total"]
    assert (query["total"], query["query"], query["chart"]) == (total, dam, None)
    assert len(query["posts"]) == 20
    assert query["said"][0].startswith(f"{total} posts by")
    assert " to 14 Nov 2025" in query["said"][1]
    assert curve["title"] == f"posts over time: {dam}"
    assert sum(n for _, n, _ in curve["chart"]["bars"]) == total
    assert bars["title"] == "posts by language: everything"
    assert {name for name, _, _ in bars["chart"]["bars"]} >= {"en", "fr"}
    for kind in ("html", "docx", "xlsx"):
        out = tmp_path / f"case.{kind}"
        ask("case", "export", "c1", "--out", str(out), "--lang", "fr")
        said = text_of(out)
        assert "français" in said, "a value in the words of the reader"
        assert "messages dans le temps" in said
        assert kind == "xlsx" or "Graphique de p2" in said, "there it names a sheet"
    assert (tmp_path / "case.html").read_text("utf-8").count("data:image/png") == 2
    for kind in ("zip", "stix"):
        ask("case", "export", "c1", "--format", kind, "--out", str(tmp_path / kind))
    index = open_index(Workspace(home))
    index.delete([post["platform"] + ":" + post["id"] for post in query["posts"][:3]])
    index.refresh()
    index.close()
    again = ask("case", "show", "c1")["pins"]
    assert [pin["state"] for pin in again] == ["changed"] * 3
    assert again[1]["chart"] == curve["chart"]
    for wrong, why in (("chart:dam", "chart:BY:QUERY"), ("query:autor:x", "author")):
        with pytest.raises(AssertionError, match=why):
            ask("case", "pin", "c1", wrong)


def test_a_group_is_called_by_what_it_did(home: Path) -> None:
    index = open_index(Workspace(home))
    try:
        found = [one for one in index.findings("cluster") if isinstance(one, Cluster)]
        (group,) = [one for one in found if one.subject == "c-water"]
        copied, fast = Message("signal_label.copy"), Message("coordinated.seconds", {"value": 5.0})
        part = Message("coordinated.part", {"what": copied, "n": 45})
        because = Message("coordinated.because", {"n": 14, "parts": [part], "span": fast})
        explained = Message("coordinated.explained", {"because": because, "readings": []})
        others = [one for one in found if one is not group]
        for told in (because, explained):
            changed = dataclasses.replace(group, because=told)
            index.publish([*others, changed], kinds=("cluster",), generation="g2")
            index.refresh()
            people = pseudonyms(Workspace(home), index)
            title = Pinnable(Workspace(home), index, people).freeze("cluster", "c-water").title
            said = {code: Words(code).say(title) for code in ("en", "fr")}
            assert said["en"].startswith("14 accounts posted near")
            assert said["fr"].startswith("14 comptes ont publié des copies")
            for name in said.values():
                assert "5" in name
                assert "c-water)" in name
    finally:
        index.close()


def test_a_dossier_of_a_large_index_is_left_to_its_command(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "MAX_DOSSIER", 10)
    case = pinned(ask, "account:x:7001")
    said = " ".join(case["pins"][0]["said"])  # type: ignore[index]
    assert "no dossier was made" in said
    assert "tocsin source" in said


def test_a_copy_stays_when_its_post_changes_or_goes(ask: Ask, home: Path) -> None:
    before = pinned(ask, "x:1", "x:2")["pins"][0]["posts"][0]["text"]  # type: ignore[index]
    change_text(home, "x:1", "something else")
    index = open_index(Workspace(home))
    index.delete(["x:2"])
    index.refresh()
    index.close()
    first, second = ask("case", "show", "c1")["pins"]
    assert first["posts"][0]["text"] == before
    assert (first["state"], second["state"]) == ("changed", "gone")
    assert "Its text has changed" in first["changes"][0]
    assert second["posts"][0]["text"]
    again = ask("case", "pin", "c1", "x:1")
    assert again["pins"][0]["posts"][0]["text"] == before


def test_a_group_that_is_found_no_more_says_so(ask: Ask, home: Path) -> None:
    pinned(ask, "cluster:c-water", "narrative:n-bills")
    index = open_index(Workspace(home))
    index.publish([], kinds=("cluster", "narrative"), generation="g2")
    index.close()
    pins = ask("case", "show", "c1")["pins"]
    assert [pin["state"] for pin in pins] == ["gone", "gone"]
    assert "finds no such group" in pins[0]["changes"][0]
    assert "14 accounts made" in pins[0]["said"][1]


def test_the_checklist_notes_and_techniques_are_kept(ask: Ask) -> None:
    pinned(ask, "cluster:c-water")
    ask("case", "check", "c1", "s2", "--by", "Bo")
    ask("case", "check", "c1", "--add", "Call <b>them</b>")
    ask("case", "check", "c1", "s1", "--text", "Count first")
    ask("case", "check", "c1", "s3", "--remove")
    ask("case", "note", "c1", "A thought")
    ask("case", "note", "c1", "A better reason", "--pin", "p1")
    case = ask("case", "technique", "c1", "p1", "t0049.005", "--reason", "14 within an hour")
    steps = {step["id"]: step for step in case["checklist"]}
    assert steps["s2"]["done"] is True
    assert steps["s2"]["by"] == "Bo"
    assert steps["s9"]["text"] == "Call <b>them</b>"
    assert steps["s1"]["text"] == "Count first"
    assert "s3" not in steps
    assert case["notes"][0]["text"] == "A thought"
    assert case["pins"][0]["note"] == "A better reason"
    [technique] = case["pins"][0]["techniques"]
    assert technique["id"] == "T0049.005"
    assert technique["name"].startswith("Converge on one post")
    assert technique["reason"] == "14 within an hour"
    case = ask("case", "technique", "c1", "p1", "T0049.005", "--remove")
    assert case["pins"][0]["techniques"] == []
    assert len(case["history"]) == 10
    assert len(ask("case", "technique")["techniques"]) > 20


def test_ids_are_given_once(ask: Ask) -> None:
    pinned(ask, "x:1", "x:2")
    ask("case", "unpin", "c1", "p2")
    assert [pin["id"] for pin in ask("case", "pin", "c1", "x:3")["pins"]] == ["p1", "p3"]
    ask("case", "remove", "c1")
    assert ask("case", "new", "Another")["id"] == "c2"


def test_a_closed_case_is_read_and_not_changed(ask: Ask, call: Call) -> None:
    pinned(ask, "x:1")
    assert ask("case", "close", "c1")["status"] == "closed"
    refused = call("case", "note", "c1", "late")
    assert isinstance(refused.exception, ConfigError)
    assert "reopen c1" in str(refused.exception.message)
    ask("case", "reopen", "c1")
    assert ask("case", "note", "c1", "in time")["notes"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "c9"), "there is no case 'c9'"),
        (("show", "../../etc/passwd"), "there is no case"),
        (("pin", "c1", "cluster:nothing"), "no group 'nothing'"),
        (("pin", "c1", "no such thing"), "nothing here is called"),
        (("pin", "c1", "alert:7"), "no alert '7'"),
        (("unpin", "c1", "p9"), "no pin 'p9'"),
        (("check", "c1", "s99"), "no step 's99'"),
        (("note", "c1", " "), "text is empty"),
        (("technique", "c1", "p1", "T99", "--reason", "x"), "no id of the DISARM"),
        (("technique", "c1", "p1", "T0049"), "say why"),
        (("technique", "c1"), "which pin"),
        (("new", " "), "needs a title"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_a_sentence_in_both_languages(
    ask: Ask, call: Call, arguments: tuple[str, ...], said: str
) -> None:
    pinned(ask, "x:1")
    error = call("case", *arguments).exception
    assert isinstance(error, ConfigError)
    assert error.message is not None
    assert said in str(error.message)
    assert Words("fr").say(error.message) != str(error.message)


def test_damage_is_seen(ask: Ask, home: Path, call: Call) -> None:
    pinned(ask, "x:1")
    path = home / "cases" / "c1.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"by":"Ana"', '"by":"Bea"'), encoding="utf-8")
    assert ask("case", "show", "c1")["history_unbroken"] is False
    body = json.loads(text)
    body["pins"][0]["frozen"]["posts"][0]["text"] = "never said"
    path.write_text(json.dumps(body), encoding="utf-8")
    assert ask("case", "show", "c1")["pins"][0]["intact"] is False
    path.write_text(text[:200], encoding="utf-8")
    assert "is not a case" in str(call("case", "show", "c1").exception.message)  # type: ignore[union-attr]
    assert "is not a case" in ask("case", "list")["wrong"][0]


def test_a_case_reads_back_equal(ask: Ask, home: Path) -> None:
    pinned(ask, "x:1", "cluster:c-water", "narrative:n-storm", "signal:s-dam")
    case = open_case(Workspace(home), "c1")
    assert read_case(write_case(case)) == case
    assert case.unbroken
    assert all(pin.intact for pin in case.pins)


def test_two_who_write_at_once_lose_nothing(ask: Ask, home: Path) -> None:
    pinned(ask, "x:1")
    workspace = Workspace(home)

    def write(who: int) -> None:
        for number in range(10):
            actor = editing.actor(f"w{who}", datetime.now(UTC))
            text = f"{who}-{number}"
            change_case(workspace, "c1", lambda case, a=actor, t=text: editing.note(case, t, a))

    writers = [threading.Thread(target=write, args=(who,)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    case = open_case(workspace, "c1")
    assert len({note.id for note in case.notes}) == 30
    assert case.unbroken


def test_who_is_erased_is_erased_from_cases(ask: Ask, home: Path) -> None:
    """One of the campaign: in a group, a signal, posts of their own, and in what was written."""
    author = "x:7001"
    index = open_index(Workspace(home))
    mine = index.search(f'author:"{author}"', size=50).documents
    index.close()
    assert len(mine) >= 2
    theirs, handle = mine[0], "user_7001"
    pinned(ask, theirs.id, "account:x:7001", "cluster:c-water", "x:3")
    ask("case", "note", "c1", f"{handle} is behind it, says @{handle}")
    ask("case", "technique", "c1", "p3", "T0092", "--reason", f"{handle} leads")
    raw = (home / "cases" / "c1.json").read_text(encoding="utf-8")
    assert handle in raw
    assert theirs.id in raw
    answer = ask("erase", author)
    assert answer["cases"] == 1
    raw = (home / "cases" / "c1.json").read_text(encoding="utf-8")
    assert handle not in raw
    assert f'"{author}"' not in raw
    assert not any(f'"{one.id}"' in raw for one in mine)
    case = ask("case", "show", "c1")
    assert [pin["id"] for pin in case["pins"]] == ["p3", "p4"]
    assert case["pins"][0]["intact"] is True
    assert case["notes"][0]["text"] == "[…] is behind it, says @[…]"
    assert case["history_unbroken"] is True
    assert case["history"][-1]["by"] == "tocsin"
    assert "erased" in case["history"][-1]["what"]


def test_a_case_that_cannot_be_read_goes_with_who_is_erased(ask: Ask, home: Path) -> None:
    pinned(ask, "x:1")
    (home / "cases" / "c1.json").write_text("{", encoding="utf-8")
    assert ask("erase", "x:7001")["cases"] == 1
    assert not (home / "cases" / "c1.json").exists()


def test_retention_reaches_copies(ask: Ask, home: Path) -> None:
    pinned(ask, "x:1", "signal:s-dam", "narrative:n-dam")
    days = (datetime.now(UTC) - END + timedelta(days=5)).days
    settings = home / "tocsin.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("[privacy]\n", f"[privacy]\nretention_days = {days}\n"), "utf-8"
    )
    assert ask("retention", "--dry-run")
    assert len(ask("case", "show", "c1")["pins"]) == 3
    ask("retention")
    case = ask("case", "show", "c1")
    assert [pin["id"] for pin in case["pins"]] == ["p2", "p3"]
    assert case["pins"][0]["posts"]
    assert "retention" in case["history"][-1]["what"]


def test_people_read_it_in_their_language(call: Call, ask: Ask) -> None:
    pinned(ask, "x:1", "cluster:c-water", "signal:s-dam")
    said = call("--lang", "fr", "case", "show", "c1").output
    assert "a ouvert l’enquête" in said
    assert "Quelle part des messages" in said
    assert "Inchangé depuis" in said
    assert "Unchanged" not in said
    assert "Who pays?" in call("--lang", "fr", "case", "list").output


def test_a_group_is_pinned_by_its_bare_id_and_once(ask: Ask, call: Call) -> None:
    case = pinned(ask, "c-water")
    assert [pin["kind"] for pin in case["pins"]] == ["cluster"]  # type: ignore[attr-defined]
    again = " ".join(call("case", "pin", "c1", "cluster:c-water").output.split())
    assert again == "1 was pinned already: its first copy stays."
    both = " ".join(call("case", "pin", "c1", "c-water", "query:eau").output.split())
    assert both.startswith("Pinned to c1: 1 thing")
    assert both.endswith("1 was pinned already: its first copy stays.")
