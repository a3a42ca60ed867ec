"""A sample of the grid of collections in a real Chromium: what only a browser draws may not break
either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard.screenshots import chromium, serve_dashboard, wait_until_drawn
from tests.dashboard.grid import Collection, plant

pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="needs Chromium"),
    pytest.mark.xdist_group("browser"),
]
SAMPLE = [
    Collection("1 s", 50, 300, "minute", has_text=False),
    Collection("5 days", 2),
    Collection("11 days", 50, 300, "missing"),
    Collection("13 days", 0),
    Collection("400 days", 50, precision="day"),
    Collection("4000 days", 50, 1),
]
"""The middle sizes above all: a curve of 4 to 12 days once broke every page."""
PAGES = {
    "": "window=7d",
    "explore": "range=all",
    "coordination": "",
    "source": "subject=news.example",
}


@pytest.mark.parametrize("collection", SAMPLE, ids=str)
def test_every_page_draws_in_a_browser(
    browser: Any, tmp_path: Path, collection: Collection
) -> None:
    plant(collection, tmp_path)
    language = "fr" if SAMPLE.index(collection) % 2 else "en"
    errors: list[str] = []
    with serve_dashboard(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1024, "height": 900})
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        for name, parameters in PAGES.items():
            page.goto(f"{address}/{name}?lang={language}&{parameters}")
            wait_until_drawn(page)
            broken = page.locator("[data-testid=stException]").count()
            said = page.locator("body").inner_text()
            assert not broken, (name, said[:500])
            assert "cannot be shown" not in said, name
            assert "peut pas s’afficher" not in said, name
            for chart in page.locator("[data-testid=stVegaLiteChart]").all():
                chart.locator(":is(canvas, svg)").first.wait_for(state="attached")
        page.close()
    assert errors == []
