"""Fixtures that every room's tests share."""

from __future__ import annotations

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
