"""What every spider is: a Scrapy spider that belongs to one source and yields items of the exchange
format.

The smallest one has a ``parse``::

    class BoardSpider(BaseSpider):
        platform = "board"

        def parse(self, response):
            for post in response.json()["posts"]:
                yield {"id": post["id"], "text": post["body"], "published_at": post["time"]}

Rows are checked, stored and counted by Tocsin; requests pass the guard, robots.txt and the page
limit, and what does not come is said in the report.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urldefrag

import scrapy
from scrapy.exceptions import (
    CloseSpider,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.settings import BaseSettings
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.extract.article import VERSION
from crawlers.extract.parser_pool import ParserFailed, ParserTimeout
from crawlers.fetch import guard
from crawlers.fetch.exceptions import (
    GuardRefused,
    HostLeft,
    PageLimitReached,
    RobotsRefused,
    RunStopping,
)
from crawlers.fetch.page_request import META_KEY, PageRequest, page_request
from crawlers.pipeline.crawl_state import PageState, StateUpdate
from crawlers.pipeline.items import CrawlItem
from crawlers.pipeline.session import CrawlSession, raised_in_library
from crawlers.sources import Source
from index.versions.history import Sighting
from tocsin.core.documents import document_id, url_id
from tocsin.core.errors import TocsinError, Unreadable
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message
from tocsin.core.text import clean
from tocsin.core.urls import canonical_url

_REASONS = {
    "CannotResolveHostError": Message("crawl.reason.name"),
    "DownloadConnectionRefusedError": Message("crawl.reason.refused"),
    "ValueError": Message("crawl.reason.nonsense"),
    "ResponseDataLossError": Message("crawl.reason.torn"),
    "ConnectionLost": Message("crawl.reason.lost"),
    "ConnectionDone": Message("crawl.reason.closed"),
    "UnsupportedURLSchemeError": Message("crawl.reason.scheme"),
    "ParseError": Message("crawl.reason.no_http"),
    "DownloadFailedError": Message("crawl.reason.failed"),
}
MAX_CAUSES = 20
GONE = (404, 410)
"""What servers answer where a page is no more."""
FEED_ENTRY = "entry"
"""In place of a page's hash: it never came, and its document is what a feed said of it."""
MAX_SLOW_PAGES = 3
"""Pages of a source that may take too long to read; then it is left, since other sources wait."""
PARSERS_AT_ONCE = 2
"""Parser processes that one source may use at the same time."""


