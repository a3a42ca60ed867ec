"""One batch of one stage, in whichever process: what the stage says of it, checked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from index.fields import FieldType, field_value
from nlp.enrichment.base import STAGES, BatchAnnotations, DocumentStage, StageContext
from tocsin.core.documents import Document
from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message
from tocsin.core.plugins import choose

_prepared: dict[tuple[Any, str, str], DocumentStage] = {}
_preparing = threading.Lock()


class StageError(TocsinError):
    """A stage does not do what its contract says, or could not read a single document."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a stage says of a batch, of which rows of it, and why other rows are missing."""

    annotations: BatchAnnotations | None = None
    rows: list[int] = field(default_factory=list)
    reasons: list[Message] = field(default_factory=list)


def annotate_batch(name: str, context: StageContext, documents: Sequence[Document]) -> BatchResult:
    """Annotate some documents.

    A document on which the stage breaks is left out, with the reason; the others are annotated.

    Raises:
        ConfigError: the model is missing.
        StageError: the stage gives what its contract does not allow.
    """
    if not documents:
        return BatchResult()
    stage = _prepared_stage(name, context)
    try:
        return BatchResult(_annotate(stage, documents), list(range(len(documents))))
    except TocsinError:
        raise
    except Exception as error:  # a model may break on one odd text: find it, keep the others
        if len(documents) == 1:
            broken = {"stage": name, "id": documents[0].id, "error": error_text(error)}
            return BatchResult(reasons=[Message("enrichment.unreadable", broken)])
    rows: list[int] = []
    reasons: list[Message] = []
    for row, document in enumerate(documents):
        alone = annotate_batch(name, context, [document])
        reasons += alone.reasons
        if alone.annotations is not None:
            rows.append(row)
    readable = [documents[row] for row in rows]
    return BatchResult(_annotate(stage, readable) if readable else None, rows, reasons)


def _prepared_stage(name: str, context: StageContext) -> DocumentStage:
    """The stage with its model loaded; one a process."""
    cls = choose("stage", name, STAGES)
    key = (cls, context.settings.model_dump_json(), str(context.workspace.home))
    with _preparing:
        if key not in _prepared:
            stage = cast(DocumentStage, cls(context))
            stage.prepare()
            _prepared[key] = stage
        return _prepared[key]


def _annotate(stage: DocumentStage, documents: Sequence[Document]) -> BatchAnnotations:
    """What the stage says, or StageError where it is not what the contract says."""
    result = stage.annotate(documents)
    skipped = len(result.skipped or documents)
    vectors = 0 if result.vectors is None else len(result.vectors)
    expected = len(documents)
    for what, count, of in (
        ("values", len(result.values), expected),
        ("skipped", skipped, expected),
        ("vectors", vectors, len(result.vector_rows)),
    ):
        if count != of:
            wrong = {"count": count, "what": what, "expected": of}
            raise StageError(Message("enrichment.wrong_number", wrong))
    for name, kind in stage.fields.items():
        for values in result.values:
            if not _fits(values.get(name), kind):
                wrong = {"value": f"{values[name]!r:.80}", "field": name, "type": kind}
                raise StageError(Message("enrichment.wrong_type", wrong))
    return result


def error_text(error: Exception) -> str:
    """An error of somebody else's code in a sentence."""
    return f"{type(error).__name__}: {error}"


def _fits(value: Any, kind: FieldType) -> bool:
    """Whether a declared field may hold this value: None, where nothing is known, always."""
    return value is None or value == "" or field_value(value, kind) is not None
