"""What an importer is: it turns a file into rows. One file each, registered by name.

An importer knows how a format is written down, and nothing of what its columns mean: that is the
business of `crawlers.importing.column_mapping`. It never raises for a bad line: it yields a `Broken` and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

from crawlers.importing.input_file import Input


class Row(NamedTuple):
    """One readable record and the line it begins on (from 1). Values may be nested where the format nests."""

    line: int
    values: dict[str, Any]


class Broken(NamedTuple):
    """A line that cannot be read: where, why, and what stood there."""

    line: int
    reason: str
    text: str = ""


Item: TypeAlias = "Row | Broken"


class Importer(Protocol):
    """A file format.

    ``speaks_exchange``: its rows are objects of the exchange format, so that columns need no mapping.
    """

    speaks_exchange: bool

    def recognises(self, source: Input) -> float:
        """How sure it is from the file's head and name, 0 to 1."""

    def rows(self, source: Input, wanted: Mapping[str, str]) -> Iterator[Item]:
        """The records in order. ``wanted`` is the person's mapping, exchange key to column."""


IMPORTERS: dict[str, str] = {
    "tocsin": "crawlers.importing.formats.exchange_lines:ExchangeLines",
    "csv": "crawlers.importing.formats.delimited:Delimited",
    "jsonl": "crawlers.importing.formats.json_rows:JsonRows",
}
"""Name (``--format``) -> where it is."""
