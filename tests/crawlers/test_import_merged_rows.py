"""Rows of one post (one a picture, one a hashtag) become one post that has them all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawlers.importing import import_files
from tocsin.app.cli import main

HEADER = ["id", "platform", "author", "created_at", "text", "hashtags", "media", "like_count"]
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command as a person gives it; its answer."""

    def call(*arguments: str) -> Any:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(tmp_path / "home"), "--json", *arguments])
        assert not ended.value.code
        return json.loads(capsys.readouterr().out)

    return call


def row(number: int, text: str, tags: str, media: str, likes: int) -> list[Any]:
    at = f"2026-03-01T10:{number:02}:00Z"
    return [str(number), "x", "anna", at, text, tags, media, likes]


def write(path: Path, *rows: list[Any]) -> str:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows])
    return str(path)


def posts(run: Run) -> dict[str, dict[str, Any]]:
    return {hit["id"].rpartition(":")[2]: hit for hit in run("search", "platform:x")["hits"]}


PICTURE = "https://media.example/{}.jpg"


def test_rows_of_one_post_are_one_post_with_all_they_say(run: Run, tmp_path: Path) -> None:
    file = write(
        tmp_path / "exploded.csv",
        row(1, "two pictures", "strike", PICTURE.format(1), 3),
        row(1, "two pictures", "lyon", PICTURE.format(2), 5),
        row(2, "another post", "strike", "", 1),
        row(1, "two pictures", "lyon", PICTURE.format(3), 5),
    )
    report = run("import", file)
    assert (report["fates"]["created"], report["fates"]["merged"], report["seen"]) == (2, 2, 4)
    first = posts(run)["1"]
    assert first["hashtags"] == ["strike", "lyon"]
    assert [m["url"] for m in first["media"]] == [PICTURE.format(n) for n in (1, 2, 3)]
    assert first["metrics"]["likes"] == 5


def test_rows_of_one_post_are_merged_over_the_end_of_a_batch(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_files, "BATCH_ROWS", 4)
    rows = [row(n, f"post {n}", f"tag{n}{k}", "", 0) for n in range(6) for k in range(3)]
    report = run("import", write(tmp_path / "exploded.csv", *rows))
    assert (report["fates"]["created"], report["fates"]["merged"]) == (6, 12)
    assert posts(run)["3"]["hashtags"] == ["tag30", "tag31", "tag32"]


def test_the_same_row_twice_is_a_duplicate_and_another_text_is_another_post(
    run: Run, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "twice.csv",
        row(1, "one", "a", "", 0),
        row(1, "one", "a", "", 0),
        row(2, "one text", "a", "", 0),
        row(2, "a different text", "b", "", 0),
    )
    report = run("import", file)
    assert report["fates"] == {"created": 3, "duplicate": 1}
    assert posts(run)["2"]["hashtags"] == ["a"]
    assert run("import", file)["fates"] == {"duplicate": 4}
