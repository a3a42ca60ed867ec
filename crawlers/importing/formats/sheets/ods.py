"""OpenDocument spreadsheets (.ods), row by row: the sheet that looks like posts, and those
with its header."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from crawlers.importing.containers.unpack import damage_reason
from crawlers.importing.formats.base import Item, RejectedRow
from crawlers.importing.formats.sheets.cells import cell_text, sheet_rows
from crawlers.importing.formats.sheets.chosen_sheets import LOOKED_AT, choose_sheets
from crawlers.importing.input_file import InputFile
from tocsin.core.messages import Message

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
MAX_COLUMNS = 2_000


class OdsImporter:
    """https://docs.oasis-open.org/office/OpenDocument/v1.3/"""

    is_exchange_format = False
    reads = "ods"
    records = "table"

    def recognises(self, source: InputFile) -> float:
        return 1.0 if source.kind == self.reads else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        heads: dict[str, list[list[str]]] = {}
        for name, rows in _sheets(source):
            heads[name] = [[cell_text(v) for v in row] for row in islice(rows, LOOKED_AT)]
        chosen, others = choose_sheets(heads, mapping)
        if others:
            source.notes.append(
                Message("intake.other_sheets", {"file": source.name, "sheets": others})
            )
        number = 0
        try:
            for name, rows in _sheets(source):
                if name in chosen:
                    for item in sheet_rows(rows):
                        number = item.line
                        yield item
        except (ParseError, zipfile.BadZipFile, EOFError) as error:
            reason = Message("reading.workbook_damaged", {"error": damage_reason(error)})
            yield RejectedRow(number + 1, reason)


def _sheets(source: InputFile) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    """Name and rows of each sheet; what is left of one is passed over when the next is asked."""
    from defusedxml.ElementTree import iterparse

    source.binary.seek(0)
    with zipfile.ZipFile(source.binary) as archive, archive.open("content.xml") as stream:
        events = iter(iterparse(stream, events=("start", "end")))
        for event, node in events:
            if event == "start" and node.tag == f"{_TABLE}table":
                rows = _rows(events, node)
                yield node.get(f"{_TABLE}name", ""), rows
                for _ in rows:
                    pass


def _rows(events: Iterator[tuple[str, Element]], table: Element) -> Iterator[list[Any]]:
    for event, node in events:
        if event != "end":
            continue
        if node is table:
            node.clear()
            return
        if node.tag == f"{_TABLE}table-row":
            row = _cells(node)
            times = int(node.get(f"{_TABLE}number-rows-repeated", "1")) if row else 1
            node.clear()
            for _ in range(min(times, 1_000)):
                yield row
        elif node.tag in (f"{_TABLE}table-rows", f"{_TABLE}table-header-rows"):
            node.clear()


def _cells(row: Element) -> list[Any]:
    cells: list[Any] = []
    gap = 0
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        value = _value(cell)
        if value == "":
            gap += times  # the rest of a row is one empty cell, repeated
            continue
        cells += [""] * min(gap, MAX_COLUMNS) + [value] * min(times, MAX_COLUMNS)
        gap = 0
    return cells[:MAX_COLUMNS]


def _value(cell: Element) -> str:
    kind = cell.get(f"{_OFFICE}value-type", "")
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value", "").replace("T", " ")
    if kind in ("float", "percentage", "currency"):
        return cell.get(f"{_OFFICE}value", "")
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value", "")
    return "\n".join(_text(part) for part in cell.findall(f"{_TEXT}p"))


def _text(node: Element) -> str:
    parts = [node.text or ""]
    for child in node:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(1_000, int(child.get(f"{_TEXT}c", "1"))))
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        else:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
