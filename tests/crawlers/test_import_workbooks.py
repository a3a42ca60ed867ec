"""Workbooks as people have them: damaged ids, dates as numbers, notes beside and above the posts,
files that break off. All content is invented."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from crawlers.importing.containers.zip_files import is_broken_zip
from crawlers.importing.formats.base import LeftOut, RejectedRow
from crawlers.importing.open_files import open_files
from tests.crawlers.conftest import Crawl
from tests.crawlers.profiles.conftest import Exports
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError

HEAD = ["Tweet ID", "Date", "Author", "Text", "Reply to ID"]
FIRST = 1_700_000_000_000_000_000


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    return Exports(tmp_path)


def rows(number: int = 30, **other: Any) -> list[list[Any]]:
    """Rows of posts; ``other`` gives a column for every row."""
    made = []
    for n in range(number):
        row = {
            "id": str(FIRST + n), "at": datetime(2024, 5, 1 + n % 28, 10, n % 60),
            "by": f"zoé_{n % 7}", "text": f"Été {n} au port 🚢", "to": None,
        }  # fmt: skip
        made.append(list((row | {k: give(n) for k, give in other.items()}).values()))
    return made


def book(*sheets: tuple[str, Sequence[Sequence[Any]]], merged: str = "") -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, lines in sheets:
        sheet = workbook.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
        if merged:
            sheet.merge_cells(merged)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def imported(path: Path) -> tuple[list[Document], list[str], list[str]]:
    """Documents, why rows were rejected, and what is noted."""
    documents: list[Document] = []
    reasons: list[str] = []
    notes: list[str] = []
    for reader in open_files([str(path)], options()):
        for item in reader.documents():
            if isinstance(item, RejectedRow):
                assert not item.is_defect, item.reason
                reasons.append(str(item.reason))
            elif not isinstance(item, LeftOut):
                documents.append(item[1])
        notes += [str(getattr(note, "code", note)) for note in reader.notes]
        reader.close()
    return documents, reasons, notes


def options() -> Any:
    from crawlers.importing.file_reader import ImportOptions

    return ImportOptions(platform="x")


@pytest.mark.parametrize(
    "written",
    [
        lambda n: FIRST + n,  # a number cell: 15 digits are left
        lambda n: f"{1.23456e18 + n * 1e12:.5E}",
        lambda n: f"{1.23456e18 + n * 1e12:.5E}".replace(".", ","),
        lambda n: float(FIRST + n) if n % 2 else str(FIRST + n),
    ],
)
def test_rounded_ids_are_said_and_cost_no_post(exports: Exports, written: Any) -> None:
    made = exports.read("p.xlsx", book(("A", [HEAD, *rows(id=written, to=written)])), platform="x")
    assert len(made.rows) == 30
    assert all(not row["id"].startswith(("1.", "1,", "17")) for row in made.rows.values())
    assert not any("reply_to" in row for row in made.rows.values())
    assert any(code.startswith("intake.damaged_id") for code in made.notes)


def test_ids_that_a_cell_can_hold_are_kept(exports: Exports) -> None:
    made = exports.read("p.xlsx", book(("A", [HEAD, *rows(id=lambda n: 170_000 + n)])))
    assert {row["id"].rpartition("/")[2] for row in made.rows.values()} == {
        str(170_000 + n) for n in range(30)
    }


@pytest.mark.parametrize(
    ("written", "at", "precision"),
    [
        (lambda n: 45413.5 + n / 24, "2024-05-01T12:00:00", None),
        (lambda n: str(45413.5 + n / 24), "2024-05-01T12:00:00", None),
        (lambda n: str(45413.5 + n / 24).replace(".", ","), "2024-05-01T12:00:00", None),
        (lambda n: 45413 + n, "2024-05-01T00:00:00", "day"),
    ],
)
def test_dates_as_serial_numbers(
    exports: Exports, written: Any, at: str, precision: str | None
) -> None:
    made = exports.read("p.xlsx", book(("A", [HEAD, *rows(at=written)])), platform="x")
    first = made.rows[str(FIRST)]
    assert first["published_at"].startswith(at)
    if precision:
        assert first["published_precision"] == precision
    assert len({row["published_at"] for row in made.rows.values()}) == 30


NOTES = [
    ["Term", "Meaning", "Unit", "Source", "Since", "Owner", "Remark", "Link"],
    *[[f"term {n}"] * 8 for n in range(12)],
]


def test_notes_beside_and_above_the_posts(exports: Exports) -> None:
    above = [["Report on the port"], ["From", "2024-05-01", "to", "2024-05-30"], []]
    data = book(("Glossary", NOTES), ("Posts", [*above, HEAD, *rows(6)]), merged="A1:E1")
    made = exports.read("p.xlsx", data, platform="x")
    assert set(made.rows) == {str(FIRST + n) for n in range(6)}
    assert made.rows[str(FIRST)]["published_at"].startswith("2024-05-01T10:00")
    assert "intake.other_sheets" in made.notes


def test_posts_on_several_sheets_and_a_summary(exports: Exports) -> None:
    days = [["Date", "Posts", "Likes", "Shares", "Views", "Reach"], *[[n] * 6 for n in range(40)]]
    data = book(("Days", days), ("May", [HEAD, *rows(4)]), ("June", [HEAD, *rows(9)[4:]]))
    made = exports.read("p.xlsx", data, platform="x")
    assert set(made.rows) == {str(FIRST + n) for n in range(9)}


def test_the_sheet_whose_columns_are_named(exports: Exports) -> None:
    data = book(("A", [HEAD, *rows(40)]), ("B", [["Wort", "Wann"], ["Hafen", "2024-05-03"]]))
    mapping = {"text": "Wort", "published_at": "Wann"}
    made = exports.read("p.xlsx", data, platform="x", mapping=mapping)
    assert [row["text"] for row in made.rows.values()] == ["Hafen"]


# -- files that break off
def noise(n: int) -> str:
    chosen = random.Random(n)
    return f"Été {n} " + "".join(chosen.choice("abcdefghij klmnop") for _ in range(80))


def shared_texts_last(number: int) -> bytes:
    """As many writers do: sheets, then the texts of all cells."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "d/m/yy hh:mm"})
    sheet = workbook.add_worksheet("Posts")
    for at, row in enumerate([HEAD, *rows(number, text=noise)]):
        sheet.write_row(at, 0, row)
    workbook.close()
    return out.getvalue()


