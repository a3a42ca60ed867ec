"""An import says what was filled, and does not look like success where little was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tocsin.app.cli import main


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
    rows = (post(n, **({} if n < 2 else {key: None})) for n in range(10))
    (warning,) = imported(*rows)["warnings"]
    assert wanted in warning
    assert "--map" in warning


def test_a_file_that_was_mostly_rejected_says_so(imported: Any) -> None:
    warnings = imported(post(0), *({"id": "", "platform": 5} for _ in range(9)))["warnings"]
    assert any("most of the file was not taken: 9 of 10 rows were rejected" in w for w in warnings)


def test_it_is_said_in_french(imported: Any) -> None:
    rows = [post(n, author=None) for n in range(4)]
    (warning,) = imported(*rows, options=("--lang", "fr"))["warnings"]
    assert "0\u202f% seulement des 4 lignes ont un auteur" in warning
