"""Every page as a browser draws it, and the sections for experts.

axe-core comes with the wheel `axe-playwright-python`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashboard.screenshots import chromium, serve_dashboard
from dashboard.views import registered_views
from index.connect import open_index
from tests.dashboard.test_expert_on_screens import analysed, run
from tests.dashboard.walk import Walker
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="needs Chromium"),
    pytest.mark.xdist_group("browser"),
]
WALK_HOME = os.environ.get("WALK_HOME", "")
WIDTHS = (1440, 390)
WALKS = ((1440, "en", "dark"), (1024, "fr", "light"), (390, "fr", "dark"))
"""A sample of widths, languages and themes."""
ASKED = {"spread": ["q=dam"], "source": ["subject=gazette.example"], "trends": ["by=theme"]}
"""What pages are asked for that show little before."""
EXPERT = {
    "en": ("For experts", "Sealed studies", "Only by the rule", "Flagged there and not now"),
    "fr": ("Pour experts", "Études scellées", "Par la règle seule", "Signalés là et pas"),
}


@pytest.fixture(scope="module")
def real_address() -> Iterator[str]:
    with serve_dashboard(Path(WALK_HOME)) as at:
        yield at


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
def screen(browser: Any, request: pytest.FixtureRequest) -> Iterator[tuple[Walker, str]]:
    """A page and its language."""
    width, language = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
    context.set_default_timeout(60_000)
    yield Walker(context.new_page()), language
    context.close()


@pytest.mark.parametrize("place", WALKS, ids=lambda p: "-".join(map(str, p)))
def test_every_page_can_be_used_by_everybody(
    browser: Any, address: str, place: tuple[int, str, str]
) -> None:
    """Every registered page: axe-core, boxes of text, words of the other language, the console,
    and who is asked."""
    assert walk(browser, address, place, ASKED) == []


if WALK_HOME:  # CI skips nothing, and has no such workspace

    @pytest.mark.parametrize(
        "place",
        list(product((1440, 1024, 390), ("en", "fr"), ("light", "dark"))),
        ids=lambda p: "-".join(map(str, p)),
    )
    def test_every_page_of_real_posts(
        browser: Any, real_address: str, place: tuple[int, str, str]
    ) -> None:
        """As above, on a workspace that ``WALK_HOME`` names: of 100,000 real posts as ``python -m
        benchmarks.dashboard --build HOME`` makes it. A quarter of an hour; ``WALK_PICTURES``
        names a folder for a picture of each page."""
        assert walk(browser, real_address, place, asked_of_real(Path(WALK_HOME))) == []


def asked_of_real(home: Path) -> dict[str, list[str]]:
    """What pages are asked for on a workspace of real posts: the largest narrative, if any, too."""
    asked = {
        "spread": ["q=trump"],
        "source": ["subject=t.co"],
        "trends": ["by=theme&period=all", "by=narrative"],
        "narratives": [""],
        "network": [""],
    }
    index = open_index(Workspace(home))
    try:
        told = max(index.findings("narrative"), key=lambda one: one.posts, default=None)
    finally:
        index.close()
    if told is not None:
        asked["narratives"].append(f"id={told.id}&period=all")
        for page in ("explore", "spread", "network"):
            asked.setdefault(page, [""]).append(f"q=narrative:{told.id}&period=all")
    return asked


def walk(
    browser: Any, address: str, place: tuple[int, str, str], asked: Mapping[str, Sequence[str]]
) -> list[str]:
    """What is wrong with each page at a width, in a language and theme."""
    width, language, theme = place
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale=language, color_scheme=theme
    )
    context.set_default_timeout(60_000)
    walker = Walker(context.new_page())
    found: list[str] = []
    addresses = [(name, query) for name in registered_views() for query in asked.get(name, [""])]
    for number, (name, query) in enumerate(addresses):
        walker.open(f"{address}/{name}?{query}")
        found += [*walker.faults(), *walker.boxes(), *walker.foreign(language)]
        if walker.page.locator("[data-testid=stException]").count():
            found.append(f"{name}: an exception")
        if pictures := os.environ.get("WALK_PICTURES"):
            walker.picture(Path(pictures) / f"{number:02}_{name}_{language}_{theme}_{width}.png")
    context.close()
    return found + walker.errors + walker.elsewhere()


def _press_until(slider: Locator, shown: Locator) -> None:
    """The keyboard moves a slider, to the most that may be wrong; on a busy machine a key may come
    while the page is drawn anew, and is pressed again, as a person would."""
    from playwright.sync_api import TimeoutError as NotShown

    for _ in range(5):
        slider.focus()
        slider.press("Home")
        slider.press("End")
        with contextlib.suppress(NotShown):
            shown.wait_for(timeout=20_000)
            return
    shown.wait_for()


def test_the_sections_for_experts(screen: tuple[Walker, str], study_address: str) -> None:
    walker, language = screen
    page = walker.page
    experts, studies, by_rule, there = EXPERT[language]
    page.goto(f"{study_address}/coordination")
    walker.settle()
    page.locator("summary", has_text=experts).click()
    slider = page.locator("[data-testid=stSlider] :is(input[type=range], [role=slider])").first
    slider.wait_for(state="attached")
    walker.settle()
    assert page.get_by_text(there).count() == 0
    _press_until(slider, page.get_by_text(there).first)
    walker.settle()
    figure = page.locator("[data-testid=stSelectbox]").filter(visible=True).first
    figure.scroll_into_view_if_needed()
    figure.locator("input").click()
    page.locator(
        "[role=option]", has_text={"en": "the same address", "fr": "la même adresse"}[language]
    ).first.click()
    page.get_by_text(f"{by_rule} (2)").first.wait_for()
    walker.settle()
    account = page.locator("section.t-fact", has_text="lone0").filter(visible=True).first
    account.locator("summary").first.click()
    assert account.locator("article", has_text="twice.example").filter(visible=True).count() >= 2
    page.locator("summary", has_text=studies).click()
    page.locator("bdi", has_text="first").first.wait_for()
    walker.settle()
    assert page.locator("[data-testid=stException]").count() == 0
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    assert walker.faults() == []
    assert walker.errors == []
