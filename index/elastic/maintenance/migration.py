"""From one schema version to the next: new indices beside the old, then one atomic swap of the
alias.

1. The layout in the state names the next version; every writer reads it at least every few seconds
and from
   then on writes to both.
2. Months are copied from a frozen view, each document under its sequence number as version, so that
neither the copy
   nor a writer can put an old state over a newer one.
3. Writers hold (readers do not notice): what they wrote last is copied, what they deleted is
deleted, and counts
   by month and golden queries must be equal.
4. The alias swaps in one request; the layout names the new version alone, and the writers go on
there. The old
   months are removed.

Started again after a stop, it goes on: copying is idempotent and the layout says how far it came. A
migration that stops while the writers hold stops them, too, with a sentence; nothing is written to
the wrong version.
"""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any

from elasticsearch import NotFoundError

from index import codec
from index.base import SCHEMA_VERSION
from index.elastic import schema
from index.elastic.bulk import Action
from index.elastic.documents import copied
from index.elastic.schema import Names
from index.elastic.search import KEEP_ALIVE, Searcher, read_pages
from index.elastic.sources import address_fields
from tocsin.core.errors import Abort
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.elastic.stores import Stores

log = logging.getLogger(__name__)
GOLDEN = 1_000
SETTLE = 12.0
"""Seconds until every writer has read the layout (see `index.elastic.findings.FRESH`)."""


def migrate(index: Stores, to: int = SCHEMA_VERSION, *, settle: float = SETTLE) -> bool:
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
    schema.put_templates(
        index.connection,
        new,
        index.settings.replicas,
        schema.analysers(index.connection, index.names),
        alias=False,
    )
    if not state.change(schema.LAYOUT, "layout", {"docs": now, "next": to}, guard):
        raise Abort(Message("fault.elastic.two_migrations"))
    time.sleep(settle)
    seen = {month: _copy(index, month, new, -1) for month in _months(index, old)}
    _turn(index, {"docs": now, "next": to, "hold": True})
    try:
        time.sleep(settle)
        months = _months(index, old)
        for month in months:
            _copy(index, month, new, seen.get(month, -1))
            _remove_deleted(index, month, _twin(month, new))
        _verify(index, old, new)
        _swap(index, old, new)
    except BaseException:
        _turn(index, {"docs": now, "next": to})
        raise
    _turn(index, {"docs": to, "next": None})
    time.sleep(settle)
    _sweep(index, to)
    log.info("%d months of %s are now of schema %d", len(months), index.settings.prefix, to)
    return True


def _turn(index: Stores, layout: dict[str, Any]) -> None:
    """Write the layout."""
    while True:
        _, guard = index.findings_.state.get(schema.LAYOUT)
        if index.findings_.state.change(schema.LAYOUT, "layout", layout, guard):
            break
    index.read_layout()


def _months(index: Stores, names: Names) -> list[str]:
    client = index.connection.client
    return sorted(
        index.connection.call(
            client.indices.get,
            index=f"{names.docs}*",
            allow_no_indices=True,
            features="aliases",
            expand_wildcards="open,closed",  # a closed month cannot be copied: never left behind
        )
    )


def _twin(month: str, names: Names) -> str:
    """The same month in another version."""
    return names.docs + month.split("-docs-v", 1)[1].split("-", 1)[1]


def _copy(index: Stores, month: str, names: Names, seen: int) -> int:
    """Copy what a month got after a sequence number, until nothing is left; the last number."""
    target = _twin(month, names)
    settings = {"number_of_shards": 1, "number_of_replicas": index.settings.replicas}
    schema.create(index.connection, target, schema.documents_mapping(names.version, ()), settings)
    while True:
        index.connection.call(index.connection.client.indices.refresh, index=month)
        before = seen
        for hits in _since(index, month, before):
            for item in index.documents.bulk.send(copied(target, hit) for hit in hits):
                if (
                    not item.done and item.status != 409
                ):  # 409: a writer has put a newer state there
                    raise Abort(
                        Message(
                            "fault.elastic.copy_refused", {"month": month, "reason": item.reason}
                        )
                    )
            seen = max(seen, *(hit["_seq_no"] for hit in hits))
        if seen == before:
            return seen


def _remove_deleted(index: Stores, source: str, target: str) -> None:
    """Remove what is in the copy alone. Nobody writes while this runs."""
    index.connection.call(index.connection.client.indices.refresh, index=target)
    for hits in Searcher(index.connection, target).scan(False, {"match_all": {}}, ordered=False):
        ids = [hit["_id"] for hit in hits]
        originals = index.connection.call(
            index.connection.client.mget, index=source, ids=ids, source=False
        )["docs"]
        index.documents.bulk.send(
            Action("delete", target, doc["_id"]) for doc in originals if not doc.get("found")
        )


def _since(index: Stores, source: str, seen: int) -> Iterator[list[dict[str, Any]]]:
    client, call = index.connection.client, index.connection.call
    view = call(client.open_point_in_time, index=source, keep_alive=KEEP_ALIVE)["id"]
    body: dict[str, Any] = {
        "query": {"range": {"_seq_no": {"gt": seen}}},
        "size": 2_000,
        "sort": ["_shard_doc"],
        "seq_no_primary_term": True,
        "track_total_hits": False,
    }
    yield from read_pages(index.connection, view, body)


