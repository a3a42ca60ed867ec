"""Exports are read back with other people's readers."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pytest
from click.testing import CliRunner, Result

from index.base import Mark
from index.command_context import CommandContext
from index.connect import open_index
from index.exports.csv_tables import TABLES
from index.exports.tables import cell
from tocsin.app.export import EXPORTERS, export
from tocsin.core import findings
from tocsin.core.errors import ConfigError
from tocsin.core.exchange import from_exchange, to_exchange
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
from tocsin.core.messages import local, plain
from tocsin.core.workspace import Workspace

METHOD = Method(name="coordination", version="1", parameters={"windows": [60]})
AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
NASTY = 'a\x00b\x1f <&"> \ufffe é'
Export = Callable[..., Result]


def _posts() -> list[dict[str, Any]]:
    texts = [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        " =1+1",
        'quote " and, comma',
        "line\nbreak",
        "plain",
        "＝1",
        "é 日本 🚨",
        "x",
    ]
    return [
        {
            "id": f"p{n}",
            "platform": "x",
            "author": {
                "id": f"a{n % 3}",
                "handle": f"Handle{n % 3}",
                "name": "A Name",
                "followers": 7,
            },
            "text": text,
            "published_at": f"2024-05-01T12:00:{n:02}.000Z",
            "urls": ["https://example.org/x"],
            "hashtags": ["tag"],
            "metrics": {"likes": n},
            "repost_of": "p0" if n == 9 else None,
            "url": f"https://x.test/Handle{n % 3}/p{n}",
        }
        for n, text in enumerate(texts)
    ]


@pytest.fixture
def analysed(workspace: Workspace) -> Workspace:
    evidence = Evidence(
        signal="link",
        object="https://example.org/x",
        posts=("x:p0", "x:p1"),
        accounts=("x:a0", "x:a1"),
        seconds_apart=1.0,
    )
    members = (
        Member(id="x:a0", handle="Handle0", degree=0.5, posts=4, x=0.1, y=-0.2),
        Member(id="x:a1", handle=NASTY, degree=1.0, posts=4, x=-0.3, y=0.4),
    )
    with closing(open_index(workspace)) as index:
        index.put([from_exchange(row) for row in _posts()])
        index.publish(
            [
                findings.Tested(
                    id="t", method=METHOD, accounts=3, pairs=3, windows=(60,), data_as_of=AT
                ),
                Cluster(
                    id="c1",
                    method=METHOD,
                    status="explained",
                    accounts=members,
                    signals=("link",),
                    q_value=0.001,
                    first_at=AT,
                    last_at=AT,
                    because=plain("=because"),
                    innocent_explanations=(
                        Explanation(kind="news_burst", fits=True, because=plain("b")),
                    ),
                ),
                Edge(
                    id="e1",
                    method=METHOD,
                    a="x:a0",
                    b="x:a1",
                    cluster="c1",
                    signals={"link": 3, "repost": 1},
                    weight=2.5,
                    p_value=1e-9,
                    q_value=1e-6,
                    evidence=(evidence,),
                ),
                Edge(
                    id="e2",
                    method=METHOD,
                    a="x:a1",
                    b="x:a2",
                    cluster="c1",
                    signals={"link": 3},
                    weight=1.5,
                    evidence=(evidence,),
                ),
            ],
            kinds=("tested", "cluster", "edge"),
            generation="run-1",
        )
        index.publish(
            [
                Influence(
                    id="i",
                    method=METHOD,
                    account="x:a0",
                    handle="Handle0",
                    score=3.0,
                    interval=(1.0, 4.0),
                    reasons=(plain("r"),),
                )
            ],
            kinds=("influence",),
            generation="run-1",
        )
    return workspace


def _export(workspace: Workspace, *arguments: object, fails: bool = False) -> Result:
    app = CommandContext(workspace.home, as_json=True)
    app.__dict__["workspace"] = workspace
    return CliRunner().invoke(export, [str(a) for a in arguments], obj=app, catch_exceptions=fails)


def _hidden(workspace: Workspace) -> Workspace:
    return Workspace(workspace.home, {"privacy": {"pseudonymise": True}})


def test_gephi_can_read_the_network(analysed: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "net.gexf"
    answer = json.loads(_export(analysed, "gexf", "--out", out).output)
    assert answer["written"] == {"accounts": 3, "edges": 2}
    assert (answer["run_id"], answer["method"]["name"], answer["data_as_of"]) == (
        "run-1",
        "coordination",
        "2024-05-01T12:00:00.000Z",
    )
    graph = nx.read_gexf(out)
    assert graph.nodes["x:a0"]["label"] == "Handle0"
    assert (
        graph.nodes["x:a0"]["cluster"],
        graph.nodes["x:a0"]["status"],
        graph.nodes["x:a0"]["posts"],
    ) == ("c1", "explained", 4)
    assert graph.nodes["x:a1"]["viz"]["position"] == {"x": -300.0, "y": 400.0, "z": 0.0}
    edge = graph.edges["x:a0", "x:a1"]
    assert (edge["weight"], edge["signal_link"], edge["signals"], edge["q_value"]) == (
        2.5,
        3,
        "link 3, repost 1",
        1e-6,
    )
    assert "q_value" not in graph.edges["x:a1", "x:a2"]
    assert graph.nodes["x:a1"]["label"] == 'ab <&">  é'
    root = ElementTree.parse(out).getroot()
    assert root.tag == "{http://www.gexf.net/1.2draft}gexf"
    first = out.read_bytes()
    _export(analysed, "gexf", "--out", out)
    assert out.read_bytes() == first


def test_graphml_says_the_same(analysed: Workspace, tmp_path: Path) -> None:
    _export(analysed, "graphml", "--out", tmp_path / "net.graphml")
    graph = nx.read_graphml(tmp_path / "net.graphml")
    assert graph.nodes["x:a1"]["label"] == 'ab <&">  é'
    assert (graph.nodes["x:a0"]["x"], graph.nodes["x:a0"]["color"][0]) == (100.0, "#")
    assert graph.edges["x:a0", "x:a1"]["signal_repost"] == 1


@pytest.mark.parametrize(
    ("format_", "read"), [("gexf", nx.read_gexf), ("graphml", nx.read_graphml)]
)
def test_the_network_has_the_status_that_marks_give(
    analysed: Workspace, tmp_path: Path, format_: str, read: Callable[[Path], nx.Graph]
) -> None:
    def statuses() -> set[str]:
        _export(analysed, format_, "--out", tmp_path / "net")
        graph = read(tmp_path / "net")
        return {node["status"] for _, node in graph.nodes(data=True) if node["status"]}

    assert statuses() == {"explained"}
    marks: tuple[tuple[Mark, str], ...] = (
        ("benign", "cleared"),
        ("suspect", "flagged"),
        ("unsure", "explained"),
    )
    for mark, status in marks:
        with closing(open_index(analysed)) as index:
            index.put_mark("c1", mark)
        assert statuses() == {status}
    with closing(open_index(analysed)) as index:
        index.put_mark("x:a0", "benign")
    assert statuses() == {"cleared"}  # of two accounts one is left


def test_one_name_on_two_platforms_is_two_accounts(workspace: Workspace, tmp_path: Path) -> None:
    ids = ("x:ann", "mastodon:ann", "x:bo")
    cluster = Cluster(
        id="c1",
        method=METHOD,
        status="flagged",
        accounts=tuple(Member(id=account, handle="ann", degree=0.5) for account in ids),
        signals=("link",),
        q_value=0.001,
    )
    edge = Edge(id="e1", method=METHOD, a="mastodon:ann", b="x:ann", cluster="c1", weight=1.0)
    with closing(open_index(workspace)) as index:
        index.publish([cluster, edge], kinds=("cluster", "edge"), generation="run-1")
    for format_, read in (("gexf", nx.read_gexf), ("graphml", nx.read_graphml)):
        _export(workspace, format_, "--out", tmp_path / "net")
        graph = read(tmp_path / "net")
        assert sorted(graph.nodes) == ["mastodon:ann", "x:ann", "x:bo"]
        assert list(nx.selfloop_edges(graph)) == []
        assert graph.nodes["mastodon:ann"]["platform"] == "mastodon"
        _export(_hidden(workspace), format_, "--out", tmp_path / "net")
        assert read(tmp_path / "net").number_of_edges() == 1


def test_the_network_says_what_signals_mean(analysed: Workspace, tmp_path: Path) -> None:
    label = local(en="signed the same petitions", fr="ont signé les mêmes pétitions")
    petition = SignalDescription(
        name="link",
        family="acts",
        object_kind="address",
        specificity=3,
        label=label,
        objects=local(en=("{n} petition", "{n} petitions")),
    )
    tested = findings.Tested(
        id="t", method=METHOD, accounts=3, pairs=3, windows=(60,), described=(petition,)
    )
    with closing(open_index(analysed)) as index:
        index.publish([tested], kinds=("tested",), generation="run-2")
    _export(analysed, "gexf", "--out", tmp_path / "net.gexf")
    description = ElementTree.parse(tmp_path / "net.gexf").find(".//{*}description")
    assert description is not None
    assert "link (signed the same petitions), repost (reposted the same posts)" in str(
        description.text
    )
    _export(analysed, "graphml", "--out", tmp_path / "net.graphml")
    assert "signed the same petitions" in nx.read_graphml(tmp_path / "net.graphml").graph["signals"]


def _read(path: Path) -> str:
    """The text of a file; of a workbook that of all its parts."""
    if path.read_bytes()[:2] != b"PK":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


@pytest.mark.parametrize("format_", sorted(EXPORTERS))
def test_every_export_says_whether_names_are_real(
    analysed: Workspace, tmp_path: Path, format_: str
) -> None:
    for workspace, kind, words in (
        (analysed, "real", "have their real names; for pseudonyms set"),
        (_hidden(analysed), "pseudonyms", "are named by pseudonyms; for real names set"),
    ):
        out = tmp_path / f"{kind}.out"
        answer = json.loads(_export(workspace, format_, "--out", out).output)
        assert (answer["names"], words in answer["notes"][0]) == (kind, True)
        beside = json.loads(Path(answer["about"]).read_text(encoding="utf-8"))
        assert (beside["names"], beside["format"]) == (kind, format_)
        if format_ in {"gexf", "graphml", "dossier", "xlsx", "stix"}:  # and inside
            assert words.partition(";")[0] in _read(out)


@pytest.mark.parametrize("format_", sorted({*EXPORTERS} - {"labels"}))
def test_accounts_are_pseudonyms_by_default(
    analysed: Workspace, tmp_path: Path, format_: str
) -> None:
    out = tmp_path / "out"
    _export(_hidden(analysed), format_, "--out", out)
    text = "".join(_read(f) for f in ([out] if out.is_file() else sorted(out.iterdir())))
    assert "acct-" in text
    for name in ("Handle", "A Name", '"a0"', ">a0<", ",a0,", "x:a0"):
        assert name not in text


def test_tables_hold_what_was_found_and_no_formula(analysed: Workspace, tmp_path: Path) -> None:
    answer = json.loads(_export(analysed, "csv", "--out", tmp_path / "tables").output)
    assert answer["written"] == {
        "posts": 12,
        "accounts": 2,
        "edges": 2,
        "evidence": 4,
        "influencers": 1,
    }
    tables = {
        name: list(
            csv.DictReader(
                io.StringIO(
                    (tmp_path / "tables" / f"{name}.csv").read_bytes().decode("utf-8-sig"),
                    newline="",
                )
            )
        )
        for name in TABLES
    }
    assert [row["text"] for row in tables["posts"]] == [
        "'=HYPERLINK(1)",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'\tx",
        "' =1+1",
        'quote " and, comma',
        "line\nbreak",
        "plain",
        "'＝1",
        "é 日本 🚨",
        "x",
    ]
    assert (tables["posts"][3]["likes"], tables["posts"][9]["repost_of"]) == ("3", "x:p0")
    assert (tables["accounts"][0]["because"], tables["accounts"][0]["explained_by"]) == (
        "'=because",
        "news_burst",
    )
    assert (tables["edges"][0]["objects"], tables["edges"][1]["q_value"]) == ("4", "")
    assert [(row["post"], row["account"]) for row in tables["evidence"][:2]] == [
        ("x:p0", "x:a0"),
        ("x:p1", "x:a1"),
    ]
    assert (tables["influencers"][0]["low"], tables["influencers"][0]["high"]) == ("1.0", "4.0")
    assert (cell(-1.5), cell(None), cell("-1.5")) == ("-1.5", "", "'-1.5")


def test_one_table_by_its_name(analysed: Workspace, tmp_path: Path) -> None:
    assert json.loads(_export(analysed, "csv", "--out", tmp_path / "edges.csv").output)[
        "written"
    ] == {"edges": 2}
    assert json.loads(_export(analysed, "csv", "--out", tmp_path / "mine.csv").output)[
        "written"
    ] == {"posts": 12}


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_lines_come_back_as_they_were(analysed: Workspace, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    _export(analysed, "jsonl", "--out", out)
    raw = gzip.decompress(out.read_bytes()) if name.endswith(".gz") else out.read_bytes()
    lines = [json.loads(line) for line in raw.decode().splitlines()]
    assert [to_exchange(from_exchange(line)) for line in lines] == [
        to_exchange(from_exchange(row)) for row in _posts()
    ]
    first = out.read_bytes()
    _export(analysed, "jsonl", "--out", out)
    assert out.read_bytes() == first


def test_labels_hold_the_marks_and_what_they_measure(analysed: Workspace, tmp_path: Path) -> None:
    with closing(open_index(analysed)) as index:
        index.put_mark("c1", "suspect", note="seen elsewhere")
        index.put_mark("x:a0", "unsure")
        index.put_mark("signal:s1", "noise")  # a vote on an alert is no label
    _export(analysed, "labels", "--out", tmp_path / "labels.json")
    written = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))
    # c1 is explained, so that no flag was judged
    assert (written["measured"]["judged"], written["measured"]["precision"]) == (0, None)
    assert [(row["subject"], row["mark"], row["cluster"]) for row in written["labels"]] == [
        ("c1", "suspect", "c1"),
        ("a0", "unsure", "c1"),
    ]
    _export(_hidden(analysed), "labels", "--out", tmp_path / "labels.json")
    assert '"a0"' not in (tmp_path / "labels.json").read_text(encoding="utf-8")


def test_a_failed_export_leaves_what_was_there(
    analysed: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "posts.jsonl"
    out.write_text("before")

    def full(index: Any, workspace: Any, path: Path) -> dict[str, int]:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.exports.jsonl.write_jsonl", full)
    with pytest.raises(ConfigError, match="No space left"):
        _export(analysed, "jsonl", "--out", out)
    assert out.read_text() == "before"
    assert [f.name for f in tmp_path.iterdir() if f.name != "home"] == ["posts.jsonl"]


def test_wrong_use_is_one_sentence(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no index"):
        _export(workspace, "gexf", "--out", tmp_path / "x.gexf")
    open_index(workspace).close()
    for format_, out in (
        ("gexf", tmp_path / "x.gexf"),
        ("csv", tmp_path / "edges.csv"),
        ("csv", tmp_path / "influencers.csv"),
        ("gexf", tmp_path / "absent" / "x.gexf"),
        ("jsonl", tmp_path),
    ):
        with pytest.raises(ConfigError):
            _export(workspace, format_, "--out", out)


@pytest.mark.parametrize(
    ("format_", "said"),
    [
        ("gexf", "this network is empty"),
        ("graphml", "this network is empty"),
        ("stix", "no group in this file"),
        ("labels", "tocsin mark"),
    ],
)
def test_a_file_that_shows_nothing_says_why(
    workspace: Workspace, tmp_path: Path, format_: str, said: str
) -> None:
    """An analysis without a group gave an empty graph and the sentences of any other file."""
    with closing(open_index(workspace)) as index:
        index.put([from_exchange(row) for row in _posts()])
        tested = findings.Tested(id="t", method=METHOD, accounts=3, pairs=3, windows=(60,))
        index.publish([tested], kinds=("tested", "cluster", "edge"), generation="run-1")
    out = tmp_path / f"out.{format_}"
    answer = json.loads(_export(workspace, format_, "--out", out).output)
    assert said in answer["notes"][-1]
    kept = json.loads((tmp_path / f"{out.name}.about.json").read_text(encoding="utf-8"))
    assert kept["notes"] == answer["notes"]
    assert kept["written"] == answer["written"]
