"""Excel workbooks (.xlsx), row by row."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from crawlers.importing.formats.base import Item, RejectedRow
from crawlers.importing.formats.sheets.cells import cell_text, sheet_rows
from crawlers.importing.formats.table_header import find_header
from crawlers.importing.input_file import InputFile
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

MAX_SHARED_TEXTS = 400_000_000
"""Bytes, unpacked, of the texts that cells share: they alone must be held in memory."""
_LOOKED_AT = 50


class XlsxImporter:
    """The widest sheet of a workbook, and those with the same header."""

    is_exchange_format = False
    reads = "xlsx"
    records = "table"

    def recognises(self, source: InputFile) -> float:
        return 1.0 if source.kind == self.reads else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        workbook = _open(source)
        try:
            heads = {sheet.title: _header(sheet) for sheet in workbook.worksheets}
            widest = max(heads.values(), key=len, default=[])
            chosen = [sheet for sheet in workbook.worksheets if heads[sheet.title] == widest]
            others = [title for title, head in heads.items() if head and head != widest]
            if others:
                source.notes.append(
                    Message("intake.other_sheets", {"file": source.name, "sheets": others})
                )
            for sheet in chosen:
                yield from _read(sheet)
        finally:
            workbook.close()


def _open(source: InputFile) -> Any:
    import openpyxl

    with zipfile.ZipFile(source.binary) as archive:
        size = sum(i.file_size for i in archive.infolist() if "sharedStrings" in i.filename)
    if size > MAX_SHARED_TEXTS:
        raise ConfigError(
            f"{source.name} holds {size / 1e6:,.0f} MB of texts that a workbook keeps in one "
            "piece; save it as CSV"
        )
    source.binary.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that do not concern the cells
            return openpyxl.load_workbook(source.binary, read_only=True, data_only=True)
    except (KeyError, ValueError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        raise ConfigError(
            f"{source.name} cannot be read as a workbook ({error}); save it anew, or as CSV"
        ) from None


def _header(sheet: Any) -> list[str]:
    sheet.reset_dimensions()  # what some writers say of the size is wrong
    rows = [
        [cell_text(v) for v in r] for r in islice(sheet.iter_rows(values_only=True), _LOOKED_AT)
    ]
    return [name for name in rows[find_header(rows)] if name.strip()] if rows else []


def _read(sheet: Any) -> Iterator[Item]:
    number = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dates out of range come as errors of their cell
            for item in sheet_rows(sheet.iter_rows(values_only=True)):
                number = item.line
                yield item
    except (SyntaxError, zipfile.BadZipFile, EOFError) as error:
        reason = f"the workbook is cut off or damaged here ({error}); what came before was read"
        yield RejectedRow(number + 1, reason)
