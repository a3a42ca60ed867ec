"""From one schema version to the next: new indices beside the old, then one atomic swap of the alias.

1. The layout in the state names the next version; every writer reads it at least every few seconds and from
   then on writes to both.
2. Months are copied from a frozen view, then what was written meanwhile (by ``_seq_no``) is copied again until
   nothing is left; what was deleted meanwhile is deleted.
3. Counts by month and golden queries must be equal.
4. The alias swaps in one request; the layout names the new version alone; when every writer has read that, the
   old months are removed.

Started again after a stop, it goes on: copying is idempotent and the layout says how far it came.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from typing import TYPE_CHECKING, Any

from elasticsearch import NotFoundError

from index.base import SCHEMA_VERSION
from index.elastic import schema
from index.elastic.asking import KEEP_ALIVE, Asking, whole
from index.elastic.bulk import Action
from index.elastic.schema import Names
from tocsin.errors import Abort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.elastic.store import ElasticIndex

log = logging.getLogger(__name__)
ATTEMPTS = 10
GOLDEN = 5_000
SETTLE = 12.0
"""Seconds until every writer has read the layout (see `index.elastic.findings.FRESH`)."""


def migrate(index: ElasticIndex, to: int = SCHEMA_VERSION, *, settle: float = SETTLE) -> bool:
    """Bring the documents to a schema version; whether there was anything to do.

    Raises:
        Abort: counts or golden queries differ; the old indices are untouched and still in use.
    """
    state = index.findings_.state
    layout, guard = state.get(schema.LAYOUT)
    now = (layout or {"docs": SCHEMA_VERSION})["docs"]
    if now >= to:
        _sweep(index, now)
        return False
    old, new = Names(index.settings.prefix, now), Names(index.settings.prefix, to)
    schema.put_templates(index.connection, new, index.settings.replicas, schema.analysers(index.connection, index.names), alias=False)
    if not state.change(schema.LAYOUT, "layout", {"docs": now, "next": to}, guard):
        raise Abort("another migration has just begun; wait for it to end")
    time.sleep(settle)
    months = _months(index, old)
    for month in months:
        _copy(index, month, month.replace(old.docs, new.docs, 1), new)
    _verify(index, old, new)
    _swap(index, old, new)
    time.sleep(settle)
    _sweep(index, to)
    log.info("%d months of %s are now of schema %d", len(months), index.settings.prefix, to)
    return True


def _months(index: ElasticIndex, names: Names) -> list[str]:
    client = index.connection.client
    return sorted(index.connection.call(client.indices.get, index=f"{names.docs}*", allow_no_indices=True, features="aliases"))


def _copy(index: ElasticIndex, source: str, target: str, names: Names) -> None:
    """Copy a month until nothing written since is left, then drop what was deleted meanwhile."""
    settings = {"number_of_shards": 1, "number_of_replicas": index.settings.replicas}
    schema.create(index.connection, target, schema.documents_mapping(names.version, ()), settings)
    seen = -1
    while True:
        index.connection.call(index.connection.client.indices.refresh, index=source)
        copied = 0
        for hits in _since(index, source, seen):
            actions = [Action("index", target, hit["_id"], json.dumps(hit["_source"], ensure_ascii=False)) for hit in hits]
            for item in index.documents.bulk.send(actions):
                if item.status not in (200, 201):
                    raise Abort(f"a document of {source} was refused by the new schema ({item.reason}); the old indices are still in use")
            copied += len(hits)
            seen = max(seen, *(hit["_seq_no"] for hit in hits))
        if not copied:
            break
    index.connection.call(index.connection.client.indices.refresh, index=target)
    for hits in Asking(index.connection, target).scan(False, {"match_all": {}}, ordered=False):
        ids = [hit["_id"] for hit in hits]
        found = index.connection.call(index.connection.client.mget, index=source, ids=ids, source=False)["docs"]
        index.documents.bulk.send([Action("delete", target, doc["_id"]) for doc in found if not doc.get("found")])


def _since(index: ElasticIndex, source: str, seen: int) -> Iterator[list[dict[str, Any]]]:
    client, call = index.connection.client, index.connection.call
    view = call(client.open_point_in_time, index=source, keep_alive=KEEP_ALIVE)["id"]
    body: dict[str, Any] = {
        "query": {"range": {"_seq_no": {"gt": seen}}}, "size": 2_000, "sort": ["_shard_doc"], "seq_no_primary_term": True, "track_total_hits": False,
    }  # fmt: skip
    try:
        while True:
            answer = whole(call(client.search, pit={"id": view, "keep_alive": KEEP_ALIVE}, allow_partial_search_results=False, **body).body)
            view = answer.get("pit_id", view)
            hits = answer["hits"]["hits"]
            if not hits:
                return
            yield hits
            body["search_after"] = hits[-1]["sort"]
    finally:
        call(client.close_point_in_time, id=view)


def _verify(index: ElasticIndex, old: Names, new: Names) -> None:
    """Golden queries: what the old indices answer, the new ones must, but for what is just being written."""
    index.connection.call(index.connection.client.indices.refresh, index=f"{old.docs}*,{new.docs}*", ignore_unavailable=True)
    for name, query in _golden(index, old).items():
        before, after = (_answer(index, f"{names.docs}*", query) for names in (old, new))
        for _ in range(ATTEMPTS):
            doubtful = sorted(before.items() ^ after.items())
            if not doubtful or not (settled := _unlike(index, doubtful, old, new)):
                break
            time.sleep(1.0)
        else:
            raise Abort(
                f"after the copy, {name} finds other documents ({settled[0]}, ...); the old indices are still in use: migrate again"
            )


def _unlike(index: ElasticIndex, doubtful: list[tuple[str, str]], old: Names, new: Names) -> list[str]:
    """Those of the documents that are, at this moment, in one version and not in the other, or in both but found in one alone."""
    months = dict(doubtful)
    found: dict[str, list[bool]] = {id_: [] for id_ in months}
    for names in (old, new):
        docs = [{"_index": names.docs + month, "_id": id_, "_source": False} for id_, month in months.items()]
        for doc in index.connection.call(index.connection.client.mget, docs=docs)["docs"]:
            found[doc["_id"]].append(bool(doc.get("found")))
    return sorted(id_ for id_, there in found.items() if there != [False, False])


def _golden(index: ElasticIndex, names: Names) -> dict[str, dict[str, Any]]:
    """All documents, those of each month's bounds, and the most used values of five fields."""
    made: dict[str, dict[str, Any]] = {"the number of documents": {"match_all": {}}}
    fields = ("author", "hashtag", "domain", "lang", "source")
    aggs = {name: {"terms": {"field": name, "size": 5}} for name in fields}
    found = Asking(index.connection, f"{names.docs}*").request(size=0, query={"match_all": {}}, aggs=aggs).get("aggregations", {})
    for name in fields:
        for bucket in found.get(name, {}).get("buckets", ()):
            made[f"{name}:{bucket['key']}"] = {"term": {name: bucket["key"]}}
    for hit in Asking(index.connection, f"{names.docs}*").request(size=5, query={"match_all": {}}, sort=["id"])["hits"]["hits"]:
        words = hit["_source"].get("tok", "").split()[:3]
        made[f"the phrase {' '.join(words)!r}"] = {"match_phrase": {"tok": " ".join(words)}} if words else {"match_all": {}}
    return made


