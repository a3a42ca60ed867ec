"""What an importer is: it turns a file into rows. One file each, registered by name.

An importer knows how a format is written down. What its columns mean is decided by
`crawlers.importing.column_mapping`, unless its rows are objects of the exchange format already. It
does not raise for a bad line: it yields a `RejectedRow` and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

from crawlers.importing.input_file import InputFile
from tocsin.core.messages import Message


class Row(NamedTuple):
    """One readable record and the line it begins on (from 1). Values may be nested.

    ``around``: plain values of the objects around it, where it lies within a document.
    """

    line: int
    values: dict[str, Any]
    around: Mapping[str, Any] = {}


class RejectedRow(NamedTuple):
    """A record that cannot be taken: where it begins, why, and what stood there.

    ``is_defect``: not the file is at fault but the importer, which raised an error.
    """

    line: int
    reason: str | Message
    text: str = ""
    is_defect: bool = False


class LeftOut(NamedTuple):
    """A record that is no post (a service message, a like), and why."""

    line: int
    reason: str


Item: TypeAlias = "Row | RejectedRow | LeftOut"


class Importer(Protocol):
    """A file format.

    ``is_exchange_format``: its rows are objects of the exchange format, so that columns need no
    mapping. An importer may have an attribute ``records``, ``"table"`` or ``"objects"``: then
    profiles that take such records (`crawlers.importing.formats.profile_base`) are asked what they
    mean. It may have
    an attribute ``reads``: the ``kind`` of input that it takes, ``"text"`` where left out.
    """

    is_exchange_format: bool

    def recognises(self, source: InputFile) -> float:
        """How sure it is that the file is of its format, 0 to 1: by the file's head and name."""

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        """The records in order. ``mapping`` is what ``--map`` says: exchange key to column."""
