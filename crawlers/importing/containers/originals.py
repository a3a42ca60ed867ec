"""Original bytes of pages on their way from an archive to the store: in a temporary file, so that
memory stays bounded, and nothing is left where they are not stored.
"""

from __future__ import annotations

import tempfile
from typing import BinaryIO

from crawlers.pipeline.raw_store import name_original, pack_original
from tocsin.core.documents import Raw


class Originals:
    """Bytes that wait, packed."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, body: bytes) -> Raw:
        """Keep bytes until they are taken; where they will be."""
        raw = name_original(body)
        if raw.sha256 not in self._places:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this
            packed = pack_original(body)
            at = self._file.seek(0, 2)
            self._file.write(packed)
            self._places[raw.sha256] = at, len(packed)
        return raw

    def packed(self, raw: Raw) -> bytes | None:
        """The packed bytes; None where they do not wait here."""
        if raw.sha256 not in self._places or self._file is None:
            return None
        at, size = self._places[raw.sha256]
        self._file.seek(at)
        return self._file.read(size)

    def forget(self, raws: set[str]) -> None:
        """Let go of these (SHA-256); the file is emptied when none is left."""
        for key in raws:
            self._places.pop(key, None)
        if not self._places and self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()
