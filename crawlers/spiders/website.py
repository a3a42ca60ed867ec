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
from crawlers.extract.article import site
from crawlers.extract.page_reader import PageReader
from crawlers.pipeline.item_store import Harvest
from crawlers.sources import Source
from crawlers.spiders.base import BaseSpider, Visit
from tocsin.core.errors import Unreadable
from tocsin.core.urls import canonical_url

_IGNORED = tuple(
    f".{ending}"
    for ending in (
        *IGNORED_EXTENSIONS,
        "json",
        "xml",
        "rss",
        "atom",
        "txt",
        "woff",
        "woff2",
        "gz",
        "webmanifest",
    )
)
_SITEMAP_LINE = re.compile(rb"(?im)^\s*sitemap\s*:\s*(\S+)")
SITEMAP_DEPTH = 3
MAX_SITEMAPS = 500
SITEMAP_BYTES = 50_000_000
MAX_PARAMETERS = 8


class SiteSource(Source):
    """Keys of a site source."""

    follow: bool | None = Field(
        None,
        description="Follow links within the site. Left out: yes where a start address is a page, no where it is a sitemap.",
    )
    sitemaps: bool = Field(
        True,
        description="Where a start address is a page, also read the sitemaps that robots.txt names, else /sitemap.xml.",
    )
    max_depth: int = Field(
        5, ge=0, le=50, description="Links to follow from a start page: bounds endless calendars."
    )
    subdomains: bool = Field(False, description="Subdomains of the start hosts belong to the site.")
    include: list[str] = Field(
        [],
        max_length=200,
        description="Only pages whose path matches one of these patterns (`/news/*`) become documents.",
    )
    exclude: list[str] = Field(
        [],
        max_length=200,
        description="Pages whose path matches one of these patterns are never asked for.",
    )


