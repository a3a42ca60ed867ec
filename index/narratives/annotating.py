"""The narrative and the theme of every post as an annotation: ``narrative:ID`` and ``theme:ID``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tocsin.core.documents import Annotation
from tocsin.core.findings import Narrative, Theme

if TYPE_CHECKING:
    from index.base import Index

STAGE = "narratives"
THEME = "theme"
"""The field that this stage declares: the id of the theme of a post."""
_BATCH = 5_000
Assigned = Mapping[str, str]
"""Document id -> the id of its narrative, or of its theme."""


def assignments(found: Iterable[Narrative | Theme]) -> dict[str, str]:
    """Document id -> id of its narrative, or theme."""
    return {member: group.id for group in found for member in group.members}


def has_theme_field(index: Index) -> bool:
    """Whether ``theme:ID`` finds the posts of a theme here: not before an analysis, nor where
    another stage had a field of that name first."""
    declared = index.declared_fields().get(THEME)
    return declared is not None and declared.stage == STAGE


def declare_theme(index: Index) -> bool:
    """Make themes searchable; False where another stage has a field of that name."""
    if THEME not in index.declared_fields():
        index.declare_fields(STAGE, {THEME: "keyword"})
    return has_theme_field(index)


def annotate_posts(
    index: Index,
    before: tuple[Assigned, Assigned],
    after: tuple[Assigned, Assigned],
    *,
    version: str,
    made_at: datetime,
    beat: Callable[[], None] = lambda: None,
) -> int:
    """Write the narrative and the theme of every document where they changed; how many did.

    Args:
        index: where the documents are.
        before, after: narratives and themes of documents, as published and as they will be.
        version: of the method that grouped them.
        made_at: when.
        beat: called between batches.
    """
    changed = _changed(index, before, after)
    narrative_of, theme_of = after
    for start in range(0, len(changed), _BATCH):
        beat()
        rows = []
        for key in changed[start : start + _BATCH]:
            values = {"narrative": narrative_of.get(key), THEME: theme_of.get(key)}
            rows.append(
                (key, Annotation(version=version, model="", made_at=made_at, values=values))
            )
        index.annotate(rows, STAGE)
    if changed:
        index.refresh()
    return len(changed)


def _changed(
    index: Index, before: tuple[Assigned, Assigned], after: tuple[Assigned, Assigned]
) -> Sequence[str]:
    """The documents whose annotation is not what they are assigned to."""
    keys = {key for assigned in (*before, *after) for key in assigned}
    fields = ["narrative", THEME] if has_theme_field(index) else ["narrative"]
    if all(_is_annotated(index, name, held) for name, held in zip(fields, before, strict=False)):
        pairs = list(zip(before, after, strict=True))
        return [key for key in sorted(keys) if any(a.get(key) != b.get(key) for a, b in pairs)]
    # a run that was killed before it published left other annotations: then all are written
    for name in fields:
        for batch in index.scan(("id",), query=f"exists:{name}"):
            keys.update(batch.column("id").to_pylist())
    return sorted(keys)


def _is_annotated(index: Index, name: str, assigned: Assigned) -> bool:
    expected = Counter(assigned.values())
    return dict(index.facet(name, size=max(len(expected), 1) + 1).values) == expected
