"""What a profile is: it knows what the columns or keys of one tool's export mean.

Reading is apart from meaning. An importer (`crawlers.importing.formats.base`) turns a file into
records, a profile turns a record into objects of the exchange format. A profile never meets a
file, only the kinds of records that it ``takes``: rows of a ``table`` (CSV, a sheet) or
``objects`` (JSON lines, arrays, answers of an API).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from tocsin.core.messages import Message
from tocsin.core.text import fold

Record = Mapping[str, Any]
TABLE, OBJECTS = "table", "objects"
SURE_ENOUGH = 0.5
"""Below this a profile is not used unless ``--format`` names it."""


class Skip(NamedTuple):
    """A record that is no post, and why: it counts as left out, not as rejected."""

    reason: str


@dataclass(frozen=True)
class Head:
    """The beginning of a file, as a profile recognises it.

    ``name`` is the file's name in lower case; ``columns`` the header of a table, or the keys of
    the first objects; ``records`` the first records (up to 20); ``around`` what stands around the
    first of them (see `BaseProfile.lists`).
    """

    columns: tuple[str, ...]
    records: Sequence[Record] = ()
    around: Record = field(default_factory=dict)
    name: str = ""

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(column_name(column) for column in self.columns)

    def has(self, *columns: str) -> bool:
        """Whether all these columns are there; case, accents and signs do not matter."""
        return all(column_name(column) in self._names for column in columns)

    def has_any(self, *columns: str) -> bool:
        """Whether one of these columns is there."""
        return any(column_name(column) in self._names for column in columns)

    def share(self, *columns: str) -> float:
        """Which share of these columns is there, 0 to 1."""
        return sum(column_name(c) in self._names for c in columns) / max(1, len(columns))

    def record_share(self, *keys: str) -> float:
        """Which share of the first records has all these keys (exactly so written), 0 to 1."""
        fitting = sum(all(key in record for key in keys) for record in self.records)
        return fitting / max(1, len(self.records))


class BaseProfile(ABC):
    """A profile: set the class attributes, write `recognises` and `convert`.

    ``name`` is what ``--format`` calls it, ``title`` its tool and layout for people. ``platform``
    is where its posts come from, None where a row says so itself. ``takes`` are kinds of records.
    ``gives`` are the keys of the exchange format (``author.id``, ``metrics.likes``, ``repost_of``)
    that it fills where the file has them, in the order of the format.

    ``lists`` says where the records of a large JSON document lie: dotted keys of the lists that
    hold them (``messages``, ``chats.list.messages``). Such a document is read record by record.
    Without it every object of the file (a line, or an element of the array) is a record.

    ``captures``: its records are pages as they were at a time (``collected_at``); one id with
    several texts is a page that changed, and ``raw`` of what `convert` gives says where the
    original bytes will be.

    ``beside`` names a file, or several, of the same folder (or zip) that says what this one does
    not, such as whose posts these are, relative to it (``account.js``,
    ``../account/profile.json``): see `read_beside`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    platform: ClassVar[str | None] = None
    takes: ClassVar[tuple[str, ...]] = (OBJECTS,)
    lists: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()
    beside: ClassVar[str | tuple[str, ...]] = ""
    captures: ClassVar[bool] = False

    @abstractmethod
    def recognises(self, head: Head) -> float:
        """How sure it is, 0 to 1: 0.9 and more for a layout that no other tool writes."""

    def fit(self, records: Sequence[Record]) -> None:  # noqa: B027 - most have nothing to fit
        """Look at the first records (up to 1,000) before `convert` is called: order of day and
        month, language of the header. Called once."""

    def order_days(self, day_first: bool) -> None:  # noqa: B027 - for those that read times
        """Told once, after `fit`, whether ``03/04/2024`` is the third of April in this file.
        Needed where `convert` reads times itself; those that it gives as text are read so."""

    def read_name(self, name: str) -> None:  # noqa: B027 - most files are named by their people
        """The file's name, where it says something that its records do not. Called before `fit`."""

    def begin(self) -> None:  # noqa: B027 - most count nothing
        """Reading begins: what was counted while the first records were tried is forgotten."""

    def notes(self, file: str) -> Sequence[Message]:
        """What the report has to say of the file, once all its records were converted."""
        return ()

    def read_beside(self, records: Sequence[Record]) -> None:  # noqa: B027
        """The records of a file ``beside`` (the first 20,000), once for each that is there. Called
        before `fit`."""

    def sources(self) -> Mapping[str, Sequence[str]]:
        """Key -> the columns that it is read from, best first; empty where that is not so simple.
        For the report, after `fit`."""
        return {}

    def also_read(self) -> set[str]:
        """Columns of the first rows that serve a key beside those of `sources`. For the report."""
        return set()

    @abstractmethod
    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        """The posts of a record: none, one or several objects of the exchange format, or a `Skip`.

        The record's own post comes first: what ``--map`` names is written into that one. A value
        that does not fit its key may be given as it is: it is kept in ``extra.invalid``.

        Args:
            record: must not be changed.
            around: the plain values of the objects around the list (see ``lists``); empty without.

        Raises:
            Unreadable: the record is damaged; the sentence says how. It counts as rejected.
        """


def column_name(name: str) -> str:
    """A column's name without case, accents and signs: ``Date (UTC)`` and ``date_utc`` agree."""
    return "".join(c for c in fold(name) if c.isalnum())
