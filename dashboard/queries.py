"""What the screens read, each thing once: results are kept until the index or its findings change.

A *stamp* names the state of the index (its sizes, newest post and generations); it is asked at most
every few seconds and is part of every cache key. What the index gives is immutable, so it is shared
between sessions without copies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import streamlit as st

from dashboard import answers
from dashboard.answers import PostFacts
from dashboard.collection_gaps import Gap, find_gaps, gap_interval
from dashboard.stage_fields import declared_fields, field_labels
from index.base import (
    EVERYTHING,
    DeclaredField,
    Histogram,
    Hits,
    Index,
    Mark,
    Order,
    Page,
    Query,
    Stats,
    Window,
)
from index.connect import open_index
from index.current import flagged_accounts
from index.directory import Directory
from index.narratives.edits import SUBJECT as EDITS
from index.narratives.signals import split_binned
from index.privacy import Pseudonyms, pseudonyms
from index.query import Node, Or, Term, parse
from index.reading.columns import column_values
from tocsin.core.documents import Author, Document
from tocsin.core.findings import (
    KINDS,
    Alert,
    Cluster,
    Copy,
    Edge,
    Evidence,
    Finding,
    GroupedNarrative,
    Influence,
    Member,
    Narrative,
    Structure,
    Tested,
    Theme,
    WeakSignal,
)
from tocsin.core.messages import Message
from tocsin.core.progress import recent_runs, run_record
from tocsin.core.runtime.answers import answer
from tocsin.core.workspace import Workspace

FRESH_SECONDS = 5
_HANDLE_POSTS = 200


def _close(opened: tuple[Workspace, Index]) -> None:
    opened[1].close()


@st.cache_resource(show_spinner=False, on_release=_close)
def open_workspace(home: str) -> tuple[Workspace, Index]:
    """The workspace and its index, opened once for all sessions."""
    workspace = Workspace(Path(home))
    return workspace, open_index(workspace)


@dataclass(frozen=True)
class IndexState:
    """The index at one moment; ``stamp`` changes with it. ``edited``: analysts did something to
    narratives. ``unanalysed``: posts that came in after the last analysis, as far as is known."""

    stats: Stats
    generations: tuple[tuple[str, str], ...]
    stamp: str
    edited: bool = False
    unanalysed: int = 0


@st.cache_resource(ttl=FRESH_SECONDS, show_spinner=False)
def _state(home: str, _index: Index) -> IndexState:
    stats = _index.stats()
    generations = tuple(
        (kind, generation) for kind in sorted(KINDS) if (generation := _index.generation(kind))
    )
    edits = [
        (subject, mark["made_at"])
        for subject, mark in sorted(_index.marks().items())
        if subject.startswith(EDITS)
    ]
    named = repr(
        (
            home,
            edits,
            stats.documents,
            stats.newest_at,
            sorted(stats.stages.items()),
            sorted(stats.vectors.items()),
            generations,
        )
    )
    stamp = hashlib.sha256(named.encode()).hexdigest()[:16]
    unanalysed = _unanalysed(home, stats, dict(generations))
    return IndexState(stats, generations, stamp, bool(edits), unanalysed)


def _unanalysed(home: str, stats: Stats, generations: Mapping[str, str]) -> int:
    record = run_record(Path(home), generations.get(Tested.kind))
    window: Mapping[str, Any] = record.get("window") or {}
    seen = record.get("seen")
    if not isinstance(seen, int) or any(window.values()):  # a part alone was analysed
        return 0
    return max(0, stats.documents - seen)


@st.cache_resource(max_entries=2, show_spinner=False)
def _people(stamp: str, home: str, hidden: bool, _index: Index) -> Pseudonyms:  # noqa: ARG001
    """How accounts are shown, with the names that are looked for in texts."""
    people = pseudonyms(open_workspace(home)[0], _index)
    people.enabled = hidden
    return people


@st.cache_resource(max_entries=24, show_spinner=False)
def _findings(
    stamp: str,  # noqa: ARG001
    kind: str,
    hidden: bool,  # noqa: ARG001
    _people: Pseudonyms,
    _index: Index,
) -> tuple[Finding, ...]:
    return tuple(_people.finding(finding) for finding in _index.findings(kind))


@st.cache_resource(max_entries=128, show_spinner=False)
def _handles(stamp: str, authors: tuple[str, ...], _index: Index) -> dict[str, str]:  # noqa: ARG001
    handles: dict[str, str] = {}
    terms = tuple(Term("author", author) for author in authors)
    newest = _index.search(Or(terms), size=_HANDLE_POSTS).documents if terms else []
    for document in newest:
        if document.author and document.author.handle:
            handles.setdefault(document.author.id, document.author.handle)
    for term in terms:  # those who posted before the others' newest posts
        if term.value not in handles:
            for document in _index.search(term, size=1).documents:
                handles[term.value] = (document.author.handle if document.author else None) or ""
    return handles


@st.cache_resource(max_entries=2, show_spinner=False)
def _known_accounts(stamp: str, home: str, _index: Index) -> dict[str, str]:  # noqa: ARG001
    pseudonymiser = pseudonyms(open_workspace(home)[0])
    authors: set[str] = set()
    for batch in _index.scan(["author"], order="none"):
        authors.update(author for author in column_values(batch.column(0)) if author)
    return {pseudonymiser.pseudonym(author): author for author in sorted(authors)}


@st.cache_resource(max_entries=2, show_spinner=False)
def _directory(stamp: str, _index: Index) -> Directory:  # noqa: ARG001
    return Directory(_index.accounts())


@st.cache_resource(max_entries=16, show_spinner=False)
def _dossier(
    stamp: str,  # noqa: ARG001
    subject: str,
    marks: str,  # noqa: ARG001
    _workspace: Workspace,
    _index: Index,
) -> Mapping[str, Any]:
    return answer("source", _workspace, _index, subject)


@st.cache_resource(max_entries=16, show_spinner=False)
def _kept_examples(
    stamp: str,  # noqa: ARG001
    subject: str,
    hidden: bool,  # noqa: ARG001
    _workspace: Workspace,
    _index: Index,
) -> Mapping[str, Any]:
    return answer("import", _workspace, _index, subject)


@dataclass(frozen=True)
class WorkspaceQueries:
    """What the views read of one workspace, at one state of its index.

    Every method may raise `tocsin.core.errors.TocsinError`.
    """

    home: str
    workspace: Workspace
    index: Index
    state: IndexState
    timezone: str
    people: Pseudonyms

    @property
    def stamp(self) -> str:
        """The state's name, for further caches."""
        return self.state.stamp

    # -- fields and queries
    def declared_fields(self) -> Mapping[str, DeclaredField]:
        """Fields that enrichment stages declared in this index, by name."""
        return declared_fields(self.stamp, self.index)

    def field_labels(self) -> Mapping[str, Message]:
        """What stages call the fields that they declared, where they say it."""
        return field_labels(self.stamp, self.index)

    def parse(self, text: str) -> Node:
        """The tree of a query. Raises `index.query.QueryError`."""
        return parse(text, self.declared_fields())

    # -- documents
    def page(
        self,
        query: Query,
        window: Window,
        *,
        facets: Sequence[str],
        interval: str = "auto",
        size: int = 0,
    ) -> Page:
        """Count, facets, histogram and newest hits over one hit set: one call a screen."""
        wanted = (query, window, tuple(facets), interval, self.timezone, size)
        asked = answers.question(*wanted, self.people.enabled)
        return answers.page(self.stamp, asked, *wanted, self.people, self.index)

    def search(
        self, query: Query, window: Window, order: Order, size: int, after: str | None = None
    ) -> Hits:
        """One page of hits, by cursor."""
        wanted = (query, window, order, size, after)
        asked = answers.question(*wanted, self.people.enabled)
        return answers.search(self.stamp, asked, *wanted, self.people, self.index)

    def histogram(self, query: Query, window: Window, interval: str) -> Histogram:
        """Posts over time."""
        wanted = (query, window, interval, self.timezone)
        return answers.histogram(self.stamp, answers.question(*wanted), *wanted, self.index)

    def gaps(self, window: Window = EVERYTHING) -> list[Gap]:
        """The times in a window in which nothing was collected: unknown, not zero."""
        stats = self.state.stats
        if stats.oldest_at is None or stats.newest_at is None:
            return []
        interval = gap_interval(stats.newest_at - stats.oldest_at)
        buckets = self.histogram("", EVERYTHING, interval).buckets
        return [
            gap
            for gap in find_gaps(buckets, stats.oldest_at)
            if (window.until is None or gap.since < window.until)
            and (window.since is None or gap.until > window.since)
        ]

    def untested(self) -> list[Message]:
        """What the published analysis did not test for weak signals, a sentence each."""
        generation = dict(self.state.generations).get(WeakSignal.kind)
        record = run_record(self.workspace.home, generation)
        said = []
        if hours := float(record.get("signals_untested_hours") or 0.0):
            said.append(Message("weak_signal.untested", {"n": hours}))
        if counts := record.get("signals_day_only"):
            said.append(Message("weak_signal.day_only", {"n": counts[0], "of": counts[1]}))
        if pushed := int(record.get("signals_pushed") or 0):
            said.append(Message("weak_signal.pushed", {"n": pushed}))
        if quiet := int(record.get("signals_quiet") or 0):
            said.append(Message("weak_signal.quiet", {"n": quiet}))
        if binned := len(self._told(WeakSignal.kind)[1]):
            said.append(Message("weak_signal.binned", {"n": binned}))
        return said

    def documents(self, ids: Sequence[str]) -> tuple[Document, ...]:
        """Documents by id, those gone since left out."""
        wanted = tuple(ids)
        asked = answers.question(wanted, self.people.enabled)
        return answers.documents(self.stamp, asked, wanted, self.people, self.index)

    def author_of(self, post: str) -> Author | None:
        """Who wrote a post; None where it was not collected, or says nobody."""
        found = self.documents((post,))
        return found[0].author if found else None

    def post_facts(self, ids: Sequence[str]) -> Mapping[str, PostFacts]:
        """Id -> time and author of posts, of thousands for the price of a few documents."""
        wanted = tuple(ids)
        return answers.post_facts(self.stamp, answers.question(wanted), wanted, self.index)

    def handles(self, authors: Sequence[str]) -> Mapping[str, str]:
        """Author id -> handle as last seen, for a few accounts."""
        return _handles(self.stamp, tuple(dict.fromkeys(authors)), self.index)

    def known_accounts(self) -> Mapping[str, str]:
        """Pseudonym -> author id of every account with a document."""
        return _known_accounts(self.stamp, self.home, self.index)

    def directory(self) -> Directory:
        """Who is called what."""
        return _directory(self.stamp, self.index)

    # -- findings
    def clusters(self) -> list[Cluster]:
        """The published clusters under the marks of now, as `index.current.current_clusters`."""
        marks = self.marks()
        return [cluster.under(marks) for cluster in self.published(Cluster.kind)]

    def structures(self) -> list[Structure]:
        """The published pairs, stars and chains under the marks of now."""
        marks = self.marks()
        found = cast("tuple[Structure, ...]", self.published(Structure.kind))
        return [structure.under(marks) for structure in found]

    def excluded_members(self, cluster_id: str) -> tuple[Member, ...]:
        """Accounts that the analysis put into a cluster and that a person marked benign since."""
        marks = self.marks()
        return tuple(
            member
            for kind in (Cluster.kind, Structure.kind)
            for cluster in self.published(kind)
            if cluster.id == cluster_id
            for member in cluster.accounts
            if marks.get(member.id, {}).get("mark") == "benign"
        )

    def published(self, kind: str) -> tuple[Cluster, ...]:
        """Clusters or structures as the analysis left them, whatever analysts marked since."""
        return cast("tuple[Cluster, ...]", self._findings(kind))

    def _findings(self, kind: str) -> tuple[Finding, ...]:
        return _findings(self.stamp, kind, self.people.enabled, self.people, self.index)

    def edges(self, cluster: str) -> tuple[Edge, ...]:
        """The edges inside one cluster, without their evidence: `evidence` has that."""
        return answers.edges(self.stamp, cluster, self.index)

    def evidence(self, cluster: str, accounts: frozenset[str]) -> tuple[Evidence, ...]:
        """What the pairs among these accounts of one cluster shared, every object once."""
        asked = answers.question(*sorted(accounts), self.people.enabled)
        return answers.evidence(self.stamp, cluster, asked, accounts, self.people, self.index)

    def tested(self) -> Tested | None:
        """What the last coordination run tested."""
        return cast("Tested | None", next(iter(self._findings(Tested.kind)), None))

    def weak_signals(self) -> list[WeakSignal]:
        """What is rising, as published, under the names and without the bin of analysts."""
        return self._told(WeakSignal.kind)[0]

    def alerts(self) -> list[WeakSignal]:
        """The alerts of the last replay, as `weak_signals`."""
        return self._told(Alert.kind)[0]

    def _told(self, kind: str) -> tuple[list[WeakSignal], list[WeakSignal]]:
        found = cast("tuple[WeakSignal, ...]", self._findings(kind))
        return split_binned(found, self.narratives() if self.state.edited else ())

    def analysed(self, kind: str) -> bool:
        """Whether findings of a kind were ever published, be they none."""
        return any(name == kind for name, _ in self.state.generations)

    def narratives(self) -> list[Narrative]:
        """The stories that posts tell, as published."""
        return list(cast("tuple[Narrative, ...]", self._findings(Narrative.kind)))

    def grouped_narratives(self) -> list[Narrative]:
        """The same as they were grouped, before analysts' edits: also those merged into others."""
        found = self._findings(GroupedNarrative.kind)
        return list(cast("tuple[Narrative, ...]", found))

    def themes(self) -> list[Theme]:
        """What narratives are about, as published."""
        return list(cast("tuple[Theme, ...]", self._findings(Theme.kind)))

    def copies(self) -> list[Copy]:
        """Texts that several posts carry, as published."""
        return list(cast("tuple[Copy, ...]", self._findings(Copy.kind)))

    def influencers(self) -> list[Influence]:
        """Whose posts spread, in both scopes, those of most spread first, as published."""
        return list(cast("tuple[Influence, ...]", self._findings(Influence.kind)))

    def flagged_accounts(self) -> frozenset[str]:
        """Author ids of the accounts in flagged clusters, pairs, stars and chains."""
        return frozenset(flagged_accounts(self.index, self._findings))

    def dossier(self, subject: str) -> Mapping[str, Any]:
        """What ``tocsin source`` answers of a domain or an account, under the marks of now.

        Posts are named by document id.

        Raises:
            ConfigError: the subject is no name, or may be several accounts.
        """
        marks = repr(sorted((key, mark.get("mark")) for key, mark in self.marks().items()))
        dossier = _dossier(self.stamp, subject.strip(), marks, self.workspace, self.index)
        facts = [
            fact | {key: self.people.hide(fact[key]) for key in ("name", "value", "innocent")}
            for fact in dossier["facts"]
        ]
        return {**dossier, "because": self.people.hide(dossier["because"]), "facts": facts}

    def kept_examples(self, run_id: str, number: int) -> Mapping[str, Sequence[str]]:
        """Key -> examples of a file whose records a run keeps; accounts hide as the settings say.

        Raises:
            ConfigError: the records are kept no longer.
        """
        workspace = Workspace(self.workspace.home)  # whether accounts hide may have changed
        subject = f"{run_id}/{number}"
        hidden = self.people.enabled
        kept = _kept_examples(self.stamp, subject, hidden, workspace, self.index)
        examples: Mapping[str, Sequence[str]] = kept["examples"]
        return examples

    # -- what people say, and runs
    def marks(self) -> dict[str, dict[str, Any]]:
        """The analysts' marks, always fresh."""
        return self.index.marks()

    def mark(self, subject: str, mark: Mark | None, note: str) -> None:
        """Keep an analyst's mark; marks and edits of narratives are all that the screens write."""
        self.index.put_mark(subject, mark, note=note)

    def last_run(self, command: str) -> dict[str, Any]:
        """The record of the newest run of a command; empty where there is none."""
        return next(map(self.people.hide, recent_runs(self.workspace.home, 1, (command,))), {})


def forget_state() -> None:
    """Look at the index anew at the next drawing, since a screen has changed it."""
    _state.clear()


def open_queries(home: str, timezone: str) -> WorkspaceQueries:
    """The reading side of the workspace in ``home``. Raises TocsinError."""
    workspace, index = open_workspace(home)
    # read again: whether accounts hide may change while the dashboard runs
    hidden = Workspace(workspace.home).settings.privacy.pseudonymise
    state = _state(home, index)
    people = _people(state.stamp, home, hidden, index)
    return WorkspaceQueries(home, workspace, index, state, timezone, people)
