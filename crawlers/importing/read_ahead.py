"""A large file is read in a process of its own: while the index stores what came, it reads on.

The process holds one piece of documents and waits until it is taken, so memory stays bounded; it ends with its parent,
however that ends. Records, their order and what becomes of them are those of `Reading.documents`.
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

from crawlers.importing.formats.base import Broken
from crawlers.importing.row_reader import Asked, Reading
from tocsin.core.documents import Document
from tocsin.core.errors import Abort, TocsinError
from tocsin.core.runtime.garbage_collection import no_collection

LARGE = 25_000_000
"""Characters, about, from which on a process that takes half a second to start pays."""
PIECE = 10_000
_PACKING = 5


def pays(reading: Reading) -> bool:
    """Whether the file is large, can be opened twice, and there is a second core to read it."""
    path = Path(reading.input.name)
    if reading.input.name == "-" or (os.cpu_count() or 1) < 2:
        return False
    with contextlib.suppress(OSError):
        return (
            path.is_file()
            and path.stat().st_size * (_PACKING if reading.input.packed else 1) >= LARGE
        )
    return False


def documents(
    reading: Reading, collected_at: datetime
) -> Generator[tuple[int, Document] | Broken, None, None]:
    """What ``reading.documents(collected_at)`` gives, read in another process.

    Raises:
        Abort: that process was ended. TocsinError: what stopped its reading. RuntimeError: it met an error of another kind.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    name = reading.input.name
    process = context.Process(
        target=_read, args=(name, reading.asked, collected_at, theirs), daemon=True
    )
    process.start()
    theirs.close()
    try:
        while True:
            try:
                piece: list[tuple[int, Document] | Broken] | Exception | None = ours.recv()
            except (EOFError, OSError):  # the second: ended in the middle of a piece
                raise Abort(
                    f"the process that reads {name} was ended from outside; start the same import again: what is stored counts as duplicate"
                ) from None
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield from piece
    finally:
        ours.close()
        process.terminate()
        process.join()


def _read(name: str, asked: Asked, collected_at: datetime, out: Connection) -> None:
    """Read a file and send its documents in pieces, then None; or the error that ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends this process
    with (
        contextlib.suppress(BrokenPipeError, ConnectionResetError),
        no_collection(),
    ):  # the first two: the parent is gone
        try:
            with contextlib.closing(Reading(name, asked)) as reading:
                piece: list[tuple[int, Document] | Broken] = []
                for item in reading.documents(collected_at):
                    piece.append(item)
                    if len(piece) >= PIECE:
                        out.send(piece)
                        piece = []
                out.send(piece)
                out.send(None)
        except TocsinError as error:
            out.send(error)
        except Exception as error:  # whatever it is, the parent says it
            out.send(RuntimeError(f"{type(error).__name__}: {error}"))
