"""A case in a real Chromium: three pins from three pages, a note, two exports opened again."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pypdf
import pytest

from dashboard.screenshots import chromium, serve_dashboard
from tests.dashboard.world import World

pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="needs Chromium"),
    pytest.mark.xdist_group("browser"),
]


def download(page: Any, format_: str, suffix: str) -> bytes:
    page.locator(".st-key-case_format input").click()
    page.keyboard.type(format_)
    page.keyboard.press("Enter")
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Export").click()
    button = page.get_by_role("button", name=re.compile(rf"tocsin-c1-.*\.{suffix}"))
    with page.expect_download() as begun:
        button.click()
    return Path(begun.value.path()).read_bytes()


def test_three_pins_a_note_and_two_exports(browser: Any, own_world: World) -> None:
    with serve_dashboard(own_world.home) as address:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en")
        context.set_default_timeout(60_000)
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(f"{address}/coordination?cluster=c-water&lang=en")
        page.get_by_role("link", name="Pin to a case").first.click()
        page.get_by_label("Or a new case: its title").fill("Who pays for the dam?")
        page.get_by_role("button", name="Begin it and pin").click()
        page.get_by_text("as p1.").wait_for()
        for place, pin in (("explore?q=barrage&lang=en", "p2"), ("today?lang=en", "p3")):
            page.goto(f"{address}/{place}")
            page.get_by_role("link", name="Pin to a case").first.click()
            page.get_by_role("button", name="c1 · Who pays").click()
            page.get_by_text(f"as {pin}.").wait_for()
        page.get_by_role("link", name="Open the case").click()
        page.get_by_label("A new note").fill("Ask the water board")
        page.get_by_role("button", name="Write it down").click()
        page.locator("article", has_text="Ask the water board").wait_for()
        pages = pypdf.PdfReader(io.BytesIO(download(page, "PDF", "pdf"))).pages
        text = " ".join(" ".join(one.extract_text() for one in pages).split())
        assert "Who pays for the dam?" in text
        assert "Ask the water board" in text
        with zipfile.ZipFile(io.BytesIO(download(page, "Evidence pack", "zip"))) as packed:
            case = json.loads(packed.read("case.json"))
            assert [pin["kind"] for pin in case["pins"]] == ["cluster", "post", "signal"]
            assert packed.read("posts.jsonl").count(b"\n") > 20
        assert errors == []
        context.close()
