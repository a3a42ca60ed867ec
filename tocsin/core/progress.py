"""The record of a run: the terminal, the log and the dashboard read the same one.

A `Run` counts every fate of what it saw (their sum is ``seen``), beats, and is written to
``runs/RUN_ID.json`` of the workspace by an atomic rename, at most twice a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from tocsin.core.errors import Abort, Interrupted, TocsinError
from tocsin.core.files import write_text_atomically
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message, decode_message, encode_message

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

T = TypeVar("T")
MAX_WARNINGS = 100


class Run:
    """One execution of a command: a context manager.

    ``done`` where the block ends, ``stopped`` where it is interrupted or aborts (the command
    resumes), ``failed`` where it raises anything else.
    """

    def __init__(self, workspace: Workspace, command: str, *, show: bool = False) -> None:
        self.started_at = datetime.now(UTC)
        self.command = command
        started = f"{self.started_at:%Y%m%dT%H%M%S}{self.started_at.microsecond // 1000:03d}"
        self.run_id = f"{started}-{command}-{os.getpid()}"
        self.path: Path = workspace.folder("runs") / f"{self.run_id}.json"
        self.settings_hash = workspace.settings.hash()
        self.status = "running"
        self.fates: Counter[str] = Counter()
        self.warnings: list[str | Message] = []
        self.suppressed_warnings = 0
        self.cursor: str | None = None
        self.stage = ""
        self.facts: dict[str, Any] = {}
        self.error: str | Message = ""
        self._clock = time.monotonic()
        self._written = 0.0
        self._show = show and sys.stderr.isatty()
        self._interrupted = False

    def count(self, fate: str, number: int = 1) -> None:
        """Count what became of items: created, duplicate, rejected, quarantined..."""
        if number:
            self.fates[fate] += number

    def warn(self, sentence: str | Message) -> None:
        """Keep a sentence for the report; at most 100 different ones."""
        if sentence in self.warnings:
            return
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(sentence)
        else:
            self.suppressed_warnings += 1

    def all_warnings(self) -> list[str | Message]:
        """The sentences kept, and how many more there were."""
        if not self.suppressed_warnings:
            return list(self.warnings)
        return [*self.warnings, Message("run.more_warnings", {"n": self.suppressed_warnings})]

    def beat(self, *, stage: str | None = None, cursor: str | None = None) -> None:
        """Say that the run is alive, and where it is. Raises Interrupted after an interrupt."""
        if stage is not None:
            self.stage = stage
        if cursor is not None:
            self.cursor = cursor
        if self._interrupted:
            raise Interrupted(Message("run.interrupted"))
        if time.monotonic() - self._written > 0.5:
            self.write()

    def track(self, items: Iterable[T], *, total: int | None = None, what: str = "") -> Iterator[T]:
        """The items, with a progress bar on stderr where a person watches, and a beat for each."""
        if not self._show:
            for item in items:
                yield item
                self.beat(stage=what or None)
            return
        from rich.console import Console
        from rich.progress import track

        for item in track(
            items,
            description=what or self.command,
            total=total,
            console=Console(stderr=True),
            transient=True,
        ):
            yield item
            self.beat(stage=what or None)

    def report(self, say: Callable[[str | Message], str] = str) -> dict[str, Any]:
        """The answer of the command, as docs/command_line.md says; the fates add up to ``seen``.

        Args:
            say: puts a warning into words; English without it.
        """
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "run_id": self.run_id,
            "command": self.command,
            "status": self.status,
            "seen": sum(self.fates.values()),
            "fates": dict(sorted(self.fates.items())),
            "seconds": round(time.monotonic() - self._clock, 3),
            "peak_mb": round(peak, 1),
            "warnings": [say(warning) for warning in self.all_warnings()],
            **self.facts,
        }

    def write(self) -> None:
        """Write the record; a full disk costs the record, never the run."""
        self._written = time.monotonic()
        record = self.report() | {
            "started_at": rfc3339(self.started_at),
            "heartbeat_at": rfc3339(datetime.now(UTC)),
            "cursor": self.cursor,
            "stage": self.stage,
            "settings_hash": self.settings_hash,
            "pid": os.getpid(),
            "error": str(self.error),
            "messages": encode_message(self.all_warnings()),
            "error_message": encode_message(self.error),
        }
        text = json.dumps(record, ensure_ascii=False, indent=1, default=str)
        with contextlib.suppress(OSError):
            write_text_atomically(self.path, text, durable=False)

    def __enter__(self) -> Run:
        self._handlers = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):  # not in the main thread
                self._handlers[number] = signal.signal(number, self._interrupt)
        self.write()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if error is None:
            self.status = "done"
        else:
            self.status = "stopped" if isinstance(error, (Abort, KeyboardInterrupt)) else "failed"
            said = error.message if isinstance(error, TocsinError) else str(error)
            self.error = said or type(error).__name__
        self.write()

    def _interrupt(self, *_: Any) -> None:
        if self._interrupted:  # the second time: at once
            raise KeyboardInterrupt
        self._interrupted = True


def recent_runs(
    home: Path, limit: int = 20, commands: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Records of the newest runs of a workspace, newest first; unreadable ones are left out.

    Args:
        commands: only runs of these commands; None for all.
    """
    patterns = ["*.json"] if commands is None else [f"*-{name}-*.json" for name in commands]
    paths = {path for pattern in patterns for path in (home / "runs").glob(pattern)}
    records = []
    for path in sorted(paths, reverse=True)[:limit]:
        with contextlib.suppress(OSError, ValueError):
            record = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(record, dict):
                records.append(record)
    return records


def messages_of(record: Mapping[str, Any]) -> list[str | Message]:
    """The sentences of a run's report, in English alone where another version wrote them."""
    english = list(record.get("warnings") or ())
    kept = list(record.get("messages") or english)
    pairs = zip_longest(kept, english[: len(kept)], fillvalue="")
    return [said for one, other in pairs if (said := _said(one, other))]


def error_of(record: Mapping[str, Any]) -> str | Message:
    """What ended a run; empty where nothing did."""
    english = str(record.get("error") or "")
    return _said(record.get("error_message") or english, english)


def _said(kept: Any, english: Any) -> str | Message:
    """A sentence of a record; its English where this version does not know it."""
    try:
        said = decode_message(kept)
        str(said)  # a code or a parameter that the catalogues lack
    except (KeyError, ValueError, TypeError):
        return str(english)
    return said if isinstance(said, Message) else str(said)


def run_record(home: Path, run_id: str | None) -> dict[str, Any]:
    """The record of one run; empty where there is none, or none that can be read."""
    if not run_id:
        return {}
    with contextlib.suppress(OSError, ValueError):
        record = json.loads((home / "runs" / f"{run_id}.json").read_text(encoding="utf-8"))
        return record if isinstance(record, dict) else {}
    return {}
