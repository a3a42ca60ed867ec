"""From a file to documents: importer, columns, and what a row still lacks."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import Any

from crawlers.importing.column_mapping import Columns, fit_columns
from crawlers.importing.formats.base import IMPORTERS, Broken, Importer, Item, Row
from crawlers.importing.input_file import Input
from crawlers.importing.text_entities import fill_from_text
from tocsin.core.dates import read_moment
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError, Unreadable
from tocsin.core.exchange import from_exchange
from tocsin.core.plugins import choose, resolve

SAMPLE_ROWS = 1_000
SAMPLE_CHARACTERS = 4_000_000
MAX_SHOWN = 10_000


@dataclass(frozen=True)
class Asked:
    """What the person said: ``--format --map --platform --source``."""

    format: str = "auto"
    mapping: Mapping[str, str] | None = None
    platform: str | None = None
    source: str | None = None


class Reading:
    """One file being read into documents.

    ``format`` is the importer's name; ``columns`` the mapping, None for the exchange format.

    Raises:
        ConfigError: the file cannot be opened or is none that an importer reads, a column does not
            exist, or nothing says the platform.
    """

    def __init__(self, name: str, asked: Asked) -> None:
        self.asked = asked
        self.input = Input(name)
        try:
            self._begin(name, asked)
        except BaseException:
            self.input.close()
            raise

    def _begin(self, name: str, asked: Asked) -> None:
        wanted = asked.mapping or {}
        self.format, importer = _importer(self.input, asked)
        self._items = importer.rows(self.input, wanted)
        self._sample = _sample(self._items)
        rows = [item.values for item in self._sample if isinstance(item, Row)]
        self.empty = not self._sample and not self.input.damaged
        self.columns: Columns | None = (
            None if importer.speaks_exchange else fit_columns(rows, wanted, name)
        )
        self.source = asked.source or (None if importer.speaks_exchange else _data_set(name))
        said = (
            any(row.get("platform") for row in rows)
            if self.columns is None
            else "platform" in self.columns.mapping
        )
        if rows and not said and not asked.platform:
            raise ConfigError(
                f"nothing in {name} says where its posts come from; name it: --platform x (or mastodon, reddit, web, ...)"
            )

    def documents(
        self, collected_at: datetime | None = None
    ) -> Generator[tuple[int, Document] | Broken, None, None]:
        """A document and its line, or why there is none, for every record of the file."""
        columns, source, platform = self.columns, self.source, self.asked.platform
        convert = columns.convert if columns is not None else None
        for item in _joined(self._sample, self._items):
            if isinstance(item, Broken):
                yield item
                continue
            line, values = item
            try:
                row = convert(values) if convert is not None else values
                yield line, read_row(row, platform, source, collected_at)
            except Unreadable as error:
                yield Broken(line, str(error), str(values)[:MAX_SHOWN])

    def close(self) -> None:
        """Close the file."""
        self.input.close()


def read_row(
    row: dict[str, Any],
    platform: str | None,
    source: str | None = None,
    collected_at: datetime | None = None,
) -> Document:
    """The document of an exchange object that may lack platform, id and the lists that stand in its text. Changes ``row``.

    Raises:
        Unreadable: it says nothing (no text, title, address or pointer), or `from_exchange` refuses it.
    """
    get = row.get
    if not get("platform"):
        row["platform"] = platform
    fill_from_text(row, row["platform"])
    if get("id") in (None, ""):
        if not any(get(key) for key in ("text", "title", "url", "repost_of")):
            raise Unreadable("the row has neither an id nor a text, title or url")
        row["id"] = made_id(row)
    return from_exchange(row, source=source, collected_at=collected_at)


def made_id(row: Mapping[str, Any]) -> str:
    """24 hex digits of platform, author, time and text (title and address where they stand for it): the same row, the same id."""
    author = row.get("author")
    if isinstance(author, Mapping):
        author = author.get("id")
    moment = row.get("published_at")
    if not isinstance(moment, datetime):
        found = read_moment(moment)
        moment = found[0] if found else moment
    at = f"{moment.timestamp():.3f}" if isinstance(moment, datetime) else moment
    title, text = row.get("title") or "", row.get("text") or ""
    said = f"{row.get('platform')}\x1f{author}\x1f{at}\x1f{title}\x1f{text}"
    if not text and not title:
        said += f"\x1f{row.get('url')}\x1f{row.get('repost_of')}"
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _importer(source: Input, asked: Asked) -> tuple[str, Importer]:
    if asked.format != "auto":
        made: Importer = choose("format", asked.format, IMPORTERS)()
        if asked.mapping and made.speaks_exchange:
            raise ConfigError(
                "--map is for CSV and other JSON; the exchange format names its own keys (leave out --map or --format tocsin)"
            )
        return asked.format, made
    known: list[tuple[str, Importer]] = [
        (name, resolve(where)()) for name, where in IMPORTERS.items()
    ]
    if asked.mapping:
        known = [(name, made) for name, made in known if not made.speaks_exchange]
    return max(known, key=lambda pair: pair[1].recognises(source))


def _sample(items: Iterator[Item]) -> list[Item]:
    sample, size = [], 0
    for item in islice(items, SAMPLE_ROWS):
        sample.append(item)
        size += len(str(item))
        if size > SAMPLE_CHARACTERS:
            break
    return sample


def _joined(sample: list[Item], items: Iterator[Item]) -> Iterator[Item]:
    yield from sample
    sample.clear()
    yield from items


def _data_set(name: str) -> str | None:
    if name == "-":
        return None
    stem = PurePath(name).name
    for ending in (".gz", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt"):
        stem = stem.removesuffix(ending)
    return stem or None
