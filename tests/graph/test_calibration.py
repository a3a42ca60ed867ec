"""What would be found in a data set, and flagged by chance: planted and shuffled copies of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from graph.calibration.measure import calibrate, verdict
from graph.calibration.permutation import CONTENTS, permute
from graph.calibration.planting import OBJECTS, SHARE, assign_cells, list_cells, plant
from graph.coordination.posts import COLUMNS, prepare
from tests.graph.conftest import World
from tocsin.app.cli import cli
from tocsin.core.errors import ConfigError
from tocsin.core.settings import GraphSettings


def test_planted_accounts_post_like_others_and_act_together(world: World) -> None:
    posts = prepare(world.frame())
    cells = [("links", 5, 60), ("copies", 3, 1_200)]
    planted = plant(posts, cells, 7)
    assert planted.frame.equals(plant(posts, cells, 7).frame)
    assert not planted.frame.equals(plant(posts, cells, 8).frame)
    assert planted.frame.head(len(posts)).equals(posts.frame.select(COLUMNS))
    links, copies = planted.campaigns
    acts = planted.frame.filter(pl.col("author").is_in(links.accounts)).explode("urls")
    acts = acts.filter(pl.col("urls").str.starts_with("https://planted.invalid/"))
    spans = acts.group_by("urls").agg(pl.col("published_at").max() - pl.col("published_at").min())
    assert acts["urls"].n_unique() == OBJECTS
    assert spans["published_at"].max() <= 60_000
    copied = planted.frame.filter(pl.col("author").is_in(copies.accounts))["copy_group"]
    assert copied.drop_nulls().n_unique() == OBJECTS


def test_what_no_post_carries_is_not_planted(world: World) -> None:
    kinds = {kind for kind, _, _ in list_cells(prepare(world.frame()))}
    assert kinds == {"links", "copies"}


def test_a_draw_is_no_more_than_the_data_set_bears(make_world: type[World]) -> None:
    posts = prepare(make_world(people=2_000, each=2).frame())
    permuted = list(assign_cells(posts, 12, 1))
    assert len(permuted) == 12
    assert all(sum(size for _, size, _ in cells) <= SHARE * 2_000 for cells in permuted)
    counts = [sum(cells.count(cell) for cells in permuted) for cell in list_cells(posts)]
    assert max(counts) - min(counts) <= 1  # all equally often


def test_shuffles_keep_what_they_say(world: World) -> None:
    frame = prepare(world.frame()).frame.select(COLUMNS)
    contents = permute("contents", frame, 3)
    who_and_when = ["id", "author", "published_at"]
    assert contents.select(who_and_when).equals(frame.select(who_and_when))
    hour = pl.col("published_at") // 3_600_000
    texts = [
        f.with_columns(hour=hour).group_by("hour").agg(pl.col("text").sort()).sort("hour")
        for f in (frame, contents)
    ]
    assert texts[0].equals(texts[1])
    assert not contents["text"].equals(frame["text"])
    times = permute("times", frame, 3)
    assert times.select(CONTENTS).equals(frame.select(CONTENTS))
    assert sorted(times["published_at"]) == sorted(frame["published_at"])
    # what is gone was there as long; of a day alone nobody knows
    day = 86_400_000
    gone = pl.Series("deleted_at", [None, 5 * day, *[1] * (frame.height - 2)], dtype=pl.Int64)
    age = pl.when(gone == 1).then(pl.col("published_at") + 5_000).otherwise(gone)
    times = permute("times", frame.with_columns(deleted_at=age), 3)
    assert times["deleted_at"][:2].to_list() == [None, 5 * day]
    assert (times["deleted_at"] - times["published_at"])[2:].unique().to_list() == [5_000]
    with pytest.raises(ConfigError, match="no shuffle"):
        permute("accounts", frame, 3)


def test_planted_groups_are_found_and_nobody_where_nothing_is_arranged(
    make_world: type[World],
) -> None:
    posts = prepare(make_world(people=400, each=5).frame())
    result = calibrate(posts, GraphSettings(), draws=3)
    assert result == calibrate(posts, GraphSettings(), draws=3)
    assert result["flagged"]["accounts"] == 0
    fast = [r for r in result["planted"]["cells"] if r["size"] >= 10 and r["pace"] == 60]
    assert fast
    assert all(row["recall"] >= 0.9 for row in fast)
    for row in (result["planted"]["all"], *result["planted"]["by_kind"]):
        share = row["found"] / row["campaigns"]
        assert row["low"] <= share <= row["high"]
    assert result["planted"]["flagged_beside"]["most"] <= 1
    assert [(null["name"], null["flagged"]) for null in result["nulls"]] == [
        ("contents", 0), ("times", 0),
    ]  # fmt: skip
    assert all(null["at_most"] == 1.0 for null in result["nulls"])  # 3 in 3 draws


@pytest.mark.parametrize(
    ("measured", "stated", "said"),
    [
        ([2] * 20, [1] * 20, "holds"), ([2] * 20, [4] * 20, "holds"),
        ([4] * 20, [1] * 20, "too_low"), ([2] * 20, [5] * 20, "too_high"),
        ([0] * 20, [0] * 19 + [1], "none_seen"), ([0] * 20, [1] * 20, "too_high"),
        ([0], [1], "none_seen"),
        # one group of nine in 20 draws beside one pair, and as many spread out
        ([0] * 19 + [9], [0] * 19 + [2], "few"), ([2] * 20, [18] + [0] * 19, "few"),
        ([2] * 4 + [0] * 16, [2] + [0] * 19, "few"),
    ],
)  # fmt: skip
def test_a_stated_number_holds_within_a_factor_of_two(
    measured: list[int], stated: list[int], said: str
) -> None:
    assert verdict(measured, stated) == said


def test_too_little_is_said(make_world: type[World]) -> None:
    with pytest.raises(ConfigError) as raised:
        calibrate(prepare(make_world(people=10, each=2).frame()), GraphSettings(), draws=1)
    assert raised.value.message.code == "calibration.too_little"


def test_the_command_keeps_its_result_and_the_report_cites_it(
    tmp_path: Path, make_world: type[World]
) -> None:
    world = make_world(people=150, each=5)
    who = world.group("g", 6, 10, lambda n: {"urls": [f"https://pushed.example/{n}"]})
    file = tmp_path / "posts.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for row in world.rows:
            post = {"id": row["id"], "platform": "x", "author": {"id": row["author"]}}
            post |= {"published_at": row["published_at"], "text": row["text"], "urls": row["urls"]}
            out.write(json.dumps(post) + "\n")
    home = tmp_path / "home"

    def tocsin(*arguments: str) -> Any:
        done = CliRunner().invoke(cli, ["--home", str(home), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    tocsin("init")
    tocsin("import", str(file))
    tocsin("analyse")
    index_before = tocsin("--json", "status")
    report = tmp_path / "report.md"
    tocsin("export", "dossier", "--out", str(report))
    assert "has not been calibrated" in report.read_text(encoding="utf-8")
    done = json.loads(tocsin("--json", "calibrate", "--draws", "1"))
    assert done["status"] == "done"
    assert done["calibration"]["flagged"]["accounts"] == len(who)
    kept = json.loads((home / "calibration.json").read_text(encoding="utf-8"))
    assert kept == done["calibration"]
    assert (
        json.loads(tocsin("--json", "status"))["documents"]
        == (json.loads(index_before)["documents"])
    )
    for language, words in (("en", "campaigns were planted"), ("fr", "campagnes simulées, ")):
        tocsin("--lang", language, "export", "dossier", "--out", str(report))
        assert words in report.read_text(encoding="utf-8")
    assert "Planted campaigns that were found" in tocsin("calibrate", "--draws", "1")
    with file.open("a", encoding="utf-8") as out:
        out.write('{"id":"new","platform":"x","author":{"id":"x:z"},"text":"one more",'
                  '"published_at":"2023-11-20T10:00:00Z"}\n')  # fmt: skip
    tocsin("import", str(file))
    tocsin("analyse")
    tocsin("export", "dossier", "--out", str(report))
    assert "made on other posts" in report.read_text(encoding="utf-8")
