"""From an index to ``tocsin clusters`` and ``tocsin mark``, and campaigns through the product."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from graph.coordination.labels import label_rows, measured_precision
from index.analysis import Analysis
from index.base import Index
from index.connect import open_index
from tocsin.app.cli import cli
from tocsin.app.pipeline import analyse
from tocsin.core.calibration.intervals import wilson_interval
from tocsin.core.documents import Author, Document, Link, LinkKind
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

Call = Callable[..., Any]


KINDS = {LinkKind.URL: "urls", LinkKind.MEDIA: "media", LinkKind.MENTION: "mentions"}


def documents(rows: list[dict[str, Any]]) -> list[Document]:
    return [
        Document(
            id=r["id"],
            platform="x",
            author=Author(id=r["author"], handle=r["handle"]),
            text=r["text"],
            published_at=datetime.fromtimestamp(r["published_at"] / 1000, UTC),
            links=tuple(Link(kind, target) for kind in KINDS for target in r[KINDS[kind]]),
        )
        for r in rows
    ]


def run_analysis(workspace: Workspace, index: Index) -> None:
    index.refresh()
    with Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run), ["coordination"])


@pytest.fixture
def filled(workspace: Workspace, world: Any) -> list[str]:
    """A workspace with a quiet world and one group; its accounts."""
    who: list[str] = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    index = open_index(workspace)
    index.ensure_schema()
    index.put(documents(world.rows))
    run_analysis(workspace, index)
    index.close()
    return who


@pytest.fixture
def call(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command with --json and give its document."""

    def run(*arguments: str, pseudonyms: bool = False) -> Any:
        monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", str(pseudonyms).lower())
        result = CliRunner().invoke(
            cli, ["--home", str(workspace.home), "--json", *arguments], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def test_clusters_answers_as_the_contract_says(filled: list[str], call: Call) -> None:
    document = call("clusters")
    assert {
        "run_id",
        "method",
        "data_as_of",
        "tested",
        "expected_false_accounts",
        "clusters",
    } <= set(document)
    assert document["tested"]["windows"] == [10, 60, 600, 3600, 86_400]
    (cluster,) = document["clusters"]
    assert cluster["status"] == "flagged"
    assert {a["id"] for a in cluster["accounts"]} == {a.partition(":")[2] for a in filled}
    assert all(
        0 <= a["degree"] <= 1 and {"handle", "x", "y"} <= set(a) for a in cluster["accounts"]
    )
    assert all(
        {"signal", "object", "posts", "seconds_apart"} <= set(row) for row in cluster["evidence"]
    )
    assert {"kind", "fits", "because"} <= set(cluster["innocent_explanations"][0])
    assert "edges" not in cluster
    edges = call("clusters", cluster["id"])["clusters"][0]["edges"]
    for edge in edges:
        rows = edge["evidence"]
        assert len({p for row in rows for p in row["posts"]}) >= 3
        assert all(
            len(row["published_at"]) == len(row["posts"]) and all(row["published_at"])
            for row in rows
        )


def test_numbers_and_remarks_are_in_the_readers_language(
    filled: list[str], call: Call, workspace: Workspace
) -> None:
    def say(*arguments: str) -> str:
        asked = ["--home", str(workspace.home), "--lang", "fr", *arguments]
        said = CliRunner(env={"COLUMNS": "200"}).invoke(cli, asked).output
        return " ".join(said.split())

    (cluster,) = call("clusters")["clusters"]
    for said in (say("clusters", cluster["id"]), say("evidence", "--limit", "3")):
        assert len(said) > 300
        assert not re.search(r"\d\.\d|\de-\d", said)
    assert "aucun message n’a encore été comparé" in say("analyse")


def test_evidence_lists_every_pair_with_its_why(
    filled: list[str], call: Call, workspace: Workspace
) -> None:
    (cluster,) = call("clusters", "--edges")["clusters"]
    every = call("evidence", "--all")
    assert every["pairs"] == len(cluster["edges"])
    assert every["total"] == len(every["evidence"])
    assert every["total"] == sum(len(edge["evidence"]) for edge in cluster["edges"])
    assert all(
        "linked the same" in row["why"] and "apart" in row["why"] for row in every["evidence"]
    )
    assert all("linked the same" in row["why"] for row in cluster["evidence"])
    assert every["names"] == "real"
    page = call("evidence", cluster["id"], "--limit", "3", "--offset", "2")
    assert page["evidence"] == every["evidence"][2:5]
    assert page["total"] == every["total"]
    said = CliRunner(env={"COLUMNS": "200"}).invoke(
        cli, ["--home", str(workspace.home), "--lang", "en", "evidence", "--limit", "3"]
    )
    assert f"Evidence, rows shown: 3 of {every['total']}," in said.output
    assert "linked the same" in said.output
    # and in the table: one row a post
    out = workspace.home / "evidence.csv"
    call("export", "csv", "--out", str(out))
    with out.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == sum(len(row["posts"]) for row in every["evidence"])
    assert {row["why"] for row in rows} == {row["why"] for row in every["evidence"]}


def test_accounts_are_pseudonyms_by_default(filled: list[str], call: Call) -> None:
    text = json.dumps(call("clusters", "--edges", pseudonyms=True))
    assert not any(f'"{account.partition(":")[2]}"' in text for account in filled)
    assert "acct-" in text


def test_marks_are_kept_and_respected(filled: list[str], call: Call, workspace: Workspace) -> None:
    name = call("clusters")["clusters"][0]["id"]
    assert call("mark", name, "benign", "--note", "a choir")["measured"]["benign"] == 1
    assert call("clusters")["clusters"][0]["status"] == "cleared"
    index = open_index(workspace)
    run_analysis(workspace, index)
    assert index.findings("tested")[0].expected_false_accounts == 0  # type: ignore[attr-defined]
    index.close()
    again = call("clusters")["clusters"][0]
    assert (again["id"], again["status"], again["mark"]) == (name, "cleared", "benign")
    call("mark", name, "none")
    assert call("clusters")["clusters"][0]["status"] == "flagged"
    account = filled[0].partition(":")[2]
    assert call("mark", account, "suspect")["measured"]["suspect"] == 1


def test_a_person_reads_tables_and_sentences(
    filled: list[str], workspace: Workspace, call: Call
) -> None:
    name = call("clusters")["clusters"][0]["id"]
    shown = CliRunner().invoke(cli, ["--home", str(workspace.home), "clusters", name])
    assert shown.exit_code == 0
    assert "Innocent readings" in shown.output
    for arguments, said in (
        (["clusters", "cnone"], "there is no cluster"),
        (["mark", "nobody", "benign"], "there is no cluster or account"),
    ):
        result = CliRunner().invoke(cli, ["--home", str(workspace.home), *arguments])
        assert said in str(result.exception)


def test_without_an_analysis_one_sentence(workspace: Workspace) -> None:
    open_index(workspace).close()
    result = CliRunner().invoke(cli, ["--home", str(workspace.home), "clusters"])
    assert "run `tocsin analyse` first" in str(result.exception)


def test_precision_is_measured_from_marks(filled: list[str], workspace: Workspace) -> None:
    index = open_index(workspace)
    clusters = index.findings("cluster")
    index.close()
    marks = {
        clusters[0].id: {"mark": "suspect"},
        "cgone": {"mark": "benign"},
        filled[0]: {"mark": "unsure"},
    }
    measured = measured_precision(clusters, marks)
    assert (measured["judged"], measured["suspect"], measured["precision"]) == (1, 1, 1.0)
    assert measured["not_found"] == 1, "nothing tells whether that one was flagged"
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(10, 10) == (0.7225, 1.0)
    rows = {r["subject"]: r for r in label_rows(clusters, marks)}
    assert rows[filled[0]]["kind"] == "account"
    assert rows[clusters[0].id]["status"] == "flagged"
    assert rows["cgone"]["cluster"] is None


@pytest.mark.shared
@pytest.mark.slow
def test_planted_campaigns_through_the_product(
    shared: Path, workspace: Workspace, tmp_path: Path, call: Call
) -> None:
    tools, data = (
        shared / "tools",
        shared / "data" / "coordination" / "x24_us_election_part1.csv.gz",
    )
    posts, truth, answer = (
        tmp_path / "posts.jsonl",
        tmp_path / "truth.json",
        tmp_path / "clusters.json",
    )
    plant = [
        sys.executable,
        str(tools / "plant_campaigns.py"),
        str(data),
        str(posts),
        str(truth),
        "--seed",
        "11",
        "--size",
        "0.5",
    ]
    subprocess.run(plant, check=True, capture_output=True)
    call("import", str(posts))
    call("enrich", "--stage", "copies")
    index = open_index(workspace)
    run_analysis(workspace, index)
    index.close()
    answer.write_text(json.dumps(call("clusters")))
    scored = subprocess.run(
        [sys.executable, str(tools / "score_campaigns.py"), str(truth), str(answer)],
        check=True,
        capture_output=True,
    )
    score = json.loads(scored.stdout)
    assert score["accounts"]["f1"] >= 0.85
    assert score["accounts"]["precision"] >= 0.95
    assert score["organic_flagged"] <= 8
