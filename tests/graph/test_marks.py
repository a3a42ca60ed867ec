"""A group's status under an analyst's mark is one thing, wherever it is read."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from graph import find_coordination
from graph.coordination.labels import measured_precision
from index.analysis import Analysis
from index.base import Index
from index.connect import open_index
from index.current import current_clusters
from tests.graph.test_clusters_command import documents
from tocsin.app.cli import cli
from tocsin.app.pipeline import analyse
from tocsin.core.findings import Cluster, Edge
from tocsin.core.progress import Run
from tocsin.core.shared_objects import count_objects, merge_evidence
from tocsin.core.workspace import Workspace

CASES = [
    (mark, verdict, "cleared" if mark == "benign" else status)
    for verdict in ("flagged", "explained")
    for mark, status in (
        ("benign", "cleared"),
        ("suspect", "flagged"),
        ("unsure", verdict),
        ("none", verdict),
    )
]
GEXF = "{http://www.gexf.net/1.2draft}"


@pytest.fixture
def call(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command with --json and give its document."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(
            cli, ["--home", str(workspace.home), "--json", *arguments], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def plant(world: Any, verdict: str) -> list[str]:
    """One group that the engine flags, or one that it explains: a scheduling tool."""
    accounts: list[str]
    if verdict == "flagged":
        accounts = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
        return accounts
    accounts = [f"x:tool{n}" for n in range(6)]
    for day in range(9):  # one minute each day would be a habit, and no group
        at = 1_700_006_820_000 + day * 86_400_000 + day * 180_000
        for account in accounts:
            world.say(account, at + world.rng.randint(0, 900))
    return accounts


def fill(workspace: Workspace, world: Any) -> None:
    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        index.put(documents(world.rows))
        run_analysis(workspace, index)


def run_analysis(workspace: Workspace, index: Index) -> None:
    index.refresh()
    with Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run), ["coordination"])


def statuses(workspace: Workspace, call: Callable[..., Any], folder: Path) -> dict[str, set[str]]:
    """Surface -> the status that it shows of the one group (of its accounts)."""
    call("export", "gexf", "--out", str(folder / "net.gexf"))
    call("export", "csv", "--out", str(folder / "tables"))
    names = ElementTree.parse(folder / "net.gexf").iter(f"{GEXF}attribute")
    status_id = next(a.get("id") for a in names if a.get("title") == "status")
    values = ElementTree.parse(folder / "net.gexf").iter(f"{GEXF}attvalue")
    with (folder / "tables" / "accounts.csv").open(encoding="utf-8-sig", newline="") as rows:
        table = {row["status"] for row in csv.DictReader(rows)}
    with closing(open_index(workspace)) as index:
        current = {cluster.status for cluster in current_clusters(index)}
    return {
        "clusters": {cluster["status"] for cluster in call("clusters")["clusters"]},
        "screens": current,
        "csv": table,
        "gexf": {str(v.get("value")) for v in values if v.get("for") == status_id},
    }


@pytest.mark.parametrize(("mark", "verdict", "wanted"), CASES)
def test_status_is_one_on_every_surface(
    world: Any,
    workspace: Workspace,
    call: Callable[..., Any],
    tmp_path: Path,
    mark: str,
    verdict: str,
    wanted: str,
) -> None:
    plant(world, verdict)
    fill(workspace, world)
    (cluster,) = call("clusters")["clusters"]
    assert cluster["status"] == verdict
    if mark != "none":
        call("mark", cluster["id"], mark)
    one = {surface: {wanted} for surface in ("clusters", "screens", "csv", "gexf")}
    assert statuses(workspace, call, tmp_path) == one
    with closing(open_index(workspace)) as index:
        run_analysis(workspace, index)
        (published,) = index.findings("cluster")
        assert published.status == verdict  # type: ignore[attr-defined]
    assert statuses(workspace, call, tmp_path) == one
    call("mark", cluster["id"], "none")
    back = {surface: {verdict} for surface in one}
    assert statuses(workspace, call, tmp_path) == back


def test_marked_accounts_leave_and_a_group_without_accounts_is_cleared(
    world: Any, workspace: Workspace, call: Callable[..., Any]
) -> None:
    accounts = plant(world, "flagged")
    fill(workspace, world)
    call("mark", accounts[0], "benign")
    (cluster,) = call("clusters", "--edges")["clusters"]
    assert {a["id"] for a in cluster["accounts"]} == {a[2:] for a in accounts[1:]}
    left = [(a["id"], a["mark"]) for a in cluster["cleared_accounts"]]
    assert left == [(accounts[0][2:], "benign")]
    assert accounts[0][2:] not in {end for e in cluster["edges"] for end in (e["a"], e["b"])}
    for account in accounts[1:5]:
        call("mark", account, "benign")
    assert call("clusters")["clusters"][0]["status"] == "cleared"


def test_precision_counts_flags_alone(
    world: Any, workspace: Workspace, call: Callable[..., Any]
) -> None:
    plant(world, "explained")
    fill(workspace, world)
    (cluster,) = call("clusters")["clusters"]
    for mark in ("benign", "suspect"):
        assert call("mark", cluster["id"], mark)["measured"]["judged"] == 0
    account = cluster["accounts"][0]["id"]
    call("mark", cluster["id"], "none")
    assert call("mark", account, "benign")["measured"]["judged"] == 0


def test_precision_of_a_flag(world: Any) -> None:
    accounts = plant(world, "flagged")
    clusters = find_coordination(world.frame()).clusters
    name = clusters[0].id
    by_accounts = {account: {"mark": "benign"} for account in accounts[:3]}
    by_accounts |= {accounts[3]: {"mark": "suspect"}}
    assert measured_precision(clusters, by_accounts)["benign"] == 1
    assert measured_precision(clusters, by_accounts | {name: {"mark": "suspect"}})["suspect"] == 1
    tied = {accounts[0]: {"mark": "benign"}, accounts[1]: {"mark": "suspect"}}
    assert measured_precision(clusters, tied)["judged"] == 0


def test_a_large_group_is_one_flag_in_terminal_json_and_labels(
    world: Any, workspace: Workspace, call: Callable[..., Any], tmp_path: Path
) -> None:
    world.group("big", 12, 14, lambda i: {"urls": [f"https://big.example/{i}"]})
    world.group("small", 5, 14, lambda i: {"urls": [f"https://small.example/{i}"]})
    fill(workspace, world)
    big, small = call("clusters")["clusters"]
    assert (big["status"], small["status"]) == ("flagged", "flagged")
    for account in big["accounts"]:
        call("mark", account["id"], "suspect")
    with closing(open_index(workspace)) as index:
        index.put_mark("of an earlier analysis", "suspect")
    measured = call("mark", small["id"], "benign")["measured"]
    counts = {"judged": 2, "suspect": 1, "benign": 1, "precision": 0.5, "not_found": 1}
    assert measured == counts | {"interval": measured["interval"]}
    call("export", "labels", "--out", str(tmp_path / "labels.json"))
    assert json.loads((tmp_path / "labels.json").read_text())["measured"] == measured
    said = CliRunner().invoke(
        cli, ["--home", str(workspace.home), "--lang", "en", "mark", small["id"], "benign"]
    )
    words = " ".join(said.output.split())
    assert "Of 2 flagged groups that were judged, 1 were right" in words
    assert "1 group that was judged is no longer found, and does not count." in words


def test_objects_are_counted_once_in_every_place(world: Any) -> None:
    # two pages, each pushed again and again with days between: 28 bursts, two objects
    world.group("k", 7, 28, lambda i: {"urls": [f"https://push.example/{i % 2}"]})
    result = find_coordination(world.frame())
    (cluster,) = result.clusters
    assert isinstance(cluster, Cluster)
    edges = [edge for edge in result.edges if isinstance(edge, Edge)]
    assert cluster.objects["link"] == 2
    assert "linked the same pages (2)" in str(cluster.because)
    shown = {item.object for item in merge_evidence(cluster, edges) if item.signal == "link"}
    assert count_objects(cluster, edges)["link"] == len(shown) == 2
