"""Success is counted in what was filled, not in rows that went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tocsin.core.dates import parse_time
from tocsin.core.documents import Document, Precision
from tocsin.core.exchange import TRUNCATED
from tocsin.core.messages import Message

FEW = 0.5
"""Share of rows below which a key is said to be filled in few of them."""
KEYS = ("text", "published_at", "author")
INVALID = "invalid"
"""Where `tocsin.core.exchange` keeps in ``extra`` what does not fit its key."""
KEYS_SAID = 5
MIN_TIMES, NEARLY_ALL = 50, 0.99
"""Times from which, and share of whole minutes or days at which, they are taken as written so."""
COARSE = (Precision.DAY, Precision.MINUTE, Precision.GUESSED)


class FillCounts:
    """What the rows of an import have (text, time, author), how exact times are, what was cut."""

    def __init__(self) -> None:
        self.rows = 0
        self.rejected = 0
        self.filled: Counter[str] = Counter()
        self.precisions: Counter[Precision] = Counter()
        self.truncated = 0
        self.whole_minutes = self.whole_days = 0
        self.unread: Counter[str] = Counter()
        self.unread_example: dict[str, str] = {}
        self.outside: Counter[str] = Counter()
        """Of ``unread``, times that can be read and cannot be true."""

    def add(self, documents: Sequence[Document]) -> None:
        """Count documents that were read."""
        self.rows += len(documents)
        self.filled["text"] += sum(1 for d in documents if d.text or d.title)
        timed = [d for d in documents if d.published_at is not None]
        exact = [d.published_at for d in timed if d.published_precision is Precision.EXACT]
        self.filled["published_at"] += len(timed)
        if exact:
            self.precisions[Precision.EXACT] += len(exact)
        if len(exact) < len(timed):
            coarse = (d.published_precision for d in timed)
            self.precisions.update(p for p in coarse if p is not Precision.EXACT)
        whole = [at for at in exact if at and not at.second and not at.microsecond]
        self.whole_minutes += len(whole)
        self.whole_days += sum(1 for at in whole if not at.hour and not at.minute)
        self.truncated += sum(1 for d in documents if TRUNCATED in d.extra)
        self.filled["author"] += sum(1 for d in documents if d.author is not None)
        for kept in (d.extra[INVALID] for d in documents if INVALID in d.extra):
            for key, value in kept.items() if isinstance(kept, Mapping) else ():
                self.unread[str(key)] += 1
                self.unread_example.setdefault(str(key), str(value)[:40])
                self.outside[str(key)] += key == "published_at" and parse_time(value) is not None

    def __iadd__(self, other: FillCounts) -> FillCounts:
        self.rows += other.rows
        self.rejected += other.rejected
        self.filled += other.filled
        self.precisions += other.precisions
        self.truncated += other.truncated
        self.whole_minutes += other.whole_minutes
        self.whole_days += other.whole_days
        self.unread += other.unread
        self.outside += other.outside
        self.unread_example = other.unread_example | self.unread_example
        return self

    @property
    def is_mostly_rejected(self) -> bool:
        """Whether more than half of the rows were not taken."""
        return self.rejected > (self.rows + self.rejected) / 2

    def facts(self) -> dict[str, Any]:
        """What the report says of all files."""
        times = {str(precision): n for precision, n in sorted(self.times().items())}
        return {"filled": self.shares(), "times": times, "truncated": self.truncated}

    def times(self) -> Counter[Precision]:
        """How exact times are; where nearly all are whole days or minutes, that is how they are."""
        times = Counter(self.precisions)
        exact = times[Precision.EXACT]
        coarse = ((Precision.DAY, self.whole_days), (Precision.MINUTE, self.whole_minutes))
        for precision, whole in coarse:
            if exact >= MIN_TIMES and whole >= NEARLY_ALL * exact:
                times[precision] += times.pop(Precision.EXACT)
                break
        return times

    def shares(self) -> dict[str, float]:
        """Key -> share of the rows that have it, 0 to 1; empty where no row was read."""
        if not self.rows:
            return {}
        return {key: round(self.filled[key] / self.rows, 4) for key in KEYS}

    def warnings(self, file: str, *, has_columns: bool = True) -> Iterator[Message]:
        """What a person has to know before they rely on the import.

        Args:
            has_columns: whether ``--map`` may name a column for what is missing; it may not where
                the format says what stands where.
        """
        seen = self.rows + self.rejected
        if self.is_mostly_rejected:
            counts = {"file": file, "n": self.rejected, "seen": seen}
            yield Message("intake.mostly_rejected", counts)
        for precision in COARSE:
            if number := self.times()[precision]:
                counts = {"file": file, "n": number, "of": self.precisions.total()}
                yield Message(f"intake.times_{precision}", counts)
        if self.truncated:
            yield Message("intake.truncated", {"file": file, "n": self.truncated})
        for key, n in self.unread.most_common(KEYS_SAID):
            example = self.unread_example[key]
            told = {"file": file, "key": key, "n": n, "of": self.rows, "example": example}
            if 2 * self.outside[key] > n:
                yield Message(
                    "intake.outside_times", told | {"now": f"{datetime.now(UTC):%Y-%m-%d}"}
                )
            else:
                yield Message("intake.unread", told)
        for key, share in self.shares().items():
            if share < FEW:
                parameters = {"file": file, "share": share, "n": self.rows}
                how_many = "few" if self.filled[key] or self.rows == 1 else "none"
                code = f"intake.{how_many}_{key}"
                may_be_named = has_columns and not self.unread[key]
                yield Message(
                    code if may_be_named else f"intake.of_format.{how_many}_{key}", parameters
                )
