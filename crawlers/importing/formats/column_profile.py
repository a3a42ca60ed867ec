"""Profiles of tables whose columns need no more than their names said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from crawlers.importing.column_mapping import ColumnMapping, compile_columns
from crawlers.importing.formats.profile_base import (
    TABLE,
    BaseProfile,
    Head,
    Record,
    Skip,
    column_name,
)

ROWS_KEPT = 1_000
"""First rows to which columns are fitted."""


class _Watched(dict[str, Any]):
    """A record that notes which of its filled columns are asked for."""

    def __init__(self, record: Record, read: set[str]) -> None:
        super().__init__(record)
        self._read = read

    def __getitem__(self, column: str) -> Any:
        self._note(column)
        return super().__getitem__(column)

    def get(self, column: str, default: Any = None) -> Any:
        self._note(column)
        return super().get(column, default)

    def _note(self, column: str) -> None:
        if column in self and super().__getitem__(column) not in (None, ""):
            self._read.add(column)


class ColumnProfile(BaseProfile):
    """A table: ``columns`` says which columns hold which key.

    ``columns`` is key of the exchange format -> names of columns, best first; case, accents and
    signs do not matter, and the first that is filled in a row serves. Cells are read as those of
    ``--map`` are: counts, lists, languages, times with the order of day and month found in the
    file. ``marks`` are columns that this tool alone writes together; a file with all columns of
    one of the groups is recognised with 0.9. ``drops`` are columns that are not worth keeping;
    all others that serve no key go to ``extra``. `finish` may mend each row.
    """

    takes: ClassVar[tuple[str, ...]] = (TABLE,)
    columns: ClassVar[Mapping[str, Sequence[str]]]
    marks: ClassVar[Sequence[Sequence[str]]]
    drops: ClassVar[Sequence[str]] = ()

    def __init__(self) -> None:
        self._mapping: ColumnMapping | None = None
        self._sources: dict[str, list[str]] = {}
        self._records: Sequence[Record] = ()
        self._dropped: Sequence[str] = ()
        self._drops = frozenset(map(column_name, self.drops))

    def recognises(self, head: Head) -> float:
        return 0.9 if any(head.has(*group) for group in self.marks) else 0.0

    def fit(self, records: Sequence[Record]) -> None:
        written = dict.fromkeys(column for record in records for column in record)
        by_name: dict[str, str] = {}
        for column in written:
            by_name.setdefault(column_name(column), column)
        found = {
            key: [
                name if name in written else by_name[column_name(name)]
                for name in names
                if name in written or column_name(name) in by_name
            ]
            for key, names in self.columns.items()
        }
        dropped = [column for column in written if column_name(column) in self._drops]
        self._sources = {key: names for key, names in found.items() if names}
        self._records, self._dropped = records[:ROWS_KEPT], dropped
        self._mapping = compile_columns(self._sources, records, dropped)

    def order_days(self, day_first: bool) -> None:
        self._mapping = compile_columns(
            self._sources, self._records, self._dropped, day_first=day_first
        )

    def sources(self) -> Mapping[str, Sequence[str]]:
        return self._sources

    def also_read(self) -> set[str]:
        """Columns that `finish` reads beside those of the keys, in the first rows."""
        read: set[str] = set()
        for record in self._records:
            if self._mapping is not None:
                list(self.finish(self._mapping.convert(record), _Watched(record, read)))
        return read

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        assert self._mapping is not None, "fit comes before convert"
        return self.finish(self._mapping.convert(record), record)

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        """Mend a row (it may be changed): links from several columns, a repost from its type.

        Args:
            row: the exchange object that the columns gave; unmapped columns are in ``extra``.
            record: the cells as they stand.
        """
        return (row,)