def _answer(index: ElasticIndex, where: str, query: dict[str, Any]) -> dict[str, str]:
    """The first documents of a query by id, with their month."""
    hits = Asking(index.connection, where).request(size=GOLDEN, query=query, sort=["id"], source=False)["hits"]["hits"]
    last = max((hit["_id"] for hit in hits), default="") if len(hits) == GOLDEN else None
    return {hit["_id"]: hit["_index"].split("-v")[-1].split("-", 1)[1] for hit in hits if last is None or hit["_id"] < last}


def _swap(index: ElasticIndex, old: Names, new: Names) -> None:
    """One request moves the alias; then the layout turns the writers."""
    connection, languages = index.connection, schema.analysers(index.connection, index.names)
    schema.put_templates(connection, old, index.settings.replicas, languages, alias=False)
    schema.put_templates(connection, new, index.settings.replicas, languages)
    actions: list[dict[str, Any]] = [{"add": {"index": name, "alias": new.read}} for name in _months(index, new)]
    actions += [{"remove": {"index": name, "alias": old.read, "must_exist": False}} for name in _months(index, old)]
    if actions:
        connection.call(connection.client.indices.update_aliases, actions=actions)
    while True:
        layout, guard = index.findings_.state.get(schema.LAYOUT)
        if index.findings_.state.change(schema.LAYOUT, "layout", {**(layout or {}), "docs": new.version, "next": None}, guard):
            break
    index.read_layout()


def _sweep(index: ElasticIndex, now: int) -> None:
    """Remove the months of versions before this one: every writer has turned."""
    client, call = index.connection.client, index.connection.call
    for version in range(1, now):
        names = Names(index.settings.prefix, version)
        for month in _months(index, names):
            call(client.indices.delete, index=month, ignore_unavailable=True)
        stem = f"{names.prefix}-docs-v{version}"
        for remove, name in (
            (client.indices.delete_index_template, stem),
            (client.cluster.delete_component_template, f"{stem}-settings,{stem}-mapping"),
        ):
            with contextlib.suppress(NotFoundError):
                call(remove, name=name)
