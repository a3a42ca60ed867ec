"""Steps that several commands take: pinning copies of things, writing a case up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.base import Index
from index.cases.record import Case
from index.cases.store import change_case
from tocsin.app.cases import editing
from tocsin.app.cases.case_view import CaseView
from tocsin.app.cases.editing import Actor
from tocsin.app.cases.exporting import SUFFIXES, export_case
from tocsin.app.cases.freezing import Pinnable
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.files import write_atomically
from tocsin.core.language.words import Words
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace


def adding(
    workspace: Workspace,
    index: Index,
    view: CaseView,
    things: tuple[str, ...],
    note: str,
    who: Actor,
) -> Callable[[Case], Case]:
    """What pins copies of these things, taken now. Raises ConfigError where one is not found."""
    pinnable = Pinnable(workspace, index, view.people)
    found = [pinnable.find(thing) for thing in things]
    frozen = [(kind, subject, pinnable.freeze(kind, subject)) for kind, subject in found]

    def add(held: Case) -> Case:
        for kind, subject, copy in frozen:
            held = editing.pin(held, kind, subject, copy, note, who)
        return held

    return add


def path_of(workspace: Workspace, out: Path | None, case_id: str, kind: str) -> Path:
    """Where a file is written to. Raises ConfigError where there is no such folder."""
    path = out or workspace.file(f"exports/case-{case_id}.{SUFFIXES[kind]}")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ConfigError(Message("export.error.no_folder", {"folder": str(folder)}))
    return path


def write_up(
    workspace: Workspace,
    view: CaseView,
    held: Case,
    kind: str,
    words: Words,
    path: Path,
    who: Actor,
) -> dict[str, Any]:
    """Write a case to a file and keep that in its history; what the command answers."""
    try:
        with write_atomically(path) as temporary:
            counts = export_case(view, held, kind, words, temporary)
    except OSError as error:
        said = {"out": str(path), "why": system_reason(error)}
        raise ConfigError(Message("export.error.write", said)) from None
    change_case(workspace, held.id, lambda one: editing.exported(one, kind, who))
    return {"out": str(path), "format": kind, "language": words.code,
            "bytes": path.stat().st_size, "case": held.id, **counts}  # fmt: skip
