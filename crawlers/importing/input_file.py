"""Opening what a person names: plain or packed, text or a workbook (by the first bytes, whatever
the name says), any usual encoding, a member of a zip file, standard input as ``-``.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path, PurePath
from types import TracebackType
from typing import BinaryIO

from crawlers.importing.containers.broken_workbook import rebuild_workbook
from crawlers.importing.containers.car_blocks import is_car
from crawlers.importing.containers.charsets import single_byte_encoding
from crawlers.importing.containers.gzip_members import GzipMembers
from crawlers.importing.containers.originals import Originals
from crawlers.importing.containers.unpack import DAMAGE, damage_reason, unpack
from crawlers.importing.containers.zip_files import (
    is_broken_zip,
    open_member,
    split_name,
    zip_kind,
)
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.files import ENCODING_MARKS
from tocsin.core.messages import Message

HEAD_BYTES = 1 << 18
MAX_LINE = 32_000_000

_MAGIC = {
    b"%PDF": Message("reading.what.pdf"),
    b"SQLite format 3": Message("reading.what.sqlite"),
    b"\x89PNG": Message("reading.what.picture"),
    b"\xff\xd8\xff": Message("reading.what.picture"),
    b"GIF8": Message("reading.what.picture"),
    b"\x7fELF": Message("reading.what.program"),
    b"Rar!": Message("reading.what.rar"),
    b"7z\xbc\xaf": Message("reading.what.seven_zip"),
}
_PAGE = re.compile(
    rb"(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_CHAT = re.compile(
    rb"(?:\xe2\x80\x8e)?\[?\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? (?:\xc3\xa0 )?\d{1,2}[:.h]\d\d"
    rb"[^\n]{0,12}?(?:\]| -) [^\n:]{1,80}: "
)
_WRITTEN = ((_PAGE, Message("reading.what.page")), (_CHAT, Message("reading.what.chat")))
"""What begins like this is text, and no table: a saved page, a chat that WhatsApp exports."""
_WARC = b"WARC/"
_ARC = b"filedesc://"
_ZIP, _PARQUET, _OLE = b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"
_PACKED = (".gz", ".zst", ".xz", ".bz2")
_FILES_LOOKED_AT = 1000
_MAX_OLE = 200_000_000
_MAX_INNER = 2_000_000_000
"""Bytes of a workbook within another container: it is copied to a file first."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_READS = Message("reading.reads")
_STRANGE = bytes(
    (*range(1, 9), 11, *range(14, 27), *range(28, 32))
)  # but not NUL: a hole in a text is found line by line
_ASSIGNMENT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:(?:var|let|const)\s+)?[A-Za-z_$][\w$]*(?:\.[\w$]+)*\s*=\s*(?=[\[{])"
)
"""``window.YTD.tweets.part0 =``: JSON that an archive wraps into a script."""
_FINGERPRINT_BYTES = 4096
_ESCAPED = re.compile(r"[\udc80-\udcff]")
_ENDINGS = (
    ".gz", ".zst", ".xz", ".bz2", ".jsonl", ".ndjson", ".json", ".js", ".csv", ".tsv", ".txt",
    ".xlsx", ".ods", ".parquet",
)  # fmt: skip


class InputFile:
    """One file, opened: a context manager.

    ``name`` is what reports call it (``stored`` is where it lies, if elsewhere), ``head`` its first
    bytes, unpacked. ``kind`` is ``text``, or ``xlsx``, ``xls``, ``ods``, ``parquet``, ``car``:
    those are read from ``binary`` and have an empty head; ``warc`` is read from `stream`.
    ``notes`` are for the report, so are ``late_notes``, of what was met on the way.
    ``originals`` and ``sightings`` (document ids, and when) are what an archive of pages has
    beside its rows.

    Raises:
        ConfigError: there is no such file, it is a folder, or not text.
    """

    def __init__(self, name: str, stored: str | None = None) -> None:
        self.name = name
        self.damaged: str | Message = ""
        self.kind = "text"
        self.notes: list[Message] = []
        self.late_notes: list[Message] = []
        self.binary: BinaryIO
        self.originals = Originals()
        self.sightings: list[tuple[str, datetime]] = []
        self._copies: list[BinaryIO] = []
        self._place = stored or name
        self._raw = open_raw(self._place)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        unpacked = unpack(self._raw)
        self.is_packed = unpacked is not None
        self._stream: BinaryIO = self._raw if unpacked is None else unpacked
        try:
            self.head = _read(self._stream, HEAD_BYTES)
        except (*DAMAGE, OSError) as error:
            raise ConfigError(
                Message("reading.broken_pack", {"file": self.name, "error": damage_reason(error)})
            ) from None
        self._beginning = self.head[:_FINGERPRINT_BYTES]
        if self.head.startswith((_ZIP, _PARQUET, _OLE)) or is_car(self.head):
            self._begin_binary()
            return
        if self.head.startswith(_WARC):
            self.kind, self.encoding = "warc", "utf-8"
            return
        if self.head.startswith(_ARC):
            raise ConfigError(Message("reading.arc", {"file": self.name}))
        self.encoding = _encoding(self.name, self.head)
        if not self.encoding.startswith("utf"):
            parameters = {"file": self.name, "encoding": self.encoding}
            self.notes.append(Message("intake.encoding", parameters))
        if assignment := _ASSIGNMENT.match(self.head):
            self.head = self.head[assignment.end() :]

    def _begin_binary(self) -> None:
        """A workbook or Parquet file: they are read from their end, so they must be a file."""
        if isinstance(self._raw, io.BufferedReader) and isinstance(self._raw.raw, io.FileIO):
            binary: BinaryIO = self._raw
            if self.is_packed:
                binary = self._copied()
        else:
            binary = self._copied()
        binary.seek(0)
        self.binary = binary
        self.encoding = "utf-8"
        if self.head.startswith(_OLE):
            self.kind = "xls"
            self._check_old_office(binary)
        elif self.head.startswith(_PARQUET):
            self.kind = "parquet"
        else:
            self.kind = "car" if is_car(self.head) else zip_kind(binary, self.name)
            if self.kind == "xlsx" and is_broken_zip(binary):
                self.mend_workbook()
        self.head = b""
        if self.kind == "zip":
            raise ConfigError(Message("reading.nested_zip", {"file": self.name}))

    def mend_workbook(self) -> None:
        """Read a copy of what a workbook that breaks off holds; ``damaged`` says so.

        Raises:
            ConfigError: there is no whole row in it.
        """
        mended = rebuild_workbook(self.binary)
        if mended is None:
            raise ConfigError(Message("fault.importing.workbook", {"name": self.name}))
        self._copies.append(mended)
        self.binary = mended
        self.damaged = Message("reading.workbook_cut")

    def _check_old_office(self, binary: BinaryIO) -> None:
        if _ENCRYPTED in self.head or _ENCRYPTED in _ole_directory(binary):
            raise ConfigError(Message("reading.workbook_password", {"file": self.name}))
        if binary.seek(0, io.SEEK_END) > _MAX_OLE:
            raise ConfigError(Message("reading.old_workbook", {"file": self.name}))
        binary.seek(0)

    def _copied(self) -> BinaryIO:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this file
        self._copies.append(copy)
        copy.write(self.head)
        size = len(self.head)
        while piece := self._next_piece():
            size += len(piece)
            if size > _MAX_INNER:
                raise ConfigError(Message("reading.over_2_gb", {"file": self.name}))
            copy.write(piece)
        return copy

    def _next_piece(self) -> bytes:
        """What comes next of a packed file; where it breaks off, ``damaged`` says so."""
        try:
            return self._stream.read1(HEAD_BYTES)  # type: ignore[attr-defined, no-any-return]
        except DAMAGE as error:
            self.damaged = _broken_off(error)
            return b""

    @property
    def fingerprint(self) -> str:
        """Six hex digits of the file's beginning: another file has others."""
        return hashlib.blake2b(self._beginning, digest_size=3).hexdigest()

    def stream(self) -> io.BufferedReader:
        """All bytes, unpacked, piece by piece; damage raises (see `containers.unpack.DAMAGE`)."""
        return io.BufferedReader(_HeadThenRest(self.head, self._stream), HEAD_BYTES)

    def records_stream(self) -> io.BufferedReader | GzipMembers:
        """The stream of an archive of records: of a gzip file one that goes on behind damage."""
        if self.name == "-":
            return self.stream()
        again = open_raw(self._place)
        if not again.peek(2).startswith(b"\x1f\x8b"):
            again.close()
            return self.stream()
        self._copies.append(again)
        return GzipMembers(again)

    def lines(self, newline: str = "\n", encoding: str = "", size: int = 0) -> Iterator[str]:
        """The lines, with their ends; bytes that do not fit the encoding come as lone surrogates
        (see `repaired`).

        A line of over ``size`` (32 million) characters comes in pieces without an end. Damage in a
        compressed file ends the lines and is kept in ``damaged``.
        """
        whole = self.stream()
        encoding = encoding or self.encoding
        text = io.TextIOWrapper(
            whole,
            encoding,
            errors="replace" if "16" in encoding or "32" in encoding else "surrogateescape",
            newline=newline,
        )
        read = text.readline
        while True:
            try:
                line = read(size or MAX_LINE)
            except DAMAGE as error:
                self.damaged = _broken_off(error)
                return
            if not line:
                return
            yield line

    def __enter__(self) -> InputFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self.originals.close()
        for copy in self._copies:
            copy.close()
        if self.name != "-":
            self._raw.close()


class _HeadThenRest(io.RawIOBase):
    """The head that was read already, then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        if self._head:
            size = min(len(view), len(self._head))
            view[:size] = self._head[:size]
            self._head = self._head[size:]
            return size
        data = self._rest.read1(len(view))  # type: ignore[attr-defined]
        view[: len(data)] = data
        return len(data)


def _ole_directory(binary: BinaryIO) -> bytes:
    """The names of the streams of an old Office file, which may stand anywhere in it ([MS-CFB])."""
    binary.seek(0)
    head = binary.read(52)
    shift, first = int.from_bytes(head[30:32], "little"), int.from_bytes(head[48:52], "little")
    if shift not in (9, 12):
        return b""
    binary.seek((first + 1) << shift)
    return binary.read(4 << shift)


def _broken_off(error: Exception) -> Message:
    return Message("reading.pack_damaged", {"error": damage_reason(error)})


def has_invalid_bytes(text: str) -> bool:
    """Whether a line holds bytes that did not fit its encoding."""
    return not text.isascii() and _ESCAPED.search(text) is not None


def repair_invalid_bytes(text: str) -> str:
    """Bytes that did not fit UTF-8 read as Windows-1252: files are often glued from both."""
    return _ESCAPED.sub(lambda m: bytes([ord(m[0]) - 0xDC00]).decode("cp1252", "replace"), text)


def open_raw(name: str) -> io.BufferedReader:
    """The bytes as they are.

    Raises:
        ConfigError: there is no such file, or it cannot be opened.
    """
    if name == "-":
        return io.BufferedReader(_HeadThenRest(b"", sys.stdin.buffer), HEAD_BYTES)
    path = Path(name)
    if not path.exists() and (member := split_name(name)):
        return open_member(*member)
    try:
        if path.is_dir():
            some = f"{path}/*{_usual_ending(path)}"
            raise ConfigError(Message("reading.folder", {"file": name, "some": some}))
        return io.BufferedReader(io.FileIO(path), HEAD_BYTES)
    except FileNotFoundError:
        raise ConfigError(Message("reading.no_file", {"file": name})) from None
    except OSError as error:
        raise ConfigError(
            Message("reading.not_opened", {"file": name, "error": system_reason(error)})
        ) from None


def _read(stream: BinaryIO, size: int) -> bytes:
    """Up to ``size`` bytes; a compressed file that breaks off later than its first byte gives what
    it has.
    """
    parts: list[bytes] = []
    while size > 0:
        try:
            part = stream.read1(size)  # type: ignore[attr-defined]
        except (*DAMAGE, OSError):
            if parts:
                break
            raise
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _encoding(name: str, head: bytes) -> str:
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise ConfigError(
                Message("reading.is_what", {"file": name, "what": what, "reads": _READS})
            )
    begins = head[:2_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    for form, what in _WRITTEN:
        if form.match(begins):
            said = {"file": name, "what": what}
            raise ConfigError(Message("reading.is_no_table", said))
    for mark, encoding in ENCODING_MARKS:
        if head.startswith(mark):
            return encoding
    zeros_even, zeros_odd, half = head[::2].count(0), head[1::2].count(0), max(1, len(head) // 2)
    if zeros_odd > 0.4 * half and zeros_even < 0.1 * half:
        return "utf-16-le"
    if zeros_even > 0.4 * half and zeros_odd < 0.1 * half:
        return "utf-16-be"
    if head and not head.strip(b"\0"):
        raise ConfigError(Message("reading.only_nul", {"file": name}))
    if len(head) - len(head.translate(None, _STRANGE)) > max(16, 0.02 * len(head)):
        raise ConfigError(Message("reading.no_text_file", {"file": name, "reads": _READS}))
    text = head.decode("utf-8", "surrogateescape")
    bad = len(_ESCAPED.findall(text))
    good = sum(not c.isascii() for c in text) - bad if bad else 0
    if not bad or bad <= good + 3 * (len(head) == HEAD_BYTES):
        return "utf-8"
    return single_byte_encoding(head)


def source_name(name: str) -> str | None:
    """What a data set is called: its file without the endings."""
    if name == "-":
        return None
    member = split_name(name)
    stem = PurePath(member[1] if member else name).name
    for ending in _ENDINGS:
        stem = stem.removesuffix(ending)
    return stem or None


def _usual_ending(folder: Path) -> str:
    """The ending that most files in a folder have, with that of a packed one: ``.csv.gz``."""
    endings = Counter(
        "".join(file.suffixes[-2:] if file.suffix in _PACKED else file.suffixes[-1:])
        for file in islice(folder.iterdir(), _FILES_LOOKED_AT)
        if file.is_file() and not file.name.startswith(".")
    )
    return max(endings, key=lambda ending: (endings[ending], ending), default="")
