"""Which sheets of a workbook hold the posts: others are notes, summaries and glossaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crawlers.importing.column_guesses import guess_columns
from crawlers.importing.formats.table_header import find_header

LOOKED_AT = 50
"""Rows of each sheet that are looked at."""
_WRITTEN = frozenset({"text", "title"})
_BY_OR_WHEN = frozenset({"author.id", "author.handle", "published_at"})


def choose_sheets(
    first_rows: Mapping[str, Sequence[Sequence[str]]], wanted: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The sheet that looks most like posts with those that have its header; and the others that
    hold something.

    That is: it has the columns that ``wanted`` (``--map``) names, else columns of a text and of a
    time or author, else most filled cells.

    Args:
        first_rows: sheet -> its first rows, as texts.
        wanted: exchange key -> column.
    """
    heads: dict[str, list[str]] = {}
    scores: dict[str, tuple[int, bool, int, int]] = {}
    for name, rows in first_rows.items():
        at = find_header(rows) if rows else 0
        head = [cell.strip() for cell in rows[at] if cell.strip()] if rows else []
        heads[name] = head
        keys = set(guess_columns(head, lambda _: [], {}))
        scores[name] = (
            len(set(wanted.values()) & set(head)),
            bool(keys & _WRITTEN and keys & _BY_OR_WHEN) and len(rows) > at + 1,
            sum(bool(cell.strip()) for row in rows[at:] for cell in row),
            len(head),
        )
    best = max(heads, key=lambda name: scores[name], default="")
    chosen = [name for name, head in heads.items() if head == heads[best]]
    return chosen, [name for name, head in heads.items() if head and name not in chosen]
