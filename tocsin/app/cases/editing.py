"""What can be done with a case. Each function gives the case after it, with an event in its
history; `index.cases.store.change_case` keeps it."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from index.cases.record import Case, Frozen, Note, Pin, Step, Technique
from tocsin.app.cases.techniques import technique_id
from tocsin.core.errors import ConfigError
from tocsin.core.messages import PLAIN, Message, plain
from tocsin.core.text import clean, collapse_whitespace

MAX_TITLE, MAX_TEXT, MAX_NAME = 200, 10_000, 60
MAX_PINS, MAX_NOTES, MAX_STEPS = 500, 1_000, 100
CHECKLISTS = {
    "source": ("who", "contact", "first", "date", "place", "original", "links", "independent"),
    "campaign": ("organic", "innocent", "window", "sample", "who", "reach", "refuted", "second"),
    "none": (),
}
"""Checklist that a case begins with -> its steps: keys ``case.step.NAME.STEP``."""
T = TypeVar("T", Pin, Note, Step)


class Actor(NamedTuple):
    """Who does something, and when."""

    by: str
    at: datetime


def actor(by: str | None, now: datetime) -> Actor:
    """Who does something: as they say, else as the computer calls them."""
    name = line(by or "", MAX_NAME)
    if not name:
        try:
            name = line(getpass.getuser(), MAX_NAME)
        except (OSError, KeyError, ImportError):
            name = ""
    return Actor(name or "?", now)


def line(text: str, most: int) -> str:
    """What somebody typed as one line."""
    return collapse_whitespace(clean(text[: 4 * most]))[:most].strip()


def words_of(text: str) -> str:
    """What somebody typed, its lines kept. Raises ConfigError where nothing is left."""
    kept = clean(text[:MAX_TEXT]).strip()
    if not kept:
        raise ConfigError(Message("case.error.empty"))
    return kept


def new_case(title: str, question: str, checklist: str, who: Actor) -> Callable[[str], Case]:
    """What makes a case of an id. Raises ConfigError where there is no title."""
    named, asked = line(title, MAX_TITLE), clean(question[:MAX_TEXT]).strip()
    if not named:
        raise ConfigError(Message("case.error.title"))
    texts = [Message(f"case.step.{checklist}.{name}") for name in CHECKLISTS[checklist]]
    steps = tuple(Step(id=f"s{n}", text=text) for n, text in enumerate(texts, 1))

    def make(case_id: str) -> Case:
        case = Case(id=case_id, title=named, question=asked, made_at=who.at, made_by=who.by,
                    steps=steps, given={"s": len(steps)})  # fmt: skip
        return case.noted(who.at, who.by, Message("case.did.made"))

    return make


def edit(case: Case, title: str | None, question: str | None, who: Actor) -> Case:
    """Another title or question."""
    _check_open(case)
    if title is not None:
        if not line(title, MAX_TITLE):
            raise ConfigError(Message("case.error.title"))
        case = replace(case, title=line(title, MAX_TITLE))
    if question is not None:
        case = replace(case, question=clean(question[:MAX_TEXT]).strip())
    return case.noted(who.at, who.by, Message("case.did.edited"))


def pin(case: Case, kind: str, subject: str, frozen: Frozen, note: str, who: Actor) -> Case:
    """Pin a thing; of one that is pinned already the copy stays, and a note is added."""
    _check_open(case)
    note = clean(note[:MAX_TEXT]).strip()
    held = next((one for one in case.pins if (one.kind, one.subject) == (kind, subject)), None)
    if held is not None:
        return note_on_pin(case, held.id, note, who) if note else case
    if len(case.pins) >= MAX_PINS:
        raise ConfigError(Message("case.error.full", {"n": MAX_PINS}))
    case, name = _given(case, "p")
    one = Pin(id=name, kind=kind, subject=subject, at=who.at, by=who.by, frozen=frozen, note=note,
              sha256=frozen.sha256)  # fmt: skip
    case = replace(case, pins=(*case.pins, one))
    did = {"pin": name, "kind": Message(f"case.kind.{kind}"), "sha": one.sha256[:12]}
    return case.noted(who.at, who.by, Message("case.did.pinned", did))


def unpin(case: Case, pin_id: str, who: Actor) -> Case:
    """Take a pin out."""
    _check_open(case)
    _one(case.pins, pin_id, "pin")
    case = replace(case, pins=tuple(one for one in case.pins if one.id != pin_id))
    return case.noted(who.at, who.by, Message("case.did.unpinned", {"pin": pin_id}))


def note_on_pin(case: Case, pin_id: str, text: str, who: Actor) -> Case:
    """The note of a pin, in place of the one before; an empty one takes it away."""
    _check_open(case)
    _one(case.pins, pin_id, "pin")
    kept = clean(text[:MAX_TEXT]).strip()
    pins = [replace(one, note=kept) if one.id == pin_id else one for one in case.pins]
    case = replace(case, pins=tuple(pins))
    return case.noted(who.at, who.by, Message("case.did.noted_pin", {"pin": pin_id}))


def note(case: Case, text: str, who: Actor) -> Case:
    """A note of its own."""
    _check_open(case)
    if len(case.notes) >= MAX_NOTES:
        raise ConfigError(Message("case.error.full", {"n": MAX_NOTES}))
    case, name = _given(case, "n")
    written = Note(id=name, at=who.at, by=who.by, text=words_of(text))
    case = replace(case, notes=(*case.notes, written))
    return case.noted(who.at, who.by, Message("case.did.noted", {"note": name}))


def remove_note(case: Case, note_id: str, who: Actor) -> Case:
    """Take a note out."""
    _check_open(case)
    _one(case.notes, note_id, "note")
    case = replace(case, notes=tuple(one for one in case.notes if one.id != note_id))
    return case.noted(who.at, who.by, Message("case.did.removed_note", {"note": note_id}))


def check(case: Case, step_id: str, done: bool, who: Actor) -> Case:
    """Tick a step of the checklist, or take the tick back."""
    _check_open(case)
    step = _one(case.steps, step_id, "step")
    if (step.done_at is not None) == done:
        return case
    after = replace(step, done_at=who.at if done else None, by=who.by if done else "")
    case = replace(case, steps=tuple(after if one is step else one for one in case.steps))
    did = "case.did.checked" if done else "case.did.unchecked"
    return case.noted(who.at, who.by, Message(did, {"step": step_id}))


def add_step(case: Case, text: str, who: Actor) -> Case:
    """One more step of the checklist."""
    _check_open(case)
    said = line(words_of(text), MAX_TITLE * 2)
    if len(case.steps) >= MAX_STEPS:
        raise ConfigError(Message("case.error.full", {"n": MAX_STEPS}))
    case, name = _given(case, "s")
    case = replace(case, steps=(*case.steps, Step(id=name, text=plain(said))))
    return case.noted(who.at, who.by, Message("case.did.added_step", {"step": name}))


def change_step(case: Case, step_id: str, text: str, who: Actor) -> Case:
    """A step in other words; nothing where they are the same."""
    _check_open(case)
    step = _one(case.steps, step_id, "step")
    after = replace(step, text=plain(line(words_of(text), MAX_TITLE * 2)))
    if step.text.code == PLAIN and step.text == after.text:
        return case
    case = replace(case, steps=tuple(after if one is step else one for one in case.steps))
    return case.noted(who.at, who.by, Message("case.did.changed_step", {"step": step_id}))


def remove_step(case: Case, step_id: str, who: Actor) -> Case:
    """One step of the checklist less."""
    _check_open(case)
    _one(case.steps, step_id, "step")
    case = replace(case, steps=tuple(one for one in case.steps if one.id != step_id))
    return case.noted(who.at, who.by, Message("case.did.removed_step", {"step": step_id}))


def add_technique(case: Case, pin_id: str, technique: str, reason: str, who: Actor) -> Case:
    """Say that a pin shows a technique, and why; a reason is asked for."""
    _check_open(case)
    held, name = _one(case.pins, pin_id, "pin"), technique_id(technique)
    if not clean(reason).strip():
        raise ConfigError(Message("case.error.reason"))
    one = Technique(id=name, reason=words_of(reason), at=who.at, by=who.by)
    others = tuple(other for other in held.techniques if other.id != name)
    case = _with_techniques(case, held, (*others, one))
    did = {"pin": pin_id, "technique": name}
    return case.noted(who.at, who.by, Message("case.did.technique", did))


def remove_technique(case: Case, pin_id: str, technique: str, who: Actor) -> Case:
    """Take a technique back."""
    _check_open(case)
    held, name = _one(case.pins, pin_id, "pin"), technique_id(technique)
    left = tuple(other for other in held.techniques if other.id != name)
    if len(left) == len(held.techniques):
        said = {
            "what": Message("case.part.technique"),
            "id": name,
            "known": [one.id for one in held.techniques],
        }
        raise ConfigError(Message("case.error.part", said))
    case = _with_techniques(case, held, left)
    did = {"pin": pin_id, "technique": name}
    return case.noted(who.at, who.by, Message("case.did.removed_technique", did))


def close(case: Case, who: Actor) -> Case:
    """Close a case: it is read and exported, and no more changed."""
    if case.closed_at is not None:
        return case
    return replace(case, closed_at=who.at).noted(who.at, who.by, Message("case.did.closed"))


def reopen(case: Case, who: Actor) -> Case:
    """Open a closed case again."""
    if case.closed_at is None:
        return case
    return replace(case, closed_at=None).noted(who.at, who.by, Message("case.did.reopened"))


def exported(case: Case, format_: str, who: Actor) -> Case:
    """Keep that a case was exported; a closed one, too."""
    return case.noted(who.at, who.by, Message("case.did.exported", {"format": format_.upper()}))


def _check_open(case: Case) -> None:
    if case.closed_at is not None:
        raise ConfigError(Message("case.error.closed", {"id": case.id}))


def _given(case: Case, letter: str) -> tuple[Case, str]:
    """A new id for a part of a case; none is given twice."""
    number = case.given.get(letter, 0) + 1
    return replace(case, given={**case.given, letter: number}), f"{letter}{number}"


def _one(parts: Sequence[T], wanted: str, what: str) -> T:
    """A pin, note or step by its id. Raises ConfigError."""
    for part in parts:
        if part.id == wanted:
            return part
    known = [part.id for part in parts] or Message("phrase.none_yet")
    said = {"what": Message(f"case.part.{what}"), "id": wanted[:40], "known": known}
    raise ConfigError(Message("case.error.part", said))


def _with_techniques(case: Case, held: Pin, techniques: tuple[Technique, ...]) -> Case:
    pins = [replace(one, techniques=techniques) if one is held else one for one in case.pins]
    return replace(case, pins=tuple(pins))
