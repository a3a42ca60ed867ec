"""Stories that a reader put off: ``snoozed.json`` of the workspace, ids and times alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from tocsin.core.files import write_text_atomically
from tocsin.core.findings import rfc3339
from tocsin.core.workspace import Workspace

FILE = "snoozed.json"


def snoozed(workspace: Workspace, now: datetime | None = None) -> Mapping[str, datetime]:
    """Story -> until when it is put off; those whose time is over are left out.

    A file that cannot be read puts nothing off.
    """
    at = now or datetime.now(UTC)
    try:
        held = json.loads((workspace.home / FILE).read_text(encoding="utf-8"))
        until = {str(one): datetime.fromisoformat(when) for one, when in held.items()}
        return {one: when for one, when in until.items() if when > at}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def snooze(workspace: Workspace, story: str, until: datetime | None) -> None:
    """Put a story off until a time; None brings it back. Raises OSError."""
    kept = dict(snoozed(workspace))
    kept.pop(story, None)
    if until is not None:
        kept[story] = until
    rows = {one: rfc3339(when) for one, when in sorted(kept.items())}
    write_text_atomically(workspace.file(FILE), json.dumps(rows, indent=1) + "\n")
