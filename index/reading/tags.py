"""What the tags in an answer are worth: it stands wherever a tag is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from index.query.nodes import Exists, FieldPrefix, Node, Range, Term, leaves
from tocsin.core.runtime.answers import answer

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.documents import Document
    from tocsin.core.workspace import Workspace

STAGE = "tags"


def worth_of_tags(workspace: Workspace, index: Index) -> dict[str, Mapping[str, Any]]:
    """Task -> its figures and sentence, of the tags that posts of this index may have."""
    declared = index.declared_fields()
    if not any(field.stage == STAGE for field in declared.values()):
        return {}
    return {
        task: facts
        for task, facts in answer("tags", workspace, index, "").items()
        if task in declared
    }


def tags_of(document: Document) -> dict[str, Any]:
    """The tags of a post, under ``tags``; nothing where it has none."""
    annotation = document.annotations.get(STAGE)
    return {STAGE: dict(annotation.values)} if annotation and annotation.values else {}


def tasks_named(query: Node, tasks: Mapping[str, Any]) -> list[str]:
    """Those of the tasks whose fields a query asks."""
    asking = (Term, FieldPrefix, Range, Exists)
    named = {leaf.field for leaf in leaves(query) if isinstance(leaf, asking)}
    return [task for task in tasks if any(f"{name}_".startswith(f"{task}_") for name in named)]