def _verify(index: Stores, old: Names, new: Names) -> None:
    """Counts by month, and golden queries: what the old indices answer, the new ones must.

    Nobody writes while this runs.
    """
    index.connection.call(
        index.connection.client.indices.refresh,
        index=f"{old.docs}*,{new.docs}*",
        ignore_unavailable=True,
    )
    for month in _months(index, old):
        before, after = (
            index.connection.call(index.connection.client.count, index=name)["count"]
            for name in (month, _twin(month, new))
        )
        if before != after:
            raise Abort(
                Message(
                    "fault.elastic.copy_count", {"month": month, "before": before, "after": after}
                )
            )
    for name, query in _golden(index, old).items():
        before, after = (_answer(index, f"{names.docs}*", query) for names in (old, new))
        if before != after:
            raise Abort(Message("fault.elastic.copy_search", {"name": name}))


def _golden(index: Stores, names: Names) -> dict[str, dict[str, Any]]:
    """All documents, those of each month's bounds, and the most used values of five fields."""
    queries: dict[str, dict[str, Any]] = {"the number of documents": {"match_all": {}}}
    fields = ("author", "hashtag", "domain", "lang", "source")
    aggs = {name: {"terms": {"field": name, "size": 5}} for name in fields}
    answers = (
        Searcher(index.connection, f"{names.docs}*")
        .search(size=0, query={"match_all": {}}, aggs=aggs)
        .get("aggregations", {})
    )
    for name in fields:
        for bucket in answers.get(name, {}).get("buckets", ()):
            queries[f"{name}:{bucket['key']}"] = {"term": {name: bucket["key"]}}
    for hit in Searcher(index.connection, f"{names.docs}*").search(
        size=5, query={"match_all": {}}, sort=["id"]
    )["hits"]["hits"]:
        words = hit["_source"].get("tok", "").split()[:3]
        queries[f"the phrase {' '.join(words)!r}"] = (
            {"match_phrase": {"tok": " ".join(words)}} if words else {"match_all": {}}
        )
    return queries


def _answer(index: Stores, where: str, query: dict[str, Any]) -> tuple[int, list[str]]:
    """How many documents a query has, and the first of them by id."""
    answer = Searcher(index.connection, where).search(
        size=GOLDEN, query=query, sort=["id"], source=False, track_total_hits=True
    )["hits"]
    return answer["total"]["value"], [hit["_id"] for hit in answer["hits"]]


def _swap(index: Stores, old: Names, new: Names) -> None:
    """One request moves the alias; months that begin later get it from their template."""
    connection, languages = index.connection, schema.analysers(index.connection, index.names)
    schema.put_templates(connection, old, index.settings.replicas, languages, alias=False)
    schema.put_templates(connection, new, index.settings.replicas, languages)
    actions: list[dict[str, Any]] = [
        {"add": {"index": name, "alias": new.read}} for name in _months(index, new)
    ]
    actions += [
        {"remove": {"index": name, "alias": old.read, "must_exist": False}}
        for name in _months(index, old)
    ]
    if actions:
        connection.call(connection.client.indices.update_aliases, actions=actions)


def _sweep(index: Stores, now: int) -> None:
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


def renew_addresses(index: Stores) -> int:
    """Write the canonical addresses of documents that an earlier Tocsin stored in other forms; how
    many. Readers and writers go on: what is written meanwhile has today's forms.
    """
    connection, names = index.connection, index.names
    client, call = connection.client, connection.call
    stored = next(iter(call(client.indices.get_mapping, index=names.state).values()))
    if stored["mappings"].get("_meta", {}).get("address_rules") == schema.meta()["address_rules"]:
        return 0
    index.documents.forget_places()
    renewed = sum(_renew(index, month) for month in _months(index, names))
    meta = {**stored["mappings"].get("_meta", {}), "address_rules": schema.meta()["address_rules"]}
    call(client.indices.put_mapping, index=names.state, meta=meta)
    log.info("%d documents have the canonical addresses of today", renewed)
    return renewed


def _renew(index: Stores, month: str) -> int:
    """The documents of one month, again until nobody has written to one in between."""
    renewed, is_done = 0, False
    while not is_done:
        is_done = True
        index.connection.call(index.connection.client.indices.refresh, index=month)
        for hits in _since(index, month, -1):
            changed = {hit["_id"]: fields for hit in hits if (fields := _other_addresses(hit))}
            actions = [
                Action(
                    "update",
                    month,
                    hit["_id"],
                    codec.to_json_bytes({"doc": changed[hit["_id"]]}).decode(),
                    f',"if_seq_no":{hit["_seq_no"]},"if_primary_term":{hit["_primary_term"]}',
                )
                for hit in hits
                if hit["_id"] in changed
            ]
            items = index.documents.bulk.send(actions)
            done = {a.id: changed[a.id] for a, i in zip(actions, items, strict=True) if i.done}
            is_done = is_done and len(done) == len(actions)
            renewed += len(done)
            index.vectors_.update_fields(done)
    return renewed


def _other_addresses(hit: dict[str, Any]) -> dict[str, Any]:
    """The address fields of a document as they would be stored today, where those differ."""
    source = hit["_source"]
    today = address_fields(source["doc"])
    return {name: value for name, value in today.items() if source.get(name) != value}
