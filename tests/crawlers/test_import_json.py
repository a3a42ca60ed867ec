"""JSON as it is found: lines, arrays, envelopes, torn and hostile."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.importing.formats import json_rows
from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.formats.exchange import ExchangeImporter
from crawlers.importing.formats.json_rows import JsonImporter
from crawlers.importing.input_file import InputFile


def read(path: Path, data: bytes) -> list[Item]:
    path.write_bytes(data)
    with InputFile(str(path)) as source:
        return list(JsonImporter().read_rows(source, {}))


def values(items: list[Item]) -> list[dict[str, Any]]:
    return [item.values for item in items if isinstance(item, Row)]


def broken(items: list[Item]) -> list[tuple[int, str]]:
    return [(item.line, str(item.reason)) for item in items if isinstance(item, RejectedRow)]


ROWS = [{"id": n, "text": f"été {n}", "user": {"name": "a"}} for n in range(1, 8)]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)


@pytest.mark.parametrize(
    "text",
    [
        LINES, LINES.rstrip(), LINES.replace("\n", "\r\n"), LINES.replace("\n", "\n\n"),
        "\ufeff" + LINES, json.dumps(ROWS), json.dumps(ROWS, indent=2),
        "\n".join(json.dumps(row, indent=1) for row in ROWS),
        json.dumps({"data": ROWS, "meta": {"next": 1}}), json.dumps({"statuses": ROWS}, indent=3),
        "[\n" + ",\n".join(json.dumps(row) for row in ROWS) + "\n]\n",
        ",\n".join(json.dumps(row) for row in ROWS),
    ],
    ids=["lines", "no end", "crlf", "blank lines", "bom", "array", "indented array",
        "indented objects", "envelope", "indented envelope", "array of lines",
         "commas"],
)  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_shapes(tmp_path: Path, text: str, packed: bool) -> None:
    data = text.encode()
    found = read(tmp_path / "posts.json", gzip.compress(data) if packed else data)
    assert values(found) == ROWS
    assert not broken(found)


def test_utf_16(tmp_path: Path) -> None:
    assert values(read(tmp_path / "posts.jsonl", LINES.encode("utf-16"))) == ROWS


HOSTILE = [
    (b'{"id": 1, "text": "torn', "cut off"),
    (b'{"id": 1 "text": "comma"}', "no JSON"),
    (b"[1, 2, 3]", "a list"),
    (b'"only text"', "text"),
    (b"17", "a number"),
    (b"null", "null"),
    (b'{"id": 1, "text": "\x00\x00"}', "NUL"),
    (b"\x00" * 40, "NUL"),
    (b'{"id": 1, "text": "caf\xe9"}', "UTF-8"),
    (b"{" + b'"a":{' * 100_000, "nested"),
    (b"[" * 100_000, "nested"),
    (b'{"id": ' + b"9" * 6000 + b"}", "no JSON"),
    (b"not json at all", "no JSON"),
    (b'{"id": 1} {"id": 2}', "no JSON"),
]


@pytest.mark.parametrize(
    ("line", "reason"), HOSTILE, ids=[reason + str(n) for n, (_, reason) in enumerate(HOSTILE)]
)
def test_a_bad_line_costs_itself_alone(tmp_path: Path, line: bytes, reason: str) -> None:
    found = read(tmp_path / "posts.jsonl", b'{"id": 0}\n' + line + b'\n{"id": 2}\n')
    assert values(found) == [{"id": 0}, {"id": 2}]
    ((number, said),) = broken(found)
    assert number == 2
    assert reason in said
    assert len(said) < 200


def test_a_torn_first_line_does_not_hide_the_rest(tmp_path: Path) -> None:
    found = read(tmp_path / "posts.jsonl", b'xt": "tail of a line"}\n' + LINES.encode())
    assert values(found) == ROWS
    assert [line for line, _ in broken(found)] == [1]


def test_values_without_a_number_or_end(tmp_path: Path) -> None:
    found = read(tmp_path / "posts.jsonl", b'{"a": NaN, "b": Infinity, "c": 1e999}\n')
    assert found[0].values["a"] is None and found[0].values["b"] is None  # type: ignore[union-attr]  # noqa: PT018


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crawlers.importing import input_file as opening

    monkeypatch.setattr(opening, "MAX_LINE", 1000)
    monkeypatch.setattr(json_rows, "MAX_LINE", 1000)
    found = read(
        tmp_path / "posts.jsonl", b'{"id": 0}\n{"id": "' + b"x" * 5500 + b'"}\n{"id": 2}\n'
    )
    assert values(found) == [{"id": 0}, {"id": 2}]
    assert [line for line, _ in broken(found)] == [2]


def test_a_broken_element_of_an_array_costs_itself(tmp_path: Path) -> None:
    text = '[\n{"id": 1},\n{"id": 2, oops},\n{"id": 3},\n{"id": 4, "text": "cut'
    found = read(tmp_path / "posts.json", text.encode())
    assert [row["id"] for row in values(found)] == [1, 3]
    assert [line for line, _ in broken(found)] == [3, 5]


def test_long_arrays_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "_STEP", 64)
    rows = [{"id": n, "text": "x" * (n % 300)} for n in range(400)]
    found = read(tmp_path / "posts.json", json.dumps(rows, indent=1).encode())
    assert values(found) == rows
    lines = [item.line for item in found]
    assert lines == [2 + 4 * n for n in range(400)]


def test_a_gzip_that_breaks_off(tmp_path: Path) -> None:
    data = "".join(
        json.dumps({"id": n, "text": str(n * 7919) * 20}) + "\n" for n in range(20_000)
    ).encode()
    found = read(tmp_path / "posts.jsonl.gz", gzip.compress(data)[:-3000])
    assert len(values(found)) > 1000
    assert "cut off or damaged" in broken(found)[-1][1]


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ('{"id": "1", "platform": "x", "text": "t"}\n', True),
        ('{"id": "1", "tweet": "t"}\n', False),
        ('torn"}\n{"id": "1", "platform": "x", "text": "t"}\n', True),
        ("id,platform\n1,x\n", False),
    ],
)  # fmt: skip
def test_the_exchange_format_is_recognised(tmp_path: Path, text: str, sure: bool) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(text, encoding="utf-8")
    with InputFile(str(path)) as source:
        assert (ExchangeImporter().recognises(source) > JsonImporter().recognises(source)) is sure


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        # an object with a list of objects alone is the envelope of an answer
        st.dictionaries(st.sampled_from(["id", "text", "more"]), JSON, min_size=1).filter(
            lambda row: row.keys() != {"more"}
        ),
        min_size=1,
        max_size=6,
    ),
    lines=st.booleans(),
)
def test_any_objects_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], lines: bool
) -> None:
    text = (
        "\n".join(json.dumps(row) for row in rows)
        if lines
        else json.dumps([{"id": 1, "text": "", **row} for row in rows], indent=2)
    )
    wanted = rows if lines else [{"id": 1, "text": "", **row} for row in rows]
    assert values(read(tmp_path_factory.mktemp("json") / "t.jsonl", text.encode())) == wanted
