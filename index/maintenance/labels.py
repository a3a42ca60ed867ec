"""Labels that people gave to posts: what is no longer in the index is labelled no more."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from tocsin.core.files import write_text_atomically

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

PATTERN = "*.labels.jsonl"
"""In the folder ``tags`` of a workspace, as `tocsin label` writes them."""


def forget_labels(workspace: Workspace, index: Index) -> int:
    """Remove the lines about posts that are gone; how many there were.

    A line that cannot be read goes, too, since nobody can say whom it names.
    """
    removed = 0
    for path in sorted((workspace.home / "tags").glob(PATTERN)):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        named: list[str] = []
        for line in lines:
            key = ""
            with contextlib.suppress(ValueError, TypeError, KeyError):
                key = str(json.loads(line)["id"])
            named.append(key)
        found = {document.id for document in index.get(sorted(set(named))) if document is not None}
        kept = [line for line, key in zip(lines, named, strict=True) if key in found]
        if len(kept) < len(lines):
            removed += len(lines) - len(kept)
            write_text_atomically(path, "".join(f"{line}\n" for line in kept))
    return removed
