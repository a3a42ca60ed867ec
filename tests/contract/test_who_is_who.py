"""Who is who: names that several accounts have, names that an account had before, and mentions.

Real commands over both backends.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from index.maintenance import transfer
from index.privacy import pseudonyms
from tests.contract.conftest import START
from tocsin.app.cli import main
from tocsin.core import findings
from tocsin.core.documents import Author, Link, LinkKind
from tocsin.core.findings import Cluster, Edge, Member, Method
from tocsin.core.workspace import Workspace

PLATFORMS = ("mastodon", "reddit", "x")
METHOD = Method(name="test", version="1")


def publish_pair(index: Any, name: str) -> None:
    """A published group of the renamed account and a reader."""
    group = Cluster(
        id=name,
        method=METHOD,
        status="flagged",
        accounts=(Member(id="x:7", handle="NewName"), Member(id="x:8", handle="reader")),
        signals=("link",),
        q_value=0.01,
    )
    index.publish([group], kinds=["cluster"], generation="g")


TRIO = tuple(Member(id=f"{platform}:jean", handle="jean") for platform in PLATFORMS)


@pytest.fixture
def tocsin(
    index: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """A function that calls a command on the index and gives (exit code, JSON, stderr)."""
    settings = index.workspace.settings.index
    for name in ("backend", "url", "prefix"):
        monkeypatch.setenv(f"TOCSIN_INDEX__{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")

    def call(*arguments: str) -> tuple[int, Any, str]:
        index.refresh()
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(index.workspace.home), "--json", *arguments])
        out, error = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(out) if out else None, error

    return call


def put_trio(index: Any, made: Callable[..., Any]) -> None:
    """Three accounts of one name on three platforms, a post each, and a group of them."""
    index.put(
        [
            made(
                n,
                f"post {n}",
                id=f"{platform}:p{n}",
                platform=platform,
                author=Author(id=f"{platform}:jean", handle="Jean"),
            )
            for n, platform in enumerate(PLATFORMS)
        ]
    )
    edges = [
        Edge(id=f"{a} {b}", a=a, b=b, method=METHOD, weight=1.0, signals={"link": 1}, cluster="c1")
        for a, b in (("mastodon:jean", "reddit:jean"), ("mastodon:jean", "x:jean"))
    ]
    group = Cluster(
        id="c1", method=METHOD, status="flagged", accounts=TRIO, signals=("link",), q_value=0.01
    )
    tested = findings.Tested(id="t", method=METHOD, accounts=3, pairs=3, windows=(60,))
    index.publish([group, *edges, tested], kinds=["cluster", "edge", "tested"], generation="g")


def put_renamed(index: Any, made: Callable[..., Any]) -> None:
    """One account under two handles, the newer post first, and somebody who mentions the old."""
    now = Author(id="x:7", handle="NewName", name="New Person", followers=5)
    then = Author(id="x:7", handle="OldName", name="Old Person", followers=9)
    reader = Author(id="x:8", handle="reader")
    index.put([made(50, "a newer post", id="x:50", platform="x", author=now)])
    index.put([made(1, "an older post", id="x:1", platform="x", author=then)])
    link = Link(LinkKind.MENTION, "oldname")
    index.put([made(2, "hello", id="x:2", platform="x", author=reader, links=(link,))])


def test_a_name_of_several_accounts_is_never_guessed(index: Any, tocsin: Any, made: Any) -> None:
    put_trio(index, made)
    for arguments in (
        ("mark", "jean", "benign"),
        ("erase", "@Jean", "--yes"),
        ("source", "jean"),
        ("search", "author:jean"),
        ("search", "post NOT handle:@jean"),
        ("discover", "handle:jean"),
    ):
        code, _, error = tocsin(*arguments)
        assert code == 2, arguments
        for platform in PLATFORMS:
            assert f"Jean ({platform})" in error, (arguments, error)
    assert not index.marks()
    assert tocsin("search", 'author:"jean (x)"')[1]["total"] == 1
    assert tocsin("search", 'handle:"@jean (reddit)" OR author:x:jean')[1]["total"] == 2
    assert tocsin("source", "jean (mastodon)")[0] == 0
    assert tocsin("mark", "jean (x)", "benign")[0] == 0
    assert set(index.marks()) == {"x:jean"}
    assert tocsin("erase", "Jean (Mastodon)", "--yes")[1]["removed"] == 1
    assert index.count() == 2


def test_lists_say_the_platform_of_a_shared_name(
    index: Any, tocsin: Any, made: Any, tmp_path: Path
) -> None:
    put_trio(index, made)
    code, answer, error = tocsin("clusters", "c1")
    assert code == 0, error
    members = answer["clusters"][0]["accounts"]
    assert [m["handle"] for m in members] == [f"jean ({p})" for p in PLATFORMS]
    assert [m["platform"] for m in members] == [*PLATFORMS]
    assert tocsin("export", "csv", "--out", str(tmp_path / "out"))[0] == 0
    with (tmp_path / "out" / "edges.csv").open(encoding="utf-8-sig") as lines:
        pairs = {(row["a"], row["b"]) for row in csv.DictReader(lines)}
    assert pairs == {("mastodon:jean", "reddit:jean"), ("mastodon:jean", "x:jean")}
    with (tmp_path / "out" / "accounts.csv").open(encoding="utf-8-sig") as lines:
        handles = {row["handle"] for row in csv.DictReader(lines)}
    assert handles == {f"jean ({platform})" for platform in PLATFORMS}
    for name in ("jean (reddit)", "jean (x)"):  # what is shown is taken
        assert tocsin("search", f'author:"{name}"')[1]["total"] == 1


def test_an_account_is_found_by_its_earlier_handle(
    index: Any, tocsin: Any, made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    put_renamed(index, made)
    for name in ("OldName", "@oldname", "newname", "@NewName", "x:7", "7", '"oldname (x)"'):
        for field in ("author", "handle"):
            found = tocsin("search", f"{field}:{name}", "--order", "oldest")[1]
            assert [hit["id"] for hit in found["hits"]] == ["1", "50"], (field, name)
            named = [(h["author"]["handle"], h["author"]["name"]) for h in found["hits"]]
            assert named == [("OldName", "Old Person"), ("NewName", "New Person")]
            assert [hit["author"]["followers"] for hit in found["hits"]] == [5, 5]
    subjects = {tocsin("source", name)[1]["subject"] for name in ("@oldname", "newname", "x:7")}
    assert len(subjects) == 1
    names = tocsin("source", "newname")[1]["names"]
    assert [(n["handle"], n["name"], n["first_at"]) for n in names] == [
        ("OldName", "Old Person", "2024-03-29T12:01:00.000Z"),
        ("NewName", "New Person", "2024-03-29T12:50:00.000Z"),
    ]
    with pytest.raises(SystemExit):
        main(["--home", str(index.workspace.home), "source", "newname"])
    assert "@OldName" in capsys.readouterr().out
    publish_pair(index, "c1")
    assert tocsin("mark", "@oldname", "suspect")[0] == 0
    assert set(index.marks()) == {"x:7"}
    assert tocsin("erase", "oldname", "--yes")[1]["removed"] == 2
    assert index.accounts(["oldname"]) == []
    assert tocsin("erase", "oldname", "--yes")[0] == 2


def test_exports_say_the_name_of_the_time(
    index: Any, tocsin: Any, made: Any, tmp_path: Path
) -> None:
    put_renamed(index, made)
    assert tocsin("export", "jsonl", "--out", str(tmp_path / "posts.jsonl"))[0] == 0
    lines = (tmp_path / "posts.jsonl").read_text("utf-8").splitlines()
    handles = {row["id"]: row["author"]["handle"] for row in map(json.loads, lines)}
    assert handles == {"1": "OldName", "2": "reader", "50": "NewName"}
    assert tocsin("export", "csv", "--out", str(tmp_path / "posts.csv"))[0] == 0
    with (tmp_path / "posts.csv").open(encoding="utf-8-sig") as table:
        handles = {row["id"]: row["handle"] for row in csv.DictReader(table)}
    assert handles == {"x:1": "OldName", "x:2": "reader", "x:50": "NewName"}


def test_earlier_handles_follow_retention_and_transfer(
    index: Any, made: Any, open_backend: Any, drop: Any
) -> None:
    put_renamed(index, made)
    index.refresh()
    copied = open_backend("embedded")
    transfer.import_(copied, transfer.export(index))
    for each in (index, copied):
        assert [a.handles for a in each.accounts(["OLDNAME"])] == [{"oldname", "newname"}]
        assert each.get(["x:1"])[0].author.handle == "OldName"
        each.delete(["x:1"])
        each.refresh()
        assert each.accounts(["oldname"]) == []
        assert [a.handles for a in each.accounts(["newname"])] == [{"newname"}]
    drop(copied)


def test_a_handle_that_passed_to_somebody_else_is_not_guessed(
    index: Any, tocsin: Any, made: Any
) -> None:
    put_renamed(index, made)
    heir = Author(id="x:9", handle="oldname")
    index.put([made(60, "another", id="x:60", platform="x", author=heir)])
    code, _, error = tocsin("search", "author:oldname")
    assert (code, "NewName (x)" in error, "oldname (x)" in error) == (2, True, True)
    assert tocsin("search", "author:newname")[1]["total"] == 2


def test_the_pseudonym_on_the_screen_finds_the_account_everywhere(
    index: Any, tocsin: Any, made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_renamed(index, made)
    put_trio(index, made)
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "true")
    shown = pseudonyms(Workspace(index.workspace.home)).account("x:7")
    answers = [
        tocsin("search", f"{field}:{name}")[1]
        for field in ("author", "handle")
        for name in (shown, f'"{shown} (x)"', "oldname", "@NewName", "x:7")
    ]
    assert answers[0]["total"] == 2
    assert all(answer == answers[0] for answer in answers)
    assert {hit["author"]["handle"] for hit in answers[0]["hits"]} == {shown}
    assert tocsin("source", shown)[1] == tocsin("source", "@oldname")[1]
    assert tocsin("source", shown)[1]["names"] == []
    assert tocsin("search", "hello")[1]["hits"][0]["mentions"] == [shown]
    assert tocsin("export", "jsonl", "--out", str(tmp_path / "posts.jsonl"))[0] == 0
    text = (tmp_path / "posts.jsonl").read_text("utf-8").casefold()
    assert shown in text
    assert "oldname" not in text
    assert "newname" not in text
    assert "old person" not in text
    code, _, error = tocsin("source", "jean")
    assert code == 2
    assert all(f"({platform})" in error for platform in PLATFORMS)
    assert "acct-" in error
    publish_pair(index, "c2")
    assert tocsin("mark", shown, "suspect")[0] == 0
    assert set(index.marks()) == {"x:7"}
    assert tocsin("erase", shown, "--yes")[1]["removed"] == 2


def test_one_name_on_three_platforms_stays_three_accounts_in_every_file(
    index: Any, tocsin: Any, tmp_path: Path
) -> None:
    """From files of posts to every export: no self-loop, no two accounts in one node or row."""
    chance = random.Random(5)
    rows = []
    for n in range(40):
        at = START + timedelta(hours=7 * n)
        for late, platform in enumerate(PLATFORMS):
            rows.append((platform, "jean", at + timedelta(seconds=late), f"https://e.example/{n}"))
    for n in range(1_500):
        at = START + timedelta(minutes=chance.randrange(40 * 7 * 60))
        link = f"https://e.example/{chance.randrange(400)}"
        rows.append((chance.choice(PLATFORMS), f"reader{n % 120}", at, link))
    lines = [
        json.dumps({
            "id": f"p{n}", "platform": platform, "text": f"look {n} {link}", "urls": [link],
            "author": {"id": who, "handle": who}, "published_at": at.isoformat(),
        })
        for n, (platform, who, at, link) in enumerate(rows)
    ]  # fmt: skip
    (tmp_path / "posts.jsonl").write_text("\n".join(lines), "utf-8")
    assert tocsin("import", str(tmp_path / "posts.jsonl"))[0] == 0
    assert tocsin("analyse")[0] == 0
    labels = {f"jean ({platform})" for platform in PLATFORMS}
    answer = tocsin("clusters", "--edges")[1]
    members = {member["id"] for group in answer["clusters"] for member in group["accounts"]}
    assert labels <= members
    out = tmp_path / "out"
    assert tocsin("export", "csv", "--out", str(out))[0] == 0
    tables = {}
    for name in ("accounts", "edges", "evidence", "influencers"):
        with (out / f"{name}.csv").open(encoding="utf-8-sig", newline="") as table:
            tables[name] = list(csv.DictReader(table))
    assert all(row["a"] != row["b"] for name in ("edges", "evidence") for row in tables[name])
    assert labels <= {row["handle"] for row in tables["accounts"]}
    assert {f"{platform}:jean" for platform in PLATFORMS} <= {
        row["account"] for row in tables["accounts"]
    }
    listed = [*tables["accounts"], *tables["influencers"]]
    assert "jean" not in {row["account"] for row in listed}
    for kind in ("gexf", "graphml"):
        path = tmp_path / f"net.{kind}"
        assert tocsin("export", kind, "--out", str(path))[0] == 0
        tree = ElementTree.parse(path)
        nodes = [e.get("id") for e in tree.iter() if e.tag.endswith("}node")]
        ends = [(e.get("source"), e.get("target")) for e in tree.iter() if e.tag.endswith("}edge")]
        assert {f"{platform}:jean" for platform in PLATFORMS} <= set(nodes)
        assert ends
        assert all(a != b for a, b in ends)
    assert tocsin("export", "stix", "--out", str(tmp_path / "b.json"))[0] == 0
    bundle = json.loads((tmp_path / "b.json").read_text("utf-8"))["objects"]
    accounts = {(o["account_type"], o["user_id"]) for o in bundle if o["type"] == "user-account"}
    assert {(platform, "jean") for platform in PLATFORMS} <= accounts
    assert tocsin("export", "dossier", "--out", str(tmp_path / "d.md"))[0] == 0
    report = (tmp_path / "d.md").read_text("utf-8")
    assert all(platform in report for platform in PLATFORMS)
    assert tocsin("mark", "jean (x)", "benign")[0] == 0
    assert tocsin("export", "labels", "--out", str(tmp_path / "l.json"))[0] == 0
    assert "jean (x)" in (tmp_path / "l.json").read_text("utf-8")
