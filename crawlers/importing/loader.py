"""Files into the index: batches, fates, and what was set aside."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from crawlers.importing import read_ahead as ahead
from crawlers.importing.formats.base import Broken
from crawlers.importing.row_reader import Asked, Reading
from crawlers.pipeline.retry import patiently
from index.maintenance.retention import REJECTED
from tocsin.core.documents import Document
from tocsin.core.progress import Run
from tocsin.core.runtime.garbage_collection import no_collection
from tocsin.core.text import clean

if TYPE_CHECKING:
    from index.base import Index

BATCH = 10_000
MAX_SHOWN = 10_000
SAID = 5


class Rejected:
    """``runs/RUN_ID/rejected.jsonl``, made with its first line: file, line, reason and what stood there (bounded)."""

    def __init__(self, run: Run) -> None:
        self.path: Path = run.path.with_suffix("") / REJECTED
        self.number = 0
        self._run = run
        self._out: Any = None

    def add(self, name: str, line: int, reason: str, text: str) -> None:
        """Set one record aside; the first few are also said in the report."""
        if self._out is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self.path.open("w", encoding="utf-8")
        row = {"file": name, "line": line, "reason": reason, "text": clean(text, MAX_SHOWN)}
        self._out.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.number += 1
        if self.number <= SAID:
            self._run.warn(f"{name}, line {line}: {reason}")

    def __enter__(self) -> Rejected:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._out is not None:
            self._out.close()
            self._run.facts["rejected_file"] = str(self.path)
            if self.number > SAID:
                self._run.warn(
                    f"{self.number} lines were set aside; all of them with their reasons are in {self.path}"
                )


def load(readings: Iterable[Reading], index: Index, run: Run, collected_at: datetime) -> None:
    """Put every document of the files into the index; count what became of each record.

    Ids are deterministic and the index keeps what it has, so that an import that was stopped, or
    killed, is simply started again.
    """
    with Rejected(run) as rejected, no_collection():
        for reading in readings:
            try:
                _load(reading, index, run, rejected, collected_at)
            finally:
                reading.close()


def _load(
    reading: Reading, index: Index, run: Run, rejected: Rejected, collected_at: datetime
) -> None:
    name = reading.input.name
    if reading.empty:
        run.warn(f"{name} is empty")
    if reading.columns is not None:
        for note in reading.columns.notes:
            run.warn(f"{name}: {note}")
    run.beat(stage=name)
    read = (
        ahead.documents(reading, collected_at)
        if ahead.pays(reading)
        else reading.documents(collected_at)
    )
    with contextlib.closing(read) as items:
        for batch in run.track(_batches(items, run, rejected, name), what=name):
            put(index, batch, run, rejected, name)
            run.beat(cursor=f"{name}:{batch[-1][0]}")


def put(
    index: Index, batch: Sequence[tuple[int, Document]], run: Run, rejected: Rejected, name: str
) -> None:
    """Store one batch and count its verdicts; what the index rejects is set aside, too."""
    from index.base import Outcome

    documents = [document for _, document in batch]
    verdicts = patiently(
        lambda: index.put(documents),
        "start the same import again: what is stored already counts as duplicate",
    )
    for (line, document), verdict in zip(batch, verdicts, strict=True):
        run.count(verdict.outcome.value)
        if verdict.outcome is Outcome.REJECTED:
            rejected.add(name, line, verdict.reason or "the index refused it", document.text)


def _batches(
    items: Iterable[tuple[int, Document] | Broken], run: Run, rejected: Rejected, name: str
) -> Iterator[list[tuple[int, Document]]]:
    batch: list[tuple[int, Document]] = []
    for item in items:
        if isinstance(item, Broken):
            run.count("rejected")
            rejected.add(name, *item)
            continue
        batch.append(item)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def prepare(files: Sequence[str], asked: Asked) -> Iterator[Reading]:
    """The files, opened one after another, after every one was looked at: a wrong name or column stops the import before it starts.

    Raises:
        ConfigError: from `Reading`, for the first file that cannot be imported.
    """
    first: dict[int, Reading] = {}
    for number, name in enumerate(files):
        reading = Reading(name, asked)
        if name == "-" or len(files) == 1:
            first[number] = reading  # standard input can be read once
        else:
            reading.close()
    return (
        first.pop(number) if number in first else Reading(name, asked)
        for number, name in enumerate(files)
    )
