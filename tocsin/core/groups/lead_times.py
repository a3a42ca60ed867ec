"""How long before its peak a story was alerted, and when it faded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """When a story had most posts, and when it had few again; None where it has not come to that.

    It is known only afterwards, and has no part in whether a story is told.
    """

    peaked_at: datetime | None = None
    faded_at: datetime | None = None

    def hours_ahead(self, flagged_at: datetime) -> float | None:
        """Hours from the alert to the peak, negative where it came later; None before the peak."""
        if self.peaked_at is None:
            return None
        return (self.peaked_at - flagged_at).total_seconds() / 3600
