"""Pages that are articles: shared by the spiders that meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from crawlers.extract import article as articles
from crawlers.extract import exchange_rows
from crawlers.fetch.page_request import PageRequest, page_request
from crawlers.pipeline.items import CrawlItem
from crawlers.spiders.base import BaseSpider
from crawlers.spiders.page_claims import PageClaims
from tocsin.core.documents import document_id
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

_HTML_TYPES = ("html", "xml", "text/plain")


class ArticleSpider(BaseSpider):
    """A spider with a callback for pages that are documents."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._claims = PageClaims()

    async def parse_page(self, response: Any) -> AsyncIterator[Any]:
        """A page: an article, or what has not changed."""
        async for output in self.read_page(response):
            yield output

    async def read_page(self, response: Any, *, store: bool = True) -> AsyncIterator[Any]:
        """The item of a page, then requests for the links that `follow` chooses."""
        page = page_request(response)
        known = self.unchanged_page(response)
        if known is not None:
            if store:
                self.count_fate("unchanged" if known.document or not known.sha256 else "empty")
            yield self.unchanged_item(response, known)
            for request in self.follow(known.links or [], page):
                yield request
            return
        if response.status == 304:
            self.count_fate("failed")
            sentence = Message("crawl.odd_304", {"url": response.url})
            self.session.note(self.source, "http", sentence)
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        try:
            if content_type and not any(word in content_type.lower() for word in _HTML_TYPES):
                raise Unreadable(
                    Message("crawl.no_web_page", {"kind": content_type.partition(";")[0][:60]})
                )
            article = await self.read_in_process(
                articles.extract_article,
                response.body,
                response.url,
                content_type,
                page.follow_links,
            )
        except Unreadable as error:
            self.count_unreadable(response.url, error)
            for item in self.instead_of_page(page):
                yield item
            return
        links = None
        if page.follow_links:
            links = [[url, "", "l"] for url in article["links"] if self.wants_page(url)]
        said = page.entry or page.said
        if store and (why := self._why_no_article(article, response.url, page)):
            for item in self._without_article(response, article, why, links):
                yield item
            for request in self.follow(links or [], page):
                yield request
            return
        row = exchange_rows.article_row(article, response.url, said) if store else None
        if row is None:
            if store:
                self.count_fate("empty")
            yield CrawlItem(state=self.state_update(response, links=links))
        else:
            raw = await self.session.store.save_raw(response.body)
            if raw is not None:
                key = document_id(row["platform"], row["id"])
                state = self.state_update(response, links=links, document_key=key)
                yield CrawlItem([row], state, raw)
                self._claims.hold(row, said)
                other = self._claims.take_address(row, response.url)
                if other is not None:
                    yield CrawlItem([other])
        for request in self.follow(links or [], page):
            yield request

    def _why_no_article(self, article: dict[str, Any], url: str, page: PageRequest) -> str:
        """Why a page is not taken for the article that was asked for; empty where it is.

        Forgets a canonical address that is another page's.
        """

        def refuse(canonical: str) -> None:
            told = {"canonical": canonical[:300], "url": url[:300]}
            self.session.note(self.source, "canonical", Message("crawl.canonical", told))

        said = page.entry or page.said
        return self._claims.why_no_article(article, url, page.url, said, refuse)

    def _without_article(
        self, response: Any, article: dict[str, Any], why: str, links: list[list[str]] | None
    ) -> list[CrawlItem]:
        """What is kept of a page that is no article: what its announcer said of it."""
        page = page_request(response)
        told = {"url": response.url[:300], "what": Message(f"crawl.no_article.{why}")}
        sentence = Message("crawl.text_not_kept", told)
        self.session.note(self.source, "no_article", sentence)
        items = self.instead_of_page(page)
        for item in items:
            for row in item.rows:
                row["extra"] = {**row["extra"], "page": why}
        if not items:
            self.count_fate("empty")
        if links is not None or not items:
            items.append(CrawlItem(state=self.state_update(response, links=links)))
        if why == "shared" and (first := self._claims.mended(article["text"])) is not None:
            items.append(CrawlItem([first]))
        return items

    async def request_failed(self, failure: Any) -> AsyncIterator[Any]:
        """A page that did not come: where it was a document, that it is gone."""
        gone = self.gone_item(failure)
        if gone is None:
            self.report_failure(failure)
        else:
            yield gone

    def instead_of_page(self, page: PageRequest) -> list[CrawlItem]:
        """What to keep where a page cannot be had: nothing, unless its announcer said something of
        it.
        """
        return []

    def wants_page(self, url: str) -> bool:
        """Whether a link of a page leads to a page of this source."""
        return False

    def follow(self, links: list[list[str]], page: PageRequest) -> list[Any]:
        """Requests for the pages that a page names."""
        return []
