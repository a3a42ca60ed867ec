"""Tables that leave: what a spreadsheet makes of them, and that they come back as they were."""

from __future__ import annotations

import csv
import gc
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from index.exports import tables
from index.exports.tables import Dialect, Table, cell, unguarded, write_csv_rows, write_workbook
from tocsin.app.cli import main
from tocsin.core.documents import FOUND_KEYS, SEEN_KEYS
from tocsin.core.exchange import from_exchange, to_exchange

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
POSTS: list[dict[str, Any]] = [
    {
        "id": "1812345678901234567",
        "platform": "x",
        "author": {"id": "1700000000000000001", "handle": "007"},
        "text": "=HYPERLINK(1); the ice, 3,5 m thick, moves on",
        "published_at": "2024-02-01T12:00:00Z",
        "reply_to": "1812345678901234566",
        "metrics": {"likes": 3},
        "hashtags": ["ice"],
    },
    {"id": "x:2", "platform": "x", "text": "'-1", "title": "1812345678901234567"},
    {"id": "3", "platform": "m", "text": "line\nbreak", "repost_of": "9"},
]


@pytest.fixture
def call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """A command's JSON document, in a workspace that shows names, with the posts."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")

    def run(*arguments: str, home: str = "home") -> Any:
        with pytest.raises(SystemExit) as end:
            main(["--home", str(tmp_path / home), "--json", *arguments])
        printed = capsys.readouterr()
        assert end.value.code == 0, printed
        return json.loads(printed.out)

    rows = tmp_path / "posts.jsonl"
    rows.write_text("".join(json.dumps(post) + "\n" for post in POSTS), encoding="utf-8")
    run("import", str(rows))
    return run


def read(path: Path, separator: str) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def cells(book: bytes, number: int) -> list[list[tuple[str | None, str]]]:
    """The cells of a sheet (1 is About) as type and text."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        root = etree.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))
    assert not root.findall(f".//{SHEET}f"), "a formula"
    return [
        [(c.get("t"), "".join(c.itertext())) for c in row.iter(f"{SHEET}c")]
        for row in root.iter(f"{SHEET}row")
    ]


@pytest.mark.parametrize(
    ("language", "given", "separator"),
    [("en", [], ","), ("fr", [], ";"), ("fr", ["--separator", "comma"], ","),
     ("en", ["--separator", "semicolon"], ";"), ("en", ["--separator", "tab"], "\t")],
)  # fmt: skip
def test_csv_opens_in_a_spreadsheet_and_comes_back_as_it_was(
    call: Callable[..., Any], tmp_path: Path, language: str, given: list[str], separator: str
) -> None:
    out = tmp_path / "out.csv"
    call("--lang", language, "export", "csv", "--out", str(out), *given)
    first = read(out, separator)[0]
    assert (first["id"], first["author"]) == ("x:1812345678901234567", "x:1700000000000000001")
    assert (first["handle"], first["reply_to"]) == ("'007", "x:1812345678901234566")
    call("import", str(out), home="again")
    for home in ("home", "again"):
        call("export", "jsonl", "--out", str(tmp_path / f"{home}.jsonl"), home=home)
    before, after = (
        [json.loads(line) for line in (tmp_path / f"{home}.jsonl").read_text("utf-8").splitlines()]
        for home in ("home", "again")
    )
    assert len(before) == len(after) == 3
    for one, other in zip(before, after, strict=True):
        for key in ("id", "platform", "text", "title", "reply_to", "repost_of", "published_at"):
            assert one.get(key) == other.get(key), key
        assert (one.get("author") or {}).get("id") == (other.get("author") or {}).get("id")
        assert "extra" not in other


def test_found_keys_stand_in_every_export_and_say_what_was_not_run(
    call: Callable[..., Any], tmp_path: Path
) -> None:
    answer = call("export", "csv", "--out", str(tmp_path / "posts.csv"))
    assert len(answer["notes"]) == 5
    assert answer["notes"][0].startswith("Accounts have their real names")
    beside = json.loads((tmp_path / "posts.csv.about.json").read_text("utf-8"))
    assert beside["names"] == answer["names"] == "real"
    assert beside["notes"] == answer["notes"]
    call("enrich", "--stage", "lang")
    answer = call("export", "csv", "--out", str(tmp_path / "tables"))
    assert len(answer["notes"]) == 4
    assert (tmp_path / "tables" / "about.json").is_file()
    rows = read(tmp_path / "tables" / "posts.csv", ",")
    assert [row["detected_lang"] for row in rows if "ice" in row["text"]] == ["en"]
    assert {row["lang"] for row in rows} == {"und"}
    call("export", "jsonl", "--out", str(tmp_path / "out.jsonl"))
    (line, *_) = [
        json.loads(line)
        for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
        if "ice" in line
    ]
    (hit,) = call("search", "ice")["hits"]
    for post in (line, hit):
        seen = {key: post[key] for key in ("sha256", "versions", "first_seen", "last_seen")}
        assert (len(seen["sha256"]), seen["versions"]) == (64, 1)
        assert seen["first_seen"] == seen["last_seen"]
        keys = (*FOUND_KEYS, *SEEN_KEYS)
        expected = dict.fromkeys(keys) | {"detected_lang": "en"} | seen
        assert {key: post[key] for key in keys} == expected
        assert SEEN_KEYS[0] not in rows[0]  # a table is the same whenever it was imported
        # what one workspace found is not what a source said
        assert "extra" not in to_exchange(from_exchange(post))


