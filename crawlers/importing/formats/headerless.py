"""Tables without a header: what a column is, by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawlers.importing.column_guesses import CANDIDATES, normalise_name
from tocsin.core.text import ADDRESS

_NAMES = frozenset(name for names in CANDIDATES.values() for name in names)
_TIME = re.compile(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T ]\d\d?:\d\d.*)?|\d\d?[-/.]\d\d?[-/.]\d{4}(?:[T ]\d\d?:\d\d.*)?"
    r"|1[0-9]{9}(?:[.]\d+|\d{3})?"
)
_NUMBER = re.compile(r"\d{5,20}")
_WORD = re.compile(r"@?[^\s,;]{3,50}")
_MOST = 0.8


def names_without_header(records: Sequence[Sequence[str]]) -> list[str] | None:
    """Names for the columns of a table whose first record is a row already; None where that is a
    header, or where no column holds a text.

    A header says what columns are: none of its cells is a time, a long number or an address.
    """
    if not records or any(normalise_name(cell) in _NAMES for cell in records[0]):
        return None
    first = [cell.strip() for cell in records[0]]
    data = (_TIME, _NUMBER, ADDRESS)
    if not any(kind.fullmatch(cell) for cell in first for kind in data):
        return None
    rows = [record for record in records if len(record) == len(first)]
    columns = [
        [cell.strip() for cell in column if cell.strip()] for column in zip(*rows, strict=True)
    ]
    names: dict[int, str] = {}

    def take(name: str, fits: Sequence[bool]) -> None:
        place = next((n for n, fit in enumerate(fits) if fit and n not in names), None)
        if place is not None:
            names[place] = name

    take("date", [_is(cells, _TIME) for cells in columns])
    take("id", [_is(cells, _NUMBER) and len({*cells}) == len(cells) for cells in columns])
    take("url", [_is(cells, ADDRESS) for cells in columns])
    lengths = [
        sum(map(len, cells)) / len(cells) if any(" " in c for c in cells) else 0.0
        for cells in columns
    ]
    left = [n for n in range(len(columns)) if n not in names]
    longest = max(left, key=lambda n: lengths[n], default=0)
    if not left or not lengths[longest]:
        return None
    names[longest] = "text"
    take("author", [_is(cells, _WORD) and not _is(cells, ADDRESS) for cells in columns])
    return [names.get(n, f"column {n + 1}") for n in range(len(columns))]


def _is(cells: Sequence[str], kind: re.Pattern[str]) -> bool:
    return bool(cells) and sum(kind.fullmatch(c) is not None for c in cells) >= _MOST * len(cells)
