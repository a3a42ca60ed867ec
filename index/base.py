"""The index contract: one Protocol, several backends, one contract test-suite.

Words used here: a *window* is half-open in ``published_at``; a *query* is text in Tocsin's query
language (`index.query`) or its parsed tree, empty meaning everything; *ids* are document ids.
Documents without ``published_at`` are found without a window and sort after all others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

from index.fields import COLUMNS as COLUMNS
from index.fields import FACETS as FACETS
from index.fields import DeclaredField as DeclaredField
from index.fields import FieldType as FieldType
from index.versions.history import Sighting

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from index.query import Node
    from tocsin.core.documents import Annotation, Document
    from tocsin.core.findings import Finding
    from tocsin.core.messages import Message

SCHEMA_VERSION = 1

Query: TypeAlias = "str | Node"
Order: TypeAlias = Literal["newest", "oldest", "relevance"]
Conflict: TypeAlias = Literal["keep", "replace"]
EditAction: TypeAlias = Literal["rename", "merge", "split", "pin", "bin"]
"""What an analyst does to a narrative; kept as a mark: see `index.narratives.edits`."""
Mark: TypeAlias = Literal["benign", "suspect", "unsure", "useful", "noise"] | EditAction


class Outcome(StrEnum):
    """What became of one document of a ``put``, or one row of an ``annotate``."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REPLACED = "replaced"
    VERSION = "version"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    ANNOTATED = "annotated"
    MISSING = "missing"


class Verdict(NamedTuple):
    """Outcome of one item, in the order given."""

    id: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """``since <= published_at < until``; None is unbounded."""

    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Window()


@dataclass(frozen=True, slots=True)
class Hits:
    """``total`` is exact. ``after`` is the cursor of the next page, or None at the end."""

    total: int
    documents: list[Document]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """``values`` in falling count, ties by key; ``other`` is the count beyond them, ``error`` its
    bound."""

    field: str
    values: list[tuple[str, int]]
    other: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class Histogram:
    """``buckets``: aware start of each interval in the asked time zone, and its count; gaps are
    filled."""

    interval: str
    buckets: list[tuple[datetime, int]]


@dataclass(frozen=True, slots=True)
class Page:
    """What one screen shows, over one hit set."""

    total: int
    facets: dict[str, Facet]
    histogram: Histogram
    documents: list[Document]


@dataclass(frozen=True, slots=True)
class Stats:
    """Sizes of the store. ``stages`` maps stage to version to number of annotated documents.

    ``without`` counts documents that lack something (``author``, ``time``, ``text``: no words in
    text or title), and ``without_by_source`` the same for each source.
    """

    documents: int
    authors: int
    sources: dict[str, int]
    stages: dict[str, dict[str, int]]
    vectors: dict[str, int]
    bytes: int
    backend: str
    generation: str | None
    newest_at: datetime | None = None
    oldest_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    without: dict[str, int] = field(default_factory=dict)
    without_by_source: dict[str, dict[str, int]] = field(default_factory=dict)


class NamedAccount(NamedTuple):
    """What an account is called.

    ``handle`` as last seen; ``handles`` are all that its posts carried, with the newest, folded as
    the field ``handle`` is.
    """

    id: str
    handle: str | None
    handles: frozenset[str]


