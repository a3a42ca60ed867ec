"""CSV of any dialect: comma, semicolon, tab or bar, quoted fields with line breaks, of any size.

A quote that never closes would swallow the rest of a file. Here it costs its own line: a record
that runs on too long, ends with the file, or comes out with the wrong number of columns over
several lines is given up at its first line, and reading starts again on the next.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import islice, product

from crawlers.importing.formats.base import Item, LeftOut, RejectedRow, Row
from crawlers.importing.formats.header_lines import HeaderLines, fill_twins, find_twins
from crawlers.importing.formats.headerless import names_without_header
from crawlers.importing.formats.table_header import LOOKED_AT, find_header, unique_names
from crawlers.importing.input_file import (
    MAX_LINE,
    InputFile,
    has_invalid_bytes,
    repair_invalid_bytes,
)
from index.exports.tables import unguarded
from tocsin.core.documents import FOUND_KEYS
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

DELIMITERS = (",", ";", "\t", "|")
MAX_RECORD_LINES = 10_000
MAX_RECORD_CHARACTERS = 16_000_000
MAX_COLUMNS = 16_384
"""As many as a sheet of a spreadsheet has."""
MIN_BARE = 3
"""Columns from which a line between tabs is told from a text's line by their number."""

_SAID = re.compile(r"\ufeff?sep=([,;|\t])\s*$", re.IGNORECASE)
_ESCAPED = re.compile(r'\\(["\\])')
_RETURN = "\u2028"
"""Stands for a return within an unquoted cell, which the csv module does not take."""
_BACKSLASH, _DELIMITER = "\ue0b1", "\ue0b2"
"""Stand for an escaped backslash and an escaped delimiter (private use: no text has them)."""
_PACKED = re.compile(r"\.(?:gz|zst|xz|bz2)$")
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


class CsvImporter:
    """Rows of text under the names of the header line.

    A file without a header is read where every column of the mapping is a number: columns count
    from 1.
    """

    is_exchange_format = False
    records = "table"

    def recognises(self, source: InputFile) -> float:
        name = _PACKED.sub("", source.name.lower())
        if name.endswith((".csv", ".tsv")):
            return 0.9
        return 0.2 if source.head.strip() else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        self.delimiter = delimiter = guess_delimiter(source)
        before, names = 0, None
        if not _are_numbers(mapping):
            before, names = _look_at_head(source, delimiter, has_mapping=bool(mapping))
        lines = _LineBuffer(source)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        header: list[str] | None = None
        judged, is_ours = header, False
        headers: HeaderLines | None = None
        twins: list[tuple[int, int]] = []
        while True:
            lines.held.clear()
            start = lines.number + 1
            try:
                record = next(reader)
            except StopIteration:
                break
            except _EndlessRecord as error:
                yield lines.give_up(start, str(error))
                continue
            except csv.Error:
                if lines.read_escapes(start, source):
                    reader = csv.reader(lines, delimiter=delimiter, strict=True)
                    continue
                if len(lines.held) == 1 and "\r" in lines.held[0].rstrip("\r\n"):
                    lines.split_returns(delimiter, len(header) if header else 0)
                    continue
                if header is not None and lines.is_bare(delimiter, len(header)):
                    record = lines.first_alone(start)
                elif len(lines.held) > 1 or lines.ended_inside:
                    yield lines.give_up(start, Message("reading.never_closes"))
                    continue
                else:
                    record = next(
                        csv.reader(lines.unescaped(), delimiter=delimiter)
                    )  # something follows a closing quote: sloppy, and readable
            if (
                len(lines.held) > 1
                and header is not None
                and lines.is_bare(delimiter, len(header), all_of_them=len(record) == len(header))
            ):
                record = lines.first_alone(start)
            if not record or record == [""]:
                continue
            if before:
                before -= 1
                continue
            if lines.has_returns:
                record = [cell.replace(_RETURN, "\n") for cell in record]
            if header is None and names is not None and len(names) == len(record):
                header = names
            if header is None:
                header = _read_header(record, mapping, source.name)
                if not _has_numbered_columns(record, mapping):
                    headers, twins = HeaderLines(record), find_twins(header, record)
                    continue
            if headers is not None and headers.is_header(record):
                header = _read_header(record, mapping, source.name)
                twins = find_twins(header, record)
                yield LeftOut(start, "repeated header lines")
                continue
            if len(record) != len(header):
                record = _drop_empty_tail(record, len(header))
            if len(record) != len(header):
                if lines.read_escapes(start, source):
                    reader = csv.reader(lines, delimiter=delimiter, strict=True)
                    continue
                if (mended := lines.read_escaped_delimiters(delimiter, len(header))) is not None:
                    yield Row(start, dict(zip(header, mended, strict=True)))
                    continue
                counts = {"n": len(record), "wanted": len(header)}
                if len(lines.held) > 1:
                    yield lines.give_up(start, Message("reading.open_quote", counts))
                else:
                    reason = Message("reading.columns", counts)
                    yield RejectedRow(start, reason, "".join(lines.held))
                continue
            if lines.unwritten:
                lines.unwritten = False
                yield RejectedRow(start, Message("reading.nul"), "".join(lines.held))
                continue
            if header is not judged:
                judged, is_ours = header, _is_ours(header)
            if is_ours:
                # a table of ours: without the apostrophes that keep cells from being formulas
                record = [unguarded(cell) for cell in record]
            if twins:
                fill_twins(record, twins)
            yield Row(start, dict(zip(header, record, strict=True)))
        if source.damaged:
            yield RejectedRow(lines.number + 1, source.damaged)


