"""The original bytes of pages, kept once each under their SHA-256 in ``raw/`` of the workspace,
packed with gzip.
"""

from __future__ import annotations

import gzip
import hashlib
from contextlib import suppress
from pathlib import Path

from tocsin.core.documents import Raw
from tocsin.core.errors import Abort
from tocsin.core.files import write_bytes_atomically


class RawStore:
    """The folder ``raw/`` of a workspace."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def save(self, body: bytes) -> Raw:
        """Keep these bytes; they are on disk when this returns.

        Raises:
            Abort: the disk is full or cannot be written.
        """
        digest = hashlib.sha256(body).hexdigest()
        relative = Path("raw") / digest[:2] / f"{digest}.gz"
        path = self._home / relative
        if not path.exists():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes_atomically(path, gzip.compress(body, 6, mtime=0))
            except OSError as error:
                raise Abort(
                    f"cannot keep an original in {path.parent}: {error.strerror}; "
                    "make room or mend the folder and start again"
                ) from None
        return Raw(path=str(relative), sha256=digest)

    def delete(self, raw: Raw) -> None:
        """Forget bytes that no document names any more."""
        with suppress(OSError):
            (self._home / raw.path).unlink(missing_ok=True)
