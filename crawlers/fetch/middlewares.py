"""Scrapy components of every source: the guard, robots.txt, conditional requests with the page budget, retries, the way to the desk."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest

from crawlers.fetch import guard
from crawlers.fetch.download_handler import GuardRefused, Stopping

MAX_WAIT = 120.0
MAX_ROBOTS = 512 * 1024


class BudgetSpent(IgnoreRequest):
    """The source has fetched ``max_pages`` pages in this run."""


class RobotsRefused(IgnoreRequest):
    """robots.txt forbids the page, or could not be had from a server in trouble."""


def _desk(crawler: Any) -> Any:
    return crawler.spider.desk


class _OfCrawler:
    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Any:
        return cls(crawler)


class GuardMiddleware(_OfCrawler):
    """Refuses addresses by their form, before robots.txt is asked for: start pages, links, every redirect, sitemaps."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._ports: frozenset[int] | None = None

    def process_request(self, request: Any) -> None:
        """Raises GuardRefused, or Stopping where the run is."""
        spider = self.crawler.spider
        if spider.desk.stopping.is_set():
            raise Stopping("the run is stopping")
        if self._ports is None:
            self._ports = guard.start_ports(spider.source.start)
        why = guard.url_refusal(
            request.url, allow_private=spider.source.allow_private, ports=self._ports
        )
        if why is not None:
            raise GuardRefused(why)


class Robots(RobotsTxtMiddleware):
    """robots.txt as RFC 9309 reads it: none (4xx) allows all, a server in trouble (5xx) forbids all; Crawl-delay is kept."""

    def process_request_2(self, rp: Any, request: Any) -> None:
        """Raises RobotsRefused where the page is forbidden."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise RobotsRefused("is closed to crawlers by robots.txt") from None

    async def _parse_robots(self, response: Any, netloc: str, request: Any) -> None:
        if response.status >= 500:
            response = response.replace(body=b"User-agent: *\nDisallow: /\n")
        elif response.status >= 400:
            response = response.replace(body=b"")
        await super()._parse_robots(
            response.replace(body=response.body[:MAX_ROBOTS]), netloc, request
        )
        rules = getattr(self._parsers.get(netloc), "rp", None)
        delay = (
            rules.crawl_delay(self._robotstxt_useragent or self._default_useragent)
            if rules is not None
            else None
        )
        if delay:
            host = urlsplit(request.url).hostname or ""
            slow = _desk(self.crawler).slow
            slow[host] = max(slow.get(host, 0.0), min(float(delay), MAX_WAIT))


class Conditional(_OfCrawler):
    """Sends the validators of pages known from before, and counts pages fetched against ``max_pages``."""

    def process_request(self, request: Any) -> None:
        """Raises BudgetSpent. Runs again for every redirect and retry, so each address gets its own validators."""
        visit = request.meta.get("visit")
        if visit is None:
            return
        spider = self.crawler.spider
        if not visit.paid:
            if spider.fetched >= spider.max_pages:
                raise BudgetSpent("max_pages is reached")
            spider.fetched += 1
            visit.paid = True
        for header in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(header, None)
        known = spider.known(request.url, walk=visit.walk)
        if known is None or not visit.conditional:
            return
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified

    def process_response(self, request: Any, response: Any) -> Any:
        """A page that has not changed costs nothing of the budget."""
        visit = request.meta.get("visit")
        if visit is not None and response.status == 304 and visit.paid:
            self.crawler.spider.fetched -= 1
            visit.paid = False
        return response


class PoliteRetry(RetryMiddleware):
    """Retries as Scrapy does, but first waits as long as a 429 or 503 asks, up to two minutes."""

    async def process_response(self, request: Any, response: Any, spider: Any = None) -> Any:  # type: ignore[override]  # Scrapy awaits either
        """The answer, or the request again."""
        again = super().process_response(request, response)
        if again is not response and response.status in (429, 503):
            desk = _desk(self.crawler)
            try:
                wait = min(
                    max(float(response.headers.get("Retry-After", b"0").decode("latin-1")), 0.0),
                    MAX_WAIT,
                )
            except ValueError:
                wait = 5.0
            host = urlsplit(request.url).hostname or ""
            desk.slow[host] = max(desk.slow.get(host, 0.0), min(wait, 1.0))
            try:
                await asyncio.wait_for(desk.stopping.wait(), wait or 1.0)
            except TimeoutError:
                return again
        return again


class ToDesk(_OfCrawler):
    """The item pipeline: every harvest goes to the desk."""

    async def process_item(self, item: Any) -> Any:
        """Waits where the index is slower than the spider."""
        spider = self.crawler.spider
        await spider.desk.take(item, spider.source)
        return item
