"""A vector per document, kept in the index under the model's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlp.enrichment.base import BatchAnnotations, DocumentStage, StageContext
from nlp.models.embedder import key, load
from nlp.models.vector_memory import VectorMemory
from nlp.text.cleaning import for_embedding
from tocsin.core.documents import Document


class EmbedStage(DocumentStage):
    """Values: ``model`` (the key of the vectors) and ``vector``, whether there is one.

    A document without a word or picture of its author (a bare link) has none. Equal texts are
    embedded once. The version holds the model: another model makes all vectors anew.
    """

    name = "embed"
    batch_size = 1024  # more texts of one length: they are computed together, without padding

    def __init__(self, context: StageContext) -> None:
        super().__init__(context)
        self._memory: VectorMemory | None = None
        self.version = annotation_version(key(context.settings))

    def prepare(self) -> None:
        """Load the embedder. Raises ConfigError."""
        self._memory = self._memory or VectorMemory(load(self.context.settings))

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        """See `nlp.enrichment.base.DocumentStage`."""
        texts = [for_embedding(document) for document in documents]
        rows = [row for row, text in enumerate(texts) if text]
        self.prepare()
        assert self._memory is not None
        model = self._memory.embedder.name
        vectors = self._memory.encode([texts[row] for row in rows])
        values: list[Mapping[str, Any]] = [{"model": model, "vector": bool(text)} for text in texts]
        return BatchAnnotations(model, values, [not text for text in texts], model, rows, vectors)


def annotation_version(model: str) -> str:
    """The version of the annotations of a model's vectors."""
    return f"3:{model}"
