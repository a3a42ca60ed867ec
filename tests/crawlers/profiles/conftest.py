"""Files as tools write them, imported as a person does: without options."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawlers.importing.file_reader import FileReader, ImportOptions
from crawlers.importing.formats.base import LeftOut, RejectedRow
from tocsin.core.documents import Document
from tocsin.core.exchange import to_exchange
from tocsin.core.messages import Message


@dataclass
class Made:
    """What an import makes of a file: ``rows`` by id as exchange objects, in order."""

    format: str
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Codes of what the report says of the file."""
    said: list[str] = field(default_factory=list)
    """The same as sentences."""


class Exports:
    """Writes files and reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, content: str | bytes, **options: Any) -> Made:
        """The file, without options unless some are given (``format``, ``mapping``...)."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return self.open(name, **options)

    def open(self, name: str, **options: Any) -> Made:
        """A file that is there, or ``ARCHIVE!MEMBER``."""
        reader = FileReader(str(self.folder / name), ImportOptions(**options))
        made = Made(reader.format)
        for item in reader.documents():
            if isinstance(item, RejectedRow):
                assert not item.is_defect, item.reason
                made.rejected.append(item)
            elif isinstance(item, LeftOut):
                made.left_out.append(item.reason)
            else:
                row = to_exchange(item[1])
                assert "invalid" not in row.get("extra", {}), row
                made.rows.setdefault(row["id"], row)
                made.documents.append(item[1])
        reader.close()
        notes = [*reader.notes, *reader.late_notes]
        made.said = list(map(str, notes))
        made.notes = [note.code if isinstance(note, Message) else note for note in notes]
        return made

    def json(self, name: str, value: Any, **options: Any) -> Made:
        """One JSON document."""
        return self.read(name, json.dumps(value, ensure_ascii=False, indent=1), **options)

    def json_lines(self, name: str, values: Iterable[Any], **options: Any) -> Made:
        """An object a line; a text stands as it is (a broken line)."""
        lines = (v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values)
        return self.read(name, "".join(f"{line}\n" for line in lines), **options)

    def table(
        self,
        name: str,
        header: Sequence[str] | str,
        rows: Iterable[Mapping[str, Any] | str],
        delimiter: str = ",",
        **options: Any,
    ) -> Made:
        """CSV: rows name the columns that they fill; a text stands as it is (a broken line).

        The header may be one text, its names between commas.
        """
        header = header.split(",") if isinstance(header, str) else header
        out = io.StringIO()
        writer = csv.DictWriter(out, header, delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            if isinstance(row, str):
                out.write(f"{row}\n")
            else:
                writer.writerow(row)
        return self.read(name, out.getvalue(), **options)


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    """A folder for exports."""
    return Exports(tmp_path)
