"""Sentences from the rooms below are known in French, so that a new one is noticed here."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard.engine_words import known, translated
from graph.coordination.signals import SIGNALS
from index.analysis import Analysis
from index.connect import open_index
from index.query import QueryError, parse
from tocsin.app.pipeline import analyse
from tocsin.core.answers import answer
from tocsin.core.language.words import Words, catalogue
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

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
            assert {f"explanation.{reading.kind}", f"refuted.{reading.kind}"} <= set(
                catalogue("fr")
            )


@pytest.mark.parametrize(
    "subject", ["gazette.example", "x:7000", "x:8003", "x:1003", "nobody.example", "t.co"]
)
@pytest.mark.parametrize("analysed", [True, False])
def test_the_sentences_of_dossiers_are_known(
    world: Any, tmp_path: Path, subject: str, analysed: bool
) -> None:
    home = tmp_path / "home"
    shutil.copytree(world.home, home)
    workspace = Workspace(home)
    index = open_index(workspace)
    try:
        if analysed:
            with Run(workspace, "analyse") as run:
                analyse(Analysis(index, workspace, run), ["coordination"])
        document = answer("source", workspace, index, subject)
    finally:
        index.close()
    sites = re.compile(r"(\S+ \(\d+\)(, )?)+|\S+, \d{4}-.*")  # names and figures alone
    for sentence in [
        *document["because"],
        *(v for f in document["facts"] for v in (f["name"], f["value"], f["innocent"]) if v),
    ]:
        assert known(sentence) or sites.fullmatch(sentence), sentence


def test_a_dossier_in_french_is_french_throughout() -> None:
    reason = (
        "1,234 of the 5,678 accounts that repost it are in groups coordinated beyond chance (c1, c2); of all 9,000 that repost anything it is 1,300 "
        "(q 0.0021). Innocent reading: none of those tried fits (news burst, share button)."
    )
    assert translated(reason, Words("fr")) == (
        "1\u202f234 comptes sur les 5\u202f678 qui le reprennent sont dans des groupes coordonnés au-delà du hasard (c1, c2) ; "
        "sur les 9\u202f000 qui reprennent quoi que ce soit, ils sont 1\u202f300 (q 0,0021). "
        "Lecture innocente : aucune de celles essayées ne convient (un événement d’actualité, un bouton de partage)."
    )
    share = "12% of its own posts are near copies of a text that another account had first; the median of 40 others of its size is 3%"
    assert translated(share, Words("fr")).endswith(
        "en premier ; la médiane de 40 autres de sa taille est de 3 %"
    )


def test_signals_are_known() -> None:
    assert {f"signal.{name}" for name in SIGNALS} <= set(catalogue("fr"))
    assert {f"object.{name}.one" for name in SIGNALS} <= set(catalogue("fr"))


def test_the_query_errors_in_french_name_the_field() -> None:
    assert "vouliez-vous dire author" in translated(
        "there is no field 'autor'; did you mean author:?", Words("fr")
    )
