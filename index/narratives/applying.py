"""Narratives under analysts' edits: the one rule for every reader and every later analysis.

The narratives as posts were grouped stay beside (`tocsin.core.findings.GroupedNarrative`), so that
an edit can be taken back exactly. Edits are done again in the order in which they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace

from index.narratives.describing import PostFacts, described
from index.narratives.edits import Edit
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Edited, GroupedNarrative, Narrative, Theme
from tocsin.core.groups.narrative_order import narrative_sort_key

_SHARED = tuple(part.name for part in fields(Narrative))


@dataclass
class Applied:
    """``narratives`` under the edits; ``lost`` are edits whose narrative is no longer there."""

    narratives: list[Narrative]
    lost: list[Edit]


@dataclass
class _Story:
    """A narrative while it is edited. ``members`` hold the most central first."""

    base: Narrative
    members: list[str]
    changed: bool = False
    edits: list[Edited] = field(default_factory=list)
    of_parts: list[Narrative] = field(default_factory=list)


@dataclass(frozen=True)
class Posts:
    """What edits ask of the index.

    Attributes:
        facts: document ids -> what is known of those that are there.
        matching: a query as it was typed, and ids -> those of them that match.
        flagged: accounts that count as coordinated.
    """

    facts: Callable[[Iterable[str]], PostFacts]
    matching: Callable[[str, Sequence[str]], set[str]]
    flagged: frozenset[str]


def apply_edits(
    grouped: Sequence[Narrative],
    edits: Sequence[Edit],
    posts: Posts,
    published: Sequence[Narrative] = (),
) -> Applied:
    """The narratives as they stand under the edits: pinned ones first, then the largest first.

    Args:
        grouped: narratives as posts were grouped.
        edits: in the order they were made.
        posts: what is asked of the index.
        published: those shown before: a pinned one that is not found again is kept from them.
    """
    if not edits:
        return Applied(list(grouped), [])
    desk = _Desk(grouped, posts)
    lost = [edit for edit in edits if not desk.do(edit, published)]
    stories = list(desk.stories.values())
    changed = [story for story in stories if story.changed]
    facts = posts.facts(key for story in changed for key in story.members)
    found = []
    for story in stories:
        narrative = replace(story.base, edits=tuple(story.edits))
        if story.changed:
            narrative = described(narrative, story.members, story.of_parts, facts, posts.flagged)
        if narrative.name:
            narrative = replace(narrative, label=narrative.name)
        if narrative.posts:
            found.append(narrative)
    found.sort(key=lambda one: (*narrative_sort_key(one), -one.posts, one.id))
    return Applied(found, lost)


class _Desk:
    """The narratives that edits work on, by id."""

    def __init__(self, grouped: Sequence[Narrative], posts: Posts) -> None:
        self.stories = {one.id: _Story(one, list(one.members)) for one in grouped}
        self.posts = posts

    def find(self, name: str) -> _Story | None:
        """A narrative by its id, or by that of one that became part of it."""
        if name in self.stories:
            return self.stories[name]
        stories = self.stories.values()
        return next((story for story in stories if name in story.base.merged), None)

    def do(self, edit: Edit, published: Sequence[Narrative]) -> bool:
        """Do one edit; False where what it is about is no longer there."""
        if edit.action == "merge":
            return self.merge(edit)
        if edit.action == "split":
            return self.split(edit)
        story = self.find(edit.narrative)
        if story is None and edit.action == "pin":
            story = self.bring_back(edit.narrative, published)
        if story is None or (edit.action == "rename" and story.base.id != edit.narrative):
            return False  # a name is that of one story, not of a larger one that swallowed it
        changes = {"pin": {"pinned": True}, "bin": {"binned": True}, "rename": {"name": edit.name}}
        story.base = replace(story.base, **changes[edit.action])  # type: ignore[arg-type]
        story.edits.append(_done(edit, said=edit.name))
        return True

    def merge(self, edit: Edit) -> bool:
        """One becomes part of another, whose id stays also where only the first is found."""
        gone, kept = self.find(edit.narrative), self.find(edit.other)
        done = _done(edit, other=edit.narrative)
        if kept is not None and gone in (None, kept):
            kept.edits.append(done)  # a later grouping has done the same
            return True
        if gone is None:
            return False
        del self.stories[gone.base.id]
        if kept is None:
            kept = _Story(replace(gone.base, id=edit.other), gone.members, gone.changed, gone.edits)
            self.stories[edit.other] = kept
        else:
            here = set(kept.members)
            kept.members += [key for key in gone.members if key not in here]
            kept.of_parts += [gone.base, *gone.of_parts]
            kept.edits += gone.edits
            kept.changed = True
        merged = (*kept.base.merged, edit.narrative, gone.base.id, *gone.base.merged)
        others = [name for name in dict.fromkeys(merged) if name != kept.base.id]
        kept.base = replace(kept.base, merged=tuple(others))
        kept.edits.append(done)
        return True

    def split(self, edit: Edit) -> bool:
        """The posts that a query finds in a narrative, or those named, become one of their own."""
        source = self.find(edit.other)
        if edit.query:
            if source is None:
                return False
            try:
                wanted = self.posts.matching(edit.query, source.members)
            except ConfigError:  # a name in it may mean several accounts by now
                return False
        else:
            wanted = self._with_copies(edit, source)
        taken: list[str] = []
        givers: list[Narrative] = []
        for story in self.stories.values() if not edit.query else [source]:
            assert story is not None
            here = [key for key in story.members if key in wanted]
            if here:
                taken += here
                givers.append(story.base)
                story.members = [key for key in story.members if key not in wanted]
                story.changed = True
                story.edits.append(_done(edit, other=edit.narrative, said=edit.query))
        if not taken:
            return False
        emptied = [name for name, story in self.stories.items() if not story.members]
        origin = source.base if source is not None else givers[0]
        for name in emptied:
            del self.stories[name]
        made = replace(
            origin,
            id=edit.narrative,
            name=edit.name,
            pinned=False,
            binned=False,
            born_at=edit.at,
            merged=(),
            split_from=edit.other,
        )
        done = _done(edit, other=edit.other, said=edit.query or edit.name)
        self.stories[edit.narrative] = _Story(made, taken, changed=True, edits=[done])
        return True

    def bring_back(self, name: str, published: Sequence[Narrative]) -> _Story | None:
        """A pinned narrative that was not found again, with those of its posts that are free."""
        before = next((one for one in published if one.id == name), None)
        if before is None:
            return None
        told = {key for story in self.stories.values() for key in story.members}
        there = self.posts.facts(key for key in before.members if key not in told)
        free = [key for key in before.members if key in there.known and key not in told]
        if not free:
            return None
        method = next((story.base.method for story in self.stories.values()), before.method)
        base = replace(before, method=method, name="", pinned=False, binned=False, edits=())
        story = _Story(base, free, changed=True)
        self.stories[name] = story
        return story

    def _with_copies(self, edit: Edit, source: _Story | None) -> set[str]:
        """The posts that a split names, and the near copies of them in the same narrative."""
        wanted = set(edit.posts)
        if source is None:
            return wanted
        facts = self.posts.facts(source.members)
        groups = {facts.copies[key] for key in wanted if key in facts.copies}
        return wanted | {key for key, group in facts.copies.items() if group in groups}


def _done(edit: Edit, other: str = "", said: str = "") -> Edited:
    return Edited(action=edit.action, at=edit.at, by=edit.by, other=other, said=said)


def as_grouped(narratives: Iterable[Narrative]) -> list[GroupedNarrative]:
    """Narratives as posts were grouped, to be kept beside those under edits."""
    return [
        GroupedNarrative(**{name: getattr(one, name) for name in _SHARED}) for one in narratives
    ]


def as_narratives(grouped: Iterable[Narrative]) -> list[Narrative]:
    """What `as_grouped` kept, as narratives."""
    return [Narrative(**{name: getattr(one, name) for name in _SHARED}) for one in grouped]


def with_narratives(themes: Iterable[Theme], narratives: Sequence[Narrative]) -> list[Theme]:
    """Themes that name the narratives in them, the largest first."""
    by_size = sorted(narratives, key=lambda one: (-one.posts, one.id))
    return [
        replace(theme, narratives=tuple(one.id for one in by_size if one.theme == theme.id))
        for theme in themes
    ]
