"""Pictures of every page in both languages, for the README and for looking at.

``python -m dashboard.screenshots --home HOME --out DIR`` needs playwright and a Chromium. It starts
a dashboard of its own on a free port and stops it afterwards.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.server import HOST
from dashboard.views import registered_views
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import LANGUAGES
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH = 1440
HEIGHT = 1000
MAX_HEIGHT = 6_000
_START_SECONDS = 60
_DRAWN = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const unfinished = '[data-testid=stSkeleton], [data-stale=true]';
    return app?.dataset.testScriptState === 'notRunning' && !document.querySelector(unfinished);
}"""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve_dashboard(home: Path) -> Iterator[str]:
    """A dashboard of a workspace in a process of its own; its address.

    Raises:
        ConfigError: it does not answer within a minute; its last words are said.
    """
    with dashboard_process(home) as (address, _):
        yield address


@contextmanager
def dashboard_process(home: Path) -> Iterator[tuple[str, int]]:
    """As `serve_dashboard`; its address and the id of its process."""
    port = free_port()
    command = [
        sys.executable,
        "-c",
        "from tocsin.app.cli import main; main()",
        "--home",
        str(home),
        "dashboard",
        "--no-browser",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    address = f"http://{HOST}:{port}"
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                output = process.communicate()[0].decode("utf-8", "replace")[-400:]
                raise ConfigError(
                    Message("fault.screens.no_start", {"home": str(home), "output": str(output)})
                )
            time.sleep(0.2)
        yield address, process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def chromium() -> str | None:
    """Where a Chromium is, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return None


def take(
    home: Path,
    out: Path,
    themes: Sequence[str] = ("light", "dark"),
    widths: Sequence[int] = (WIDTH,),
) -> list[Path]:
    """A picture of each page in each language, theme and width; their files.

    Raises:
        ConfigError: playwright or Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise ConfigError(Message("fault.screens.no_playwright")) from None
    browser_path = chromium()
    if browser_path is None:
        raise ConfigError(Message("fault.screens.no_chromium"))
    out.mkdir(parents=True, exist_ok=True)
    pictures: list[Path] = []
    with serve_dashboard(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for theme, language, width in itertools.product(themes, LANGUAGES, widths):
            context = browser.new_context(
                viewport={"width": width, "height": HEIGHT},
                color_scheme=theme,  # type: ignore[arg-type]
                locale=language,
            )
            page = context.new_page()
            suffix = "" if width == WIDTH else f"_{width}"
            for number, view in enumerate(registered_views()):
                page.goto(f"{address}/{view if number else ''}?lang={language}")
                picture = out / f"{view}_{language}_{theme}{suffix}.png"
                _take_whole_page(page, picture, width)
                pictures.append(picture)
            context.close()
        browser.close()
    return pictures


def _take_whole_page(page: Page, picture: Path, width: int) -> None:
    """A picture of all of a page: Streamlit scrolls inside, so the window is made as high."""
    wait_until_drawn(page)
    page.wait_for_timeout(1_500)
    height = page.evaluate(
        "document.querySelector('[data-testid=stMainBlockContainer]')?.scrollHeight ?? 1000"
    )
    window = min(MAX_HEIGHT, max(900, int(height) + 60))
    page.set_viewport_size({"width": width, "height": window})
    wait_until_drawn(page)
    page.wait_for_timeout(1_200)
    page.screenshot(path=picture)
    page.set_viewport_size({"width": width, "height": HEIGHT})


def wait_until_drawn(page: Page, title: str = "") -> None:
    """Wait until the page (of this title) is drawn whole and its script has ended.

    Streamlit draws a page piece by piece and shows its running mark only after a while, so that
    the state of the script is asked for; twice, since an answer may start it again.
    """
    page.wait_for_selector(f"h1:has-text('{title}')" if title else "h1")
    for _ in range(2):
        page.wait_for_function(_DRAWN)
        page.wait_for_timeout(300)


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.screenshots", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the workspace to show")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    parser.add_argument(
        "--theme", action="append", choices=("light", "dark"), help="light, dark; default: both"
    )
    parser.add_argument(
        "--width", action="append", type=int, help=f"width in pixels; default: {WIDTH}"
    )
    arguments = parser.parse_args()
    themes, widths = arguments.theme or ("light", "dark"), arguments.width or (WIDTH,)
    try:
        for picture in take(arguments.home, arguments.out, themes, widths):
            print(picture)
    except ConfigError as error:
        sys.exit(f"tocsin: {error}")


if __name__ == "__main__":
    main()
