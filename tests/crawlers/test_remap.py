"""An import repaired from the records kept with its run; retention and erasure reach them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.crawlers.conftest import Crawl

ROWS = "".join(f"{n},note {n},Écoute {n},2024-05-0{n},zoé_{n}\n" for n in range(1, 6))
TABLE = "id,text,body,when_sent,who\n" + ROWS


def write(crawl: Crawl, text: str = TABLE, name: str = "p.csv") -> Path:
    path = crawl.home.parent / name
    path.write_text(text, encoding="utf-8")
    return path


def kept(crawl: Crawl) -> list[Path]:
    return sorted(crawl.home.glob("runs/*/kept/*.bin"))


def test_other_columns_without_the_file(crawl: Crawl) -> None:
    path = write(crawl)
    report = crawl.run(str(path), "--platform", "x", command="import")
    assert report["kept"] == 1
    path.unlink()
    options = ("--map", "text=body", "--map", "published_at=when_sent", "--map", "author.id=who")
    repaired = crawl.run(report["run_id"], *options, command="remap")
    assert repaired["fates"] == {"created": 5}
    assert repaired["removed"] == 5
    documents = crawl.documents_by_id()
    assert sorted(documents) == [f"x:{n}" for n in range(1, 6)]
    assert documents["x:3"].text == "Écoute 3"
    assert documents["x:3"].author.id == "x:zoé_3"
    assert documents["x:3"].published_at is not None
    again = crawl.run("last", "--platform", "reddit", command="remap")
    assert again["repaired"] == repaired["run_id"]
    documents = crawl.documents_by_id()
    assert sorted(documents) == [f"reddit:{n}" for n in range(1, 6)]
    assert documents["reddit:3"].text == "Écoute 3"


def test_posts_that_were_there_before_stay(crawl: Crawl) -> None:
    crawl.run(str(write(crawl)), "--platform", "x", command="import")
    more = write(crawl, TABLE + "9,note,Neuf,2024-05-09,zoé_9\n", "q.csv")
    report = crawl.run(str(more), "--platform", "x", command="import")
    repaired = crawl.run(report["run_id"], "--map", "text=body", command="remap")
    assert repaired["removed"] == 1
    texts = {d.id: d.text for d in crawl.documents_by_id().values()}
    assert texts["x:9"] == "Neuf"
    assert texts["x:1"] == "note 1"


@pytest.mark.parametrize("escaped", [False, True])
def test_erasure_takes_the_kept_file(crawl: Crawl, escaped: bool) -> None:
    rows = [
        {"id": n, "text": "t", "created_at": "2024-05-03", "user_id": f"zoé_{n}"} for n in (1, 2)
    ]
    lines = "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows)
    crawl.run(str(write(crawl, lines, "a.jsonl")), "--platform", "x", command="import")
    other = lines.replace("zoé", "max").replace("zo\\u00e9", "max").replace('{"id": ', '{"id": 7')
    crawl.run(str(write(crawl, other, "b.jsonl")), "--platform", "x", command="import")
    assert len(kept(crawl)) == 2
    answer = crawl.run("zoé_1", "--yes", command="erase")
    assert answer["kept_files"] == 1
    assert len(kept(crawl)) == 1


def test_no_copy_is_kept_where_none_is_wanted(crawl: Crawl) -> None:
    report = crawl.run(str(write(crawl)), "--platform", "x", "--no-keep", command="import")
    assert not kept(crawl)
    error = crawl.run(report["run_id"], command="remap", code=2)["stderr"]
    assert "no import" in error


def test_a_wrong_column_changes_nothing(crawl: Crawl) -> None:
    report = crawl.run(str(write(crawl)), "--platform", "x", command="import")
    error = crawl.run(report["run_id"], "--map", "text=bodi", command="remap", code=2)["stderr"]
    assert "did you mean body" in error
    assert len(crawl.documents_by_id()) == 5


def test_a_file_goes_when_its_first_post_is_due(
    crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from index.maintenance.kept_files import expire_kept
    from tocsin.core.workspace import Workspace

    crawl.run(
        str(write(crawl)), "--platform", "x", "--map", "published_at=when_sent", command="import"
    )
    workspace: Any = Workspace(crawl.home)
    now = datetime(2024, 6, 1, tzinfo=UTC)
    assert expire_kept(workspace, 0, {"other": 1}, now) == 0
    assert expire_kept(workspace, 31, {}, now) == 0
    assert expire_kept(workspace, 30, {"p": 60}, now) == 0
    assert expire_kept(workspace, 30, {}, now) == 1
    assert not kept(crawl)


def test_a_kept_workbook_goes_with_any_person(crawl: Crawl) -> None:
    import gzip
    import io

    import openpyxl

    book = openpyxl.Workbook()
    for line in TABLE.splitlines():
        book.active.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    path = crawl.home.parent / "p.xlsx.gz"
    path.write_bytes(gzip.compress(out.getvalue()))
    report = crawl.run(str(path), "--platform", "x", "--map", "author.id=who", command="import")
    repaired = crawl.run(report["run_id"], "--map", "text=body", command="remap")
    assert repaired["fates"] == {"created": 5}
    assert crawl.run("zoé_1", "--yes", command="erase")["kept_files"] == 2
    assert not kept(crawl)


def test_imports_that_can_be_read_again_are_named(crawl: Crawl) -> None:
    said = crawl.run(command="remap", code=2)["stderr"]
    assert "no import of this workspace has kept its records" in said
    first = crawl.run(str(write(crawl)), "--platform", "x", command="import")
    assert not any("already" in said for said in first["warnings"])
    again = crawl.run(str(write(crawl)), "--platform", "x", command="import")
    assert any("all 5 posts were there already" in said for said in again["warnings"])
    said = crawl.run(command="remap", code=2)["stderr"]
    assert f"{again['run_id']} (p.csv), {first['run_id']} (p.csv)" in said
