"""The demo's world, built once for all tests that walk through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.hostile_world import plant
from tests.monitors.conftest import World


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of ``tocsin demo``; who changes it copies it first."""
    home = tmp_path_factory.mktemp("demo") / "home"
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_") or k == "TOCSIN_CACHE"
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tocsin", "--home", str(home), "--json", "demo",
         "--build-only"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Path(json.loads(done.stdout)["truth"]).is_file()
    return home


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A workspace of hostile strings in every field; who changes it copies it first."""
    return plant(tmp_path_factory.mktemp("hostile") / "home")
