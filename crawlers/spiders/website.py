"""The site spider: sitemaps of every form, and the links within the same site."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from fnmatch import fnmatchcase
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urljoin, urlsplit

from pydantic import Field
from scrapy.linkextractors import IGNORED_EXTENSIONS

from crawlers.extract import sitemaps
from crawlers.extract.article import site_of
from crawlers.fetch.page_request import PageRequest, page_request
from crawlers.pipeline.items import CrawlItem
from crawlers.sources import Source
from crawlers.spiders.article_pages import ArticleSpider
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.urls import canonical_url

_MORE_FILES = ["json", "xml", "rss", "atom", "txt", "woff", "woff2", "gz", "webmanifest"]
_FILE_ENDINGS = tuple(f".{ending}" for ending in (*IGNORED_EXTENSIONS, *_MORE_FILES))
_SITEMAP_LINE = re.compile(rb"(?im)^\s*sitemap\s*:\s*(\S+)")
_FEED = re.compile(rb"(?s)\s*(<\?xml.*?\?>)?\s*(<!--.*?-->)?\s*<(rss|feed|rdf:RDF)\b")
SITEMAP_DEPTH = 3
MAX_SITEMAPS = 500
SITEMAP_BYTES = 50_000_000
MAX_PARAMETERS = 8
MAX_REPEATED_SEGMENTS = 4


class SiteSource(Source):
    """Keys of a site source."""

    follow: bool | None = Field(
        None,
        description="Follow links within the site. Left out: yes where a start address is a page.",
    )
    sitemaps: bool = Field(
        True,
        description="From a page, also read the sitemaps that robots.txt names, else /sitemap.xml.",
    )
    max_depth: int = Field(
        5, ge=0, le=50, description="Links to follow from a start page: bounds endless calendars."
    )
    subdomains: bool = Field(False, description="Subdomains of the start hosts belong to the site.")
    include: list[str] = Field(
        [],
        max_length=200,
        description="Only pages whose path matches one of these (`/news/*`) become documents.",
    )
    exclude: list[str] = Field(
        [],
        max_length=200,
        description="Pages whose path matches one of these patterns are never asked for.",
    )


class SiteSpider(ArticleSpider):
    """``start`` are sitemaps or pages."""

    options: ClassVar[type[Source]] = SiteSource
    source: SiteSource

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sites = {site_of(url) for url in self.source.start}
        self._requested: set[str] = set()
        self._sitemap_count = 0
        self._news: dict[str, dict[str, Any]] = {}

    async def start(self) -> AsyncIterator[Any]:
        """Every start address; what each is shows when it comes."""
        for url in self.start_urls:
            self._requested.add(canonical_url(url))
            page = PageRequest(url, listing=True, follow_links=self.source.follow is not False)
            yield self.request(page, self.parse_start, priority=20)

    async def parse_start(self, response: Any) -> AsyncIterator[Any]:
        """A sitemap, or a page to walk from."""
        known = self.unchanged_page(response)
        if known is not None and known.kind == "sitemap":
            async for output in self.parse_sitemap(response):
                yield output
            return
        if known is None and response.status != 304:
            try:
                sitemap = await self._read_sitemap(response)
                if sitemap is None and _FEED.match(response.body[:2000]):
                    raise Unreadable(Message("crawl.is_feed"))
            except Unreadable as error:
                self.count_unreadable(response.url, error)
                return
            if sitemap is not None:
                async for output in self.parse_sitemap(response, sitemap):
                    yield output
                return
        page_request(response).listing = False
        if self.source.sitemaps:
            robots = PageRequest(
                urljoin(response.url, "/robots.txt"), listing=True, optional=True, conditional=False
            )
            yield self.request(robots, self.parse_robots, priority=20)
        async for output in self.read_page(response, store=self.stores_page(response.url)):
            yield output

    async def parse_robots(self, response: Any) -> AsyncIterator[Any]:
        """The sitemaps that robots.txt names, else the usual place."""
        named = [
            urljoin(response.url, line.decode("utf-8", "replace"))
            for line in _SITEMAP_LINE.findall(response.body[:512_000])
        ]
        usual = [urljoin(response.url, "/sitemap.xml")]
        for url in dict.fromkeys(named or usual):
            for request in self._sitemap_request(url, "", 0, optional=not named):
                yield request

    async def parse_sitemap(
        self, response: Any, sitemap: dict[str, Any] | None = None
    ) -> AsyncIterator[Any]:
        """A sitemap: its pages, those not known before first; an index: its sitemaps."""
        page = page_request(response)
        known = self.unchanged_page(response)
        if known is not None:
            links = known.links or []
            yield self.unchanged_item(response, known)
        else:
            try:
                if sitemap is None and response.status == 200:
                    sitemap = await self._read_sitemap(response)
                if sitemap is None and not page.optional:
                    raise Unreadable(Message("crawl.no_sitemap"))
            except Unreadable as error:
                self.count_unreadable(response.url, error)
                return
            if sitemap is None:
                return
            if sitemap["problem"]:
                number = len(sitemap["pages"]) + len(sitemap["sitemaps"])
                told = {"url": response.url, "problem": sitemap["problem"], "n": number}
                sentence = Message("crawl.sitemap_problem", told)
                self.session.note(self.source, "unreadable", sentence)
            self._news |= sitemap["news"]
            links = [[url, tag, "s"] for url, tag in sitemap["sitemaps"]]
            links += [[url, tag, "p"] for url, tag in sitemap["pages"]]
            yield CrawlItem(state=self.state_update(response, links=links, kind="sitemap"))
        for request in self.follow(links, page, from_sitemap=True):
            yield request

    async def _read_sitemap(self, response: Any) -> dict[str, Any] | None:
        """What a sitemap names; None where the answer is not one. Raises Unreadable."""
        limit = min(SITEMAP_BYTES, 8 * self.source.max_bytes)
        sitemap: dict[str, Any] | None = await self.read_in_process(
            sitemaps.parse, response.body, response.url, limit
        )
        return sitemap

    def follow(
        self, links: list[list[str]], page: PageRequest, *, from_sitemap: bool = False
    ) -> list[Any]:
        """Requests for what a sitemap or page names: of this site, wanted, each once a run."""
        walks = page.follow_links and not from_sitemap and page.depth < self.source.max_depth
        new: list[Any] = []
        known: list[Any] = []
        for url, tag, kind in links:
            if kind == "s":
                new += self._sitemap_request(url, tag, page.depth + 1)
            elif kind == "p" or walks:
                depth = 0 if kind == "p" else page.depth + 1
                follow_links = kind == "l" or self.source.follow is True
                requests = self._page_request(url, tag, depth, follow_links=follow_links)
                is_known = bool(requests) and self.page_state(url) is not None
                (known if is_known else new).extend(requests)
        return new + known

    def _sitemap_request(
        self, url: str, tag: str, depth: int, *, optional: bool = False
    ) -> list[Any]:
        """The request for a sitemap that another one or robots.txt names."""
        canonical = canonical_url(url)
        if (
            canonical in self._requested
            or depth > SITEMAP_DEPTH
            or self._sitemap_count >= MAX_SITEMAPS
        ):
            return []
        if not self.is_of_site(url):
            sentence = Message("crawl.sitemap_elsewhere", {"url": url[:300]})
            self.session.note(self.source, "offsite", sentence)
            return []
        self._requested.add(canonical)
        self._sitemap_count += 1
        page = PageRequest(url, change_tag=tag, listing=True, depth=depth, optional=optional)
        return [self.request(page, self.parse_sitemap, priority=10)]

    def _page_request(self, url: str, tag: str, depth: int, *, follow_links: bool) -> list[Any]:
        """The request for a page, unless its sitemap says that it is as it was."""
        canonical = canonical_url(url)
        if canonical in self._requested:
            return []
        if not self.wants_page(url):
            if depth == 0 and not self.is_of_site(url):
                self._requested.add(canonical)
                sentence = Message("crawl.page_elsewhere", {"url": url[:300]})
                self.session.note(self.source, "offsite", sentence)
            return []
        self._requested.add(canonical)
        if not self.session.claim(self.source, canonical):
            self.count_fate("duplicate")
            return []
        page = PageRequest(url, change_tag=tag, depth=depth, follow_links=follow_links)
        page.said = self._news.get(url)
        known = self.page_state(url, with_links=follow_links)
        if known is not None and tag and known.change_tag == tag:
            self.count_fate("unchanged" if known.document else "empty")
            return self.follow(known.links or [], page)
        return [self.request(page, self.parse_page, priority=-depth)]

    async def parse_page(self, response: Any) -> AsyncIterator[Any]:
        """A page of the site; where a redirect led off it, nothing is kept."""
        if not self.is_of_site(response.url):
            self.count_fate("refused")
            announced = page_request(response).url[:300]
            told = {"url": announced, "to": response.url[:300]}
            self.session.note(self.source, "offsite", Message("crawl.led_elsewhere", told))
            return
        async for output in self.read_page(response, store=self.stores_page(response.url)):
            yield output

    # -- what belongs to the source
    def is_of_site(self, url: str) -> bool:
        """Whether an address is of one of the start hosts."""
        host = site_of(url)
        return host in self.sites or (
            self.source.subdomains and any(host.endswith(f".{known}") for known in self.sites)
        )

    def wants_page(self, url: str) -> bool:
        """Whether a page is asked for.

        That is: of the site, no file, not excluded, and no trap by the look of its address.
        """
        if not self.is_of_site(url):
            return False
        parts = urlsplit(url)
        path = parts.path.lower()
        is_excluded = any(fnmatchcase(parts.path, pattern) for pattern in self.source.exclude)
        if path.endswith(_FILE_ENDINGS) or is_excluded:
            return False
        segments = Counter(segment for segment in path.split("/") if segment)
        return (
            len(parse_qsl(parts.query)) <= MAX_PARAMETERS
            and max(segments.values(), default=0) < MAX_REPEATED_SEGMENTS
        )

    def stores_page(self, url: str) -> bool:
        """Whether a page becomes a document: not the bare front page; of ``include`` if given."""
        parts = urlsplit(url)
        if self.source.include:
            return any(fnmatchcase(parts.path, pattern) for pattern in self.source.include)
        return parts.path not in ("", "/") or bool(parts.query)
