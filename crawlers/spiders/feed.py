"""The feed spider: RSS, Atom, RDF and JSON Feed; follows entries to their articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from pydantic import Field

from crawlers.extract import article as articles
from crawlers.extract import exchange_rows, feeds
from crawlers.extract.parser_pool import ParserFailed
from crawlers.fetch.exceptions import RobotsRefused
from crawlers.fetch.page_request import PageRequest, page_request
from crawlers.pipeline.crawl_state import PageState, StateUpdate
from crawlers.pipeline.items import CrawlItem
from crawlers.sources import Source
from crawlers.spiders.article_pages import ArticleSpider
from crawlers.spiders.base import FEED_ENTRY
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.urls import canonical_url


class FeedSource(Source):
    """Keys of a feed source."""

    follow: bool = Field(
        True,
        description="Fetch the article behind every entry; false keeps what the feed itself says.",
    )


_GONE = (401, 402, 403, 404, 410, 451)
"""Statuses of articles that stay away: what the feed said of them is kept."""


class FeedSpider(ArticleSpider):
    """``start`` are addresses of feeds, or of pages that name their feed."""

    options: ClassVar[type[Source]] = FeedSource
    source: FeedSource

    async def start(self) -> AsyncIterator[Any]:
        """Every feed of the source."""
        for url in self.start_urls:
            yield self.request(PageRequest(url, listing=True), self.parse_feed, priority=10)

    async def parse_feed(self, response: Any) -> AsyncIterator[Any]:
        """A feed: its entries, each on its way to its article."""
        known = self.unchanged_page(response)
        if known is not None:
            for output in self._unchanged_feed(known):
                yield output
            yield self.unchanged_item(response, known)
            return
        if response.status == 304:
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        try:
            feed = await self.read_in_process(
                feeds.parse, response.body, response.url, content_type
            )
        except Unreadable as error:
            async for output in self._not_a_feed(response, error):
                yield output
            return
        entries = feed["entries"]
        if feed["problem"]:
            told = {"url": response.url, "problem": feed["problem"], "n": len(entries)}
            sentence = Message("crawl.feed_problem", told)
            self.session.note(self.source, "unreadable", sentence)
        # A page that several entries point into is not the article of one of them.
        entries_of_page = Counter(entry["link"] for entry in entries)
        state_before = self.page_state(response.url) or PageState("")
        tags_before = {link: tag for link, tag, _ in state_before.links or []}
        links: list[list[str]] = []
        standing_alone: list[dict[str, Any]] = []
        for entry in entries:
            tag, link = entry["change_tag"], entry["link"]
            entry |= {
                "feed": response.url,
                "feed_title": feed["title"],
                "shared": entries_of_page[link] > 1,
            }
            if self.source.follow and link and not entry["shared"]:
                links.append([link, tag, "p"])
                for request in self._announced_page(link, tag, entry):
                    yield request
                continue
            links.append([entry["key"], tag, "e"])
            if tags_before.get(entry["key"]) == tag:
                self.count_fate("unchanged")
            else:
                standing_alone.append(entry)
        # The feed is remembered with the entries that are documents themselves; those that lead
        # to pages are remembered by their pages.
        rows = [
            row
            for entry in standing_alone
            if (row := exchange_rows.entry_row(entry, response.url, feed["title"])) is not None
        ]
        self.count_fate("empty", len(standing_alone) - len(rows))
        yield CrawlItem(rows, self.state_update(response, links=links, kind="feed"))

    def _unchanged_feed(self, known: PageState) -> Iterator[Any]:
        """The entries of a feed that is as it was: those with pages may have changed there."""
        for link, tag, kind in known.links or []:
            if kind == "p":
                yield from self._announced_page(link, tag, None)
            else:
                self.count_fate("unchanged")

    def _announced_page(self, link: str, tag: str, entry: dict[str, Any] | None) -> list[Any]:
        """The request for an entry's page, unless it is known to be as it was."""
        if not self.session.claim(self.source, canonical_url(link)):
            self.count_fate("duplicate")
            return []
        known = self.page_state(link)
        is_as_it_was = known is not None and known.change_tag == tag and known.sha256
        if known is not None and is_as_it_was and not known.etag and not known.last_modified:
            # The feed says that it is as it was, and the server could not answer a condition.
            self.count_fate("unchanged")
            return []
        return [self.request(PageRequest(link, change_tag=tag, entry=entry), self.parse_page)]

    async def _not_a_feed(self, response: Any, error: Unreadable) -> AsyncIterator[Any]:
        """A page instead of a feed: it may name its feed. Once only."""
        if "web page" in str(error) and page_request(response).depth == 0:
            try:
                links = await self.read_in_process(articles.feed_links, response.body, response.url)
            except Unreadable:
                links = []
            if links:
                told = {"url": response.url, "feed": links[0]}
                sentence = Message("crawl.feed_instead", told)
                self.session.note(self.source, "unreadable", sentence)
                page = PageRequest(links[0], listing=True, depth=1)
                yield self.request(page, self.parse_feed, priority=10)
                return
        if isinstance(error, ParserFailed):
            self.count_unreadable(response.url, error)
        else:
            reason = Message("crawl.check_address", {"reason": error.message})
            self.count_unreadable(response.url, reason)

    async def request_failed(self, failure: Any) -> AsyncIterator[Any]:
        """An article that did not come: what the feed said of it is kept."""
        gone = self.gone_item(failure)
        if gone is not None:
            yield gone
            return
        self.report_failure(failure)
        page = page_request(failure.request)
        status = getattr(getattr(failure.value, "response", None), "status", 0)
        if page.entry is not None and (isinstance(failure.value, RobotsRefused) or status in _GONE):
            for item in self.instead_of_page(page):
                yield item

    def instead_of_page(self, page: PageRequest) -> list[CrawlItem]:
        """What the feed said of an article that cannot be had.

        It is remembered with its tag, so that a page that stays away is not asked for at every
        crawl while its entry is as it was.
        """
        if page.entry is None:
            return []
        row = exchange_rows.entry_row(page.entry, page.entry["feed"], page.entry["feed_title"])
        if row is None:
            return []
        state = PageState(
            page.url,
            sha256=FEED_ENTRY,
            change_tag=page.change_tag,
            document=True,
            version=articles.VERSION,
        )
        return [CrawlItem([row], StateUpdate([state]))]
