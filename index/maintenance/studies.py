"""Sealed studies that lie in the workspace: whoever is erased is erased there, too."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable

from tocsin.core.studies.record import forget
from tocsin.core.workspace import Workspace

FOLDER = "studies"


def forget_studies(workspace: Workspace, names: Iterable[str]) -> int:
    """Remove the manifests that name an account: by one of these ids or pseudonyms.

    A manifest without some of its rows would be none, so that it goes whole; one that cannot be
    read goes, too, and so do the lines about it in the record of studies. Those that were sealed
    into other places are their owners' to remove.

    Returns:
        How many were removed.
    """
    names = list(names)
    forget(workspace, names)
    wanted = [json.dumps(name, ensure_ascii=False).encode("utf-8", "replace") for name in names]
    removed = 0
    for path in sorted((workspace.home / FOLDER).glob("*.json*")):
        try:
            held = path.read_bytes()
            text = gzip.decompress(held) if held[:2] == b"\x1f\x8b" else held
            is_named = any(name in text for name in wanted)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            is_named = True
        if is_named:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