def _is_ours(header: list[str]) -> bool:
    """Whether a table of posts was written by Tocsin, this one or an older one."""
    return set(FOUND_KEYS) <= set(header)


def _unescape(line: str) -> str:
    return _ESCAPED.sub(lambda m: '""' if m[1] == '"' else "\\", line) if "\\" in line else line


class _EndlessRecord(Exception):
    """A record that does not end."""


class _LineBuffer:
    """Lines for a csv reader, those of the record in hand kept, so that reading can start again
    after a bad one.
    """

    def __init__(self, source: InputFile) -> None:
        head = source.head
        bare = head.count(b"\r") - head.count(b"\r\n")
        # a return within a text ends no line where line feeds do
        self._fresh = source.lines(newline="\n" if head.count(b"\n") > bare else "")
        self.has_returns = False
        self._has_escapes = False
        self._again: deque[str] = deque()
        self.held: list[str] = []
        self.number = 0
        self.ended_inside = False
        self.unwritten = False
        self._size = 0

    def __iter__(self) -> _LineBuffer:
        return self

    def __next__(self) -> str:
        held = self.held
        if not held:
            self._size = 0
            self.ended_inside = False
        elif len(held) >= MAX_RECORD_LINES or self._size > MAX_RECORD_CHARACTERS:
            raise _EndlessRecord(
                "a quote opens here and does not close in 10,000 lines or 16 million characters"
            )
        if self._again:
            line = self._again.popleft()
        else:
            try:
                line = next(self._fresh)
            except StopIteration:
                self.ended_inside = bool(held)
                raise
        self.number += 1
        self._size += len(line)
        if len(line) >= MAX_LINE:
            raise _EndlessRecord(self._skip(line))
        if not line.isascii():
            if line[0] == "\ufeff":  # the beginning of a file that was put behind another
                line = line[1:]
            if has_invalid_bytes(line):
                line = repair_invalid_bytes(line)
        if "\0" in line:
            self.unwritten = True
        held.append(line)
        return _unescape(line) if self._has_escapes else line

    def read_escapes(self, start: int, source: InputFile) -> bool:
        """Where a record cannot be read and holds ``\\"``: read it again, and all that follows,
        with backslashes that escape quotes, as databases write them.
        """
        if self._has_escapes or not any('\\"' in line for line in self.held):
            return False
        self._has_escapes = True
        held, self.held = self.held, []
        self._again.extendleft(reversed(held))
        self.number = start - 1
        self.ended_inside = self.unwritten = False
        source.notes.append(Message("intake.backslash_quotes", {"file": source.name}))
        return True

    def unescaped(self) -> list[str]:
        """The lines of the record in hand as they are read."""
        return list(map(_unescape, self.held)) if self._has_escapes else self.held

    def read_escaped_delimiters(self, delimiter: str, width: int) -> list[str] | None:
        """The record in hand where backslashes stand before delimiters that are text, as some
        programs write instead of quotes; None where it has not as many columns then.
        """
        if len(self.held) != 1 or f"\\{delimiter}" not in self.held[0]:
            return None
        line = self.held[0].replace("\\\\", _BACKSLASH).replace(f"\\{delimiter}", _DELIMITER)
        record = next(csv.reader([line], delimiter=delimiter), [])
        back = str.maketrans({_BACKSLASH: "\\", _DELIMITER: delimiter})
        return [cell.translate(back) for cell in record] if len(record) == width else None

    def split_returns(self, delimiter: str, width: int) -> None:
        """A line with returns within: rows of their own where each is a whole one, else line breaks
        of a text that was not quoted. They are read again.
        """
        line, self.held = self.held[0], []
        parts = [part for part in line.rstrip("\r\n").split("\r") if part]
        self.number -= 1
        if width and all(len(next(csv.reader([p], delimiter=delimiter))) == width for p in parts):
            self._again.extendleft(f"{part}\n" for part in reversed(parts))
            return
        self.has_returns = True
        self._again.appendleft(line.rstrip("\r\n").replace("\r", _RETURN) + "\n")

    def is_bare(self, delimiter: str, width: int, *, all_of_them: bool = False) -> bool:
        """Whether the record in hand begins with a line that is a row by itself: tables between
        tabs are often written without quoting, and quotes are letters of their texts.

        Args:
            all_of_them: every line has to be one, not the first alone.
        """
        if delimiter != "\t" or width < MIN_BARE:
            return False
        looked_at = self.held if all_of_them else self.held[:1]
        return all(line.count("\t") == width - 1 for line in looked_at)

    def first_alone(self, start: int) -> list[str]:
        """The cells of the first line in hand as they stand; the other lines will come again."""
        held, self.held = self.held, self.held[:1]
        self._again.extendleft(reversed(held[1:]))
        self.number = start
        self.ended_inside = False
        return held[0].rstrip("\r\n").split("\t")

    def give_up(self, start: int, reason: str | Message) -> RejectedRow:
        """The record's first line is broken; its other lines will come again."""
        held, self.held = self.held, []
        self._again.extendleft(reversed(held[1:]))
        self.number = start if held else self.number
        self.ended_inside = False
        self.unwritten = False
        return RejectedRow(start, reason, held[0] if held else "")

    def _skip(self, line: str) -> str:
        while not line.endswith(("\n", "\r")) and len(line) >= MAX_LINE:
            line = next(self._fresh, "")
        return f"a line of over {MAX_LINE} characters"


