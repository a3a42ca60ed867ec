"""The original bytes of pages, kept once each under their SHA-256 in ``raw/`` of the workspace,
packed with gzip.
"""

from __future__ import annotations

import gzip
import hashlib
from contextlib import suppress
from pathlib import Path

from tocsin.core.documents import Raw
from tocsin.core.errors import Abort, system_reason
from tocsin.core.files import write_bytes_atomically
from tocsin.core.messages import Message


def name_original(body: bytes) -> Raw:
    """Where these bytes are kept."""
    digest = hashlib.sha256(body).hexdigest()
    return Raw(path=f"raw/{digest[:2]}/{digest}.gz", sha256=digest)


def pack_original(body: bytes) -> bytes:
    """The bytes as they are kept."""
    return gzip.compress(body, 6, mtime=0)


class RawStore:
    """The folder ``raw/`` of a workspace."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def save(self, body: bytes) -> Raw:
        """Keep these bytes; they are on disk when this returns.

        Raises:
            Abort: the disk is full or cannot be written.
        """
        raw = name_original(body)
        if not (self._home / raw.path).exists():
            self.save_packed(raw, pack_original(body))
        return raw

    def save_packed(self, raw: Raw, packed: bytes) -> bool:
        """Keep bytes that are named and packed already; whether they were not there before.

        Raises:
            Abort: as `save`.
        """
        path = self._home / raw.path
        if path.exists():
            return False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes_atomically(path, packed)
        except OSError as error:
            raise Abort(
                Message(
                    "crawl.raw_unwritable",
                    {"folder": str(path.parent), "error": system_reason(error)},
                )
            ) from None
        return True

    def delete(self, raw: Raw) -> None:
        """Forget bytes that no document names any more."""
        with suppress(OSError):
            (self._home / raw.path).unlink(missing_ok=True)
