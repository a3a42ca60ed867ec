"""One cluster as its page shows it: its evidence, the posts behind that, and names of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from dashboard import sanitize
from dashboard.answers import PostFacts
from dashboard.base import ViewContext
from dashboard.components.signal_words import SignalWords
from tocsin.core.documents import Document, native_id
from tocsin.core.findings import Cluster, Edge, Evidence, Member
from tocsin.core.shared_objects import count_objects, unite

MAX_POSTS = 4_000
QUOTED_KINDS = ("post", "text")
"""Kinds of objects that are shown by a text of theirs."""
LINKED_KINDS = ("address", "site", "media")
"""Kinds of objects that are addresses, so that they can be links."""


@dataclass(frozen=True)
class ClusterViewModel:
    """A cluster with what it rests on, for one drawing; what it reads is cached by index state.

    Attributes:
        cluster: the cluster under the marks of now and the reader's thresholds.
        name: what it is called on the screens.
        signals: the words of its signals.
    """

    context: ViewContext
    cluster: Cluster
    name: str
    signals: SignalWords

    @cached_property
    def edges(self) -> list[Edge]:
        """The edges between accounts that are shown."""
        shown = {member.id for member in self.cluster.accounts}
        edges = self.context.queries.edges(self.cluster.id)
        return [edge for edge in edges if edge.a in shown and edge.b in shown]

    @cached_property
    def evidence(self) -> list[Evidence]:
        """Every shared object once, those that join most accounts first."""
        accounts = frozenset(member.id for member in self.cluster.accounts)
        of_pairs = self.context.queries.evidence(self.cluster.id, accounts)
        return unite((*self.cluster.evidence, *of_pairs))

    @cached_property
    def object_counts(self) -> dict[str, int]:
        """Signal -> distinct objects shared by it, as on the command line; most first."""
        return count_objects(replace(self.cluster, evidence=tuple(self.evidence)))

    @cached_property
    def posts(self) -> Mapping[str, PostFacts]:
        """The posts behind the evidence, by id."""
        ids = list(dict.fromkeys(post for item in self.evidence for post in item.posts))
        return self.context.queries.post_facts(ids[:MAX_POSTS])

    def documents(self, posts: Sequence[PostFacts]) -> tuple[Document, ...]:
        """Some of these posts as they may be shown."""
        return self.context.queries.documents([post.id for post in posts])

    @cached_property
    def members(self) -> list[Member]:
        """Accounts, the most coordinated first."""
        return sorted(self.cluster.accounts, key=lambda m: (-m.degree, m.id))

    @cached_property
    def excluded(self) -> list[Member]:
        """Accounts that left the cluster because a person marked them benign."""
        return sorted(
            self.context.queries.excluded_members(self.cluster.id),
            key=lambda m: (-m.degree, m.id),
        )

    @cached_property
    def _handles(self) -> dict[str, str | None]:
        return {member.id: member.handle for member in (*self.members, *self.excluded)}

    def account_name(self, account: str) -> str:
        """What an account is called. One line, not escaped."""
        return self.context.account_names.display_name(account, self._handles.get(account))

    def object_kind(self, item: Evidence) -> str:
        """How an object is shown; guessed from the object where the run did not describe it."""
        if kind := self.signals.object_kind(item.signal):
            return kind
        if item.object in self.posts:
            return "post"
        return "address" if sanitize.safe_url(item.object) else "text"

    def object_url(self, item: Evidence) -> str | None:
        """The address that an object is, where it is one that can be linked."""
        return sanitize.safe_url(item.object) if self.object_kind(item) in LINKED_KINDS else None

    def object_name(self, item: Evidence, limit: int = 80) -> str:
        """What a shared object is called: its text, its address, its tags.

        One line, not escaped.
        """
        words, kind = self.context.words, self.object_kind(item)
        if kind in QUOTED_KINDS:
            if text := self._quotable_text(item, kind):
                return words("post.quoted", text=sanitize.single_line(text, limit - 2))
            return sanitize.single_line(native_id(item.object), limit)
        if kind == "time" and (moment := _parse_moment(item.object)):
            return words.moment(moment)
        if kind == "tags":
            tags = " ".join(f"#{tag.lstrip('#')}" for tag in item.object.split())
            return sanitize.single_line(tags, limit)
        if kind == "account":
            return self.account_name(item.object)
        bare = item.object.removeprefix("https://").removeprefix("http://")
        return sanitize.single_line(bare, limit)

    def _quotable_text(self, item: Evidence, kind: str) -> str | None:
        """The text of a shared post or of a copied text, from a stored post that repeats it."""
        post = self._quotable(item, kind)
        document = self._quoted.get(post.id) if post else None
        return document.text if document else None

    def _quotable(self, item: Evidence, kind: str) -> PostFacts | None:
        original = self.posts.get(item.object)
        if original and original.has_text:
            return original
        for name in item.posts:
            post = self.posts.get(name)
            if post is None or not post.has_text:
                continue
            # a copy and a repost repeat the text; a reply or a quotation does not
            if kind == "text" or post.repost_of == item.object:
                return post
        return None

    @cached_property
    def _quoted(self) -> dict[str, Document]:
        """Those posts whose text names an object, read together."""
        posts = {
            post.id: post
            for item in self.evidence
            if (kind := self.object_kind(item)) in QUOTED_KINDS
            if (post := self._quotable(item, kind))
        }
        return {document.id: document for document in self.documents(list(posts.values()))}

    @cached_property
    def _posts_by_object(self) -> dict[tuple[str, str], list[PostFacts]]:
        return {(item.signal, item.object): self._in_order(item) for item in self.evidence}

    def _in_order(self, item: Evidence) -> list[PostFacts]:
        posts = [self.posts[post] for post in item.posts if post in self.posts]
        return sorted(posts, key=lambda post: (post.published_at or _LAST, post.id))

    def posts_of(self, item: Evidence) -> list[PostFacts]:
        """The posts of one object that still exist, the first first, undated ones last."""
        return self._posts_by_object[item.signal, item.object]

    def evidence_of(self, account: str) -> list[Evidence]:
        """The objects that an account shared."""
        return [
            item
            for item in self.evidence
            if account in item.accounts
            or any(post.author == account for post in self.posts_of(item))
        ]


_LAST = datetime.max.replace(tzinfo=UTC)


def _parse_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def partners_of(edges: Sequence[Edge], account: str) -> list[str]:
    """The accounts that an account has an edge with."""
    return sorted({e.b if e.a == account else e.a for e in edges if account in (e.a, e.b)})
