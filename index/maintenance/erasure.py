"""What erasing a person means outside the index: original bytes, and what waits in the spool."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tocsin.core.documents import native_id
from tocsin.core.workspace import NEAR_PAIRS, WORD_PAIRS, Workspace


def remove_raw_files(home: Path, paths: Iterable[str]) -> None:
    """Delete original bytes, never outside the workspace."""
    root = home.resolve()
    for name in paths:
        path = (root / name).resolve()
        if path.is_relative_to(root) and path != root:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def forget_near_pairs(workspace: Workspace) -> None:
    """Delete what is kept of compared texts; the next run makes it of the texts that are there."""
    for name in (NEAR_PAIRS, WORD_PAIRS):
        with contextlib.suppress(OSError):
            (workspace.home / name).unlink(missing_ok=True)


def is_written_by(item: bytes, author: str) -> bool:
    """Whether a spooled item is JSON whose author is this one."""
    try:
        return _names_author(json.loads(item), author, native_id(author), 0)
    except (ValueError, RecursionError):
        return False


def _names_author(value: Any, author: str, native: str, depth: int) -> bool:
    if isinstance(value, list):
        return any(_names_author(v, author, native, depth + 1) for v in value)
    if not isinstance(value, dict) or depth > 20:
        return False
    by = value.get("author")
    key = by.get("id") if isinstance(by, dict) else by
    if key is not None and str(key) in (author, native):
        platform = value.get("platform")
        return platform is None or author.startswith(f"{platform}:") or str(key) == author
    return any(
        _names_author(v, author, native, depth + 1)
        for v in value.values()
        if isinstance(v, (dict, list))
    )
