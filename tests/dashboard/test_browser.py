"""The dashboard in a real Chromium.

It draws, asks nobody else, runs nothing of strangers, and leads to the posts in two clicks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from dashboard.screenshots import chromium, wait_until_drawn

pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="needs Chromium"),
    pytest.mark.xdist_group("browser"),
]
MENU = {
    "en": ("Today", "Explore", "Coordination", "Source"),
    "fr": ("Aujourd’hui", "Explorer", "Coordination", "Source"),
}


@dataclass
class Witness:
    """What a page did: addresses it asked, console errors, dialogs."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def elsewhere(self) -> list[str]:
        """Requests that left the machine."""
        return [
            url
            for url in self.requests
            if not re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:|about:", url)
        ]


@pytest.fixture
def witness(browser: Any, request: pytest.FixtureRequest) -> Iterator[Witness]:
    theme, language = getattr(request, "param", ("light", "en"))
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, color_scheme=theme, locale=language
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    seen = Witness(page)
    page.on("request", lambda r: seen.requests.append(r.url))
    page.on("websocket", lambda s: seen.requests.append(s.url))
    page.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: seen.errors.append(str(e)))
    page.on("dialog", lambda d: (seen.dialogs.append(d.message), d.dismiss()))
    yield seen
    context.close()


@pytest.mark.parametrize(
    "witness",
    [(t, c) for t in ("light", "dark") for c in ("en", "fr")],
    indirect=True,
    ids=lambda p: "-".join(p),
)
def test_every_page_draws_and_asks_nobody_else(
    witness: Witness, address: str, request: pytest.FixtureRequest
) -> None:
    theme, code = request.node.callspec.params["witness"]
    page = witness.page
    page.goto(address)
    for title in MENU[code]:
        page.locator("[data-testid=stSidebarNav]").get_by_text(title, exact=True).click()
        wait_until_drawn(page, title)
        assert page.locator("[role=alert], [data-testid=stException]").count() == 0
        charted = "[data-testid=stVegaLiteChart] :is(canvas, svg)"
        page.wait_for_selector(charted if title != "Source" else ".t-list a")  # charts are drawn
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    red = int(re.findall(r"\d+", background)[0])
    assert red > 200 if theme == "light" else red < 60
    ink = page.evaluate("getComputedStyle(document.querySelector('.t-soft,.t-note')).color")
    assert ink != background
    assert witness.elsewhere() == []
    assert witness.errors == []
    assert witness.dialogs == []


def test_hostile_posts_run_nothing(witness: Witness, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/explore?q=hostilepost")
    wait_until_drawn(page, "Explore")
    page.wait_for_selector("article")
    assert page.locator("article").count() == 4
    page.locator("article summary").first.click()
    assert page.title() != "owned"
    active = (
        "article img, article script, [data-testid=stMain] button :is(a, img), "
        "a[href^='javascript']"
    )
    assert page.locator(active).count() == 0
    assert "<script>document.title='owned'</script>" in page.locator("article").first.inner_text()
    page.goto(address)
    wait_until_drawn(page, "Today")
    assert page.locator("table img").count() == 0
    assert witness.elsewhere() == []
    assert witness.dialogs == []


def test_from_a_flagged_account_to_its_posts_in_two_clicks(witness: Witness, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/coordination")
    wait_until_drawn(page, "Coordination")
    page.get_by_role(
        "button", name="Open", exact=True
    ).first.click()  # the other group, so that the flagged one needs a click
    page.wait_for_selector("text=12 accounts are coordinated")
    page.get_by_role("button", name="Open", exact=True).first.click()  # one
    page.wait_for_selector("text=14 accounts are coordinated")
    page.locator("[data-testid=stButtonGroup] button", has_text="user_7000").click()  # two
    page.wait_for_selector("text=degree of coordination 0.95")
    wait_until_drawn(page, "Coordination")
    first = page.locator("section article").first
    assert "@user_7000" in first.inner_text()
    assert first.locator("time").count() == 1
    assert page.locator("section article").count() >= 9


def test_a_link_can_be_sent(witness: Witness, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/explore?q=barrage&range=3d&order=oldest&lang=fr")
    wait_until_drawn(page, "Explorer")
    page.wait_for_function(
        "document.querySelector('input[aria-label=Requête]')?.value === 'barrage'"
    )
    # links of before name the period otherwise
    page.wait_for_function("location.search.includes('period=3d')")
    page.locator("[data-testid=stButtonGroup] button", has_text="Tout").click()
    page.wait_for_function("!location.search.includes('period=')")
    assert "q=barrage" in page.url
    assert "order=oldest" in page.url
    assert witness.errors == []
    assert witness.elsewhere() == []


def test_the_keyboard_reaches_everything(witness: Witness, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/explore?q=dam")
    wait_until_drawn(page, "Explore")
    wanted = {"Today", "24 hours", "INPUT", "Without flagged", "Download the posts", "Next",
              "#valmont"}  # fmt: skip
    script = """() => {
        const here = document.activeElement;
        return here.tagName + ' ' + (here.textContent || '').slice(0, 60);
    }"""
    for _ in range(200):
        page.keyboard.press("Tab")
        here = page.evaluate(script)
        wanted = {part for part in wanted if part not in here}
        if not wanted:
            break
    assert not wanted


def test_nobody_from_elsewhere_may_connect(address: str) -> None:
    import http.client

    host = address.removeprefix("http://")
    for headers in (
        {"Origin": "http://evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ):
        connection = http.client.HTTPConnection(host, timeout=10)
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        }
        connection.request("GET", "/_stcore/stream", headers=upgrade | headers)
        assert connection.getresponse().status == 403
        connection.close()


def test_from_a_site_to_the_posts_that_link_to_it(witness: Witness, address: str) -> None:
    page = witness.page
    page.goto(f"{address}/source")
    wait_until_drawn(page, "Source")
    page.get_by_role("textbox", name="A domain, the address of a page").fill(
        "https://gazette.example/valmont-dam"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector("text=gazette.example · ")
    page.locator("[data-testid=stExpander] summary").first.click()
    page.wait_for_selector("[data-testid=stExpander] article >> text=gazette.example")
    page.get_by_role("link", name="All posts that link to it").click()
    wait_until_drawn(page, "Explore")
    assert page.get_by_role("textbox", name="Query").input_value() == "domain:gazette.example"
    assert witness.elsewhere() == []
