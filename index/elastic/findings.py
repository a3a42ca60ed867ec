"""Findings by generation; marks, suppressions and other small state."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ConflictError, NotFoundError

from index.codec import findings_inside
from index.elastic.bulk import Action, Bulk
from index.elastic.client import Connection
from index.elastic.schema import Names
from index.elastic.search import Searcher
from index.maintenance.scrub import scrub, scrub_edit
from index.validation import check_kinds, check_mark, check_published
from tocsin.core.codec.dataclass_json import encode_each
from tocsin.core.errors import Abort
from tocsin.core.findings import Finding, from_json, rfc3339
from tocsin.core.messages import Message

GENERATIONS = "generations"
FRESH = 5.0


class State:
    """Small documents by key, in one index."""

    def __init__(self, connection: Connection, names: Names) -> None:
        self.connection, self.index = connection, names.state

    def get(self, key: str) -> tuple[dict[str, Any] | None, dict[str, int]]:
        """The body of a key, in real time, and the guard for changing it."""
        try:
            document = self.connection.call(self.connection.client.get, index=self.index, id=key)
        except NotFoundError:
            return None, {}
        return document["_source"]["body"], {
            "if_seq_no": document["_seq_no"],
            "if_primary_term": document["_primary_term"],
        }

    def change(self, key: str, kind: str, body: dict[str, Any], guard: dict[str, int]) -> bool:
        """Write a key that nobody changed since it was read; whether that held."""
        options: dict[str, Any] = guard or {"op_type": "create"}
        try:
            self.connection.call(
                self.connection.client.index,
                index=self.index,
                id=key,
                document={"type": kind, "key": key, "body": body},
                refresh=True,
                **options,
            )
        except ConflictError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove a key."""
        try:
            self.connection.call(
                self.connection.client.delete, index=self.index, id=key, refresh=True
            )
        except NotFoundError:
            return

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Key -> body of all of a kind."""
        bodies: dict[str, dict[str, Any]] = {}
        for hits in Searcher(self.connection, self.index).scan(
            True, {"term": {"type": kind}}, ordered=False
        ):
            bodies |= {hit["_source"]["key"]: hit["_source"]["body"] for hit in hits}
        return dict(sorted(bodies.items()))


class Findings:
    """All generations of all kinds.

    A pointer in the state says which generation of a kind is shown.
    """

    def __init__(self, connection: Connection, names: Names, bulk: Bulk) -> None:
        self.connection, self.index, self.bulk = connection, names.findings, bulk
        self.state = State(connection, names)
        self.searcher = Searcher(connection, names.findings)

    def publish(self, findings: Iterable[Finding], kinds: Sequence[str], generation: str) -> None:
        """Write the whole generation, then turn the pointers of all its kinds in one write, then
        clear away the old."""
        check_kinds(kinds)
        written = f"{generation}@{time.time_ns()}"
        actions: list[Action] = []
        listed = list(findings)
        for seq, (finding, text) in enumerate(zip(listed, encode_each(listed), strict=True)):
            check_published(finding, kinds)
            body = {
                "kind": finding.kind,
                "generation": written,
                "seq": seq,
                "finding": finding.id,
                "body": text,
            }
            actions.append(
                Action(
                    "index", self.index, f"{written}#{seq}", json.dumps(body, ensure_ascii=False)
                )
            )
            if len(actions) >= 5_000:
                self._send(actions)
                actions = []
        self._send(actions)
        self.connection.call(self.connection.client.indices.refresh, index=self.index)
        while True:
            generations, guard = self.state.get(GENERATIONS)
            changed = {
                **(generations or {}),
                **{kind: {"written": written, "generation": generation} for kind in kinds},
            }
            if self.state.change(GENERATIONS, "generations", changed, guard):
                break
        for old in {
            entry["written"] for kind, entry in (generations or {}).items() if kind in kinds
        }:
            self._clear(
                {
                    "bool": {
                        "filter": [{"term": {"generation": old}}, {"terms": {"kind": list(kinds)}}]
                    }
                }
            )

    def read(
        self,
        kind: str,
        ids: Sequence[str] | None,
        limit: int | None,
        cluster: str | None = None,
    ) -> list[Finding]:
        """The shown generation, in the order it was published."""
        check_kinds([kind])
        if cluster is not None:
            bodies = (source["body"] for source in self._sources(kind, ids, None))
            return findings_inside(kind, bodies, cluster)[:limit]
        return [from_json(kind, source["body"]) for source in self._sources(kind, ids, limit)]

    def generation(self, kind: str) -> str | None:
        """Which generation is shown."""
        generations, _ = self.state.get(GENERATIONS)
        entry = (generations or {}).get(kind)
        return entry["generation"] if entry else None

    def kinds(self) -> dict[str, str]:
        """Kind -> the generation shown."""
        generations, _ = self.state.get(GENERATIONS)
        return {kind: entry["generation"] for kind, entry in sorted((generations or {}).items())}

    def forget(self, gone: Set[str], names: re.Pattern[str] | None = None) -> None:
        """Take posts and people out of all findings, whatever generation, and out of the marks."""
        self.connection.call(self.connection.client.indices.refresh, index=self.index)
        for hits in self.searcher.scan(["kind", "body"], {"match_all": {}}, ordered=False):
            actions = []
            for hit in hits:
                left = scrub(hit["_source"]["kind"], hit["_source"]["body"], gone, names)
                if left is None:
                    actions.append(Action("delete", self.index, hit["_id"]))
                elif left != hit["_source"]["body"]:
                    actions.append(
                        Action(
                            "update",
                            self.index,
                            hit["_id"],
                            json.dumps({"doc": {"body": left}}, ensure_ascii=False),
                        )
                    )
            self.bulk.send(actions)
        self.connection.call(self.connection.client.indices.refresh, index=self.index)
        for subject, held in marks(self.state).items():
            left_note = scrub_edit(subject, held["note"], gone, names)
            if subject in gone or left_note is None:
                mark(self.state, subject, None, "")
            elif left_note != held["note"]:
                mark(self.state, subject, held["mark"], left_note)

    def _sources(
        self, kind: str, ids: Sequence[str] | None, limit: int | None
    ) -> Iterator[dict[str, Any]]:
        generations, _ = self.state.get(GENERATIONS)
        entry = (generations or {}).get(kind)
        if entry is None:
            return
        filters: list[dict[str, Any]] = [
            {"term": {"generation": entry["written"]}},
            {"term": {"kind": kind}},
        ]
        if limit is not None and limit < 1:
            return
        if ids is not None:
            filters.append({"terms": {"finding": list(ids)}})
        body: dict[str, Any] = {
            "query": {"bool": {"filter": filters}},
            "size": min(limit or 1_000, 1_000),
            "sort": ["seq"],
            "source": ["body"],
        }
        given = 0
        while limit is None or given < limit:
            hits = self.searcher.search(**body)["hits"]["hits"]
            for hit in hits:
                if limit is not None and given >= limit:
                    return
                given += 1
                yield hit["_source"]
            if len(hits) < body["size"]:
                return
            body["search_after"] = hits[-1]["sort"]

    def _send(self, actions: Sequence[Action]) -> None:
        for item in self.bulk.send(actions):
            if item.status not in (200, 201):
                raise Abort(Message("fault.elastic.finding", {"reason": item.reason}))

    def _clear(self, query: dict[str, Any]) -> None:
        for hits in self.searcher.scan(False, query, ordered=False):
            self.bulk.send([Action("delete", self.index, hit["_id"]) for hit in hits])


def mark(state: State, subject: str, value: str | None, note: str) -> None:
    """Keep or take back an analyst's mark. Raises ConfigError for a mark that does not exist."""
    check_mark(value)
    if value is None:
        state.delete(f"mark:{subject}")
        return
    while True:
        _, guard = state.get(f"mark:{subject}")
        body = {
            "subject": subject,
            "mark": value,
            "note": note,
            "made_at": rfc3339(datetime.now(UTC)),
        }
        if state.change(f"mark:{subject}", "mark", body, guard):
            return


def marks(state: State) -> dict[str, dict[str, Any]]:
    """Subject -> mark, note, made_at."""
    bodies = state.all("mark").values()
    return {
        body["subject"]: {name: body[name] for name in ("mark", "note", "made_at")}
        for body in bodies
    }


def suppress(state: State, hashes: Sequence[str]) -> None:
    """Put hashes on the list of those who asked to be forgotten."""
    for digest in hashes:
        state.change(f"suppressed:{digest}", "suppressed", {"hash": digest}, {})


def suppressed(state: State) -> frozenset[str]:
    """The list."""
    return frozenset(body["hash"] for body in state.all("suppressed").values())
