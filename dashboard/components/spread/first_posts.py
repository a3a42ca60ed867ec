"""The first post of each platform, language and source, and how much earlier it may have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.base import ViewContext
from dashboard.collection_gaps import Gap
from dashboard.components import facets, query_nodes
from dashboard.components.frame import Frame
from dashboard.counts import count_values
from index.base import EVERYTHING
from index.query import Node, Term
from tocsin.core.documents import Document, Precision

FIELDS = ("platform", "lang", "source")
SHOWN = 8
NEAR = timedelta(days=1)
"""What is unknown so short before a first post puts it in doubt."""
_WIDTHS = {Precision.MINUTE: timedelta(minutes=1), Precision.DAY: timedelta(days=1)}


@dataclass(frozen=True)
class Uncertainty:
    """Why something may have been there before its first post.

    ``reason`` is ``exact``, ``coarse`` (the time is known to the minute or day), ``guessed``,
    ``gap`` (nothing was collected before) or ``beginning`` (the collection begins there).
    ``since`` is the earliest that it may have been; None where that is unknown.
    """

    reason: str
    since: datetime | None


@dataclass(frozen=True)
class FirstPost:
    """The first post with a value of a field. ``text`` is the query that opens its posts."""

    field: str
    label: str
    text: str
    posts: int
    document: Document
    uncertainty: Uncertainty


def estimate_uncertainty(
    first: datetime, precision: Precision, gaps: Sequence[Gap], collected_from: datetime | None
) -> Uncertainty:
    """How much earlier a first post may have been.

    Args:
        collected_from: the oldest post of all of this platform, language or source.
    """
    if collected_from is None or first - collected_from < NEAR:
        return Uncertainty("beginning", None)
    for gap in reversed(gaps):
        if gap.since < first and first - gap.until < NEAR:
            return Uncertainty("gap", gap.since)
    if precision is Precision.GUESSED:
        return Uncertainty("guessed", None)
    if width := _WIDTHS.get(precision):
        return Uncertainty("coarse", first - width)
    return Uncertainty("exact", first)


def find_first_posts(context: ViewContext, asked: Frame, node: Node, field: str) -> list[FirstPost]:
    """The first posts by a field, the earliest first."""
    queries, window = context.queries, asked.window
    found = count_values(queries, field, asked.of(node), window, size=SHOWN)
    values = [(value, n) for value, n in found.values if value]
    gaps = queries.gaps()
    firsts = []
    for (value, posts), choice in zip(values, facets.labelled(field, values, context), strict=True):
        own = Term(field, value)
        document = _oldest(context, asked, query_nodes.intersect(node, own))
        if document is None or document.published_at is None:
            continue
        whole = queries.search(own, EVERYTHING, "oldest", 1).documents
        began = whole[0].published_at if whole else None
        uncertainty = estimate_uncertainty(
            document.published_at, document.published_precision, gaps, began
        )
        firsts.append(FirstPost(field, choice.label, choice.query, posts, document, uncertainty))
    return sorted(firsts, key=lambda one: (one.document.published_at, one.label))


def has_field_values(context: ViewContext, asked: Frame, node: Node, field: str) -> bool:
    """Whether one of these posts says anything of a field, dated or not."""
    found = count_values(context.queries, field, asked.of(node), asked.window, size=SHOWN)
    return any(value for value, _ in found.values)


def _oldest(context: ViewContext, asked: Frame, node: Node) -> Document | None:
    hits = context.queries.search(asked.of(node), asked.window, "oldest", 1).documents
    return hits[0] if hits else None


def find_values_without_posts(
    context: ViewContext, asked: Frame, node: Node, field: str
) -> list[str]:
    """Values of a field that the collection has and that none of these posts has."""
    queries = context.queries
    there = {
        v for v, _ in count_values(queries, field, asked.of(node), asked.window, size=200).values
    }
    all_values = count_values(queries, field, size=200).values
    silent = [(value, n) for value, n in all_values if value and value not in there]
    return [choice.label for choice in facets.labelled(field, silent[:SHOWN], context)]
