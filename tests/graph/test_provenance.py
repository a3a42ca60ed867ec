"""Whatever leaves says which Tocsin made it, of which input, with which parameters."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from graph.exports.phrases import parameters
from index.connect import open_index
from tests.graph.test_clusters_command import documents
from tests.graph.test_marks import run_analysis
from tocsin.app.cli import cli
from tocsin.core import findings
from tocsin.core.workspace import Workspace


@pytest.mark.parametrize("grouped", [True, False])
def test_version_input_and_parameters_stand_everywhere(
    world: Any, workspace: Workspace, tmp_path: Path, grouped: bool
) -> None:
    if grouped:
        world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        index.put(documents(world.rows))
        run_analysis(workspace, index)
        (tested,) = (f for f in index.findings("tested") if isinstance(f, findings.Tested))
    assert tested.tocsin_version
    assert re.fullmatch("[0-9a-f]{64}", tested.input_sha256)

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(
            cli, ["--home", str(workspace.home), *arguments], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.stdout

    clusters = json.loads(call("--json", "clusters"))
    assert clusters["method"]["parameters"] == json.loads(json.dumps(tested.method.parameters))
    assert clusters["tested"]["tocsin_version"] == tested.tocsin_version
    assert clusters["tested"]["input_sha256"] == tested.input_sha256
    wanted = plain_words(parameters(tested.method))
    for format_ in ("gexf", "graphml", "stix", "dossier"):
        path = tmp_path / f"out.{format_}"
        call("export", format_, "--out", str(path))
        text = path.read_text(encoding="utf-8")
        if format_ == "stix" and not grouped and '"note"' not in text:
            continue  # a bundle that states nothing
        assert tested.input_sha256 in text, format_
        assert tested.tocsin_version in text, format_
        assert wanted in plain_words(text), format_
        about = json.loads((tmp_path / f"out.{format_}.about.json").read_text(encoding="utf-8"))
        assert about["input_sha256"] == tested.input_sha256
        assert about["tocsin_version"] == tested.tocsin_version
        assert about["method"] == clusters["method"]
    site = json.loads(call("--json", "source", "push.example"))
    assert site["tocsin_version"] == tested.tocsin_version
    assert re.fullmatch("[0-9a-f]{64}", site["input_sha256"])
    assert site["method"]["parameters"]
    assert json.loads(call("--json", "source", "push.example")) == site
    with closing(open_index(workspace)) as index:
        world.say("x:late", 1_700_006_400_000)
        index.put(documents(world.rows[-1:]))
    later = json.loads(call("--json", "source", "push.example"))
    assert later["input_sha256"] != site["input_sha256"]


def plain_words(text: str) -> str:
    """Letters and digits alone: each format escapes the rest in its own way."""
    return re.sub(r"\\u[0-9a-f]{4}|&\w+;|[\W_]+", "", text)
