"""A large file is read in a process of its own: while the index stores what came, it reads on.

The process holds one piece of documents and waits until it is taken, so memory stays bounded; it
ends with its parent, however that ends. Records, their order and what becomes of them are those of
`FileReader.documents`.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Generator
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple, TypeAlias

from crawlers.importing.file_reader import FileReader, ImportOptions
from crawlers.importing.formats.base import LeftOut, RejectedRow
from tocsin.core.codec.document_columns import DocumentColumns, from_columns, to_columns
from tocsin.core.documents import Document
from tocsin.core.errors import Abort, TocsinError
from tocsin.core.messages import Message
from tocsin.core.runtime.garbage_collection import paused_garbage_collection

LARGE_FILE = 25_000_000
"""Characters, about, from which on a process that takes half a second to start pays."""
PIECE_ROWS = 10_000
PIECE_CHARACTERS = 4_000_000
_PACKING_RATIO = 5
Record: TypeAlias = tuple[int, Document] | RejectedRow | LeftOut


class _Packed(NamedTuple):
    """A piece on its way: documents and their lines, and what else stood at which place."""

    lines: list[int]
    documents: DocumentColumns
    others: list[tuple[int, RejectedRow | LeftOut]]


def is_worthwhile(reader: FileReader) -> bool:
    """Whether the file is large, can be opened twice, and there is a second core to read it. Pages
    are read in processes of their own already.
    """
    path = Path(reader.options.stored or reader.input.name)
    if reader.input.name == "-" or reader.holds_captures or (os.cpu_count() or 1) < 2:
        return False
    ratio = _PACKING_RATIO if reader.input.is_packed else 1
    with contextlib.suppress(OSError):
        return path.is_file() and path.stat().st_size * ratio >= LARGE_FILE
    return False


def read_documents(reader: FileReader, collected_at: datetime) -> Generator[Record, None, None]:
    """What ``reader.documents(collected_at)`` gives, read in another process.

    Raises:
        Abort: that process was ended.
        TocsinError: what stopped its reading.
        RuntimeError: it met an error of another kind.
    """
    context = get_context("spawn")
    pipe, pipe_of_process = context.Pipe(duplex=False)
    name = reader.input.name
    process = context.Process(
        target=_read_and_send,
        args=(name, reader.options, collected_at, pipe_of_process),
        daemon=True,
    )
    process.start()
    pipe_of_process.close()
    try:
        while True:
            try:
                piece: _Packed | Exception | None = pipe.recv()
            except (EOFError, OSError):  # the second: ended in the middle of a piece
                raise Abort(Message("reading.process_ended", {"file": name})) from None
            if piece is None:
                reader.late_notes.extend(pipe.recv())
                reader.damage.found = pipe.recv()
                return
            if isinstance(piece, Exception):
                raise piece
            yield from _opened(piece)
    finally:
        pipe.close()
        process.terminate()
        process.join()


def _read_and_send(
    name: str, options: ImportOptions, collected_at: datetime, pipe: Connection
) -> None:
    """Read a file and send its documents in pieces, then None and what was noted on the
    way; or the error that ends it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends this process
    parent_is_gone = (BrokenPipeError, ConnectionResetError)
    with contextlib.suppress(*parent_is_gone), paused_garbage_collection():
        try:
            with contextlib.closing(FileReader(name, options)) as reader:
                piece: list[Record] = []
                length = 0
                for item in reader.documents(collected_at):
                    piece.append(item)
                    if not isinstance(item, (RejectedRow, LeftOut)):
                        length += len(item[1].text)
                    if len(piece) >= PIECE_ROWS or length >= PIECE_CHARACTERS:
                        pipe.send(_packed(piece))
                        piece, length = [], 0
                pipe.send(_packed(piece))
                pipe.send(None)
                pipe.send(reader.late_notes)
                pipe.send(reader.damage.found)
        except TocsinError as error:
            pipe.send(error)
        except Exception as error:  # whatever it is, the parent says it
            pipe.send(RuntimeError(f"{type(error).__name__}: {error}"))


def _packed(piece: list[Record]) -> _Packed:
    rows: list[tuple[int, Document]] = []
    others: list[tuple[int, RejectedRow | LeftOut]] = []
    for place, item in enumerate(piece):
        if isinstance(item, (RejectedRow, LeftOut)):
            others.append((place, item))
        else:
            rows.append(item)
    return _Packed(
        [line for line, _ in rows], to_columns([document for _, document in rows]), others
    )


def _opened(piece: _Packed) -> list[Record]:
    opened: list[Record] = list(zip(piece.lines, from_columns(piece.documents), strict=True))
    for place, item in piece.others:
        opened.insert(place, item)
    return opened
