"""Files into the index: batches, fates, and what was set aside."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, TextIO

from crawlers.importing import read_ahead
from crawlers.importing.containers.unpack import UpToDamage
from crawlers.importing.file_reader import FileReader
from crawlers.importing.fill_counts import FillCounts
from crawlers.importing.formats.base import LeftOut, RejectedRow
from crawlers.importing.input_file import open_raw
from crawlers.importing.loss_report import LossReport, RelationCheck, warn_unresolved
from crawlers.importing.merged_rows import merge_rows, split_last_post
from crawlers.importing.relations.deletions import DeletionNotices, with_deletion
from crawlers.importing.relations.named_reposts import NamedReposts
from crawlers.pipeline.captures import CaptureStore
from index.maintenance.kept_files import FOLDER, KeptFile, keep_copy, write_list
from index.maintenance.retention import REJECTED
from tocsin.core.documents import Document, Kind
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.progress import Run
from tocsin.core.retry import retry
from tocsin.core.runtime.garbage_collection import paused_garbage_collection
from tocsin.core.text import clean

if TYPE_CHECKING:
    from index.base import Index, Verdict

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 4_000_000
"""Texts of a batch together, about: memory stays flat whatever the length of posts."""
CAPTURES_AT_ONCE = 200
"""Pages that are stored together: their originals are put on disk first."""
THEN = "start the same import again: what is stored already counts as duplicate"
MAX_SHOWN = 10_000
ROWS_IN_REPORT = 5
MAX_FILES = 100
"""Files whose loss report a run keeps."""


class RejectedRows:
    """``runs/RUN_ID/rejected.jsonl``, made with its first line: file, line, reason and text
    (bounded).
    """

    def __init__(self, run: Run) -> None:
        self.path: Path = run.path.with_suffix("") / REJECTED
        self.number = 0
        self.failures: dict[str, str | Message] = {}
        self._in_report = 0
        self._run = run
        self._out: TextIO | None = None

    def add(self, name: str, row: RejectedRow) -> None:
        """Set one record aside; the first few are also said in the report."""
        if self._out is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self.path.open("w", encoding="utf-8")
        line = {
            "file": name,
            "line": row.line,
            "reason": str(row.reason),
            "text": clean(row.text, MAX_SHOWN),
        }
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.number += 1
        place = {"file": name, "line": row.line, "reason": row.reason}
        sentence = Message("intake.row", place)
        if row.is_defect and name not in self.failures:
            self.failures[name] = row.reason
            self._run.warn(sentence)  # in any case: it may have cost the rest of its file
        elif self._in_report < ROWS_IN_REPORT:
            self._run.warn(sentence)
            self._in_report += 1

    def __enter__(self) -> RejectedRows:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._out is None:
            return
        self._out.close()
        self._run.facts["rejected_file"] = str(self.path)
        if self.number > ROWS_IN_REPORT:
            told = {"n": self.number, "path": str(self.path)}
            self._run.warn(Message("intake.set_aside", told))


def import_files(
    readers: Iterable[FileReader],
    index: Index,
    run: Run,
    collected_at: datetime,
    reports: list[LossReport] | None = None,
) -> dict[str, str | Message]:
    """Put every document of the files into the index; count what became of each record.

    Ids are deterministic and the index keeps what it has, so that an import that was stopped, or
    killed, is simply started again.

    Args:
        reports: takes the loss report of each file.

    Returns:
        File -> how its importer failed first; empty where none did.
    """
    everything, mostly_rejected = FillCounts(), False
    relations, reposts = RelationCheck(), NamedReposts()
    with RejectedRows(run) as rejected, paused_garbage_collection():
        for reader in readers:
            before = Counter(run.fates)
            try:
                counts, report = _import_file(
                    reader, index, run, rejected, collected_at, relations, reposts
                )
            finally:
                reader.close()
            report.fates = run.fates - before
            for warning in (
                *counts.warnings(reader.input.name, has_columns=reader.columns is not None),
                *report.warnings(),
            ):
                run.warn(warning)
            files = run.facts.setdefault("files", [])
            if len(files) < MAX_FILES:
                files.append(report.document(with_examples=False))
            if reports is not None:
                reports.append(report)
            everything += counts
            mostly_rejected = mostly_rejected or counts.is_mostly_rejected
    if everything.rows:
        run.facts |= everything.facts()
        pointed = relations.result(lambda ids: (d is not None for d in index.get(ids)))
        if reposts.named:
            counted = {"checked": reposts.named, "known": reposts.found}
            pointed["repost_of_handle"] = counted
            if reposts.found < reposts.named:
                parameters = {"n": reposts.named, "known": reposts.found}
                run.warn(Message("intake.named_reposts", parameters))
        run.facts["relations"] = pointed
        for warning in warn_unresolved(
            {k: v for k, v in pointed.items() if k != "repost_of_handle"}
        ):
            run.warn(warning)
    if everything.rows and set(run.fates) == {"duplicate"}:
        run.warn(Message("intake.nothing_new", {"n": run.fates["duplicate"]}))
    if mostly_rejected:
        run.facts["mostly_rejected"] = True
    return rejected.failures


def keep_files(run: Run, readers: Iterable[FileReader], collected_at: datetime) -> None:
    """Keep copies of the files with the run, so that `tocsin remap` can read them again; those that
    cannot be copied are left out, and the report says so.
    """
    folder = run.path.with_suffix("") / FOLDER
    kept: list[KeptFile] = []
    for number, reader in enumerate(readers):
        name, options = reader.input.name, reader.options
        reader.close()
        if name == "-":
            run.warn(Message("intake.not_kept", {"file": name}))
            continue
        place = options.stored or name
        try:
            # of a damaged file of an archive what was read is kept
            copy = keep_copy(partial(_readable, place), folder, number)
        except (OSError, ConfigError):
            run.warn(Message("intake.not_kept", {"file": name}))
            continue
        kept.append(
            KeptFile(
                name=name, kept=copy, source=reader.source, collected_at=collected_at.isoformat(),
                oldest=reader.oldest.isoformat() if reader.oldest else None,
                format=options.format, mapping=dict(options.mapping or {}),
                platform=options.platform, given_source=options.source, dates=options.dates,
            )
        )  # fmt: skip
    if kept:
        write_list(folder, kept)
        run.facts["kept"] = len(kept)


def _readable(place: str) -> BinaryIO:
    return io.BufferedReader(UpToDamage(open_raw(place)))


def note_of(file: str, note: str | Message) -> Message:
    """A note of a reader with the file that it is about."""
    if isinstance(note, Message) and "file" in note.parameters:
        return note
    return Message("intake.note", {"file": file, "sentence": note})


def _import_file(
    reader: FileReader,
    index: Index,
    run: Run,
    rejected: RejectedRows,
    collected_at: datetime,
    relations: RelationCheck,
    reposts: NamedReposts,
) -> tuple[FillCounts, LossReport]:
    name = reader.input.name
    if reader.is_empty:
        run.warn(Message("intake.empty", {"file": name}))
    for note in [*reader.notes, *(reader.columns.notes if reader.columns is not None else ())]:
        run.warn(note_of(name, note))
    run.beat(stage=name)
    if read_ahead.is_worthwhile(reader):
        documents = read_ahead.read_documents(reader, collected_at)
    else:
        documents = reader.documents(collected_at)
    counts, rejected_before = FillCounts(), rejected.number
    report = LossReport(reader, counts)
    captures = _captures(reader, index, run) if reader.holds_captures else None
    notices = DeletionNotices()

    def store(batch: Sequence[tuple[int, Document]]) -> None:
        if not batch:
            return
        whole = [document for _, document in batch]
        counts.add(whole)
        report.add(whole)
        times = [d.published_at for d in whole if d.published_at is not None]
        reader.oldest = min([*times, reader.oldest or collected_at])
        relations.add(whole)
        _store_batch(index, captures, batch, run, rejected, name)
        reader.input.originals.forget({d.raw.sha256 for d in whole if d.raw is not None})

    with contextlib.closing(documents) as items:
        size = BATCH_ROWS if captures is None else CAPTURES_AT_ONCE
        for batch in run.track(_batches(items, run, rejected, name, size), what=name):
            last_line = batch[-1][0]
            if captures is None:
                batch, merged = merge_rows(batch)
                run.count("merged", merged)
                batch = reposts.part(notices.part(batch))
            store(batch)
            if notices.is_full:
                notices.settle(index, run, THEN)
            if reposts.is_full:
                for piece in reposts.rest(index):
                    store(piece)
            run.beat(cursor=f"{name}:{last_line}")
        for piece in reposts.rest(index):
            store(piece)
    notices.settle(index, run, THEN)
    if captures is not None:
        captures.see(reader.input.sightings)
    for late_note in reader.late_notes:
        run.warn(late_note)
    counts.rejected = rejected.number - rejected_before
    return counts, report


def _captures(reader: FileReader, index: Index, run: Run) -> CaptureStore:
    return CaptureStore(index, run.path.parent.parent, reader.input.originals.packed, THEN)


def _store_batch(
    index: Index,
    captures: CaptureStore | None,
    batch: Sequence[tuple[int, Document]],
    run: Run,
    rejected: RejectedRows,
    name: str,
) -> None:
    """Store one batch and count its verdicts; what the index rejects is set aside, too."""
    from index.base import Outcome

    documents = [document for _, document in batch]
    if captures is not None:
        verdicts = captures.put(documents)
    else:
        verdicts = retry(lambda: index.put(documents), then=THEN)
    if captures is None and (fuller := _fuller(index, documents, verdicts)):
        again = list(fuller.values())
        replaced = retry(lambda: index.put(again, on_conflict="replace"), then=THEN)
        for place, verdict in zip(fuller, replaced, strict=True):
            verdicts[place] = verdict
    for (line, document), verdict in zip(batch, verdicts, strict=True):
        run.count(verdict.outcome.value)
        if verdict.outcome is Outcome.REJECTED:
            reason = verdict.reason or Message("intake.index_refused")
            rejected.add(name, RejectedRow(line, reason, document.text))


def _fuller(
    index: Index, documents: Sequence[Document], verdicts: Sequence[Verdict]
) -> dict[int, Document]:
    """Place -> what is to be stored of a document that was there already, for it tells more.

    Of an article the index may hold the title alone: lists of articles have no more. That a post
    was deleted is often learned after the post itself.
    """
    places = [
        place
        for place, (document, verdict) in enumerate(zip(documents, verdicts, strict=True))
        if verdict.outcome == "duplicate"
        and (
            document.deleted_at is not None
            or (document.kind is Kind.ARTICLE and len(document.text) > len(document.title or ""))
        )
    ]
    stored = index.get([documents[place].id for place in places]) if places else []
    fuller: dict[int, Document] = {}
    for place, held in zip(places, stored, strict=True):
        document = documents[place]
        if held is None:
            continue
        if document.kind is Kind.ARTICLE is held.kind and held.text in ("", held.title):
            fuller[place] = document
        elif document.deleted_at is not None and document.deleted_at != held.deleted_at:
            fuller[place] = with_deletion(held, document.deleted_at)
    return fuller


def _batches(
    items: Iterable[tuple[int, Document] | RejectedRow | LeftOut],
    run: Run,
    rejected: RejectedRows,
    name: str,
    size: int = BATCH_ROWS,
) -> Iterator[list[tuple[int, Document]]]:
    batch: list[tuple[int, Document]] = []
    length = 0
    for item in items:
        if isinstance(item, LeftOut):
            run.count("left_out")
            reasons = run.facts.setdefault("left_out", {})
            reason = str(item.reason)
            reasons[reason] = reasons.get(reason, 0) + 1
            continue
        if isinstance(item, RejectedRow):
            run.count("failed" if item.is_defect else "rejected")
            rejected.add(name, item)
            continue
        batch.append(item)
        length += len(item[1].text)
        if len(batch) >= size or length >= BATCH_CHARACTERS:
            whole, batch = split_last_post(batch)
            length = sum(len(document.text) for _, document in batch)
            yield whole
    if batch:
        yield batch
