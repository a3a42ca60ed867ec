"""What strangers wrote is text on every page of the registry, whatever field it stands in."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dashboard.screenshots import chromium, serve_dashboard
from dashboard.views import registered_views
from tests.dashboard.hostile import HOSTILE, plant_hostile
from tests.dashboard.pages import Visit, text
from tocsin.core.language.words import Words

BUGS = tuple(Words(code)("trouble.bug") for code in ("en", "fr"))
ASKED = {
    "explore": {"q": "dam"},
    "spread": {"q": "dam"},
    "trends": {"by": "narrative", "period": "all"},
    "source": {"subject": "news.example"},
    "coordination": {"cluster": "c1"},
    "today": {"period": "7d"},
}
SHOWING = {"today", "timeline", "explore", "narratives", "trends"}
"""Pages on which these strings stand for sure."""
FORBIDDEN = {"script", "iframe", "img", "object", "embed", "form", "base", "meta", "link", "math"}
SAFE = re.compile(r"(https?://[^\s@\\]*$|/?[a-z]*(\?|$)|#)")


@pytest.fixture(scope="module")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home: Path = tmp_path_factory.mktemp("hostile") / "home"
    plant_hostile(home)
    return home


class Unsafe(HTMLParser):
    """Collects what could run or lead away."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "srcdoc", "formaction"):
                self.found.append(f"{tag} {name}={value}")
            if name in ("href", "xlink:href") and not SAFE.match(value or ""):
                self.found.append(f"{tag} {name}={value}")


def test_there_are_two_hundred() -> None:
    assert len(set(HOSTILE)) == 200


@pytest.mark.parametrize("page", registered_views())
def test_nothing_of_it_is_markup(visit: Visit, hostile_home: Path, page: str) -> None:
    test = visit(hostile_home, page, **ASKED.get(page, {}))
    said = text(test)
    assert not test.exception
    assert not any(sentence in said for sentence in BUGS), page
    assert page not in SHOWING or "window.owned" in said, page
    unsafe = Unsafe()
    for element in test.get("html"):
        if "<style>" not in element.proto.body:
            unsafe.feed(element.proto.body)
    assert unsafe.found == []
    for kind in ("button", "expander", "page_link", "markdown", "caption"):
        for element in test.get(kind):
            label = str(getattr(element, "label", "") or getattr(element, "value", "") or "")
            plain = re.sub(r":gray\[[^\]]*\]$", "", label)
            assert not re.search(r"(?<!\\)(<[a-z!/]|!?\[[^\]]*\]\()", plain), (kind, label)
            assert not re.search(r"(?<!\\):(material/|red\[)", plain), (kind, label)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(chromium() is None, reason="needs Chromium")
@pytest.mark.xdist_group("browser")
def test_nothing_of_it_runs(browser: Any, hostile_home: Path) -> None:
    from tests.dashboard.walk import Walker

    with serve_dashboard(hostile_home) as address:
        walker = Walker(browser.new_page())
        walker.page.set_default_timeout(60_000)
        for page in registered_views():
            asked = "&".join(f"{name}={value}" for name, value in ASKED.get(page, {}).items())
            walker.open(f"{address}/{page}?lang=en&{asked}")
            assert walker.page.evaluate("window.owned") is None, page
            assert walker.page.locator("a[href^='javascript' i]").count() == 0, page
        walker.page.close()
    assert walker.dialogs == []
    assert walker.errors == []
    assert walker.elsewhere() == []
