"""How many posts each narrative has in a window, in the one before it, and by flagged accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from dashboard.components.frame import Frame
from dashboard.counts import count_values, share_of_flagged
from dashboard.queries import WorkspaceQueries
from index.base import Query, Window
from tocsin.core.findings import Narrative

MAX_COUNTED = 10_000
"""Narratives that an index counts at most."""
GROWS, FADES = 1.5, 0.5
"""How many times the posts of before a narrative has that grows (at least) or fades (at most)."""
MIN_POSTS_BEFORE = 3
"""Posts in the window before from which growth is told."""


@dataclass(frozen=True)
class NarrativeCount:
    """A narrative in a window. ``before`` is None where it is compared with nothing, ``flagged``
    where the posts of flagged accounts are left out."""

    narrative: Narrative
    posts: int
    before: int | None
    flagged: int | None
    is_new: bool

    @property
    def growth(self) -> float | None:
        """Posts by those in the window before; None where these were too few to say."""
        if self.before is None or self.before < MIN_POSTS_BEFORE:
            return None
        return self.posts / self.before

    @property
    def flagged_share(self) -> float | None:
        """Of its posts in the window that of flagged accounts: see `share_of_flagged`."""
        return share_of_flagged(self.flagged, self.posts)


def count_narratives(
    queries: WorkspaceQueries, asked: Frame, *, with_pinned: bool = False
) -> list[NarrativeCount]:
    """The narratives with posts in a frame, those with most first.

    A frame without a comparison gives no growth. ``with_pinned`` are those that an analyst pinned
    there whether they have posts or not, and first.
    """

    def counted(query: Query, within: Window) -> Mapping[str, int]:
        return dict(count_values(queries, "narrative", query, within, size=MAX_COUNTED).values)

    window = asked.window
    posts = counted(asked.of(), window)
    flagged = asked.flagged_of()
    by_flagged = counted(flagged, window) if flagged is not None else {}
    before = counted(asked.of(), asked.compare) if asked.compare is not None else None
    rows = [
        NarrativeCount(
            narrative,
            posts.get(narrative.id, 0),
            None if before is None else before.get(narrative.id, 0),
            None if asked.leaves_out_flagged else by_flagged.get(narrative.id, 0),
            is_new=bool(window.since and narrative.first_at and narrative.first_at >= window.since),
        )
        for narrative in queries.narratives()
        if posts.get(narrative.id) or (with_pinned and narrative.pinned)
    ]
    rows.sort(key=lambda row: (-row.posts, row.narrative.id))
    return sorted(rows, key=lambda row: with_pinned and not row.narrative.pinned)


def without_binned(rows: Sequence[NarrativeCount]) -> list[NarrativeCount]:
    """Those that an analyst did not put in the bin."""
    return [row for row in rows if not row.narrative.binned]


def fading_narratives(queries: WorkspaceQueries, asked: Frame) -> list[NarrativeCount]:
    """Those with at most `FADES` of the posts that they had in what the frame compares with, those
    that lost most first; the ones without any post left are among them."""
    if asked.compare is None:
        return []
    facet = count_values(queries, "narrative", asked.of(), asked.compare, size=MAX_COUNTED)
    now = dict(
        count_values(queries, "narrative", asked.of(), asked.window, size=MAX_COUNTED).values
    )
    before = dict(facet.values)
    rows = [
        NarrativeCount(one, now.get(one.id, 0), before[one.id], 0, is_new=False)
        for one in queries.narratives()
        if not one.binned
        and before.get(one.id, 0) >= MIN_POSTS_BEFORE
        and now.get(one.id, 0) <= FADES * before[one.id]
    ]
    return sorted(rows, key=lambda row: (row.posts - (row.before or 0), row.narrative.id))


def matching(rows: Sequence[NarrativeCount], wanted: str) -> list[NarrativeCount]:
    """Those whose headlines, terms or id hold all words that are wanted, in any case."""
    words = wanted.casefold().split()

    def said(narrative: Narrative) -> str:
        headlines = (headline.label for headline in narrative.headlines)
        terms = chain(narrative.terms, *narrative.terms_by_language.values())
        return " ".join((narrative.id, narrative.label, *headlines, *terms)).casefold()

    return [row for row in rows if all(word in said(row.narrative) for word in words)]
