"""`EmbeddedIndex`: the index contract on one SQLite file."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from index.base import (
    EVERYTHING,
    Conflict,
    Facet,
    Histogram,
    Hits,
    Mark,
    NamedAccount,
    Page,
    Query,
    Stats,
    Verdict,
    Window,
)
from index.embedded import annotate, authors, erase, findings, ingest, schema
from index.embedded.columnar import aggregations, persistence, scans
from index.embedded.columnar.cache import UNDATED, Cache
from index.embedded.columnar.matcher import Matcher, Postings, scoring_terms
from index.embedded.columnar.selection import PageCursor, Selection
from index.embedded.columnar.vectors import VectorMatrix, nearest
from index.embedded.database import Database
from index.embedded.documents import read_documents, read_stats
from index.embedded.findings import publish
from index.embedded.rows import codes, name_code, rows_of
from index.fields import DeclaredField, FieldType, with_declared
from index.maintenance import transfer
from index.privacy import suppression_hash
from index.query import parse
from index.versions.history import Sighting
from tocsin.core.documents import Annotation
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    import pyarrow as pa

    from index.base import Order
    from tocsin.core.documents import Document
    from tocsin.core.findings import Finding
    from tocsin.core.workspace import Workspace


class EmbeddedIndex:
    """One workspace's index in ``index.sqlite``. Threads may share it; they take turns."""

    backend = "embedded"

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._database = Database(workspace.file("index.sqlite"))
        self._name = ""
        self._hash_of = lru_cache(maxsize=100_000)(partial(suppression_hash, workspace.secret))
        self._cache = Cache()
        self._postings = Postings()
        self._authors = authors.Authors()
        self._matrices: dict[str, VectorMatrix] = {}
        self._puts = 0

    # -- opening and closing
    def close(self) -> None:
        """Close the file; the words of texts that were replaced leave it first. Idempotent."""
        if self._puts:
            self._puts = 0
            with contextlib.suppress(TocsinError):  # then the next one that writes does it
                erase.purge_replaced_words(self._database)
        self._database.close()

    def ping(self) -> None:
        """Return if the file answers."""
        with self._database.read() as connection:
            connection.execute("SELECT 1 FROM meta").fetchone()

    def ensure_schema(self) -> None:
        """Create or check the tables; finish a purge that a crash cut short."""
        with self._database.read() as connection:
            empty = schema.is_empty(connection)
        if empty:
            with self._database.write() as connection:
                if schema.is_empty(connection):
                    schema.create(connection)
        with self._database.read() as connection:
            meta = schema.check(connection, self._database.path)
            old = schema.lacks_tables(connection)
        if old:
            with self._database.write() as connection:
                schema.add_missing(connection)
        self._name = meta["store"]
        if erase.PURGE in meta:
            erase.purge(self._database, self._workspace.home)

    def migrate(self) -> None:
        """There is one schema so far: this checks it."""
        self.ensure_schema()

    def incidents(self) -> list[str]:
        """None: a file is there or it is not."""
        return []

    def troubles(self) -> list[Message]:
        return []  # what is wrong with a file is said when it is opened

    def capabilities(self) -> dict[str, bool | str]:
        """What the embedded index can do."""
        return {
            "version": f"SQLite {sqlite3.sqlite_version}",
            "scripts": False,
            "stemming_fr": False,
            "stemming_en": False,
            "exact_knn": True,
        }

    def stats(self) -> Stats:
        """Sizes of the store."""
        with self._database.read() as connection:
            return read_stats(connection, self._synced(connection), self._database.path)

    # -- fields that stages declare
    def declare_fields(self, stage: str, fields: Mapping[str, FieldType]) -> None:
        """Make annotation values searchable; see `index.base.Index.declare_fields`."""
        declared = self.declared_fields()
        if with_declared(declared, stage, fields) == declared:
            return
        with self._database.write() as connection:
            schema.write_fields(
                connection, with_declared(schema.read_fields(connection), stage, fields)
            )
            number = name_code(connection, "stage", stage)
            connection.execute(
                f"CREATE INDEX IF NOT EXISTS notes_write_{number} ON notes (stage, write)"
                f" WHERE stage = {number}"
            )

    def declared_fields(self) -> dict[str, DeclaredField]:
        """The declared fields by name."""
        with self._database.read() as connection:
            return schema.read_fields(connection)

    # -- documents
    def put(
        self, documents: Sequence[Document], *, on_conflict: Conflict = "keep"
    ) -> list[Verdict]:
        """Store documents durably; a verdict each."""
        self._puts += len(documents)
        return ingest.put(self._database, self._authors, documents, on_conflict, self._hash_of)

    def see(self, sightings: Sequence[Sighting]) -> int:
        """Keep when documents were seen, or gone."""
        return ingest.see(self._database, sightings)

    def annotate(self, rows: Iterable[tuple[str, Annotation]], stage: str) -> list[Verdict]:
        """Set one stage's annotations."""
        return annotate.annotate(self._database, rows, stage)

    def get(self, ids: Sequence[str]) -> list[Document | None]:
        """Documents by id, in order."""
        with self._database.read() as connection:
            known = rows_of(connection, list(dict.fromkeys(ids)))
            documents = read_documents(connection, sorted(known.values()))
        return [documents.get(known[key]) if key in known else None for key in ids]

    def accounts(self, names: Collection[str] | None = None) -> list[NamedAccount]:
        """What accounts are called."""
        with self._database.read() as connection:
            return authors.read_names(connection, names)

    def refresh(self) -> None:
        """Every read sees what was written; after many puts the next process finds the columns."""
        if self._puts >= persistence.FEW:
            with self._database.read() as connection:
                self._synced(connection)

    def delete(self, ids: Sequence[str], *, keep_raw: bool = False) -> int:
        """Remove documents everywhere."""
        self._authors.forget()
        home, unique = self._workspace.home, list(dict.fromkeys(ids))
        return erase.delete(self._database, home, unique, keep_raw=keep_raw)

    def delete_by_author(self, author: str, *, suppress: bool = True) -> int:
        """Remove a person everywhere."""
        hashed = self._hash_of(author) if suppress else None
        self._authors.forget()
        return erase.delete_author(self._database, self._workspace.home, author, hashed)

    def account_names(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Author id, handle and display name of every account."""
        with self._database.read() as connection:
            yield from connection.execute("SELECT id, handle, name FROM authors ORDER BY id")

    # -- asking
    def _synced(self, connection: sqlite3.Connection) -> Cache:
        """The cache in step with this transaction; saved where much of it is not on disk."""
        cache, folder = self._cache, self._workspace.home / persistence.FOLDER
        if cache.sync(
            connection, lambda state: persistence.load(cache, folder, self._name, state, connection)
        ):
            self._postings.clear()
        if persistence.is_due(cache):
            persistence.save(cache, folder, self._name, self._database.current_epoch())
        return cache

    def _matcher(self, connection: sqlite3.Connection) -> Matcher:
        declared = schema.read_fields(connection)
        return Matcher(connection, self._synced(connection), self._postings, declared)

    def _at(self, connection: sqlite3.Connection, positions: np.ndarray) -> list[Document]:
        rows = self._cache.rows.view[positions].tolist()
        documents = read_documents(connection, rows)
        return [documents[row] for row in rows]

    def search(
        self,
        query: Query = "",
        *,
        window: Window = EVERYTHING,
        order: Order = "newest",
        size: int = 50,
        after: str | None = None,
    ) -> Hits:
        """Hits of one page, and the cursor of the next."""
        with self._database.read() as connection:
            matcher = self._matcher(connection)
            node = parse(query, matcher.declared)
            hits, cache = matcher.hits(node, window), self._cache
            if order == "relevance":
                return self._by_relevance(matcher, scoring_terms(node), hits, max(0, size), after)
            positions, more = hits.page(order == "newest", max(0, size), _cursor(after))
            last = None
            if more and len(positions):
                last = json.dumps(
                    [int(cache.time.view[positions[-1]]), cache.id_at(int(positions[-1]))],
                    ensure_ascii=False,
                )
            return Hits(hits.total, self._at(connection, positions), last)

    def _by_relevance(
        self, matcher: Matcher, words: list[str], hits: Selection, size: int, after: str | None
    ) -> Hits:
        """BM25 over the sought words, then newest; a hit without any of them comes last."""
        cache = self._cache
        score = np.zeros(len(cache))
        if words:
            rows = matcher.connection.execute(
                "SELECT rowid, bm25(words) FROM words WHERE words MATCH ?", (" OR ".join(words),)
            ).fetchall()
            table = np.array(rows, np.float64).reshape(-1, 2)
            positions = cache.positions(table[:, 0].astype(np.int64))
            here = positions >= 0
            score[positions[here]] = table[here, 1]
        ordered, start = hits.page(True, hits.total, None)[0], _offset(after)
        best = ordered[np.argsort(score[ordered].round(9), kind="stable")][start : start + size]
        return Hits(
            hits.total,
            self._at(matcher.connection, best),
            str(start + size) if start + size < hits.total and size else None,
        )

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
        """Count, facets, histogram and newest hits over one hit set."""
        with self._database.read() as connection:
            matcher = self._matcher(connection)
            hits = matcher.hits(parse(query, matcher.declared), window)
            return Page(
                total=hits.total,
                facets={
                    name: aggregations.facet(matcher, name, hits, facet_size) for name in facets
                },
                histogram=aggregations.histogram(hits, interval, timezone),
                documents=self._at(connection, hits.page(True, max(0, size), None)[0]),
            )

    def count(self, query: Query = "", *, window: Window = EVERYTHING) -> int:
        """Number of hits."""
        with self._database.read() as connection:
            matcher = self._matcher(connection)
            return matcher.hits(parse(query, matcher.declared), window).total

    def facet(
        self, field: str, query: Query = "", *, window: Window = EVERYTHING, size: int = 10
    ) -> Facet:
        """Most frequent values of a field."""
        with self._database.read() as connection:
            matcher = self._matcher(connection)
            hits = matcher.hits(parse(query, matcher.declared), window)
            return aggregations.facet(matcher, field, hits, size)

    def histogram(
        self,
        query: Query = "",
        *,
        window: Window = EVERYTHING,
        interval: str = "auto",
        timezone: str = "UTC",
    ) -> Histogram:
        """Counts by time."""
        with self._database.read() as connection:
            matcher = self._matcher(connection)
            hits = matcher.hits(parse(query, matcher.declared), window)
            return aggregations.histogram(hits, interval, timezone)

    def cardinality(self, field: str, query: Query = "", *, window: Window = EVERYTHING) -> int:
        """Number of distinct values of a field; exact."""
        with self._database.read() as connection:
            matcher = self._matcher(connection)
            hits = matcher.hits(parse(query, matcher.declared), window)
            return aggregations.cardinality(matcher, field, hits)

    # -- vectors
    def put_vectors(self, model: str, ids: Sequence[str], vectors: np.ndarray) -> list[Verdict]:
        """Store vectors of a model."""
        return annotate.put_vectors(self._database, model, ids, vectors)

    def _matrix(self, connection: sqlite3.Connection, model: str) -> VectorMatrix | None:
        number = codes(connection, "model").get(model)
        if number is None:
            return None
        if model not in self._matrices:
            self._matrices[model] = VectorMatrix(
                number, self._workspace.home / persistence.FOLDER, self._name
            )
        matrix = self._matrices[model]
        matrix.sync(connection, self._synced(connection).state.epoch)
        if matrix.is_due():
            matrix.save(self._database.current_epoch())
        return matrix

    def vectors(self, model: str, ids: Sequence[str] | None = None) -> tuple[list[str], np.ndarray]:
        """Ids and their vectors."""
        with self._database.read() as connection:
            matrix = self._matrix(connection, model)
            if matrix is None:
                return [], np.empty((0, 0), np.float32)
            names, rows = matrix.named(self._cache, ids)
            return names, matrix.take(rows)

    def knn(
        self,
        model: str,
        vector: np.ndarray,
        k: int = 10,
        *,
        query: Query = "",
        window: Window = EVERYTHING,
    ) -> list[tuple[str, float]]:
        """The k nearest among the hits; exact."""
        with self._database.read() as connection:
            node = parse(query, schema.read_fields(connection))
            matrix = self._matrix(connection, model)
            if matrix is None:
                return []
            if matrix.dimension and np.asarray(vector).size != matrix.dimension:
                size, wanted = np.asarray(vector).size, matrix.dimension
                told = {"size": size, "model": repr(model), "dimension": wanted}
                raise ConfigError(Message("fault.embedded.query_vector", told))
            return nearest(matrix, self._matcher(connection).hits(node, window), vector, k)

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
        """Column batches of a frozen view, taken when this is called."""
        with self._database.read() as connection:
            matcher = self._matcher(connection)
            scans.check(columns, matcher.declared, slices)
            hits = matcher.hits(parse(query, matcher.declared), window)
            positions, takes = scans.plan(matcher, hits, columns, order, slices)
        return scans.batches(positions, takes, batch_size)

    def missing(self, stage: str, version: str, *, batch_size: int = 1_000) -> Iterator[list[str]]:
        """Ids that still lack this version of a stage, in (time, id) order, as it was when this is
        called."""
        size = max(1, batch_size)
        with self._database.read() as connection:
            cache = self._synced(connection)
            done_rows = connection.execute(
                "SELECT group_concat(doc) FROM notes WHERE stage = (SELECT code FROM names WHERE "
                "space = 'stage' AND name = ?)"
                " AND version = (SELECT code FROM names WHERE space = 'version' AND name = ?)",
                (stage, version),
            ).fetchone()[0]
            done = np.fromstring(done_rows or "", np.int64, sep=",")
            mask = cache.alive.view.copy()
            mask[cache.positions(done)] = False
            todo, ids = cache.order[mask[cache.order]], cache.column("id")
        return (
            ids.take(todo[start : start + size]).to_pylist() for start in range(0, len(todo), size)
        )

    def changes(self, since: str | None = None, *, limit: int = 10_000) -> tuple[list[str], str]:
        """Ids put or replaced since a cursor, oldest first."""
        start = _offset(since)
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT row, id FROM docs WHERE row > ? ORDER BY row LIMIT ?",
                (start, max(0, limit)),
            ).fetchall()
        return [key for _, key in rows], str(rows[-1][0] if rows else start)

    # -- findings, marks, suppression
    def publish(
        self, findings: Iterable[Finding], *, kinds: Sequence[str], generation: str
    ) -> None:
        """Replace whole kinds at once."""
        publish(self._database, findings, kinds, generation)

    def findings(
        self,
        kind: str,
        *,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        cluster: str | None = None,
    ) -> list[Finding]:
        """Published findings of a kind, in order."""
        return findings.findings(self._database, kind, ids, limit, cluster)

    def generation(self, kind: str) -> str | None:
        """The generation of a kind."""
        return findings.generation(self._database, kind)

    def put_mark(self, subject: str, mark: Mark | None, *, note: str = "") -> None:
        """Keep an analyst's mark, or take it back."""
        findings.put_mark(self._database, subject, mark, note)

    def marks(self) -> dict[str, dict[str, Any]]:
        """All marks by subject."""
        return findings.marks(self._database)

    def suppressed(self) -> frozenset[str]:
        """Hashes of those who asked to be forgotten."""
        with self._database.read() as connection:
            return frozenset(key for (key,) in connection.execute("SELECT hash FROM suppressed"))

    # -- moving house
    def export(self) -> Iterator[Mapping[str, Any]]:
        """Everything as records."""
        return transfer.export(self)

    def import_(self, records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
        """Take what `export` gave."""
        return transfer.import_(self, records)

    def suppress(self, hashes: Sequence[str]) -> None:
        """Add hashes to the suppression list."""
        rows = [(key,) for key in hashes]
        with self._database.write() as connection:
            connection.executemany("INSERT OR IGNORE INTO suppressed VALUES (?)", rows)


def _cursor(after: str | None) -> PageCursor | None:
    if after is None:
        return None
    try:
        time, key = json.loads(after)
        return PageCursor(int(time), str(key))
    except (ValueError, TypeError):
        raise ConfigError(Message("fault.embedded.page_cursor")) from None


def _offset(after: str | None) -> int:
    if after is None:
        return 0
    if not after.isascii() or not after.isdigit() or int(after) > UNDATED:
        raise ConfigError(Message("fault.embedded.cursor"))
    return int(after)
