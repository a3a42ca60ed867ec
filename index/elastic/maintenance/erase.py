"""Deleting for good: documents, vectors, profiles, findings, spool and original bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from index.elastic.aggregations import terms_aggregation
from index.maintenance.erasure import is_written_by, remove_raw_files
from index.maintenance.scrub import names_pattern
from index.spool import Spool
from index.versions.history import raw_paths
from tocsin.core.documents import native_id
from tocsin.core.errors import Abort
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.elastic.stores import Stores

_ROUNDS = 5
"""How often posts of an author who is being erased may arrive before this gives up."""


def delete(index: Stores, ids: Sequence[str], *, keep_raw: bool = False) -> int:
    """Remove documents everywhere; the number removed. See `index.base.Index.delete`."""
    sources = index.documents.get(ids, ["author", "doc.raw", "doc.history"])
    removed = index.documents.delete(ids, index.vectors_.indices())
    index.findings_.forget(frozenset(ids))
    authors = {source["author"] for source in sources.values() if source.get("author")}
    _forget_lonely_authors(index, authors)
    paths = set() if keep_raw else set(_raw_paths(sources.values()))
    if paths:
        remove_raw_files(index.home, paths - _all_raw_paths(index))
    return len(removed)


def _all_raw_paths(index: Stores) -> set[str]:
    """Where all original bytes are: pages of equal bytes share a file."""
    index.refresh()
    everything: dict[str, Any] = {"match_all": {}}
    return {
        path
        for hits in index.searcher.scan(["doc.raw", "doc.history"], everything, ordered=False)
        for path in _raw_paths(hit["_source"] for hit in hits)
    }


def delete_author(index: Stores, author: str) -> int:
    """Remove a person everywhere; the number of documents removed. The suppression list has them
    already.

    Raises:
        Abort: their posts keep arriving.
    """
    if (index.home / "spool").is_dir():
        Spool(index.home / "spool").erase(lambda item: is_written_by(item, author))
    profile = index.authors.get([author])[author]
    by_author = {"term": {"author": author}}
    gone = {author}
    raw_paths: list[str] = []
    said: set[str] = set()
    for _ in range(_ROUNDS):
        index.refresh()
        answer = index.searcher.search(size=0, track_total_hits=True, query=by_author)
        if not answer["hits"]["total"]["value"]:
            break
        for hits in index.searcher.scan(
            ["doc.raw", "doc.history", "doc.called"], by_author, ordered=False
        ):
            raw_paths += _raw_paths(hit["_source"] for hit in hits)
            said |= {
                name
                for hit in hits
                for name in hit["_source"].get("doc", {}).get("called", ())
                if isinstance(name, str)
            }
            ids = [hit["_id"] for hit in hits]
            gone |= set(index.documents.delete(ids, index.vectors_.indices()))
    else:
        raise Abort(Message("fault.elastic.erase_again"))
    index.authors.delete([author])
    names = names_pattern([author, native_id(author), profile.handle, profile.name, *said])
    index.findings_.forget(gone, names)
    remove_raw_files(index.home, raw_paths)
    return len(gone) - 1


def _forget_lonely_authors(index: Stores, authors: set[str]) -> None:
    """Forget profiles of authors none of whose documents is left."""
    if not authors:
        return
    index.refresh()
    answer = index.searcher.search(
        size=0,
        query={"terms": {"author": sorted(authors)}},
        aggs={"authors": terms_aggregation("author", len(authors))},
    )
    buckets = (answer.get("aggregations") or {}).get("authors", {}).get("buckets", ())
    index.authors.delete(sorted(authors - {bucket["key"] for bucket in buckets}))


def _raw_paths(sources: Iterable[dict[str, Any]]) -> list[str]:
    """Where the original bytes of stored documents are."""
    return [path for source in sources for path in raw_paths(source.get("doc", {}))]
