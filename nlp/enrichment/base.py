"""What a stage of enrichment is.

A stage owns the annotation of its name. There are two kinds, with one contract and one constructor:
a `DocumentStage` annotates documents in batches, a `CorpusStage` reads all of them at once. To add
one: a class, a line in `STAGES` (or an entry point of the group ``tocsin.stages``), a test;
docs/adding.md has a complete example.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from index.base import FieldType

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.documents import Document
    from tocsin.core.messages import Message
    from tocsin.core.progress import Run
    from tocsin.core.settings import NlpSettings
    from tocsin.core.workspace import Workspace

STAGES: dict[str, str] = {
    "lang": "nlp.enrichment.stages.lang:LangStage",
    "entities": "nlp.enrichment.stages.entities:EntitiesStage",
    "embed": "nlp.enrichment.stages.embed:EmbedStage",
    "copies": "nlp.enrichment.stages.copies:CopiesStage",
    "tags": "nlp.enrichment.stages.tags:TagsStage",
}
"""Our stages: name -> where it is.

`tocsin.core.plugins.registered` adds those of other packages.
"""


@dataclass(frozen=True, slots=True)
class StageContext:
    """What every stage is made with: the settings of this room, and the workspace."""

    settings: NlpSettings
    workspace: Workspace

    def __reduce__(self) -> tuple[type[StageContext], tuple[NlpSettings, Workspace]]:
        # a worker reads what it needs itself: the workspace's secret never travels
        return StageContext, (self.settings, dataclasses.replace(self.workspace))


class Stage(ABC):
    """What both kinds of stages have in common.

    A stage is made once a process, with a `StageContext`.

    Attributes:
        name: the name of the stage and of the annotation that it writes.
        version: goes up when the values would differ; old annotations are then made anew.
        needs: stages whose annotations this one reads. They run before it, and first where posts
            still lack them. When one of them has another version, this stage runs anew as well.
        after: stages that run before this one when they run too.
        fields: values of the annotation that can be searched, counted and scanned by their names:
            ``{"question": "bool"}`` makes ``question:true`` a query.
        field_labels: what people call the fields, as a facet's heading; a field without one is
            shown by its name.
    """

    name: ClassVar[str]
    version: str
    needs: ClassVar[tuple[str, ...]] = ()
    after: ClassVar[tuple[str, ...]] = ()
    fields: Mapping[str, FieldType] = {}
    field_labels: ClassVar[Mapping[str, Message]] = {}

    def __init__(self, context: StageContext) -> None:
        self.context = context


@dataclass(frozen=True, slots=True)
class BatchAnnotations:
    """What a stage says of a batch of documents.

    ``values`` has a mapping per document, in order. ``skipped``, of the same length, marks those of
    which there was nothing to say (no words, no such language): they are annotated too, so that
    they are not asked for again; empty means none. ``vectors`` are the rows of the documents of
    ``vector_rows``, kept under ``vector_model``.
    """

    model: str
    values: Sequence[Mapping[str, Any]]
    skipped: Sequence[bool] = ()
    vector_model: str = ""
    vector_rows: Sequence[int] = ()
    vectors: NDArray[np.float32] | None = None


class DocumentStage(Stage):
    """A stage that annotates documents in batches.

    What it says of a document depends on that document alone (its annotations by `needs` included),
    so that every executor and every way of being interrupted gives the same annotations.

    Attributes:
        batch_size: documents that are given at once; a killed run does such a batch again.
    """

    batch_size: ClassVar[int] = 512

    def prepare(self) -> None:
        """Load the model; called once a process, before the first batch.

        Raises:
            ConfigError: that cannot be done; the sentence says what to do.
        """

    @abstractmethod
    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        """The annotations of some documents. A document on which this breaks is set aside alone."""


class CorpusStage(Stage):
    """A stage that needs all documents at once.

    It reads, annotates, publishes and counts itself.
    """

    @abstractmethod
    def run(self, index: Index, run: Run) -> None:
        """Bring annotations and findings up to date, and count in ``run`` what became of posts."""
