"""Whether ``03/04/2026`` is in March or in April: decided once for a file, by evidence, and said.

Evidence, strongest first: what the person said; a day above 12 anywhere in the file; a reading that
would lie in the future; then what rows, header and delimiter speak for: in one reading the rows are
in order or close to each other, the header is in a language that puts the day first, cells are
parted by ``;``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tocsin.core.dates import parse_time, slashed_parts
from tocsin.core.messages import Message
from tocsin.core.text import fold

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
MAX_SEEN = 5_000
"""Dates of the beginning of a file that are compared with each other."""
_DAY_FIRST_HEADER = re.compile(
    r"\b(?:auteur|texte|contenu|titre|langue|heure|compte|utilisateur|abonnes|partages|message"
    r"|publie|pays|autor|autora|texto|fecha|titulo|idioma|data|testo|autore|titolo|datum|verfasser"
    r"|inhalt|sprache|titel)s?\b"
)
_CLOSER = 3.0
"""So many times shorter is the span of dates that belong together."""
_ORDERED, _UNORDERED = 0.95, 0.85
_FEW = 3


@dataclass
class DateOrder:
    """How a file's slashed dates are read, and why.

    ``because`` names the evidence: ``asked day future order near header delimiter``, or ``nothing``
    (then the month is taken to come first, and the report asks).
    """

    day_first: bool
    because: str
    example: str
    contradicted: int = 0
    first_contradiction: str = field(default="")

    @property
    def is_sure(self) -> bool:
        """Whether no other row of the file could change it."""
        return self.because in ("asked", "day")

    def see(self, value: Any) -> None:
        """Count a date that can only be read the other way."""
        parts = slashed_parts(value) if isinstance(value, str) else None
        if parts is None:
            return
        above = parts[1] if self.day_first else parts[0]
        if 12 < above <= 31:
            self.contradicted += 1
            self.first_contradiction = self.first_contradiction or str(value)[:40]

    def note(self, name: str) -> Message:
        """The sentence for the report about how the dates are read."""
        order = "day" if self.day_first else "month"
        if self.because == "nothing":
            return Message("intake.dates_open", {"file": name, "example": self.example})
        reason = Message(f"intake.dates_because.{self.because}")
        parameters = {"file": name, "example": self.example, "because": reason}
        return Message(f"intake.dates_{order}_first", parameters)

    def late_note(self, name: str) -> Message | None:
        """The sentence about dates that contradict it, once the file is read."""
        if not self.contradicted:
            return None
        parameters = {
            "file": name, "n": self.contradicted, "example": self.first_contradiction,
        }  # fmt: skip
        return Message("intake.dates_contradict", parameters)


def decide_order(
    values: Iterable[Any],
    *,
    asked: str | None = None,
    header: Sequence[str] = (),
    delimiter: str = "",
    now: datetime | None = None,
) -> DateOrder | None:
    """The order of day and month in these dates of one column; None where none leaves a doubt.

    Args:
        values: the column's values in the order of the rows.
        asked: ``day-first`` or ``month-first``, where the person said it.
        header: the file's column names.
        delimiter: what parts its cells.
        now: the time of the import, UTC.
    """
    values = list(values)
    written = [v.strip() for v in values if isinstance(v, str) and slashed_parts(v) is not None]
    if not written:
        return None
    parts = [part for v in written if (part := slashed_parts(v)) is not None]
    open_ones = [v for v, (a, b) in zip(written, parts, strict=True) if a <= 12 and b <= 12]
    example = next((v for v in open_ones if len(set(slashed_parts(v) or ())) == 2), written[0])
    if asked:
        return DateOrder(asked == DAY_FIRST, "asked", example)
    days = sum(12 < a <= 31 and b <= 12 for a, b in parts)
    months = sum(12 < b <= 31 and a <= 12 for a, b in parts)
    if days or months:
        return DateOrder(days >= months, "day", example)
    if all(a == b for a, b in parts):
        return None
    clear = [
        moment[0]
        for value in values[:MAX_SEEN]
        if not (isinstance(value, str) and slashed_parts(value)) and (moment := parse_time(value))
    ]
    return _weigh(written[:MAX_SEEN], clear, example, header, delimiter, now or datetime.now(UTC))


def values_settle(values: Iterable[Any]) -> bool | None:
    """Whether the first date that leaves no doubt has its day first; None where there is none."""
    for value in values:
        parts = slashed_parts(value) if isinstance(value, str) else None
        if parts is not None and 12 < max(parts) <= 31 and min(parts) <= 12:
            return parts[0] > 12
    return None


def _weigh(
    written: list[str],
    clear: list[datetime],
    example: str,
    header: Sequence[str],
    delimiter: str,
    now: datetime,
) -> DateOrder:
    """What speaks for either reading; ``clear`` are the column's dates that leave no doubt."""
    by_day = [m[0] for v in written if (m := parse_time(v, day_first=True))]
    by_month = [m[0] for v in written if (m := parse_time(v, day_first=False))]
    latest = now + timedelta(days=1)
    if (future := max(by_day) > latest) != (max(by_month) > latest):
        return DateOrder(not future, "future", example)
    votes: dict[str, int] = {}
    if len(set(by_day)) >= _FEW:
        votes["order"] = 2 * _compare(_in_order(by_month), _in_order(by_day))
        votes["near"] = 2 * _nearer(_span(by_day), _span(by_month))
    if clear:
        among = sorted(clear)[len(clear) // 2]
        day, month = (abs(sorted(m)[len(m) // 2] - among) for m in (by_day, by_month))
        votes["near"] = votes.get("near", 0) + 2 * _nearer(day, month)
    if any(_DAY_FIRST_HEADER.search(fold(str(name)).replace("_", " ")) for name in header):
        votes["header"] = 2
    if delimiter == ";":
        votes["delimiter"] = 1
    total = sum(votes.values())
    if not total:
        return DateOrder(False, "nothing", example)
    because = max(votes, key=lambda name: votes[name] * (1 if total > 0 else -1))
    return DateOrder(total > 0, because, example)


def _compare(month: float, day: float) -> int:
    if day >= _ORDERED and month < _UNORDERED:
        return 1
    return -1 if month >= _ORDERED and day < _UNORDERED else 0


def _nearer(day: timedelta, month: timedelta) -> int:
    if day * _CLOSER <= month:
        return 1
    return -1 if month * _CLOSER <= day else 0


def _in_order(moments: list[datetime]) -> float:
    """The share of neighbours that go the way most go (up or down)."""
    steps = [b - a for a, b in pairwise(moments) if a != b]
    if not steps:
        return 1.0
    up = sum(step > timedelta(0) for step in steps)
    return max(up, len(steps) - up) / len(steps)


def _span(moments: list[datetime]) -> timedelta:
    return max(moments) - min(moments)


def put_in_order(made: dict[str, Any], order: DateOrder) -> None:
    """Read the time of an exchange object that still has it as written, with the file's order."""
    value = made.get("published_at")
    if not isinstance(value, str):
        return
    order.see(value)
    moment = parse_time(value, day_first=order.day_first) if order.day_first else None
    if moment is not None and slashed_parts(value) is not None:
        made["published_at"] = moment[0]
        made.setdefault("published_precision", moment[1])


def header_of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The names of the columns of the first row."""
    return tuple(map(str, rows[0])) if rows else ()
