"""What became of the studies of a workspace: sealed, verified and compared when, and how.

It is kept as ``studies.json`` in the workspace, the newest first.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import TocsinError
from tocsin.core.files import write_text_atomically
from tocsin.core.messages import Message, encode_message
from tocsin.core.studies.sentences import MOVES, moves

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

FILE = "studies.json"
MAX_EVENTS = 200
MAX_MOVES = 100
"""Accounts that an event lists; it says how many there are."""
_SEALED = ("posts", "accounts", "groups", "pairs", "labels", "names", "written")


def keep(
    workspace: Workspace, kind: str, document: Mapping[str, Any], said: Sequence[Message]
) -> bool:
    """Keep what a command of studies came to; False where it cannot be written.

    Args:
        kind: sealed, verified or compared.
        document: what the command answered.
        said: the same in words.
    """
    event: dict[str, Any] = {
        "kind": kind,
        "at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "said": [encode_message(sentence) for sentence in said],
    }
    if kind == "compared":
        event |= {"files": [document["a"], document["b"]], "seals": document["seals"]}
        event["equal"] = document["results"]["equal"]
    else:
        event |= {"files": [document["manifest"]], "seals": [document["seal"]]}
    if kind == "sealed":
        event |= {name: document[name] for name in _SEALED}
    else:
        results = document["results"]
        event["counts"] = {name: len(results[name]) for name in MOVES}
        event["moves"] = [
            row | {"why": [encode_message(cause) for cause in row["why"]]}
            for row in moves(results, MAX_MOVES)
        ]
    if kind == "verified":
        event["equal"] = document["equal"]
    try:
        _write(workspace, [event, *events(workspace)])
    except (OSError, TocsinError):
        return False
    return True


def events(workspace: Workspace) -> list[dict[str, Any]]:
    """What was kept, the newest first; nothing where there is no record that can be read."""
    with contextlib.suppress(OSError, ValueError):
        held = json.loads(place(workspace).read_text(encoding="utf-8"))
        if isinstance(held, dict) and isinstance(held.get("events"), list):
            return [event for event in held["events"] if _is_event(event)]
    return []


def forget(workspace: Workspace, names: Sequence[str]) -> None:
    """Drop the events that name somebody, by one of these ids or pseudonyms."""
    held = events(workspace)
    kept = [event for event in held if not any(_names(event, name) for name in names)]
    if len(kept) < len(held):
        _write(workspace, kept)


def place(workspace: Workspace) -> Path:
    """The file of the record."""
    return workspace.home / FILE


def _names(event: Mapping[str, Any], name: str) -> bool:
    return name in json.dumps(event, ensure_ascii=False)


def _is_event(event: Any) -> bool:
    keys = ("kind", "at", "said", "files", "seals")
    return isinstance(event, dict) and all(key in event for key in keys)


def _write(workspace: Workspace, kept: Sequence[Mapping[str, Any]]) -> None:
    text = json.dumps({"events": list(kept)[:MAX_EVENTS]}, ensure_ascii=False, indent=1)
    write_text_atomically(place(workspace), text)
