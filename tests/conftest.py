"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tocsin.workspace import Workspace

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
    skipped = terminalreporter.stats.get("skipped", [])
    if _strict() and skipped:
        terminalreporter.write_line(f"CI: {len(skipped)} tests skipped, and in CI nothing skips (TOCSIN_ALLOW_SKIPS=1 allows it)", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """See above."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _strict() and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _strict() -> bool:
    return os.environ.get("CI") == "true" and os.environ.get("TOCSIN_ALLOW_SKIPS") != "1"
