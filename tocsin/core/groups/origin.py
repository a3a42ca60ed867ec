"""Whether a story is organic, mixed or orchestrated, by who posted it: one place says where the
lines are."""

from __future__ import annotations

MIXED_FROM, ORCHESTRATED_FROM = 0.1, 0.5
"""Shares of a story's posts by accounts of flagged groups: judgement, not estimates."""


def classify_origin(share: float) -> str:
    """*organic*, *mixed* or *orchestrated*, by the share (0 to 1) of posts by flagged accounts."""
    if share >= ORCHESTRATED_FROM:
        return "orchestrated"
    return "mixed" if share >= MIXED_FROM else "organic"
