"""Narratives under analysts' edits, in the index: made in an analysis, and at once by an edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from index.current import flagged_accounts
from index.narratives.annotating import annotate_posts, assignments
from index.narratives.applying import (
    Applied,
    Posts,
    apply_edits,
    as_grouped,
    as_narratives,
    with_narratives,
)
from index.narratives.describing import read_facts
from index.narratives.edits import read_edits
from index.query import And
from index.reading.queries import among, read_query
from tocsin.core.findings import Finding, GroupedNarrative, Narrative, Theme

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

KINDS = (Narrative.kind, GroupedNarrative.kind, Theme.kind)
"""What an analysis of narratives, and an edit, publishes as one generation."""


def published_narratives(index: Index) -> list[Narrative]:
    """The narratives that everybody is shown: under the edits."""
    return [one for one in index.findings(Narrative.kind) if isinstance(one, Narrative)]


def published_themes(index: Index) -> list[Theme]:
    """The themes that everybody is shown."""
    return [one for one in index.findings(Theme.kind) if isinstance(one, Theme)]


def grouped_narratives(index: Index) -> list[Narrative]:
    """The narratives as posts were grouped, whatever analysts did since."""
    kept = [one for one in index.findings(GroupedNarrative.kind) if isinstance(one, Narrative)]
    return as_narratives(kept) if kept else published_narratives(index)


def matching_posts(index: Index, people: Pseudonyms, query: str, ids: Sequence[str]) -> set[str]:
    """Those of some documents that a query finds, as people type it."""
    node = And((read_query(query, index, people), among("id", ids)))
    batches = index.scan(("id",), query=node, order="none")
    return {key for batch in batches for key in batch.column("id").to_pylist()}


def under_edits(
    index: Index,
    people: Pseudonyms,
    grouped: Sequence[Narrative],
    found: Callable[[str], Iterable[Finding]] | None = None,
) -> Applied:
    """Narratives under the edits of now.

    Args:
        index: where edits and posts are.
        people: who is meant by names in the queries of splits.
        grouped: as posts were grouped.
        found: kind -> findings of an analysis, in place of the published ones.
    """

    edits = read_edits(index.marks())
    if not edits:
        return Applied(list(grouped), [])
    posts = Posts(
        lambda ids: read_facts(index, ids),
        lambda query, ids: matching_posts(index, people, query, ids),
        frozenset(flagged_accounts(index, found)),
    )
    return apply_edits(grouped, edits, posts, published_narratives(index))


def findings_of(
    applied: Applied, grouped: Sequence[Narrative], themes: Sequence[Theme]
) -> list[Finding]:
    """What is published: narratives under edits, those as grouped where they differ, themes."""
    edited = applied.narratives != list(grouped)
    return [
        *applied.narratives,
        *(as_grouped(grouped) if edited else ()),
        *with_narratives(themes, applied.narratives),
    ]


def publish_edited(index: Index, people: Pseudonyms, made_at: datetime) -> Applied:
    """Publish the narratives of the last analysis again, under the edits of now."""
    grouped, themes = grouped_narratives(index), published_themes(index)
    before = published_narratives(index)
    applied = under_edits(index, people, grouped)
    was, will_be = assignments(before), assignments(applied.narratives)
    one = next(iter((*grouped, *before)), None)
    if one is not None and was != will_be:
        of_themes = assignments(themes)
        annotate_posts(
            index,
            (was, of_themes),
            (will_be, of_themes),
            version=one.method.version,
            made_at=made_at,
        )
    generation = index.generation(Narrative.kind)
    if generation is not None:
        found = findings_of(applied, grouped, themes)
        index.publish(found, kinds=KINDS, generation=generation)
    return applied
