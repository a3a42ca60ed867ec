"""What every command is given: workspace, index, language, and ways to answer.

A person is answered in the language of the command line (see `CommandContext.words`). JSON
documents are English, unless ``--lang`` or ``TOCSIN_LANG`` asks for a language.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tocsin.core.errors import ConfigError, Declined
from tocsin.core.messages import Message
from tocsin.core.plugins import resolve
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from index.base import Index
    from index.names.known import Written
    from index.privacy import Pseudonyms
    from tocsin.core.language.words import Words

Sentence: TypeAlias = "str | Message"
_YES = frozenset({"y", "yes", "o", "oui"})


class CommandContext:
    """One call of the command line. Commands take it with ``@click.pass_obj``.

    Args:
        home: the workspace.
        as_json: answer with JSON documents.
        language: en or fr, where the person asked for it; JSON documents are in it, too.
    """

    def __init__(self, home: Path, as_json: bool = False, language: str | None = None) -> None:
        self.home = home
        self.as_json = as_json
        self.language = language
        self._open_indices: list[Index] = []
        self._people: Pseudonyms | None = None
        self._running: list[Run] = []
        self._has_run = False
        # the index whose names were read once all runs had ended: none came since
        self._known_after_run: Index | None = None
        # a run has ended that says nothing of posts: no names need to be read to hide them
        self._tells_nothing = False

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace, its settings loaded and the log configured."""
        from tocsin.core.runtime import logs

        asked = {"language": self.language} if self.language else {}
        workspace = Workspace(self.home, asked)
        logs.configure(workspace.settings.log_level)
        return workspace

    @cached_property
    def words(self) -> Words:
        """The language in which this call talks to a person.

        It is ``--lang`` or ``TOCSIN_LANG``, else the setting ``language``, else French where the
        locale is French, else English. Times are in the time zone of the screens where one is set,
        else in that of the index. Wrong settings give the defaults: this must be able to say so.
        """
        from tocsin.core.language.words import Words, terminal_language, time_zone
        from tocsin.core.settings import Settings

        try:
            settings = self.workspace.settings
        except ConfigError:
            settings = Settings()
        language = self.language or terminal_language(settings.language, os.environ)
        return Words(language, time_zone(settings.dashboard.timezone or settings.index.timezone))

    def say(self, sentence: Sentence) -> str:
        """A sentence in the language of this call."""
        return sentence if isinstance(sentence, str) else self.words.say(sentence)

    @contextlib.contextmanager
    def index(self, *, must_exist: bool = False, shown: bool = False) -> Iterator[Index]:
        """The open index, closed at the end.

        With ``must_exist`` or ``shown`` the command shows what it reads: under pseudonyms its
        answer is searched for names. So are the warnings of a run.
        With ``must_exist`` a workspace without an index is a ConfigError that says what to do.
        """
        if (
            must_exist
            and self.workspace.settings.index.backend == "embedded"
            and not (self.home / "index.sqlite").exists()
        ):
            raise ConfigError(Message("command.no_index", {"home": str(self.home)}))
        index: Index = resolve("index.connect:open_index")(self.workspace)
        self._tells_nothing = False
        self._open_indices.append(index)
        try:
            yield index
            # what the command answers is hidden when the index is closed
            wanted = must_exist or shown or any(run.all_warnings() for run in self._running)
            if wanted and not self._tells_nothing and self._known_after_run is not index:
                self._read_names(index)
        finally:
            self._note_incidents()
            self._open_indices.remove(index)
            index.close()

    def _read_names(self, index: Index) -> None:
        """Read the names that this command's answer must not hold."""
        from index.privacy import pseudonyms
        from tocsin.core.runtime.garbage_collection import paused_garbage_collection

        if self.workspace.settings.privacy.pseudonymise:
            self._known_after_run = index if self._has_run and not self._running else None
            self._people = pseudonyms(self.workspace, index)
            with paused_garbage_collection():  # many names, and no circles among them
                self._people.mask.prepare(
                    self._written_texts if index.backend == "embedded" else None
                )

    def _written_texts(self) -> Iterator[Written]:
        """Some posts of the index, which is opened again where it was closed."""
        from index.privacy import sample_texts

        if self._open_indices:
            yield from sample_texts(self._open_indices[-1])
            return
        with contextlib.closing(resolve("index.connect:open_index")(self.workspace)) as index:
            yield from sample_texts(index)

    def people(self) -> Pseudonyms | None:
        """What hides the accounts of the index that is open; None where names are real."""
        if self._people is None and self._open_indices and not self._tells_nothing:
            self._read_names(self._open_indices[-1])
        return self._people

    def hide(self, value: Any) -> Any:
        """An answer as it may leave: under pseudonyms no name of an account stands in its texts.

        Of a workspace that no command has read yet nothing is known, and all passes.
        """
        people = self.people()
        return value if people is None else people.hide(value)

    def _note_incidents(self) -> None:
        """The report of a run says what its index had to wait for."""
        for run in self._running:
            for index in self._open_indices:
                for sentence in index.incidents():
                    run.warn(sentence)

    @contextlib.contextmanager
    def run(self, command: str, *, quotes: bool = True) -> Iterator[Run]:
        """A run whose report is this command's answer, also where it stops or fails.

        Without ``quotes`` the report holds counts alone, and words of posts in nothing but what it
        warns of: where it ends well without a warning no names are read to be hidden in it.
        """
        run = Run(self.workspace, command, show=not self.as_json)
        try:
            with run:
                self._running.append(run)
                try:
                    yield run
                finally:
                    self._note_incidents()
                    self._running.remove(run)
                    self._has_run = True
        finally:
            self._tells_nothing = not (quotes or run.error or run.all_warnings())
            self.answer(
                run.report(say=self.say_in_json),
                lambda _: self._print_report(run),
            )

    @cached_property
    def console(self) -> Console:
        """Where tables for a person go."""
        from tocsin.core.runtime.terminal import Terminal

        return Terminal()

    def answer(self, document: Any, human: Callable[[Console], None] | None = None) -> None:
        """One JSON document on stdout, or, for a person, what ``human`` prints."""
        if self.as_json or human is None:
            self.line(document)
        else:
            human(self.console)

    def line(self, document: Any) -> None:
        """One JSON line on stdout, at once: for commands that answer in JSON lines."""
        json.dump(self.hide(document), sys.stdout, ensure_ascii=False, default=self._as_json)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def table(
        self, title: Sentence, columns: Sequence[Sentence], rows: Sequence[Sequence[Any]]
    ) -> None:
        """A table for a person; messages are put into words, cells never read as markup.

        Where the terminal is too narrow for it, each row is some lines instead: ids and words
        stay whole.
        """
        from rich.table import Table

        from tocsin.core.runtime.terminal import column_widths

        if not rows:
            self.console.print(self._text(Message("command.empty_table", {"title": title})))
            return
        heads = [self._text(column) for column in columns]
        cells = [[self._text(cell) for cell in row] for row in rows]
        plain = [[cell.plain for cell in row] for row in (heads, *cells)]
        widths = column_widths(plain, self.console.width)
        if widths is None:
            self._rows_as_lines(title, heads, cells)
            return
        table = Table(title=self._text(title), title_justify="left")
        for head, width in zip(heads, widths, strict=True):
            table.add_column(head, width=width, overflow="fold")
        for row in cells:
            table.add_row(*row)
        self.console.print(table)

    def _rows_as_lines(
        self, title: Sentence, heads: Sequence[Text], rows: Sequence[Sequence[Text]]
    ) -> None:
        """A table whose rows are lines: what is short on the first, below it each long text."""
        from rich.padding import Padding
        from rich.text import Text

        from tocsin.core.runtime.terminal import long_columns

        long = long_columns([[cell.plain for cell in row] for row in rows])
        self.console.print(self._text(title, "italic"))
        for row in rows:
            fields: tuple[list[str], list[str]] = ([], [])
            for at, (head, cell) in enumerate(zip(heads, row, strict=True)):
                named = Message("command.field", {"name": head.plain, "value": cell.plain})
                said = self.say(named) if at and head.plain else cell.plain
                if cell.plain.strip():
                    fields[long[at]].append(said)
            self.console.print(Text(" · ".join(fields[0]), style="bold"))
            for said in fields[1]:
                self.console.print(Padding(Text(said), (0, 0, 0, 4)))

    def listing(
        self, title: Sentence, entries: Sequence[tuple[Sentence, Sentence]], *, none: bool = False
    ) -> None:
        """Entries for a person, each a line and below it a sentence too long for a column; an
        entry without a line goes on with the one before.

        With ``none`` a title above nothing says that there are none.
        """
        from rich.padding import Padding

        if none and not entries:
            self.console.print(self._text(Message("command.empty_table", {"title": title})))
            return
        self.console.print(self._text(title, "italic"))
        for line, sentence in entries:
            if line:
                self.console.print(self._text(line, "bold"))
            self.console.print(Padding(self._text(sentence), (0, 0, 0, 4)))

    def confirm(self, question: Message) -> None:
        """Ask a yes or no on stderr, in the reader's language; goes on where it is yes.

        Raises:
            Declined: it is not yes.
            ConfigError: nobody can be asked, as in a script.
        """
        sys.stderr.write(f"{self.say(question)} [{self.say(Message('command.yes_or_no'))}] ")
        sys.stderr.flush()
        said = sys.stdin.readline()
        if not said:
            sys.stderr.write("\n")
            raise ConfigError(Message("command.nobody_asked"))
        if said.strip().casefold() not in _YES:
            raise Declined(Message("command.declined"))

    def write(self, *sentences: Sentence) -> None:
        """Sentences for a person, each on a line of its own; printed as they are."""
        for sentence in sentences:
            self.console.print(self.say(self.hide(sentence)), markup=False, highlight=False)

    def _text(self, cell: Any, style: str = "") -> Text:
        from rich.text import Text

        from tocsin.core.runtime.logs import redact
        from tocsin.core.runtime.terminal import hold

        shown = self.hide(cell)
        if isinstance(shown, (int, datetime, tuple, list)) and not isinstance(shown, bool):
            shown = Message("text.value", {"value": shown})
        text = self.say(shown) if isinstance(shown, Message) else str(shown)
        return Text(hold(redact(text)), style=style)

    def _print_report(self, run: Run) -> None:
        from tocsin.core.language.words import counted

        report = run.report()
        outcomes = [counted("outcome", name, n) for name, n in report["fates"].items()]
        told = {
            "command": report["command"],
            "status": Message(f"run.{report['status']}"),
            "n": report["seen"],
            "outcomes": outcomes or Message("run.nothing_to_do"),
            "seconds": report["seconds"],
        }
        # one that was stopped or failed had something to do, and did none of it
        is_bare = not outcomes and report["status"] != "done"
        line = Message("run.nothing_done" if is_bare else "run.report", told)
        self.write(line, *(Message("run.note", {"sentence": s}) for s in run.all_warnings()))

    def say_in_json(self, sentence: Sentence) -> str:
        """A sentence in JSON: English, unless the command line asks for a language."""
        return self.say(sentence) if self.language else str(sentence)

    def _as_json(self, value: Any) -> Any:
        from tocsin.core.findings import rfc3339

        if isinstance(value, datetime):
            return rfc3339(value)
        if isinstance(value, Message):
            return self.say_in_json(value)
        if isinstance(value, (tuple, set, frozenset)):
            return list(value)
        if hasattr(value, "item"):
            return value.item()
        raise TypeError(f"{type(value).__name__} cannot be written as JSON")
