"""One cluster as the detail shows it: its evidence, the posts behind that, and how objects are called."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from dashboard import sanitize as safe
from dashboard.base import Screen
from dashboard.components import figures
from tocsin.core.documents import Document, native_id
from tocsin.core.findings import Cluster, Edge, Evidence, Member

MAX_POSTS = 4_000


@dataclass(frozen=True)
class Case:
    """A cluster with what it rests on. Built once per drawing; what it reads is cached by the index state."""

    screen: Screen
    cluster: Cluster
    called: str

    @cached_property
    def edges(self) -> list[Edge]:
        """The edges between accounts that are shown."""
        ids = {m.id for m in self.cluster.accounts}
        return [e for e in self.screen.reads.edges(self.cluster.id) if e.a in ids and e.b in ids]

    @cached_property
    def evidence(self) -> list[Evidence]:
        """Every shared object once, those that join most accounts first."""
        return figures.evidence_of(self.cluster, self.edges)

    @cached_property
    def posts(self) -> dict[str, Document]:
        """The documents behind the evidence, by id."""
        ids = list(dict.fromkeys(post for item in self.evidence for post in item.posts))[:MAX_POSTS]
        return {document.id: document for document in self.screen.reads.documents(ids)}

    @cached_property
    def members(self) -> list[Member]:
        """Accounts, the most coordinated first."""
        return sorted(self.cluster.accounts, key=lambda m: (-m.degree, m.id))

    def name(self, account: str) -> str:
        """What an account is called."""
        handle = next((m.handle for m in self.cluster.accounts if m.id == account), None)
        return self.screen.people.name(account, handle)

    def object(self, item: Evidence, limit: int = 80) -> str:
        """What a shared object is called: its text, its address, its tags. One line, not escaped."""
        if item.signal in ("copy", "repost", "quote", "reply"):
            # what a stored original or copy says; a repost repeats it, an answer does not
            stands_for = [item.object, *(item.posts if item.signal in ("copy", "repost") else ())]
            found = next(
                (
                    self.posts[post]
                    for post in stands_for
                    if post in self.posts and self.posts[post].text
                ),
                None,
            )
            if found is None:
                return safe.line(native_id(item.object), limit)
            return self.screen.words("post.quoted", text=safe.line(found.text, limit - 2))
        if item.signal == "synchrony":
            with contextlib.suppress(ValueError):
                return self.screen.words.moment(datetime.fromisoformat(item.object))
        if item.signal == "hashtags":
            return safe.line(" ".join(f"#{tag.lstrip('#')}" for tag in item.object.split()), limit)
        return safe.line(item.object.removeprefix("https://").removeprefix("http://"), limit)

    @cached_property
    def _met(self) -> dict[tuple[str, str], list[Document]]:
        return {(item.signal, item.object): self._in_order(item) for item in self.evidence}

    def _in_order(self, item: Evidence) -> list[Document]:
        found = [self.posts[post] for post in item.posts if post in self.posts]
        return sorted(
            found,
            key=lambda d: (
                d.published_at is None,
                d.published_at.timestamp() if d.published_at else 0.0,
                d.id,
            ),
        )

    def together(self, item: Evidence) -> list[Document]:
        """The posts of one object that still exist, the first first."""
        return self._met[item.signal, item.object]

    def of(self, account: str) -> list[Evidence]:
        """The objects that an account shared."""
        return [
            item
            for item in self.evidence
            if account in item.accounts
            or any(d.author and d.author.id == account for d in self.together(item))
        ]


def joined(edges: Sequence[Edge], account: str) -> list[str]:
    """The accounts that an account has an edge with."""
    return sorted({e.b if e.a == account else e.a for e in edges if account in (e.a, e.b)})
