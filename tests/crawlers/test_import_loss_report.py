"""The loss report: what was filled, from which column, in how many rows, and what looks damaged."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tocsin.app.cli import main

ROWS = [
    {
        "id": n, "body": f"Écoute {n}", "created_at": "2024-05-03T09:00:00Z", "screen_name": "ana",
        "like_count": 3, "flag": "yes", "lang": "fr" if n < 20 else "",
    }
    for n in range(40)
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The answer of a command in this workspace: JSON, or the text of its terminal."""

    def call(*arguments: str, as_json: bool = True) -> Any:
        options = ["--json"] if as_json else []
        with pytest.raises(SystemExit):
            main(["--home", str(tmp_path / "home"), *options, *arguments])
        out = capsys.readouterr().out
        return json.loads(out) if as_json else out

    return call


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def by_key(file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in file["keys"]}


def test_the_table_of_a_dry_run(run: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", ROWS)
    trial = run("import", path, "--dry-run", "--map", "title=body", "--map", "text=body")
    (file,) = trial["files"]
    keys = by_key(file)
    assert keys["id"] == {
        "key": "id", "column": "id", "by": "name", "filled": 1.0,
        "examples": keys["id"]["examples"],
    }  # fmt: skip
    assert len(keys["id"]["examples"]) == 3
    assert (keys["text"]["by"], keys["text"]["column"]) == ("map", "body")
    assert keys["text"]["examples"] == ["Écoute 0", "Écoute 1", "Écoute 2"]
    assert (keys["author.handle"]["by"], keys["author.handle"]["column"]) == (
        "guess", "screen_name"
    )  # fmt: skip
    assert keys["lang"]["filled"] == 0.5
    assert keys["metrics.likes"]["examples"] == ["3"]
    assert keys["platform"]["examples"] == ["other"]
    assert file["left_aside"] == ["flag"]
    assert trial["filled"]["text"] == 1.0


def test_a_run_keeps_it_without_what_names_or_quotes_people(run: Any, tmp_path: Path) -> None:
    report = run("import", write(tmp_path / "p.csv", ROWS), "--platform", "x")
    record = json.loads((tmp_path / "home" / "runs" / f"{report['run_id']}.json").read_text())
    assert record["files"] == report["files"]
    keys = by_key(report["files"][0])
    assert keys["lang"]["examples"] == ["fr"]
    assert keys["text"]["examples"] == keys["author.id"]["examples"] == []
    assert report["filled"] == {"text": 1.0, "published_at": 1.0, "author": 1.0}


def test_a_person_sees_the_table(run: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", ROWS)
    shown = run("--lang", "fr", "import", path, "--platform", "x", as_json=False)
    for word in ("ce qui a été rempli", "screen_name", "deviné", "50", "flag"):
        assert word in " ".join(shown.split())


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("body", "true", "nothing but true and false"),
        ("body", "see below", "the same in every row"),
        ("created_at", "2024-05-03", "the same in every row"),
    ],
)
def test_columns_that_hold_no_text_or_time(
    run: Any, tmp_path: Path, column: str, value: str, said: str
) -> None:
    rows = [row | {column: value} for row in ROWS]
    report = run("import", write(tmp_path / "p.csv", rows), "--platform", "x")
    assert any(said in w and column in w for w in report["warnings"])


def test_relations_that_point_nowhere(run: Any, tmp_path: Path) -> None:
    rows = [row | {"repost_of": "", "reply_to": row["id"] - 1} for row in ROWS[1:]]
    rows += [row | {"id": f"r{n}", "repost_of": f"9{n}", "reply_to": ""}
        for n, row in enumerate(ROWS[:20])]  # fmt: skip
    path = write(tmp_path / "p.csv", rows)
    for options in ((), ("--dry-run",)):
        report = run("import", path, "--platform", "x", *options)
        assert report["relations"] == {
            "reply_to": {"checked": 39, "known": 38},
            "repost_of": {"checked": 20, "known": 0},
        }
        (warning,) = [w for w in report["warnings"] if "referred to" in w]
        assert warning.startswith("repost_of: posts referred to: 20")


def test_under_pseudonyms_examples_name_nobody(run: Any, tmp_path: Path) -> None:
    messages = [
        {
            "id": n, "type": "message", "date": "2024-05-01T10:00:00", "from": "Quentin Zabulon",
            "from_id": "user77", "forwarded_from": "Marguerite Oyono",
            "text": ["see ", {"type": "mention", "text": "@yolande_ff"}, " on page 4"],
        }
        for n in range(1, 4)
    ]  # fmt: skip
    chat = {"name": "Room", "type": "public_channel", "id": 5, "messages": messages}
    path = tmp_path / "result.json"
    path.write_text(json.dumps(chat), encoding="utf-8")
    shown = run("import", str(path), as_json=False)
    for name in ("Quentin", "Zabulon", "Marguerite", "Oyono", "yolande"):
        assert name not in shown
    assert "acct-" in shown


def test_times_that_cannot_be_true_are_not_called_unreadable(run: Any, tmp_path: Path) -> None:
    late = [row | {"created_at": "2931-05-03T09:00:00Z"} for row in ROWS]
    said = "\n".join(run("import", write(tmp_path / "p.csv", late), "--dry-run")["warnings"])
    assert "40 values of published_at in 40 rows lie before 1990 or in the future" in said
    assert "this machine's clock says" in said
    assert "could not be read" not in said
    assert "--map published_at" not in said  # its column was found
    worse = [row | {"created_at": "soon"} for row in ROWS]
    path = write(tmp_path / "q.csv", worse)
    said = "\n".join(
        run("import", path, "--dry-run", "--map", "published_at=created_at")["warnings"]
    )
    assert "could not be read (for example soon)" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<!DOCTYPE html>\n<html><body>Message</body></html>", "is a web page"),
        ("<!-- saved -->\n<HTML lang=fr>", "is a web page"),
        ("[01/03/2024, 10:00:01] Ana: Bonjour\n", "is a chat of WhatsApp"),
        ("01/03/2024 à 10:00 - Ana: Bonjour\n", "is a chat of WhatsApp"),
        ("3/1/24, 10:00 PM - Ana: Hello\n", "is a chat of WhatsApp"),
    ],
)
def test_pages_and_chats_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    (tmp_path / "export").write_text(content)
    with pytest.raises(SystemExit) as raised:
        main(["--home", str(tmp_path / "home"), "import", str(tmp_path / "export")])
    assert raised.value.code == 2
    assert said in capsys.readouterr().err


def test_authors_of_a_file_without_a_platform_are_found_by_their_names(
    run: Any, tmp_path: Path
) -> None:
    """Nobody was called so: ids of such a file begin with its name; and erasing failed."""
    rows = [
        {"id": "1", "author": "@ana_b", "text": "ana_b says hello", "date": "2024-05-03 09:00"},
        {"id": "2", "author": "Anne Le Goff", "text": "by Anne Le Goff", "date": "2024-05-03"},
        {"id": "3", "author": "4711", "text": "a number", "date": "2024-05-03 11:00"},
    ]  # fmt: skip
    run("import", write(tmp_path / "p.csv", rows))
    assert run("search", "author:ana_b")["total"] == 1
    hits = run("search", "")["hits"]
    said = json.dumps(hits)
    assert "ana_b" not in said
    assert "Goff" not in said
    assert run("erase", "Anne Le Goff", "--yes")["removed"] == 1
    assert run("search", "")["total"] == 2
