"""CSV as it is found: dialects, encodings, quotes that never close."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.importing.formats import csv_rows
from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.formats.csv_rows import CsvImporter
from crawlers.importing.input_file import InputFile
from tocsin.core.errors import ConfigError


def read(path: Path, data: bytes, wanted: Mapping[str, str] | None = None) -> list[Item]:
    path.write_bytes(data)
    with InputFile(str(path)) as source:
        return list(CsvImporter().read_rows(source, wanted or {}))


def values(items: list[Item]) -> list[list[str]]:
    return [list(item.values.values()) for item in items if isinstance(item, Row)]


def broken(items: list[Item]) -> list[tuple[int, str]]:
    return [(item.line, str(item.reason)) for item in items if isinstance(item, RejectedRow)]


TABLE = (
    'auteur{0}date{0}texte\r\nZoé{0}2024-01-02{0}"Déjà vu, {0} « non '
    '»"\r\nb{0}2024-01-03{0}l’été\r\n'
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [
        item.values
        for item in read(tmp_path / "t.csv", TABLE.format(delimiter).encode(encoding))
        if isinstance(item, Row)
    ]
    assert rows[0] == {
        "auteur": "Zoé",
        "date": "2024-01-02",
        "texte": f"Déjà vu, {delimiter} « non »",
    }
    assert rows[1]["texte"] == "l’été"


def test_bytes_of_two_encodings_in_one_file(tmp_path: Path) -> None:
    data = "id,text\n1,déjà vu\n".encode() + "2,déjà vu\n".encode("cp1252") + "3,été\n".encode()
    assert values(read(tmp_path / "t.csv", data)) == [
        ["1", "déjà vu"],
        ["2", "déjà vu"],
        ["3", "été"],
    ]


def test_gzip_is_recognised_by_its_bytes(tmp_path: Path) -> None:
    data = b"id,text\n1,a\n2,b\n"
    assert values(read(tmp_path / "packed.csv", gzip.compress(data))) == [["1", "a"], ["2", "b"]]
    assert values(read(tmp_path / "plain.csv.gz", data)) == [["1", "a"], ["2", "b"]]


def test_a_gzip_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    body = b"id,text\n" + b"".join(
        b"%d,%s\n" % (n, str(n * 7919).encode() * 20) for n in range(20_000)
    )
    found = read(tmp_path / "torn.csv.gz", gzip.compress(body)[:-4000])
    assert len(values(found)) > 1000
    (_, reason) = broken(found)[-1]
    assert "cut off or damaged" in reason


def test_fields_with_line_breaks_and_giant_fields(tmp_path: Path) -> None:
    giant = "x" * 3_000_000
    found = read(
        tmp_path / "t.csv", f'id,text\n1,"one\ntwo\r\nthree"\n2,{giant}\n3,"say ""yes"""\n'.encode()
    )
    assert values(found) == [["1", "one\ntwo\r\nthree"], ["2", giant], ["3", 'say "yes"']]
    assert [item.line for item in found] == [2, 5, 6]


def test_a_quote_that_never_closes_costs_its_own_line(tmp_path: Path) -> None:
    lines = ["id,text", "1,fine"] + ['2,"open'] + [f"{n},fine" for n in range(3, 50)]
    found = read(tmp_path / "t.csv", "\n".join(lines).encode())
    assert [row[0] for row in values(found)] == ["1", *map(str, range(3, 50))]
    assert broken(found) == [(3, "a quote opens here and never closes")]


def test_a_quote_that_closes_in_a_later_row_costs_both(tmp_path: Path) -> None:
    found = read(tmp_path / "t.csv", b'id,text\n1,"open\n2,fine\n3,also "quoted\n4,fine\n')
    assert [row[0] for row in values(found)] == ["2", "3", "4"]
    assert [line for line, _ in broken(found)] == [2]


def test_a_record_that_runs_on_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "MAX_RECORD_LINES", 20)
    lines = ["id,text", '0,"open', *(f"{n},fine" for n in range(1, 60)), '60,"closed"']
    found = read(tmp_path / "t.csv", "\n".join(lines).encode())
    assert [row[0] for row in values(found)] == [*map(str, range(1, 61))]
    assert len(broken(found)) == 1


def test_rows_of_the_wrong_width_are_set_aside(tmp_path: Path) -> None:
    found = read(tmp_path / "t.csv", b"a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n\n7,8,9\n1,2")
    assert values(found) == [["1", "2", "3"], ["1", "2", "3"], ["7", "8", "9"]]
    assert [line for line, _ in broken(found)] == [3, 4, 8]


def test_nul_bytes_cost_their_row(tmp_path: Path) -> None:
    found = read(tmp_path / "t.csv", b"id,text\n1,fine\n2," + b"\0" * 50 + b"\n3,fine\n")
    assert values(found) == [["1", "fine"], ["3", "fine"]]
    assert "never written" in broken(found)[0][1]


def test_odd_headers(tmp_path: Path) -> None:
    found = read(tmp_path / "t.csv", b"\xef\xbb\xbf id ,,id,text\n1,2,3,4\n")
    assert isinstance(found[0], Row)
    assert found[0].values == {"id": "1", "column 2": "2", "id 3": "3", "text": "4"}


def test_numbers_name_the_columns_of_a_file_without_header(tmp_path: Path) -> None:
    found = read(
        tmp_path / "t.csv",
        b'"2023-01-24";"Le Journal";"Titre"\n"2023-01-25";"B";"C"\n',
        {"title": "3", "published_at": "1"},
    )
    assert next(item.values for item in found if isinstance(item, Row)) == {
        "1": "2023-01-24",
        "2": "Le Journal",
        "3": "Titre",
    }
    assert len(found) == 2


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"PK\x03\x04" + b"\0" * 99, "zip"),
        ("a.csv", b"%PDF-1.7 ...", "PDF"),
        ("a.csv", b"SQLite format 3\0" + b"\0" * 99, "SQLite"),
        ("a.csv", bytes(range(256)) * 40, "not a text"),
        ("a.csv", b"\xfd7zXZ\x00" + b"abc", "cannot be unpacked"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00 this is no gzip", "cannot be unpacked"),
    ],
)
def test_what_is_no_text_is_said_in_one_sentence(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        read(tmp_path / name, data)
    assert "\n" not in str(caught.value)


CELL = st.text(
    st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from("\n\r\t"), max_size=12
)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t"),
)
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], delimiter: str
) -> None:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("first", "second", "third"), *rows])
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    assert values(read(path, out.getvalue().encode())) == [list(row) for row in rows]
