"""Gzip files of many members, as WARC files are: damage in one does not cost those behind it."""

from __future__ import annotations

import zlib
from typing import BinaryIO

_MAGIC = b"\x1f\x8b\x08"
_PIECE = 1 << 14


class GzipMembers:
    """The unpacked bytes of all members. Where one is damaged, reading raises once (see
    `unpack.DAMAGE`) and goes on with the next.
    """

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._held = b""
        self._unpacker: zlib._Decompress | None = None

    def read1(self, size: int = -1) -> bytes:
        """Some bytes; none at the end."""
        while True:
            unpacker = self._unpacker or self._begin()
            if unpacker is None:
                return b""
            if not self._held and not self._fill():
                self._unpacker = None
                raise EOFError("the file ends within a record")
            try:
                data = unpacker.decompress(self._held, max(0, size))
            except zlib.error:
                self._unpacker = None
                self._held = self._held[1:]  # the next member begins behind
                raise
            self._held = unpacker.unconsumed_tail
            if unpacker.eof:
                self._held, self._unpacker = unpacker.unused_data, None
            if data:
                return data

    def _begin(self) -> zlib._Decompress | None:
        """At the next member; None where there is none."""
        while (at := self._held.find(_MAGIC)) < 0:
            self._held = self._held[-2:]
            if not self._fill():
                self._held = b""
                return None
        self._held = self._held[at:]
        self._unpacker = zlib.decompressobj(31)
        return self._unpacker

    def _fill(self) -> bool:
        piece = self._packed.read(_PIECE)
        self._held += piece
        return bool(piece)
