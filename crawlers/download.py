"""The download handler: Scrapy's own, inside the guard, paced by host, and quick to stop."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest

from crawlers import guard


class GuardRefused(IgnoreRequest):
    """The guard refused an address; the message says why."""


class Stopping(IgnoreRequest):
    """The run is stopping; the page stays for the next one."""


class GuardedHandler(HTTP11DownloadHandler):
    """Each source has its own handler and connections, so no source profits from what another may reach."""

    lazy = True

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._of = crawler

    async def download_request(self, request: Any) -> Any:
        """The answer.

        Raises:
            GuardRefused: the host's name leads to addresses that the source may not reach.
            Stopping: the run is stopping.
        """
        spider = self._of.spider
        desk, source = spider.desk, spider.source
        await desk.pace(urlsplit(request.url).hostname or "", source.delay)
        if desk.stopping.is_set():
            raise Stopping("the run is stopping")
        with guard.attempt(source.allow_private) as made:
            task = asyncio.ensure_future(super().download_request(request))
        stop = asyncio.ensure_future(desk.stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Stopping("the run is stopping")
            return task.result()
        except CannotResolveHostError:
            if made.refusal:
                raise GuardRefused(made.refusal) from None
            raise
        finally:
            stop.cancel()
            task.cancel()
