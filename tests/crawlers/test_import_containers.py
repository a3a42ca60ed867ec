"""Containers in front of every reader, workbooks and Parquet. All content is invented."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from crawlers.importing.file_reader import FileReader, ImportOptions
from crawlers.importing.formats.base import LeftOut, RejectedRow
from crawlers.importing.formats.sheets import xlsx
from crawlers.importing.open_files import open_files
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError

AT = "2024-05-03T09:00:00Z"
ROWS = [
    {"id": str(n), "platform": "x", "text": f"Écoute {n} 🐟", "published_at": AT,
        "author": {"id": "ana"}} for n in range(2_000)
]  # fmt: skip
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def read(path: Path, data: bytes | None = None) -> tuple[list[Document], list[RejectedRow]]:
    if data is not None:
        path.write_bytes(data)
    reader = FileReader(str(path), ImportOptions())
    documents, rejected = [], []
    for item in reader.documents():
        if isinstance(item, RejectedRow):
            rejected.append(item)
        elif not isinstance(item, LeftOut):
            documents.append(item[1])
    reader.close()
    return documents, rejected


def long_zstd(data: bytes) -> bytes:
    """As forum archives are packed: a window of 2 GB, no size said."""
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=31, enable_ldm=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(data) + packer.flush()


def frames(data: bytes) -> bytes:
    half = data.index(b"\n", len(data) // 2) + 1
    skipped = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    checked = zstandard.ZstdCompressor(write_checksum=True).compress(data[half:])
    return zstandard.compress(data[:half]) + skipped + checked


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, long_zstd, frames,
    lzma.compress, bz2.compress])  # fmt: skip
@pytest.mark.parametrize("name", ["posts.jsonl.zst", "posts.csv"])
def test_packed_whatever_the_name_says(tmp_path: Path, pack: Any, name: str) -> None:
    documents, rejected = read(tmp_path / name, pack(LINES))
    assert len(documents) == 2_000
    assert not rejected


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, long_zstd, lzma.compress])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_packed_file_that_breaks_off_keeps_what_came_before(
    tmp_path: Path, pack: Any, share: float
) -> None:
    import random

    random.seed(3)
    lines = [json.dumps(r | {"text": random.randbytes(300).hex()}) + "\n" for r in ROWS]
    packed = pack("".join(lines).encode())
    documents, rejected = read(tmp_path / "p.jsonl", packed[: int(len(packed) * share)])
    assert len(documents) > 2_000 * share - 900
    assert len(documents) <= 2_000
    assert "cut off" in " ".join(str(item.reason) for item in rejected)


@pytest.mark.parametrize("packed", [False, True])
def test_json_named_csv_and_csv_named_json(tmp_path: Path, packed: bool) -> None:
    table = "id,platform,text,published_at\n1,x,hello there,2024-05-03\n"
    pack = gzip.compress if packed else bytes
    documents, _ = read(tmp_path / "a.json", pack(table.encode()))
    assert [d.id for d in documents] == ["x:1"]
    documents, _ = read(tmp_path / "b.csv", pack(LINES))
    assert len(documents) == 2_000


HEADER = ["id", "platform", "text", "created_at", "screen_name", "like_count"]


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TABLE = [
    ["Report", None], [None], ["Period", "May"], HEADER,
    [12345, "x", "Écoute 🐟", datetime(2024, 5, 3, 9, 0, 5), "ana", 4],
    ["12346", "x", "deux\nlignes", datetime(2024, 5, 3), "bo", None], [],
]  # fmt: skip


def check_table(documents: list[Document]) -> None:
    first, second = documents
    assert first.id == "x:12345"
    assert first.text == "Écoute 🐟"
    assert first.published_at is not None
    assert first.published_at.isoformat() == "2024-05-03T09:00:05+00:00"
    assert first.metrics == {"likes": 4}
    assert second.id == "x:12346"
    assert second.text == "deux\nlignes"
    assert second.author is not None


@pytest.mark.parametrize("name", ["report.xlsx", "report.csv"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("large", [10**8, 0])
def test_a_workbook_with_a_preamble_and_other_sheets(
    tmp_path: Path, name: str, pack: Any, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "LARGE", large)
    data = workbook(("About", [["About this"], ["x", 1]]), ("Posts", TABLE))
    documents, rejected = read(tmp_path / name, pack(data))
    check_table(documents)
    assert not rejected


def test_a_preamble_of_a_csv(tmp_path: Path) -> None:
    text = 'Report;;\n"Period: May";;\n\n' + ";".join(HEADER) + "\n1;x;un;2024-05-03;ana;3\n" * 2
    documents, rejected = read(tmp_path / "r.csv", text.encode("utf-16"))
    assert len(documents) == 2
    assert not rejected
    documents, _ = read(tmp_path / "s.csv", b"sep=;\n" + text.split("\n\n")[1].encode())
    assert documents[0].text == "un"


def ods(rows: str) -> bytes:
    out = io.BytesIO()
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    body = f"<office:body><office:spreadsheet>{rows}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        content = f"<office:document-content {spaces}>{body}</office:document-content>"
        archive.writestr("content.xml", f'<?xml version="1.0"?>{content}')
    return out.getvalue()


def cell(value: Any) -> str:
    if isinstance(value, datetime):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
        )
    if isinstance(value, int):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if value is None:
        return '<table:table-cell table:number-columns-repeated="1"/>'
    parts = "".join(f"<text:p>{part}</text:p>" for part in value.split("\n"))
    return f'<table:table-cell office:value-type="string">{parts}</table:table-cell>'


def test_an_open_document_sheet(tmp_path: Path) -> None:
    rows = "".join(
        f"<table:table-row>{''.join(map(cell, row))}"
        '<table:table-cell table:number-columns-repeated="1018"/></table:table-row>'
        for row in TABLE
    )
    repeated = 'table:number-rows-repeated="1048570"'
    end = f"<table:table-row {repeated}><table:table-cell/></table:table-row>"
    data = ods(f'<table:table table:name="A">{rows}{end}</table:table>')
    documents, rejected = read(tmp_path / "r.ods", data)
    check_table(documents)
    assert not rejected


def test_parquet(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    header, *rows = TABLE[3:6]
    columns = {name: [row[n] for row in rows] for n, name in enumerate(header)}
    columns["id"] = [12345, 12346]
    columns["hashtags"] = [["mer"], []]
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "p.parquet")
    documents, _ = read(tmp_path / "p.parquet")
    check_table(documents)
    data = (tmp_path / "p.parquet").read_bytes()
    with pytest.raises(ConfigError, match="complete copy"):
        read(tmp_path / "q.parquet", data[:-20])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "cannot be read as a workbook"),
        (workbook(("A", TABLE))[:700], "cut off or damaged"),
        (b"%PDF-1.4", "a PDF"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(tmp_path / "r.xlsx", data)


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def imported(path: Path) -> tuple[list[Document], list[str]]:
    documents: list[Document] = []
    notes: list[str] = []
    for reader in open_files([str(path)], ImportOptions()):
        documents += [item[1] for item in reader.documents() if isinstance(item[1], Document)]
        notes += map(str, reader.notes)
        reader.close()
    return documents, notes


def test_each_file_of_a_zip(tmp_path: Path) -> None:
    half = LINES.index(b"\n", len(LINES) // 2) + 1
    path = tmp_path / "all.zip"
    path.write_bytes(
        zipped(
            ("a/one.jsonl", LINES[:half]), ("a/two.jsonl.gz", gzip.compress(LINES[half:])),
            ("table.xlsx", workbook(("P", TABLE))), ("photo.png", b"x"), ("notes.txt", b"a b c"),
        )
    )  # fmt: skip
    documents, notes = imported(path)
    assert len({document.id for document in documents}) == 2_002
    assert any("notes.txt" in note for note in notes)


def test_of_an_archive_what_a_profile_knows(tmp_path: Path) -> None:
    message = {"id": 1, "type": "message", "date": "2024-05-03T11:00:00", "text": "Bonjour"}
    chat = {"name": "C", "id": 5, "messages": [message]}
    path = tmp_path / "account.zip"
    other = b"text,created_at\nsomething else,2024-05-03\n"
    path.write_bytes(zipped(("x/result.json", json.dumps(chat).encode()), ("likes.csv", other)))
    documents, notes = imported(path)
    assert [document.id for document in documents] == ["telegram:5/1"]
    assert any("likes.csv" in note for note in notes)


def test_a_bomb_a_broken_and_an_empty_zip_are_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    path.write_bytes(zipped(("a.csv", b"a,b\n" + b"0" * 200_000_000)))
    with pytest.raises(ConfigError, match="times its size"):
        imported(path)
    path.write_bytes(zipped(("a.jsonl", LINES))[:20])
    with pytest.raises(ConfigError, match="cut off or damaged"):
        imported(path)
    path.write_bytes(zipped(("a.png", b"1")))
    with pytest.raises(ConfigError, match=r"the only file in .* is none that tocsin reads"):
        imported(path)
