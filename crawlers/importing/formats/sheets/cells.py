"""Cells of sheets as the texts that a CSV of the same table would hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.formats.table_header import find_header, unique_names
from tocsin.core.messages import Message

ROWS_AHEAD = 200
_EXACT = 2**53


def cell_text(value: Any) -> str:
    """The text of a cell; a day without an hour is written as a day."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds" if not value.microsecond else "milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def sheet_rows(records: Iterable[Sequence[Any]]) -> Iterator[Item]:
    """The rows of a sheet under the names of its header, lines before the header left out."""
    numbered = enumerate(records, start=1)
    first = list(islice(numbered, ROWS_AHEAD))
    texts = [[cell_text(value) for value in record] for _, record in first]
    at = find_header(texts)
    if at >= len(texts):
        return
    width = max(len(_without_tail(row)) for row in texts[at:])
    names = unique_names(texts[at] + [""] * (width - len(texts[at])))[:width]
    days = _day_columns([record for _, record in first[at + 1 :]], width)
    for number, record in chain(first[at + 1 :], numbered):
        row = _without_tail([cell_text(value) for value in record])
        if not row:
            continue
        if len(row) > len(names):
            reason = Message("reading.columns", {"n": len(row), "wanted": len(names)})
            yield RejectedRow(number, reason, "\t".join(row)[:10_000])
            continue
        row += [""] * (len(names) - len(row))
        for column in days:
            row[column] = row[column].removesuffix(" 00:00:00")
        yield Row(number, dict(zip(names, row, strict=True)))


def _without_tail(row: list[str]) -> list[str]:
    size = len(row)
    while size and not row[size - 1].strip():
        size -= 1
    return row[:size]


def _day_columns(records: Sequence[Sequence[Any]], width: int) -> list[int]:
    """Columns of days: sheets write them as midnights."""
    found = []
    for column in range(width):
        moments = [
            record[column]
            for record in records
            if len(record) > column and isinstance(record[column], datetime)
        ]
        if moments and not any(m.hour or m.minute or m.second for m in moments):
            found.append(column)
    return found
