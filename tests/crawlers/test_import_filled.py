"""An import says what was filled, and does not look like success where little was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawlers.importing.fill_counts import FillCounts
from tocsin.app.cli import main
from tocsin.core.documents import Document


@pytest.fixture
def imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The report of an import of these rows."""

    def run(*rows: Any, name: str = "posts.jsonl", options: tuple[str, ...] = ()) -> Any:
        path = tmp_path / name
        lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        with pytest.raises(SystemExit):
            main(["--home", str(tmp_path / "home"), *options, "--json", "import", str(path)])
        return json.loads(capsys.readouterr().out)

    return run


def post(number: int, **more: Any) -> dict[str, Any]:
    at = f"2026-03-01T10:{number:02}:00Z"
    row = {"id": str(number), "platform": "x", "text": "words", "published_at": at}
    return row | {"author": {"id": "a"}} | more


def test_shares_of_what_was_filled(imported: Any) -> None:
    report = imported(
        *(post(n) for n in range(8)), post(8, published_at=None), post(9, author=None)
    )
    assert report["filled"] == {"text": 1.0, "published_at": 0.9, "author": 0.9}
    assert report["warnings"] == []


@pytest.mark.parametrize(
    ("key", "wanted"),
    [("author", "only 20% of 10 rows have an author"), ("published_at", "rows have a time")],
)
def test_a_key_that_few_rows_have_is_said_with_what_to_do(
    imported: Any, key: str, wanted: str
) -> None:
    rows = [post(n, **({} if n < 2 else {key: None})) for n in range(10)]
    (warning,) = imported(*rows)["warnings"]
    assert wanted in warning
    assert "--map" not in warning  # the exchange format names its own keys
    other = [{"body": f"words {n}", "day": row["published_at"]} for n, row in enumerate(rows)]
    warnings = " ".join(imported(*other, name="other.jsonl")["warnings"])
    assert "--map author.id" in warnings


def test_a_file_that_was_mostly_rejected_says_so(imported: Any) -> None:
    warnings = imported(post(0), *({"id": "", "platform": 5} for _ in range(9)))["warnings"]
    assert any("most of the file was not taken: 9 of 10 rows were rejected" in w for w in warnings)


def test_it_is_said_in_french(imported: Any) -> None:
    rows = [post(n, author=None) for n in range(4)]
    (warning,) = imported(*rows, options=("--lang", "fr"))["warnings"]
    assert "aucune des 4 lignes n’a d’auteur" in warning


def test_times_to_the_day_and_the_minute_are_counted(imported: Any) -> None:
    days = [post(n, published_at="2026-03-01") for n in range(3)]
    minutes = [post(9, published_precision="minute")]
    report = imported(*days, post(5), *minutes)
    assert report["times"] == {"day": 3, "exact": 1, "minute": 1}
    said = " ".join(report["warnings"])
    assert "3 of 5 times are only to the day" in said
    assert "one of 5 times is only to the minute" in said


