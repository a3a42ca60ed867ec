"""Accounts whose times are written to the minute, among times to the second: nothing that is said
of them knows seconds."""

from __future__ import annotations

import csv
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from dashboard.components.signal_words import SignalWords
from graph import find_coordination
from graph.coordination.engine import CoordinationResult
from graph.exports.stix import write_stix
from index.connect import open_index
from tests.graph.conftest import World
from tocsin.app.cli import cli
from tocsin.core.findings import Evidence
from tocsin.core.language.words import Words
from tocsin.core.shared_objects import evidence_why, unite
from tocsin.core.workspace import Workspace

MINUTE = 60_000
SECONDS = ("second", "seconde", " s ", " s)", " s,")


def mixed(world: World, who: list[str]) -> CoordinationResult:
    """The posts of these accounts come from a source that writes times to the minute."""
    time = pl.col("published_at")
    rounded = pl.when(pl.col("author").is_in(who)).then(time // MINUTE * MINUTE).otherwise(time)
    return find_coordination(world.frame().with_columns(rounded))


@pytest.fixture
def found(world: World) -> CoordinationResult:
    pushed = world.group("k", 6, 14, lambda n: {"urls": [f"https://pushed.example/{n}"]})
    return mixed(world, pushed)


def test_evidence_says_the_step_of_its_times(found: CoordinationResult) -> None:
    (group,) = found.clusters
    rows = [*group.evidence, *(e for edge in found.edges for e in edge.evidence)]
    assert {row.step_seconds for row in rows} == {60}
    assert all(row.seconds_apart % 60 == 0 for row in rows)
    near = [str(evidence_why(row, found.tested)) for row in rows if row.seconds_apart == 0]
    assert near
    assert all("in the same minute" in why for why in near)
    assert not any(word in str(group.because) for word in SECONDS)
    assert "less than a minute" in str(group.because)


def test_beside_an_account_of_seconds_minutes_are_counted(world: World) -> None:
    who = world.group("k", 6, 14, lambda n: {"urls": [f"https://pushed.example/{n}"]})
    found = mixed(world, who[:3])
    exact = set(who[3:])
    for edge in found.edges:
        (step,) = {row.step_seconds for row in edge.evidence}
        assert step == (None if {edge.a, edge.b} <= exact else 60)
        if step:
            assert all(row.seconds_apart % 60 == 0 for row in edge.evidence)
    # of an object that both kinds of pair shared, the nearest with the step of its times
    one = Evidence(signal="link", object="a", posts=("1", "2"), seconds_apart=0.0, step_seconds=60)
    two = Evidence(signal="link", object="a", posts=("2", "3"), seconds_apart=0.0)
    three = Evidence(signal="link", object="a", posts=("3", "4"), seconds_apart=9.0)
    assert [e.step_seconds for e in unite([two, one])] == [60]
    assert [e.step_seconds for e in unite([three, two])] == [None]


def test_moments_in_minutes_are_no_seconds(world: World) -> None:
    found = mixed(world, world.group("s", 6, 60, lambda _: {}, part=0.9, spread=2_000))
    (group,) = found.clusters
    assert group.signals == ("synchrony",)
    assert "the same minutes" in str(group.because)
    assert not any(word in str(group.because) for word in SECONDS)
    assert all("the same minutes" in str(evidence_why(e, found.tested)) for e in group.evidence)


def test_who_rounds_down_does_not_lead(world: World) -> None:
    """Of two that post in one minute, the one whose times are rounded down seems to be first."""
    for number in range(40):
        at = world.moment() // MINUTE * MINUTE
        for author in ("x:p0", "x:p1"):
            link = f"https://pushed.example/{number}"
            world.say(author, at + world.rng.randint(1_000, 59_000), urls=[link])
    found = mixed(world, ["x:p0"])
    (pair,) = found.structures
    assert pair.shape == "pair"
    assert pair.following == ()


def test_every_surface_says_minutes(
    found: CoordinationResult, workspace: Workspace, tmp_path: Path
) -> None:
    home = ["--home", str(workspace.home)]

    def tocsin(*arguments: str) -> Any:
        return CliRunner().invoke(cli, [*home, *arguments], catch_exceptions=False).stdout

    (group,) = found.clusters
    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        index.publish(found.findings(), kinds=("tested", "cluster", "edge"), generation="run-1")
        write_stix(index, workspace, tmp_path / "out.json")
        for language, words in (("en", "in the same minute"), ("fr", "dans la même minute")):
            report = tmp_path / f"{language}.md"
            tocsin("--lang", language, "export", "dossier", "--out", str(report))
            assert words in report.read_text(encoding="utf-8")
            assert not re.search(r"\b0 s\b", report.read_text(encoding="utf-8"))
            said = SignalWords(found.tested, Words(language))
            near = next(e for e in group.evidence if e.seconds_apart == 0)
            assert words in said.nearness(near)
    assert "in the same minute" in (tmp_path / "out.json").read_text(encoding="utf-8")
    (shown,) = json.loads(tocsin("--json", "clusters"))["clusters"]
    assert {row["step_seconds"] for row in shown["evidence"]} == {60}
    rows = json.loads(tocsin("--json", "evidence", "--all"))["evidence"]
    assert {row["step_seconds"] for row in rows} == {60}
    assert any("in the same minute" in row["why"] for row in rows)
    assert "less than a minute" in " ".join(tocsin("clusters", group.id).replace("│", "").split())
    tocsin("export", "csv", "--out", str(tmp_path / "evidence.csv"))
    with (tmp_path / "evidence.csv").open(encoding="utf-8") as lines:
        assert {row["step_seconds"] for row in csv.DictReader(lines)} <= {"60", "60.0"}
