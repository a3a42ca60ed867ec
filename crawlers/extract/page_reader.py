"""Reading a page into a harvest: shared by the spiders that meet articles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from crawlers.extract import article as extract
from crawlers.extract import exchange_rows as rows
from crawlers.pipeline.item_store import Harvest
from crawlers.spiders.base import Visit
from tocsin.core.errors import Unreadable

if TYPE_CHECKING:
    from crawlers.spiders.base import BaseSpider

    _Base = BaseSpider
else:
    _Base = object

_HTML = ("html", "xml", "text/plain")


class PageReader(_Base):
    """Callbacks for pages that are documents."""

    async def parse_page(self, response: Any) -> AsyncIterator[Any]:
        """A page: an article, or what has not changed."""
        async for made in self.read_page(response):
            yield made

    async def read_page(self, response: Any, *, store: bool = True) -> AsyncIterator[Any]:
        """The harvest of a page, then requests for the links that `follow` chooses."""
        visit: Visit = response.meta["visit"]
        known = self.unchanged(response)
        if known is not None:
            if store:
                self.desk.count("unchanged" if known.document or not known.sha256 else "empty")
            yield self.still(response, known)
            for made in self.follow(known.links or [], visit):
                yield made
            return
        if response.status == 304:
            self.desk.count("failed")
            self.desk.note(
                self.source, "http", f"{response.url} answered 304 to a request without conditions"
            )
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if content_type and not any(word in content_type.lower() for word in _HTML):
            self.unreadable(
                response.url, f"is {content_type.partition(';')[0][:60]}, not a web page"
            )
            for made in self.instead(visit):
                yield made
            return
        try:
            found = await self.desk.workers.call(
                extract.article, response.body, response.url, content_type, visit.walk
            )
        except Unreadable as error:
            self.unreadable(response.url, str(error))
            for made in self.instead(visit):
                yield made
            return
        links = (
            [[url, "", "l"] for url in found["links"] if self.wanted(url)] if visit.walk else None
        )
        row = rows.article(found, response.url, visit.entry) if store else None
        raw = await self.desk.keep(response.body) if row is not None else None
        if store and row is None:
            self.desk.count("empty")
        if row is None or raw is not None:
            yield Harvest(
                [row] if row is not None else [],
                self.remembered(response, links=links, document=row is not None),
                raw,
            )
        for made in self.follow(links or [], visit):
            yield made

    def instead(self, visit: Visit) -> list[Any]:
        """What to keep where a page cannot be had: nothing, unless its announcer said something of it."""
        return []

    def wanted(self, url: str) -> bool:
        """Whether a link of a page leads to a page of this source."""
        return False

    def follow(self, links: list[list[str]], visit: Visit) -> list[Any]:
        """Requests for the pages that a page names."""
        return []
