"""Where the header of a table is: suites write a few lines about the report before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

LOOKED_AT = 50
_FEW = 0.4
_NUMBER = re.compile(r"[\d\s.,:/+-]+")


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """The position of the header among the first rows, 0 where nothing says otherwise.

    A preamble is narrow (a title, a period, empty lines) and what follows is wide: the header is
    the first row that fills most columns, with names and no numbers.
    """
    first = rows[:LOOKED_AT]
    filled = [sum(bool(cell.strip()) for cell in row) for row in first]
    if not filled:
        return 0
    start = next((n for n, size in enumerate(filled) if size), 0)
    wide = sorted(filled[start:])[len(filled[start:]) // 2 :]
    width = wide[len(wide) // 2]
    if width < 4 or filled[start] > max(2, _FEW * width):
        return start
    for number in range(start + 1, len(first)):
        names = [cell.strip() for cell in first[number] if cell.strip()]
        if len(names) >= 0.6 * width and not any(_NUMBER.fullmatch(name) for name in names):
            return number
    return start


def unique_names(cells: Sequence[str]) -> list[str]:
    """The names of columns: empty and repeated ones are numbered."""
    header: list[str] = []
    taken: set[str] = set()
    for position, cell in enumerate(cells, start=1):
        cell = cell.strip().lstrip("\ufeff") or f"column {position}"
        header.append(cell if cell not in taken else f"{cell} {position}")
        taken.add(header[-1])
    return header
