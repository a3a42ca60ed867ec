"""Pairs, stars and chains in all that leaves a workspace and all that counts flagged accounts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from click.testing import CliRunner

from index.analysis import Analysis
from index.connect import open_index
from index.current import flagged_accounts
from nlp.analysers import coordinated_authors
from tests.graph.conftest import World
from tests.graph.test_clusters_command import documents, run_analysis
from tests.graph.test_structures import follow
from tocsin.app.cli import cli
from tocsin.core.findings import MIN_CLUSTER_SIZE, Member, Method, Structure
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

PAIR = {"x:lead", "x:echo"}
MIRRORS = {f"x:mirror{i}" for i in range(6)}
STAR = {"x:hub", *MIRRORS}
Call = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a group of seven, a pair and a star; nobody writes into it."""
    world = World()
    world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    follow(world, "x:lead", ["x:echo"], 25)
    follow(world, "x:hub", sorted(MIRRORS), 48)
    workspace = Workspace(tmp_path_factory.mktemp("structures") / "home")
    index = open_index(workspace)
    index.ensure_schema()
    index.put(documents(world.rows))
    run_analysis(workspace, index)
    index.close()
    return workspace.home


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """A command's output, names as they are."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["--home", str(home), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    yield run
    index = open_index(Workspace(home))
    for subject in index.marks():
        index.put_mark(subject, None)
    index.close()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def shapes(call: Call) -> dict[str, dict[str, Any]]:
    """The pair and the star as `tocsin clusters` shows them."""
    shown = json.loads(call("--json", "clusters"))
    return {"pair": shown["pairs"][0], "star": shown["stars"][0]}


def test_all_who_count_flagged_accounts_count_pairs_and_stars(home: Path, call: Call) -> None:
    index = open_index(Workspace(home))
    flagged = flagged_accounts(index)
    assert set(flagged) >= PAIR | STAR
    assert len(flagged) >= 7 + len(PAIR | STAR)
    with Run(Workspace(home), "analyse") as run:
        analysis = Analysis(index=index, workspace=Workspace(home), run=run)
        assert coordinated_authors(analysis) == set(flagged)
        index.put_mark(shapes(call)["pair"]["id"], "benign")
        assert coordinated_authors(analysis) == set(flagged) - PAIR
        index.put_mark("x:hub", "benign")
        assert set(flagged_accounts(index)) == set(flagged) - PAIR - STAR
    index.close()


def test_tables_hold_structures_apart_from_groups(call: Call, tmp_path: Path) -> None:
    call("export", "csv", "--out", str(tmp_path / "all"))
    known = shapes(call)
    accounts = table(tmp_path / "all/accounts.csv")
    for shape, members in (("pair", PAIR), ("star", STAR)):
        rows = [row for row in accounts if row["structure"] == known[shape]["id"]]
        assert {row["account"] for row in rows} == members
        assert {(row["shape"], row["cluster"], row["status"]) for row in rows} == {
            (shape, "", "flagged")
        }
    assert {row["hub"] for row in accounts} == {"", "x:hub"}
    assert sum(bool(row["cluster"]) for row in accounts) == 7
    edges = table(tmp_path / "all/edges.csv")
    assert {row["found_in"] for row in edges if row["cluster"]} == {"group"}
    (tie,) = (row for row in edges if row["structure"] == known["pair"]["id"])
    assert (tie["found_in"], tie["leader"], tie["times"], tie["of"]) == (
        "structure", "x:lead", "25", "25",
    )  # fmt: skip
    assert 8 <= float(tie["median_seconds"]) <= 10
    evidence = table(tmp_path / "all/evidence.csv")
    of_pair = [row for row in evidence if row["structure"] == known["pair"]["id"]]
    assert {row["account"] for row in of_pair} == PAIR
    assert not any(row["cluster"] for row in of_pair)


def test_posts_say_the_structure_of_their_author_and_are_imported_again(
    call: Call, tmp_path: Path
) -> None:
    pair = shapes(call)["pair"]
    for kind in ("csv", "jsonl"):
        out = tmp_path / f"posts.{kind}"
        call("export", kind, "--out", str(out))
        rows: list[dict[str, Any]] = (
            table(out) if kind == "csv" else list(map(json.loads, out.read_text().splitlines()))
        )
        theirs = [row for row in rows if row["structure"] == pair["id"]]
        assert len(theirs) == 50
        assert {(r["shape"], r["structure_status"], r["cluster"] or None) for r in theirs} == {
            ("pair", "flagged", None)
        }
        fresh = tmp_path / f"fresh-{kind}"
        done = CliRunner().invoke(
            cli, ["--home", str(fresh), "--json", "import", str(out)], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        index = open_index(Workspace(fresh))
        came = [d for d in index.page("exists:author", size=200).documents if d.author]
        assert came
        assert {key for d in came for key in d.extra} == set()
        index.close()


def test_an_older_table_without_structures_is_known_as_ours(call: Call, tmp_path: Path) -> None:
    out, older = tmp_path / "posts.csv", tmp_path / "older.csv"
    call("export", "csv", "--out", str(out))
    rows = table(out)
    names = [name for name in rows[0] if not name.startswith("structure") and name != "shape"]
    rows[0]["text"] = "'=1+1"
    with older.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows[:20])
    done = CliRunner().invoke(cli, ["--home", str(tmp_path / "new"), "import", str(older)])
    assert done.exit_code == 0, done.output
    index = open_index(Workspace(tmp_path / "new"))
    texts = {document.text for document in index.page("", size=50).documents}
    index.close()
    assert "=1+1" in texts


@pytest.mark.parametrize("kind", ["gexf", "graphml"])
def test_the_network_holds_structures_and_their_ties(call: Call, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"net.{kind}"
    call("export", kind, "--out", str(out))
    graph = nx.read_gexf(out) if kind == "gexf" else nx.read_graphml(out)
    pair = shapes(call)["pair"]
    for account in PAIR:
        node = graph.nodes[account]
        assert (node["structure"], node["shape"], node["cluster"]) == (pair["id"], "pair", "")
        assert node["status"] == "flagged"
    tie = graph.edges["x:lead", "x:echo"]
    assert (tie["found_in"], tie["structure"], tie["leader"]) == (
        "structure", pair["id"], "x:lead",
    )  # fmt: skip
    assert sum(node["shape"] == "group" for _, node in graph.nodes(data=True)) == 7


def test_a_structure_is_marked_and_its_mark_leaves_with_the_labels(
    call: Call, tmp_path: Path
) -> None:
    star = shapes(call)["star"]
    said = json.loads(call("--json", "mark", star["id"], "suspect"))
    assert said["measured"]["suspect"] == 1
    call("export", "labels", "--out", str(tmp_path / "labels.json"))
    document = json.loads((tmp_path / "labels.json").read_text())
    (label,) = document["labels"]
    assert (label["cluster"], label["shape"], label["status"]) == (star["id"], "star", "flagged")
    assert document["measured"]["judged"] == 1


def test_the_evidence_of_all_holds_that_of_structures(call: Call) -> None:
    rows = json.loads(call("--json", "evidence", "--all"))["evidence"]
    pair = shapes(call)["pair"]
    assert sum(row["cluster"] == pair["id"] for row in rows) == 12


def test_a_dossier_of_a_member_tells_the_pair(call: Call) -> None:
    facts = json.loads(call("--json", "source", "echo"))["facts"]
    assert any(
        "of the pair" in fact["value"] and fact["code"] == "coordinated_structure" for fact in facts
    )


def structure(shape: str, size: int, hub: str | None = None) -> Structure:
    return Structure(
        id="s",
        method=Method(name="m", version="1"),
        status="flagged",
        accounts=tuple(Member(id=f"x:{n}") for n in range(size)),
        signals=("link",),
        q_value=0.001,
        shape=shape,
        hub=hub,
    )


def test_marks_clear_what_the_rest_hangs_on() -> None:
    gone = {f"x:{n}": {"mark": "benign"} for n in range(5)}
    star, chain = structure("star", 6, "x:0"), structure("chain", 5)
    assert star.under({"x:1": gone["x:1"]}).status == "flagged"
    assert star.under({"x:0": gone["x:0"]}).status == "cleared"
    assert chain.under({"x:4": gone["x:4"]}).status == "cleared"
    assert structure("pair", 2).under({"x:1": gone["x:1"]}).status == "cleared"
    few = {name: gone[name] for name in ("x:1", "x:2", "x:3", "x:4")}
    assert len(star.under(few).accounts) < MIN_CLUSTER_SIZE
    assert star.under(few).status == "cleared"


def test_the_report_tells_structures_after_the_groups(
    home: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = shapes(call)
    said = {}
    for language in ("en", "fr"):
        monkeypatch.setenv("TOCSIN_LANGUAGE", language)
        call("export", "dossier", "--out", str(tmp_path / language))
        said[language] = (tmp_path / language).read_text(encoding="utf-8")
    for text, heading, first, second in (
        (said["en"], "## Pairs, stars and chains", "### Pair", "### Star"),
        (said["fr"], "## Paires, étoiles et chaînes", "### Paire", "### Étoile"),
    ):
        section = text.split(heading)[1].split("\n## ")[0]
        assert f"{first} {known['pair']['id']}" in section
        assert f"{second} {known['star']['id']}" in section
    section = said["en"].split("## Pairs, stars and chains")[1].split("\n## ")[0]
    seconds = known["pair"]["following"][0]["median_seconds"]
    assert f"`echo` a median {seconds:.3g} s after `lead`, 25 of 25" in section
    assert "**All are tied to:** `hub`" in section
    assert "**Shared:** 25" in section
    assert "(rows: 5 of " in section
    assert "**Innocent readings that were tried**" in section
    summary = said["en"].split("## In short")[1].split("\n## ")[0]
    assert "1 group is flagged, with 7 accounts." in summary
    assert "2 pairs, stars and chains are flagged, with 9 accounts" in summary
    assert "Of these 16 flagged accounts together" in summary
    assert "two-sided" in said["en"].split("## What was tested, and how")[1]


def test_of_many_structures_the_report_says_how_many_it_does_not_show(
    home: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.exports.report_data.MAX_STRUCTURES", 1)
    call("export", "dossier", "--out", str(tmp_path / "out.md"))
    text = (tmp_path / "out.md").read_text(encoding="utf-8")
    assert "1 further pair, star or chain is not shown" in text
    assert ("### Pair" in text) != ("### Star" in text)


def test_stix_states_structures_with_their_shape(call: Call, tmp_path: Path) -> None:
    call("export", "stix", "--out", str(tmp_path / "bundle.json"))
    objects = json.loads((tmp_path / "bundle.json").read_text())["objects"]
    by_id = {thing["id"]: thing for thing in objects}
    groupings = {
        thing["external_references"][0]["external_id"]: thing
        for thing in objects
        if thing["type"] == "grouping"
    }
    assert len(groupings) == 3
    pair = groupings[shapes(call)["pair"]["id"]]
    assert pair["name"].startswith("Coordinated beyond chance, pair: 2 accounts")
    assert pair["labels"][:3] == ["flagged", "coordinated-beyond-chance", "pair"]
    accounts = {by_id[ref]["user_id"] for ref in pair["object_refs"] if "user-account" in ref}
    assert accounts == {"lead", "echo"}
    (note,) = (
        thing
        for thing in objects
        if thing["type"] == "note" and thing["object_refs"] == [pair["id"]]
    )
    assert "`echo` acts a median" in note["content"]
    assert "25 of 25 times" in note["content"]
