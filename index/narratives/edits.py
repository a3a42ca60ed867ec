"""Analysts' acts on narratives, kept with the index as marks are: what, by whom, and when."""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from index.base import EditAction
from index.maintenance.scrub import EDITS

if TYPE_CHECKING:
    from index.base import Index

ACTIONS: tuple[EditAction, ...] = get_args(EditAction)
SUBJECT = EDITS
"""Begins the subject of a mark that is an edit; the action and the narrative's id follow."""
MAX_NAME, MAX_QUERY, MAX_POSTS = 200, 2_000, 10_000
OPPOSITE: Mapping[str, EditAction] = {"pin": "bin", "bin": "pin"}
"""Action -> the one that it takes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One act on a narrative.

    Attributes:
        narrative: the id it is about: of a merge the one that goes, of a split the new one.
        at, by: when, and who.
        name: what the narrative is called from now on (rename, and split where one was given).
        other: of a merge the narrative that stays, of a split the one that loses the posts.
        query, posts: which posts a split takes; the posts are document ids.
    """

    action: EditAction
    narrative: str
    at: datetime
    by: str
    name: str = ""
    other: str = ""
    query: str = ""
    posts: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The subject of its mark."""
        return f"{SUBJECT}{self.action}:{self.narrative}"

    def concerns(self, narrative: str) -> bool:
        """Whether it made a narrative what it is."""
        return narrative in (self.narrative, self.other)


def read_edits(marks: Mapping[str, Mapping[str, Any]]) -> list[Edit]:
    """All edits among the marks of an index, in the order they were made."""
    found = []
    for subject, mark in marks.items():
        if not subject.startswith(SUBJECT):
            continue
        action, _, narrative = subject.removeprefix(SUBJECT).partition(":")
        if action in ACTIONS:
            found.append(_read(action, narrative, mark))
    return sorted(found, key=lambda edit: (edit.at, edit.subject))


def _read(action: EditAction, narrative: str, mark: Mapping[str, Any]) -> Edit:
    note = json.loads(mark["note"])
    return Edit(
        action=action,
        narrative=narrative,
        at=datetime.fromisoformat(note["at"]),
        by=note["by"],
        name=note.get("name", ""),
        other=note.get("other", ""),
        query=note.get("query", ""),
        posts=tuple(note.get("posts", ())),
    )


def keep_edit(index: Index, edit: Edit) -> None:
    """Keep an edit; a narrative is pinned or binned, not both."""
    note = {"at": edit.at.isoformat(), "by": edit.by, "name": edit.name, "other": edit.other,
            "query": edit.query, "posts": list(edit.posts)}  # fmt: skip
    given = {name: value for name, value in note.items() if value}
    if opposite := OPPOSITE.get(edit.action):
        index.put_mark(f"{SUBJECT}{opposite}:{edit.narrative}", None)
    index.put_mark(edit.subject, edit.action, note=json.dumps(given, ensure_ascii=False))


def forget_edits(index: Index, edits: list[Edit]) -> None:
    """Take edits back."""
    for edit in edits:
        index.put_mark(edit.subject, None)


def now() -> datetime:
    """The time of an edit, as exact as findings keep it: milliseconds."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def new_id(narrative: str, at: datetime) -> str:
    """The id of the narrative that a split makes."""
    text = f"split\x00{narrative}\x00{at.isoformat()}"
    return "n" + hashlib.sha256(text.encode()).hexdigest()[:10]


def account_of_machine() -> str:
    """Who edits where nobody says it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "analyst"
