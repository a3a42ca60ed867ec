"""Pictures of every page in both languages, for the README and for looking at: ``python -m dashboard.screenshots --home HOME --out DIR``.

Needs playwright and a Chromium. Starts a dashboard of its own on a free port and stops it afterwards.
"""

from __future__ import annotations

import argparse
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

from dashboard.server import HOST
from dashboard.views import VIEWS
from tocsin.core.errors import ConfigError

WIDTH = 1440
_START_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A dashboard of a workspace in a process of its own; its address.

    Raises:
        ConfigError: it does not answer within a minute; its last words are said.
    """
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
                said = process.communicate()[0].decode("utf-8", "replace")[-400:]
                raise ConfigError(f"the dashboard of {home} does not start: {said}")
            time.sleep(0.2)
        yield address
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
    return next(
        (
            found
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (found := shutil.which(name))
        ),
        None,
    )


def take(home: Path, out: Path, themes: Sequence[str] = ("light", "dark")) -> list[Path]:
    """A picture of each page in each language and theme; their files.

    Raises:
        ConfigError: playwright or Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise ConfigError(
            "pictures need playwright; install the development packages (`make install`)"
        ) from None
    browser_path = chromium()
    if browser_path is None:
        raise ConfigError("pictures need Chromium; install it (Debian: apt install chromium)")
    out.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    with served(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for theme in themes:
            for language in ("en", "fr"):
                context = browser.new_context(
                    viewport={"width": WIDTH, "height": 1000},
                    color_scheme=theme,  # type: ignore[arg-type]
                    locale=language,
                )
                page = context.new_page()
                for number, view in enumerate(VIEWS):
                    page.goto(f"{address}/{view if number else ''}?lang={language}")
                    page.wait_for_selector("h1")
                    page.wait_for_function(
                        "!document.querySelector('[data-testid=stStatusWidget]')"
                    )
                    page.wait_for_function(
                        "!document.querySelector('[data-testid=stSkeleton], [data-stale=true]')"
                    )
                    page.wait_for_timeout(1_500)
                    height = (
                        int(
                            page.evaluate(
                                "document.querySelector('[data-testid=stMainBlockContainer]')?.scrollHeight ?? 1000"
                            )
                        )
                        + 60
                    )
                    page.set_viewport_size({"width": WIDTH, "height": min(6_000, max(900, height))})
                    page.wait_for_function(
                        "!document.querySelector('[data-testid=stSkeleton], [data-stale=true]')"
                    )
                    page.wait_for_timeout(1_200)
                    path = out / f"{view}_{language}_{theme}.png"
                    page.screenshot(path=path)
                    made.append(path)
                    page.set_viewport_size({"width": WIDTH, "height": 1000})
                context.close()
        browser.close()
    return made


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.screenshots", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the workspace to show")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    parser.add_argument(
        "--theme",
        action="append",
        choices=("light", "dark"),
        help="light, dark; both where not said",
    )
    given = parser.parse_args()
    try:
        for path in take(given.home, given.out, given.theme or ("light", "dark")):
            print(path)
    except ConfigError as error:
        sys.exit(f"tocsin: {error}")


if __name__ == "__main__":
    main()
