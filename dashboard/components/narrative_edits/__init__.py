"""What an analyst does to a narrative on its page; each act can be undone."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.narrative_edits.panel import draw_edits as draw_edits
from tocsin.core.findings import Narrative


def named(narratives: Sequence[Narrative], wanted: str) -> Narrative | None:
    """A narrative by its id, or by that of one that became part of it: old links go on."""
    by_id = (one for one in narratives if one.id == wanted)
    merged = (one for one in narratives if wanted in one.merged)
    return next(by_id, None) or next(merged, None)
