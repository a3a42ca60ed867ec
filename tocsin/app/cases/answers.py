"""What a screen asks of cases, and what it does with them: see `tocsin.core.runtime.answers`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.cases.store import add_case, all_cases, change_case, open_case, remove_case
from tocsin.app.cases import editing
from tocsin.app.cases.case_view import CaseView, pin_lines
from tocsin.app.cases.freezing import Pinnable
from tocsin.app.cases.techniques import TECHNIQUES, technique_name
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.cases.record import Case
    from tocsin.core.language.words import Words
    from tocsin.core.workspace import Workspace

CaseRequest = Mapping[str, Any]
Change = Callable[["Case", CaseRequest, editing.Actor], "Case"]

CHANGES: Mapping[str, Change] = {
    "edit": lambda case, a, who: editing.edit(case, a.get("title"), a.get("question"), who),
    "unpin": lambda case, a, who: editing.unpin(case, a["pin"], who),
    "note": lambda case, a, who: editing.note(case, a["text"], who),
    "note_on_pin": lambda case, a, who: editing.note_on_pin(case, a["pin"], a["text"], who),
    "remove_note": lambda case, a, who: editing.remove_note(case, a["note"], who),
    "check": lambda case, a, who: editing.check(case, a["step"], a["done"], who),
    "add_step": lambda case, a, who: editing.add_step(case, a["text"], who),
    "change_step": lambda case, a, who: editing.change_step(case, a["step"], a["text"], who),
    "remove_step": lambda case, a, who: editing.remove_step(case, a["step"], who),
    "technique": lambda case, a, who: editing.add_technique(
        case, a["pin"], a["technique"], a["reason"], who
    ),
    "remove_technique": lambda case, a, who: editing.remove_technique(
        case, a["pin"], a["technique"], who
    ),
    "close": lambda case, _, who: editing.close(case, who),
    "reopen": lambda case, _, who: editing.reopen(case, who),
}
"""What is done -> how the case changes; the keys of what is asked stand in each."""


def answer(workspace: Workspace, index: Index, subject: str) -> Mapping[str, Any]:
    """``subject`` is JSON: ``do``, ``language``, ``by``, and what the deed needs.

    ``do`` is *list*, *show* (``case``), *new* (``title question checklist``), *pin* (``case``, or
    ``title`` of a new one, ``thing note``), *export* (``case format``), *remove* (``case``), or a
    key of `CHANGES`.

    Raises:
        ConfigError: it cannot be done.
    """
    from tocsin.app.monitors.checking import words_of
    from tocsin.core.language.words import Words

    asked = json.loads(subject)
    words = Words(asked.get("language", "en"), words_of(workspace).zone)
    who = editing.actor(asked.get("by"), datetime.now(UTC))
    do, view = asked["do"], CaseView(workspace, index)
    if do == "list":
        cases, wrong = all_cases(workspace)
        return {
            "cases": [view.summary(case) for case in cases],
            "wrong": [error.located for error in wrong],
        }
    if do == "show":
        return _document(view, open_case(workspace, asked["case"]), words)
    if do == "new":
        return view.summary(_new(workspace, asked, who))
    if do == "pin":
        return _pin(view, asked, who)
    if do == "export":
        return _export(view, asked, words, who)
    if do == "remove":
        remove_case(workspace, asked["case"])
        return {}
    if do not in CHANGES:
        raise ConfigError(Message("command.bug", {"what": str(do)[:40]}))
    change = CHANGES[do]
    change_case(workspace, asked["case"], lambda case: change(case, asked, who))
    return {}


def _new(workspace: Workspace, asked: CaseRequest, who: editing.Actor) -> Case:
    checklist = asked.get("checklist", "campaign")
    return add_case(
        workspace, editing.new_case(asked["title"], asked.get("question", ""), checklist, who)
    )


def _pin(view: CaseView, asked: CaseRequest, who: editing.Actor) -> dict[str, Any]:
    """Pin a thing to a case, or to a new one: ``case title pin``."""
    workspace = view.workspace
    pinnable = Pinnable(workspace, view.index, view.people)
    kind, subject = pinnable.find(asked["thing"])
    frozen = pinnable.freeze(kind, subject)
    name = asked.get("case") or _new(workspace, asked, who).id
    note = asked.get("note", "")
    case = change_case(
        workspace, name, lambda held: editing.pin(held, kind, subject, frozen, note, who)
    )
    pin = next(one for one in case.pins if (one.kind, one.subject) == (kind, subject))
    return {"case": case.id, "title": view.people.text(case.title), "pin": pin.id}


def _document(view: CaseView, case: Case, words: Words) -> dict[str, Any]:
    """A shown case, each pin with its ``label`` and ``lines`` in the reader's language."""
    document = view.document(case)
    for pin in document["pins"]:
        pin["label"] = view.label(pin, words)
        pin["lines"] = [words.say(line) for line in pin_lines(pin)]
        for one in pin["techniques"]:
            one["name"] = words.say(one["name"])
    for step in document["checklist"]:
        step["text"] = words.say(step["text"])
    for event in document["history"]:
        event["what"] = words.say(event["what"])
    known = [{"id": one, "name": words.say(technique_name(one))} for one in TECHNIQUES]
    return document | {"techniques": known}


def _export(view: CaseView, asked: CaseRequest, words: Words, who: editing.Actor) -> dict[str, Any]:
    """A file of a case: its ``name`` and ``data``."""
    from tocsin.app.cases.exporting import SUFFIXES, export_case

    kind = asked["format"]
    case = open_case(view.workspace, asked["case"])
    name = f"tocsin-{case.id}-{datetime.now(UTC):%Y-%m-%d}.{SUFFIXES[kind]}"
    with tempfile.TemporaryDirectory(prefix="tocsin-case-") as folder:
        path = Path(folder) / name
        export_case(view, case, kind, words, path)
        data = path.read_bytes()
    change_case(view.workspace, case.id, lambda one: editing.exported(one, kind, who))
    return {"name": name, "data": data}
