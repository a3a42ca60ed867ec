"""A case: pins with frozen copies of what they said, notes, a checklist, techniques, a history.

A case holds what was collected as it was collected, as the index does: whatever leaves goes
through `index.privacy` first. `tocsin erase` and `tocsin retention` reach into it
(`index.cases.forgetting`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tocsin.core.codec.dataclass_json import build, encode
from tocsin.core.findings import Headline, rfc3339
from tocsin.core.messages import Message, encode_message

VERSION = 1
"""Of the files of cases."""
KINDS = ("post", "account", "source", "cluster", "narrative", "signal", "alert", "query", "chart")
"""What can be pinned."""
CHARTS = ("time", "lang", "platform", "domain")
"""What the bars of a pinned chart stand for: intervals of time, or values of a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Who did what, when. ``what`` names pins, notes and steps by their ids, never people.

    ``sha256`` is of the event before and this one: who changes an old one has to change all later.
    """

    at: datetime
    by: str
    what: Message
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote."""

    id: str
    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the checklist; ``done_at`` and ``by`` are set where it is done."""

    id: str
    text: Message
    done_at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """A technique of the DISARM Red framework that a pin shows, and why somebody thinks so."""

    id: str
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What a pinned thing said when it was pinned.

    Attributes:
        title: in a line, what it is where no headline says it.
        headlines: in the words of posts, which are among ``posts``: they go with them.
        said: what was known of it, sentence by sentence.
        posts: copies of its posts, as `index.maintenance.records.document_record` writes them.
        post_ids: of all its posts where they are known by id; ``total`` says how many there were.
        accounts: the author ids that it is about.
        query: what finds its posts; with ``since`` and ``until`` exactly those.
        state: what is compared with now: names and values.
        method: name and version of what found it.
    """

    title: Message
    headlines: tuple[Headline, ...] = ()
    said: tuple[Message, ...] = ()
    posts: tuple[Mapping[str, Any], ...] = ()
    post_ids: tuple[str, ...] = ()
    total: int = 0
    accounts: tuple[str, ...] = ()
    query: str = ""
    since: datetime | None = None
    until: datetime | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    run_id: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 in hex of all of it, as the file of the case writes it."""
        return hashlib.sha256(encode(self).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A thing that was pinned.

    ``subject`` is its id in the index, ``sha256`` that of the frozen copy when it was kept.
    """

    id: str
    kind: str
    subject: str
    at: datetime
    by: str
    frozen: Frozen
    note: str = ""
    techniques: tuple[Technique, ...] = ()
    sha256: str = ""

    @property
    def intact(self) -> bool:
        """Whether the frozen copy is the one that was kept."""
        return self.sha256 == self.frozen.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. ``given``: first letter of an id -> how many such ids were given; none is given
    twice."""

    id: str
    title: str
    question: str = ""
    made_at: datetime
    made_by: str
    closed_at: datetime | None = None
    pins: tuple[Pin, ...] = ()
    notes: tuple[Note, ...] = ()
    steps: tuple[Step, ...] = ()
    history: tuple[Event, ...] = ()
    given: Mapping[str, int] = field(default_factory=dict)
    version: int = VERSION

    @property
    def changed_at(self) -> datetime:
        """When something was last done with it."""
        return self.history[-1].at if self.history else self.made_at

    @property
    def unbroken(self) -> bool:
        """Whether every event of the history follows from the one before."""
        before = ""
        for event in self.history:
            if event.sha256 != _chained(before, event):
                return False
            before = event.sha256
        return True

    def noted(self, at: datetime, by: str, what: Message) -> Case:
        """The case with one more event."""
        before = self.history[-1].sha256 if self.history else ""
        event = Event(at=at, by=by, what=what)
        event = replace(event, sha256=_chained(before, event))
        return replace(self, history=(*self.history, event))


def _chained(before: str, event: Event) -> str:
    parts = [before, rfc3339(event.at), event.by, encode_message(event.what)]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write_case(case: Case) -> str:
    """A case as the text of its file."""
    return encode(case)


def read_case(text: str) -> Case:
    """The case that `write_case` wrote. Raises ValueError, TypeError or KeyError."""
    case: Case = build(Case, text)
    return case
