"""What a report is made of, whatever it is written as.

Texts are ready to be shown: in the reader's language, accounts as the privacy settings say, without
control characters. They are never markup; each writer escapes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from tocsin.core.language.words import Words

Cell: TypeAlias = "str | int | float | datetime | None"


@dataclass(frozen=True)
class Share:
    """A share of 0 to 1: shown as a percentage, in a workbook as a number."""

    value: float


@dataclass(frozen=True)
class ReportTable:
    """``name`` is that of a sheet; ``rows`` have a cell for each of ``heads``."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell | Share]]


@dataclass(frozen=True)
class Picture:
    """A chart as PNG, with its title, legend, source and date in it; ``alt`` says it in words."""

    png: bytes
    alt: str


@dataclass(frozen=True)
class Section:
    """A part of a report. What is empty is left out."""

    title: str
    paragraphs: Sequence[str] = ()
    table: ReportTable | None = None
    picture: Picture | None = None


@dataclass(frozen=True)
class Report:
    """A report. ``subtitle`` says of when and of what it is."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    words: Words
    counts: dict[str, int] = field(default_factory=dict)


def shown(cell: Cell | Share, words: Words) -> str:
    """A cell as a person reads it."""
    if cell is None:
        return "–"
    if isinstance(cell, Share):
        return words.percent(cell.value)
    if isinstance(cell, datetime):
        return words.moment(cell)
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int):
        return words.number(cell)
    return words.decimal(cell) if isinstance(cell, float) else cell


def plain(cell: Cell | Share) -> Cell:
    """A cell as a workbook keeps it."""
    return cell.value if isinstance(cell, Share) else cell


def is_number(cell: Cell | Share) -> bool:
    """Whether a cell stands at the right of its column."""
    return isinstance(cell, (int, float, Share))
