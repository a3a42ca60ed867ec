"""Authors in an index of their own: one profile an account, the newest seen wins, gaps are filled
from older ones."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from index.base import NamedAccount
from index.codec import milliseconds
from index.elastic.bulk import Action, Bulk
from index.elastic.client import Connection
from index.elastic.schema import PROFILE
from index.fields import normalise
from tocsin.core.documents import Author, Document

if TYPE_CHECKING:
    from index.elastic.search import Searcher

FIELDS = ("handle", "name", "followers", "following", "posts", "description", "verified")
FRESH = 30.0
MAX_KEPT = 100_000
MAX_BESIDE = 200
"""Hits whose authors' profiles the server looks up along with the hits; it asks once a hit, so
longer lists ask by id."""
MAX_LATER = 20_000
MAX_NAMED = 1_000
"""Accounts that one name may mean."""
_PAGE = 10_000
StoredProfiles: TypeAlias = "dict[str, tuple[dict[str, Any], str]]"


class Authors:
    """Profiles, kept for half a minute so that one screen after another does not ask again.

    A post that says nothing new of its author only makes the profile's time later. That time is
    written when the index is refreshed or closed, and not with every batch: it decides nothing but
    which of two different profiles is the newer one.
    """

    def __init__(self, connection: Connection, index: str, bulk: Bulk) -> None:
        self.connection, self.index, self.bulk = connection, index, bulk
        self._cached: dict[str, tuple[float, dict[str, Any]]] = {}
        self._deferred: dict[str, dict[str, Any]] = {}

    def put(self, documents: Sequence[Document], held: StoredProfiles | None = None) -> None:
        """Store the authors of documents where they say something new. Safe beside other writers.

        ``read_profiles`` is what `read_profiles` gave a moment ago of those that are not `known`;
        it is asked where absent.
        """
        seen_by_author: dict[
            Author, list[int]
        ] = {}  # most posts of a person say the same of them; the latest said stands last
        for document in documents:
            if (author := document.author) is not None:
                seen = _seen(document)
                if author not in seen_by_author or seen >= seen_by_author[author]:
                    seen_by_author.pop(author, None)
                    seen_by_author[author] = seen
        newest: dict[str, dict[str, Any]] = {}
        for author, seen in seen_by_author.items():
            profile = _profile(author, seen)
            newest[author.id] = (
                _merge(newest[author.id], profile) if author.id in newest else profile
            )
        for id_ in [id_ for id_ in newest if self.known(id_)]:
            old = self._cached[id_][1]
            profile = _merge(old, newest[id_])
            if profile | {"seen": 0} == old | {"seen": 0}:
                del newest[id_]
                if profile != old:
                    self._cached[id_] = (self._cached[id_][0], profile)
                    self._deferred[id_] = profile
        self._write(newest, held)
        if len(self._deferred) > MAX_LATER:
            self.flush()

    def known(self, id_: str) -> bool:
        """Whether a profile was read or written a moment ago."""
        return id_ in self._cached and time.monotonic() - self._cached[id_][0] < FRESH

    def flush(self) -> None:
        """Write the times that `put` has left for later."""
        later, self._deferred = self._deferred, {}
        self._write(later, None)

    def _write(self, newest: dict[str, dict[str, Any]], held: StoredProfiles | None) -> None:
        waiting = sorted(newest)
        while waiting:
            held = self.read_profiles(waiting) if held is None else held
            actions, merged = [], {}
            for id_ in waiting:
                source, guard = held.get(id_, (None, ""))
                profile = newest[id_] if source is None else _merge(source, newest[id_])
                if profile == source:
                    continue
                merged[id_] = profile
                actions.append(
                    Action(
                        "index" if source else "create",
                        self.index,
                        id_,
                        json.dumps(profile, ensure_ascii=False),
                        guard,
                    )
                )
            items = self.bulk.send(actions)
            waiting = [
                action.id
                for action, item in zip(actions, items, strict=True)
                if item.status == 409 and not item.doubtful
            ]
            held = None
            now = time.monotonic()
            self._cached |= {
                id_: (now, profile) for id_, profile in merged.items() if id_ not in waiting
            }

    def get(self, ids: Iterable[str]) -> dict[str, Author]:
        """Authors by id."""
        now = time.monotonic()
        wanted = sorted(set(ids))
        stale = [
            id_ for id_ in wanted if id_ not in self._cached or now - self._cached[id_][0] > FRESH
        ]
        if len(self._cached) > MAX_KEPT:
            self._cached.clear()
            stale = wanted
        self._cached |= {
            id_: (now, source) for id_, (source, _) in self.read_profiles(stale).items()
        }
        return {
            id_: _author(id_, self._cached[id_][1] if id_ in self._cached else {}) for id_ in wanted
        }

    def lookup_request(self, size: int) -> dict[str, Any]:
        """What a search of ``size`` hits asks so that their authors' profiles come in the same
        answer: a lookup field."""
        if not 0 < size <= MAX_BESIDE:
            return {}
        lookup = {
            "type": "lookup",
            "target_index": self.index,
            "input_field": "author",
            "target_field": "_id",
            "fetch_fields": [*PROFILE],
        }
        return {"runtime_mappings": {"profile": lookup}, "fields": ["profile"]}

    def of_hits(self, hits: Sequence[dict[str, Any]]) -> dict[str, Author]:
        """The authors of hits: from what `lookup_request` brought, else (long lists, an index made
        before it could) by id."""
        authors: dict[str, Author] = {}
        wanted = {hit["_source"]["author"] for hit in hits if hit["_source"].get("author")}
        for hit in hits:
            for profile in hit.get("fields", {}).get("profile", ()):
                if "seen" in profile:  # else the fields were not mapped when the index was made
                    id_ = hit["_source"]["author"]
                    authors[id_] = _author(
                        id_, {name: values[0] for name, values in profile.items()}
                    )
        return authors | self.get(wanted - authors.keys())

    def called(self, names: Collection[str]) -> set[str]:
        """Ids of profiles that show one of these as handle, in any case, with @ or without."""
        variants = {sign + name.strip().lstrip("@") for name in names for sign in ("", "@")}
        same = [
            {"term": {"handle": {"value": v, "case_insensitive": True}}} for v in sorted(variants)
        ]
        answer = self.connection.call(
            self.connection.client.search,
            index=self.index,
            size=MAX_NAMED,
            source=False,
            query={"bool": {"should": same, "minimum_should_match": 1}},
        )
        return {hit["_id"] for hit in answer["hits"]["hits"]}

    def delete(self, ids: Sequence[str]) -> None:
        """Forget profiles."""
        for id_ in ids:
            self._cached.pop(id_, None)
            self._deferred.pop(id_, None)
        self.bulk.send([Action("delete", self.index, id_) for id_ in ids])

    def read_profiles(self, ids: Sequence[str]) -> StoredProfiles:
        """The stored profiles of authors, each with the guard for changing it."""
        profiles: StoredProfiles = {}
        for at in range(0, len(ids), 1_000):
            answer = self.connection.call(
                self.connection.client.mget, index=self.index, ids=list(ids[at : at + 1_000])
            )
            for doc in answer["docs"]:
                if doc.get("found"):
                    profiles[doc["_id"]] = (
                        doc["_source"],
                        f',"if_seq_no":{doc["_seq_no"]},"if_primary_term":{doc["_primary_term"]}',
                    )
        return profiles


def read_names(
    searcher: Searcher, authors: Authors, names: Collection[str] | None
) -> list[NamedAccount]:
    """See `index.base.Index.accounts`: documents keep the handle that their author had then."""
    query: dict[str, Any] = {"exists": {"field": "author"}}
    if names is not None:
        ids = authors.called(names) if names else set()
        exact = sorted({*names})
        asked = [
            {"terms": {"handle": sorted({normalise("handle", name) for name in names})}},
            {"terms": {"author": sorted({*exact, *ids})}},
            {"terms": {"author_native": exact}},
        ]
        found = _handles(searcher, {"bool": {"should": asked, "minimum_should_match": 1}})
        query = {"terms": {"author": sorted(found)}}
    handles = _handles(searcher, query)
    profiles = authors.get(handles)
    return [
        NamedAccount(
            id_,
            (now := profiles[id_].handle),
            frozenset({*handles[id_], *([normalise("handle", now)] if now else ())} - {""}),
        )
        for id_ in sorted(handles)
    ]


def _handles(searcher: Searcher, query: dict[str, Any]) -> dict[str, set[str]]:
    """Author id -> handles on the documents that match."""
    composite: dict[str, Any] = {
        "size": _PAGE,
        "sources": [
            {"author": {"terms": {"field": "author"}}},
            {"handle": {"terms": {"field": "handle", "missing_bucket": True}}},
        ],
    }
    handles: dict[str, set[str]] = {}
    while True:
        aggregations = {"accounts": {"composite": composite}}
        answer = searcher.search(size=0, query=query, aggs=aggregations)
        accounts = (answer.get("aggregations") or {}).get("accounts", {})
        for bucket in accounts.get("buckets", ()):
            said = handles.setdefault(bucket["key"]["author"], set())
            said |= {bucket["key"]["handle"]} - {None}
        if "after_key" not in accounts:
            return handles
        composite["after"] = accounts["after_key"]


def _seen(document: Document) -> list[int]:
    """When the author was seen so: collected, then published (epoch ms, 0 where unknown)."""
    return [milliseconds(document.collected_at) or 0, milliseconds(document.published_at) or 0]


def _profile(author: Author, seen: list[int]) -> dict[str, Any]:
    profile: dict[str, Any] = {name: getattr(author, name) for name in FIELDS}
    profile["created_at"] = author.created_at.isoformat() if author.created_at else None
    return {**{k: v for k, v in profile.items() if v is not None}, "seen": seen}


def _merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    first, second = (new, old) if new["seen"] >= old["seen"] else (old, new)
    return {**second, **first}


def _author(id_: str, source: dict[str, Any]) -> Author:
    created = source.get("created_at")
    return Author(
        id=id_,
        created_at=datetime.fromisoformat(created) if created else None,
        **{name: source.get(name) for name in FIELDS},
    )
