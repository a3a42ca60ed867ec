"""Excel workbooks: .xlsx of any size, .xlsb and .xls."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from crawlers.importing.containers.unpack import damage_reason
from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.formats.sheets.cells import cell_text, sheet_rows
from crawlers.importing.formats.sheets.chosen_sheets import LOOKED_AT, choose_sheets
from crawlers.importing.input_file import InputFile
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

MAX_SHARED_TEXTS = 400_000_000
"""Bytes, unpacked, of the texts that cells share: they alone must be held in memory."""
LARGE = 100_000_000
"""Bytes, unpacked, from which on a workbook is read row by row."""
_DAMAGE = (SyntaxError, zipfile.BadZipFile, EOFError)


class _Torn(Exception):
    """A sheet cannot be read as it is."""


class XlsxImporter:
    """The sheet of a workbook that looks like posts, and those with the same header."""

    is_exchange_format = False
    reads = "xlsx"
    records = "table"

    def recognises(self, source: InputFile) -> float:
        return 1.0 if source.kind == self.reads else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        try:
            yield from self._read_sheets(source, mapping)
        except _Torn:
            source.mend_workbook()
            yield from self._read_sheets(source, mapping)

    def _read_sheets(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        with closing(_Streamed(source) if _is_large(source) else _Whole(source)) as workbook:
            heads = {name: _first_rows(workbook.rows(name)) for name in workbook.names}
            if source.kind == "xlsx" and not source.damaged and None in heads.values():
                raise _Torn
            chosen, others = choose_sheets({k: v or [] for k, v in heads.items()}, mapping)
            if others:
                source.notes.append(
                    Message("intake.other_sheets", {"file": source.name, "sheets": others})
                )
            number = 0
            for name in chosen:
                for item in _read(workbook.rows(name)):
                    number += isinstance(item, Row)
                    yield item
            if source.damaged:
                told = {"reason": source.damaged, "n": number}
                reason = Message("reading.rows_before", told)
                yield RejectedRow(number + 1, reason)


class XlsImporter(XlsxImporter):
    """Older and binary workbooks (.xls, .xlsb)."""

    reads = "xls"


class _Whole:
    """A workbook in memory: ten times as fast as row by row."""

    def __init__(self, source: InputFile) -> None:
        import python_calamine

        source.binary.seek(0)
        try:
            self._workbook = python_calamine.CalamineWorkbook.from_filelike(source.binary)
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise _unreadable(source, error) from None
        self.names: list[str] = self._workbook.sheet_names
        self._errors = (python_calamine.CalamineError, OSError, ValueError)

    def rows(self, name: str) -> Iterator[list[Any]]:
        try:
            for row in self._workbook.get_sheet_by_name(name).iter_rows():
                yield [_with_hour(value) for value in row]
        except self._errors as error:
            raise EOFError(str(error)) from None

    def close(self) -> None:
        self._workbook.close()


class _Streamed:
    """A large workbook row by row."""

    def __init__(self, source: InputFile) -> None:
        self._workbook = _open(source)
        self._sheets = {sheet.title: sheet for sheet in self._workbook.worksheets}
        self.names = list(self._sheets)

    def rows(self, name: str) -> Iterator[Sequence[Any]]:
        sheet = self._sheets[name]
        sheet.reset_dimensions()  # what some writers say of the size is wrong
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dates out of range come as errors of their cell
            yield from sheet.iter_rows(values_only=True)

    def close(self) -> None:
        self._workbook.close()


def _is_large(source: InputFile) -> bool:
    if source.kind != "xlsx":
        return False  # the older format holds 65,536 rows a sheet
    with zipfile.ZipFile(source.binary) as archive:
        size = sum(i.file_size for i in archive.infolist() if i.filename.endswith(".xml"))
    return size > LARGE


def _with_hour(value: Any) -> Any:
    """Days as midnights: whether a column holds days is decided for all of it."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value


def _unreadable(source: InputFile, error: Exception) -> ConfigError:
    if "password" in str(error).lower():
        return ConfigError(Message("reading.workbook_password", {"file": source.name}))
    told = {"file": source.name, "error": damage_reason(error)}
    return ConfigError(Message("reading.workbook", told))


def _open(source: InputFile) -> Any:
    import openpyxl

    with zipfile.ZipFile(source.binary) as archive:
        size = sum(i.file_size for i in archive.infolist() if "sharedStrings" in i.filename)
    if size > MAX_SHARED_TEXTS:
        raise ConfigError(
            Message("reading.workbook_texts", {"file": source.name, "megabytes": size / 1000000.0})
        )
    source.binary.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that do not concern the cells
            return openpyxl.load_workbook(source.binary, read_only=True, data_only=True)
    except (KeyError, ValueError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        raise _unreadable(source, error) from None


def _first_rows(rows: Iterator[Sequence[Any]]) -> list[list[str]] | None:
    """The beginning of a sheet; None where it cannot be read."""
    try:
        return [[cell_text(value) for value in row] for row in islice(rows, LOOKED_AT)]
    except _DAMAGE:
        return None


def _read(rows: Iterator[Sequence[Any]]) -> Iterator[Item]:
    number = 0
    try:
        for item in sheet_rows(rows):
            number = item.line
            yield item
    except _DAMAGE as error:
        reason = Message("reading.workbook_damaged", {"error": damage_reason(error)})
        yield RejectedRow(number + 1, reason)
