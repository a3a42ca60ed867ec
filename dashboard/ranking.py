"""Posts by engagement, a page at a time: the order is kept until the index changes."""

from __future__ import annotations

import streamlit as st

from dashboard.queries import WorkspaceQueries
from index.base import Index, Query, Window
from index.reading.engagement import MOST, most_engaging
from tocsin.core.documents import Document


@st.cache_resource(max_entries=16, show_spinner=False)
def _order(stamp: str, query: Query, window: Window, _index: Index) -> tuple[str, ...]:  # noqa: ARG001
    return tuple(most_engaging(_index, query, window, limit=MOST))


def by_engagement(
    queries: WorkspaceQueries, query: Query, window: Window, size: int, after: str | None = None
) -> tuple[list[Document], str | None]:
    """A page of the posts with most engagement, and the cursor of the next; None at the end.

    The first `index.reading.engagement.MOST` posts are in order; there are no pages after them.
    """
    order = _order(queries.stamp, query, window, queries.index)
    start = int(after) if after else 0
    end = start + size
    found = queries.documents(order[start:end])
    return list(found), str(end) if end < len(order) else None
