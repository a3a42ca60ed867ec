"""Fixtures that every room's tests share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tocsin.core.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real data beside the checkout; skips where it is absent."""
    path = ROOT.parent / "shared"
    if not (path / "data" / "MANIFEST.md").exists():
        pytest.skip("needs the real data in ../shared beside the checkout")
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace with pseudonyms off."""
    return Workspace(tmp_path / "home", {"privacy": {"pseudonymise": False}})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In CI nothing skips: a skip there is a missing install step that a green run would hide."""
    skipped = _missing(terminalreporter)
    if _strict() and skipped:
        terminalreporter.write_line(
            f"CI: {len(skipped)} tests skipped, and in CI nothing skips (ALLOW_SKIPS=1 allows it)",
            red=True,
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """See above."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _strict() and _missing(reporter) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _missing(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    """Skipped tests that an install step could have run; no step installs a graphics card."""
    skipped = reporter.stats.get("skipped", [])
    return [report for report in skipped if "card" not in report.keywords]


def _strict() -> bool:
    return os.environ.get("CI") == "true" and os.environ.get("ALLOW_SKIPS") != "1"


@pytest.fixture(scope="session")
def start_elastic() -> Iterator[Callable[..., dict[str, Any]]]:
    """A function that starts a real Elasticsearch in a folder of its own.

    ``start_elastic("--nodes", "3")`` gives what the starter prints (url, urls, pids, ca) and
    ``folder``; all are stopped at the end of the session.
    """
    program = ROOT.parent / "shared" / "elasticsearch" / "server"
    folders: list[Path] = []

    def start(
        *options: str, folder: Path | None = None, roles: Path | None = None
    ) -> dict[str, Any]:
        if not program.exists():
            pytest.skip("needs the Elasticsearch server in ../shared beside the checkout")
        if shutil.which("java") is None:
            pytest.skip("needs Java 17 for the Elasticsearch server")
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="tocsin-es-", dir="/tmp")) / "es"
            folder.parent.chmod(0o755)
            folders.append(folder)
        if roles is not None:
            folder.mkdir(exist_ok=True)
            shutil.copy(roles, folder / "roles.yml")
        heap = () if "--heap" in options else ("--heap", "512m")
        done = subprocess.run(
            [sys.executable, program, "start", folder, *heap, *options],
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, f"the Elasticsearch server did not start: {done.stderr[-800:]}"
        return {**json.loads(done.stdout.splitlines()[-1]), "folder": folder}

    yield start
    for folder in folders:
        subprocess.run(
            [sys.executable, program, "stop", folder], capture_output=True, timeout=120, check=False
        )
        shutil.rmtree(folder.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def elastic(start_elastic: Callable[..., dict[str, Any]]) -> str:
    """The address of one real server for the session: ``ES_TEST_URL``, else one of our own."""
    url: str = os.environ.get("ES_TEST_URL") or start_elastic()["url"]
    return url
