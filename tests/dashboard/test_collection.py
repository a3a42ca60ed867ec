"""The page Collection: sources, files, their loss reports, gaps and runs."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.pages import Visit, text
from tocsin.app.cli import main
from tocsin.core.findings import rfc3339

ROWS = [
    {
        "id": n, "body": f"Écoute {n}", "created_at": "2024-05-03T09:00:00Z" if n < 10 else "",
        "screen_name": "ana_maria", "like_count": 3, "flag": f"f{n}", "reply_to": f"77{n}",
    }
    for n in range(40)
]  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>',
    "javascript:alert(1)", "</td></tr></table><h1>taken</h1>", "${7*7}", "{{7*7}}", "{0}", "{n}",
    "'; DROP TABLE posts; --", "\u202egnp.exe", "\u0000\u0007", "a\u0301\u0301\u0301\u0301\u0301",
    "**bold** [x](javascript:alert(1))", ":material/delete: :red[x]", "&lt;b&gt;", "%s%n",
    "../../x", "x" * 400, "<style>*{display:none}</style>",
)  # fmt: skip


def call(home: Path, *arguments: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--home", str(home), "--json", *arguments])
    assert end.value.code == 0, arguments


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def record_of(home: Path, command: str) -> dict[str, Any]:
    newest = sorted((home / "runs").glob(f"*-{command}-*.json"))[-1]
    record: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
    return record


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with an import that asks for a repair; accounts under their names."""
    home = tmp_path / "home"
    home.mkdir()
    settings = "[privacy]\npseudonymise = false\n"
    (home / "tocsin.toml").write_text(settings, encoding="utf-8")
    call(home, "import", write(tmp_path / "posts.csv", ROWS))
    return home


