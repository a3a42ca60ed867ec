"""Records of WARC files (https://iipc.github.io/warc-specifications), one at a time.

What is damaged costs itself: reading goes on at the next record.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from warcio.bufferedreaders import BufferedReader, ChunkedDataReader
from warcio.limitreader import LimitReader
from warcio.recordloader import ArcWarcRecordLoader

from crawlers.importing.containers.codings import decode_content
from crawlers.importing.containers.gzip_members import GzipMembers
from crawlers.importing.containers.unpack import DAMAGE, damage_reason
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

# what warcio mends in silence (spaces in an address) it tells the log: without a handler of our own
# Python would write that to the terminal, in English, between the lines of a report
logging.getLogger("warcio").addHandler(logging.NullHandler())

MAX_LINE = 1 << 16
MAX_BODY = 16_000_000
"""Bytes of a page, packed or unpacked; larger ones are not read."""
_BEGIN = b"WARC/"
_PIECE = 1 << 16
_PAGES = ("text/html", "application/xhtml+xml")


class CutOff(Unreadable):
    """The file ends within this record."""


@dataclass(slots=True)
class WarcRecord:
    """A record without its bytes; `body` reads them, before the next record is asked for.

    ``kind`` is its ``WARC-Type``, ``date`` its ``WARC-Date``, ``media_type`` what its answer says
    of itself (with the charset), ``status`` 0 where it is no answer.
    """

    number: int
    kind: str
    id: str
    url: str
    date: str
    media_type: str = ""
    status: int = 0
    revisited: str = ""
    cut: str = ""
    size: int = 0
    _record: Any = field(default=None, repr=False)
    _http: Any = field(default=None, repr=False)

    @property
    def is_page(self) -> bool:
        """Whether it says that it is HTML, or says nothing."""
        kind = self.media_type.partition(";")[0].strip().lower()
        return kind in _PAGES or (not kind and self.kind == "response")

    def body(self) -> bytes:
        """The page as its server sent it, unpacked.

        Raises:
            Unreadable: it is too large, packed in an unknown way, or the file ends within it.
        """
        if self.size > MAX_BODY:
            raise Unreadable(Message("reading.record_large", {"megabytes": MAX_BODY / 1000000.0}))
        stream = self._record.raw_stream
        header = self._http.get_header if self._http is not None else lambda _: None
        if "chunked" in (header("Transfer-Encoding") or "").lower():
            body = ChunkedDataReader(stream).read(MAX_BODY + 1)
        else:
            body = stream.read(MAX_BODY + 1)
        for _ in _rest(stream):
            pass
        if stream.limit:
            raise CutOff(Message("reading.cut_off_within"))
        return decode_content(body, header("Content-Encoding") or "", MAX_BODY)


class WarcRecords:
    """The records of a stream. ``damaged`` says why it ended early, ``passed_over`` how many pieces
    between records were none.
    """

    def __init__(self, stream: io.BufferedReader | GzipMembers) -> None:
        self.damaged: Message | None = None
        self.passed_over = 0
        self._number = 0
        self._is_torn = False
        self._stream = stream
        self._reader = _Reader(self)
        self._loader = ArcWarcRecordLoader(verify_http=False)

    def read(self, size: int) -> bytes:
        """Bytes of the stream; none where it breaks off."""
        try:
            return self._stream.read1(size)
        except DAMAGE as error:
            self._is_torn = True
            self.damaged = self.damaged or damage_reason(error)
            return b""

    def __iter__(self) -> Iterator[WarcRecord]:
        yield from self._read_on()
        while self._is_torn and isinstance(self._stream, GzipMembers):
            self._is_torn = False  # the next member is a record of its own
            self._reader = _Reader(self)
            yield from self._read_on()

    def _read_on(self) -> Iterator[WarcRecord]:
        """The records up to where the stream breaks off."""
        while line := self._next_begin():
            if self.damaged:  # what was lost lies between records
                self.damaged = None
                self.passed_over += 1
            self._number += 1
            number = self._number
            try:
                found = self._loader.parse_record_stream(
                    self._reader, line.decode("latin-1"), "warc", no_record_parse=True
                )
                record = self._read_head(found, number)
            except Exception:  # warcio raises what its parsers of headers meet
                self.passed_over += 1
                continue
            yield record
            for _ in _rest(found.raw_stream):
                pass
            if found.raw_stream.limit:
                self.damaged = self.damaged or Message("reading.damage.ended")
                return

    def _next_begin(self) -> bytes:
        """The first line of the next record; empty at the end."""
        is_lost = False
        while line := self._reader.readline():
            if line.startswith(_BEGIN):
                return bytes(line)
            if line.strip() and not is_lost:
                is_lost = True
                self.passed_over += 1
        return b""

    def _read_head(self, found: Any, number: int) -> WarcRecord:
        if not isinstance(found.raw_stream, LimitReader):
            raise ValueError("a record that does not say how long it is")
        header = found.rec_headers.get_header
        record = WarcRecord(
            number, (found.rec_type or "").lower(), header("WARC-Record-ID") or "",
            header("WARC-Target-URI") or "", header("WARC-Date") or "",
            revisited=header("WARC-Refers-To-Target-URI") or "",
            cut=header("WARC-Truncated") or "", size=found.raw_stream.limit, _record=found,
        )  # fmt: skip
        if record.kind == "resource":
            record.media_type = header("Content-Type") or ""
        if record.kind == "response" and record.url.startswith(("http:", "https:")):
            http = self._loader.load_http_headers("response", record.url, found.raw_stream, 1)
            record._http = http
            record.status = int(http.get_statuscode() or 0)
            record.media_type = http.get_header("Content-Type") or ""
            record.size = found.raw_stream.limit
        return record


class _Reader(BufferedReader):  # type: ignore[misc]
    """Lines of bounded length."""

    def readline(self, length: int | None = None) -> bytes:
        line: bytes = super().readline(min(length or MAX_LINE, MAX_LINE))
        return line


def _rest(stream: Any) -> Iterator[None]:
    """Reads what is left of a record, piece by piece."""
    while stream.read(_PIECE):
        yield