class BaseSpider(scrapy.Spider):
    """Subclasses write ``parse`` (and other callbacks), and ``start`` where start addresses do not
    do.

    ``options`` is the class of their source files, with keys of their own. ``platform`` is where
    posts come from, for rows that do not say. ``custom_settings`` add to Tocsin's settings;
    item pipelines and middlewares are added to its own, which always stay.
    """

    options: ClassVar[type[Source]] = Source
    platform: ClassVar[str] = ""

    def __init__(
        self, source: Source, session: CrawlSession, limit: int | None = None, **kwargs: Any
    ) -> None:
        start_urls = list(dict.fromkeys(source.start))
        super().__init__(name=source.name, start_urls=start_urls, **kwargs)
        self.source, self.session = source, session
        self.max_pages = min(source.max_pages, limit) if limit else source.max_pages
        self.fetched = 0
        self.left = 0
        self._slow_pages = 0
        self._parser_turns = asyncio.Semaphore(PARSERS_AT_ONCE)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Add ``custom_settings``; of Tocsin's own components none is replaced or taken out."""
        for key, value in (cls.custom_settings or {}).items():
            own = settings.getdict(key) if isinstance(value, dict) else {}
            settings.set(key, {**value, **own} if own else value, priority="spider")

    # -- requests
    def request(
        self,
        page: PageRequest,
        callback: Any,
        *,
        priority: int = 0,
        headers: dict[str, str] | None = None,
    ) -> scrapy.Request:
        """The Scrapy request for a page. Failures come to `request_failed`."""
        return scrapy.Request(
            page.url,
            callback,
            errback=self.request_failed,
            priority=priority,
            headers=headers,
            dont_filter=True,
            meta={META_KEY: page, "handle_httpstatus_list": [304]},
        )

    def page_state(self, url: str, *, with_links: bool = False) -> PageState | None:
        """What is remembered of an address, where it is still of use.

        That is: of the same extraction, and with its links where they are wanted.
        """
        page = self.session.state.page(urldefrag(url)[0])
        if page is None or page.version != VERSION or (with_links and page.links is None):
            return None
        return page

    # -- answers
    def unchanged_page(self, response: Any) -> PageState | None:
        """What is remembered of the page, where this answer says that it has not changed."""
        known = self.page_state(response.url, with_links=page_request(response).follow_links)
        if known is not None and (
            response.status == 304 or (known.sha256 and known.sha256 == sha256_hex(response.body))
        ):
            return known
        return None

    def state_update(
        self,
        response: Any,
        *,
        links: list[list[str]] | None = None,
        document_key: str = "",
        kind: str = "page",
    ) -> StateUpdate:
        """What to remember of an answer.

        Its validators stand at the address it came from, the change tag at the one announced.
        """
        page = page_request(response)
        if "dataloss" in response.flags or "partial" in response.flags:
            sentence = Message("crawl.torn", {"url": response.url})
            self.session.note(self.source, "torn", sentence)
            return StateUpdate()
        url, asked_url = urldefrag(response.url)[0], urldefrag(page.url)[0]
        state = PageState(
            url,
            etag=header_text(response, "ETag"),
            last_modified=header_text(response, "Last-Modified"),
            sha256=sha256_hex(response.body),
            seen_at=rfc3339(datetime.now(UTC)),
            change_tag=page.change_tag if url == asked_url else "",
            links=links,
            document=bool(document_key),
            version=VERSION,
            kind=kind,
            document_id=document_key,
        )
        if url == asked_url:
            return StateUpdate([state])
        return StateUpdate([state, _announced_state(asked_url, page, state)])

    def unchanged_item(self, response: Any, known: PageState) -> CrawlItem:
        """Remember a page that has not changed, and that it was seen.

        Its announcer may have tagged it anew, its server may have given new validators.
        """
        page = page_request(response)
        known.etag = header_text(response, "ETag") or known.etag
        known.last_modified = header_text(response, "Last-Modified") or known.last_modified
        pages = [known]
        asked_url = urldefrag(page.url)[0]
        if asked_url == known.url:
            known.change_tag = page.change_tag or known.change_tag
        else:
            pages.append(_announced_state(asked_url, page, known))
        seen = [Sighting(id_, datetime.now(UTC)) for id_ in document_ids(known)]
        return CrawlItem(state=StateUpdate(pages), sightings=seen)

    def gone_item(self, failure: Any) -> CrawlItem | None:
        """That the page of a document is gone (404, 410); None for any other failure.

        What was collected stays. The page is asked for again when it is announced again.
        """
        status = getattr(getattr(failure.value, "response", None), "status", 0)
        if status not in GONE:
            return None
        url = urldefrag(page_request(failure.request).url)[0]
        known = self.session.state.page(url)
        if known is None or not known.document or known.sha256 == FEED_ENTRY:
            return None
        gone = [Sighting(id_, datetime.now(UTC), status) for id_ in document_ids(known)]
        known.sha256, known.etag, known.last_modified, known.change_tag = "", None, None, ""
        self.count_fate("gone")
        sentence = Message("crawl.page_gone", {"url": display_url(url), "status": status})
        self.session.note(self.source, "http", sentence)
        return CrawlItem(state=StateUpdate([known]), sightings=gone)

    def count_fate(self, fate: str, number: int = 1) -> None:
        """Count what became of pages or posts of this source."""
        self.session.count(fate, number, self.source)

    # -- what did not come
    async def request_failed(self, failure: Any) -> AsyncIterator[Any]:
        """Scrapy's errback: count a page that did not come, and say why.

        Subclasses may save something of it.
        """
        self.report_failure(failure)
        return
        yield  # makes it a generator, as those of subclasses are

    def report_failure(self, failure: Any) -> None:
        """Fate and sentence of a failed request."""
        error, page = failure.value, page_request(failure.request)
        if isinstance(error, RunStopping):
            return
        if isinstance(error, PageLimitReached):
            self.left += 1
            return
        url = display_url(failure.request.url)
        if not _is_of_the_web(error, failure):
            name = Message("crawl.part.download")
            self.session.plugin_failed(self.source, "middleware", error, url, name=name)
            return
        fate, kind, sentence = self._failure_words(error, failure.request.url, page)
        if page.optional and kind in ("http", "network", "robots"):
            return
        self.count_fate(fate)
        self.session.note(self.source, kind, sentence)

    def _failure_words(
        self, error: BaseException, url: str, page: PageRequest
    ) -> tuple[str, str, Message]:
        """Fate, kind of note, and sentence."""
        what: str | Message = display_url(page.url)
        if url != page.url:
            what = Message("crawl.redirected", {"url": what, "to": display_url(url)})
        said = {"url": what}
        if isinstance(error, GuardRefused):
            is_private = guard.url_refusal(url, allow_private=True) is None
            code = "crawl.guarded_private" if is_private else "crawl.guarded"
            return "refused", "guard", Message(code, {**said, "reason": error.args[0]})
        if isinstance(error, RobotsRefused):
            return "refused", "robots", Message("crawl.page", {**said, "reason": error.args[0]})
        if isinstance(error, HostLeft):
            return "failed", "wait", Message("crawl.page", {**said, "reason": error.args[0]})
        if isinstance(error, HttpError):
            status = error.response.status
            if 300 <= status < 400:
                return "refused", "guard", Message("crawl.odd_redirect", said)
            code = "crawl.list_answered" if page.listing else "crawl.answered"
            return "failed", "http", Message(code, {**said, "status": status})
        if isinstance(error, DownloadCancelledError) or "exceeded DOWNLOAD_MAXSIZE" in str(error):
            limit = self.source.max_bytes
            return "refused", "size", Message("crawl.large", {**said, "limit": limit})
        if isinstance(error, IgnoreRequest) and "redirection" in str(error):
            return "failed", "redirect", Message("crawl.redirects", said)
        if isinstance(error, DownloadTimeoutError):
            seconds = self.source.timeout
            return "failed", "network", Message("crawl.no_answer", {**said, "seconds": seconds})
        reason = short_reason(error)
        return "failed", "network", Message("crawl.unreached", {**said, "reason": reason})

    async def read_in_process(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function at the top level of a module returns, called in a parser process.

        Raises:
            Unreadable: see `ParserPool.call`; or the source had too many pages that took too long.
        """
        async with self._parser_turns:
            if self._slow_pages >= MAX_SLOW_PAGES:
                raise Unreadable(Message("crawl.left_slow"))
            try:
                return await self.session.parsers.call(function, *arguments)
            except ParserTimeout:
                self._slow_pages += 1
                raise

    def count_unreadable(self, url: str, reason: str | Message | Exception) -> None:
        """Count a page that came but cannot be read, and say why.

        Raises:
            CloseSpider: several pages took too long; the rest is left for the next crawl.
        """
        if isinstance(reason, ParserFailed):
            self.session.plugin_failed(
                self.source, "parser", reason, display_url(url), fate="unreadable"
            )
            return
        self.count_fate("unreadable")
        if isinstance(reason, Exception):
            reason = reason.message if isinstance(reason, TocsinError) else str(reason)
        self.session.note(
            self.source,
            "unreadable",
            Message("crawl.page", {"url": display_url(url), "reason": reason}),
        )
        if self._slow_pages >= MAX_SLOW_PAGES:
            raise CloseSpider("slow pages")

    # -- the end
    @staticmethod
    async def close(spider: Any, reason: str) -> None:  # type: ignore[override]
        """Scrapy calls this when the spider ends. Subclasses write ``closed(reason)``."""
        if spider.left and reason == "finished":
            told = {"most": spider.max_pages, "n": spider.left}
            spider.session.say(spider.source, Message("crawl.max_pages", told))
        if reason == "slow pages":
            told = {"n": MAX_SLOW_PAGES}
            spider.session.say(spider.source, Message("crawl.slow_pages", told))
        try:
            ending = scrapy.Spider.close(spider, reason)
            if inspect.isawaitable(ending):
                await ending
        except Exception as error:
            spider.session.plugin_failed(
                spider.source, "spider", error, name=Message("crawl.part.closed")
            )


def _announced_state(url: str, page: PageRequest, state: PageState) -> PageState:
    """What to remember at the address that was announced, where it led to another."""
    return PageState(
        url,
        seen_at=state.seen_at,
        change_tag=page.change_tag,
        links=state.links,
        document=state.document,
        version=VERSION,
        document_id=state.document_id,
    )


def document_ids(page: PageState) -> list[str]:
    """The document that a page became, if it did."""
    if not page.document:
        return []
    return [page.document_id or document_id("web", url_id(canonical_url(page.url)))]


def sha256_hex(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def display_url(url: str) -> str:
    """An address for a sentence: bounded, and without what might be a password."""
    return re.sub(r"://[^/@]*@", "://", clean(url, 300))


def header_text(response: Any, name: str) -> str | None:
    """A header of an answer as text, bounded."""
    value = response.headers.get(name)
    return value.decode("latin-1")[:500] if value else None


def short_reason(error: BaseException) -> str | Message:
    """A short reason without the library's jargon."""
    causes = _causes(error)
    if any("certificate" in repr(cause).lower() for cause in causes):
        return Message("crawl.reason.certificate")
    known = [_REASONS[name] for cause in causes if (name := type(cause).__name__) in _REASONS]
    return known[-1] if known else type(error).__name__


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what caused it, through Twisted's lists of reasons, too."""
    causes: list[BaseException] = [error]
    for cause in causes:  # grows meanwhile
        reasons = [failure.value for failure in getattr(cause, "reasons", None) or []]
        inner = [*reasons, cause.__cause__]
        causes += [one for one in inner if one is not None and len(causes) < MAX_CAUSES]
    return causes


def _is_of_the_web(error: BaseException, failure: Any) -> bool:
    """Whether a failed request is the web's doing: anything else is an error in a plug-in or in
    Tocsin.
    """
    if isinstance(error, (IgnoreRequest, HttpError, OSError)):
        return True
    if type(error).__name__ == "_InvalidOutput":  # a middleware returned what it must not
        return False
    return raised_in_library(error, failure)