def test_a_separator_is_for_csv(call: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="--separator is for csv"):
        call("export", "jsonl", "--out", str(tmp_path / "o.jsonl"), "--separator", "tab")


def test_a_workbook_has_the_same_rows(call: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "book.xlsx"
    answer = call("export", "xlsx", "--out", str(out))
    assert answer["written"] == {
        "posts": 3, "accounts": 0, "edges": 0, "evidence": 0, "influencers": 0,
    }  # fmt: skip
    whole = out.read_bytes()
    assert any("real names" in text for row in cells(whole, 1) for _, text in row)
    rows = cells(whole, 2)
    assert ("inlineStr", "x:1812345678901234567") in rows[1]
    assert ("inlineStr", POSTS[0]["text"]) in rows[1]
    assert (None, "45323.5") in rows[1]  # 2024-02-01 12:00
    call("export", "xlsx", "--out", str(out))
    assert out.read_bytes() == whole


def test_workbooks_take_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        "=1+1", "<r><t>x</t></r>", "_x0041_", "a\x00b\ud800", "{=1}", "https://a.example/",
        "mailto:a@b.example", "🚨" * 20_000, "1e10", "<r><broken", "internal:A1",
    ]  # fmt: skip
    monkeypatch.setattr(tables, "MAX_ROWS", 5)
    at = datetime(2024, 2, 1, 12, tzinfo=UTC)
    rows = [{"a": text, "n": 10**18, "at": at, "f": float("nan"), "t": True} for text in texts]
    out = io.BytesIO()
    table = Table("posts", ("a", "n", "at", "f", "t"), iter(rows))
    written, cut = write_workbook(out, [table, Table("none", ("a",), ())], [("names", "real")])
    assert (written, cut) == ({"posts": 11, "none": 0}, 1)
    with zipfile.ZipFile(out) as parts:
        names = etree.fromstring(parts.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
        assert [n.get("name") for n in names] == ["About", "posts", "posts 2", "posts 3", "none"]
        assert not [name for name in parts.namelist() if "rels" in name and "sheet" in name]
    found = [row[0][1] for sheet in (2, 3, 4) for row in cells(out.getvalue(), sheet)[1:]]
    assert found[:3] == ["=1+1", "<r><t>x</t></r> ", "_x005F_x0041_"]
    assert found[3] == "ab"
    assert found[7] == "🚨" * 16_383 + "…"
    assert [len(text.encode("utf-16-le")) // 2 <= tables.MAX_CELL for text in found] == [True] * 11
    assert cells(out.getvalue(), 2)[1][1] == ("inlineStr", str(10**18))


@pytest.mark.parametrize(
    "text",
    ["=1", " =1", "+1", "-", "@x", "\tx", "'=1", "''=1", "007", "1812345678901234567", "1e10",
     "'tis", "plain", "", "|x", "%x", "＝1", "1,5E+3"],
)  # fmt: skip
def test_what_is_guarded_comes_back(text: str) -> None:
    assert unguarded(cell(text)) == text


def test_numbers_open_as_numbers_in_french() -> None:
    out = io.StringIO()
    write_csv_rows(out, ("a", "b"), [{"a": 1.5, "b": 3}], Dialect.of("fr"))
    assert out.getvalue() == "\ufeffa;b\r\n1,5;3\r\n"
    assert Dialect.of("fr", ",") == Dialect.of("en") == Dialect(",", ".")


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no device here that is always full")
def test_a_full_disk_is_an_error_of_the_system_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = Table("posts", ("id",), ({"id": str(n)} for n in range(5_000)))
    with pytest.raises(OSError, match="No space left"):
        write_workbook(FULL, [table], [("names", "real")])
    gc.collect()  # what was left open complains when it is let go
    assert "Exception" not in capsys.readouterr().err
