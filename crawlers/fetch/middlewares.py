"""Scrapy middlewares of every source: the guard, robots.txt, conditional requests with the page
limit, retries.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest

from crawlers.fetch import guard
from crawlers.fetch.exceptions import (
    GuardRefused,
    HostLeft,
    PageLimitReached,
    RobotsRefused,
    RunStopping,
)
from crawlers.fetch.page_request import META_KEY, page_request
from tocsin.core.dates import parse_time
from tocsin.core.messages import Message

MAX_ROBOTS_BYTES = 512 * 1024
UNSAID_WAIT = 5.0
"""Seconds to wait where Retry-After makes no sense."""


class _Middleware:
    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Any:
        """See Scrapy's documentation of middlewares."""
        return cls(crawler)


class GuardMiddleware(_Middleware):
    """Refuses addresses by their form, before robots.txt is asked for.

    It sees start pages, links, every redirect, and sitemaps. A host that wants longer waits than
    are granted is not asked again.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._ports: frozenset[int] | None = None

    def process_request(self, request: Any) -> None:
        """Raises GuardRefused, HostLeft, or RunStopping where the run is."""
        spider = self.crawler.spider
        if spider.session.stopping.is_set():
            raise RunStopping("the run is stopping")
        if self._ports is None:
            self._ports = guard.start_ports(spider.source.start)
        reason = guard.url_refusal(
            request.url, allow_private=spider.source.allow_private, ports=self._ports
        )
        if reason is not None:
            raise GuardRefused(reason)
        if (seconds := spider.session.asked_wait(_host(request.url))) is not None:
            raise HostLeft(wait_sentence(seconds))


class RobotsMiddleware(RobotsTxtMiddleware):
    """robots.txt as RFC 9309 reads it.

    None (4xx) allows all, a server in trouble (5xx) forbids all. Crawl-delay is kept; where it is
    longer than a crawl waits, one page is fetched and the rest left for the next crawl.
    """

    def process_request_2(self, rp: Any, request: Any) -> None:
        """Raises RobotsRefused where the page is forbidden."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise RobotsRefused(Message("crawl.robots")) from None

    async def _parse_robots(self, response: Any, netloc: str, request: Any) -> None:
        body = response.body[:MAX_ROBOTS_BYTES]
        if response.status >= 500:
            body = b"User-agent: *\nDisallow: /\n"
        elif response.status >= 400:
            body = b""
        await super()._parse_robots(response.replace(body=body), netloc, request)
        rules = getattr(self._parsers.get(netloc), "rp", None)
        agent = self._robotstxt_useragent or self._default_useragent
        delay = rules.crawl_delay(agent) if rules is not None else None
        if delay and float(delay) > 0:
            spider: Any = self.crawler.spider
            spider.session.slow_down(_host(request.url), float(delay))


class ConditionalRequestMiddleware(_Middleware):
    """Sends the validators of pages known from before, and counts pages fetched against
    ``max_pages``.
    """

    def process_request(self, request: Any) -> None:
        """Raises PageLimitReached.

        It runs again for every redirect and retry, so that each address gets its own validators.
        """
        page = request.meta.get(META_KEY)
        if page is None:  # robots.txt
            return
        spider = self.crawler.spider
        if not page.counted:
            if spider.fetched >= spider.max_pages:
                raise PageLimitReached("max_pages is reached")
            spider.fetched += 1
            page.counted = True
        if not page.conditional:
            return
        for header in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(header, None)
        known = spider.page_state(request.url, with_links=page.follow_links)
        if known is None:
            return
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified

    def process_response(self, request: Any, response: Any) -> Any:
        """A page that has not changed costs nothing of the page limit."""
        page = request.meta.get(META_KEY)
        if page is not None and response.status == 304 and page.counted:
            self.crawler.spider.fetched -= 1
            page.counted = False
        return response


class PoliteRetryMiddleware(RetryMiddleware):
    """Retries as Scrapy does, but first waits as long as a 429 or 503 asks.

    What a host asks for may add up to ``crawl.longest_wait`` in a run.
    """

    # Scrapy awaits either
    async def process_response(self, request: Any, response: Any, spider: Any = None) -> Any:  # type: ignore[override]
        """The answer, or the request again.

        Raises HostLeft where the wait asked for is too long.
        """
        again = super().process_response(request, response)
        if response.status not in (429, 503):
            return again
        crawler: Any = self.crawler
        session, host = crawler.spider.session, _host(request.url)
        seconds = retry_after(response.headers.get("Retry-After"))
        if seconds > session.longest_wait or (
            again is not response and not session.may_wait(host, seconds)
        ):
            session.leave_host(host, seconds)
            raise HostLeft(wait_sentence(seconds))
        if again is not response:
            session.slow_down(host, min(seconds, 1.0))
            try:
                await asyncio.wait_for(session.stopping.wait(), seconds or 1.0)
            except TimeoutError:
                return again
        return again


class RequestDefaultsMiddleware(_Middleware):
    """A spider middleware: plain requests are counted and explained like those of Tocsin's own
    spiders.
    """

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """What the spider starts with."""
        async for output in start:
            yield self._completed(output)

    async def process_spider_output(
        self, response: Any, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """What a callback yields."""
        async for output in result:
            yield self._completed(output)

    def _completed(self, output: Any) -> Any:
        if isinstance(output, Request):
            page_request(output)
            if output.errback is None:
                output.errback = self.crawler.spider.request_failed
        return output


def retry_after(header: bytes | None) -> float:
    """The seconds that a Retry-After header asks for: a number, or a date. Infinite is infinite."""
    text = (header or b"0").decode("latin-1").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = parse_time(text)
        if moment is None:
            return UNSAID_WAIT
        seconds = (moment[0] - datetime.now(UTC)).total_seconds()
    return UNSAID_WAIT if math.isnan(seconds) else max(seconds, 0.0)


def wait_sentence(seconds: float) -> Message:
    """What the report says of a host that asked to wait too long."""
    if not math.isfinite(seconds):
        return Message("crawl.wait_for_ever")
    return Message("crawl.wait", {"span": _span(seconds)})


def _span(seconds: float) -> Message:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return Message(f"crawl.span.{unit}", {"n": seconds / size})
    return Message("crawl.span.seconds", {"n": seconds})


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
