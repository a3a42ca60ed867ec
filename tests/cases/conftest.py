"""A workspace with findings, and the command line over it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.dashboard.world import build
from tocsin.app.cli import cli

Call = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The small bilingual world, pseudonyms on."""
    return build(tmp_path / "home").home


@pytest.fixture
def call(home: Path) -> Call:
    """The command line; what it says is no traceback."""

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(cli, ["--home", str(home), *arguments], standalone_mode=False)
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def ask(call: Call) -> Ask:
    """The JSON document of a command that works."""

    def answer(*arguments: str) -> Any:
        result = call("--json", *arguments)
        assert result.exception is None, (result.exception, result.output)
        return json.loads(result.stdout)

    return answer
