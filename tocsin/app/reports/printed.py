"""A report as PDF: its page printed by WeasyPrint, or by Chromium where Pango is not at hand."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

from tocsin.app.reports.model import Report
from tocsin.app.reports.page import as_html
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SECONDS = 120


_RARE = re.compile(r"[\u0700-\u1dff\u2c00-\ufb4f\ufe00-\ufe6f\uff00-\uffff\U00010000-\U0010ffff]+")
"""Letters and pictures that the fonts of a plain machine may lack."""
_TEXT = re.compile(r">([^<]+)<")


def write_pdf(report: Report, path: Path) -> None:
    """Print the page.

    Raises:
        ConfigError: neither WeasyPrint with its libraries nor Chromium is there; what to install.
    """
    text = _apart(as_html(report))
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import weasyprint
            import weasyprint.urls
    except (ImportError, OSError) as error:
        if not _by_chromium(text, path):
            raise ConfigError(Message("report_file.no_pdf", {"why": str(error)[:200]})) from None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        # a report reads what stands in the page itself, and nothing from elsewhere
        fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",), allow_redirects=False)
        weasyprint.HTML(string=text, url_fetcher=fetcher).write_pdf(path)


def _apart(page: str) -> str:
    """The page with rare signs in a font of their own.

    A font that lacks one sign gets a table by which some readers find no text at all in it: the
    loss stays with the signs that are lost.
    """
    head, body = page.split("<body>", 1)

    def wrap(found: re.Match[str]) -> str:
        return ">" + _RARE.sub(lambda rare: f'<span class="r">{rare[0]}</span>', found[1]) + "<"

    return f"{head}<body>{_TEXT.sub(wrap, body)}"


def _by_chromium(text: str, path: Path) -> bool:
    """Print by Chromium; whether there is one, and it did."""
    program = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        return False
    with tempfile.TemporaryDirectory(prefix="tocsin-report-") as folder:
        page = Path(folder) / "report.html"
        page.write_text(text, encoding="utf-8", errors="replace")
        call = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile", f"--print-to-pdf={path}", page.as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(call, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return False
    return path.is_file()
