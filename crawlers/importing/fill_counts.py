"""Success is counted in what was filled, not in rows that went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tocsin.core.documents import Document
from tocsin.core.messages import Message

FEW = 0.5
"""Share of rows below which a key is said to be filled in few of them."""
KEYS = ("text", "published_at", "author")


class FillCounts:
    """How many rows of an import have a text, a time and an author, and how many were rejected."""

    def __init__(self) -> None:
        self.rows = 0
        self.rejected = 0
        self.filled: Counter[str] = Counter()

    def add(self, documents: Sequence[Document]) -> None:
        """Count documents that were read."""
        self.rows += len(documents)
        self.filled["text"] += sum(1 for d in documents if d.text or d.title)
        self.filled["published_at"] += sum(1 for d in documents if d.published_at is not None)
        self.filled["author"] += sum(1 for d in documents if d.author is not None)

    def shares(self) -> dict[str, float]:
        """Key -> share of the rows that have it, 0 to 1; empty where no row was read."""
        if not self.rows:
            return {}
        return {key: round(self.filled[key] / self.rows, 4) for key in KEYS}

    def warnings(self, file: str) -> Iterator[Message]:
        """What a person has to know before they rely on the import."""
        seen = self.rows + self.rejected
        if self.rejected > seen / 2:
            counts = {"file": file, "n": self.rejected, "seen": seen}
            yield Message("intake.mostly_rejected", counts)
        for key, share in self.shares().items():
            if share < FEW:
                parameters = {"file": file, "share": share, "n": self.rows}
                yield Message(f"intake.few_{key}", parameters)
