"""Compressed streams: gzip, zstd, xz and bzip2, told by their first bytes.

All are read piece by piece, whatever their size, and a stream that breaks off raises at that place.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from typing import BinaryIO, cast

from tocsin.core.messages import Message, plain

PIECE = 1 << 18
_SMALL = 1 << 14
"""Packed bytes that are unpacked at once: what is damaged takes at most these with it."""
MAX_WINDOW = 2**31
"""The window that archives of forums are packed with (``zstd --long=31``)."""
_ZSTD = 0xFD2FB528

DAMAGE = (EOFError, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile, zlib.error)
"""What a damaged stream raises."""


_ENDED = ("ended before", "ends before", "ends within", "unexpected end", "truncated", "incomplete")
_CHECKSUM = ("crc", "checksum", "incorrect length", "incorrect data check")
_CONTENTS = ("not a zip file", "central director", "magic number")
_LOCKED = ("encrypted", "password")


def damage_reason(error: Exception | str) -> Message:
    """Why packed bytes cannot be read, in the reader's language: the libraries speak English.

    What none of the usual damages is keeps the library's own words.
    """
    said = " ".join(str(error).split())
    low = said.lower()
    for kind, marks in (("checksum", _CHECKSUM), ("ended", _ENDED), ("contents", _CONTENTS),
                        ("locked", _LOCKED)):  # fmt: skip
        if any(mark in low for mark in marks):
            return Message(f"reading.damage.{kind}")
    packed = (zlib.error, lzma.LZMAError, gzip.BadGzipFile)
    if isinstance(error, packed) or low.startswith("error -"):
        return Message("reading.damage.bytes")
    if isinstance(error, EOFError) and not said:
        return Message("reading.damage.ended")
    return plain(said or type(error).__name__)


class UpToDamage(io.RawIOBase):
    """What a stream holds up to where it is damaged, as if it ended there."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read(min(len(buffer), PIECE))
        except DAMAGE:
            return 0
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


class DamagedStream(EOFError):
    """A zstd stream that breaks off or holds something else."""


def unpack(raw: io.BufferedReader) -> BinaryIO | None:
    """The unpacked stream of a compressed one; None where it is not compressed."""
    begin = raw.peek(8)[:8]
    if begin.startswith(b"\x1f\x8b"):
        return _buffered(gzip.GzipFile(fileobj=raw))
    if begin.startswith(b"\xfd7zXZ\x00"):
        return _buffered(lzma.LZMAFile(raw))
    if begin.startswith(b"BZh"):
        return _buffered(bz2.BZ2File(raw))
    if begin.startswith(b"(\xb5/\xfd"):
        return io.BufferedReader(_ZstdStream(raw), PIECE)
    return None


def _buffered(stream: gzip.GzipFile | lzma.LZMAFile | bz2.BZ2File) -> io.BufferedReader:
    return io.BufferedReader(Piecewise(stream), PIECE)


class Piecewise(io.RawIOBase):
    """Passes on what a stream has. The library's ``readinto`` collects until the buffer is full:
    where the stream breaks off before, what it has is lost.
    """

    def __init__(self, stream: gzip.GzipFile | lzma.LZMAFile | bz2.BZ2File) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _ZstdStream(io.RawIOBase):
    """Zstandard frames one after another. The library ends a stream that breaks off as if it were
    whole, so that the blocks are counted here.
    """

    def __init__(self, raw: BinaryIO) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._blocks = _ZstdBlocks(raw)
        unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
        self._stream = unpacker.stream_reader(
            cast(BinaryIO, self._blocks), read_size=_SMALL, read_across_frames=True, closefd=False
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            size = self._stream.readinto1(buffer)
        except self._error as error:
            raise DamagedStream(str(error)) from None
        if not size and not self._blocks.is_complete:
            raise DamagedStream("the stream ends before its last block")
        return int(size)


class _ZstdBlocks:
    """Passes a stream on and follows its blocks (RFC 8878, 3.1.1)."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._held = b""
        self._over = 0  # bytes of the block in hand that are still to come
        self._is_last = self._has_checksum = False
        self._in_frame = False
        self._is_lost = False

    @property
    def is_complete(self) -> bool:
        """Whether all that was passed on ends with the end of a frame."""
        return self._is_lost or not (self._in_frame or self._held or self._over)

    def read(self, size: int = -1) -> bytes:
        """Some bytes of the stream."""
        data = self._raw.read(size)
        if not self._is_lost:
            self._follow(data)
        return data

    def _follow(self, data: bytes) -> None:
        at = min(self._over, len(data))
        self._over -= at
        if self._over:
            return
        rest = self._held + data[at:]
        at = 0
        while (step := self._step(rest[at : at + 18])) > 0:
            at += step
            if at > len(rest):
                self._over = at - len(rest)
                self._held = b""
                return
        self._held = rest[at:]

    def _step(self, begin: bytes) -> int:
        """The size of the part that begins here, 0 where more bytes are needed to tell."""
        if self._in_frame:
            if len(begin) < 3:
                return 0
            header = int.from_bytes(begin[:3], "little")
            size = 1 if header >> 1 & 3 == 1 else header >> 3
            if header & 1:
                self._in_frame = False
                size += 4 * self._has_checksum
            return 3 + size
        if len(begin) < 5:
            return 0
        magic = int.from_bytes(begin[:4], "little")
        if magic & 0xFFFFFFF0 == 0x184D2A50:
            return 8 + int.from_bytes(begin[4:8], "little") if len(begin) >= 8 else 0
        if magic != _ZSTD:
            self._is_lost = True
            return 0
        flags = begin[4]
        is_single = flags >> 5 & 1
        content = (is_single, 2, 4, 8)[flags >> 6]
        self._in_frame = True
        self._has_checksum = bool(flags >> 2 & 1)
        return 5 + (1 - is_single) + (0, 1, 2, 4)[flags & 3] + content
