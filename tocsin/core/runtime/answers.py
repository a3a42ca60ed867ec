"""Answers of commands that a screen may ask of a room which it does not import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.plugins import resolve
from tocsin.core.workspace import Workspace

ANSWERS: dict[str, str] = {
    "source": "graph.sources.command:answer",
    "network": "graph.conversation.command:answer",
    "import": "crawlers.kept_examples:answer",
    "dial": "graph.rules.dial:answer",
    "study": "graph.studies.command:answer",
    "rules": "graph.rules.command:answer",
    "report": "tocsin.app.reports.command:answer",
    "discover": "nlp.discovery.answers:answer",
    "monitor": "tocsin.app.monitors.answers:answer",
    "case": "tocsin.app.cases.answers:answer",
    "tags": "nlp.tags.sentences:answer",
}
"""Command -> the function that gives its JSON document; posts are named by their document ids."""


def answer(command: str, workspace: Workspace, index: Any, subject: str) -> Mapping[str, Any]:
    """The document of a command for a subject; ``index`` is an open `index.base.Index`.

    Raises:
        TocsinError: as the command does.
    """
    document: Mapping[str, Any] = resolve(ANSWERS[command])(workspace, index, subject)
    return document
