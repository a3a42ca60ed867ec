"""`tocsin narratives rename|merge|split|pin|bin|reset`, as an analyst types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analysis
from index.connect import open_index
from nlp.enrichment.runner import enrich
from tests.nlp.test_narratives import documents
from tocsin.app.cli import main
from tocsin.app.pipeline import analyse
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

Call = Callable[..., Any]


@pytest.fixture
def analysed(workspace: Workspace) -> Callable[[int], None]:
    """A function: put the first posts of three stories into the workspace and analyse them."""

    def make(number: int) -> None:
        index = open_index(workspace)
        index.put(documents()[:number])
        with Run(workspace, "enrich") as run:
            enrich(index, workspace, run, ["lang", "embed"])
        with Run(workspace, "analyse") as run:
            analyse(Analysis(index=index, workspace=workspace, run=run), ["narratives"])
        index.close()

    return make


@pytest.fixture
def call(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Call:
    """A function: a command line on the workspace; the JSON document, or what is said."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")

    def run(*arguments: str, code: int = 0, to: str = "--json") -> Any:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(workspace.home), *to.split(), *arguments])
        out, err = capsys.readouterr()
        assert int(ended.value.code or 0) == code, err
        return json.loads(out) if to == "--json" and out else " ".join((out + err).split())

    return run


def stories(call: Call) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in call("narratives")["narratives"]}


def test_what_analysts_make_of_narratives_outlives_the_next_analysis(
    call: Call, analysed: Callable[[int], None], tmp_path: Path
) -> None:
    analysed(56)
    before = call("narratives")
    first, second, third = (one["id"] for one in before["narratives"])
    assert before["lost_edits"] == []

    done = call("narratives", "rename", first, "Vernay bridge", "--by", "Ana")
    assert done["action"] == "rename"
    assert [one["label"] for one in done["narratives"]] == ["Vernay bridge"]
    call("narratives", "pin", third, "--by", "Ana")
    call("narratives", "bin", second)
    analysed(60)
    held = stories(call)
    assert list(held) == [third, first, second]
    assert held[first]["label"] == held[first]["name"] == "Vernay bridge"
    assert [(e["action"], e["by"]) for e in held[first]["edits"]] == [("rename", "Ana")]
    assert (held[third]["pinned"], held[third]["faded"], held[second]["binned"]) == (
        True,
        False,
        True,
    )
    (binned,) = call("narratives")["caveats"]
    assert "binned" in binned
    assert "posts are still counted" in binned
    assert call("search", f"narrative:{second}", "--limit", "0")["total"] == held[second]["posts"]
    hits = call("search", 'narrative:"vernay bridge"')["hits"]
    assert {hit["narrative_label"] for hit in hits} == {"Vernay bridge"}

    merged = call("narratives", "merge", second, "Vernay bridge")["narratives"][0]
    assert merged["posts"] == held[first]["posts"] + held[second]["posts"]
    gone = second if merged["id"] == first else first
    assert merged["merged"] == [gone]
    assert set(merged["terms_by_language"]) == {"en", "fr"}
    for code, terms in merged["terms_by_language"].items():
        both = [*held[first]["terms_by_language"][code], *held[second]["terms_by_language"][code]]
        assert set(terms) <= set(both)
    total = call("search", f"narrative:{gone}", "--limit", "0")["total"]
    assert total == merged["posts"], "an id that became part of another still finds it"

    listed = tmp_path / "posts.txt"
    listed.write_text("".join(f"{post}\n" for post in held[gone]["central"][:3]))
    made, rest = call("narratives", "split", gone, "--posts", str(listed), "--name", "Mine")[
        "narratives"
    ]
    assert (made["label"], made["posts"] + rest["posts"]) == ("Mine", merged["posts"])
    assert made["split_from"] == merged["id"]
    themes = call("narratives")["themes"]
    assert any(made["id"] in theme["narratives"] for theme in themes)

    call("narratives", "reset", made["id"])
    call("narratives", "reset", merged["id"])
    call("narratives", "reset", gone)
    call("narratives", "reset", gone, code=2)
    call("narratives", "reset", third, "--only", "pin")
    after = stories(call)
    assert {key: one["posts"] for key, one in after.items()} == {
        key: one["posts"] for key, one in held.items()
    }
    assert {one["label"] for one in after.values()} == {
        one["label"] for one in before["narratives"]
    }
    assert all(not one["edits"] and one["name"] is None for one in after.values())


WRONG = (
    (["rename", "nowhere", "X"], "there is no narrative nowhere; `tocsin narratives` lists"),
    (["split", "ID"], "a split needs a query or posts"),
    (["split", "ID", "--query", "zzzz"], "is among those to split off"),
    (["merge", "ID", "ID"], "these are one narrative already"),
    (["reset", "ID"], "there is no such edit"),
    (["rename", "ID", "  "], "a name needs at least one letter"),
)


def test_what_is_wrong_is_one_sentence_and_people_are_told_in_their_language(
    call: Call, analysed: Callable[[int], None]
) -> None:
    analysed(60)
    theme = call("narratives")["themes"][0]
    for named in (theme["id"], f'"{theme["label"]}"'):
        total = call("search", f"theme:{named}", "--limit", "0")["total"]
        assert total == theme["posts"]
    key = next(iter(stories(call)))
    for arguments, said in WRONG:
        told = call("narratives", *(key if one == "ID" else one for one in arguments), code=2)
        assert said in told
    assert all(not one["edits"] for one in stories(call).values())
    assert "quoi que trouvent" in call("narratives", "rename", key, "Pont", to="--lang fr")
    assert "Pont (épinglé)" in (
        call("narratives", "pin", key, to="--lang fr") and call("narratives", to="--lang fr")
    )
