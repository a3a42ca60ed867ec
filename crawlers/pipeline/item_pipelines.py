"""Scrapy's item pipelines of every source: rows are checked, then stored."""

from __future__ import annotations

from typing import Any

from crawlers.pipeline.items import CrawlItem, as_crawl_item, check_row
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message


class _ItemPipeline:
    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Any:
        """See Scrapy's documentation of item pipelines."""
        return cls(crawler)


class ValidationPipeline(_ItemPipeline):
    """Makes a `CrawlItem` of what a spider yielded; a row that cannot be taken is counted and
    said.
    """

    def process_item(self, item: Any) -> CrawlItem:
        """The item with those of its rows that can be stored.

        Raises TypeError for what is not an item.
        """
        spider = self.crawler.spider
        session, source = spider.session, spider.source
        checked = as_crawl_item(item)
        rows = []
        for row in checked.rows:
            try:
                sentences = check_row(row, spider.platform)
            except Unreadable as error:
                session.reject(
                    source,
                    Message(
                        "crawl.item_rejected", {"item": _row_name(row), "reason": error.message}
                    ),
                )
                continue
            for sentence in sentences:
                session.note(
                    source,
                    "item",
                    Message("crawl.item_note", {"item": _row_name(row), "sentence": sentence}),
                )
            extra = row.get("extra")
            if not isinstance(extra, dict):
                extra = {} if extra is None else {"extra": extra}
            extra = dict(extra)
            extra["crawl"] = source.name
            if source.lawful_basis:
                extra["lawful_basis"] = source.lawful_basis
            row["extra"] = extra
            rows.append(row)
        return CrawlItem(rows, checked.state, checked.raw, checked.sightings)


class StoragePipeline(_ItemPipeline):
    """Hands items to the store of the run."""

    async def process_item(self, item: CrawlItem) -> CrawlItem:
        """Waits where the index is slower than the spider."""
        await self.crawler.spider.session.store.add(item)
        return item


def _row_name(row: Any) -> Message:
    """How the report calls a row: by its address, else its id."""
    for key in ("url", "id"):
        value = row.get(key)
        if isinstance(value, (str, int)) and value:
            return Message("crawl.item", {"name": str(value)[:200]})
    return Message("crawl.some_item")