def test_a_file_stands_with_what_came_of_it_and_a_link_to_its_posts(
    home: Path, visit: Visit
) -> None:
    shown = text(visit(home, "collection"))
    run = record_of(home, "import")["run_id"]
    assert "posts.csv" in shown
    assert "40 created" in shown
    assert f"run={run}&amp;part=0" in shown
    assert "source%3Aposts" in shown
    assert "25%" in shown
    assert "source%3Aposts+-exists%3Apublished" in shown


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_report_of_a_file_is_the_terminals(
    home: Path, visit: Visit, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    record = record_of(home, "import")
    page = visit(home, "collection", lang=language, run=record["run_id"], part="0")
    shown = text(page)
    assert not page.exception
    [file] = record["files"]
    for row in file["keys"]:
        assert row["key"] in shown
        assert (row["column"] or "") in shown
    examples = ("Écoute 0", "ana_maria", "2024-05-03T09:00:00.000Z", "flag")
    for word in examples:
        assert word in shown
    words = {"en": ("guessed", "only 25%", "posts referred to: 40"),
             "fr": ("deviné", "25\u202f%", "messages désignés")}[language]  # fmt: skip
    for word in words:
        assert word in shown
    command = f"remap {record['run_id']} --map published_at=COLUMN --platform NAME"
    assert command in " ".join(block.value for block in page.code)


def test_the_command_that_is_copied_repairs_the_import(
    home: Path, visit: Visit, tmp_path: Path
) -> None:
    run = record_of(home, "import")["run_id"]
    [code] = visit(home, "collection", run=run, part="0").code
    arguments = code.value.replace("COLUMN", "created_at").replace("NAME", "x").split()
    assert arguments[:4] == ["tocsin", "--home", str(home), "remap"]
    call(home, *arguments[3:])
    shown = text(visit(home, "collection"))
    assert f"run={run}&amp;" not in shown
    again = record_of(home, "remap")["run_id"]
    assert f"run={again}&amp;part=0" in shown
    assert run in text(visit(home, "collection", run=again, part="0"))


def test_a_file_without_a_post_has_no_table_of_shares(tmp_path: Path, visit: Visit) -> None:
    home, path = tmp_path / "home", tmp_path / "empty.csv"
    home.mkdir()
    path.write_text("id,text\n", encoding="utf-8")
    call(home, "import", str(path))
    shown = text(visit(home, "collection", run=record_of(home, "import")["run_id"], part="0"))
    assert "holds no post" in shown
    assert "What was filled" not in shown


def test_without_kept_records_examples_name_nobody(tmp_path: Path, visit: Visit) -> None:
    home = tmp_path / "home"
    call(home, "import", "--no-keep", "--platform", "x", write(tmp_path / "p.csv", ROWS))
    page = visit(home, "collection", run=record_of(home, "import")["run_id"], part="0")
    shown = text(page)
    assert "ana_maria" not in shown
    assert "2024-05-03T09:00:00.000Z" in shown
    assert "are no longer kept" in shown
    assert not page.code


def test_pseudonyms_stand_for_accounts_in_examples(tmp_path: Path, visit: Visit) -> None:
    home = tmp_path / "home"
    rows = [
        {
            **row, "body": f"{row['body']} @ana_maria", "author_name": "Ana Maria Ortega",
            "mentions": "ana_maria", "url": f"https://x.com/ana_maria/status/{row['id']}",
        }
        for row in ROWS
    ]  # fmt: skip
    call(home, "import", "--platform", "x", write(tmp_path / "ana_maria.csv", rows))
    run = record_of(home, "import")["run_id"]
    for parameters in ({}, {"run": run, "part": "0"}):
        shown = text(visit(home, "collection", **parameters))
        assert "acct-" in shown
        for name in ("ana_maria", "Ana Maria", "Ortega"):
            assert name not in shown.replace(str(home), "")


def test_hostile_columns_and_examples_are_text(tmp_path: Path, visit: Visit) -> None:
    home = tmp_path / "home"
    home.mkdir()
    settings = "[privacy]\npseudonymise = false\n"
    (home / "tocsin.toml").write_text(settings, encoding="utf-8")
    strange = [f"{HOSTILE[n % len(HOSTILE)]} {n}" for n in range(200)]
    columns = [word.replace("\u0000", "") for word in strange]
    for number in range(0, 200, 50):
        rows = [
            {"id": n, "text": strange[(number + n) % 200], "author": strange[n]}
            | dict.fromkeys(columns[number : number + 50], strange[n])
            for n in range(200)
        ]
        path = tmp_path / f"{number}.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        call(home, "import", "--platform", "x", "--source", HOSTILE[number // 50], str(path))
        page = visit(home, "collection", run=record_of(home, "import")["run_id"], part="0")
        assert not page.exception
        assert_harmless(text(page))
    assert_harmless(text(visit(home, "collection")))


def assert_harmless(shown: str) -> None:
    assert "peut pas s’afficher" not in shown
    assert "cannot be shown" not in shown
    for tag in (
        "<script",
        "<img",
        "<svg",
        "<h1>taken",
        "</table><h1",
        'href="javascript',
        "\u202e",
    ):
        assert tag not in shown.replace("\\n", "\n"), tag


def test_an_empty_workspace_says_what_to_do(tmp_path: Path, visit: Visit) -> None:
    home = tmp_path / "home"
    call(home, "init")
    page = visit(home, "collection")
    assert not page.exception
    assert "tocsin --home" in text(page)


def plant_run(home: Path, command: str, **values: Any) -> None:
    begun = datetime.now(UTC) - timedelta(days=9)
    run_id = f"{begun:%Y%m%dT%H%M%S}000-{command}-{values.get('pid', 1)}"
    record = {
        "run_id": run_id, "command": command, "status": "done", "seen": 0, "fates": {},
        "warnings": [], "started_at": rfc3339(begun), "heartbeat_at": rfc3339(begun), "error": "",
    }  # fmt: skip
    path = home / "runs" / f"{run_id}.json"
    path.write_text(json.dumps(record | values), encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_runs_that_failed_or_were_killed_are_said(home: Path, visit: Visit, language: str) -> None:
    error = {"code": "command.no_memory", "parameters": {}}
    plant_run(home, "import", status="failed", error="memory", error_message=error)
    unknown = [{"code": "of.another.version", "parameters": {}}]
    plant_run(home, "crawl", status="running", messages=unknown, warnings=["as it was said"])
    plant_run(home, "remap", pid=2, status="failed")
    (home / "runs" / "20990101T000000000-import-1.json").write_text("{", encoding="utf-8")
    (home / "runs" / "20990101T000000001-import-1.json").write_text("[]", encoding="utf-8")
    (home / "runs" / "20990101T000000002-import-1.json").write_text("{}", encoding="utf-8")
    shown = text(visit(home, "collection", lang=language))
    said = {
        "en": ("memory is full", "No sign of life", "without saying why"),
        "fr": ("la mémoire est pleine", "aucun signe de vie", "sans dire pourquoi"),
    }[language]
    for sentence in (*said, "As it was said."):
        assert sentence in shown


def test_sources_that_were_never_crawled_or_long_ago(home: Path, visit: Visit) -> None:
    folder = home / "sources"
    folder.mkdir(exist_ok=True)
    (folder / "a.toml").write_text('name = "harbour"\nspider = "feed"\n', encoding="utf-8")
    (folder / "b.toml").write_text('name = "town"\nenabled = false\n', encoding="utf-8")
    (folder / "c.toml").write_text("name =", encoding="utf-8")
    (folder / "d.toml").write_text('name = "old"\nspider = "feed"\n', encoding="utf-8")
    counts = {
        "spider": "feed", "fates": {"created": 30}, "rows": 30,
        "filled": {"text": 1.0, "published_at": 0.5, "author": 0.0}, "sites": ["gone.example"],
    }  # fmt: skip
    note = {"source": "old", "sentence": "the page is closed"}
    plant_run(
        home, "crawl", by_source={"old": counts, "removed": counts}, fates={"created": 60},
        messages=[{"code": "crawl.note", "parameters": note}], warnings=["old: the page is closed"],
    )  # fmt: skip
    shown = text(visit(home, "collection"))
    for sentence in (
        "never crawled: tocsin crawl harbour", "enabled = false", "c.toml cannot be read",
        "not crawled for 9", "has no source file any more", "30 created", "50%",
    ):  # fmt: skip
        assert sentence in shown, sentence
    run = record_of(home, "crawl")["run_id"]
    report = text(visit(home, "collection", run=run, part="0"))
    assert "old" in report
    assert "The page is closed." in report


@pytest.mark.parametrize("address", [{"run": "x", "part": "0"}, {"run": "../../etc", "part": "-1"}])
def test_an_address_of_no_run_is_said(home: Path, visit: Visit, address: dict[str, str]) -> None:
    page = visit(home, "collection", **address)
    assert not page.exception
    assert "No record of this run is left" in text(page)
    page.button(key="back").click().run()
    assert "posts.csv" in text(page)


def test_a_crawl_of_an_earlier_version_is_not_said_never_to_have_been(
    home: Path, visit: Visit
) -> None:
    folder = home / "sources"
    folder.mkdir(exist_ok=True)
    (folder / "a.toml").write_text('name = "harbour"\nspider = "feed"\n', encoding="utf-8")
    plant_run(home, "crawl", fates={"created": 60})
    shown = text(visit(home, "collection"))
    assert "never crawled" not in shown
    assert "not recorded by earlier versions" in shown
