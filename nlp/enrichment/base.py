"""What a stage of enrichment is: a name, a version, and a function of a batch of documents.

A stage owns the annotation of its name. To add one: a file in ``nlp/enrichment/stages/`` with a class, a line in
`STAGES`, a test. The class is made with the settings' `NlpSettings`, once per process, and loads its
model in `Stage.prepare`, not at import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tocsin.core.documents import Document
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

STAGES: dict[str, str] = {
    "lang": "nlp.enrichment.stages.lang:LangStage",
    "entities": "nlp.enrichment.stages.entities:EntitiesStage",
    "embed": "nlp.enrichment.stages.embed:EmbedStage",
    "copies": "nlp.enrichment.stages.copies:CopiesStage",
}
"""Stage -> where it is."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """What a stage says of a batch.

    ``values`` has a mapping per document, in order; ``skipped`` of the same length says of which there was
    nothing to say (no words, no such language): they are annotated too, so that they are not asked again.
    ``vectors`` are the rows of the documents of ``vector_rows``, kept under ``vector_model``.
    """

    model: str
    values: Sequence[Mapping[str, Any]]
    skipped: Sequence[bool]
    vector_model: str = ""
    vector_rows: Sequence[int] = ()
    vectors: NDArray[np.float32] | None = None


class Stage(Protocol):
    """Annotates documents one by one, in batches: what is said of a document depends on it alone.

    ``version`` goes up when the values would differ, and old annotations are then made anew.
    ``needs`` names stages whose annotations are read.
    """

    name: str
    version: str
    needs: tuple[str, ...]

    def prepare(self) -> None:
        """Load the model. Raises ConfigError with what to do where that cannot be."""

    def annotate(self, documents: Sequence[Document]) -> Annotated: ...


@runtime_checkable
class CorpusStage(Protocol):
    """A stage that needs all documents at once. It reads, annotates, publishes and counts fates itself."""

    name: str
    version: str

    def run(self, index: Any, workspace: Workspace, run: Run) -> None: ...
