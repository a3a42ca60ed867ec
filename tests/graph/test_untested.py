"""Whoever prints what was tested prints what was left out: each gap, read on every surface."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from graph import find_coordination
from graph.coordination.library.streaming import CoordinationStream
from graph.exports.network import write_gexf
from graph.exports.report import write_report
from graph.exports.stix import write_stix
from index.analysis import Analysis
from index.connect import open_index
from tocsin.app.cli import cli
from tocsin.app.pipeline import analyse
from tocsin.core.documents import Author, Document
from tocsin.core.findings import to_json
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

DAY, MINUTE = 86_400_000, 60_000


def rounded(world: Any, step: int) -> pl.DataFrame:
    frame: pl.DataFrame = world.frame()
    return frame.with_columns(pl.col("published_at") // step * step)


def test_times_to_the_day_test_no_pair(world: Any) -> None:
    tested = find_coordination(rounded(world, DAY)).tested
    assert (tested.accounts, tested.pairs) == (0, 0)
    assert "recorded to the day" in str(tested.caveats[0])
    assert [part.reason for part in tested.left_out] == ["coarse_times"]


def test_times_to_the_minute_are_no_seconds(world: Any) -> None:
    world.group("s", 6, 25, lambda _: {}, part=0.85, spread=5_000)
    found = find_coordination(rounded(world, MINUTE))
    assert "synchrony" in found.clusters[0].signals
    said = " ".join(to_json(finding) for finding in found.findings())
    assert "signal_label.synchrony_minutes" in said
    assert "same seconds" not in str(found.clusters[0].because)
    assert any("to the minute" in str(caveat) for caveat in found.tested.caveats)


def test_the_digest_of_the_input_is_of_its_content(world: Any) -> None:
    frame = world.frame()
    first = find_coordination(frame).tested
    assert len(first.input_sha256) == 64
    assert first.tocsin_version
    mixed = find_coordination(frame.sample(fraction=1, shuffle=True, seed=3)).tested
    assert mixed.input_sha256 == first.input_sha256
    assert find_coordination(frame[1:]).tested.input_sha256 != first.input_sha256


def test_crowded_bursts_are_counted_and_named(world: Any) -> None:
    for burst in range(3):
        at = world.moment()
        for account in range(260 + 20 * burst):
            page = [f"https://crowd.example/{burst}"]
            world.say(f"x:b{account:03d}", at + world.rng.randint(0, 5_000), urls=page)
    tested = find_coordination(world.frame()).tested
    bursts = next(p for p in tested.left_out if p.largest and p.largest[0].object_kind == "address")
    assert (bursts.reason, bursts.bursts, bursts.accounts) == ("crowded_bursts", 3, 300)
    assert [c.accounts for c in bursts.largest] == [300, 280, 260]
    assert "https://crowd.example/2 (300 accounts)" in str(bursts.said)
    assert bursts.said in tested.caveats


def test_missing_authors_and_times_are_counted_in_a_stream_too(world: Any) -> None:
    frame = world.frame().with_columns(
        author=pl.when(pl.int_range(pl.len()) % 3 > 0).then("author"),
        published_at=pl.when(pl.int_range(pl.len()) % 5 > 0).then("published_at"),
    )
    tested = find_coordination(frame).tested
    reasons = {part.reason: part.posts for part in tested.left_out}
    assert reasons["no_author"] == frame["author"].null_count()
    assert reasons["no_time"] == frame["published_at"].null_count()
    stream = CoordinationStream()
    for start in range(0, frame.height, 300):
        stream.add(frame[max(0, start - 7) : start + 300])
    assert to_json(stream.result().tested) == to_json(tested)
    nobody = find_coordination(frame.with_columns(author=pl.lit(None, pl.String))).tested
    assert nobody.accounts == 0
    assert "without an author" in str(nobody.caveats[0])


@pytest.mark.parametrize("gap", ["days", "authors"])
def test_every_surface_says_it(gap: str, workspace: Workspace, world: Any, tmp_path: Path) -> None:
    frame = rounded(world, DAY)
    wanted = "recorded to the day"
    if gap == "authors":
        frame = world.frame().with_columns(
            author=pl.when(pl.int_range(pl.len()) % 2 > 0).then("author")
        )
        wanted = "osts without an author, which were not tested"
    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        found = find_coordination(frame)
        index.publish(found.findings(), kinds=("tested", "cluster", "edge"), generation="run-1")
        files = [tmp_path / name for name in ("report.md", "out.json", "net.gexf")]
        for write, path in zip((write_report, write_stix, write_gexf), files, strict=True):
            write(index, workspace, path)
            assert wanted in path.read_text(encoding="utf-8"), path.name
        report = files[0].read_text(encoding="utf-8")
        assert found.tested.input_sha256 in report
        assert found.tested.tocsin_version in report
    home = ["--home", str(workspace.home)]
    terminal = CliRunner().invoke(cli, [*home, "clusters"], catch_exceptions=False).stdout
    assert wanted in " ".join(terminal.split())
    answer = CliRunner().invoke(cli, [*home, "--json", "clusters"], catch_exceptions=False)
    document = json.loads(answer.stdout)
    assert wanted in str(document["caveats"])
    assert document["left_out"][0]["reason"] in {"coarse_times", "no_author"}


@pytest.mark.parametrize(("lacking", "said"), [("author", "an author"), ("time", "a time")])
def test_analyse_says_where_most_posts_cannot_be_tested(
    lacking: str, said: str, workspace: Workspace, world: Any
) -> None:
    documents = [
        Document(
            id=row["id"],
            platform="x",
            author=None if lacking == "author" and n % 4 else Author(id=row["author"]),
            text=row["text"],
            published_at=None
            if lacking == "time" and n % 4
            else datetime.fromtimestamp(row["published_at"] / 1000, UTC),
        )
        for n, row in enumerate(world.rows)
    ]
    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        index.put(documents)
        index.refresh()
        with Run(workspace, "analyse") as run:
            analyse(Analysis(index=index, workspace=workspace, run=run), ["coordination"])
    assert any(f"posts without {said}" in str(warning) for warning in run.warnings)


def test_days_among_times_are_not_the_same_second(workspace: Workspace, world: Any) -> None:
    """Posts to the day stand at midnight: 30 accounts that link one page on one day did not do so
    in one second."""
    exact = world.frame()
    days = [
        {
            "id": f"d{n}-{day}",
            "author": f"x:day{n:02d}",
            "published_at": 1_700_006_400_000 + day * DAY,
            "urls": [f"https://news.example/{day}"],
            "precision": "day",
        }
        for n in range(30)
        for day in range(4)
    ]
    mixed = pl.concat([exact, pl.DataFrame(days)], how="diagonal_relaxed")
    taken_as_exact = find_coordination(mixed.drop("precision"))
    assert any(m.id.startswith("x:day") for c in taken_as_exact.clusters for m in c.accounts)
    found = find_coordination(mixed)
    assert not any(m.id.startswith("x:day") for c in found.clusters for m in c.accounts)
    parts = {part.reason: part for part in found.tested.left_out}
    assert parts["day_only"].posts == 120
    assert "posts with a day and no time of day" in str(parts["day_only"].said)
    alone = find_coordination(pl.DataFrame(days))
    assert [part.reason for part in alone.tested.left_out] == ["coarse_times"]
    stream = CoordinationStream()
    for start in range(0, mixed.height, 200):
        stream.add(mixed[start : start + 200])
    assert to_json(stream.result().tested) == to_json(found.tested)


@pytest.mark.parametrize("precision", ["day", "guessed"])
def test_days_of_another_zone_are_days(precision: str, world: Any) -> None:
    """Midnight of Paris is 22:00 or 23:00 UTC, which looks like a time written to the hour."""
    frame = rounded(world, DAY).with_columns(
        pl.col("published_at") - 2 * 3_600_000, precision=pl.lit(precision)
    )
    tested = find_coordination(frame).tested
    assert [part.reason for part in tested.left_out] == ["coarse_times"]
    assert "recorded to the day" in str(tested.caveats[0])
