"""Sentences from the rooms below are known in French, so that a new one is noticed here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard.engine_words import known, translated
from dashboard.i18n import Words, catalogue
from graph.signals import SIGNALS
from index.connect import open_index
from index.query import QueryError, parse
from tocsin.pipeline import Analysis, analyse
from tocsin.progress import Run
from tocsin.workspace import Workspace

BAD = (
    "(a", "a)", '"a', "a AND", "NOT", "nope:x", "autor:x", "author:", "after:yesterdayish", "likes:>=many", "*", "a b*c*", "()", "-", "((((" * 20,
    " ".join(f"(w{n})" for n in range(2_000)), "x" * 20_001, "lang:fr OR OR",
)  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_the_parsers_complaints_are_known(query: str) -> None:
    try:
        parse(query)
    except QueryError as error:
        sentence = str(error).partition(": ")[2]
        assert known(sentence), sentence
        assert translated(sentence, Words("fr")) != sentence
        assert translated(sentence, Words("en")) == sentence


def test_innocent_readings_of_a_real_analysis_are_known(world: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(world.home, home)
    workspace = Workspace(home)
    index = open_index(workspace)
    try:
        with Run(workspace, "analyse") as run:
            analyse(Analysis(index, workspace, run), ["coordination"])
        clusters: list[Any] = index.findings("cluster")
    finally:
        index.close()
    assert clusters
    for cluster in clusters:
        assert all(known(sentence) for sentence in cluster.caveats)
        for reading in cluster.innocent_explanations:
            assert known(reading.because), reading.because
            assert {f"explanation.{reading.kind}", f"refuted.{reading.kind}"} <= set(catalogue("fr"))


def test_signals_are_known() -> None:
    assert {f"signal.{name}" for name in SIGNALS} <= set(catalogue("fr"))
    assert {f"object.{name}.one" for name in SIGNALS} <= set(catalogue("fr"))


def test_the_query_errors_in_french_name_the_field() -> None:
    assert "vouliez-vous dire author" in translated("there is no field 'autor'; did you mean author:?", Words("fr"))