def guess_delimiter(source: InputFile) -> str:
    """The delimiter under which most of the first records have as many columns as the first; comma
    where none does.
    """
    lines = list(
        islice(io.StringIO(source.head.decode(source.encoding, "replace"), newline=""), 200)
    )
    if said := _SAID.match(lines[0] if lines else ""):
        return said[1]
    best, best_score = ",", 0.0
    is_whole = False
    for first, delimiter in product((True, False), DELIMITERS):
        if not first and is_whole:
            break  # a table from its first line on
        records = [r for r in islice(csv.reader(lines, delimiter=delimiter), 100) if r]
        widths = Counter(map(len, records))
        width = 0
        if records:  # lines before the header are narrow: then the most common width counts
            width = len(records[0]) if first else widths.most_common(1)[0][0]
        if width < 2:
            continue
        same = sum(len(r) == width for r in records) / len(records)
        score = same + min(width, 50) / 1000
        if score > best_score:
            best, best_score = delimiter, score
            is_whole = first and score >= 0.5
    return best


def _look_at_head(
    source: InputFile, delimiter: str, *, has_mapping: bool
) -> tuple[int, list[str] | None]:
    """How many records come before the header: ``sep=;``, the title and period of a report; and
    names for the columns of a table that has no header.
    """
    text = source.head.decode(source.encoding, "replace").lstrip("\ufeff")
    records: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        records += islice((r for r in reader if r and r != [""]), LOOKED_AT + 1)
    except csv.Error:
        pass
    dialect = int(bool(records) and _SAID.match(delimiter.join(records[0])) is not None)
    number = find_header(records[dialect:]) if len(records) > dialect else 0
    if number:
        source.notes.append(Message("intake.preamble", {"file": source.name, "n": number}))
    names = None if number or has_mapping else names_without_header(records[dialect:])
    if names is not None:
        columns = [f"{n} = {name}" for n, name in enumerate(names, start=1)]
        source.notes.append(Message("intake.no_header", {"file": source.name, "columns": columns}))
    return dialect + number, names


def _are_numbers(mapping: Mapping[str, str]) -> bool:
    return bool(mapping) and all(column.isdigit() for column in mapping.values())


def _has_numbered_columns(record: list[str], mapping: Mapping[str, str]) -> bool:
    """Whether the file has no header: every column that is mapped is a number."""
    columns = mapping.values()
    return bool(columns) and all(c.isdigit() and c not in record for c in columns)


def _read_header(record: list[str], mapping: Mapping[str, str], name: str) -> list[str]:
    if len(record) > MAX_COLUMNS:
        raise ConfigError(
            Message("reading.many_columns", {"file": name, "n": len(record), "most": MAX_COLUMNS})
        )
    if _has_numbered_columns(record, mapping):
        return [str(n) for n in range(1, len(record) + 1)]
    return unique_names(record)


def _drop_empty_tail(record: list[str], width: int) -> list[str]:
    """Without the empty cells that trailing delimiters make."""
    return record[:width] if len(record) > width and not any(record[width:]) else record
