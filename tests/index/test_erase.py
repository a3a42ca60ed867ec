"""Erasing leaves nothing behind: not in file, log, caches, spool or findings."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.embedded import EmbeddedIndex
from index.embedded.columnar import persistence
from index.maintenance.scrub import names_pattern, scrub
from index.privacy import Pseudonyms, pseudonyms, suppression_hash
from index.spool import Spool
from tocsin.core.documents import Annotation, Author, Raw
from tocsin.core.workspace import Workspace

SECRET_WORD = "Zwickmühlenbau"
AT = datetime(2024, 5, 1, tzinfo=UTC)


def leftovers(home: Path, *needles: bytes) -> list[str]:
    """Files of a workspace that hold one of these bytes."""
    return [
        str(path)
        for path in sorted(home.rglob("*"))
        if path.is_file() and any(n in path.read_bytes() for n in needles)
    ]


@pytest.mark.parametrize("how", ["author", "ids"])
def test_no_byte_of_an_erased_person_is_left_in_the_workspace(
    index: EmbeddedIndex, workspace: Workspace, made: Any, how: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(persistence, "FEW", 1)
    person = Author(
        id="x:secretid77", handle="secrethandle", name="Secret Name", description="secret life"
    )
    raw = workspace.file("raw/77.json")
    raw.write_text("secretid77", encoding="utf-8")
    theirs = [
        made(
            5_000 + n,
            f"{SECRET_WORD} number{n}",
            author=person,
            url=f"https://x.example/secrethandle/{n}",
            raw=Raw(path="raw/77.json", sha256="0"),
        )
        for n in range(40)
    ]
    index.put([*[made(n) for n in range(400)], *theirs, *[made(n) for n in range(400, 800)]])
    index.annotate(
        [
            (
                d.id,
                Annotation(version="1", model="m", made_at=AT, values={"entity": "secretentity"}),
            )
            for d in theirs
        ],
        "entities",
    )
    index.put_vectors("m", [d.id for d in theirs], np.full((40, 4), 0.123456, np.float32))
    index.put(
        [dataclasses.replace(theirs[0], text=f"{SECRET_WORD} edited", content_hash="e")],
        on_conflict="replace",
    )
    index.page(SECRET_WORD)
    index.vectors("m")
    needles = [
        b"ecretid77",
        b"ecrethandle",
        b"Secret Name",
        b"secret life",
        "Zwickmühlenbau".encode(),
        b"zwickmuhlenbau",
        b"secretentity",
    ]
    needles.append(np.full(4, 0.123456, np.float32).tobytes())
    assert leftovers(workspace.home, *needles)
    if how == "author":
        Spool(workspace.home / "spool").append(
            [json.dumps({"id": "1", "platform": "x", "author": {"id": "secretid77"}}).encode()]
        )
        assert index.delete_by_author(person.id) == 40
    else:
        assert index.delete([d.id for d in theirs]) == 40
    assert leftovers(workspace.home, *needles) == []
    assert index.count() == 800
    assert index.stats().authors == 10
    index.close()


def test_a_raw_file_outside_the_workspace_is_never_touched(
    index: EmbeddedIndex, workspace: Workspace, made: Any
) -> None:
    outside = workspace.home.parent / "outside.txt"
    outside.write_text("mine", encoding="utf-8")
    index.put(
        [
            made(1, raw=Raw(path="../outside.txt", sha256="0")),
            made(2, raw=Raw(path=str(outside), sha256="0")),
            made(3, raw=Raw(path="", sha256="0")),
        ]
    )
    assert index.delete(["x:1", "x:2", "x:3"]) == 3
    assert outside.read_text(encoding="utf-8") == "mine"


def test_only_this_persons_items_leave_the_spool(
    index: EmbeddedIndex, workspace: Workspace
) -> None:
    spool = Spool(workspace.home / "spool")
    items = [
        {"id": "1", "platform": "x", "author": {"id": "a1"}},
        {"id": "2", "platform": "x", "author": "a1"},
        {"id": "3", "platform": "mastodon", "author": {"id": "a1"}},
        {"id": "4", "platform": "x", "author": {"id": "a11"}},
        {"outer": [{"platform": "x", "author": {"id": "x:a1"}}]},
        {"id": "5", "text": "a1"},
    ]
    spool.append([*(json.dumps(item).encode() for item in items), b"not json", b"[" * 10_000])
    index.delete_by_author("x:a1")
    assert [
        json.loads(i)["id"] for s in spool.segments() for i in spool.read(s) if i.startswith(b"{")
    ] == ["3", "4", "5"]


CLUSTER: dict[str, Any] = {
    "id": "c",
    "accounts": [
        {"id": "x:1", "handle": "ana"},
        {"id": "x:2", "handle": "bo"},
        {"id": "x:3", "handle": None},
    ],
    "because": "they share a link",
    "evidence": [
        {"signal": "link", "object": "u", "posts": ["p1", "p2"], "accounts": ["x:1", "x:2"]},
        {"signal": "link", "object": "v", "posts": ["p1"]},
    ],
    "signals": ["link"],
}


@pytest.mark.parametrize(
    ("kind", "before", "gone", "after"),
    [
        ("cluster", CLUSTER, {"nobody"}, CLUSTER),
        (
            "cluster",
            CLUSTER,
            {"p1"},
            CLUSTER | {"evidence": [CLUSTER["evidence"][0] | {"posts": ["p2"]}]},
        ),
        ("cluster", CLUSTER, {"p1", "p2"}, None),
        ("cluster", CLUSTER, {"x:3"}, CLUSTER | {"accounts": CLUSTER["accounts"][:2]}),
        ("cluster", CLUSTER, {"x:3", "x:2"}, None),
        ("edge", {"id": "e", "a": "x:1", "b": "x:2", "signals": {"link": 2}}, {"x:2"}, None),
        ("influence", {"id": "i", "account": "x:1"}, {"x:1"}, None),
        (
            "copy",
            {
                "id": "c",
                "posts": ["p1", "p2", "p3"],
                "pairs": [{"a": "p1", "b": "p2"}, {"a": "p2", "b": "p3"}],
                "identical": [["p1", "p2"], ["p3"]],
            },
            {"p3"},
            {
                "id": "c",
                "posts": ["p1", "p2"],
                "pairs": [{"a": "p1", "b": "p2"}],
                "identical": [["p1", "p2"]],
            },
        ),
        ("copy", {"id": "c", "posts": ["p1", "p2"]}, {"p2"}, None),
        ("signal", {"id": "s", "post_ids": ["p1"], "terms": ["p"]}, {"p1"}, None),
        (
            "narrative",
            {"id": "n", "members": ["p1", "p2"], "central": ["p1"], "label": "l"},
            {"p2"},
            {"id": "n", "members": ["p1"], "central": ["p1"], "label": "l"},
        ),
        (
            "narrative",
            {
                "id": "n",
                "members": ["p1", "p2"],
                "label": "their words",
                "terms": ["bridge", "river"],
                "headlines": [{"language": "en", "label": "their words", "post": "p2"}],
                "evidence": [{"signal": "meaning", "object": "their words", "posts": ["p1", "p2"]}],
            },
            {"p2"},
            {
                "id": "n",
                "members": ["p1"],
                "label": "bridge, river",
                "terms": ["bridge", "river"],
                "headlines": [],
                "evidence": [{"signal": "meaning", "object": "bridge, river", "posts": ["p1"]}],
            },
        ),
        (
            "narrative",
            {
                "id": "n",
                "members": ["p1", "p2"],
                "label": "more",
                "headlines": [
                    {"language": "en", "label": "more", "post": "p1"},
                    {"language": "fr", "label": "ce soir", "post": "p2", "speaker": "x:1"},
                ],
            },
            {"x:1"},
            {
                "id": "n",
                "members": ["p1", "p2"],
                "label": "more",
                "headlines": [{"language": "en", "label": "more", "post": "p1"}],
            },
        ),
    ],
)
def test_findings_without_what_is_gone(
    kind: str, before: dict[str, Any], gone: set[str], after: dict[str, Any] | None
) -> None:
    body = json.dumps(before, sort_keys=True, separators=(",", ":"))
    left = scrub(kind, body, gone)
    assert (None if left is None else json.loads(left)) == after
    if after == before:
        assert left == body


def test_a_finding_that_names_the_person_in_words_goes() -> None:
    names = names_pattern(["x:1", "1", "ana", None, ""])
    assert names is not None
    assert (
        scrub(
            "influence",
            json.dumps({"id": "i", "reasons": ["often repeated by @Ana"]}),
            set(),
            names,
        )
        is None
    )
    assert (
        scrub(
            "influence",
            json.dumps({"id": "i", "reasons": ["often repeated in Canada"]}),
            set(),
            names,
        )
        is not None
    )
    assert names_pattern([None, ""]) is None


def test_pseudonyms_are_keyed_stable_and_can_be_off(workspace: Workspace, tmp_path: Path) -> None:
    shown = pseudonyms(workspace)
    assert (shown.account("x:12:3"), shown.handle("ana", "x:12")) == ("12:3", "ana")
    on = pseudonyms(Workspace(tmp_path / "other"))
    name = on.account("x:12")
    assert (
        name
        == on.handle("ana", "x:12")
        == pseudonyms(Workspace(tmp_path / "other")).account("x:12")
    )
    assert name.startswith("acct-")
    assert len(name) == len("acct-") + 12
    assert name != on.account("x:13") != Pseudonyms(b"another key").account("x:13")
    assert (
        suppression_hash(b"a", "x:1")
        != suppression_hash(b"b", "x:1")
        != suppression_hash(b"b", "x:2")
    )


def test_the_words_of_a_replaced_text_leave_the_full_text_segments(
    index: EmbeddedIndex, workspace: Workspace, made: Any
) -> None:
    index.put([made(n) for n in range(500)])
    index.put([made(7, text="zwickmuhlenbau as it was first written")])
    index.put([made(7, text="quite something else")], on_conflict="replace")
    index.put([made(n) for n in range(500, 600)])
    assert index.page("zwickmuhlenbau").total == 0
    index.close()
    assert _words_with(workspace, b"zwickmuhlenbau") == 0
    with sqlite3.connect(workspace.file("index.sqlite")) as connection:
        assert (
            connection.execute("SELECT 1 FROM meta WHERE name = 'replaced_words'").fetchall() == []
        )


def test_the_words_of_a_replaced_text_leave_later_where_the_process_died(
    index: EmbeddedIndex, workspace: Workspace, made: Any
) -> None:
    index.put([made(7, text="zwickmuhlenbau as it was first written")])
    index.put([made(7, text="quite something else")], on_conflict="replace")
    index._database.close()  # what a crash leaves
    assert _words_with(workspace, b"zwickmuhlenbau") > 0
    following = EmbeddedIndex(workspace)
    following.ensure_schema()
    following.put([made(8)])
    following.close()
    assert _words_with(workspace, b"zwickmuhlenbau") == 0


def _words_with(workspace: Workspace, word: bytes) -> int:
    """How many full-text segments hold a word."""
    with sqlite3.connect(workspace.file("index.sqlite")) as connection:
        blocks = connection.execute("SELECT block FROM words_data").fetchall()
    return sum(word in block for (block,) in blocks)