class Index(Protocol):
    """A store of documents, annotations, vectors and findings.

    Every method may raise `tocsin.core.errors.Retry` (the store is busy or away), `ConfigError`
    (wrong address, password, version, schema) or `Abort` (disk full, store broken), with a
    sentence.
    """

    backend: str

    def close(self) -> None: ...
    def ping(self) -> None:
        """Return if the store answers; raise otherwise."""

    def stats(self) -> Stats: ...
    def capabilities(self) -> dict[str, bool | str]:
        """What this store can do (``stemming_fr``, ``scripts``, ``version``...), for ``tocsin
        check``."""

    def incidents(self) -> list[str]:
        """What the store made this client wait for or send again since it was opened: sentences for
        the report of a run."""

    def troubles(self) -> list[Message]:
        """What is wrong with this store though it answers, in sentences, for ``tocsin check``."""

    def ensure_schema(self) -> None:
        """Create what is missing.

        Idempotent. Refuses a newer schema or another analyser version.
        """

    def migrate(self) -> None:
        """Bring an older schema to this one. Idempotent, resumable."""

    # -- fields that stages declare
    def declare_fields(self, stage: str, fields: Mapping[str, FieldType]) -> None:
        """Make values of a stage's annotations searchable: terms, facets and scan columns.

        The value of field ``question`` is ``annotations[stage].values["question"]``, whether it was
        annotated before or after; values of another type are absent. Idempotent and kept in the
        index.

        Raises:
            ConfigError: a name cannot be a field, is taken (a built-in field, a scan column, a
                field
                of another stage), or was declared with another type.
        """

    def declared_fields(self) -> Mapping[str, DeclaredField]:
        """The declared fields by name, in the order they were declared."""

    # -- documents
    def put(
        self, documents: Sequence[Document], *, on_conflict: Conflict = "keep"
    ) -> list[Verdict]:
        """Store documents; return after durable acceptance, a verdict per document in order.

        ``keep``: an id already there is a duplicate. ``replace``: it is replaced where its
        ``content_hash`` differs (``revision`` + 1, annotations and vectors dropped; the text of
        before stays in ``history``), else a duplicate whose ``metrics`` are updated and that was
        seen again. One seen (``collected_at``) before the text that is held was first seen, as in
        an archive, is a ``version`` in its ``history``; where that text is known it is a duplicate.
        A suppressed author's document is ``suppressed``.
        """

    def see(self, sightings: Sequence[Sighting]) -> int:
        """Keep that documents were seen unchanged, or that their pages are gone (the first time
        counts; seeing one again ends it). Unknown ids are passed over; the number known."""

    def annotate(self, rows: Iterable[tuple[str, Annotation]], stage: str) -> list[Verdict]:
        """Set one stage's annotation of each id; an unknown id is ``missing``, never a ghost."""

    def get(self, ids: Sequence[str]) -> list[Document | None]:
        """Documents by id with all annotations, in order; real time."""

    def accounts(self, names: Collection[str] | None = None) -> list[NamedAccount]:
        """Everybody who has a document here, by id; with ``names`` at least those who have one of
        them as id (with platform or without) or ever had it as handle (any case, with @ or
        without)."""

    def refresh(self) -> None:
        """After this, search sees all that was returned before."""

    def delete(self, ids: Sequence[str], *, keep_raw: bool = False) -> int:
        """Remove documents with their vectors, annotations and mentions in findings; the number
        removed. Their original bytes go, too, unless another document is of the same bytes or
        another index of the workspace holds the same documents (``keep_raw``)."""

    def delete_by_author(self, author: str, *, suppress: bool = True) -> int:
        """Remove a person everywhere, verified; with ``suppress`` later puts are refused."""

    def account_names(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Author id, handle and display name of every account, in the order of ids."""

    # -- asking
    def search(
        self,
        query: Query = "",
        *,
        window: Window = EVERYTHING,
        order: Order = "newest",
        size: int = 50,
        after: str | None = None,
    ) -> Hits: ...
    def page(
        self,
        query: Query = "",
        *,
        window: Window = EVERYTHING,
        facets: Sequence[str] = ("author", "lang", "hashtag", "domain", "source"),
        facet_size: int = 10,
        interval: str = "auto",
        timezone: str = "UTC",
        size: int = 50,
    ) -> Page:
        """Count, facets, histogram and newest hits over one hit set: what a screen calls."""

    def count(self, query: Query = "", *, window: Window = EVERYTHING) -> int: ...
    def facet(
        self, field: str, query: Query = "", *, window: Window = EVERYTHING, size: int = 10
    ) -> Facet: ...
    def histogram(
        self,
        query: Query = "",
        *,
        window: Window = EVERYTHING,
        interval: str = "auto",
        timezone: str = "UTC",
    ) -> Histogram:
        """``interval`` is ``1m 5m 15m 1h 6h 1d 1w`` or auto (at most 120 buckets).

        Days start at local midnight, weeks on Monday.
        """

    def cardinality(self, field: str, query: Query = "", *, window: Window = EVERYTHING) -> int: ...

    # -- vectors
    def put_vectors(self, model: str, ids: Sequence[str], vectors: np.ndarray) -> list[Verdict]:
        """float32 (n, d), L2-normalised; models never mix; an unknown id is ``missing``."""

    def vectors(self, model: str, ids: Sequence[str] | None = None) -> tuple[list[str], np.ndarray]:
        """Ids (those that have one, in the order asked, else by id) and their float32 (n, d)
        matrix."""

    def knn(
        self,
        model: str,
        vector: np.ndarray,
        k: int = 10,
        *,
        query: Query = "",
        window: Window = EVERYTHING,
    ) -> list[tuple[str, float]]:
        """Filter first, then the k of greatest cosine, with it; ties by id.

        Recall >= 0.95 of exact.
        """

    # -- bulk
    def scan(
        self,
        columns: Sequence[str],
        *,
        query: Query = "",
        window: Window = EVERYTHING,
        order: Literal["time", "none"] = "time",
        batch_size: int = 50_000,
        slices: tuple[int, int] = (0, 1),
    ) -> Iterator[pa.RecordBatch]:
        """A frozen view of `COLUMNS`, each document exactly once; ``time`` orders by (published_at,
        id).

        String columns may come dictionary-encoded. ``slices=(i, n)`` gives the i-th of n disjoint
        parts.
        """

    def missing(self, stage: str, version: str, *, batch_size: int = 1_000) -> Iterator[list[str]]:
        """Ids whose annotation is absent or of another version, in (time, id) order."""

    def changes(self, since: str | None = None, *, limit: int = 10_000) -> tuple[list[str], str]:
        """Ids put or replaced since a cursor (None: from the beginning), oldest first, and the next
        cursor."""

    # -- findings
    def publish(
        self, findings: Iterable[Finding], *, kinds: Sequence[str], generation: str
    ) -> None:
        """Make ``findings`` the whole of these kinds: readers see the old generation, then all of
        the new."""

    def findings(
        self,
        kind: str,
        *,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        cluster: str | None = None,
    ) -> list[Finding]:
        """The published findings of a kind in the order they were published.

        ``cluster``: those alone that stand in it, for edges and ties.
        """

    def generation(self, kind: str) -> str | None:
        """The generation that ``findings(kind)`` shows: the ``run_id`` that made it."""

    # -- what people say and what a workspace remembers
    def put_mark(self, subject: str, mark: Mark | None, *, note: str = "") -> None:
        """An analyst's mark of a cluster, account, weak signal or narrative; None takes it back.

        Survives new generations.
        """

    def marks(self) -> dict[str, dict[str, Any]]:
        """subject -> {"mark", "note", "made_at"}."""

    def suppressed(self) -> frozenset[str]:
        """Author ids (hashed, see `index.privacy`) that asked to be forgotten."""

    def suppress(self, hashes: Sequence[str]) -> None:
        """Add hashes to that list: their documents are refused from now on.

        What is stored stays; see `delete_by_author`.
        """

    # -- moving house
    def export(self) -> Iterator[Mapping[str, Any]]:
        """Everything as JSON-able records: documents with annotations, vectors, findings, marks,
        suppressions."""

    def import_(self, records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
        """Take what ``export`` gave; idempotent; counts by record type."""
