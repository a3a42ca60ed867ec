"""From a file to documents: importer, columns, and what a row still lacks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from crawlers.importing.column_mapping import (
    MAPPABLE,
    ColumnMapping,
    extend_columns,
    map_columns,
    paths_of,
    value_of,
)
from crawlers.importing.damage.damage_report import DamageReport
from crawlers.importing.damage.double_encoding import EncodingRepair, find_double_encoding
from crawlers.importing.damage.generated_ids import keep_apart, make_id
from crawlers.importing.damage.ids import DamagedIds
from crawlers.importing.damage.late import LateDamage
from crawlers.importing.damage.shared_ids import SharedIds
from crawlers.importing.date_order import (
    DateOrder,
    decide_order,
    header_of,
    put_in_order,
    values_settle,
)
from crawlers.importing.formats import IMPORTERS, NO_TEXT
from crawlers.importing.formats.base import Importer, Item, LeftOut, RejectedRow, Row
from crawlers.importing.formats.first_rows import (
    SAMPLE_ROWS,
    LookaheadRows,
    describe,
    guarded_rows,
    take_sample,
)
from crawlers.importing.formats.header_lines import is_total
from crawlers.importing.formats.post_addresses import platform_of_rows
from crawlers.importing.formats.profile_base import OBJECTS, TABLE, BaseProfile
from crawlers.importing.input_file import InputFile, source_name
from crawlers.importing.late_keys import LateKeys
from crawlers.importing.profiles import (
    ProfileConverter,
    ProfileFinder,
    check_format,
    make_profile,
    own_profile,
    read_companion_files,
    read_objects,
    reads,
    records_of,
)
from crawlers.importing.text_entities import fill_from_text
from tocsin.core.documents import Document, Raw
from tocsin.core.errors import ConfigError, TocsinError, Unreadable
from tocsin.core.exchange import from_exchange
from tocsin.core.messages import Message
from tocsin.core.plugins import choose, registered

ROWS_AHEAD = 200
"""Rows that a key which appears late is fitted to."""
MAX_SHOWN, MAX_SHAPES = 10_000, 50
UNNAMED = "other"
"""The platform of posts of which nothing says where they come from."""
_SAYING_SOMETHING = ("text", "title", "url", "repost_of", "quote_of", "media", "urls")


@dataclass(frozen=True)
class ImportOptions:
    """What the person said: ``--format --map --platform --source --dates``. ``stored`` is where
    the copy of the file lies that is read in its place. ``choose`` is shown name and first
    rows of a table or of JSON that no profile reads yet, and gives their mapping, or None.
    """

    format: str = "auto"
    mapping: Mapping[str, str] | None = None
    platform: str | None = None
    source: str | None = None
    dates: str | None = None
    stored: str | None = None
    choose: Callable[[str, list[dict[str, Any]]], Mapping[str, str] | None] | None = None


class FileReader:
    """One file being read into documents.

    ``format`` is the profile's name, or the importer's; ``columns`` the mapping, None for the
    exchange format and where a profile says what columns mean (``converter``);
    ``notes`` sentences for the report about what was met before the first row, ``late_notes`` what
    `documents` met on the way; ``damage`` what it found damaged.

    Raises:
        ConfigError: the file cannot be opened or no importer reads it, or a column does not exist.
    """

    def __init__(self, name: str, options: ImportOptions) -> None:
        self.options = options
        self.notes: list[str | Message] = []
        self.late_notes: list[Message] = []
        self.oldest: datetime | None = None
        self.damage = DamageReport()
        self.input = InputFile(name, options.stored)
        try:
            self._begin(name, options)
        except BaseException:
            self.input.close()
            raise

    def _begin(self, name: str, options: ImportOptions) -> None:
        mapping = options.mapping or {}
        self.format, importer = self._choose_importer()
        profile = self._find_profile(importer)
        if profile is not None and self._finder is not None:
            items = read_objects(self.input, profile)
        else:
            items = importer.read_rows(self.input, mapping)
        self._items = guarded_rows(items, self.format)
        self._sample = take_sample(self._items, getattr(importer, "sample_rows", SAMPLE_ROWS))
        self.notes += self.input.notes
        self.holds_captures = profile is not None and profile.captures
        mending = EncodingRepair(self.damage, frozenset(mapping.values()))
        first_rows = (item.values for item in self._sample if isinstance(item, Row))
        is_double = not self.holds_captures and find_double_encoding(first_rows)
        if is_double:
            self._sample = list(map(mending.item, self._sample))
            self._items = mending.items(self._items)
        rows = [item.values for item in self._sample if isinstance(item, Row)]
        self._seen = list(dict.fromkeys(key for row in rows for key in row))
        self.is_empty = not self._sample and not self.input.damaged
        chosen = None
        if options.choose is not None and profile is None and not importer.is_exchange_format:
            chosen = options.choose(name, rows)
        if chosen is not None:
            mapping = chosen
        elif self._finder is not None and records_of(importer) == TABLE:
            profile = self._finder.of_table(rows)
        if self._finder is not None:
            self.notes += self._finder.notes
        self.columns: ColumnMapping | None = None
        self.converter: ProfileConverter | None = None
        named = None if importer.is_exchange_format else source_name(name)
        self.source = options.source or named
        if profile is not None:
            self.format = profile.name
            if not self.is_empty:
                read_companion_files(profile, name)
                self.converter = ProfileConverter(profile, mapping, rows)
            names_platform = profile.platform is not None or "platform" in profile.gives
        elif importer.is_exchange_format:
            names_platform = any(row.get("platform") for row in rows)
        else:
            self.columns = map_columns(rows, mapping, name)
            self._late_keys = LateKeys(rows, MAPPABLE)
            self._fit_other_shapes()
            names_platform = "platform" in self.columns.mapping
        self._order = self._decide_dates(rows, importer, mapping)
        ids = DamagedIds(self._first_rows(), self.damage, ids_repeat=self.columns is not None)
        self._late_damage = LateDamage(ids, None if is_double else mending, self.damage)
        self._shared_ids = SharedIds(self.damage, ids_are_known=self.converter is not None)
        space = options.source or f"{source_name(name) or 'input'}-{self.input.fingerprint}"
        self._platform = options.platform
        if rows and not names_platform and not self._platform:
            self._platform = platform_of_rows(self._first_rows() if self.columns else ())
            code = f"intake.platform_{'by_address' if self._platform else 'unknown'}"
            self.notes.append(Message(code, {"file": name, "platform": self._platform}))
        self._unnamed = None if self._platform else space

    def _decide_dates(
        self, rows: list[dict[str, Any]], importer: Importer, mapping: Mapping[str, str]
    ) -> DateOrder | None:
        """Whether the day or the month comes first in slashed dates; the notes say it."""
        if self.columns is None and self.converter is None:
            return None
        times = list(self._times(Row(0, row) for row in rows))
        order = decide_order(
            times,
            asked=self.options.dates,
            header=header_of(rows),
            delimiter=getattr(importer, "delimiter", ""),
        )
        if order is None:
            return None
        if not order.is_sure and len(self._sample) >= SAMPLE_ROWS and self.input.name != "-":
            found = self._look_further(importer, mapping)
            if found is not None:
                order = DateOrder(found, "day", order.example)
        if self.columns is not None and self.columns.day_first != order.day_first:
            self.columns = map_columns(rows, mapping, self.input.name, day_first=order.day_first)
        if self.converter is not None:
            self.converter.profile.order_days(order.day_first)
        self.notes.append(order.note(self.input.name))
        return order

    def _first_rows(self) -> Iterator[Mapping[str, Any]]:
        """The first rows as exchange objects, as far as they can be read."""
        for item in self._sample:
            if not isinstance(item, Row):
                continue
            with suppress(Exception):  # what is wrong with a row is said when its turn comes
                if self.columns is not None:
                    yield self.columns.convert(item.values)
                elif self.converter is not None:
                    yield from (m for m in self.converter.convert(item) if isinstance(m, dict))
                else:
                    yield item.values

    def _times(self, items: Iterable[Item]) -> Iterator[Any]:
        """The times of rows as they are written."""
        column = self.columns.mapping.get("published_at") if self.columns is not None else None
        for item in items:
            if not isinstance(item, Row):
                continue
            if self.columns is not None:
                yield value_of(item.values, column) if column else None
            elif self.converter is not None:
                yield from self.converter.times(item)

    def _look_further(self, importer: Importer, mapping: Mapping[str, str]) -> bool | None:
        """Read on, behind the sample, to the first date that leaves no doubt."""
        try:
            with closing(InputFile(self.input.name, self.options.stored)) as again:
                items = islice(importer.read_rows(again, mapping), SAMPLE_ROWS, None)
                return values_settle(self._times(items))
        except Exception:  # what is wrong with the file is said when it is read
            return None

    def _find_profile(self, importer: Importer) -> BaseProfile | None:
        """The profile of a JSON file; that of a table is found by its first rows."""
        wanted = "" if self.options.format == "auto" else self.options.format
        self._finder: ProfileFinder | None = None
        if importer.is_exchange_format or (kind := records_of(importer)) not in (TABLE, OBJECTS):
            return None
        if (own := own_profile(importer, wanted, self.input.name)) is not None:
            return own
        if wanted and check_format(wanted) == "importer":
            return None
        self._finder = ProfileFinder(self.input, wanted)
        return self._finder.of_objects() if kind == OBJECTS else None

    def documents(
        self, collected_at: datetime | None = None
    ) -> Generator[tuple[int, Document] | RejectedRow | LeftOut, None, None]:
        """A document and its line, or why there is none, for every record of the file.

        An importer that raises ends the file with a `RejectedRow` that says so.
        """
        source, platform, unnamed = self.source, self._platform, self._unnamed
        convert = self.columns.convert if self.columns is not None else None
        late_keys = self._late_keys.find if self.columns is not None else None
        converter, order = self.converter, self._order
        late, settle = self._late_damage, self._shared_ids.settle
        must_wait, waiting, seen = late.must_wait, late.waiting, self.damage.seen
        items = LookaheadRows(self._sample, self._items)
        if converter is not None:
            converter.profile.begin()
        for item in items:
            if not isinstance(item, Row):
                yield item
                continue
            line, values, _ = item
            try:
                if converter is not None:
                    if order is not None:
                        for written in converter.written_times(item):
                            order.see(written)
                    yield from self._convert(converter, item, collected_at)
                    continue
                if order is not None and self.columns is not None:
                    order.see(values.get(self.columns.mapping.get("published_at", "")))
                if late_keys is not None and (paths := late_keys(values)):
                    convert = self._refit(paths, item, items.look(ROWS_AHEAD)).convert
                row = convert(values) if convert is not None else values
                if convert is not None and is_total(row, values):
                    yield LeftOut(line, "lines of totals")
                    continue
                if must_wait(row):
                    waiting.append((line, row, values))
                    continue
                if waiting:
                    yield from self._release(collected_at)
                if not late.is_sound:
                    row = late.mend(row)
                yield line, settle(read_row(seen(row), platform, source, collected_at, unnamed))
            except Unreadable as error:
                yield RejectedRow(line, error.message, str(values)[:MAX_SHOWN])
            except (TocsinError, OSError, MemoryError):
                raise
            except Exception as error:  # values that no reader of cells foresaw
                yield _defect(line, error, values)
        yield from self._release(collected_at)
        if order is not None and (note := order.late_note(self.input.name)) is not None:
            self.late_notes.append(note)
        if converter is not None:
            self.late_notes += converter.profile.notes(self.input.name)
        self.late_notes += [*self.damage.notes(self.input.name), *self.input.late_notes]

    def _convert(
        self, converter: ProfileConverter, record: Row, collected_at: datetime | None
    ) -> Iterator[tuple[int, Document] | RejectedRow | LeftOut]:
        """The documents of a record; one that cannot be taken does not cost the others."""
        platform, source, seen = self._platform, self.source, self.damage.seen
        for made in converter.convert(record):
            if type(made) is LeftOut:
                yield made
                continue
            assert isinstance(made, dict)
            if self._order is not None:
                put_in_order(made, self._order)
            if not self.holds_captures and self._late_damage.must_wait(made):
                self._late_damage.waiting.append((record.line, made, made))
                continue
            if self._late_damage.waiting:
                yield from self._release(collected_at)
            if not self._late_damage.is_sound:
                made = self._late_damage.mend(made)
            try:
                if self.holds_captures:
                    found = self._read_capture(made, collected_at)
                else:
                    row = read_row(seen(made), platform, source, collected_at, self._unnamed)
                    found = self._shared_ids.settle(row)
                yield record.line, found
            except Unreadable as error:
                yield RejectedRow(record.line, error.message, str(made)[:MAX_SHOWN])

    def _read_capture(self, made: dict[str, Any], collected_at: datetime | None) -> Document:
        """A page as it was when it was seen, and where its bytes will be."""
        raw, at = made.pop("raw", None), None if made.get("collected_at") else collected_at
        found = read_row(made, self._platform, self.source, at, self._unnamed)
        return replace(found, raw=Raw(**raw)) if raw else found

    def _release(self, collected_at: datetime | None) -> Iterator[Any]:
        """The documents of rows that waited until it was known whether they are damaged."""
        waiting, self._late_damage.waiting[:] = [*self._late_damage.waiting], []
        for line, row, written in waiting:
            try:
                made = self.damage.seen(self._late_damage.mend(row))
                found = read_row(made, self._platform, self.source, collected_at, self._unnamed)
                yield line, self._shared_ids.settle(found)
            except Unreadable as error:
                yield RejectedRow(line, error.message, str(written)[:MAX_SHOWN])
            except (TocsinError, OSError, MemoryError):
                raise
            except Exception as error:  # values that no reader of cells foresaw
                yield _defect(line, error, written)

    def key_sources(self) -> dict[str, tuple[str | None, str]]:
        """Key -> the column that it is read from, and how that was found: ``map``, ``profile``,
        ``guess``, or ``name`` (it is named like the key).
        """
        wanted = self.options.mapping or {}
        found: dict[str, tuple[str | None, str]] = {}
        if self.converter is not None:
            by_key = self.converter.profile.sources()
            found = {key: (", ".join(columns), "profile") for key, columns in by_key.items()}
        elif self.columns is not None:
            found = {
                key: (column, "guess" if key in self.columns.guessed else "name")
                for key, column in self.columns.mapping.items()
            }
        found |= {key: (column, "map") for key, column in wanted.items()}
        paired = self.columns.paired() if self.columns is not None else {}
        return found | {key: (", ".join(both), "guess") for key, both in paired.items()}

    def left_aside(self) -> list[str]:
        """Columns of the first rows that serve no key (they are kept in ``extra``)."""
        if self.converter is not None:
            used = set(chain.from_iterable(self.converter.profile.sources().values()))
            used |= {*(self.options.mapping or {}).values(), *self.converter.profile.also_read()}
            return [c for c in self._seen if c not in used] if used else []
        if self.columns is None:
            return []
        columns = {*self.columns.mapping.values(), *chain(*self.columns.paired().values())}
        used = columns | {column.partition(".")[0] for column in columns}
        return [c for c in self._seen if c not in used]

    def _refit(self, paths: list[str], row: Row, following: list[Item]) -> ColumnMapping:
        """The columns with those that first appear in this row; said in ``late_notes``."""
        assert self.columns is not None
        rows = [row.values, *(item.values for item in following if isinstance(item, Row))]
        columns = extend_columns(self.columns, self.options.mapping or {}, paths, rows)
        if columns is not self.columns:
            found = ", ".join(f"{key}={column}" for key, column in columns.late.items())
            parameters = {"file": self.input.name, "line": row.line, "columns": found}
            self.late_notes.append(Message("intake.late_columns", parameters))
            self.columns = columns
        return columns

    def _fit_other_shapes(self) -> None:
        """Objects of another shape among the first rows, that say text, time or author in other
        keys, are read by those.
        """
        shapes: dict[frozenset[str], list[Row]] = {}
        for item in self._sample:
            if isinstance(item, Row):
                shapes.setdefault(frozenset(item.values), []).append(item)
        if len(shapes) < 2:
            return
        for rows in sorted(shapes.values(), key=len, reverse=True)[:MAX_SHAPES]:
            assert self.columns is not None
            needed = map(self.columns.mapping.get, ("text", "published_at", "author.id"))
            if any(value_of(rows[0].values, column) is None for column in needed if column):
                following: list[Item] = [*rows[1:ROWS_AHEAD]]
                self._refit(paths_of([row.values for row in rows[:ROWS_AHEAD]]), rows[0], following)

    def close(self) -> None:
        """Close the file."""
        self.input.close()

    def _choose_importer(self) -> tuple[str, Importer]:
        """The importer that ``--format`` names, else the one that is surest of the file."""
        options = self.options
        profile = None
        if options.format != "auto" and check_format(options.format) == "profile":
            profile = make_profile(options.format)
        elif options.format != "auto":
            importer: Importer = choose("importer", options.format, IMPORTERS)()
            if options.mapping and importer.is_exchange_format:
                raise ConfigError(Message("reading.map_exchange"))
            if reads(importer) != self.input.kind:
                kinds = {"text": Message("reading.text_file")}
                kind = kinds.get(self.input.kind, self.input.kind)
                told = {"file": self.input.name, "kind": kind, "format": options.format}
                raise ConfigError(Message("reading.other_kind", told))
            return options.format, importer
        scores: list[tuple[float, str, Importer]] = []
        for name in registered("importer", IMPORTERS):
            if name in NO_TEXT and name != self.input.kind:
                continue
            try:
                importer = choose("importer", name, IMPORTERS)()
                if options.mapping and importer.is_exchange_format:
                    continue
                if reads(importer) != self.input.kind:
                    continue
                if profile is not None and records_of(importer) not in profile.takes:
                    continue
                scores.append((importer.recognises(self.input), name, importer))
            except OSError:
                raise
            except Exception as error:  # an importer of another package: the others still read
                if name in IMPORTERS:
                    raise
                self.notes.append(
                    Message("reading.importer_left", {"importer": name, "error": describe(error)})
                )
        if not scores and profile is not None:
            told = {"profile": profile.name, "file": self.input.name}
            told |= {"kinds": " or ".join(profile.takes)}
            raise ConfigError(Message("reading.profile_takes", told))
        _, name, importer = max(scores, key=lambda score: score[0])
        return name, importer


def _defect(line: int, error: Exception, written: Any) -> RejectedRow:
    reason = Message("reading.defect", {"error": describe(error)})
    return RejectedRow(line, reason, str(written)[:MAX_SHOWN], is_defect=True)


def read_row(
    row: dict[str, Any],
    platform: str | None,
    source: str | None = None,
    collected_at: datetime | None = None,
    unnamed: str | None = None,
) -> Document:
    """The document of an exchange object that may lack platform, id and the lists that stand in its
    text.

    Changes ``row``.

    Args:
        unnamed: where neither the row nor ``platform`` says where it comes from, it is ``other``,
            and this keeps its ids apart from those of other files.

    Raises:
        Unreadable: it says nothing (no text, title, address or pointer), or `from_exchange` refuses
            it.
    """
    get = row.get
    if not get("platform"):
        row["platform"] = platform or (UNNAMED if unnamed else None)
        if not platform and unnamed:
            keep_apart(row, unnamed)
    fill_from_text(row, row["platform"])
    if get("id") in (None, ""):
        if not any(get(key) for key in _SAYING_SOMETHING):
            raise Unreadable(Message("reading.nothing_said"))
        row["id"] = make_id(row)
    return from_exchange(row, source=source, collected_at=collected_at)


def _is_json(importer: Importer) -> bool:
    """Whether profiles see the head of the file, since its objects may lie within others."""
    return records_of(importer) == OBJECTS and reads(importer) == "text"