def texts_in_cells(number: int) -> bytes:
    return book(("Posts", [HEAD, *rows(number, text=noise)]))


@pytest.mark.parametrize("write", [shared_texts_last, texts_in_cells])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("share", [0.6, 0.97])
def test_a_workbook_that_breaks_off_keeps_its_rows(
    tmp_path: Path, write: Any, packed: bool, share: float
) -> None:
    whole = write(2_000)
    torn = whole[: int(len(whole) * share)]
    if packed:
        whole_packed = gzip.compress(whole, 1)
        torn = whole_packed[: int(len(whole_packed) * share)]
    path = tmp_path / "p.xlsx"
    path.write_bytes(torn)
    documents, reasons, _ = imported(path)
    assert len(documents) > 600
    for n, document in enumerate(documents):
        assert document.id == f"x:{FIRST + n}"
        assert document.text == noise(n)
        assert document.author is not None
        assert document.author.id == f"x:zoé_{n % 7}"
        assert document.published_at is not None
        assert (document.published_at.day, document.published_at.hour) == (1 + n % 28, 10)
    assert len(reasons) == 1
    assert f"the {len(documents):,} rows before" in reasons[0]


def test_a_workbook_whose_texts_are_lost_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    path.write_bytes(shared_texts_last(500)[:4_000])
    with pytest.raises(ConfigError, match="texts of its cells"):
        imported(path)


def test_a_workbook_with_a_bad_sector_keeps_the_rows_before(tmp_path: Path) -> None:
    data = bytearray(texts_in_cells(2_000))
    middle = len(data) // 2
    data[middle : middle + 64] = b"\xff" * 64
    assert not is_broken_zip(io.BytesIO(bytes(data)))
    path = tmp_path / "p.xlsx"
    path.write_bytes(bytes(data))
    documents, reasons, _ = imported(path)
    assert len(documents) > 500
    assert documents[99].text == noise(99)
    assert reasons


def zipped(streamed: bool, *members: tuple[str, bytes]) -> bytes:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise io.UnsupportedOperation

    out = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def table(number: int, start: int = 0) -> bytes:
    lines = (f"{FIRST + start + n},{noise(n)},2024-05-03 10:00:00,zoé\n" for n in range(number))
    return ("id,text,created_at,author\n" + "".join(lines)).encode()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_zip_that_breaks_off_keeps_what_it_holds(tmp_path: Path, streamed: bool) -> None:
    members = ("a.csv", table(900)), ("b.csv", table(900, 900)), ("c.csv", table(9, 1_800))
    data = zipped(streamed, *members)
    path = tmp_path / "p.zip"
    path.write_bytes(data[: len(data) * 3 // 4])
    documents, reasons, notes = imported(path)
    assert 1_200 < len(documents) < 1_800
    assert sorted(d.id for d in documents) == [f"x:{FIRST + n}" for n in range(len(documents))]
    assert any("ends before it is complete" in reason for reason in reasons)
    assert "intake.zip_cut_off" in notes
    path.write_bytes(data[:-30])  # the list of files alone is torn
    assert len(imported(path)[0]) == 1_809


def test_a_workbook_within_a_zip_that_breaks_off(tmp_path: Path) -> None:
    data = zipped(False, ("p.xlsx", texts_in_cells(2_000)))
    path = tmp_path / "p.zip"
    path.write_bytes(data[: len(data) // 2])
    documents, reasons, _ = imported(path)
    assert len(documents) > 800
    assert documents[700].text == noise(700)
    assert "cut off" in str(reasons)


def test_a_wrong_checksum_is_said_and_costs_no_row(tmp_path: Path) -> None:
    data = bytearray(zipped(False, ("a.csv", table(50))))
    for magic, place in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        struct.pack_into("<I", data, data.index(magic) + place, 1)
    path = tmp_path / "p.zip"
    path.write_bytes(bytes(data))
    documents, reasons, _ = imported(path)
    assert len(documents) == 50
    assert "checksum" in str(reasons)


def test_what_a_person_reads(crawl: Crawl) -> None:
    path = crawl.home.parent / "p.xlsx"
    whole = texts_in_cells(2_000)
    path.write_bytes(whole[: len(whole) // 2])
    report = crawl.run(str(path), "--platform", "x", command="import")
    created = report["fates"]["created"]
    assert created > 800
    assert report["fates"]["rejected"] == 1
    assert any(
        f"the {created:,} rows before were read" in warning for warning in report["warnings"]
    )
    path.write_bytes(whole)
    again = crawl.run(str(path), "--platform", "x", command="import")
    assert again["fates"] == {"created": 2_000 - created, "duplicate": created}


def test_a_password_is_said_wherever_the_directory_stands(tmp_path: Path) -> None:
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, 2_000)
    name = "EncryptedPackage".encode("utf-16-le")
    path = tmp_path / "p.xlsx"
    path.write_bytes(bytes(head) + bytes(512 * 2_000) + name + bytes(2_048))
    with pytest.raises(ConfigError, match="password"):
        imported(path)
