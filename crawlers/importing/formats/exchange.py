"""Tocsin's own format: an object of the exchange format a line (or in an array)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crawlers.importing.formats.base import Item
from crawlers.importing.formats.json_rows import first_json_objects, looks_like_json, read_json
from crawlers.importing.input_file import InputFile
from tocsin.core.documents import FOUND_KEYS, SEEN_KEYS, STRUCTURE_KEYS
from tocsin.core.exchange import KEYS, TRUNCATED

_KEYS = frozenset({*KEYS, *FOUND_KEYS, *STRUCTURE_KEYS, *SEEN_KEYS, TRUNCATED})


class ExchangeImporter:
    """Objects of the exchange format."""

    is_exchange_format = True

    def recognises(self, source: InputFile) -> float:
        if not looks_like_json(source):
            return 0.0
        objects = first_json_objects(source)
        of_exchange_format = sum(
            {"id", "platform"} <= row.keys()
            and not {"published_at", "text", "title", "url", "author"}.isdisjoint(row)
            # without a time and an author, keys of its own may be what holds them
            and (not {"published_at", "author"}.isdisjoint(row) or row.keys() <= _KEYS)
            for row in objects
        )
        return 1.0 if objects and 2 * of_exchange_format >= len(objects) else 0.1

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        return read_json(source)
