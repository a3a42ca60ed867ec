"""``tocsin report``: a period, written up for a reader."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.dates import time_option, window_options
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.findings import rfc3339_or_none
from tocsin.core.messages import Message
from tocsin.core.plugins import resolve

if TYPE_CHECKING:
    from tocsin.app.monitors.files import Monitor
    from tocsin.core.workspace import Workspace

FORMATS = {
    "html": "tocsin.app.reports.page:write_html",
    "pdf": "tocsin.app.reports.printed:write_pdf",
    "pptx": "tocsin.app.reports.slides:write_pptx",
    "docx": "tocsin.app.reports.document:write_docx",
    "xlsx": "tocsin.app.reports.workbook:write_xlsx",
}
"""Format -> what writes it: ``writer(report, path)``."""


@click.command()
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), help="[that of --out, html]")
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of the report.")
@click.option("--since", help="Only posts from this time on: 2026-01-31, RFC 3339, or 7d.")
@click.option("--until", help="Only posts before this time.")
@click.option("--monitor", "name", help="Only the posts of this monitor.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write. [exports/report-DATE.FORMAT in the workspace]",
)
@click.pass_obj
def report(
    context: CommandContext,
    format_: str | None,
    lang: str | None,
    since: str | None,
    until: str | None,
    name: str | None,
    out: Path | None,
) -> None:
    """Write up a period: summary, curve, share of voice, stories, posts, coordination, method."""
    from tocsin.app.monitors.files import choose_monitors, load_monitors
    from tocsin.app.reports.content import ReportRequest, make_report
    from tocsin.core.files import write_atomically
    from tocsin.core.language.words import Words

    first, last = window_options(since, until)
    suffix = out.suffix[1:].lower() if out else ""
    kind = format_ or (suffix if suffix in FORMATS else "html")
    monitor: Monitor | None = None
    if name is not None:
        (monitor,) = choose_monitors(load_monitors(context.workspace), (name,))
    words = Words(lang, context.words.zone) if lang else context.words
    path = out or context.workspace.file(
        f"exports/report-{datetime.now(UTC):%Y-%m-%d}{f'-{name}' if name else ''}.{kind}"
    )
    if not path.absolute().parent.is_dir():
        raise ConfigError(
            Message("export.error.no_folder", {"folder": str(path.absolute().parent)})
        )
    with context.index(must_exist=True) as index:
        made = make_report(index, context.workspace, ReportRequest(words, first, last, monitor))
    try:
        with write_atomically(path) as temporary:
            resolve(FORMATS[kind])(made, temporary)
    except OSError as error:
        why = system_reason(error)
        raise ConfigError(Message("export.error.write", {"out": str(path), "why": why})) from None
    document = {
        "out": str(path),
        "format": kind,
        "language": words.code,
        "bytes": path.stat().st_size,
        "since": rfc3339_or_none(first),
        "until": rfc3339_or_none(last),
        "monitor": name,
        **made.counts,
    }
    said = Message("report_file.written", {"out": str(path), "n": made.counts["posts"]})
    context.answer(document, lambda _: context.write(said))


def answer(workspace: Workspace, index: Any, subject: str) -> Mapping[str, Any]:
    """A report for a screen: ``name`` of the file, and its ``data``; see `runtime.answers`.

    ``subject`` is JSON: ``format language since until monitor``.
    """
    from tocsin.app.monitors.checking import words_of
    from tocsin.app.monitors.files import choose_monitors, load_monitors
    from tocsin.app.reports.content import ReportRequest, make_report
    from tocsin.core.language.words import Words

    asked = json.loads(subject)
    kind, name = asked["format"], asked.get("monitor")
    monitor: Monitor | None = None
    if name:
        (monitor,) = choose_monitors(load_monitors(workspace), (name,))
    words = Words(asked["language"], words_of(workspace).zone)
    times = [time_option(asked.get(key), key) for key in ("since", "until")]
    made = make_report(index, workspace, ReportRequest(words, times[0], times[1], monitor))
    file = f"tocsin-{datetime.now(UTC):%Y-%m-%d}{f'-{name}' if name else ''}.{kind}"
    with tempfile.TemporaryDirectory(prefix="tocsin-report-") as folder:
        path = Path(folder) / file
        resolve(FORMATS[kind])(made, path)
        return {"name": file, "data": path.read_bytes()}
