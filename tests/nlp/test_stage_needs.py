"""Stages run after their needs, run anew when these change, and fail alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from nlp.enrichment import base
from nlp.enrichment.base import (
    BatchAnnotations,
    CorpusStage,
    DocumentStage,
    FieldType,
    StageContext,
)
from nlp.enrichment.batches import StageError
from nlp.enrichment.planning import plan
from nlp.enrichment.runner import enrich
from nlp.enrichment.stages.lang import LangStage
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

Make = Callable[..., Document]
ENGLISH = "Hillary Clinton spoke in New York, the FBI says"


class Length(DocumentStage):
    """How long a text is."""

    name, version = "length", "1"
    made: ClassVar[list[str]] = []

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        self.made.extend(document.id for document in documents)
        return BatchAnnotations("", [{"length": len(d.text)} for d in documents])


class Twice(DocumentStage):
    """Twice the length: reads what `Length` wrote."""

    name, version, needs = "twice", "1", ("length",)

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        lengths = [d.annotations["length"].values["length"] for d in documents]
        return BatchAnnotations("", [{"twice": 2 * length} for length in lengths])


class Total(CorpusStage):
    """The length of all texts, from `Length`."""

    name, version, needs = "total", "1", ("length",)

    def run(self, index: Any, run: Run) -> None:
        documents = index.get([key for ids in index.missing("total", "1") for key in ids])
        run.facts["total"] = sum(d.annotations["length"].values["length"] for d in documents)


class Circle(Length):
    name, needs = "circle", ("circle_too",)


class CircleToo(Length):
    name, needs = "circle_too", ("circle",)


class NeedsNothingKnown(Length):
    name, needs = "lost", ("lenght",)


class Unprepared(Length):
    """Its model is missing."""

    name = "unprepared"
    error: ClassVar[Exception] = ConfigError("its model is missing: pip install it")

    def prepare(self) -> None:
        raise self.error


class NeedsUnprepared(Length):
    name, needs = "needs_unprepared", ("unprepared",)


class Unmade(Length):
    name = "unmade"

    def __init__(self, context: StageContext) -> None:
        raise RuntimeError("no card")


class Short(Length):
    """Forgets the last document of a batch."""

    name = "short"

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        return BatchAnnotations("", [{} for _ in documents[1:]])


class Breaking(Length):
    """Raises on whatever it is given."""

    name = "breaking"

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        raise KeyError("typo")


class BrokenCorpus(CorpusStage):
    name, version = "broken_corpus", "1"

    def run(self, index: Any, run: Run) -> None:
        raise ZeroDivisionError("nothing there")


class Question(DocumentStage):
    """Whether a post asks something, as a field."""

    name, version = "question", "1"
    fields: ClassVar[Mapping[str, FieldType]] = {"question": "bool"}
    yes: ClassVar[Any] = True

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        return BatchAnnotations(
            "", [{"question": self.yes if "?" in d.text else None} for d in documents]
        )


PLANTED = (
    Length, Twice, Total, Circle, CircleToo, NeedsNothingKnown, Unprepared, NeedsUnprepared, Unmade,
    Short, Breaking,
    BrokenCorpus, Question,
)  # fmt: skip


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for cls in PLANTED:
        monkeypatch.setitem(base.STAGES, cls.name, f"{__name__}:{cls.__name__}")
    monkeypatch.setattr(Length, "made", [])


def run_stages(index: Any, workspace: Workspace, *names: str) -> dict[str, Any]:
    with Run(workspace, "enrich") as run:
        enrich(index, workspace, run, names)
    return run.report()


def failing(index: Any, workspace: Workspace, *names: str) -> tuple[TocsinError, dict[str, Any]]:
    with pytest.raises(TocsinError) as caught, Run(workspace, "enrich") as run:
        enrich(index, workspace, run, names)
    assert run.status == "failed"
    return caught.value, run.report()


def values(index: Any, stage: str, key: str = "x:0") -> Any:
    annotation = index.get([key])[0].annotations.get(stage)
    return None if annotation is None else annotation.values


def test_entities_alone_bring_the_language_that_they_need(
    index: Any, workspace: Workspace, document: Make
) -> None:
    index.put([document(0, ENGLISH)])
    report = run_stages(index, workspace, "entities")
    names = [entity["text"] for entity in values(index, "entities")["entities"]]
    assert {"Hillary Clinton", "New York"} <= set(names)
    assert list(report["stages"]) == ["lang", "entities"]
    assert "stage lang ran first, since entities needs it and posts lacked it" in report["warnings"]
    again = run_stages(index, workspace, "entities")
    assert (again["stages"], again["warnings"]) == ({"entities": {}}, [])


def test_entities_made_before_the_language_was_known_are_made_anew(
    index: Any, workspace: Workspace, document: Make
) -> None:
    """A workspace of an older Tocsin: empty names, and the language found afterwards."""
    index.put([document(0, ENGLISH)])
    at = document(0, "").published_at
    index.annotate(
        [("x:0", Annotation(version="1", model="m", made_at=at, values={"entities": []}))],
        "entities",
    )
    run_stages(index, workspace, "lang")
    run_stages(index, workspace, "entities")
    assert values(index, "entities")["entities"]


def test_the_given_order_is_kept_where_needs_allow_it(context: StageContext) -> None:
    def order(*names: str) -> list[str]:
        return [planned.name for planned in plan(names, context)]

    assert order("embed", "lang", "entities") == ["embed", "lang", "entities"]
    assert order("embed", "entities", "lang") == ["embed", "lang", "entities"]
    assert order("total", "twice") == ["length", "total", "twice"]
    assert order("copies", "embed", "lang") == ["lang", "embed", "copies"]
    assert order("copies") == ["copies"], "what a stage only runs after is not brought along"
    assert order("lang", "lang") == ["lang"]


def test_a_circle_of_needs_is_named(context: StageContext) -> None:
    with pytest.raises(ConfigError, match="in a circle: circle -> circle_too -> circle"):
        plan(["circle"], context)


def test_a_need_that_is_not_there_is_named(context: StageContext) -> None:
    with pytest.raises(ConfigError, match=r"'lost' needs the stage 'lenght'.*did you mean length"):
        plan(["lost"], context)


def test_another_version_of_a_need_makes_its_dependents_anew(
    index: Any, workspace: Workspace, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put([document(n, "four") for n in range(3)])
    assert run_stages(index, workspace, "twice")["stages"]["twice"] == {"annotated": 3}
    assert run_stages(index, workspace, "twice")["stages"] == {"twice": {}}
    monkeypatch.setattr(Length, "version", "2")
    assert run_stages(index, workspace, "twice")["stages"] == {
        "length": {"annotated": 3},
        "twice": {"annotated": 3},
    }


def test_a_post_waits_for_what_its_stage_needs(
    index: Any, workspace: Workspace, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put([document(0, "four"), document(1, "boom")])
    annotate = Length.annotate

    def breaking(self: Length, documents: Sequence[Document]) -> BatchAnnotations:
        if any(d.text == "boom" for d in documents):
            raise ValueError("boom")
        return annotate(self, documents)

    monkeypatch.setattr(Length, "annotate", breaking)
    report = run_stages(index, workspace, "length", "twice")
    assert report["stages"]["twice"] == {"annotated": 1, "waiting": 1}
    assert (
        "stage twice left out 1 post that still lacks what it needs (length)" in report["warnings"]
    )
    monkeypatch.setattr(Length, "annotate", annotate)
    run_stages(index, workspace, "twice")
    assert values(index, "twice", "x:1") == {"twice": 8}


def test_a_corpus_stage_has_needs_too(index: Any, workspace: Workspace, document: Make) -> None:
    index.put([document(n, "four") for n in range(3)])
    assert run_stages(index, workspace, "total")["total"] == 12


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("unprepared", "stage unprepared failed: its model is missing: pip install it"),
        ("unmade", "stage unmade failed (RuntimeError: no card)"),
        ("short", "stage short failed: it gives 1 values where 2 are due"),
        ("breaking", "stage breaking failed: it could not read any of 2 posts"),
        ("broken_corpus", "stage broken_corpus failed (ZeroDivisionError: nothing there)"),
    ],
)
def test_a_stage_that_fails_is_said_and_the_others_go_on(
    index: Any, workspace: Workspace, document: Make, name: str, sentence: str
) -> None:
    index.put([document(n, "four") for n in range(2)])
    error, report = failing(index, workspace, name, "length", "twice")
    assert sentence in str(error)
    assert any(sentence in warning for warning in report["warnings"])
    assert values(index, "twice") == {"twice": 8}
    assert error.exit_code == (2 if name == "unprepared" else 1)


def test_what_needs_a_failed_stage_is_left_out(
    index: Any, workspace: Workspace, document: Make
) -> None:
    index.put([document(0, "four")])
    error, report = failing(index, workspace, "needs_unprepared", "length")
    assert "needs_unprepared failed: it was left out, since it needs unprepared" in str(error)
    assert error.exit_code == 2
    assert report["stages"] == {
        "length": {"annotated": 1},
        "needs_unprepared": {},
        "unprepared": {},
    }


def test_posts_that_break_a_stage_that_works_do_not_fail_it(
    index: Any, workspace: Workspace, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put([document(0, "four")])
    run_stages(index, workspace, "length")
    index.put([document(1, "odd")])
    monkeypatch.setattr(Length, "annotate", Breaking.annotate)
    assert run_stages(index, workspace, "length")["fates"] == {"quarantined": 1}


def test_a_stage_of_no_kind_is_refused(
    index: Any, workspace: Workspace, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(base.STAGES, "odd", f"{__name__}:Odd")
    monkeypatch.setitem(base.STAGES, "alias", f"{__name__}:Length")
    index.put([document(0, "four")])
    assert "alias' calls itself 'length'" in str(failing(index, workspace, "alias")[0])
    assert "neither a DocumentStage nor a CorpusStage" in str(failing(index, workspace, "odd")[0])


class Odd:
    """No stage."""

    name, version = "odd", "1"

    def __init__(self, context: StageContext) -> None:
        self.context = context


def test_declared_fields_reach_the_index_and_their_values_are_checked(
    index: Any, workspace: Workspace, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put([document(0, "Who?"), document(1, "Me.")])
    assert run_stages(index, workspace, "question", "length")["fates"] == {"annotated": 4}
    index.refresh()
    assert index.count("question:true") == 1
    assert index.facet("question").values == [("true", 1)]
    assert values(index, "question") == {"question": True}
    monkeypatch.setattr(Question, "version", "2")
    monkeypatch.setattr(Question, "yes", "yes")
    error, _ = failing(index, workspace, "question")
    assert "gives 'yes' for its field question, which it declares as bool" in str(error)
    assert isinstance(error, StageError)


@pytest.mark.parametrize("spec", ["processes:1", "threads:2"])
def test_needs_and_failures_are_the_same_on_every_executor(
    spec: str, index: Any, workspace: Workspace, document: Make, monkeypatch: Any
) -> None:
    settings = workspace.settings.model_copy(update={"executor": spec})
    monkeypatch.setitem(workspace.__dict__, "settings", settings)
    index.put([document(0, ENGLISH)])
    run_stages(index, workspace, "entities")
    assert values(index, "entities")["entities"]
    assert LangStage.name in index.stats().stages
