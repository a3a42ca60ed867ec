"""When posts were deleted, as files say it: a column, a key of a tool's object, a notice."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.e2e.planted_layouts import call

AT, GONE = "2024-05-01T10:00:00.000Z", "2024-05-01T10:04:30.000Z"
SECONDS = 1714557870
X = ("--platform", "x")


def table(path: Path, rows: list[dict[str, Any]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def lines(path: Path, objects: list[Any]) -> str:
    path.write_text("\n".join(map(json.dumps, objects)), encoding="utf-8")
    return str(path)


def deletions(home: Path) -> dict[str, str | None]:
    hits = call(home, "search", "--limit", "100")["hits"]
    return {hit["id"]: hit.get("deleted_at") for hit in hits}


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "author": f"ana{number}", "text": f"Words {number}", "created_at": AT,
            **more}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "gone", "there"),
    [
        ("deleted_at", GONE, ""),
        ("deletion_time", "2024-05-01 10:04:30", "0000-00-00 00:00:00"),
        ("Removed At", str(SECONDS), "0"),
        ("timestamp_deleted", str(SECONDS), "0"),
        ("Date de suppression", "2024-05-01T12:04:30+02:00", ""),
    ],
)
def test_columns(tmp_path: Path, column: str, gone: str, there: str) -> None:
    rows = [row(1, **{column: gone}), row(2, **{column: there}), row(3, **{column: there})]
    report = call(tmp_path, "import", table(tmp_path / "posts.csv", rows), *X)
    assert deletions(tmp_path) == {"1": GONE, "2": None, "3": None}
    (key,) = [key for key in report["files"][0]["keys"] if key["key"] == "deleted_at"]
    assert (key["column"], key["filled"]) == (column, 0.3333)
    assert not [hit for hit in call(tmp_path, "search", "exists:deleted_at")["hits"]
                if "invalid" in hit.get("extra", {})]  # fmt: skip


def test_a_column_of_truths_is_no_time(tmp_path: Path) -> None:
    rows = [row(1, removed_at="1"), row(2, removed_at="0"), row(3, removed_at="0")]
    call(tmp_path, "import", table(tmp_path / "posts.csv", rows), *X)
    assert set(deletions(tmp_path).values()) == {None}


def test_map_names_the_column(tmp_path: Path) -> None:
    file = table(tmp_path / "posts.csv", [row(1, last_seen_by_us=GONE), row(2, last_seen_by_us="")])
    call(tmp_path, "import", file, *X, "--map", "deleted_at=last_seen_by_us")
    assert deletions(tmp_path) == {"1": GONE, "2": None}


def test_a_second_file_tells_what_was_deleted_since(tmp_path: Path) -> None:
    first = table(tmp_path / "a.csv", [row(1), row(2)])
    call(tmp_path, "import", first, "--platform", "x")
    later = table(tmp_path / "b.csv", [row(1, deleted_at=GONE), row(2, deleted_at="")])
    report = call(tmp_path, "import", later, "--platform", "x")
    assert report["fates"] == {"duplicate": 2}
    assert deletions(tmp_path) == {"1": GONE, "2": None}
    again = call(tmp_path, "import", first, "--platform", "x")
    assert again["fates"] == {"duplicate": 2}
    assert deletions(tmp_path) == {"1": GONE, "2": None}


def test_notices_of_the_stream(tmp_path: Path) -> None:
    def status(number: int) -> dict[str, Any]:
        user = {"id_str": "7", "screen_name": "ana"}
        return {"id_str": str(number), "full_text": f"Words {number}", "user": user,
                "created_at": "Wed May 01 10:00:00 +0000 2024", "entities": {}}  # fmt: skip

    def notice(number: int) -> dict[str, Any]:
        gone = {"status": {"id": number, "id_str": str(number), "user_id": 7}}
        return {"delete": gone | {"timestamp_ms": str(SECONDS * 1000)}}

    file = lines(tmp_path / "stream.jsonl", [status(1), notice(1), status(2), notice(9)])
    trial = call(tmp_path, "import", file, "--dry-run")
    assert [hit["id"] for hit in trial["rows"]] == ["1", "2"]
    report = call(tmp_path, "import", file)
    assert report["fates"] == {"created": 2, "duplicate": 1, "left_out": 1}
    assert deletions(tmp_path) == {"1": GONE, "2": None}
    assert call(tmp_path, "search", "id:1")["hits"][0]["text"] == "Words 1"


def test_objects_of_tools(tmp_path: Path) -> None:
    dump = [
        {"author": "ana", "created_utc": SECONDS - 270, "id": f"c{n}", "subreddit": "harbour",
         "title": f"Words {n}", "selftext": "", "banned_at_utc": gone, "name": f"t3_c{n}"}
        for n, gone in enumerate([SECONDS, None, SECONDS + 1])
    ]  # fmt: skip
    call(tmp_path / "a", "import", lines(tmp_path / "RS.jsonl", dump))
    assert list(deletions(tmp_path / "a").values()).count(None) == 1
    own = 'window.YTD.deleted_tweets.part0 = [{"tweet": {"id_str": "5", "full_text": "Gone",'
    own += '"created_at": "Wed May 01 10:00:00 +0000 2024", "entities": {},'
    own += '"deleted_at": "Wed May 01 10:04:30 +0000 2024"}}]'
    (tmp_path / "deleted-tweets.js").write_text(own, encoding="utf-8")
    call(tmp_path / "b", "import", str(tmp_path / "deleted-tweets.js"))
    assert deletions(tmp_path / "b") == {"5": GONE}


def test_exports_carry_it_and_come_in_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    call(
        home, "import", table(tmp_path / "p.csv", [row(1, deleted_at=GONE), row(2, deleted_at="")])
    )
    for name in ("posts.csv", "posts.jsonl", "posts.xlsx"):
        kind = name.partition(".")[2]
        call(home, "export", kind, "--out", str(tmp_path / name))
        if kind == "xlsx":
            sheet = openpyxl.load_workbook(tmp_path / name)["posts"]
            head = [cell.value for cell in sheet[1]]
            assert [r[head.index("deleted_at")].value is None for r in sheet.iter_rows(min_row=2)] \
                == [False, True]  # fmt: skip
        other = tmp_path / kind
        call(other, "import", str(tmp_path / name))
        assert sorted(deletions(other).values(), key=str) == [GONE, None]
