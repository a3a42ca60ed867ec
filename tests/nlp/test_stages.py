"""Language, entities and vectors of documents, good and odd."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nlp.enrichment.base import STAGES, CorpusStage, DocumentStage, StageContext
from nlp.enrichment.stages.embed import EmbedStage
from nlp.enrichment.stages.entities import MAX_ENTITIES, EntitiesStage
from nlp.enrichment.stages.lang import LangStage, language
from tocsin.core.documents import Annotation, Document
from tocsin.core.plugins import resolve

Make = Callable[..., Document]


def _with(document: Document, stage: str, **values: Any) -> Document:
    assert document.published_at is not None
    note = Annotation(version="1", model="m", made_at=document.published_at, values=values)
    return dataclasses.replace(document, annotations={**document.annotations, stage: note})


def test_language_is_detected_and_the_declared_one_kept(
    document: Make, context: StageContext
) -> None:
    texts = [
        "Je ne sais pas ce qu'ils veulent",
        "I really don't know what they want",
        "Ich weiß nicht, was sie wollen",
        "ok",
        "🔥🔥",
        "",
    ]
    found = LangStage(context).annotate(
        [document(n, text, lang="pt-BR") for n, text in enumerate(texts)]
    )
    assert [value["lang"] for value in found.values] == ["fr", "en", "de", "und", "und", "und"]
    assert {value["declared"] for value in found.values} == {"pt-BR"}
    assert list(found.skipped) == [False, False, False, True, True, True]
    assert all(0 <= value["confidence"] <= 1 for value in found.values)


def test_the_language_of_a_document_falls_back_on_the_declared_one(document: Make) -> None:
    assert language(_with(document(1, "x", lang="fr-CA"), "lang", lang="en")) == "en"
    assert language(_with(document(1, "x", lang="fr-CA"), "lang", lang="und")) == "fr"
    assert language(document(1, "x")) == "und"


def test_names_are_found_in_french_and_english(document: Make, context: StageContext) -> None:
    found = EntitiesStage(context).annotate([
        document(1, "RT @bob: Emmanuel Macron rencontre Angela Merkel à Berlin https://t.co/a",
                 lang="fr"),
        document(2, "Hillary Clinton spoke in New York, the FBI says", lang="en"),
        document(3, "Angela Merkel in Berlin", lang="de"),
        document(4, "", lang="fr"),
    ])  # fmt: skip
    names = [
        {(entity["text"], entity["label"]) for entity in value["entities"]}
        for value in found.values
    ]
    assert names[0] == {("Emmanuel Macron", "PER"), ("Angela Merkel", "PER"), ("Berlin", "LOC")}
    assert names[1] >= {("Hillary Clinton", "PER"), ("New York", "LOC"), ("FBI", "ORG")}
    assert names[2] == names[3] == set()
    assert list(found.skipped) == [False, False, True, True]


def test_names_do_not_depend_on_the_batch(document: Make, context: StageContext) -> None:
    stage = EntitiesStage(context)
    texts = [f"{who} met {whom} in {where} on Monday" for who in ("Ada Lovelace",
    "NATO") for whom in ("Alan Turing", "Greenpeace") for where in
             ("Vienna", "Cairo", "Oslo")]  # fmt: skip
    documents = [document(n, text, lang="en") for n, text in enumerate(texts)]
    together = stage.annotate(documents).values
    assert list(together) == [stage.annotate([one]).values[0] for one in documents]


def test_names_are_bounded(document: Make, context: StageContext) -> None:
    many = " ".join(
        f"Mr John Smith{chr(65 + n % 26)}{chr(97 + n // 26)} lives in Paris." for n in range(600)
    )
    (value,) = EntitiesStage(context).annotate([document(1, many, lang="en")]).values
    assert len(value["entities"]) <= MAX_ENTITIES


def test_vectors_come_with_the_documents_that_have_words(
    document: Make, context: StageContext
) -> None:
    stage = EmbedStage(context)
    found = stage.annotate(
        [
            document(1, "A storm hits the coast"),
            document(2, "https://t.co/x"),
            document(3, "A storm hits the coast"),
        ]
    )
    assert list(found.vector_rows) == [0, 2]
    assert [value["vector"] for value in found.values] == [True, False, True]
    assert found.vectors is not None
    assert np.array_equal(found.vectors[0], found.vectors[1])
    assert stage.version == f"3:{found.vector_model}"


def test_a_text_that_comes_again_is_embedded_once(
    document: Make, context: StageContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, given = EmbedStage(context), []
    stage.prepare()
    assert stage._memory is not None
    encode = stage._memory.embedder.encode

    def counted(texts: Any) -> Any:
        given.extend(texts)
        return encode(texts)

    monkeypatch.setattr(stage._memory.embedder, "encode", counted)
    first = stage.annotate([document(1, "A dam broke upstream"), document(2, "Nobody was hurt")])
    again = stage.annotate(
        [
            document(3, "RT @bob: Nobody was hurt https://t.co/x"),
            document(4, "A dam broke upstream"),
        ]
    )
    assert given == ["A dam broke upstream", "Nobody was hurt"]
    assert first.vectors is not None
    assert again.vectors is not None
    assert np.array_equal(again.vectors, first.vectors[::-1])


@pytest.mark.parametrize("name", STAGES)
def test_every_registered_stage_is_one(name: str, context: StageContext) -> None:
    stage = resolve(STAGES[name])(context)
    assert stage.name == name
    assert stage.version
    assert isinstance(stage, DocumentStage) != isinstance(stage, CorpusStage)
    assert set(stage.needs) | set(stage.after) <= set(STAGES) - {name}


def test_a_context_travels_without_the_secret_of_its_workspace(context: StageContext) -> None:
    secret = context.workspace.secret
    sent = pickle.dumps(context)
    assert secret not in sent
    assert pickle.loads(sent).workspace.secret == secret
