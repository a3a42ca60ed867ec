"""Keys that first appear after the rows that the columns were fitted to.

JSON files name a key only where it has a value, so that ids, links or tags may begin late. A row is
compared with the keys seen so far, set against set; nested objects are entered only where a key of
the exchange format may stand in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawlers.importing.column_guesses import CANDIDATES, normalise_name

MAX_KEYS = 5_000
MAX_LIST = 20


@dataclass(slots=True)
class _Level:
    """The keys met at one place, and the places under it that are worth a look."""

    path: str = ""
    known: set[str] = field(default_factory=set)
    under: dict[str, _Level] = field(default_factory=dict)


class LateKeys:
    """Watches rows for paths that may be a key of the exchange format and were not met before.

    Args:
        rows: the rows that the columns were fitted to; their paths are known.
        names: exchange keys that columns may be named after.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> None:
        self._exact = frozenset(names)
        self._wanted = {normalise_name(name) for name in self._exact}
        self._wanted.update(name for list_ in CANDIDATES.values() for name in list_)
        self._heads = {
            ".".join(parts[:size])
            for parts in (name.split(".") for name in self._wanted)
            for size in range(1, len(parts))
        }
        self._root = _Level()
        self._are_all_known = True
        for row in rows:
            self.find(row)
        self._are_all_known = False

    def find(self, row: Mapping[str, Any]) -> list[str]:
        """The paths of this row that are new, hold something, and may be a key."""
        found: list[str] = []
        self._look(row, self._root, found)
        return found

    def _look(self, value: Mapping[str, Any], level: _Level, found: list[str]) -> None:
        if not level.known.issuperset(value):
            self._meet(value, level, found)
        for key, under in level.under.items():
            inner = value.get(key)
            if isinstance(inner, dict):
                self._look(inner, under, found)
            elif isinstance(inner, list):
                for each in inner[:MAX_LIST]:
                    if isinstance(each, dict):
                        self._look(each, under, found)

    def _meet(self, value: Mapping[str, Any], level: _Level, found: list[str]) -> None:
        for key, inner in value.items():
            if key in level.known:
                continue
            path = f"{level.path}{key}"
            name = normalise_name(path)
            is_wanted = name in self._wanted
            is_empty = inner is None or inner == ""
            if is_wanted and is_empty and not self._are_all_known:
                continue  # its first value says more than its name
            if len(level.known) < MAX_KEYS or is_wanted or name in self._heads:
                level.known.add(key)
            if name in self._heads:
                level.under[key] = _Level(f"{path}.")
            if is_wanted:
                found.append(path)
