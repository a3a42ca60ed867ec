"""The one writer of tables: rows of plain values as CSV or as a workbook (XLSX).

The command line and the screens write their tables here, so that a file opens alike wherever it
comes from. Nothing in a table is ever a formula, and no id is rounded: ids are written with their
platform (``x:1812345678901234567``), which is text everywhere.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from tocsin.core.findings import rfc3339
from tocsin.core.text import clean

Row = Mapping[str, Any]
"""Column -> text, number, truth, aware time or None."""

_FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
_FORMULA_AT_START = ("\t", "\r", "\n")
_NUMBER_THAT_CHANGES = re.compile(r"\s*(?:0\d+|\d{16,}|\d+(?:[.,]\d+)?[eE][+-]?\d+)(?:[.,]\d*)?\s*")
"""Text that a spreadsheet would take for a number and show as another: 007, 19 digits, 1e10."""
EXACT_DIGITS = 10**15
"""From here on spreadsheets round whole numbers."""
MAX_CELL = 32_767
"""Characters that a cell of a workbook holds."""
MAX_ROWS = 1_048_576
"""Rows of a sheet, its heads among them."""


class Table(NamedTuple):
    """A name, the columns, and the rows, which are read once."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Row]


@dataclass(frozen=True)
class Dialect:
    """How a spreadsheet of one language reads CSV: what stands between cells, and the decimals."""

    separator: str = ","
    decimal: str = "."

    @classmethod
    def of(cls, language: str, separator: str | None = None) -> Dialect:
        """What the spreadsheets of a language read without asking.

        French ones take a semicolon and a decimal comma. A comma that was asked for goes with
        decimal points, in every language.
        """
        chosen = separator or (";" if language == "fr" else ",")
        return cls(chosen, "," if language == "fr" and chosen != "," else ".")


ENGLISH_DIALECT = Dialect()


def write_csv_rows(
    out: IO[str],
    columns: Sequence[str],
    rows: Iterable[Row],
    dialect: Dialect = ENGLISH_DIALECT,
) -> int:
    """Write a header and rows; how many. ``out`` is text, opened with ``newline=""``."""
    # the mark tells spreadsheets that this is UTF-8
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=dialect.separator)
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow([cell(row.get(column), dialect.decimal) for column in columns])
        number += 1
    return number


def write_csv_table(path: Path, table: Table, dialect: Dialect = ENGLISH_DIALECT) -> int:
    """Write a table to a file: UTF-8 with a byte order mark. How many rows."""
    with path.open("w", encoding="utf-8", errors="replace", newline="") as out:
        return write_csv_rows(out, table.columns, table.rows, dialect)


def cell(value: Any, decimal: str = ".") -> str:
    """What stands in a cell of CSV.

    Numbers as they are, times in RFC 3339, text without control characters. Text that a
    spreadsheet would run as a formula, or show as another number, gets an apostrophe in front;
    `unguarded` takes it away.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value).replace(".", decimal)
    if isinstance(value, datetime):
        return rfc3339(value)
    text = clean(str(value))
    return f"'{text}" if _needs_guard(text) else text


def unguarded(text: str) -> str:
    """The text of a cell that `cell` wrote, without the apostrophe that it put in front."""
    return text[1:] if text.startswith("'") and _needs_guard(text[1:]) else text


def _needs_guard(text: str) -> bool:
    if not text:
        return False
    return (
        text.startswith(_FORMULA_AT_START)
        or text.lstrip().startswith(_FORMULA)
        or (text[0] == "'" and _needs_guard(text[1:]))
        or _NUMBER_THAT_CHANGES.fullmatch(text) is not None
    )


def write_workbook(
    target: Path | IO[bytes], tables: Iterable[Table], about: Sequence[tuple[str, str]]
) -> tuple[dict[str, int], int]:
    """Write a workbook: a sheet ``About`` of facts and sentences, then a sheet for each table.

    Rows go to the disk as they come: memory does not grow with their number. Texts are cells of
    text, whatever they begin with; times are dates (UTC). A table of more rows than a sheet takes
    goes on in the next one ("posts 2").

    Returns:
        table -> rows, and how many texts were cut at `MAX_CELL` characters.

    Raises:
        OSError: it cannot be written.
    """
    import xlsxwriter

    if isinstance(target, Path):
        with _HeldErrors(target) as out:
            return write_workbook(out, tables, about)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    # the same rows give the same bytes: no time of now
    book.set_properties({"created": datetime(2000, 1, 1), "title": "Tocsin"})
    sheets = _Sheets(book)
    sheets.write_about(about)
    written = {table.name: sheets.write(table) for table in tables}
    book.close()
    return written, sheets.cut


class _HeldErrors(io.FileIO):
    """A file to write whose first error is raised when it is closed: a zip file that met one tries
    again when it is let go, and prints a traceback.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "wb")
        self._error: OSError | None = None

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        try:
            done = 0
            while self._error is None and done < size:
                done += super().write(memoryview(data).cast("B")[done:])
        except OSError as error:
            self._error = error
        return size

    def close(self) -> None:
        super().close()
        if self._error is not None:
            error, self._error = self._error, None
            raise error


class _Sheets:
    """The sheets of a workbook in the making."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.cut = 0

    def write_about(self, facts: Sequence[tuple[str, str]]) -> None:
        sheet = self._book.add_worksheet("About")
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 120)
        for number, (name, sentence) in enumerate(facts):
            self._put(sheet, number, 0, name)
            self._put(sheet, number, 1, sentence)

    def write(self, table: Table) -> int:
        rows, total, part = iter(table.rows), 0, 1
        while True:
            name = table.name if part == 1 else f"{table.name} {part}"
            written = self._write_sheet(name, table.columns, rows)
            total += written
            if written < MAX_ROWS - 1:
                return total
            part += 1

    def _write_sheet(self, name: str, columns: Sequence[str], rows: Iterator[Row]) -> int:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 18)
        for position, column in enumerate(columns):
            sheet.write_string(0, position, column, self._bold)
        number = 0
        while number < MAX_ROWS - 1 and (row := next(rows, None)) is not None:
            number += 1
            for position, column in enumerate(columns):
                self._put(sheet, number, position, row.get(column))
        return number

    def _put(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, datetime) and value.year >= 1900:
            moment = value.astimezone(UTC).replace(tzinfo=None)
            sheet.write_datetime(row, column, moment, self._time)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif _is_exact_number(value):
            sheet.write_number(row, column, value)
        else:
            text = rfc3339(value) if isinstance(value, datetime) else str(value)
            sheet.write_string(row, column, self._text(text))

    def _text(self, text: str) -> str:
        text = clean(text).encode("utf-8", "replace").decode("utf-8")
        if _utf16_length(text) > MAX_CELL:
            self.cut += 1
            text = _cut_utf16(text, MAX_CELL - 1) + "…"
        # the library takes a text between these two for markup of its own
        return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _is_exact_number(value: Any) -> bool:
    """Whether a spreadsheet shows this number as it is."""
    if isinstance(value, int):
        return abs(value) < EXACT_DIGITS
    return isinstance(value, float) and math.isfinite(value)


def _utf16_length(text: str) -> int:
    """Length as spreadsheets count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _cut_utf16(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
