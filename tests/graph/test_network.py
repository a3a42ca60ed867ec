"""The conversation as a network: connections, backbone, communities, places, the command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from click.testing import CliRunner

from graph.conversation import command
from graph.conversation.backbone import disparity, find_backbone
from graph.conversation.interactions import KINDS, read_interactions
from graph.conversation.layout import place_nodes
from graph.conversation.network import MapRequest, build_map
from index.base import Index, Window
from index.connect import open_index
from index.privacy import pseudonyms
from tocsin.app.cli import cli, main
from tocsin.core.documents import Author, Document, Link, LinkKind, content_hash
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Edge, Member, Method
from tocsin.core.workspace import Workspace

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
METHOD = Method(name="test", version="1")


def post(number: int, author: str, *links: tuple[LinkKind, str], text: str = "") -> Document:
    return Document(
        id=f"x:{number}",
        platform="x",
        source="s",
        text=text or f"text {number}",
        published_at=START + timedelta(hours=number),
        collected_at=START,
        author=Author(id=f"x:{author}", handle=f"{author}_h"),
        links=tuple(Link(kind, target) for kind, target in links),
        content_hash=content_hash(None, f"text {number}"),
    )


def conversation() -> list[Document]:
    """Two circles of people who repost each other, joined by one repost."""
    posts = [post(n, f"a{n}") for n in range(5)] + [post(10 + n, f"b{n}") for n in range(4)]
    number = 100
    for first, size, name in ((0, 5, "a"), (10, 4, "b")):
        for one in range(size):
            for other in range(size):
                if one != other:
                    repost = (LinkKind.REPOST, f"x:{first + other}")
                    posts.append(post(number, f"{name}{one}", repost))
                    number += 1
    posts.append(post(200, "a0", (LinkKind.REPOST, "x:10")))
    posts.append(post(201, "a0", (LinkKind.REPOST, "x:0")))  # her own
    posts.append(post(202, "a1", (LinkKind.REPOST, "x:gone")))
    posts.append(post(203, "a1", (LinkKind.REPLY, "x:10")))
    posts.append(post(204, "a2", (LinkKind.MENTION, "B0_h"), (LinkKind.MENTION, "stranger")))
    # the post that it repeats is unknown, whom it repeats is not
    lost = (LinkKind.REPOST, "x:far")
    posts.append(post(206, "b3", lost, (LinkKind.MENTION, "a1_h"), text="RT @A1_h: long ago"))
    posts.append(post(205, "a2", (LinkKind.REPOST, "x:0"), (LinkKind.MENTION, "a0_h")))
    return posts


@pytest.fixture
def index(workspace: Workspace) -> Iterator[Index]:
    with closing(open_index(workspace)) as opened:
        opened.ensure_schema()
        opened.put(conversation())
        opened.refresh()
        yield opened


def flag(index: Index, members: Iterable[str]) -> None:
    """A flagged group, and its pairs."""
    members = list(members)
    group = Cluster(
        id="c1",
        method=METHOD,
        accounts=tuple(Member(id=member) for member in members),
        status="flagged",
        signals=("link",),
        q_value=0.001,
    )
    edges = [
        Edge(id=f"{a}{b}", method=METHOD, a=a, b=b, cluster="c1", weight=0.5)
        for a in members
        for b in members
        if a < b
    ]
    index.publish([group, *edges], kinds=["cluster", "structure", "edge", "tie"], generation="g")


def connections_of(index: Index, kind: str, **more: Any) -> dict[tuple[str, str], float]:
    owner = {"x:b0_h": "x:b0", "x:a0_h": "x:a0", "x:a1_h": "x:a1"}
    rows = read_interactions(index, kind, lambda name: owner.get(name, name), **more).rows
    return {(source, target): weight for source, target, weight in rows.rows()}


def test_who_takes_up_whom(index: Index) -> None:
    reposts = connections_of(index, "repost")
    assert reposts["x:a2", "x:a0"] == 2
    assert reposts["x:a0", "x:b0"] == 1
    assert not [ends for ends in reposts if ends[0] == ends[1]]
    assert reposts["x:b3", "x:a1"] == 1
    read = read_interactions(index, "repost", str)
    assert (read.unresolved, read.by_name) == (1, 1)
    assert connections_of(index, "reply") == {("x:a1", "x:b0"): 1}
    assert connections_of(index, "quote") == {}
    # whom a repost mentions is whom it repeats, and counts there
    assert connections_of(index, "mention") == {("x:a2", "x:b0"): 1, ("x:a2", "x:stranger"): 1}


def test_the_posts_that_are_taken_up_may_be_older_than_the_period(index: Index) -> None:
    window = Window(START + timedelta(hours=200), None)
    assert connections_of(index, "repost", window=window) == {
        ("x:a0", "x:b0"): 1,
        ("x:a2", "x:a0"): 1,
        ("x:b3", "x:a1"): 1,
    }


def test_pairs_that_act_together_have_no_direction(index: Index, workspace: Workspace) -> None:
    flag(index, ["x:a0", "x:a1", "x:elsewhere"])
    assert connections_of(index, "coordination") == {("x:a0", "x:a1"): 0.5}
    document = build_map(index, pseudonyms(workspace, index), MapRequest("coordination"), 1)
    assert not document["directed"]
    assert [(node["id"], node["flagged"], node["received"]) for node in document["nodes"]] == [
        ("x:a0", "c1", 0.5),
        ("x:a1", "c1", 0.5),
    ]


def test_communities_and_places_are_the_same_each_time(index: Index, workspace: Workspace) -> None:
    people = pseudonyms(workspace, index)
    first, again = (build_map(index, people, MapRequest(), 1) for _ in range(2))
    assert first == again
    assert [one["accounts"] for one in first["communities"]] == [5, 4]
    of = {node["id"]: node["community"] for node in first["nodes"]}
    assert {of[f"x:a{n}"] for n in range(5)} == {1}
    assert {of[f"x:b{n}"] for n in range(4)} == {2}
    assert first["communities"][0]["central"][0] == "x:a0"
    places = {(node["x"], node["y"]) for node in first["nodes"]}
    assert len(places) == 9
    assert all(-1 <= value <= 1 for place in places for value in place)


def test_without_flagged_accounts_at_both_ends(index: Index, workspace: Workspace) -> None:
    flag(index, ["x:b0", "x:b1", "x:b2", "x:b3"])
    people = pseudonyms(workspace, index)
    document = build_map(index, people, MapRequest(without_flagged=True), 1)
    assert {node["id"] for node in document["nodes"]} == {f"x:a{n}" for n in range(5)}
    with_all = build_map(index, people, MapRequest(), 1)
    assert [one["flagged"] for one in with_all["communities"]] == [0, 4]


def test_a_tie_stands_out_by_its_part_of_an_accounts_weight() -> None:
    # a star of three: weights 1, 1, 2 of 4; leaves say nothing
    ends = np.array([[0, 1], [0, 2], [0, 3]])
    assert disparity(ends, np.array([1.0, 1.0, 2.0]), 4) == pytest.approx([0.5625, 0.5625, 0.25])


def test_the_backbone_says_what_it_hides(index: Index, workspace: Workspace) -> None:
    document = build_map(index, pseudonyms(workspace, index), MapRequest(accounts=4), 1)
    assert len(document["nodes"]) <= 4
    assert document["accounts"] == 9
    assert document["hidden"]["accounts"] == 9 - len(document["nodes"])
    assert document["method"]["parameters"]["alpha"] > 0
    # figures are those of all connections
    most = max(document["nodes"], key=lambda node: node["received"])
    assert most["received"] >= 4


@pytest.mark.parametrize("most", [2, 30, 300])
def test_every_account_of_a_backbone_keeps_a_tie(most: int) -> None:
    graph = nx.barabasi_albert_graph(300, 2, seed=3)
    ends = np.array(graph.edges())
    weights = np.random.default_rng(1).integers(1, 9, len(ends)).astype(float)
    found = find_backbone(ends, weights, 300, most_nodes=most, most_edges=300)
    assert 0 < len(found.nodes) <= most
    assert len(found.edges) <= 300
    assert set(ends[found.edges].ravel()) == set(found.nodes)


def test_nothing_has_no_places() -> None:
    assert place_nodes(np.zeros((0, 2), dtype=np.int64), np.zeros(0), []).shape == (0, 2)


def call(home: Path, *arguments: str) -> Any:
    done = CliRunner().invoke(cli, ["--home", str(home), "--json", "network", *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_command_hides_names(index: Index, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "map.gexf"
    document = call(workspace.home, "--gexf", str(path))
    assert document["file"] == str(path)
    assert document["data_as_of"].startswith("2026-")
    ids = {node["id"] for node in document["nodes"]}
    assert all(name.startswith("acct-") for name in ids)
    assert {edge[end] for edge in document["edges"] for end in ("source", "target")} == ids
    assert set(document["communities"][0]["central"]) <= ids
    read = nx.read_gexf(path)
    assert set(read.nodes) == ids
    assert read.is_directed()
    assert "a0_h" not in path.read_text(encoding="utf-8")


def test_the_command_takes_a_query_and_a_period(index: Index, workspace: Workspace) -> None:
    few = call(workspace.home, "author:x:a0", "--since", "2026-03-03")
    assert {edge["weight"] for edge in few["edges"]} == {1}
    assert len(few["nodes"]) == 6
    assert call(workspace.home, "--by", "quote")["nodes"] == []


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("by", KINDS)
def test_a_person_reads_a_sentence(index: Index, workspace: Workspace, lang: str, by: str) -> None:
    arguments = ["--home", str(workspace.home), "--lang", lang, "network", "--by", by]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    if by == "repost":
        said = "9 accounts with 18 connections" if lang == "en" else "9 comptes et 18 liens"
        assert said in done.output


@pytest.mark.parametrize(
    ("lang", "by", "wanted"),
    [
        ("en", "quote", ("A longer period", "which holds no account")),
        ("fr", "quote", ("Une période plus longue", "qui ne contient ni compte")),
        ("en", "coordination", ("run tocsin analyse", "which holds no account")),
    ],
)
def test_a_map_of_nobody_says_what_to_do(
    index: Index, workspace: Workspace, tmp_path: Path, lang: str, by: str, wanted: tuple[str, str]
) -> None:
    """It wrote an empty file and called it written."""
    home = ["--home", str(workspace.home), "--lang", lang]
    asked = ["network", "author:x:b3", "--by", by, "--gexf", str(tmp_path / "map.gexf")]
    said = " ".join(CliRunner().invoke(cli, [*home, *asked]).output.split())
    assert all(sentence in said for sentence in wanted), said


def test_mistakes_are_said(
    index: Index, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--home", str(workspace.home), "network"]
    for wrong in (["author:("], ["--since", "never"], ["--gexf", "/nowhere/at/all.gexf"]):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, *wrong])
        assert ended.value.code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(ConfigError):
        build_map(index, pseudonyms(workspace, index), MapRequest("friends"), 1)


def test_the_command_offers_what_there_is() -> None:
    assert command.KINDS == KINDS


def orphan(number: int) -> Document:
    text = f"an orphan {number}"
    return Document(
        id=f"x:nobody{number}", platform="x", text=text, collected_at=START,
        content_hash=content_hash(None, text),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "No post matches"), ("fr", "Aucun message ne correspond")]
)
@pytest.mark.parametrize("command", ["network", "search"])
def test_where_no_post_matches_that_is_said_and_nothing_of_others(
    index: Index, workspace: Workspace, lang: str, said: str, command: str
) -> None:
    index.put([orphan(0)])
    index.refresh()
    asked = ["--home", str(workspace.home), "--lang", lang, command, "nosuchword"]
    output = " ".join(CliRunner().invoke(cli, asked).output.split())
    assert output.startswith(said)
    assert "none" not in output
    if command == "network":
        assert "author" not in output
    else:
        asked[-1] = "narrative:n0ld"  # a story that a later analysis does not find
        output = CliRunner().invoke(cli, asked).output
        assert "n0ld" in output.split("query" if lang == "en" else "requête")[-1]


def test_posts_without_an_author_are_counted_of_those_that_were_asked_for(
    index: Index, workspace: Workspace
) -> None:
    index.put([orphan(n) for n in range(3)])
    index.refresh()
    (caveat,) = call(workspace.home, "orphan")["caveats"]
    assert "3 of 3" in caveat
    assert call(workspace.home, "author:x:a0")["caveats"] == []
