"""Answers that a screen may ask of a room it does not import: those of the command line, made over an open index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.plugins import resolve
from tocsin.core.workspace import Workspace

ANSWERS: dict[str, str] = {"source": "graph.sources.command:answer"}
"""Command -> where the function is that gives its JSON document; posts are named by their document ids, which lead to them."""


def answer(command: str, workspace: Workspace, index: Any, subject: str) -> Mapping[str, Any]:
    """The document of a command for a subject; ``index`` is an `index.base.Index`.

    Raises:
        TocsinError: as the command does.
    """
    found: Mapping[str, Any] = resolve(ANSWERS[command])(workspace, index, subject)
    return found
