"""How many posts each narrative has in a window, in the one before it, and by flagged accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from dashboard.queries import WorkspaceQueries
from index.base import Index, Query, Window
from index.query import Node
from tocsin.core.findings import Narrative

MAX_COUNTED = 10_000
"""Narratives that an index counts at most."""
MIN_POSTS_BEFORE = 3
"""Posts in the window before from which growth is told."""


@dataclass(frozen=True)
class NarrativeCount:
    """A narrative in a window. ``before`` is None where there is no window before it."""

    narrative: Narrative
    posts: int
    before: int | None
    flagged: int
    is_new: bool

    @property
    def growth(self) -> float | None:
        """Posts by those in the window before; None where these were too few to say."""
        if self.before is None or self.before < MIN_POSTS_BEFORE:
            return None
        return self.posts / self.before

    @property
    def flagged_share(self) -> float | None:
        """The share of its posts in the window by flagged accounts, 0 to 1."""
        return self.flagged / self.posts if self.posts else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _counts(stamp: str, query: Query, window: Window, _index: Index) -> Mapping[str, int]:  # noqa: ARG001
    return dict(_index.facet("narrative", query, window=window, size=MAX_COUNTED).values)


def count_narratives(
    queries: WorkspaceQueries, window: Window, flagged: Node | None
) -> list[NarrativeCount]:
    """The narratives with posts in a window, those with most first.

    Args:
        queries: what is read.
        window: of publication; an open one is compared with nothing.
        flagged: the query for posts of flagged accounts; None where there are none.
    """

    def counted(query: Query, within: Window) -> Mapping[str, int]:
        return _counts(queries.stamp, query, within, queries.index)

    posts = counted("", window)
    by_flagged = counted(flagged, window) if flagged is not None else {}
    earlier = window_before(window)
    before = counted("", earlier) if earlier is not None else None
    rows = [
        NarrativeCount(
            narrative,
            posts[narrative.id],
            None if before is None else before.get(narrative.id, 0),
            by_flagged.get(narrative.id, 0),
            is_new=bool(window.since and narrative.first_at and narrative.first_at >= window.since),
        )
        for narrative in queries.narratives()
        if posts.get(narrative.id)
    ]
    return sorted(rows, key=lambda row: (-row.posts, row.narrative.id))


def window_before(window: Window) -> Window | None:
    """The window of the same length that ends where this one begins; None for an open one."""
    if window.since is None or window.until is None:
        return None
    length: timedelta = window.until - window.since
    return Window(window.since - length, window.since)


def matching(rows: Sequence[NarrativeCount], wanted: str) -> list[NarrativeCount]:
    """Those whose headlines, terms or id hold all words that are wanted, in any case."""
    words = wanted.casefold().split()

    def said(narrative: Narrative) -> str:
        headlines = (headline.label for headline in narrative.headlines)
        return " ".join((narrative.id, narrative.label, *headlines, *narrative.terms)).casefold()

    return [row for row in rows if all(word in said(row.narrative) for word in words)]
