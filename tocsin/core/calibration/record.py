"""The newest calibration of a workspace, kept as ``calibration.json`` in it. It names nobody."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.core.files import write_text_atomically

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

FILE = "calibration.json"


def keep(workspace: Workspace, result: dict[str, Any]) -> Path:
    """Write it in the place of the one before."""
    path = workspace.home / FILE
    write_text_atomically(path, json.dumps(result, ensure_ascii=False, indent=1))
    return path


def newest(workspace: Workspace) -> dict[str, Any] | None:
    """The newest calibration; None where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        held = json.loads((workspace.home / FILE).read_text(encoding="utf-8"))
        if isinstance(held, dict) and isinstance(held.get("planted"), dict):
            return held
    return None
