"""What the index answered, each question asked once: kept until the index changes.

Posts and values are kept as they may be shown: names of accounts are looked for in a text once,
not each time that a page is drawn.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from index.base import Facet, Histogram, Hits, Index, Order, Page, Query, Window
from index.privacy import Pseudonyms
from tocsin.core.documents import Document


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


def without_names(facet: Facet, people: Pseudonyms) -> Facet:
    """A facet without values that name an account: they are counted with the rest."""
    if facet.field in ("author", "domain", "lang", "kind", "platform"):
        return facet
    kept = [entry for entry in facet.values if people.text(entry[0]) == entry[0]]
    hidden = sum(number for _, number in facet.values) - sum(number for _, number in kept)
    return replace(facet, values=kept, other=facet.other + hidden)
