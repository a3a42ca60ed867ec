"""Lines of a table that are no rows: the header once more, where files were put one behind another.

A second header may have its columns in another order, or others: it holds from there on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_MOST = 0.6
_FEW = 2
_TOTAL = re.compile(
    r"(?:grand |sous-|sub)?totals?\b|totaux\b|sommes?\b|sums?\b|moyennes?\b|averages?\b|count\b"
    r"|gesamt\b|summe\b|(?:nombre|number) (?:de|of|total)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"[\d\s.,%'’:+-]+")


class HeaderLines:
    """Knows a table's header again, by the cells of its first one."""

    def __init__(self, first: Sequence[str]) -> None:
        self._names = {_name(cell) for cell in first} - {""}

    def is_header(self, record: Sequence[str]) -> bool:
        """Whether most cells of a record are names of columns, and no two are the same."""
        if _name(record[0]) not in self._names and _name(record[-1]) not in self._names:
            return False  # nearly every row
        filled = [name for cell in record if (name := _name(cell))]
        named = self._names.intersection(filled)
        enough = max(_FEW, _MOST * len(self._names), _MOST * len(filled))
        return len(named) >= enough and len(set(filled)) >= len(filled) - 1


def _name(cell: str) -> str:
    return cell.strip().lstrip("\ufeff")


def find_twins(header: Sequence[str], record: Sequence[str]) -> list[tuple[int, int]]:
    """Columns that have the name of an earlier one: (place, place of the first)."""
    first: dict[str, int] = {}
    twins = []
    for place, cell in enumerate(record[: len(header)]):
        name = _name(cell)
        if name and first.setdefault(name, place) != place:
            twins.append((place, first[name]))
    return twins


def fill_twins(record: list[str], twins: Sequence[tuple[int, int]]) -> None:
    """Where the first of two columns of one name is empty, the other one serves."""
    for place, first in twins:
        if record[place] and not record[first]:
            record[first], record[place] = record[place], ""


def is_total(row: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a row without a time is the line of totals under a table.

    Args:
        row: the row as an exchange object.
        values: its cells.
    """
    if row.get("published_at") is not None or row.get("url"):
        return False
    first = next((value for value in values.values() if value not in (None, "")), None)
    if not isinstance(first, str) or _TOTAL.match(first) is None:
        return False
    others = [v for v in values.values() if v not in (None, "", first)]
    return all(isinstance(v, str) and _COUNT.fullmatch(v) is not None for v in others)
