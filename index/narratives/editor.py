"""What an analyst asks for: each act is kept, and what everybody sees changes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from index.narratives.edits import (
    MAX_NAME,
    MAX_POSTS,
    MAX_QUERY,
    Edit,
    account_of_machine,
    forget_edits,
    keep_edit,
    new_id,
    now,
    read_edits,
)
from index.narratives.publishing import matching_posts, publish_edited, published_narratives
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Narrative
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace

if TYPE_CHECKING:
    from index.base import EditAction, Index
    from index.privacy import Pseudonyms


@dataclass(frozen=True)
class EditResult:
    """``narratives`` are those that the act was about, as they are now; ``lost`` are edits whose
    narrative is no longer there."""

    narratives: list[Narrative]
    lost: list[Edit]


class Editor:
    """Acts on the narratives of an index in the name of somebody.

    Every method raises ConfigError where what it is asked for cannot be.
    """

    def __init__(self, index: Index, people: Pseudonyms, by: str = "") -> None:
        self._index, self._people = index, people
        self._by = _line(by) or account_of_machine()

    def rename(self, given: str, name: str) -> EditResult:
        """Give a narrative a name, which stays whatever later analyses find."""
        name = _line(name)
        if not name:
            raise ConfigError(Message("fault.narrative.no_name"))
        return self._mark("rename", self.find(given).id, name)

    def pin(self, given: str) -> EditResult:
        """Keep a narrative, first in every list."""
        return self._mark("pin", self.find(given).id)

    def bin(self, given: str) -> EditResult:
        """Let no alert tell of a narrative; its posts are counted as before."""
        return self._mark("bin", self.find(given).id)

    def merge(self, given: Sequence[str]) -> EditResult:
        """Make several narratives one, under the id of the largest."""
        found = {one.id: one for one in map(self.find, given)}
        ordered = sorted(found.values(), key=lambda one: (-one.posts, one.id))
        if len(ordered) < 2:
            raise ConfigError(Message("fault.narrative.one_to_merge"))
        largest, *others = ordered
        for one in others:
            keep_edit(self._index, self._edit("merge", one.id, other=largest.id))
        return self._publish([largest.id])

    def split(
        self, given: str, *, query: str = "", posts: Sequence[str] = (), name: str = ""
    ) -> EditResult:
        """Make the posts of a narrative that a query finds, or those named, one of their own."""
        source = self.find(given)
        taken = self._posts_of(source, query, posts)
        if not taken:
            raise ConfigError(Message("fault.narrative.nothing_to_split", {"id": source.id}))
        if len(taken) >= len(source.members):
            raise ConfigError(Message("fault.narrative.all_to_split", {"id": source.id}))
        at = now()
        made = Edit(
            action="split",
            narrative=new_id(source.id, at),
            at=at,
            by=self._by,
            name=_line(name),
            other=source.id,
            query=query.strip(),
            posts=() if query.strip() else tuple(taken),
        )
        keep_edit(self._index, made)
        return self._publish([made.narrative, source.id])

    def reset(
        self, given: str, action: EditAction | None = None, at: datetime | None = None
    ) -> EditResult:
        """Take back what was done to a narrative: all of it, one kind of act, or that of a time."""
        names = {given}
        for one in published_narratives(self._index):
            if given in (one.id, one.name) or given in one.merged:
                names |= {one.id}
        wanted = [
            edit
            for edit in read_edits(self._index.marks())
            if any(edit.concerns(name) for name in names)
            and action in (None, edit.action)
            and at in (None, edit.at)
        ]
        if not wanted:
            raise ConfigError(Message("fault.narrative.nothing_to_reset", {"id": given[:80]}))
        forget_edits(self._index, wanted)
        touched = [name for edit in wanted for name in (edit.other, edit.narrative) if name]
        return self._publish(list(dict.fromkeys((*sorted(names), *touched))))

    def find(self, given: str) -> Narrative:
        """A narrative by its id, by that of one that became part of it, or by its name."""
        published = published_narratives(self._index)
        folded = given.strip().casefold()
        for one in published:
            if one.id == given.strip():
                return one
        merged = [one for one in published if given.strip() in one.merged]
        called = [one for one in published if folded and folded == one.name.casefold()]
        found = merged or called
        if len(found) > 1:
            ids = [one.id for one in found]
            raise ConfigError(Message("fault.narrative.several", {"name": given[:80], "ids": ids}))
        if not found:
            raise ConfigError(Message("fault.narrative.unknown", {"id": given[:80]}))
        return found[0]

    def _posts_of(self, source: Narrative, query: str, posts: Sequence[str]) -> list[str]:
        """The posts that a split takes; those named must be in the narrative."""
        if bool(query.strip()) == bool(posts):
            raise ConfigError(Message("fault.narrative.query_or_posts"))
        if len(query) > MAX_QUERY or len(posts) > MAX_POSTS:
            raise ConfigError(Message("fault.narrative.large_split", {"n": MAX_POSTS}))
        if query.strip():
            found = matching_posts(self._index, self._people, query, source.members)
            return [key for key in source.members if key in found]
        by_name: dict[str, str] = {native_id(key): key for key in source.members}
        by_name |= {key: key for key in source.members}
        unknown = [name for name in posts if name not in by_name]
        if unknown:
            where = {"id": source.id, "posts": unknown[:5], "n": len(unknown)}
            raise ConfigError(Message("fault.narrative.not_in_it", where))
        return [by_name[name] for name in dict.fromkeys(posts)]

    def _mark(self, action: EditAction, narrative: str, name: str = "") -> EditResult:
        keep_edit(self._index, self._edit(action, narrative, name=name))
        return self._publish([narrative])

    def _edit(self, action: EditAction, narrative: str, *, name: str = "", other: str = "") -> Edit:
        return Edit(
            action=action, narrative=narrative, at=now(), by=self._by, name=name, other=other
        )

    def _publish(self, names: Sequence[str]) -> EditResult:
        applied = publish_edited(self._index, self._people, now())
        by_id = {one.id: one for one in applied.narratives}
        return EditResult([by_id[name] for name in names if name in by_id], applied.lost)


def lost_edits(edits: Sequence[Edit], narratives: Sequence[Narrative]) -> list[Edit]:
    """Edits whose narrative is no longer there."""
    done = {(edit.action, edit.at) for one in narratives for edit in one.edits}
    return [edit for edit in edits if (edit.action, edit.at) not in done]


def _line(typed: str) -> str:
    """A name as it is kept: one line."""
    return collapse_whitespace(clean(typed))[:MAX_NAME]
