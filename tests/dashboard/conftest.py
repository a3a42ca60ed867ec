"""Fixtures of the screens' tests: the small world in an index, and a visitor of its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.screenshots import chromium, serve_dashboard
from tests.dashboard.pages import Visit, visitor
from tests.dashboard.world import World, build


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world, with pseudonyms on."""
    return build(tmp_path_factory.mktemp("world") / "home")


@pytest.fixture(scope="session")
def open_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world, with accounts under their own names."""
    return build(tmp_path_factory.mktemp("open") / "home", pseudonymise=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(open_world: World) -> Iterator[str]:
    """A dashboard of the world with accounts under their own names."""
    with serve_dashboard(open_world.home) as at:
        yield at


@pytest.fixture
def build_world() -> Callable[[Path], World]:
    """Builds a world that a test may change."""
    return build


@pytest.fixture
def streamlit_caches() -> Iterator[None]:
    """Indexes that the app opened are closed after the test."""
    import streamlit as st

    yield
    st.cache_resource.clear()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, streamlit_caches: None) -> Visit:
    """Opens a page of a workspace: ``visit(home, "explore", lang="fr", q="dam")``."""
    return visitor(monkeypatch)


@pytest.fixture
def own_world(tmp_path: Path, build_world: Callable[[Path], World]) -> World:
    """A world that a test may change."""
    return build_world(tmp_path / "home")
