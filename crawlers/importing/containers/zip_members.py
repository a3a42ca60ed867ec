"""Files within a zip, read piece by piece; also those of a zip that breaks off: its list of files
stood at the end, but each file has a head of its own, so that what came is read
(https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7).
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_HEAD = struct.Struct("<4sHHHHHIIIHH")
_MAGIC, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_STORED, _DEFLATED = 0, 8
_UTF8, _SIZES_BEHIND, _ENCRYPTED = 1 << 11, 1 << 3, 1
_ZIP64 = 0xFFFFFFFF
_PIECE = 1 << 16
MAX_MEMBERS = 10_000


class ZipMember(NamedTuple):
    """A file within, by its own head: ``size`` packed bytes from ``start`` on, of which all are
    there if it ``is_whole``; the checksum ``crc`` of the unpacked ones, where it is known.
    """

    name: str
    start: int
    method: int
    size: int
    is_whole: bool
    crc: int | None = None


def scan_members(file: BinaryIO) -> list[ZipMember]:
    """The files that a zip holds up to where it breaks off; none where it is no zip."""
    last = file.seek(0, io.SEEK_END)
    found: list[ZipMember] = []
    at = 0
    while len(found) < MAX_MEMBERS:
        file.seek(at)
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size or not head.startswith(_MAGIC):
            break
        _, _, flags, method, _, _, _, size, unpacked, name_size, more = _HEAD.unpack(head)
        name = file.read(name_size).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        extra = file.read(more)
        start = at + _HEAD.size + name_size + more
        if flags & _ENCRYPTED or method not in (_STORED, _DEFLATED) or start > last:
            break
        if size == _ZIP64:
            size = _long_size(extra, is_second=unpacked == _ZIP64)
        end, is_whole = start + size, start + size <= last
        if flags & _SIZES_BEHIND and not size:
            if method == _STORED:
                break  # nothing says where it ends
            end, is_whole = _end_of(file, start)
            size = end - start
            end += _descriptor_size(file, end)
        found.append(ZipMember(name, start, method, min(size, last - start), is_whole))
        if not is_whole:
            break
        at = end
    return found


def locate_member(file: BinaryIO, info: zipfile.ZipInfo) -> ZipMember | None:
    """A file of a whole zip; None where it is packed in another way."""
    file.seek(info.header_offset)
    head = file.read(_HEAD.size)
    if info.compress_type not in (_STORED, _DEFLATED) or len(head) < _HEAD.size:
        return None
    *_, name_size, more = _HEAD.unpack(head)
    start = info.header_offset + _HEAD.size + name_size + more
    whole = start + info.compress_size <= file.seek(0, io.SEEK_END)
    return ZipMember(info.filename, start, info.compress_type, info.compress_size, whole, info.CRC)


def open_packed(file: BinaryIO, member: ZipMember, *, closes: bool = False) -> io.BufferedReader:
    """The unpacked bytes of a file within; where it breaks off or is damaged that is raised (see
    `unpack.DAMAGE`) once all that is there was given. Where it ``closes``, the zip is closed with
    it.
    """
    return io.BufferedReader(_MemberStream(file, member, closes), 1 << 18)


class _MemberStream(io.RawIOBase):
    def __init__(self, file: BinaryIO, member: ZipMember, closes: bool) -> None:
        self._file, self._member, self._closes = file, member, closes
        self._left = member.size
        self._crc = 0
        self._unpacker = zlib.decompressobj(-15) if member.method == _DEFLATED else None

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._closes:
            self._file.close()
        super().close()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        unpacker = self._unpacker
        data = b""
        while not data and not (unpacker is not None and unpacker.eof):
            packed = unpacker.unconsumed_tail if unpacker is not None else b""
            if not packed:
                self._file.seek(self._member.start + self._member.size - self._left)
                packed = self._file.read(min(self._left, _PIECE, len(buffer)))
                self._left -= len(packed)
            if not packed:
                break
            data = packed if unpacker is None else unpacker.decompress(packed, len(buffer))
        if not data and not self._member.is_whole:
            raise EOFError("the zip file ends within this one")
        self._crc = zlib.crc32(data, self._crc)
        if not data and self._member.crc not in (None, self._crc):
            raise zipfile.BadZipFile("its checksum does not match")
        buffer[: len(data)] = data
        return len(data)


def _long_size(extra: bytes, *, is_second: bool) -> int:
    """The packed size of over 4 GB; the unpacked one stands before it where that is long, too."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        place = at + 4 + 8 * is_second
        if kind == 1 and place + 8 <= len(extra):
            return int(struct.unpack_from("<Q", extra, place)[0])
        at += 4 + size
    return 0


def _end_of(file: BinaryIO, start: int) -> tuple[int, bool]:
    """Where packed bytes end that do not say how many they are, and whether they do end."""
    unpacker = zlib.decompressobj(-15)
    at = start
    for packed in _pieces(file, start):
        at += len(packed)
        try:
            while packed:
                unpacker.decompress(packed, _PIECE * 16)
                packed = unpacker.unconsumed_tail
        except zlib.error:
            return at, False
        if unpacker.eof:
            return at - len(unpacker.unused_data), True
    return at, False


def _pieces(file: BinaryIO, start: int) -> Iterator[bytes]:
    file.seek(start)
    while piece := file.read(_PIECE):
        yield piece


def _descriptor_size(file: BinaryIO, at: int) -> int:
    """Bytes of the sizes that stand behind a file: with a mark or not, long or not."""
    file.seek(at)
    following = file.read(28)
    for size in (16, 12, 24, 20):
        if size in (16, 24) and not following.startswith(_DESCRIPTOR):
            continue
        if following[size : size + 4] in (_MAGIC, b"PK\x01\x02", b""):
            return size
    return 0
