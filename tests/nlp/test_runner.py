"""Enrichment over a real index: fates, resuming, executors, documents that break a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from nlp.enrichment import base, runner
from nlp.enrichment.base import BatchAnnotations, CorpusStage, DocumentStage
from nlp.enrichment.runner import enrich
from nlp.enrichment.stages.lang import LangStage
from tocsin.core.documents import Document
from tocsin.core.errors import Abort, ConfigError, Retry
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

Make = Callable[..., Document]
TEXTS = [
    "Je ne sais pas ce qu'ils veulent",
    "I really don't know what they want",
    "",
    "Ich weiß nicht, was sie wollen",
    "🔥",
]


class Counting(DocumentStage):
    """A stage that says how long a text is, and breaks on the word boom."""

    name, version = "counting", "1"

    def annotate(self, documents: Sequence[Document]) -> BatchAnnotations:
        if any("boom" in document.text for document in documents):
            raise ValueError("boom")
        return BatchAnnotations(
            "letters", [{"length": len(d.text)} for d in documents], [not d.text for d in documents]
        )


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(base.STAGES, "counting", f"{__name__}:Counting")


def run_stages(index: Any, workspace: Workspace, *names: str) -> dict[str, Any]:
    with Run(workspace, "enrich") as run:
        enrich(index, workspace, run, names)
    return run.report()


def notes(index: Any, stage: str, count: int) -> list[Any]:
    found = index.get([f"x:{n}" for n in range(count)])
    return [
        document.annotations[stage].values if stage in document.annotations else None
        for document in found
    ]


def test_what_lacks_a_stage_gets_it_once(index: Any, workspace: Workspace, document: Make) -> None:
    index.put([document(n, text) for n, text in enumerate(TEXTS)])
    report = run_stages(index, workspace, "lang")
    assert report["fates"] == {"annotated": 3, "skipped": 2}
    assert report["seen"] == 5
    assert report["stages"] == {"lang": {"annotated": 3, "skipped": 2}}
    assert [value["lang"] for value in notes(index, "lang", 5)] == ["fr", "en", "und", "de", "und"]
    assert run_stages(index, workspace, "lang")["seen"] == 0
    index.put([document(5, "Encore un message en français")])
    assert run_stages(index, workspace, "lang")["fates"] == {"annotated": 1}


def test_another_version_makes_all_anew(
    index: Any, workspace: Workspace, document: Make, counting: None, monkeypatch: Any
) -> None:
    index.put([document(n, text) for n, text in enumerate(TEXTS)])
    assert run_stages(index, workspace, "counting")["seen"] == 5
    monkeypatch.setattr(Counting, "version", "2")
    assert run_stages(index, workspace, "counting")["seen"] == 5
    assert run_stages(index, workspace, "counting")["seen"] == 0


def test_a_text_that_breaks_a_model_costs_that_text_alone(
    index: Any, workspace: Workspace, document: Make, counting: None
) -> None:
    texts = ["one", "boom", "three", "boom", "five"]
    index.put([document(n, text) for n, text in enumerate(texts)])
    report = run_stages(index, workspace, "counting")
    assert report["fates"] == {"annotated": 3, "quarantined": 2}
    assert notes(index, "counting", 5) == [{"length": 3}, None, {"length": 5}, None, {"length": 4}]
    assert any("cannot read x:1 (ValueError: boom)" in warning for warning in report["warnings"])


def test_a_stopped_run_goes_on_where_it_was(
    index: Any,
    workspace: Workspace,
    document: Make,
    counting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Counting, "batch_size", 10)
    index.put([document(n, f"text {n}") for n in range(100)])
    write, run = runner._write, Run(workspace, "enrich")

    def stopping(*arguments: Any) -> set[str]:
        found = write(*arguments)
        if run.fates["annotated"] >= 30:
            raise Abort("stopped on request")
        return found

    monkeypatch.setattr(runner, "_write", stopping)
    with pytest.raises(Abort), run:
        enrich(index, workspace, run, ["counting"])
    assert run.status == "stopped"
    monkeypatch.setattr(runner, "_write", write)
    assert run_stages(index, workspace, "counting")["fates"] == {"annotated": 70}
    assert notes(index, "counting", 100) == [{"length": len(f"text {n}")} for n in range(100)]


def test_a_busy_store_is_asked_again(
    index: Any, workspace: Workspace, document: Make, counting: None, monkeypatch: Any
) -> None:
    index.put([document(n, text) for n, text in enumerate(TEXTS)])
    annotate, calls = index.annotate, []

    def busy(rows: Any, stage: str) -> Any:
        calls.append(stage)
        if len(calls) < 3:
            raise Retry("the store is busy", after=0.01)
        return annotate(rows, stage)

    monkeypatch.setattr(index, "annotate", busy)
    assert run_stages(index, workspace, "counting")["seen"] == 5
    assert len(calls) == 3


@pytest.mark.parametrize("spec", ["serial", "threads:2", "processes:2"])
def test_every_executor_says_the_same(
    spec: str, index: Any, workspace: Workspace, document: Make, context: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(LangStage, "batch_size", 7)
    index.put([document(n, f"{TEXTS[n % 5]} {n}") for n in range(40)])
    settings = workspace.settings.model_copy(update={"executor": spec})
    monkeypatch.setitem(workspace.__dict__, "settings", settings)
    assert run_stages(index, workspace, "lang")["seen"] == 40
    expected = LangStage(context).annotate([document(n, f"{TEXTS[n % 5]} {n}") for n in range(40)])
    assert notes(index, "lang", 40) == list(expected.values)


def test_vectors_are_kept_under_the_models_name(
    index: Any, workspace: Workspace, document: Make
) -> None:
    index.put(
        [
            document(0, "A storm hits the coast"),
            document(1, "https://t.co/x"),
            document(2, "A storm hits the coast"),
        ]
    )
    report = run_stages(index, workspace, "embed")
    assert report["fates"] == {"annotated": 2, "skipped": 1}
    ids, vectors = index.vectors("e5-small-3")
    assert ids == ["x:0", "x:2"]
    assert (vectors[0] == vectors[1]).all()


class Whole(CorpusStage):
    """Counts the posts."""

    name, version = "whole", "1"

    def run(self, index: Any, run: Run) -> None:
        run.count("annotated", index.count())


def test_a_corpus_stage_runs_itself(
    index: Any, workspace: Workspace, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(base.STAGES, "whole", f"{__name__}:Whole")
    index.put([document(n, text) for n, text in enumerate(TEXTS)])
    assert run_stages(index, workspace, "whole")["stages"] == {"whole": {"annotated": 5}}


def test_an_unknown_stage_is_named(index: Any, workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="no stage named 'langg'; did you mean lang"):
        run_stages(index, workspace, "langg")


def test_documents_that_vanish_are_not_asked_for_ever(
    index: Any, workspace: Workspace, document: Make, counting: None
) -> None:
    index.put([document(n, text) for n, text in enumerate(TEXTS)])
    get = index.get
    index.get = lambda ids: [
        None if found is None or found.id == "x:1" else found for found in get(ids)
    ]
    assert run_stages(index, workspace, "counting")["seen"] == 4
    assert dataclasses.asdict(get(["x:1"])[0])["annotations"] == {}
