"""CSV tables: what analysts' marks do to them, and how shared objects are written."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from index.embedded import EmbeddedIndex
from index.exports.csv_tables import write_csv
from tocsin.core import findings
from tocsin.core.documents import Author, Document
from tocsin.core.findings import (
    Cluster,
    Edge,
    Evidence,
    Explanation,
    Influence,
    Member,
    Method,
    SignalDescription,
)
from tocsin.core.messages import Message, plain
from tocsin.core.workspace import Workspace

METHOD = Method(name="test", version="1")


def group(key: str, *, explained: bool = False) -> Cluster:
    reading = Explanation(kind="news_burst", fits=True, because=plain("because"))
    return Cluster(
        id=key,
        method=METHOD,
        status="explained" if explained else "flagged",
        accounts=tuple(Member(id=f"x:{key}{n}") for n in range(4)),
        signals=("link",),
        q_value=0.01,
        innocent_explanations=(reading,) if explained else (),
    )


def rows(index: EmbeddedIndex, workspace: Workspace, path: Path) -> list[dict[str, str]]:
    path.unlink(missing_ok=True)
    write_csv(index, workspace, path)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def clear(workspace: Workspace) -> Workspace:
    return Workspace(workspace.home, {"privacy": {"pseudonymise": False}})


def test_accounts_are_written_under_the_marks_of_now(
    index: EmbeddedIndex, clear: Workspace, tmp_path: Path
) -> None:
    index.publish([group("a"), group("b", explained=True)], kinds=["cluster"], generation="run-1")

    def statuses() -> dict[str, set[str]]:
        by_cluster: dict[str, set[str]] = {}
        for row in rows(index, clear, tmp_path / "accounts.csv"):
            by_cluster.setdefault(row["cluster"], set()).add(row["status"])
        return by_cluster

    assert statuses() == {"a": {"flagged"}, "b": {"explained"}}
    index.put_mark("a", "benign")
    index.put_mark("b", "suspect")
    assert statuses() == {"a": {"cleared"}, "b": {"flagged"}}
    index.put_mark("a", None)
    index.put_mark("b", None)
    assert statuses() == {"a": {"flagged"}, "b": {"explained"}}
    index.put_mark("x:a0", "benign")
    accounts = [row["account"] for row in rows(index, clear, tmp_path / "accounts.csv")]
    assert accounts == ["x:a1", "x:a2", "x:a3", "x:b0", "x:b1", "x:b2", "x:b3"]


def test_sentences_of_influence_are_written_in_english(
    index: EmbeddedIndex, clear: Workspace, tmp_path: Path
) -> None:
    caveats = (Message("query.quote"), plain("Second."))
    one = Influence(
        id="i", method=METHOD, account="x:a", reasons=(plain("first"),), caveats=caveats
    )
    index.publish([one], kinds=["influence"], generation="run-1")
    (row,) = rows(index, clear, tmp_path / "influencers.csv")
    assert row["caveats"] == "this quotation mark is never closed Second."
    assert row["reasons"] == "first"


@pytest.mark.parametrize(
    ("kind", "hidden", "shown"),
    [
        ("post", False, "x:9:1"),
        ("media", False, "x:9:1"),
        ("account", False, "x:9:1"),
        ("", False, "x:9:1"),
        ("account", True, "acct-"),
    ],
)
def test_an_object_is_written_by_its_kind(
    index: EmbeddedIndex,
    workspace: Workspace,
    clear: Workspace,
    tmp_path: Path,
    kind: str,
    hidden: bool,
    shown: str,
) -> None:
    sentence = plain("shared the same thing")
    described: Any = SignalDescription(
        name="new", family="new", object_kind=kind, specificity=1, label=sentence, objects=sentence
    )
    evidence = Evidence(signal="new", object="x:9:1", posts=("x:1",))
    tested = findings.Tested(
        id="t", method=METHOD, accounts=2, pairs=1, windows=(60,), described=(described,)
    )
    edge = Edge(id="e", method=METHOD, a="x:a", b="x:b", evidence=(evidence,))
    index.publish([tested, edge], kinds=["tested", "edge", "cluster"], generation="run-1")
    if hidden:
        clear = Workspace(workspace.home, {"privacy": {"pseudonymise": True}})
    (row,) = rows(index, clear, tmp_path / "evidence.csv")
    assert row["object"].startswith(shown)
    assert ("9:1" in row["object"]) is not hidden


def test_posts_say_their_groups_as_they_stand_under_marks(
    index: EmbeddedIndex, clear: Workspace, tmp_path: Path
) -> None:
    index.put(
        [
            Document(id=f"x:{key}", platform="x", author=Author(id=f"x:{key}"), text="the ice")
            for key in ("a0", "b0", "z")
        ]
    )
    index.refresh()
    index.publish([group("a"), group("b", explained=True)], kinds=["cluster"], generation="run-1")
    index.put_mark("a", "benign")
    found = {
        row["id"]: (row["cluster"], row["cluster_name"], row["cluster_status"])
        for row in rows(index, clear, tmp_path / "posts.csv")
    }
    assert found == {
        "x:a0": ("a", "a", "cleared"),
        "x:b0": ("b", "b", "explained"),
        "x:z": ("", "", ""),
    }
