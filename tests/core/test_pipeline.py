"""Analysers: their order, and work that runs ahead in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import pytest

from index.analysis import Analysis
from tocsin.app import pipeline
from tocsin.app.pipeline import analyse
from tocsin.core.errors import Abort
from tocsin.core.findings import Finding
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace


class Shelf:
    """An index of which only publishing is asked."""

    def __init__(self) -> None:
        self.published: list[tuple[str, ...]] = []

    def publish(
        self, findings: Iterable[Finding], *, kinds: tuple[str, ...], generation: str
    ) -> None:
        self.published.append(kinds)


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
        assert analyse(Analysis(index=index, workspace=workspace, run=run), pair) == {
            "cluster": 0,
            "signal": 0,
        }
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
