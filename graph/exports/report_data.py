"""What the sections of the report read, and how they say it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.exports.coordination_results import CoordinationResults, ReportedGroup, read_results
from graph.exports.escaping import MAX_LINE, AccountMasker, code_span, prose
from graph.exports.phrases import as_sentence
from index.narratives.signals import current_signals
from index.privacy import pseudonyms
from tocsin.core.calibration.record import newest
from tocsin.core.documents import native_id
from tocsin.core.findings import Evidence, Influence, Narrative, Structure, WeakSignal
from tocsin.core.groups.narrative_order import narrative_sort_key
from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.language.words import Words, terminal_language
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index, Stats
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document
    from tocsin.core.workspace import Workspace

MAX_EVIDENCE_ROWS = 10
MAX_STRUCTURE_ROWS = 5
MAX_STRUCTURES = 20
"""Pairs, stars and chains that the report shows; in real data there may be hundreds."""
MAX_ACCOUNT_NAME = 250
MAX_HANDLE = 120
MAX_HEADLINE = 100
MAX_TERM = 80
MAX_TERMS = 6
BATCH = 1_000
"""Documents that are asked of the index at a time."""


@dataclass(frozen=True)
class ReportData:
    """Everything that the sections read, and the language that they speak."""

    words: Words
    results: CoordinationResults
    stats: Stats
    pseudonyms: Pseudonyms
    masker: AccountMasker
    documents: Mapping[str, Document]
    narratives: Sequence[Narrative]
    signals: Sequence[WeakSignal]
    influence: Sequence[Influence]
    calibration: Mapping[str, Any] | None = None

    @property
    def structures(self) -> Sequence[ReportedGroup]:
        """The pairs, stars and chains that are shown."""
        return self.results.reported_structures[:MAX_STRUCTURES]

    @property
    def structures_left_out(self) -> int:
        """How many pairs, stars and chains are not."""
        return len(self.results.reported_structures) - len(self.structures)

    def say(self, code: str, /, **parameters: Any) -> str:
        """A sentence of the report in its language; ``code`` is a key of the catalogues.

        Its Markdown stands as it is, so parameters that are text must be escaped.
        """
        return self.words.say(Message(code, parameters))

    def prose(self, sentence: str | Message | None, limit: int = MAX_LINE) -> str:
        """A sentence of a finding, escaped."""
        return prose(self.words.say(sentence or ""), limit)

    def sentence(self, sentence: str | Message | None, limit: int = MAX_LINE) -> str:
        """The same with a capital in front and a full stop behind."""
        return as_sentence(self.prose(sentence, limit))

    def post(self, post: str, limit: int) -> str:
        """A post's id, in which no account is named."""
        return code_span(self.masker.text(native_id(post)), limit)

    def account(self, author: str) -> str:
        """An account as the privacy settings show it."""
        return code_span(self.pseudonyms.account(author), MAX_ACCOUNT_NAME)

    def account_and_handle(self, author: str, handle: str | None) -> str:
        """An account, and its handle where it is another name and may be shown."""
        account = self.account(author)
        if not handle or self.pseudonyms.enabled or handle == native_id(author):
            return account
        return f"{account} {code_span(handle, MAX_HANDLE)}"

    def signal(self, name: str) -> str:
        """What accounts did, as a signal says it."""
        label = self.results.signal(name).label
        return self.prose(Message("report.signal", {"label": label}))

    def headline(self, headline: str) -> str:
        """The words of a post that stand for a narrative."""
        return code_span(self.masker.text(headline), MAX_HEADLINE)

    def terms(self, terms: Sequence[str]) -> str:
        """The first terms of a narrative or signal."""
        chosen = shown_terms(terms, MAX_TERMS)
        shown = [code_span(self.masker.text(term), MAX_TERM) for term in chosen]
        return ", ".join(shown) or self.say("report.no_terms")


def read_report_data(index: Index, workspace: Workspace) -> ReportData:
    """Read what the report is made of.

    Raises:
        ConfigError: there is no analysis yet.
    """
    account_names = pseudonyms(workspace, index)
    calibration = newest(workspace)
    results = read_results(index, account_names, calibration)
    groups = (*results.reported, *results.reported_structures[:MAX_STRUCTURES])
    shown = [row for group in groups for row in choose_evidence(group)]
    documents = _read_documents(index, sorted({post for row in shown for post in row.posts}))
    influence = [
        account_names.finding(f) for f in index.findings("influence") if isinstance(f, Influence)
    ]
    narratives = [
        account_names.finding(f) for f in index.findings("narrative") if isinstance(f, Narrative)
    ]
    signals = [account_names.finding(f) for f in current_signals(index)[0]]
    return ReportData(
        words=Words(terminal_language(workspace.settings.language, os.environ)),
        results=results,
        stats=index.stats(),
        pseudonyms=account_names,
        masker=AccountMasker(account_names),
        documents=documents,
        narratives=sorted(narratives, key=lambda f: (*narrative_sort_key(f), -f.posts, f.id)),
        signals=sorted(signals, key=lambda f: (f.flagged_at, f.id), reverse=True),
        influence=influence,
        calibration=calibration,
    )


def _read_documents(index: Index, ids: Sequence[str]) -> dict[str, Document]:
    return {
        document.id: document
        for start in range(0, len(ids), BATCH)
        for document in index.get(ids[start : start + BATCH])
        if document is not None
    }


def choose_evidence(group: ReportedGroup) -> list[Evidence]:
    """The first rows, but with each signal at least once, in their order."""
    rows = group.cluster.evidence
    most = MAX_STRUCTURE_ROWS if isinstance(group.cluster, Structure) else MAX_EVIDENCE_ROWS
    first_of_signal: dict[str, int] = {}
    for place, row in enumerate(rows):
        first_of_signal.setdefault(row.signal, place)
    places = sorted(first_of_signal.values())[:most]
    others = [place for place in range(len(rows)) if place not in places]
    places += others[: most - len(places)]
    return [rows[place] for place in sorted(places)]
