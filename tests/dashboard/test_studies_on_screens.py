"""Sealed studies: listed, with what verifying and comparing said, and forgotten with a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dashboard.pages import Visit, text
from tests.dashboard.test_expert_on_screens import analysed, run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return analysed(tmp_path / "home")


@pytest.mark.parametrize(
    ("language", "title", "none", "equal", "entered", "differs"),
    [
        ("en", "Sealed studies", "is sealed yet", "equal to the byte", "entered",
         "something differs"),
        ("fr", "Études scellées", "encore scellée", "identique à l’octet près", "entré",
         "quelque chose diffère"),
    ],
)  # fmt: skip
def test_studies_and_what_came_of_them(
    visit: Visit,
    home: Path,
    language: str,
    title: str,
    none: str,
    equal: str,
    entered: str,
    differs: str,
) -> None:
    def opened() -> str:
        page = visit(home, "coordination", lang=language)
        page.session_state["studies_open"] = True
        return text(page.run())

    empty = opened()
    assert title in empty
    assert none in empty
    assert run(home, "study", "seal", "first").exit_code == 0
    assert run(home, "study", "verify", "first").exit_code == 0
    shown = opened()
    assert ">first</bdi>" in shown
    assert equal in shown
    (home / "tocsin.toml").write_text(
        "[privacy]\npseudonymise = false\n[graph]\nfalse_discovery_rate = 0.2\n", encoding="utf-8"
    )
    run(home, "analyse")
    run(home, "study", "seal", "second")
    run(home, "study", "compare", "first", "second")
    shown = opened()
    assert entered in shown
    assert "graph.false_discovery_rate" in shown
    assert "w0" in shown
    whole = home / "studies" / "first.json"
    changed = whole.read_text(encoding="utf-8").replace("text", "texte", 1)
    (home / "studies" / "changed.json").write_text(
        changed.replace('"labels"', '"more": 1, "labels"', 1), encoding="utf-8"
    )
    (home / "studies" / "broken.json").write_text("{", encoding="utf-8")
    listed = json.loads(run(home, "--json", "study", "list").stdout)
    by_name = {study["name"]: study for study in listed["studies"]}
    assert set(by_name) == {"first", "second", "changed", "broken"}
    assert not by_name["changed"]["whole"]
    assert by_name["changed"]["verified"] is None  # its seal is that of another file
    assert by_name["broken"]["failed"]
    assert by_name["first"]["verified"]["equal"]
    assert listed["comparisons"][0]["counts"]["entered"] == 3
    run(home, "study", "verify", "changed")
    assert differs in opened()
    assert "second" in run(home, "--lang", language, "study", "list").stdout


def test_erasing_forgets_what_was_said(home: Path) -> None:
    run(home, "study", "seal", "first")
    settings = home / "tocsin.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("1e-12", "0.2"), "utf-8")
    run(home, "analyse")
    run(home, "study", "seal", "second")
    run(home, "study", "compare", "first", "second")
    run(home, "study", "compare", "second", "second")
    assert "x:w0" in (home / "studies.json").read_text(encoding="utf-8")
    run(home, "erase", "w0", "--yes")
    kept = (home / "studies.json").read_text(encoding="utf-8")
    assert "x:w0" not in kept
    assert '"w0"' not in kept
    assert len(json.loads(kept)["events"]) == 3  # of seals, and of a study with itself


def test_a_comparison_needs_no_workspace(home: Path, tmp_path: Path) -> None:
    run(home, "study", "seal", "first")
    file = str(home / "studies" / "first.json")
    nowhere = tmp_path / "nowhere"
    done = run(nowhere, "--lang", "fr", "study", "compare", file, file)
    assert "sont la même" in " ".join(done.stdout.split())
    assert not nowhere.exists()
