"""The original bytes of pages, kept once each under their SHA-256 in ``raw/`` of the workspace, packed with gzip."""

from __future__ import annotations

import gzip
import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

from tocsin.core.documents import Raw
from tocsin.core.errors import Abort


def keep(home: Path, body: bytes) -> Raw:
    """Keep these bytes; they are on disk when this returns.

    Raises:
        Abort: the disk is full or cannot be written.
    """
    digest = hashlib.sha256(body).hexdigest()
    relative = Path("raw") / digest[:2] / f"{digest}.gz"
    path = home / relative
    if not path.exists():
        temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as out:
                out.write(gzip.compress(body, 6, mtime=0))
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise Abort(
                f"cannot keep an original in {path.parent}: {error.strerror}; make room or mend the folder and start again"
            ) from None
    return Raw(path=str(relative), sha256=digest)


def drop(home: Path, raw: Raw) -> None:
    """Forget bytes that no document names any more."""
    with suppress(OSError):
        (home / raw.path).unlink(missing_ok=True)


def load(home: Path, raw: Raw) -> bytes:
    """The bytes again. Raises FileNotFoundError where they were erased."""
    return gzip.decompress((home / raw.path).read_bytes())