class SiteSpider(PageReader, BaseSpider):
    """``start`` are sitemaps or pages."""

    options: ClassVar[type[Source]] = SiteSource
    source: SiteSource

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sites = {site(url) for url in self.source.start}
        self._asked: set[str] = set()
        self._sitemaps = 0

    async def start(self) -> AsyncIterator[Any]:
        """Every start address; what each is shows when it comes."""
        for url in dict.fromkeys(self.source.start):
            self._asked.add(canonical_url(url))
            yield self.fetch(
                Visit(url, hub=True, walk=self.source.follow is not False),
                self.parse_start,
                priority=20,
            )

    async def parse_start(self, response: Any) -> AsyncIterator[Any]:
        """A sitemap, or a page to walk from."""
        if response.status == 304 or self.unchanged(response) is not None:
            known = self.unchanged(response)
            if known is not None and known.kind == "sitemap":
                async for made in self.parse_sitemap(response):
                    yield made
                return
        else:
            try:
                named = await self._sitemap(response)
            except Unreadable as error:
                self.unreadable(response.url, str(error))
                return
            if named is None and re.match(
                rb"(?s)\s*(<\?xml.*?\?>)?\s*(<!--.*?-->)?\s*<(rss|feed|rdf:RDF)\b",
                response.body[:2000],
            ):
                self.unreadable(response.url, 'is a feed; write spider = "feed" in its source file')
                return
            if named is not None:
                async for made in self.parse_sitemap(response, named):
                    yield made
                return
        visit: Visit = response.meta["visit"]
        visit.hub = False
        if self.source.sitemaps:
            yield self.fetch(
                Visit(
                    urljoin(response.url, "/robots.txt"), hub=True, quiet=True, conditional=False
                ),
                self.parse_robots,
                priority=20,
            )
        async for made in self.read_page(response, store=self.stores(response.url)):
            yield made

    async def parse_robots(self, response: Any) -> AsyncIterator[Any]:
        """The sitemaps that robots.txt names, else the usual place."""
        named = [
            found.decode("utf-8", "replace")
            for found in _SITEMAP_LINE.findall(response.body[:512_000])
        ]
        for url in dict.fromkeys(
            [urljoin(response.url, name) for name in named]
            or [urljoin(response.url, "/sitemap.xml")]
        ):
            for made in self.next_sitemap(url, "", 0, quiet=not named):
                yield made

    async def parse_sitemap(
        self, response: Any, named: dict[str, Any] | None = None
    ) -> AsyncIterator[Any]:
        """A sitemap: its pages, those not known before first; an index: its sitemaps."""
        visit: Visit = response.meta["visit"]
        known = self.unchanged(response)
        if known is not None:
            links = known.links or []
            yield self.still(response, known)
        else:
            try:
                found = named or (await self._sitemap(response) if response.status == 200 else None)
            except Unreadable as error:
                self.unreadable(response.url, str(error))
                return
            if found is None:
                if not visit.quiet:
                    self.unreadable(response.url, "is not a sitemap; check the address")
                return
            if found["problem"]:
                number = len(found["pages"]) + len(found["sitemaps"])
                self.desk.note(
                    self.source,
                    "unreadable",
                    f"the sitemap {response.url} {found['problem']}; addresses read: {number}",
                )
            links = [[url, mark, "s"] for url, mark in found["sitemaps"]] + [
                [url, mark, "p"] for url, mark in found["pages"]
            ]
            yield Harvest(memory=self.remembered(response, links=links, kind="sitemap"))
        for made in self.follow(links, visit, from_sitemap=True):
            yield made

    async def _sitemap(self, response: Any) -> dict[str, Any] | None:
        """What a sitemap names; None where the answer is none. Raises Unreadable."""
        limit = min(SITEMAP_BYTES, 8 * self.source.max_bytes)
        found: dict[str, Any] | None = await self.desk.workers.call(
            sitemaps.parse, response.body, response.url, limit
        )
        return found

    def follow(
        self, links: list[list[str]], visit: Visit, *, from_sitemap: bool = False
    ) -> list[Any]:
        """Requests for what a sitemap or a page names: of this site, wanted, and each once a run."""
        walk = visit.walk and not from_sitemap and visit.depth < self.source.max_depth
        made: list[Any] = []
        later: list[Any] = []
        for url, mark, kind in links:
            if kind == "s":
                made += self.next_sitemap(url, mark, visit.depth + 1)
            elif kind == "p" or walk:
                requests = self.next_page(
                    url,
                    mark,
                    0 if kind == "p" else visit.depth + 1,
                    walk=kind == "l" or self.source.follow is True,
                )
                (later if requests and self.known(url) is not None else made).extend(requests)
        return made + later

    def next_sitemap(self, url: str, mark: str, depth: int, *, quiet: bool = False) -> list[Any]:
        """The request for a sitemap that another one or robots.txt names."""
        canonical = canonical_url(url)
        if canonical in self._asked or depth > SITEMAP_DEPTH or self._sitemaps >= MAX_SITEMAPS:
            return []
        if not self.of_site(url):
            self.desk.note(
                self.source,
                "offsite",
                f"the sitemap {url[:300]} is of another site and was not read",
            )
            return []
        self._asked.add(canonical)
        self._sitemaps += 1
        return [
            self.fetch(
                Visit(url, mark=mark, hub=True, depth=depth, quiet=quiet),
                self.parse_sitemap,
                priority=10,
            )
        ]

    def next_page(self, url: str, mark: str, depth: int, *, walk: bool) -> list[Any]:
        """The request for a page, unless its sitemap says that it is as it was."""
        canonical = canonical_url(url)
        if canonical in self._asked or not self.wanted(url):
            if canonical not in self._asked and depth == 0 and not self.of_site(url):
                self._asked.add(canonical)
                self.desk.note(
                    self.source,
                    "offsite",
                    f"{url[:300]} in the sitemap is of another site and was not asked for",
                )
            return []
        self._asked.add(canonical)
        if not self.desk.claim(self.source, canonical):
            self.desk.count("duplicate")
            return []
        visit = Visit(url, mark=mark, depth=depth, walk=walk)
        known = self.known(url, walk=walk)
        if known is not None and mark and known.mark == mark:
            self.desk.count("unchanged" if known.document else "empty")
            return self.follow(known.links or [], visit)
        return [self.fetch(visit, self.parse_page, priority=-depth)]

    async def parse_page(self, response: Any) -> AsyncIterator[Any]:
        """A page of the site; where a redirect led off it, nothing is kept."""
        if not self.of_site(response.url):
            self.desk.count("refused")
            self.desk.note(
                self.source,
                "offsite",
                f"{response.meta['visit'].url[:300]} redirects to another site ({response.url[:300]}), which was not kept",
            )
            return
        async for made in self.read_page(response, store=self.stores(response.url)):
            yield made

    # -- what belongs to the source
    def of_site(self, url: str) -> bool:
        """Whether an address is of one of the start hosts."""
        host = site(url)
        return host in self.sites or (
            self.source.subdomains and any(host.endswith(f".{known}") for known in self.sites)
        )

    def wanted(self, url: str) -> bool:
        """Whether a page is asked for: of the site, no file, not excluded, and no trap by the look of its address."""
        if not self.of_site(url):
            return False
        parts = urlsplit(url)
        path = parts.path.lower()
        if path.endswith(_IGNORED) or any(
            fnmatchcase(parts.path, pattern) for pattern in self.source.exclude
        ):
            return False
        segments = Counter(segment for segment in path.split("/") if segment)
        return (
            len(parse_qsl(parts.query)) <= MAX_PARAMETERS and max(segments.values(), default=0) < 4
        )

    def stores(self, url: str) -> bool:
        """Whether a page becomes a document: not the bare front page, and of ``include`` where that is given."""
        parts = urlsplit(url)
        if self.source.include:
            return any(fnmatchcase(parts.path, pattern) for pattern in self.source.include)
        return parts.path not in ("", "/") or bool(parts.query)
