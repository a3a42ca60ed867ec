"""Counts of values, each asked once: results are kept until the index changes."""

from __future__ import annotations

import streamlit as st

from dashboard.answers import question, without_names
from dashboard.queries import WorkspaceQueries
from index.base import EVERYTHING, Facet, Index, Query, Window
from index.privacy import Pseudonyms


@st.cache_resource(max_entries=512, show_spinner=False)
def _facet(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _field: str,
    _query: Query,
    _window: Window,
    _size: int,
    _people: Pseudonyms,
    _index: Index,
) -> Facet:
    facet = _index.facet(_field, _query, window=_window, size=_size)
    return without_names(facet, _people) if _people.enabled else facet


@st.cache_resource(max_entries=512, show_spinner=False)
def _count(stamp: str, asked: str, _query: Query, _window: Window, _index: Index) -> int:  # noqa: ARG001
    return _index.count(_query, window=_window)


def count_values(
    queries: WorkspaceQueries,
    field: str,
    query: Query = "",
    window: Window = EVERYTHING,
    *,
    size: int = 10,
) -> Facet:
    """The most frequent values of a field; where accounts hide, none that names one."""
    wanted = (field, query, window, size)
    asked = question(*wanted, queries.people.enabled)
    return _facet(queries.stamp, asked, *wanted, queries.people, queries.index)


@st.cache_resource(max_entries=64, show_spinner=False)
def _ids(
    stamp: str,  # noqa: ARG001
    asked: str,  # noqa: ARG001
    _query: Query,
    _window: Window,
    _index: Index,
) -> frozenset[str]:
    batches = _index.scan(["id"], query=_query, window=_window, order="none")
    return frozenset(key for batch in batches for key in batch.column(0).to_pylist())


def find_ids(
    queries: WorkspaceQueries, query: Query, window: Window = EVERYTHING
) -> frozenset[str]:
    """The posts that a query finds: asked once for many groups of posts, not once for each."""
    return _ids(queries.stamp, question(query, window), query, window, queries.index)


def count_posts(queries: WorkspaceQueries, query: Query, window: Window = EVERYTHING) -> int:
    """How many posts a query finds."""
    return _count(queries.stamp, question(query, window), query, window, queries.index)


@st.cache_resource(max_entries=256, show_spinner=False)
def _reposts(stamp: str, asked: str, _query: Query, _window: Window, _index: Index) -> int:  # noqa: ARG001
    batches = _index.scan(["repost_of"], query=_query, window=_window, order="none")
    return sum(len(batch) - batch.column(0).null_count for batch in batches)


def count_reposts(queries: WorkspaceQueries, query: Query, window: Window = EVERYTHING) -> int:
    """How many of the posts that a query finds repost another; one Arrow column is read."""
    return _reposts(queries.stamp, question(query, window), query, window, queries.index)


def share_of_flagged(flagged: int | None, posts: int) -> float | None:
    """The share of some posts by flagged accounts, 0 to 1; None where it is not known how many are
    theirs, or there are no posts."""
    return flagged / posts if posts and flagged is not None else None
