"""The allowed error has names, and a person sees what each would find before choosing."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.connect import open_index
from tests.graph.test_clusters_command import documents
from tocsin.app.cli import cli
from tocsin.core.errors import ConfigError
from tocsin.core.settings import ERROR_LEVELS, GraphSettings, load_settings
from tocsin.core.workspace import Workspace


@pytest.mark.parametrize("name", ERROR_LEVELS)
def test_a_level_is_a_rate(tmp_path: Path, name: str) -> None:
    (tmp_path / "tocsin.toml").write_text(f'[graph]\nerror = "{name}"\n', encoding="utf-8")
    graph = load_settings(tmp_path, environ={}).graph
    assert graph.false_discovery_rate == ERROR_LEVELS[name]
    assert GraphSettings.model_validate(graph.model_dump()) == graph


def test_two_rates_are_a_contradiction(tmp_path: Path) -> None:
    text = '[graph]\nerror = "explore"\nfalse_discovery_rate = 0.03\n'
    (tmp_path / "tocsin.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="keep one"):
        load_settings(tmp_path, environ={})
    alone = load_settings(tmp_path / "none", environ={"TOCSIN_GRAPH__FALSE_DISCOVERY_RATE": "0.03"})
    assert alone.graph.error is None
    assert GraphSettings.model_validate(alone.graph.model_dump()) == alone.graph
    assert GraphSettings().false_discovery_rate == ERROR_LEVELS["strict"]


def test_the_dial_shows_what_the_analysis_would_find(world: Any, workspace: Workspace) -> None:
    world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    world.group("w", 3, 4, lambda i: {"urls": [f"https://weak.example/{i}"]}, spread=900_000)

    def call(*arguments: str, error: str = "strict", json_: bool = True) -> Any:
        done = CliRunner().invoke(
            cli,
            ["--home", str(workspace.home), *(["--json"] if json_ else []), *arguments],
            env={"TOCSIN_GRAPH__ERROR": error},
            catch_exceptions=False,
            standalone_mode=False,
        )
        return json.loads(done.stdout) if json_ else done.stdout

    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        index.put(documents(world.rows))
    call("analyse")
    document = call("dial", "--rate", "0.1")
    assert [level["error"] for level in document["levels"]] == [
        "strict", "balanced", None, "explore",
    ]  # fmt: skip
    counted = [level["accounts"] for level in document["levels"]]
    assert counted == sorted(counted)
    assert [level["in_force"] for level in document["levels"]] == [True, False, False, False]
    said = call("dial", json_=False)
    assert "explore" in said
    for level in document["levels"]:
        if level["error"]:
            call("analyse", error=level["error"])
            clusters = call("clusters", error=level["error"])
            flagged = [c for c in clusters["clusters"] if c["status"] == "flagged"]
            assert len(flagged) == level["groups"]
            assert clusters["expected_false_accounts"] == pytest.approx(
                level["expected_false_accounts"]
            )
    # a study keeps the level that it was made with
    sealed = call("study", "seal", error="explore")
    assert call("study", "verify", sealed["manifest"], error="strict")["equal"]
