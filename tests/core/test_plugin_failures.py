"""Whatever plug-in breaks, the answer of the command says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest

from index.connect import open_index
from tocsin.app import commands, export
from tocsin.app.cli import main
from tocsin.core.workspace import Workspace


def broken(*_: Any) -> NoReturn:
    raise ZeroDivisionError("by nought")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to what breaks."""
    monkeypatch.setattr(commands, "registered", lambda *_: {"extra": "here:broken"})
    monkeypatch.setattr(commands, "resolve", lambda _: broken)
    monkeypatch.setattr(export, "choose", lambda *_: broken)


def test_a_check_that_breaks_is_a_check_that_fails(
    tmp_path: Path, registry: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--home", str(tmp_path), "--json", "check"])
    (row,) = json.loads(capsys.readouterr().out)["checks"]
    assert end.value.code == 1
    assert (row["name"], row["ok"]) == ("extra", False)
    assert row["detail"] == "ZeroDivisionError: by nought"


def test_an_export_of_another_package_that_breaks_is_named(
    workspace: Workspace,
    registry: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_index(workspace).close()
    out = workspace.home / "network.gexf"
    arguments = ["--home", str(workspace.home), "export", "gexf", "--out", str(out)]
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 70  # one of ours: an error in Tocsin itself
    monkeypatch.setattr(export, "EXPORTERS", {})
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 1
    assert "the format gexf of another package failed (ZeroDivisionError" in capsys.readouterr().err
    assert not out.exists()
    assert not list(workspace.home.glob(".tocsin-export-*"))
