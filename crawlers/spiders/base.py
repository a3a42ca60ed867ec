"""What every spider is: a Scrapy spider that belongs to one source and hands its harvest to the desk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urldefrag

import scrapy
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.extract.article import VERSION
from crawlers.fetch import guard
from crawlers.fetch.download_handler import GuardRefused, Stopping
from crawlers.fetch.middlewares import BudgetSpent, RobotsRefused
from crawlers.pipeline.crawl_state import Memory, Page
from crawlers.pipeline.item_store import Desk, Harvest
from crawlers.sources import Source
from tocsin.core.findings import rfc3339
from tocsin.core.text import clean

KINDS = {
    "guard": "addresses refused by the guard", "robots": "pages closed by robots.txt", "http": "pages that answered with an error",
    "network": "pages that could not be reached", "size": "answers refused for their size", "unreadable": "pages that could not be read",
    "offsite": "addresses of other sites in sitemaps and redirects", "redirect": "pages that redirect for ever", "torn": "answers that broke off",
}  # fmt: skip
"""Kinds of notes and what they are called when there are many."""


@dataclass(slots=True)
class Visit:
    """One page on its way.

    ``hub`` pages (feeds, sitemaps, timelines) are no items of their own: they count only where they
    fail. ``quiet`` ones are guesses whose absence is no news. ``walk``: the page's links are wanted.
    ``paid``: it is counted against ``max_pages``. ``entry`` is what a feed said of it.
    """

    url: str
    mark: str = ""
    hub: bool = False
    quiet: bool = False
    conditional: bool = True
    depth: int = 0
    walk: bool = False
    paid: bool = False
    entry: dict[str, Any] | None = None


class BaseSpider(scrapy.Spider):
    """Subclasses name their ``options`` (the keys of their source files) and write ``start`` and their callbacks."""

    options: ClassVar[type[Source]] = Source

    def __init__(self, source: Source, desk: Desk, limit: int | None = None, **kwargs: Any) -> None:
        super().__init__(name=source.name, **kwargs)
        self.source, self.desk = source, desk
        self.max_pages = min(source.max_pages, limit) if limit else source.max_pages
        self.fetched = 0
        self.left = 0

    # -- asking
    def fetch(
        self,
        visit: Visit,
        callback: Any,
        *,
        priority: int = 0,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """A request for a visit. Failures come to `failed`."""
        return scrapy.Request(
            visit.url, callback, errback=self.failed, priority=priority, headers=headers, dont_filter=True,
            meta={"visit": visit, "handle_httpstatus_list": [304]},
        )  # fmt: skip

    def known(self, url: str, *, walk: bool = False) -> Page | None:
        """What is remembered of an address, where it is still of use: same extraction, links kept where they are wanted."""
        page = self.desk.state.page(urldefrag(url)[0])
        if page is None or page.version != VERSION or (walk and page.links is None):
            return None
        return page

    # -- answers
    def unchanged(self, response: Any) -> Page | None:
        """What is remembered of the page, where this answer says that it has not changed."""
        known = self.known(response.url, walk=response.meta["visit"].walk)
        if known is not None and (
            response.status == 304 or (known.sha256 and known.sha256 == digest(response.body))
        ):
            return known
        return None

    def remembered(
        self,
        response: Any,
        *,
        links: list[list[str]] | None = None,
        document: bool = False,
        kind: str = "page",
    ) -> Memory:
        """What to remember of an answer: validators of where it came from, and the mark at the address that was announced."""
        visit: Visit = response.meta["visit"]
        if "dataloss" in response.flags or "partial" in response.flags:
            self.desk.note(
                self.source, "torn", f"the answer of {response.url} broke off; what came was read"
            )
            return Memory()
        url, asked = urldefrag(response.url)[0], urldefrag(visit.url)[0]
        page = Page(
            url, etag=header(response, "ETag"), last_modified=header(response, "Last-Modified"), sha256=digest(response.body),
            seen_at=rfc3339(datetime.now(UTC)), mark=visit.mark if url == asked else "", links=links, document=document, version=VERSION, kind=kind,
        )  # fmt: skip
        if url == asked:
            return Memory([page])
        return Memory(
            [
                page,
                Page(
                    asked,
                    seen_at=page.seen_at,
                    mark=visit.mark,
                    links=links,
                    document=document,
                    version=VERSION,
                ),
            ]
        )

    def still(self, response: Any, known: Page) -> Harvest:
        """Remember a page that has not changed: its announcer may have marked it anew, its server given new validators."""
        visit: Visit = response.meta["visit"]
        known.etag = header(response, "ETag") or known.etag
        known.last_modified = header(response, "Last-Modified") or known.last_modified
        pages = [known]
        if urldefrag(visit.url)[0] == known.url:
            known.mark = visit.mark or known.mark
        else:
            pages.append(
                Page(
                    urldefrag(visit.url)[0],
                    seen_at=known.seen_at,
                    mark=visit.mark,
                    links=known.links,
                    document=known.document,
                    version=VERSION,
                )
            )
        return Harvest(memory=Memory(pages))

    async def failed(self, failure: Any) -> AsyncIterator[Any]:
        """Count a page that did not come, and say why in a sentence. Subclasses may save something of it."""
        visit: Visit = failure.request.meta["visit"]
        for harvest in self.explain(failure, visit):
            yield harvest

    def explain(self, failure: Any, visit: Visit) -> Iterable[Any]:
        """Fate and sentence of a failure."""
        error = failure.value
        url = failure.request.url
        if isinstance(error, Stopping):
            return
        if isinstance(error, BudgetSpent):
            self.left += 1
            return
        fate, kind, sentence = self._sentence(error, url, visit)
        if visit.quiet and kind in ("http", "network", "robots"):
            return
        self.desk.count(fate)
        self.desk.note(self.source, kind, sentence)
        yield from ()

    def _sentence(self, error: BaseException, url: str, visit: Visit) -> tuple[str, str, str]:
        what = (
            shown(url) if url == visit.url else f"{shown(visit.url)} (redirected to {shown(url)})"
        )
        if isinstance(error, GuardRefused):
            own = guard.url_refusal(url, allow_private=True) is None
            advice = (
                "; if it is your own, set allow_private = true in its source file" if own else ""
            )
            return "refused", "guard", f"{what} {error} and was not asked{advice}"
        if isinstance(error, RobotsRefused):
            return "refused", "robots", f"{what} {error}"
        if isinstance(error, HttpError) and 300 <= error.response.status < 400:
            return "refused", "guard", f"{what} redirects to what is no web address"
        if isinstance(error, HttpError):
            kept = "; the feed or server may have moved, check the address" if visit.hub else ""
            return "failed", "http", f"{what} answered {error.response.status}{kept}"
        if isinstance(error, DownloadCancelledError) or "exceeded DOWNLOAD_MAXSIZE" in str(error):
            return (
                "refused",
                "size",
                f"{what} is larger than max_bytes ({self.source.max_bytes}); raise it in the source file if it must be read",
            )
        if isinstance(error, IgnoreRequest) and "redirection" in str(error):
            return "failed", "redirect", f"{what} redirects for ever"
        if isinstance(error, DownloadTimeoutError):
            return (
                "failed",
                "network",
                f"{what} gave no answer within {self.source.timeout:g} s; it is tried again at the next crawl",
            )
        return (
            "failed",
            "network",
            f"{what} could not be reached ({reason(error)}); it is tried again at the next crawl",
        )

    def unreadable(self, url: str, why: str) -> None:
        """Count a page that came but cannot be read."""
        self.desk.count("unreadable")
        self.desk.note(self.source, "unreadable", f"{shown(url)} {why}")

    def closed(self, why: str) -> None:
        """Scrapy calls this when the spider ends: the rest of the notes."""
        self.desk.sum_up(self.source, KINDS)
        if self.left and why == "finished":
            self.desk.run.warn(
                f"{self.name}: max_pages ({self.max_pages}) was reached and {self.left} addresses wait; the next crawl goes on with them"
            )


def digest(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def shown(url: str) -> str:
    """An address for a sentence: bounded, and without what might be a password."""
    return re.sub(r"://[^/@]*@", "://", clean(url, 300))


def header(response: Any, name: str) -> str | None:
    """A header of an answer as text, bounded."""
    value = response.headers.get(name)
    return value.decode("latin-1")[:500] if value else None


def reason(error: BaseException) -> str:
    """A short reason without the library's jargon."""
    causes: list[BaseException] = [error]
    for cause in causes:
        inner = [failure.value for failure in getattr(cause, "reasons", None) or []] + [
            cause.__cause__
        ]
        causes += [one for one in inner if one is not None and len(causes) < 20]
    if any("certificate" in repr(cause).lower() for cause in causes):
        return "its certificate is not valid"
    names = {
        "CannotResolveHostError": "its name is unknown", "DownloadConnectionRefusedError": "connection refused", "ValueError": "its answer makes no sense",
        "ResponseDataLossError": "the answer broke off", "ConnectionLost": "the connection was lost", "ConnectionDone": "closed without an answer",
        "UnsupportedURLSchemeError": "odd scheme", "ParseError": "its answer is not HTTP", "DownloadFailedError": "the connection failed",
    }  # fmt: skip
    found = [names[type(cause).__name__] for cause in causes if type(cause).__name__ in names]
    return found[-1] if found else type(error).__name__
