"""What the index answered, each question asked once: kept until the index changes.

Posts and values are kept as they may be shown: names of accounts are looked for in a text once,
not each time that a page is drawn.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, cast

import streamlit as st

from index.base import Facet, Histogram, Hits, Index, Order, Page, Query, Window
from index.privacy import Pseudonyms
from index.reading.columns import column_values
from index.reading.queries import among
from tocsin.core.dates import from_milliseconds
from tocsin.core.documents import Document
from tocsin.core.findings import Edge, Evidence, Tie
from tocsin.core.shared_objects import evidence_of, unite


@functools.lru_cache(maxsize=1_024)
def question(*asked: Hashable) -> str:
    """A short name of what is asked of an index, the key of its answer in a cache.

    Streamlit names an argument by walking through all of it, each time: a query of thousands of
    posts costs more than its answer.
    """
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:32]


@st.cache_resource(max_entries=64, show_spinner=False)
def page(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _query: Query,
    _window: Window,
    _facets: tuple[str, ...],
    _interval: str,
    _timezone: str,
    _size: int,
    _people: Pseudonyms,
    _index: Index,
) -> Page:
    """What `index.base.Index.page` answers; ``asked`` is its `question`."""
    found = _index.page(
        _query, window=_window, facets=_facets, interval=_interval, timezone=_timezone, size=_size
    )
    if not _people.enabled:
        return found
    return replace(
        found,
        facets={name: without_names(facet, _people) for name, facet in found.facets.items()},
        documents=[_people.document(document) for document in found.documents],
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def search(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _query: Query,
    _window: Window,
    _order: Order,
    _size: int,
    _after: str | None,
    _people: Pseudonyms,
    _index: Index,
) -> Hits:
    """What `index.base.Index.search` answers; ``asked`` is its `question`."""
    hits = _index.search(_query, window=_window, order=_order, size=_size, after=_after)
    return replace(hits, documents=[_people.document(hit) for hit in hits.documents])


@st.cache_resource(max_entries=256, show_spinner=False)
def histogram(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _query: Query,
    _window: Window,
    _interval: str,
    _timezone: str,
    _index: Index,
) -> Histogram:
    """What `index.base.Index.histogram` answers; ``asked`` is its `question`."""
    return _index.histogram(_query, window=_window, interval=_interval, timezone=_timezone)


@st.cache_resource(max_entries=128, show_spinner=False)
def documents(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _ids: tuple[str, ...],
    _people: Pseudonyms,
    _index: Index,
) -> tuple[Document, ...]:
    """Names are looked for in their texts once, not each time that a page is drawn."""
    found = _index.get(_ids)
    return tuple(_people.document(document) for document in found if document is not None)


class PostFacts(NamedTuple):
    """Of a post what can be read for thousands at once; ``author`` is an id, not to be shown."""

    id: str
    published_at: datetime | None
    author: str | None
    repost_of: str | None
    has_text: bool


_FACTS = ["id", "published_at", "author", "repost_of", "text"]


@st.cache_resource(max_entries=64, show_spinner=False)
def post_facts(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _ids: tuple[str, ...],
    _index: Index,
) -> dict[str, PostFacts]:
    """Id -> facts of each post that still exists, in the order asked: columns, not posts."""
    found: dict[str, PostFacts] = {}
    for batch in _index.scan(_FACTS, query=among("id", _ids), order="none"):
        columns = [column_values(batch.column(name)) for name in _FACTS]
        for key, at, author, repost_of, text in zip(*columns, strict=True):
            moment = None if at is None else from_milliseconds(at)
            found[key] = PostFacts(key, moment, author, repost_of, bool(text))
    return {key: found[key] for key in _ids if key in found}


@st.cache_resource(max_entries=8, show_spinner=False)
def _edges_as_published(stamp: str, cluster: str, _index: Index) -> tuple[Edge, ...]:  # noqa: ARG001
    """The edges inside one group, names and all: what is shown of them is masked below."""
    kinds = (Edge.kind, Tie.kind)
    found = [one for kind in kinds for one in _index.findings(kind, cluster=cluster)]
    return tuple(cast("list[Edge]", found))


@st.cache_resource(max_entries=64, show_spinner=False)
def edges(stamp: str, cluster: str, _index: Index) -> tuple[Edge, ...]:
    """The edges inside one group, without what strangers wrote: evidence and caveats."""
    published = _edges_as_published(stamp, cluster, _index)
    return tuple(replace(edge, evidence=(), caveats=()) for edge in published)


@st.cache_resource(max_entries=32, show_spinner=False)
def evidence(
    stamp: str,
    cluster: str,
    asked: str,  # noqa: ARG001
    _accounts: frozenset[str],
    _people: Pseudonyms,
    _index: Index,
) -> tuple[Evidence, ...]:
    """What the pairs among some accounts of a group shared; ``asked`` is the `question` of these
    accounts and of whether names hide.

    Edges repeat what they share, so it is united first and masked after: a tenth of the work.
    """
    published = _edges_as_published(stamp, cluster, _index)
    shown = [edge for edge in published if edge.a in _accounts and edge.b in _accounts]
    return tuple(_people.finding(item) for item in unite(evidence_of(shown)))


def without_names(facet: Facet, people: Pseudonyms) -> Facet:
    """A facet without values that name an account: they are counted with the rest."""
    if facet.field in ("author", "domain", "lang", "kind", "platform"):
        return facet
    kept = [entry for entry in facet.values if people.text(entry[0]) == entry[0]]
    hidden = sum(number for _, number in facet.values) - sum(number for _, number in kept)
    return replace(facet, values=kept, other=facet.other + hidden)
