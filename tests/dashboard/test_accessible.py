"""axe-core on every page, and the sections for experts, in a real Chromium.

At the width of a desk and of a telephone, in both languages; axe-core comes with the wheel
`axe-playwright-python`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from dashboard.screenshots import chromium, serve_dashboard
from tests.dashboard.test_expert_on_screens import analysed, run

pytest.importorskip("playwright.sync_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="needs Chromium"),
    pytest.mark.xdist_group("browser"),
]
WIDTHS = (1440, 390)
LOOKED_AT = {"include": [["body"]], "exclude": [[".brush_brush"], [".brush_brush_bg"]]}
"""The whole page but the two areas that Vega-Lite lays over a curve to be brushed: they show
nothing, and it takes no words for them; the dates of a query do the same."""
SERIOUS = {"serious", "critical"}
PAGES = ("", "explore", "coordination", "people", "narratives", "trends", "source", "collection")
EXPERT = {
    "en": ("For experts", "Sealed studies", "Only by the rule", "Flagged there and not now"),
    "fr": ("Pour experts", "Études scellées", "Par la règle seule", "Signalés là et pas"),
}


@pytest.fixture(scope="module")
def study_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = analysed(tmp_path_factory.mktemp("study") / "home")
    assert run(home, "study", "seal", "first").exit_code == 0
    assert run(home, "study", "verify", "first").exit_code == 0
    with serve_dashboard(home) as at:
        yield at


@pytest.fixture(
    params=[(w, c) for w in WIDTHS for c in ("en", "fr")], ids=lambda p: f"{p[1]}{p[0]}"
)
def screen(browser: Any, request: pytest.FixtureRequest) -> Iterator[tuple[Any, str, list[str]]]:
    """A page, its language, and the errors that its console said."""
    width, language = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
    context.set_default_timeout(60_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    yield page, language, errors
    context.close()


def settled(page: Any) -> None:
    """Wait until the page is drawn and nothing runs."""
    page.wait_for_selector("h1")
    page.wait_for_function(
        "!document.querySelector('[data-testid=stStatusWidget],[data-stale=true]')"
    )
    page.wait_for_timeout(400)


def faults(page: Any) -> list[str]:
    """What axe-core finds serious: the rule, and where."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate(f"axe.run({json.dumps(LOOKED_AT)}, {{resultTypes: ['violations']}})")
    return [
        f"{page.url}: {one['id']}: {json.dumps(node['target'])}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


def test_every_page_can_be_used_by_everybody(
    screen: tuple[Any, str, list[str]], address: str
) -> None:
    page, _, errors = screen
    found: list[str] = []
    for name in PAGES:
        page.goto(f"{address}/{name}")
        settled(page)
        found += faults(page)
    assert not found, "\n".join(found)
    assert errors == []


def test_the_sections_for_experts(screen: tuple[Any, str, list[str]], study_address: str) -> None:
    page, language, errors = screen
    experts, studies, by_rule, there = EXPERT[language]
    page.goto(f"{study_address}/coordination")
    settled(page)
    page.locator("summary", has_text=experts).click()
    slider = page.locator("[data-testid=stSlider] :is(input[type=range], [role=slider])").first
    slider.wait_for(state="attached")
    settled(page)
    assert page.get_by_text(there).count() == 0
    slider.focus()
    slider.press("End")  # the keyboard moves it, to the most that may be wrong
    page.get_by_text(there).first.wait_for()
    settled(page)
    figure = page.locator("[data-testid=stSelectbox]").filter(visible=True).first
    figure.scroll_into_view_if_needed()
    figure.locator("input").click()
    page.locator(
        "[role=option]", has_text={"en": "the same address", "fr": "la même adresse"}[language]
    ).first.click()
    page.get_by_text(f"{by_rule} (2)").first.wait_for()
    settled(page)
    account = page.locator("section.t-fact", has_text="lone0").filter(visible=True).first
    account.locator("summary").first.click()
    assert account.locator("article", has_text="twice.example").filter(visible=True).count() >= 2
    page.locator("summary", has_text=studies).click()
    page.locator("bdi", has_text="first").first.wait_for()
    settled(page)
    assert page.locator("[data-testid=stException]").count() == 0
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    assert faults(page) == []
    assert errors == []
