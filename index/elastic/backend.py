"""The Elasticsearch backend: one class behind the contract of `index.base`, made of small parts."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from index.base import (
    EVERYTHING,
    Conflict,
    Facet,
    Histogram,
    Hits,
    Mark,
    NamedAccount,
    Order,
    Page,
    Stats,
    Verdict,
    Window,
)
from index.codec import document_problem
from index.elastic import aggregations, findings, schema
from index.elastic.authors import Authors, read_names
from index.elastic.client import Connection
from index.elastic.declared_fields import DeclaredFields
from index.elastic.documents import Documents
from index.elastic.maintenance import erase
from index.elastic.query_dsl import filter_query
from index.elastic.search import Searcher, encode_cursor
from index.elastic.sources import batch, fields_of, from_source
from index.elastic.vectors import Vectors
from index.fields import DeclaredField, FieldType
from index.privacy import suppression_hash
from index.versions.history import Sighting
from tocsin.core.errors import Abort, ConfigError, TocsinError
from tocsin.core.messages import Message
from tocsin.core.urls import ADDRESS_RULES

if TYPE_CHECKING:
    from index.query import Node
    from tocsin.core.documents import Annotation, Document
    from tocsin.core.findings import Finding
from tocsin.core.workspace import Workspace

EXTENT_FRESH = 30.0
NARROW = 1_000
MIGRATION_SECONDS = 60.0
"""Seconds that a writer waits for a migration to turn, at least."""


class ElasticIndex:
    """Documents, vectors and findings on an Elasticsearch cluster.

    See `index.base.Index` for what each method does.
    """

    backend = "elasticsearch"

    def __init__(self, workspace: Workspace) -> None:
        settings = workspace.settings.index
        self.settings = settings
        self.connection = Connection(settings)
        self.names = schema.Names(settings.prefix)
        self.home, self._secret = workspace.home, workspace.secret
        self._suppressed: tuple[float, frozenset[str]] = (0.0, frozenset())
        self._layout_at = 0.0
        self._held = False
        self._wrote = self._has_old_addresses = False
        # when it was asked, and what it was
        self._extent: tuple[float, tuple[int, int] | None] = (0.0, None)
        self.documents = Documents(
            self.connection,
            self.names,
            self._is_suppressed,
            lambda ids: self.vectors_.delete(ids),
            lambda changes: self.vectors_.update_fields(changes),
        )
        self.searcher = Searcher(self.connection, self.names.read)
        self.authors = Authors(
            self.connection, f"{settings.prefix}-authors-v1", self.documents.bulk
        )
        self.vectors_ = Vectors(self.documents, self.searcher, self.names, settings.replicas)
        self.findings_ = findings.Findings(self.connection, self.names, self.documents.bulk)
        self.fields_ = DeclaredFields(
            self.names, self.findings_.state, self.documents, self.searcher
        )

    # -- life
    def close(self) -> None:
        if not self.connection.gave_up:
            with contextlib.suppress(TocsinError):
                if self._wrote:  # what comes after this process must find what it wrote
                    self.refresh()
        self.documents.bulk.close()
        self.connection.close()

    def ping(self) -> None:
        self.connection.call(self.connection.client.cluster.health, filter_path="status")

    def ensure_schema(self) -> None:
        schema.server(self.connection)
        rules = schema.ensure(self.connection, self.names, self.settings.replicas)
        self._has_old_addresses = rules < ADDRESS_RULES
        self.read_layout()
        self.searcher.stemmed = schema.stemmed(self.connection, self.names)
        self._learn_extent(
            self.searcher.search(size=0, query={"match_none": {}}, aggs=aggregations.STORE).get(
                "aggregations"
            )
            or {}
        )

    def read_layout(self) -> None:
        """Learn which version the documents are of, and whether writes go to a second one."""
        layout, _ = self.findings_.state.get(schema.LAYOUT)
        self._layout_at = time.monotonic()
        now, following = (layout or {}).get("docs", self.names.version), (layout or {}).get("next")
        if now != self.names.version:
            self.documents.forget_places()
        self.names.turn(now)
        self.documents.mirror = schema.Names(self.settings.prefix, following) if following else None
        self._held = bool((layout or {}).get("hold"))

    def _current(self) -> None:
        """Follow a migration: where the documents are may have changed a few seconds ago."""
        if time.monotonic() - self._layout_at > findings.FRESH:
            self.read_layout()

    def _before_writing(self) -> None:
        """Follow a migration, and wait while it turns from one version to the next."""
        self._wrote = True
        self._current()
        deadline = time.monotonic() + max(MIGRATION_SECONDS, self.settings.retry_seconds)
        while self._held:
            if time.monotonic() > deadline:
                raise Abort(Message("fault.elastic.half_migrated"))
            time.sleep(0.5)
            self.read_layout()

    def migrate(self) -> None:
        from index.elastic.maintenance.migration import migrate, renew_addresses

        migrate(self)
        renew_addresses(self)
        self._has_old_addresses = False

    def capabilities(self) -> dict[str, bool | str]:
        server = schema.server(self.connection)
        languages = schema.analysers(self.connection, self.names)
        return {
            "version": str(server["version"]),
            "nodes": str(server["nodes"]),
            "stemming_fr": "french" in languages,
            "stemming_en": "english" in languages,
            "vectors": True,
        }

    def stats(self) -> Stats:
        self._current()
        return aggregations.read_stats(self)

    def troubles(self) -> list[Message]:
        return schema.troubles(self.connection, self.names)

    def incidents(self) -> list[str]:
        old = [schema.OLD_ADDRESSES] if self._has_old_addresses else []
        return self.connection.incidents() + self.documents.bulk.incidents() + old

    # -- fields that stages declare
    def declare_fields(self, stage: str, fields: Mapping[str, FieldType]) -> None:
        self._before_writing()
        self.fields_.declare(stage, fields)

    def declared_fields(self) -> dict[str, DeclaredField]:
        return self.fields_.read()

    # -- documents
    def put(
        self, documents: Sequence[Document], *, on_conflict: Conflict = "keep"
    ) -> list[Verdict]:
        self._before_writing()
        faults = [document_problem(document) for document in documents]
        people = {
            d.author.id
            for d, why in zip(documents, faults, strict=True)
            if d.author is not None and not why
        }
        authors = sorted(id_ for id_ in people if not self.authors.known(id_))
        ahead = self.documents.bulk.pool.submit(
            self.authors.read_profiles, authors
        )  # while the documents are on their way
        verdicts = self.documents.put(documents, on_conflict, faults)
        stored = {v.id for v in verdicts if v.outcome in ("created", "replaced")}
        replaced = [v.id for v in verdicts if v.outcome == "replaced"]
        if stored:
            self.authors.put([d for d in documents if d.id in stored], ahead.result())
        if replaced:
            self.vectors_.delete(replaced)
        return verdicts

    def see(self, sightings: Sequence[Sighting]) -> int:
        self._before_writing()
        return self.documents.see(sightings)

    def annotate(self, rows: Iterable[tuple[str, Annotation]], stage: str) -> list[Verdict]:
        self._before_writing()
        given = list(rows)
        declared = self.fields_.of_stage(stage)
        return [
            v
            for at in range(0, len(given), NARROW)
            for v in self.documents.annotate(given[at : at + NARROW], stage, declared)
        ]

    def get(self, ids: Sequence[str]) -> list[Document | None]:
        self._current()
        sources = self.documents.get(ids)
        documents = dict(zip(sources, self._documents(list(sources.values())), strict=True))
        return [documents.get(id_) for id_ in ids]

    def accounts(self, names: Collection[str] | None = None) -> list[NamedAccount]:
        self._current()
        return read_names(self.searcher, self.authors, names)

    def refresh(self) -> None:
        self.authors.flush()
        self.connection.call(
            self.connection.client.indices.refresh,
            index=f"{self.settings.prefix}-*",
            ignore_unavailable=True,
        )
        self._extent = (0.0, self._extent[1])

    def delete(self, ids: Sequence[str], *, keep_raw: bool = False) -> int:
        self._before_writing()
        return erase.delete(self, ids, keep_raw=keep_raw)

    def delete_by_author(self, author: str, *, suppress: bool = True) -> int:
        self._before_writing()
        if suppress:
            self.suppress([suppression_hash(self._secret, author)])
        return erase.delete_author(self, author)

    def account_names(self) -> Iterator[tuple[str, str | None, str | None]]:
        named = self.searcher.scan(
            ["handle", "name"], {"match_all": {}}, ordered=False, index=self.authors.index
        )
        profiles = ((hit["_id"], hit.get("_source", {})) for hits in named for hit in hits)
        yield from sorted((key, p.get("handle"), p.get("name")) for key, p in profiles)

    # -- searching
    def search(
        self,
        query: str | Node = "",
        *,
        window: Window = EVERYTHING,
        order: Order = "newest",
        size: int = 50,
        after: str | None = None,
    ) -> Hits:
        node = self.fields_.parse(query)
        answer = self.searcher.hits(
            node, window, order, size, after, **self.authors.lookup_request(size)
        )
        hits = answer["hits"]["hits"]
        cursor = encode_cursor(hits[-1]["sort"]) if size and len(hits) == size else None
        return Hits(answer["hits"]["total"]["value"], self._found(hits), cursor)

    def page(
        self,
        query: str | Node = "",
        *,
        window: Window = EVERYTHING,
        facets: Sequence[str] = ("author", "lang", "hashtag", "domain", "source"),
        facet_size: int = 10,
        interval: str = "auto",
        timezone: str = "UTC",
        size: int = 50,
    ) -> Page:
        wanted = {
            f"facet.{name}": aggregations.terms_aggregation(
                self.fields_.facet_path(name), facet_size
            )
            for name in facets
        } | self._slots(window, interval, timezone)
        node = self.fields_.parse(query)
        answer = self.searcher.hits(
            node, window, "newest", size, None, aggs=wanted, **self.authors.lookup_request(size)
        )
        answers = answer.get("aggregations") or {}
        self._learn_extent(answers)
        curve = aggregations.read_histogram(
            self.searcher, filter_query(node, window), answers or _EMPTY, interval, timezone
        )
        counted = {
            name: aggregations.read_facet(name, answers[f"facet.{name}"])
            if answers
            else Facet(name, [])
            for name in facets
        }
        return Page(
            answer["hits"]["total"]["value"], counted, curve, self._found(answer["hits"]["hits"])
        )

    def count(self, query: str | Node = "", *, window: Window = EVERYTHING) -> int:
        total: int = self.searcher.search(
            size=0, track_total_hits=True, query=filter_query(self.fields_.parse(query), window)
        )["hits"]["total"]["value"]
        return total

    def facet(
        self, field: str, query: str | Node = "", *, window: Window = EVERYTHING, size: int = 10
    ) -> Facet:
        answer = self.searcher.search(
            size=0,
            query=filter_query(self.fields_.parse(query), window),
            aggs={"facet": aggregations.terms_aggregation(self.fields_.facet_path(field), size)},
        )
        return (
            aggregations.read_facet(field, answer["aggregations"]["facet"])
            if answer.get("aggregations")
            else Facet(field, [])
        )

    def histogram(
        self,
        query: str | Node = "",
        *,
        window: Window = EVERYTHING,
        interval: str = "auto",
        timezone: str = "UTC",
    ) -> Histogram:
        body = filter_query(self.fields_.parse(query), window)
        answer = self.searcher.search(
            size=0, query=body, aggs=self._slots(window, interval, timezone)
        )
        answers = answer.get("aggregations") or _EMPTY
        self._learn_extent(answers)
        return aggregations.read_histogram(self.searcher, body, answers, interval, timezone)

    def cardinality(
        self, field: str, query: str | Node = "", *, window: Window = EVERYTHING
    ) -> int:
        return self.searcher.count_distinct(
            self.fields_.facet_path(field), filter_query(self.fields_.parse(query), window)
        )

    # -- vectors
    def put_vectors(self, model: str, ids: Sequence[str], vectors: np.ndarray) -> list[Verdict]:
        self._current()
        return self.vectors_.put(model, ids, vectors)

    def vectors(self, model: str, ids: Sequence[str] | None = None) -> tuple[list[str], np.ndarray]:
        return self.vectors_.get(model, ids)

    def knn(
        self,
        model: str,
        vector: np.ndarray,
        k: int = 10,
        *,
        query: str | Node = "",
        window: Window = EVERYTHING,
    ) -> list[tuple[str, float]]:
        return self.vectors_.knn(model, vector, k, self.fields_.parse(query), window)

    # -- bulk
    def scan(
        self,
        columns: Sequence[str],
        *,
        query: str | Node = "",
        window: Window = EVERYTHING,
        order: Literal["time", "none"] = "time",
        batch_size: int = 50_000,
        slices: tuple[int, int] = (0, 1),
    ) -> Iterator[pa.RecordBatch]:
        declared = self.fields_.of_columns(columns)
        fields = fields_of(columns, declared)
        gathered: list[dict[str, Any]] = []
        size = min(batch_size, 10_000)
        for hits in self.searcher.scan(
            fields,
            filter_query(self.fields_.parse(query), window),
            ordered=order == "time",
            size=size,
            slices=slices,
        ):
            gathered += [hit["_source"] for hit in hits]
            while len(gathered) >= batch_size:
                yield batch(gathered[:batch_size], columns, declared, self.authors)
                gathered = gathered[batch_size:]
        if gathered:
            yield batch(gathered, columns, declared, self.authors)

    def missing(self, stage: str, version: str, *, batch_size: int = 1_000) -> Iterator[list[str]]:
        lacking = {"bool": {"must_not": [{"term": {f"stage.{stage}": version}}]}}
        for hits in self.searcher.scan(False, lacking, size=batch_size):
            yield [hit["_id"] for hit in hits]

    def changes(self, since: str | None = None, *, limit: int = 10_000) -> tuple[list[str], str]:
        body: dict[str, Any] = {
            "size": min(limit, 10_000),
            "source": False,
            "query": {"match_all": {}},
        }
        body["sort"] = [
            {"changed_at": {"order": "asc", "unmapped_type": "long"}},
            {"id": {"order": "asc", "unmapped_type": "keyword"}},
        ]
        if since:
            at, _, id_ = since.partition("|")
            if not at.isdigit():
                raise ConfigError(Message("fault.elastic.cursor", {"since": repr(since[:40])}))
            body["search_after"] = [int(at), id_]
        hits = self.searcher.search(**body)["hits"]["hits"]
        return [
            h["_id"] for h in hits
        ], f"{hits[-1]['sort'][0]}|{hits[-1]['sort'][1]}" if hits else since or "0|"

    # -- findings and small state
    def publish(
        self, findings: Iterable[Finding], *, kinds: Sequence[str], generation: str
    ) -> None:
        self.findings_.publish(findings, kinds, generation)

    def findings(
        self,
        kind: str,
        *,
        ids: Sequence[str] | None = None,
        limit: int | None = None,
        cluster: str | None = None,
    ) -> list[Finding]:
        return self.findings_.read(kind, ids, limit, cluster)

    def generation(self, kind: str) -> str | None:
        return self.findings_.generation(kind)

    def put_mark(self, subject: str, mark: Mark | None, *, note: str = "") -> None:
        findings.mark(self.findings_.state, subject, mark, note)

    def marks(self) -> dict[str, dict[str, Any]]:
        return findings.marks(self.findings_.state)

    def suppressed(self) -> frozenset[str]:
        return findings.suppressed(self.findings_.state)

    def suppress(self, hashes: Sequence[str]) -> None:
        findings.suppress(self.findings_.state, hashes)
        self._suppressed = (0.0, frozenset())

    # -- moving house
    def export(self) -> Iterator[Mapping[str, Any]]:
        from index.maintenance.transfer import export

        return export(self)

    def import_(self, records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
        from index.maintenance.transfer import import_

        return import_(self, records)

    # -- helpers
    def _found(self, hits: Sequence[dict[str, Any]]) -> list[Document]:
        authors = self.authors.of_hits(hits)
        return [from_source(hit["_source"], authors) for hit in hits]

    def _documents(self, sources: Sequence[dict[str, Any]]) -> list[Document]:
        authors = self.authors.get(source["author"] for source in sources if source.get("author"))
        return [from_source(source, authors) for source in sources]

    def _is_suppressed(self, author: str) -> bool:
        read_at, known = self._suppressed
        if time.monotonic() - read_at > findings.FRESH:
            known = self.suppressed()
            self._suppressed = (time.monotonic(), known)
        return bool(known) and suppression_hash(self._secret, author) in known

    def _slots(self, window: Window, interval: str, timezone: str) -> dict[str, Any]:
        """The aggregations of a histogram; now and then the time that the whole store spans is
        asked along with them."""
        asked_at, store = self._extent
        return aggregations.histogram_aggregations(window, store, interval, timezone) | (
            {} if time.monotonic() - asked_at < EXTENT_FRESH else aggregations.STORE
        )

    def _learn_extent(self, answers: Mapping[str, Any]) -> None:
        if "store" in answers:
            self._extent = (time.monotonic(), aggregations.time_extent(answers["store"]))


_EMPTY: dict[str, Any] = {"first": {"value": None}, "last": {"value": None}}
