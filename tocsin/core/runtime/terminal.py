"""A terminal that keeps together what a no-break space holds: rich breaks lines there, too.

And the widths of a table's columns: rich would break ids and words to keep columns alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment

_HELD = {0x202F: "\ue000", 0x00A0: "\ue001"}
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Signs that turn the direction of what stands after them on the line: a text of a stranger would
rewrite ours."""
_BORDER = 3  # columns of the terminal that a column of a table takes beside its text
_LINES = 2  # a row that is higher on average is read more easily as lines of its own
_SHORT = 24  # columns of the terminal; what is wider is a line of its own
_FREE = {ord(held): chr(space) for space, held in _HELD.items()}


def hold(text: str) -> str:
    """The text with signs of no meaning in place of no-break spaces: no line is broken there.
    Signs that turn the direction of the rest of the line are left out."""
    return text.translate(_HELD | _TURNS)


class Terminal(Console):
    """A console that writes the no-break spaces again that `hold` replaced."""

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich's; no-break spaces of plain text hold."""
        held = (hold(one) if isinstance(one, str) else one for one in objects)
        super().print(*held, **options)

    def render(self, *arguments: Any, **options: Any) -> Iterable[Segment]:
        """As rich's, after lines were broken."""
        for segment in super().render(*arguments, **options):
            yield Segment(segment.text.translate(_FREE), segment.style, segment.control)


def column_widths(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How wide each column of a table is to be; None where it would not be read as a table.

    No word is broken, so that ids and addresses can be copied; the rest of the room goes to the
    columns that need it, the narrow ones first.

    Args:
        rows: (n, columns) cells, the heads among them.
        room: columns of the terminal.

    Returns:
        (columns,) widths; None where words would be broken, or rows be high.
    """
    columns = list(zip(*rows, strict=True))
    least = [
        max(cell_len(word) for cell in cells for word in (cell.split() or [" "]))
        for cells in columns
    ]
    spare = room - _BORDER * len(columns) - 1 - sum(least)
    if spare < 0:
        return None
    widths = list(least)
    # the cells first: heads may take several lines, since what they say is read once
    for first in (1, 0):
        wanted = [max(map(cell_len, cells[first:]), default=0) for cells in columns]
        missing = [max(0, full - width) for full, width in zip(wanted, widths, strict=True)]
        for done, at in enumerate(sorted(range(len(columns)), key=missing.__getitem__)):
            given = min(missing[at], spare // (len(columns) - done))
            widths[at] += given
            spare -= given
    heights = [
        max(-(-cell_len(cell) // width) for cell, width in zip(row, widths, strict=True))
        for row in rows[1:]
    ]
    return None if sum(heights) > _LINES * len(heights) else widths


def long_columns(rows: Sequence[Sequence[str]]) -> list[bool]:
    """(columns,) whether a column of (n, columns) cells holds texts; the first one never does."""
    columns = list(zip(*rows, strict=True))
    return [at > 0 and max(map(cell_len, cells)) > _SHORT for at, cells in enumerate(columns)]
