"""A case as it may be shown: accounts as the privacy settings allow, and what changed since.

Names of a frozen post's author are hidden even if that account is no longer in the index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graph.exports.escaping import one_line
from index.cases.record import Case, Pin
from index.exports.public_posts import public_post
from index.maintenance.records import record_document
from index.privacy import pseudonyms
from tocsin.app.cases.freezing import Pinnable, changes
from tocsin.app.cases.techniques import technique_name
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Author, Document
    from tocsin.core.language.words import Words
    from tocsin.core.workspace import Workspace

MAX_LINE = 160
MAX_MEMBERS = 100
"""Accounts of a pin that are named; all are counted."""
MAX_RAW = 100_000_000
"""Bytes of an original that is read; larger ones are named by their hash alone."""


@dataclass
class CaseView:
    """How the cases of a workspace are shown."""

    workspace: Workspace
    index: Index

    @cached_property
    def people(self) -> Pseudonyms:
        """What hides accounts, where they are hidden."""
        return pseudonyms(self.workspace, self.index)

    @cached_property
    def pinnable(self) -> Pinnable:
        """What pins are compared with."""
        return Pinnable(self.workspace, self.index, self.people, brief=True)

    def summary(self, case: Case) -> dict[str, Any]:
        """A case in a list."""
        text = self.people.text
        return {
            "id": case.id,
            "title": text(case.title),
            "question": text(case.question),
            "made_by": text(case.made_by),
            "status": "open" if case.closed_at is None else "closed",
            "made_at": case.made_at,
            "changed_at": case.changed_at,
            "closed_at": case.closed_at,
            "pins": len(case.pins),
            "notes": len(case.notes),
            "steps": len(case.steps),
            "steps_done": sum(step.done_at is not None for step in case.steps),
        }  # fmt: skip

    def document(self, case: Case) -> dict[str, Any]:
        """All of a case, each pin with what became of it since."""
        head = self.summary(case)
        hide, text = self.people.hide, self.people.text
        steps = [
            {
                "id": step.id,
                "text": hide(step.text),
                "done": step.done_at is not None,
                "at": step.done_at,
                "by": text(step.by),
            }
            for step in case.steps
        ]
        notes = [
            {"id": one.id, "at": one.at, "by": text(one.by), "text": text(one.text)}
            for one in case.notes
        ]
        history = [
            {"at": one.at, "by": text(one.by), "what": hide(one.what), "sha256": one.sha256}
            for one in case.history
        ]
        return head | {
            "pins": [self.pin(pin) for pin in case.pins],
            "notes": notes,
            "checklist": steps,
            "history": history,
            "history_unbroken": case.unbroken,
        }

    def pin(self, pin: Pin) -> dict[str, Any]:
        """A pin: what it said when it was pinned, and how that differs now."""
        documents = frozen_documents(pin)
        state, changed = changes(pin, self.pinnable)
        headlines = {
            one.language: self._text(one.spoken(self.people.called(one.speaker)), documents)
            for one in pin.frozen.headlines
        }
        frozen = pin.frozen
        hide, text = self.people.hide, self.people.text
        techniques = [
            {
                "id": one.id,
                "name": technique_name(one.id),
                "reason": self._text(one.reason, documents),
                "at": one.at,
                "by": text(one.by),
            }
            for one in pin.techniques
        ]
        return {
            "id": pin.id,
            "kind": pin.kind,
            "subject": self.subject(pin, documents),
            "title": hide(frozen.title),
            "headlines": headlines,
            "at": pin.at,
            "by": text(pin.by),
            "note": self._text(pin.note, documents),
            "said": [self._said(hide(message), documents) for message in frozen.said],
            "posts": [self.post(one) for one in documents],
            "total": frozen.total,
            "accounts": len(frozen.accounts),
            "members": [self.people.account(one) for one in frozen.accounts[:MAX_MEMBERS]],
            "query": self._query(pin, documents),
            "chart": self._chart(pin),
            "since": frozen.since,
            "until": frozen.until,
            "method": frozen.method,
            "run_id": frozen.run_id,
            "sha256": pin.sha256,
            "intact": pin.intact,
            "state": state,
            "changes": [hide(message) for message in changed],
            "techniques": techniques,
        }

    def subject(self, pin: Pin, documents: list[Document]) -> str:
        """What a pin is of, as a person may see it: an account by its pseudonym."""
        if pin.kind == "account":
            return self.people.account(pin.subject)
        if pin.kind == "post":
            return self._text(pin.subject, documents)
        return self.people.text(pin.subject)

    def label(self, pin: Mapping[str, Any], words: Words) -> str:
        """What a shown pin is, in a line, for a reader."""
        if pin["kind"] == "account":
            return one_line(pin["subject"], MAX_LINE)
        title = words.say(pin["title"])
        said: Mapping[str, str] = pin["headlines"]
        mine = [text for code, text in said.items() if code.split("-")[0] == words.code]
        return one_line(next(iter([*mine, *said.values()]), title) or title, MAX_LINE)

    def post(self, document: Document) -> dict[str, Any]:
        """A frozen post in the exchange format, with the hashes of its text and of its original."""
        raw = document.raw
        kept = raw is not None and self.original(document) is not None
        shown = public_post(document, self.people)
        return shown | {
            "sha256": document.sha256,
            "raw_sha256": raw.sha256 if raw else None,
            "raw_kept": kept,
        }

    def original(self, document: Document) -> bytes | None:
        """The original bytes of a post, where they are kept and are those that were hashed."""
        if document.raw is None:
            return None
        root = self.workspace.home.resolve()
        path = (root / document.raw.path).resolve()
        try:
            if not path.is_relative_to(root) or path.stat().st_size > MAX_RAW:
                return None
            data = path.read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == document.raw.sha256 else None

    def _chart(self, pin: Pin) -> dict[str, Any] | None:
        """The bars of a chart (``by``, ``bars``), or None."""
        chart = pin.frozen.state.get("chart")
        if pin.kind != "chart" or not chart:
            return None
        bars = [[self.people.text(str(of)), n, by] for of, n, by in chart["bars"]]
        return {"by": chart["by"], "bars": bars}

    def _query(self, pin: Pin, documents: list[Document]) -> str:
        if pin.kind == "account":
            name = self.subject(pin, documents) if self.people.enabled else pin.subject
            return f'author:"{name}"'
        return self.people.text(pin.frozen.query)

    def _text(self, text: str, documents: list[Document]) -> str:
        """A text without the names of the frozen posts' authors, known here or not."""
        if not self.people.enabled:
            return text
        text = self.people.text(text)
        for author in _authors(documents):
            platform = author.id.partition(":")[0]
            text = self.people.mask.text(text, platform, self.people.mask.own(author))
        return text

    def _said(self, value: Any, documents: list[Document]) -> Any:
        """A message, or a part of one, without the names of the frozen posts' authors."""
        if isinstance(value, str):
            return self._text(value, documents)
        if isinstance(value, Message):
            told = {name: self._said(part, documents) for name, part in value.parameters.items()}
            return Message(value.code, told)
        if isinstance(value, (list, tuple)):
            return [self._said(part, documents) for part in value]
        return value


def frozen_documents(pin: Pin) -> list[Document]:
    """The posts that were copied with a pin; what cannot be read is left out."""
    found = []
    for record in pin.frozen.posts:
        try:
            found.append(record_document(record))
        except Unreadable:
            continue
    return found


def _authors(documents: list[Document]) -> list[Author]:
    return list({one.author.id: one.author for one in documents if one.author}.values())


def pin_lines(pin: Mapping[str, Any]) -> list[Message | str]:
    """What a shown pin says, line by line, posts aside."""
    who = {"by": pin["by"], "at": pin["at"], "sha": pin["sha256"][:12]}
    lines: list[Message | str] = [Message("case.pin.by", who)]
    if pin["note"]:
        lines.append(pin["note"])
    lines += pin["said"]
    if not pin["intact"]:
        lines.append(Message("case.pin.altered"))
    lines.append(Message(f"case.pin.{pin['state']}"))
    lines += pin["changes"]
    for one in pin["techniques"]:
        said = {"id": one["id"], "name": one["name"], "reason": one["reason"], "by": one["by"]}
        lines.append(Message("case.pin.technique", said))
    return lines