def test_what_was_cut_is_counted_and_marked(imported: Any, tmp_path: Path, capsys: Any) -> None:
    long = post(1, text="a b " * 400_000)
    heavy = post(2, extra={"html": "x" * 3_000_000}, media=[{"url": "m", "alt": "y" * 3_000_000}])
    report = imported(post(0), long, heavy)
    assert report["truncated"] == 2
    assert any("2 posts were too long" in warning for warning in report["warnings"])
    home = ["--home", str(tmp_path / "home")]
    with pytest.raises(SystemExit):
        main([*home, "--json", "search", "", "--order", "oldest"])
    hits = {hit["id"]: hit for hit in json.loads(capsys.readouterr().out)["hits"]}
    assert "truncated" not in hits["0"]
    assert hits["1"]["truncated"] == {"text": 1_600_000}
    assert len(hits["1"]["text"]) == 1_000_000
    assert set(hits["2"]["truncated"]) == {"extra", "media"}
    assert len(json.dumps(hits["2"])) < 1_100_000
    for language, said in (("en", "were too long and were cut"), ("fr", "ont été coupés")):
        with pytest.raises(SystemExit):
            main([*home, "--lang", language, "search", ""])
        assert said in " ".join(capsys.readouterr().out.split())
    again = tmp_path / "export.jsonl"
    again.write_text("".join(json.dumps(hit) + "\n" for hit in hits.values()), encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--home", str(tmp_path / "other"), "--json", "import", str(again)])
    assert json.loads(capsys.readouterr().out)["truncated"] == 2


@pytest.mark.parametrize(("bad", "code"), [(9, 1), (3, 0)])
def test_an_import_that_was_mostly_rejected_is_no_success(
    bad: int, code: int, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "posts.jsonl"
    rows = [*(post(n) for n in range(4)), *({"id": "", "platform": 5} for _ in range(bad))]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["--home", str(tmp_path / "home"), "--json", "import", str(path)])
    assert end.value.code == code
    report = json.loads(capsys.readouterr().out)
    assert report.get("mostly_rejected", False) is bool(code)
    assert report["fates"]["created"] == 4


def test_status_and_check_name_what_is_mostly_empty(
    imported: Any, tmp_path: Path, capsys: Any
) -> None:
    imported(*(post(n, **({} if n < 5 else {"author": None})) for n in range(30)))
    home = ["--home", str(tmp_path / "home")]
    with pytest.raises(SystemExit):
        main([*home, "--json", "status"])
    assert json.loads(capsys.readouterr().out)["without"] == {"author": 25, "time": 0, "text": 0}
    for language, said in (
        ("en", "source (no name): 25 of 30 posts have no author"),
        ("fr", "25 messages sur 30 n’ont pas d’auteur"),
    ):
        with pytest.raises(SystemExit):
            main([*home, "--lang", language, "--json", "check"])
        rows = json.loads(capsys.readouterr().out)["checks"]
        (row,) = [row for row in rows if row["name"] == "collected posts"]
        assert said in row["detail"]
        assert "--map author.id=" in row["advice"]
        assert row["ok"]


def test_a_dry_run_counts_times_and_cuts_as_the_import_does(
    imported: Any, tmp_path: Path, capsys: Any
) -> None:
    rows = [
        *(post(n, published_at="2026-03-01") for n in range(3)),
        post(4, published_precision="minute"),
        post(5, text="a b " * 400_000),
    ]
    report = imported(*rows)
    again = tmp_path / "again.jsonl"
    again.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--home", str(tmp_path / "dry"), "--json", "import", "--dry-run", str(again)])
    tried = json.loads(capsys.readouterr().out)
    assert tried["times"] == report["times"] == {"day": 3, "exact": 1, "minute": 1}
    assert tried["truncated"] == report["truncated"] == 1
    said = [warning.split(": ", 1)[-1] for warning in report["warnings"]]
    assert [warning.split(": ", 1)[-1] for warning in tried["warnings"]] == said


def test_a_file_that_names_other_platforms_is_not_taken_for_a_tools_export(imported: Any) -> None:
    """Keys as X's API has them, and ids as long: but the rows say where they are from."""
    rows = [
        {
            "id": f"18123456789012345{number:02}",
            "platform": ("mastodon", "x")[number % 2],
            "author_id": f"{number}",
            "author_handle": f"name{number}",
            "created_at": f"2026-03-01T10:{number:02}:00Z",
            "text": f"words {number}",
            "mood": "fine",
        }
        for number in range(10)
    ]
    report = imported(*rows)
    assert report["filled"] == {"text": 1.0, "published_at": 1.0, "author": 1.0}
    (file,) = report["files"]
    assert file["format"] == "jsonl"


def test_no_column_is_asked_for_where_the_format_says_what_stands_where() -> None:
    """Exports of X and Instagram were told `--map author.id=COLUMN`, and have no such column."""
    counts = FillCounts()
    counts.add([Document(id=f"x:{n}", platform="x", text="") for n in range(3)])
    of_table = [str(said) for said in counts.warnings("a.csv")]
    of_format = [str(said) for said in counts.warnings("tweets.js", has_columns=False)]
    assert len(of_table) == len(of_format) == 3
    assert all("--map" in said for said in of_table)
    assert not any("--map" in said for said in of_format)
    assert "none of 3 rows has an author" in of_format[2]


@pytest.mark.parametrize("trial", [(), ("--dry-run",)])
@pytest.mark.parametrize("held", ["", "\n \n", "id,text,author\n"])
def test_a_file_without_a_post_is_said_to_have_none(
    trial: tuple[str, ...], held: str, tmp_path: Path, capsys: Any
) -> None:
    """It printed a table of keys that were filled in 0 %, and a dry run nothing else."""
    path = tmp_path / "posts.csv"
    path.write_text(held, encoding="utf-8")
    for language, told in (("en", "holds no post"), ("fr", "ne contient aucun message")):
        home = ("--home", str(tmp_path / "home"), "--lang", language)
        with pytest.raises(SystemExit):
            main([*home, "--json", "import", str(path), *trial])
        (warning,) = json.loads(capsys.readouterr().out)["warnings"]
        assert told in warning
        with pytest.raises(SystemExit):
            main([*home, "import", str(path), *trial])
        said = " ".join(capsys.readouterr().out.split())
        assert told in said
        assert "%" not in said


@pytest.mark.parametrize(
    ("cells", "told"), [(["1", "0", ""], 1), (["True", "yes", "no"], 2), (["1", "7", "0"], 0)]
)
def test_rows_called_reposts_of_nobody_knows_what_are_said(
    cells: list[str], told: int, tmp_path: Path, capsys: Any
) -> None:
    """A column `retweet` of ones and zeros went to `extra` without a word."""
    rows = [f"u{n},words number {n},2026-03-01T10:0{n}:07Z,{cell}" for n, cell in enumerate(cells)]
    rows.append("u9,RT @ann: known by name,2026-03-01T11:00:09Z,0")
    path = tmp_path / "posts.csv"
    path.write_text("\n".join(["user,text,created_at,retweet", *rows]), encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--home", str(tmp_path / "home"), "--json", "import", str(path), "--platform", "x"])
    report = json.loads(capsys.readouterr().out)
    said = [warning for warning in report["warnings"] if "calls reposts" in warning]
    assert len(said) == bool(told)
    assert all(f"{told} of {len(rows)}" in warning for warning in said)
