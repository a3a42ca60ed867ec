"""Counts of values, each asked once: results are kept until the index changes."""

from __future__ import annotations

import streamlit as st

from dashboard.hidden_facets import without_names
from dashboard.queries import WorkspaceQueries
from index.base import EVERYTHING, Facet, Index, Query, Window


@st.cache_resource(max_entries=512, show_spinner=False)
def _facet(
    stamp: str,  # noqa: ARG001
    field: str,
    query: Query,
    window: Window,
    size: int,
    _index: Index,
) -> Facet:
    return _index.facet(field, query, window=window, size=size)


@st.cache_resource(max_entries=512, show_spinner=False)
def _count(stamp: str, query: Query, window: Window, _index: Index) -> int:  # noqa: ARG001
    return _index.count(query, window=window)


def count_values(
    queries: WorkspaceQueries,
    field: str,
    query: Query = "",
    window: Window = EVERYTHING,
    *,
    size: int = 10,
) -> Facet:
    """The most frequent values of a field; where accounts hide, none that names one."""
    facet = _facet(queries.stamp, field, query, window, size, queries.index)
    return without_names(facet, queries.people) if queries.people.enabled else facet


def count_posts(queries: WorkspaceQueries, query: Query, window: Window = EVERYTHING) -> int:
    """How many posts a query finds."""
    return _count(queries.stamp, query, window, queries.index)


@st.cache_resource(max_entries=256, show_spinner=False)
def _reposts(stamp: str, query: Query, window: Window, _index: Index) -> int:  # noqa: ARG001
    batches = _index.scan(["repost_of"], query=query, window=window, order="none")
    return sum(len(batch) - batch.column(0).null_count for batch in batches)


def count_reposts(queries: WorkspaceQueries, query: Query, window: Window = EVERYTHING) -> int:
    """How many of the posts that a query finds repost another; one Arrow column is read."""
    return _reposts(queries.stamp, query, window, queries.index)
