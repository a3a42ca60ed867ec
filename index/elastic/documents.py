"""Documents in monthly indices: put, annotate, get, delete."""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from elasticsearch import NotFoundError

from index import codec
from index.base import Conflict, Outcome, Verdict
from index.elastic.bulk import Action, Bulk, Item
from index.elastic.client import Connection
from index.elastic.schema import Names, ensure_fields
from index.elastic.sources import (
    annotation_fields,
    declared_values,
    pack_annotation,
    seen_changes,
    to_source,
)
from index.fields import DeclaredField
from index.versions import history
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import Abort
from tocsin.core.messages import Message

REMEMBERED = 200_000
MAX_GET = 1_000
MAX_IDS = 5_000
"""Ids that one search looks up: the work of a search that finds few of them lies in the search, not
in the ids."""
ODD = "links, metrics or media are not of their types"


class Documents:
    """The monthly indices.

    ``suppressed`` says whether an author asked to be forgotten; ``drop_vectors`` forgets the
    vectors of ids, ``update_vectors`` changes the filter fields beside them.
    """

    def __init__(
        self,
        connection: Connection,
        names: Names,
        suppressed: Callable[[str], bool],
        drop_vectors: Callable[[Sequence[str]], None],
        update_vectors: Callable[[Mapping[str, Mapping[str, Any]]], None],
    ) -> None:
        self.connection, self.names, self.suppressed = connection, names, suppressed
        self.drop_vectors, self.update_vectors = drop_vectors, update_vectors
        self.bulk = Bulk(connection)
        self.mirror: Names | None = None
        # Where ids are. Elasticsearch's search lags behind its writes by a refresh; this process's
        # own writes are here.
        self._where: OrderedDict[str, str] = OrderedDict()
        self._clock = 0

    # -- writing
    def put(
        self, documents: Sequence[Document], on_conflict: Conflict, faults: Sequence[str]
    ) -> list[Verdict]:
        """See `index.base.Index.put`.

        ``faults`` says of each document why it cannot be stored, or nothing.
        """
        if any(document.deleted_at for document in documents):
            ensure_fields(self.connection, self.names)
        verdicts: list[Verdict | None] = [None] * len(documents)
        waiting = []
        for i, (document, fault) in enumerate(zip(documents, faults, strict=True)):
            if fault:
                verdicts[i] = Verdict(str(document.id), Outcome.REJECTED, fault)
            else:
                waiting.append(i)
        while waiting:
            # One id may come twice in a batch: the second is judged when the first is stored.
            taken: set[str] = set()
            later = [i for i in waiting if documents[i].id in taken or taken.add(documents[i].id)]  # type: ignore[func-returns-value]
            now = [i for i in waiting if i not in set(later)] if later else waiting
            for i, verdict in zip(
                now, self._put([documents[i] for i in now], on_conflict), strict=True
            ):
                verdicts[i] = verdict
            waiting = later
        return [verdict for verdict in verdicts if verdict is not None]

    def _put(self, documents: list[Document], on_conflict: Conflict) -> list[Verdict]:
        call = uuid.uuid4().hex
        verdicts: dict[str, Verdict] = {}
        create: list[tuple[Document, Action]] = []
        existing: list[Document] = []

        def actions() -> Iterator[Action]:
            for document, there in self._located(documents):
                if document.author is not None and self.suppressed(document.author.id):
                    verdicts[document.id] = Verdict(document.id, Outcome.SUPPRESSED)
                elif there:
                    existing.append(document)
                else:
                    try:
                        action = self._action("create", document, call, document.revision)
                    except (TypeError, AttributeError):
                        verdicts[document.id] = Verdict(document.id, Outcome.REJECTED, ODD)
                        continue
                    create.append((document, action))
                    yield action

        items = self.bulk.send(actions())
        # a cluster that loses a node sends its writes on itself: any conflict may be with our own
        doubtful = [
            action for (_, action), item in zip(create, items, strict=True) if item.status == 409
        ]
        ours = {
            id_
            for id_, hit in self._fetch({a.id: a.where for a in doubtful}, ["put"]).items()
            if hit["_source"].get("put") == call
        }
        created: list[tuple[Action, Item]] = []
        for (document, action), item in zip(create, items, strict=True):
            if item.done or document.id in ours:
                verdicts[document.id] = Verdict(document.id, Outcome.CREATED)
                created.append((action, item))
            elif item.status == 409:
                existing.append(document)
            else:
                verdicts[document.id] = Verdict(document.id, Outcome.REJECTED, item.reason)
                continue
            self._remember(document.id, action.where)
        self.mirror_writes(created)
        if on_conflict == "keep":
            verdicts |= {
                document.id: Verdict(document.id, Outcome.DUPLICATE) for document in existing
            }
        else:
            verdicts |= self._replace({document.id: document for document in existing}, call)
        return [verdicts[document.id] for document in documents]

    def _located(self, documents: list[Document]) -> Iterator[tuple[Document, bool]]:
        """Documents, and whether each is there already; the next thousands are looked up while
        these are being encoded."""
        parts = [documents[at : at + MAX_IDS] for at in range(0, len(documents), MAX_IDS)]
        ahead = self._look_up(parts[:1])
        for number, part in enumerate(parts, 1):
            where = ahead.result()
            ahead = self._look_up(parts[number : number + 1])
            for document in part:
                yield document, document.id in where

    def _look_up(self, parts: list[list[Document]]) -> Future[dict[str, str]]:
        return self.bulk.pool.submit(
            self.locate, [document.id for part in parts for document in part], sure=True
        )

    def _replace(self, waiting: dict[str, Document], call: str) -> dict[str, Verdict]:
        """Read, compare, and write under the sequence number that was read; what others changed
        meanwhile is read again."""
        verdicts: dict[str, Verdict] = {}
        for _ in range(20):
            if not waiting:
                return verdicts
            held = self.read_current(list(waiting), ["content_hash", "revision", "put", "doc"])
            if gone := [document for id_, document in waiting.items() if id_ not in held]:
                self._forget([document.id for document in gone])
                verdicts |= {verdict.id: verdict for verdict in self._put(gone, "keep")}
            earlier = {
                id_: found
                for id_, hit in held.items()
                if (
                    found := history.record_earlier_sighting(
                        hit["_source"].get("doc", {}), waiting[id_]
                    )
                )
            }
            hashes = {id_: hit["_source"].get("content_hash") for id_, hit in held.items()}
            changed = {i for i in held.keys() - earlier if hashes[i] != waiting[i].content_hash}
            if changed:  # first: a stop in between leaves no vector of a text that is no more
                self.drop_vectors(list(changed))
            actions: list[Action] = []
            moves: dict[str, Action] = {}
            for id_, hit in held.items():
                document, source, index = waiting[id_], hit["_source"], hit["_index"]
                guard = f',"if_seq_no":{hit["_seq_no"]},"if_primary_term":{hit["_primary_term"]}'
                if id_ in changed:
                    try:
                        action = self._action(
                            "create",
                            history.replace_stored(document, source.get("doc", {})),
                            call,
                            source.get("revision", 0) + 1,
                        )
                    except (TypeError, AttributeError):
                        verdicts[id_] = Verdict(id_, Outcome.REJECTED, ODD)
                        continue
                    if action.where == index:
                        actions.append(action._replace(op="index", extra=guard))
                    else:  # its time has changed: it moves to another month, and is never in both
                        actions.append(Action("delete", index, id_, "", guard))
                        moves[id_] = action
                elif source.get("put") == call:  # by a try of ours that was not heard of
                    verdicts[id_] = Verdict(id_, Outcome.REPLACED)
                elif not (
                    changes := seen_changes(document, source.get("doc", {}), earlier.get(id_))
                ):
                    verdicts[id_] = Verdict(id_, Outcome.DUPLICATE)
                else:
                    actions.append(Action("update", index, id_, changes, guard))
            for action, item in self._carried_out(actions, moves):
                if item.done:
                    outcome = Outcome.DUPLICATE if action.op == "update" else Outcome.REPLACED
                    if action.id in earlier and earlier[action.id][1]:
                        outcome = Outcome.VERSION
                    verdicts[action.id] = Verdict(action.id, outcome)
                    self._remember(action.id, action.where)
                elif item.status not in (404, 409):
                    verdicts[action.id] = Verdict(action.id, Outcome.REJECTED, item.reason)
                else:
                    self._forget([action.id])
            waiting = {id_: document for id_, document in waiting.items() if id_ not in verdicts}
        if waiting:
            raise Abort(Message("fault.elastic.contended", {"value": next(iter(waiting))}))
        return verdicts

    def _carried_out(
        self, actions: list[Action], moves: dict[str, Action]
    ) -> list[tuple[Action, Item]]:
        """The actions, and then the moves of those that have left their month, with what became of
        them."""
        pairs = list(zip(actions, self.bulk.send(actions), strict=True))
        left = {action.id for action, item in pairs if action.op == "delete" and item.done}
        unheard = {
            action.id: action.where
            for action, item in pairs
            if action.op == "delete" and not item.done and item.doubtful
        }
        left |= unheard.keys() - self._fetch(unheard, False).keys()
        into = [action for id_, action in moves.items() if id_ in left]
        pairs += zip(into, self.bulk.send(into), strict=True)
        self.mirror_writes(pairs)
        return [
            (action, item)
            for action, item in pairs
            if action.op != "delete" or action.id not in left
        ]

    def annotate(
        self,
        notes: Sequence[tuple[str, Annotation]],
        stage: str,
        declared: Mapping[str, DeclaredField],
    ) -> list[Verdict]:
        """See `index.base.Index.annotate`. ``declared`` are the fields that the stage has declared.

        Filter fields that the annotation decides are set beside vectors, too.
        """
        where = self.locate([id_ for id_, _ in notes], deep=True)
        bodies = self.get(list(where), ["doc.lang"]) if stage == "lang" else {}
        actions = []
        beside: dict[str, dict[str, Any]] = {}
        for id_, annotation in notes:
            if id_ not in where:
                continue
            fields = annotation_fields(
                stage, annotation.values, bodies.get(id_, {}).get("doc", {}).get("lang", "und")
            ) | declared_values(declared, annotation.values)
            changes = {
                "stage": {stage: annotation.version},
                "annotations": {stage: pack_annotation(annotation)},
                **fields,
            }
            body = codec.to_json_bytes({"doc": changes}).decode()
            actions.append(Action("update", where[id_], id_, body, ',"retry_on_conflict":5'))
            if fields:
                beside[id_] = fields
        done = self.bulk.send(actions)
        if beside:
            self.update_vectors(beside)
        self.mirror_writes(list(zip(actions, done, strict=True)))
        items = iter(done)
        verdicts = []
        for id_, _ in notes:
            if id_ not in where:
                verdicts.append(Verdict(id_, Outcome.MISSING))
                continue
            item = next(items)
            if item.status == 404:
                self._forget([id_])
                verdicts.append(Verdict(id_, Outcome.MISSING))
            else:
                verdicts.append(
                    Verdict(id_, Outcome.ANNOTATED if item.done else Outcome.REJECTED, item.reason)
                )
        return verdicts

    def see(self, sightings: Sequence[history.Sighting]) -> int:
        """See `index.base.Index.see`."""
        held = self.read_current(
            [sighting.id for sighting in sightings], ["doc.history", "doc.collected"]
        )
        actions = []
        for sighting in sightings:
            if (hit := held.get(sighting.id)) is None:
                continue
            if changes := history.sighting_changes(hit["_source"].get("doc", {}), sighting):
                body = codec.to_json_bytes({"doc": {"doc": {history.KEY: changes}}}).decode()
                options = ',"retry_on_conflict":5'
                actions.append(Action("update", hit["_index"], sighting.id, body, options))
        done = self.bulk.send(actions)
        self.mirror_writes(list(zip(actions, done, strict=True)))
        return len(held)

    def delete(self, ids: Sequence[str], vector_indices: Iterable[str]) -> list[str]:
        """Remove documents and what stands beside their vectors; the ids that were there."""
        where = self.locate(ids, deep=True, sure=True)
        actions = [Action("delete", index, id_) for id_, index in where.items()]
        pairs = list(zip(actions, self.bulk.send(actions), strict=True))
        self.bulk.send(Action("delete", index, id_) for index in vector_indices for id_ in where)
        self.mirror_writes(pairs)
        self._forget(ids)
        if actions:  # a search must not say where they were
            self.connection.call(
                self.connection.client.indices.refresh,
                index=self.names.read,
                ignore_unavailable=True,
            )
        return [
            action.id
            for action, item in pairs
            if item.status == 200 or (item.status == 404 and item.doubtful)
        ]

    # -- reading
    def get(
        self, ids: Sequence[str], fields: Sequence[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Sources by id, in real time; those that are not there are left out."""
        return {id_: hit["_source"] for id_, hit in self.read_current(ids, fields).items()}

    def read_current(
        self, ids: Sequence[str], fields: Sequence[str] | None
    ) -> dict[str, dict[str, Any]]:
        """What is there now of ids: the source with its place and sequence number."""
        where = self.locate(ids, deep=True)
        hits = self._fetch(where, fields)
        if lost := [id_ for id_ in where if id_ not in hits]:
            # Moved or removed a moment ago, and searches (and we) still believe in the old place.
            self._forget(lost)
            hits |= self._fetch(self._locate_now(lost), fields)
        return hits

    def _fetch(
        self, where: dict[str, str], fields: Sequence[str] | bool | None
    ) -> dict[str, dict[str, Any]]:
        """What stands at those places now: the source with its place and sequence number."""
        hits: dict[str, dict[str, Any]] = {}
        wanted = list(where.items())
        source: dict[str, Any] = {} if fields is None else {"_source": fields}
        for at in range(0, len(wanted), MAX_GET):
            docs = [
                {"_index": index, "_id": id_, **source} for id_, index in wanted[at : at + MAX_GET]
            ]
            answer = self.connection.call(self.connection.client.mget, docs=docs)
            hits |= {doc["_id"]: doc for doc in answer["docs"] if doc.get("found")}
        return hits

    def locate(
        self, ids: Sequence[str], *, deep: bool = False, sure: bool = False
    ) -> dict[str, str]:
        """The concrete index of each id that is there.

        First what this process wrote or saw (``sure``: if it still is there), then a search; with
        ``deep`` a real-time look into every month for the rest (what another process wrote since
        the last refresh).
        """
        places = {id_: self._where[id_] for id_ in ids if id_ in self._where}
        if places and sure:
            there = self._fetch(places, False)
            self._forget([id_ for id_ in places if id_ not in there])
            places = {id_: index for id_, index in places.items() if id_ in there}
        unknown = [id_ for id_ in dict.fromkeys(ids) if id_ and id_ not in places]
        for at in range(0, len(unknown), MAX_IDS):
            part = unknown[at : at + MAX_IDS]
            for hit in self._search_ids(part):
                places[hit["_id"]] = hit["_index"]
                self._remember(hit["_id"], hit["_index"])
        if deep and (lost := [id_ for id_ in unknown if id_ not in places]):
            places |= self._locate_now(lost)
        return places

    def _search_ids(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """What a search knows of where ids are."""
        try:
            answer = self.connection.call(
                self.connection.client.search,
                index=self.names.read,
                query={"ids": {"values": list(ids)}},
                size=len(ids),
                source=False,
                allow_partial_search_results=False,
                filter_path=["hits.hits._id", "hits.hits._index"],
            )
        except NotFoundError:  # nothing was ever put
            return []
        hits: list[dict[str, Any]] = answer.get("hits", {}).get("hits", [])
        return hits

    def _locate_now(self, ids: Sequence[str]) -> dict[str, str]:
        """Ids that no search shows yet, looked for in every month."""
        try:
            months = sorted(
                self.connection.call(self.connection.client.indices.get_alias, name=self.names.read)
            )
        except NotFoundError:  # nothing was ever put
            return {}
        pairs = [(id_, month) for id_ in ids for month in months]
        places: dict[str, str] = {}
        for at in range(0, len(pairs), MAX_GET):
            docs = [
                {"_index": month, "_id": id_, "_source": False}
                for id_, month in pairs[at : at + MAX_GET]
            ]
            answer = self.connection.call(
                self.connection.client.mget,
                docs=docs,
                filter_path=["docs._id", "docs._index", "docs.found"],
            )
            for doc in answer["docs"]:
                if doc.get("found"):
                    places[doc["_id"]] = doc["_index"]
                    self._remember(doc["_id"], doc["_index"])
        return places

    # -- helpers
    def _action(self, op: str, document: Document, call: str, revision: int) -> Action:
        self._clock = max(self._clock + 1, time.time_ns() // 1000)
        source = to_source(document, changed_at=self._clock, put=call, revision=revision)
        return Action(op, self.names.month(document.published_at), document.id, source)

    def mirror_writes(self, pairs: Sequence[tuple[Action, Item]]) -> None:
        """While a migration copies, what each write left goes to the new indices, too.

        It is read again and written there under its sequence number as version, as the copy does
        it: whatever comes last, the newest state stays.
        """
        if self.mirror is None:
            return
        old, new = self.names.docs, self.mirror.docs
        written = {(a.where, a.id): item.seq for a, item in pairs if item.status in (200, 201, 409)}
        stored = self._fetch({id_: index for (index, id_) in written}, None)
        actions = []
        for (index, id_), seq in written.items():
            there = index.replace(old, new, 1)
            if id_ in stored and stored[id_]["_index"] == index:
                actions.append(copied(there, stored[id_]))
            elif seq >= 0:
                actions.append(Action("delete", there, id_, "", versioned(seq)))
        self.bulk.send(actions)

    def _remember(self, id_: str, index: str) -> None:
        self._where[id_] = index
        self._where.move_to_end(id_)
        while len(self._where) > REMEMBERED:
            self._where.popitem(last=False)

    def forget_places(self) -> None:
        """Every document has moved."""
        self._where.clear()

    def _forget(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            self._where.pop(id_, None)


def versioned(seq: int) -> str:
    """The option that lets a write pass only where nothing newer stands."""
    return f',"version":{seq},"version_type":"external_gte"'


def copied(there: str, hit: dict[str, Any]) -> Action:
    """The action that brings a document of one index into another one, unless a newer state of it
    is there."""
    return Action(
        "index",
        there,
        hit["_id"],
        codec.to_json_bytes(hit["_source"]).decode(),
        versioned(hit["_seq_no"]),
    )
