"""Documents in monthly indices: put, annotate, get, delete."""

from __future__ import annotations

import json
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from elasticsearch import NotFoundError

from index.base import Conflict, Outcome, Verdict
from index.elastic import codec
from index.elastic.bulk import Action, Bulk, Item
from index.elastic.client import Connection
from index.elastic.schema import Names
from index.embedded import codec as rows
from tocsin.documents import Annotation, Document
from tocsin.errors import Abort

REMEMBERED = 200_000


class Documents:
    """The monthly indices. ``suppressed`` says whether an author asked to be forgotten."""

    def __init__(self, connection: Connection, names: Names, suppressed: Any) -> None:
        self.connection, self.names, self.suppressed = connection, names, suppressed
        self.bulk = Bulk(connection)
        self.mirror: Names | None = None
        # Where ids are. Elasticsearch's search lags behind its writes by a refresh; this process's own writes are here.
        self._where: OrderedDict[str, str] = OrderedDict()
        self._clock = 0

    # -- writing
    def put(self, documents: Sequence[Document], on_conflict: Conflict) -> list[Verdict]:
        """See `index.base.Index.put`."""
        verdicts: list[Verdict | None] = [None] * len(documents)
        waiting = []
        for i, document in enumerate(documents):
            if fault := rows.fault(document):
                verdicts[i] = Verdict(str(document.id), Outcome.REJECTED, fault)
            else:
                waiting.append(i)
        while waiting:
            # One id may come twice in a batch: the second is judged when the first is stored.
            taken: set[str] = set()
            later = [i for i in waiting if documents[i].id in taken or taken.add(documents[i].id)]  # type: ignore[func-returns-value]
            now = [i for i in waiting if i not in set(later)] if later else waiting
            for i, verdict in zip(now, self._put([documents[i] for i in now], on_conflict), strict=True):
                verdicts[i] = verdict
            waiting = later
        return [verdict for verdict in verdicts if verdict is not None]

    def _put(self, documents: list[Document], on_conflict: Conflict) -> list[Verdict]:
        where = self.locate([d.id for d in documents])
        call = uuid.uuid4().hex
        found: dict[str, Verdict] = {}
        create: list[tuple[Document, Action]] = []
        existing: list[Document] = []
        for document in documents:
            if document.author is not None and self.suppressed(document.author.id):
                found[document.id] = Verdict(document.id, Outcome.SUPPRESSED)
            elif document.id not in where:
                try:
                    create.append((document, self._action("create", document, call)))
                except (TypeError, AttributeError):
                    found[document.id] = Verdict(document.id, Outcome.REJECTED, "links, metrics or media are not of their types")
            elif on_conflict == "keep":
                found[document.id] = Verdict(document.id, Outcome.DUPLICATE)
            else:
                existing.append(document)
        items = self.bulk.send([action for _, action in create])
        for (document, action), item in zip(create, items, strict=True):
            verdict = self._created(document, action, item, call)
            found[document.id] = verdict
            if verdict.outcome is Outcome.DUPLICATE and on_conflict == "replace":
                existing.append(document)
            if verdict.outcome is not Outcome.REJECTED:
                self._remember(document.id, action.where)
        if existing:
            found |= {verdict.id: verdict for verdict in self._replace(existing, call)}
        self._mirrored([action for _, action in create])
        return [found[document.id] for document in documents]

    def _created(self, document: Document, action: Action, item: Item, call: str) -> Verdict:
        if item.status in (200, 201):
            return Verdict(document.id, Outcome.CREATED)
        if item.status == 409:
            if item.doubtful and self._source(action.where, document.id, ["put"]).get("put") == call:
                return Verdict(document.id, Outcome.CREATED)
            return Verdict(document.id, Outcome.DUPLICATE)
        return Verdict(document.id, Outcome.REJECTED, item.reason)

    def _replace(self, documents: list[Document], call: str) -> list[Verdict]:
        verdicts = []
        for document in documents:
            verdicts.append(self._replace_one(document, call))
        return verdicts

    def _replace_one(self, document: Document, call: str) -> Verdict:
        for _ in range(20):
            index = self.locate([document.id]).get(document.id)
            if index is None:
                (verdict,) = self._put([document], "keep")
                return verdict
            try:
                held = self.connection.call(self.connection.client.get, index=index, id=document.id)
            except NotFoundError:
                self._forget([document.id])
                continue
            source = held["_source"]
            guard = f',"if_seq_no":{held["_seq_no"]},"if_primary_term":{held["_primary_term"]}'
            if source.get("content_hash") == document.content_hash:
                if not document.metrics:
                    return Verdict(document.id, Outcome.DUPLICATE)
                changed: dict[str, Any] = {}
                rows.put_metrics(changed, document.metrics)
                counts = {name: changed[name] for name in rows.METRICS if name in changed}
                body = rows.dump({"doc": {**counts, "doc": changed}}).decode()
                (item,) = self.bulk.send([Action("update", index, document.id, body, guard)])
                outcome = Outcome.DUPLICATE
            else:
                action = self._action("index", document, call, revision=source.get("revision", 0) + 1)
                if action.where == index:
                    (item,) = self.bulk.send([action._replace(extra=guard)])
                else:  # its time has changed: it moves to another month, and is never in both
                    item, _ = self.bulk.send([Action("delete", index, document.id, "", guard), action])
                    self._remember(document.id, action.where)
                outcome = Outcome.REPLACED
            if item.status in (200, 201):
                return Verdict(document.id, outcome)
            if item.status not in (404, 409):
                return Verdict(document.id, Outcome.REJECTED, item.reason)
        raise Abort(f"document {document.id} is being changed by others all the time; start the same command again")

    def annotate(self, notes: Sequence[tuple[str, Annotation]], stage: str, vector_indices: Sequence[str]) -> list[Verdict]:
        """See `index.base.Index.annotate`; filter fields that the annotation decides are set beside vectors, too."""
        where = self.locate([id_ for id_, _ in notes], deep=True)
        declared = self.get(list(where), ["doc.lang"]) if stage == "lang" else {}
        actions, beside = [], []
        for id_, annotation in notes:
            if id_ not in where:
                continue
            fields = codec.derived(stage, annotation.values, declared.get(id_, {}).get("doc", {}).get("lang", "und"))
            made = {"stage": {stage: annotation.version}, "annotations": {stage: codec.pack(annotation)}, **fields}
            body = rows.dump({"doc": made}).decode()
            actions.append(Action("update", where[id_], id_, body, ',"retry_on_conflict":5'))
            if fields:
                beside += [Action("update", index, id_, json.dumps({"doc": fields}), ',"retry_on_conflict":5') for index in vector_indices]
        items = iter(self.bulk.send(actions))
        self.bulk.send(beside)
        self._mirrored(actions)
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
                done = item.status in (200, 201)
                verdicts.append(Verdict(id_, Outcome.ANNOTATED if done else Outcome.REJECTED, item.reason))
        return verdicts

    def delete(self, ids: Sequence[str], vector_indices: Iterable[str]) -> list[str]:
        """Remove documents and what stands beside their vectors; the ids that were there."""
        where = self.locate(ids, deep=True)
        actions = [Action("delete", index, id_) for id_, index in where.items()]
        items = self.bulk.send(actions)
        self.bulk.send([Action("delete", index, id_) for index in vector_indices for id_ in where])
        self._mirrored(actions)
        self._forget(ids)
        if actions:  # a search must not say where they were
            self.connection.call(self.connection.client.indices.refresh, index=self.names.read, ignore_unavailable=True)
        return [action.id for action, item in zip(actions, items, strict=True) if item.status == 200]

    # -- reading
    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
        """Sources by id, in real time; those that are not there are left out."""
        where = self.locate(ids, deep=True)
        found: dict[str, dict[str, Any]] = {}
        wanted = list(where.items())
        for at in range(0, len(wanted), MAX_GET):
            docs = [
                {"_index": index, "_id": id_, **({"_source": list(fields)} if fields else {})} for id_, index in wanted[at : at + MAX_GET]
            ]
            answer = self.connection.call(self.connection.client.mget, docs=docs)
            found |= {doc["_id"]: doc["_source"] for doc in answer["docs"] if doc.get("found")}
        self._forget([id_ for id_ in where if id_ not in found])
        return found

    def locate(self, ids: Sequence[str], *, deep: bool = False) -> dict[str, str]:
        """The concrete index of each id that is there.

        First what this process wrote or saw, then a search; with ``deep`` a real-time look into every month
        for the rest (what another process wrote since the last refresh).
        """
        found = {id_: self._where[id_] for id_ in ids if id_ in self._where}
        unknown = [id_ for id_ in dict.fromkeys(ids) if id_ and id_ not in found]
        for at in range(0, len(unknown), MAX_GET):
            part = unknown[at : at + MAX_GET]
            hits = self.connection.call(
                self.connection.client.search, index=self.names.read, query={"ids": {"values": part}}, size=len(part), source=False,
                allow_no_indices=True, ignore_unavailable=True, allow_partial_search_results=False, filter_path=["hits.hits._id", "hits.hits._index"],
            )  # fmt: skip
            for hit in hits.get("hits", {}).get("hits", ()):
                found[hit["_id"]] = hit["_index"]
                self._remember(hit["_id"], hit["_index"])
        if deep and (lost := [id_ for id_ in unknown if id_ not in found]):
            found |= self._locate_now(lost)
        return found

    def _locate_now(self, ids: Sequence[str]) -> dict[str, str]:
        """Ids that no search shows yet, looked for in every month."""
        try:
            months = sorted(self.connection.call(self.connection.client.indices.get_alias, name=self.names.read))
        except NotFoundError:  # nothing was ever put
            return {}
        pairs = [(id_, month) for id_ in ids for month in months]
        found: dict[str, str] = {}
        for at in range(0, len(pairs), MAX_GET):
            docs = [{"_index": month, "_id": id_, "_source": False} for id_, month in pairs[at : at + MAX_GET]]
            answer = self.connection.call(self.connection.client.mget, docs=docs, filter_path=["docs._id", "docs._index", "docs.found"])
            for doc in answer["docs"]:
                if doc.get("found"):
                    found[doc["_id"]] = doc["_index"]
                    self._remember(doc["_id"], doc["_index"])
        return found

    def _source(self, index: str, id_: str, fields: list[str]) -> dict[str, Any]:
        answer = self.connection.call(self.connection.client.get, index=index, id=id_, source_includes=fields)
        source: dict[str, Any] = answer["_source"]
        return source

    # -- helpers
    def _action(self, op: str, document: Document, call: str, revision: int | None = None) -> Action:
        self._clock = max(self._clock + 1, time.time_ns() // 1000)
        kept = document.revision if revision is None else revision
        source = codec.to_source(document, changed_at=self._clock, put=call, revision=kept)
        return Action(op, self.names.month(document.published_at), document.id, source)

    def _mirrored(self, actions: Sequence[Action]) -> None:
        """While a migration copies, every write goes to the new indices, too; what is not there yet is copied later."""
        if self.mirror is not None:
            old, new = self.names.docs, self.mirror.docs
            self.bulk.send([a._replace(op="index" if a.op == "create" else a.op, where=a.where.replace(old, new, 1)) for a in actions])

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


MAX_GET = 1_000
