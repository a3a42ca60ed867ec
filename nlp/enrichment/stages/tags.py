"""Stage ``tags``: what the heads of this workspace say of each post, or that they abstain.

It reads the stored vectors and the text, and runs where ``tocsin train`` has left a head. Another
head, or the same trained anew to something else, makes the tags anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.enrichment.base import CorpusStage, StageContext
from nlp.enrichment.stages.lang import language
from nlp.models.embedder import key as model_key
from nlp.tags.experts import Inputs
from nlp.tags.fields import fields_of, values_of
from nlp.tags.head import Head, digest
from nlp.tags.store import load_head, stored_tasks
from nlp.text.cleaning import body
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import FieldType, Index
    from tocsin.core.progress import Run

_BATCH = 2_000


class TagsStage(CorpusStage):
    """Values: for each task those of `nlp.tags.fields.values_of`.

    A post that the head's query (``about``) does not find, or without a vector, has none of them.
    """

    name = "tags"
    needs = ("lang", "embed")

    def __init__(self, context: StageContext) -> None:
        super().__init__(context)
        tasks = stored_tasks(context.workspace)
        self.heads = [load_head(context.workspace, task) for task in tasks]
        named = "+".join(f"{head.task}:{digest(head)}" for head in self.heads)
        self.version = hashlib.sha256(named.encode()).hexdigest()[:16]
        fields: dict[str, FieldType] = {}
        for head in self.heads:
            fields |= fields_of(head)
        self.fields = fields

    def run(self, index: Index, run: Run) -> None:
        """Tag the posts that lack it. Counts ``annotated``, ``skipped``, ``waiting``."""
        if not self.heads:
            run.warn(Message("tags.no_heads"))
            return
        model = model_key(self.context.settings)
        for head in self.heads:
            if head.model != model:
                said = {"task": head.task, "model": head.model, "now": model}
                raise ConfigError(Message("tags.other_model", said))
        subjects = {head.task: _about(index, head) for head in self.heads}
        missing = [key for batch in index.missing(self.name, self.version) for key in batch]
        starts = range(0, len(missing), _BATCH)
        for start in run.track(starts, total=len(starts), what=self.name):
            documents = [d for d in index.get(missing[start : start + _BATCH]) if d is not None]
            self._annotate(index, run, documents, model, subjects)
        index.refresh()

    def _annotate(
        self,
        index: Index,
        run: Run,
        documents: Sequence[Document],
        model: str,
        subjects: dict[str, set[str] | None],
    ) -> None:
        ids, vectors = index.vectors(model, [document.id for document in documents])
        row_of = {key: row for row, key in enumerate(ids)}
        values: dict[str, dict[str, Any]] = {document.id: {} for document in documents}
        for head in self.heads:
            wanted = subjects[head.task]
            chosen = [
                document
                for document in documents
                if document.id in row_of and (wanted is None or document.id in wanted)
            ]
            if not chosen:
                continue
            rows = np.array([row_of[document.id] for document in chosen])
            texts = [body(document.title, document.text) for document in chosen]
            inputs = Inputs(vectors[rows], texts, [language(document) for document in chosen])
            said = values_of(head, head.chances(inputs), texts)
            for document, told in zip(chosen, said, strict=True):
                values[document.id] |= told
        made_at = datetime.now(UTC)
        annotations = []
        waiting = 0
        for document in documents:
            if document.id not in row_of and "embed" not in document.annotations:
                waiting += 1
                continue
            said_of = Annotation(
                version=self.version, model="heads", made_at=made_at, values=values[document.id]
            )
            annotations.append((document.id, said_of))
        run.count("waiting", waiting)
        for verdict in index.annotate(annotations, self.name):
            empty = str(verdict.outcome) == "annotated" and not values[verdict.id]
            run.count("skipped" if empty else str(verdict.outcome))


def _about(index: Index, head: Head) -> set[str] | None:
    """The posts that a head is about; None for all."""
    if not head.about:
        return None
    return {
        key
        for batch in index.scan(["id"], query=head.about, order="none")
        for key in batch.column("id").to_pylist()
    }
