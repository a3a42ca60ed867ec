"""Pages of a web archive (WARC), read as the crawlers read pages: same text, same ids.

What stands at an address at several times is several captures of one page. Everything that is no
page is left aside and counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing
from typing import Any, NamedTuple

from crawlers.extract.article import extract_article
from crawlers.extract.exchange_rows import article_row
from crawlers.extract.html_text import absolute_url
from crawlers.extract.parser_pool import ParserPool
from crawlers.importing.containers.warc_records import CutOff, WarcRecord, WarcRecords
from crawlers.importing.formats.base import Item, LeftOut, RejectedRow, Row
from crawlers.importing.input_file import InputFile
from crawlers.spiders.page_claims import PageClaims, is_front
from tocsin.core.dates import parse_time
from tocsin.core.documents import Raw, document_id, url_id
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.urls import canonical_url

AHEAD = 6
"""Pages that are being read while those before them are waited for."""
MAX_MOVED = 100_000
_NO_ARTICLE = {
    "front": "front pages of sites",
    "not_found": "error pages",
    "consent": "pages that ask for consent to cookies",
    "paywall": "what stands before a paywall",
    "gate": "pages that ask whether a person is reading",
    "index": "lists of other pages",
    "shared": "pages with the text of other addresses",
    "empty": "pages without a text",
}


class _Page(NamedTuple):
    """A page that is being read."""

    record: WarcRecord
    article: Future[Any]
    raw: Raw


class WarcImporter:
    """Rows ``{"url", "captured", "post", "raw"}``: the page's exchange object, and where its bytes
    will be kept.
    """

    is_exchange_format = False
    reads = "warc"
    records = "objects"
    profile = "web-archive"
    sample_rows = 20

    def recognises(self, source: InputFile) -> float:
        return 1.0 if source.kind == self.reads else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        with closing(ParserPool()) as pool:
            yield from _Archive(source, pool).rows()


class _Archive:
    def __init__(self, source: InputFile, pool: ParserPool) -> None:
        self._source, self._pool = source, pool
        self._records = WarcRecords(source.records_stream())
        self._claims = PageClaims()
        self._moved: dict[str, str] = {}
        self._refused = 0
        self._cut_off = ""
        self._pages = 0

    def rows(self) -> Iterator[Item]:
        """The pages in the order of the file, and why other records are none."""
        waiting: deque[_Page | Item] = deque()
        last = 0
        for record in self._records:
            last = record.number
            waiting.append(self._begin(record))
            while len(waiting) > AHEAD:
                yield from self._end(waiting.popleft())
        while waiting:
            yield from self._end(waiting.popleft())
        if self._refused:
            parameters = {"file": self._source.name, "n": self._refused}
            self._source.late_notes.append(Message("intake.canonical_refused", parameters))
        if self._records.passed_over:
            parameters = {"file": self._source.name, "n": self._records.passed_over}
            self._source.late_notes.append(Message("intake.warc_damaged", parameters))
        if self._records.damaged:
            told = {"error": self._records.damaged, "n": self._pages, "url": self._cut_off}
            code = "reading.archive_damaged_within" if self._cut_off else "reading.archive_damaged"
            reason = Message(code, told)
            yield RejectedRow(last + 1, reason)

    def _begin(self, record: WarcRecord) -> _Page | Item:
        """Have a page read; or why a record is none."""
        if reason := self._no_page(record):
            return LeftOut(record.number, reason)
        try:
            body = record.body()
        except CutOff:
            self._cut_off = record.url
            return LeftOut(record.number, "pages that are cut off")
        except Unreadable as error:
            return RejectedRow(
                record.number,
                Message("reading.page", {"url": record.url[:300], "error": error.message}),
            )
        article = self._pool.submit(extract_article, body, record.url, record.media_type, False)
        return _Page(record, article, self._source.originals.add(body))

    def _no_page(self, record: WarcRecord) -> str:
        if record.kind == "revisit":
            self._see_again(record)
            return "pages seen again, unchanged"
        if record.kind not in ("response", "resource"):
            return "records that hold no page (requests, notes)"
        if not absolute_url(record.url, record.url):
            return "records that hold no page (requests, notes)"
        if record.status in (301, 302, 303, 307, 308):
            return "redirects"
        if record.kind == "response" and record.status != 200:
            return "answers with an error"
        if not record.is_page:
            return "files that are no pages (pictures, scripts, styles)"
        return _NO_ARTICLE["front"] if is_front(record.url) else ""

    def _see_again(self, record: WarcRecord) -> None:
        """The page is as it was before: known by its address, or by the one that it refers to."""
        at = parse_time(record.date)
        if at is None:
            return
        for url in (record.url, record.revisited):
            if absolute_url(url, url):
                native = self._moved.get(canonical_url(url)) or url_id(canonical_url(url))
                self._source.sightings.append((document_id("web", native), at[0]))

    def _end(self, item: _Page | Item) -> Iterator[Item]:
        if not isinstance(item, _Page):
            yield item
            return
        record = item.record
        number, url = record.number, record.url
        try:
            article = item.article.result()
        except Unreadable as error:
            yield RejectedRow(
                number, Message("reading.page", {"url": url[:300], "error": error.message})
            )
            return
        why = self._claims.why_no_article(article, url, url, None, self._refuse)
        row = None if why else article_row(article, url)
        if row is None:
            yield LeftOut(number, _NO_ARTICLE.get(why or "empty", why))
            if why == "shared" and (first := self._claims.mended(article["text"])) is not None:
                yield Row(number, first.pop("capture") | {"post": first})
            return
        self._pages += 1
        own = canonical_url(url)
        if row["id"] != url_id(own) and len(self._moved) < MAX_MOVED:
            self._moved[own] = row["id"]
        row["extra"] |= {"archive_record": record.id, "archive_truncated": record.cut}
        row["extra"] = {k: v for k, v in row["extra"].items() if v not in (None, "", [], {})}
        capture = {
            "url": url, "captured": record.date,
            "raw": {"path": item.raw.path, "sha256": item.raw.sha256},
        }  # fmt: skip
        yield Row(number, {**capture, "post": row})
        held = {**row, "capture": capture}
        self._claims.hold(held, None)
        if (other := self._claims.take_address(held, url)) is not None:
            yield Row(number, other.pop("capture") | {"post": other})

    def _refuse(self, canonical: str) -> None:
        self._refused += 1
