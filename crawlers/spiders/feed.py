"""The feed spider: RSS, Atom, RDF and JSON Feed; follows entries to their articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from pydantic import Field

from crawlers.extract import article as extract
from crawlers.extract import exchange_rows as rows
from crawlers.extract import feeds
from crawlers.extract.page_reader import PageReader
from crawlers.fetch.middlewares import RobotsRefused
from crawlers.pipeline.crawl_state import Memory, Page
from crawlers.pipeline.item_store import Harvest
from crawlers.sources import Source
from crawlers.spiders.base import BaseSpider, Visit
from tocsin.core.errors import Unreadable
from tocsin.core.urls import canonical_url


class FeedSource(Source):
    """Keys of a feed source."""

    follow: bool = Field(
        True,
        description="Fetch the article behind every entry; false keeps what the feed itself says.",
    )


class FeedSpider(PageReader, BaseSpider):
    """``start`` are addresses of feeds, or of pages that name their feed."""

    options: ClassVar[type[Source]] = FeedSource
    source: FeedSource

    async def start(self) -> AsyncIterator[Any]:
        """Every feed of the source."""
        for url in dict.fromkeys(self.source.start):
            yield self.fetch(Visit(url, hub=True), self.parse_feed, priority=10)

    async def parse_feed(self, response: Any) -> AsyncIterator[Any]:
        """A feed: its entries, each on its way to its article."""
        known = self.unchanged(response)
        if known is not None:
            for link, mark, kind in known.links or []:
                for made in self.announced(link, mark, None) if kind == "p" else self.same():
                    yield made
            yield self.still(response, known)
            return
        if response.status == 304:
            return
        try:
            content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
            found = await self.desk.workers.call(
                feeds.parse, response.body, response.url, content_type
            )
        except Unreadable as error:
            async for made in self.no_feed(response, str(error)):
                yield made
            return
        if found["problem"]:
            self.desk.note(
                self.source,
                "unreadable",
                f"the feed {response.url} {found['problem']}; entries read: {len(found['entries'])}",
            )
        shared = Counter(
            entry["link"] for entry in found["entries"]
        )  # a page that several entries point into is no article of one
        before = {
            link: mark for link, mark, _ in (self.known(response.url) or Page("")).links or []
        }
        links: list[list[str]] = []
        alone: list[dict[str, Any]] = []
        for entry in found["entries"]:
            entry |= {
                "feed": response.url,
                "feed_title": found["title"],
                "shared": shared[entry["link"]] > 1,
            }
            if self.source.follow and entry["link"] and not entry["shared"]:
                links.append([entry["link"], entry["mark"], "p"])
                for made in self.announced(entry["link"], entry["mark"], entry):
                    yield made
                continue
            links.append([entry["key"], entry["mark"], "e"])
            if before.get(entry["key"]) == entry["mark"]:
                self.desk.count("unchanged")
            else:
                alone.append(entry)
        # The feed is remembered with the entries that are documents themselves; those that lead to pages are remembered by their pages.
        made_rows = [
            row for e in alone if (row := rows.entry(e, response.url, found["title"])) is not None
        ]
        self.desk.count("empty", len(alone) - len(made_rows))
        yield Harvest(made_rows, self.remembered(response, links=links, kind="feed"))

    def same(self) -> list[Any]:
        """An entry that is a document itself and has not changed."""
        self.desk.count("unchanged")
        return []

    def announced(self, link: str, mark: str, entry: dict[str, Any] | None) -> list[Any]:
        """The request for an entry's page, unless it is known to be as it was."""
        if not self.desk.claim(self.source, canonical_url(link)):
            self.desk.count("duplicate")
            return []
        known = self.known(link)
        if (
            known is not None
            and known.mark == mark
            and known.sha256
            and not known.etag
            and not known.last_modified
        ):
            self.desk.count(
                "unchanged"
            )  # the feed says it is as it was, and the server could not answer a condition
            return []
        return [self.fetch(Visit(link, mark=mark, entry=entry), self.parse_page)]

    async def no_feed(self, response: Any, why: str) -> AsyncIterator[Any]:
        """A page instead of a feed: it may name its feed. Once only."""
        visit: Visit = response.meta["visit"]
        if "web page" in why and visit.depth == 0:
            try:
                page = await self.desk.workers.call(extract.head_feeds, response.body, response.url)
            except Unreadable:
                page = []
            for url in page[:1]:
                self.desk.note(
                    self.source,
                    "unreadable",
                    f"{response.url} is a web page; its feed {url} was read instead, put that into start",
                )
                yield self.fetch(Visit(url, hub=True, depth=1), self.parse_feed, priority=10)
                return
        self.unreadable(response.url, f"{why}; check the address in the source file")

    async def failed(self, failure: Any) -> AsyncIterator[Any]:
        """An article that did not come: what the feed said of it is kept."""
        visit: Visit = failure.request.meta["visit"]
        for made in self.explain(failure, visit):
            yield made
        status = getattr(getattr(failure.value, "response", None), "status", 0)
        if visit.entry is None or not (
            isinstance(failure.value, RobotsRefused) or status in (401, 402, 403, 404, 410, 451)
        ):
            return
        for made in self.instead(visit):
            yield made

    def instead(self, visit: Visit) -> list[Any]:
        """What the feed said of an article that cannot be had.

        It is remembered with its mark, so that a page that stays away is not asked for at every crawl
        while its entry is as it was.
        """
        row = (
            rows.entry(visit.entry, visit.entry["feed"], visit.entry["feed_title"])
            if visit.entry is not None
            else None
        )
        if row is None:
            return []
        page = Page(
            visit.url, sha256="entry", mark=visit.mark, document=True, version=extract.VERSION
        )
        return [Harvest([row], Memory([page]))]
