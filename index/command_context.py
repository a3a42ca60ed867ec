"""What every command is given: the workspace, the index when asked, and how to answer."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.plugins import resolve
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import Console


class App:
    """One call of the command line. Commands take it with ``@click.pass_obj``."""

    def __init__(self, home: Path, as_json: bool = False) -> None:
        self.home = home
        self.as_json = as_json
        self._opened: list[Any] = []
        self._running: list[Run] = []

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace, its settings loaded and the log configured."""
        from tocsin.core.runtime import logs

        made = Workspace(self.home)
        logs.configure(made.settings.log_level)
        return made

    @contextlib.contextmanager
    def index(self, *, must_exist: bool = False) -> Iterator[Any]:
        """The open index (an `index.base.Index`), closed at the end.

        With ``must_exist`` a workspace without an index is a ConfigError that says what to do.
        """
        if (
            must_exist
            and self.workspace.settings.index.backend == "embedded"
            and not (self.home / "index.sqlite").exists()
        ):
            raise ConfigError(
                f"there is no index in {self.home} yet; run `tocsin import FILE` or `tocsin crawl` first, or choose another --home"
            )
        opened = resolve("index.connect:open_index")(self.workspace)
        self._opened.append(opened)
        try:
            yield opened
        finally:
            self._note_incidents()
            self._opened.remove(opened)
            opened.close()

    def _note_incidents(self) -> None:
        """The report of a run says what its index had to wait for."""
        for run in self._running:
            for opened in self._opened:
                for sentence in opened.incidents():
                    run.warn(sentence)

    @contextlib.contextmanager
    def run(self, command: str) -> Iterator[Run]:
        """A run whose report is this command's answer, also where it stops or fails."""
        run = Run(self.workspace, command, show=not self.as_json)
        try:
            with run:
                self._running.append(run)
                try:
                    yield run
                finally:
                    self._note_incidents()
                    self._running.remove(run)
        finally:
            report = run.report()
            self.answer(report, lambda console: _print_report(console, report))

    @cached_property
    def console(self) -> Console:
        """Where tables for a person go."""
        from rich.console import Console

        return Console()

    def answer(self, document: Any, human: Callable[[Console], None] | None = None) -> None:
        """One JSON document on stdout, or, for a person, what ``human`` prints."""
        if self.as_json or human is None:
            json.dump(document, sys.stdout, ensure_ascii=False, default=_default)
            sys.stdout.write("\n")
            sys.stdout.flush()
        else:
            human(self.console)

    def line(self, document: Mapping[str, Any]) -> None:
        """One JSON line on stdout, at once: for commands that answer in JSON lines."""
        json.dump(document, sys.stdout, ensure_ascii=False, default=_default)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A table for a person; cells are printed as they are, never as markup."""
        from rich.table import Table
        from rich.text import Text

        from tocsin.core.runtime.logs import redact

        if not rows:
            self.console.print(Text(f"{title}: none"))
            return
        table = Table(title=Text(title), title_justify="left")
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*(Text(redact(str(cell))) for cell in row))
        self.console.print(table)

    def listing(self, title: str, entries: Sequence[tuple[str, str]]) -> None:
        """Entries for a person, each a line and below it a sentence too long for a column; printed as they are."""
        from rich.padding import Padding
        from rich.text import Text

        from tocsin.core.runtime.logs import redact

        self.console.print(Text(redact(title), style="italic"))
        for line, sentence in entries:
            self.console.print(Text(redact(line), style="bold"))
            self.console.print(Padding(Text(redact(sentence)), (0, 0, 0, 4)))


def when(text: str | None, name: str) -> datetime | None:
    """The time a person gave: RFC 3339, a date, or how long ago (``24h``, ``7d``).

    Raises:
        ConfigError: it is none of these.
    """
    if not text:
        return None
    from datetime import timedelta

    units = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    if text[:-1].isdigit() and text[-1] in units:
        return datetime.now(UTC) - timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{name} {text!r} is no time; write 2026-01-31, 2026-01-31T12:00:00Z or 24h, 7d"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _default(value: Any) -> Any:
    from tocsin.core.findings import rfc3339

    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _print_report(console: Console, report: Mapping[str, Any]) -> None:
    from rich.markup import escape

    fates = ", ".join(f"{n} {fate}" for fate, n in report["fates"].items()) or "nothing to do"
    console.print(
        escape(
            f"{report['command']} {report['status']}: {report['seen']} seen ({fates}) in {report['seconds']} s"
        ),
        highlight=False,
    )
    for sentence in report["warnings"]:
        console.print(escape(f"  note: {sentence}"), highlight=False)
