"""Two documents with alike text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPair:
    """Two documents with alike text; ``kind``: copy, reworded or translation; ``score``: 0 to 1."""

    a: str
    b: str
    kind: str
    score: float
