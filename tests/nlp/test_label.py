"""``tocsin label``: on the terminal, by table, with two coders."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from index.connect import open_index
from nlp.models.embedder import key
from tocsin.app.cli import cli
from tocsin.core.documents import Document
from tocsin.core.workspace import Workspace


@pytest.fixture
def label(
    workspace: Workspace, document: Callable[..., Document], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """A function: ``tocsin label mood`` on a workspace of 20 posts, with typed lines."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")
    random = np.random.default_rng(1)
    documents = [document(n, f"post number {n} about trains") for n in range(20)]
    vectors = random.normal(0, 1, (20, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = open_index(workspace)
    index.put(documents)
    index.put_vectors(key(workspace.settings.nlp), [d.id for d in documents], vectors)
    index.refresh()
    index.close()

    def run(*arguments: str, typed: str = "", as_json: bool = False) -> Any:
        options = ["--json"] if as_json else []
        home = ["--home", str(workspace.home), "--lang", "en"]
        return CliRunner().invoke(cli, [*home, *options, "label", "mood", *arguments], input=typed)

    return run


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_answers_are_kept_and_taken_back(label: Any, tmp_path: Path) -> None:
    asked = ("--classes", "glad,sad", "--coder", "ada", "--number", "5")
    shown = label(*asked, typed="1\n2\nu\nglad\nnonsense\ns\nq\n")
    assert shown.exit_code == 0, shown.output
    assert "nonsense is none of these" in shown.output
    assert "2 posts are labelled" in shown.output
    label("--save", str(tmp_path / "l.csv"))
    assert [row["label"] for row in rows(tmp_path / "l.csv")] == ["glad", "glad"]
    again = label(*asked, typed="1\n")  # the input ends: what was said is kept
    assert "3 posts are labelled" in again.output


def test_two_coders_agree_by_alpha(label: Any) -> None:
    label("--classes", "glad,sad", "--coder", "ada", "--number", "6", typed="1\n2\n1\n2\n1\n2\n")
    shown = label("--coder", "ben", "--number", "12", typed="1\n" * 12)
    assert "Krippendorff" in shown.output
    assert "2 coders" in shown.output


def test_a_table_goes_out_and_comes_back(label: Any, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    assert label("--out", str(table), "--number", "4").exit_code == 0
    given = rows(table)
    assert len(given) == 4
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "label", "coder"])
        writer.writeheader()
        writer.writerows(row | {"label": "sad", "coder": "ben"} for row in given[:3])
        writer.writerow(given[3])
    taken = json.loads(label("--in", str(table), as_json=True).output)
    assert taken["given"] == taken["posts"] == 3
    assert taken["labels"] == {"sad": 3}


def test_without_classes_it_says_what_to_do(label: Any) -> None:
    failed = label()
    assert failed.exit_code == 1
    assert "--classes" in str(failed.exception)


def test_labels_of_an_erased_person_go(label: Any, workspace: Workspace) -> None:
    label("--classes", "glad,sad", "--coder", "ada", "--number", "20", typed="1\n" * 20)
    kept = workspace.home / "tags" / "mood.labels.jsonl"
    assert '"x:3"' in kept.read_text()
    home = ["--home", str(workspace.home), "--json"]
    erased = CliRunner().invoke(cli, [*home, "erase", "x:a3", "--yes"])
    assert erased.exit_code == 0, erased.output
    assert json.loads(erased.output)["labels"] == 3
    assert '"x:3"' not in kept.read_text()
    assert '"x:4"' in kept.read_text()


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8"])
def test_a_table_as_a_spreadsheet_saves_it_is_taken_and_saved_in_one_call(
    label: Any, tmp_path: Path, encoding: str
) -> None:
    """With --save, --in was left out without a word; "Unicode text" of Excel could not be read."""
    table, saved = tmp_path / "table.csv", tmp_path / "all.csv"
    assert label("--out", str(table), "--number", "3").exit_code == 0
    given = rows(table)
    lines = [f"{row['id']};{'gêné' if n else ''}" for n, row in enumerate(given)]
    table.write_bytes("\r\n".join(["id;label", *lines]).encode(encoding))
    told = label("--in", str(table), "--save", str(saved)).output
    assert "2 labels were taken" in told
    assert "1 row has no label yet" in told
    assert {row["label"] for row in rows(saved)} == {"gêné"}


def test_a_table_that_nobody_filled_says_so(
    label: Any, workspace: Workspace, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    assert label("--out", str(table), "--number", "3").exit_code == 0
    train = ["--home", str(workspace.home), "--lang", "en", "train", "mood", str(table)]
    assert "no row of the table has a label yet" in str(CliRunner().invoke(cli, train).exception)
