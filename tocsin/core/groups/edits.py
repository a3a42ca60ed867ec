"""What analysts did to a narrative."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """An act of an analyst that made a narrative what it is.

    Attributes:
        action: rename, merge, split, pin or bin.
        at, by: when, and who.
        other: the narrative that was merged into it, or that it was split from; of one that lost
            posts by a split, the narrative that they went to.
        said: the name given, or the query by which it was split.
    """

    action: str
    at: datetime
    by: str
    other: str = ""
    said: str = ""
