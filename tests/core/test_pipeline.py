"""Analysers: their order, and work that runs ahead in a thread."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import pytest

from index.analysis import Analysis
from tocsin.app import pipeline
from tocsin.app.pipeline import Outcome, analyse
from tocsin.core.errors import Abort, ConfigError, TocsinError
from tocsin.core.findings import Edge, Finding, Method
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace


class Shelf:
    """An index of which only publishing, and what was published before, are asked."""

    def __init__(self) -> None:
        self.published: list[tuple[str, ...]] = []
        self.findings_asked: list[str] = []

    def publish(
        self, findings: Iterable[Finding], *, kinds: tuple[str, ...], generation: str
    ) -> None:
        self.published.append(kinds)

    def findings(self, kind: str) -> list[Finding]:
        self.findings_asked.append(kind)
        return []


class First:
    kinds: tuple[str, ...] = ("cluster",)
    told: ClassVar[list[str]] = []
    fails: ClassVar[bool] = False

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        self.told.append("first")
        if self.fails:
            raise Abort("stopped")
        return []


class Second:
    kinds: tuple[str, ...] = ("signal",)

    def __init__(self) -> None:
        self.thread = ""

    def begin(self, analysis: Analysis) -> Callable[[], None]:
        First.told.append("begun")

        def work() -> None:
            self.thread = threading.current_thread().name
            if First.fails and not analysis.over.wait(20):
                First.told.append("nobody said that it is over")

        return work

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        assert self.thread not in ("", threading.current_thread().name)
        First.told.append("second")
        return []


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setattr(First, "told", [])
    made: dict[str, Any] = {"first": First, "second": Second}
    monkeypatch.setattr(pipeline, "ANALYSERS", {name: name for name in made})
    monkeypatch.setattr(pipeline, "resolve", made.__getitem__)
    return tuple(made)


def test_work_ahead_is_done_before_its_analyser_runs(
    workspace: Workspace, pair: tuple[str, ...]
) -> None:
    index = Shelf()
    with Run(workspace, "analyse") as run:
        assert analyse(Analysis(index=index, workspace=workspace, run=run), pair) == Outcome(
            {"cluster": 0, "signal": 0}, {}
        )
    assert First.told == ["begun", "first", "second"]
    assert index.published == [("cluster",), ("signal",)]


def test_where_an_analyser_stops_nothing_is_published_and_work_ahead_gives_up(
    workspace: Workspace, pair: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(First, "fails", True)
    index = Shelf()
    with pytest.raises(Abort), Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run), pair)
    assert First.told == ["begun", "first"]
    assert not index.published


class Broken:
    """Finds one group, and breaks at the second."""

    kinds: tuple[str, ...] = ("cluster", "edge")
    error: ClassVar[Exception] = ValueError("no such column")

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        yield Edge(id="e", method=Method(name="m", version="1"), a="x:1", b="x:2")
        raise self.error


class NeedsClusters:
    kinds: tuple[str, ...] = ("influence",)

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        assert analysis.found("cluster") == []
        return []


class BrokenAhead(Second):
    kinds: tuple[str, ...] = ("narrative",)

    def begin(self, analysis: Analysis) -> Callable[[], None]:
        def work() -> None:
            raise KeyError("vectors")

        return work


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Analysers by name; those that a test puts in run."""
    analysers: dict[str, Any] = {}
    monkeypatch.setattr(First, "told", [])
    monkeypatch.setattr(pipeline, "resolve", analysers.__getitem__)
    monkeypatch.setattr(pipeline, "registered", lambda *_: {name: name for name in analysers})
    return analysers


def test_an_analyser_that_fails_costs_its_own_findings_only(
    workspace: Workspace, planted: dict[str, Any]
) -> None:
    planted |= {"broken": Broken, "needs": NeedsClusters, "second": Second}
    index = Shelf()
    with Run(workspace, "analyse") as run:
        outcome = analyse(Analysis(index=index, workspace=workspace, run=run))
    assert outcome.failed == {"broken": "ValueError: no such column"}
    assert outcome.published == {"influence": 0, "signal": 0}
    assert index.published == [("influence",), ("signal",)]
    assert index.findings_asked == ["cluster"]
    assert run.status == "done"
    assert run.report()["warnings"] == [
        "the analyser broken failed (ValueError: no such column); "
        "its findings of earlier runs stay as they are",
        "needs used the earlier findings of broken, which failed this time",
    ]


def test_work_ahead_that_fails_is_said_too(workspace: Workspace, planted: dict[str, Any]) -> None:
    planted |= {"ahead": BrokenAhead, "first": First}
    index = Shelf()
    with Run(workspace, "analyse") as run:
        outcome = analyse(Analysis(index=index, workspace=workspace, run=run))
    assert outcome.failed == {"ahead": "KeyError: 'vectors'"}
    assert index.published == [("cluster",)]


@pytest.mark.parametrize("error", [Abort("away"), ConfigError("wrong"), MemoryError()])
def test_what_concerns_the_whole_run_ends_it(
    workspace: Workspace,
    planted: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    planted |= {"second": Second, "broken": Broken}
    monkeypatch.setattr(Broken, "error", error)
    index = Shelf()
    with pytest.raises(type(error)), Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run))
    assert not index.published


def test_the_sentence_of_an_error_for_a_person_stays_as_it_is(
    workspace: Workspace, planted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    planted |= {"broken": Broken}
    monkeypatch.setattr(Broken, "error", TocsinError("the posts have no links"))
    with Run(workspace, "analyse") as run:
        outcome = analyse(Analysis(index=Shelf(), workspace=workspace, run=run))
    assert outcome.failed == {"broken": "the posts have no links"}


def test_the_command_ends_with_1_and_its_report_says_why(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from index.connect import open_index
    from tocsin.app.cli import main

    open_index(workspace).close()
    monkeypatch.setattr(
        pipeline,
        "ANALYSERS",
        {"broken": f"{__name__}:Broken", "needs": f"{__name__}:NeedsClusters"},
    )
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Broken.__module__])
    with pytest.raises(SystemExit) as end:
        main(["--home", str(workspace.home), "--json", "analyse"])
    report = json.loads(capsys.readouterr().out)
    assert end.value.code == 1
    assert report["status"] == "done"
    assert report["failed"] == {"broken": "ValueError: no such column"}
    assert report["findings"] == {"influence": 0}
    assert any("the analyser broken failed" in warning for warning in report["warnings"])


def test_two_analysers_do_not_publish_the_same_kind(
    workspace: Workspace, planted: dict[str, Any]
) -> None:
    planted |= {"first": First, "broken": Broken}
    with (
        pytest.raises(ConfigError, match="first and broken both publish"),
        Run(workspace, "x") as run,
    ):
        analyse(Analysis(index=Shelf(), workspace=workspace, run=run))
