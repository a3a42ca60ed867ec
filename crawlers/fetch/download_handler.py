"""The download handler: Scrapy's own, inside the guard, paced by host, and quick to stop."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.web.client import HTTPConnectionPool
from zope.interface import implementer

from crawlers.fetch import guard
from crawlers.fetch.exceptions import GuardRefused, HostLeft, RunStopping
from crawlers.fetch.middlewares import wait_sentence


@implementer(IStreamClientEndpoint)
class GuardedEndpoint:
    """An endpoint whose every connection is judged by what its source may reach.

    The judgement is bound here and not to the request: where a kept connection turns out to be
    closed, Twisted connects anew by itself, from wherever it noticed.
    """

    def __init__(self, endpoint: Any, allow_private: bool) -> None:
        self._endpoint, self._allow_private = endpoint, allow_private

    def connect(self, factory: Any) -> Any:
        """See `twisted.internet.interfaces.IStreamClientEndpoint`.

        Fails with GuardRefused where the guard refuses.
        """
        with guard.connection_attempt(self._allow_private) as attempt:
            connecting = self._endpoint.connect(factory)

        def explain(failure: Any) -> Any:
            if attempt.refusal:
                raise GuardRefused(attempt.refusal)
            return failure

        return connecting.addErrback(explain)


class GuardedPool(HTTPConnectionPool):
    """Connections of one source: none profits from what another may reach."""

    allow_private = False

    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802
        """A kept connection, or a new one that passes the guard."""
        guarded: Any = GuardedEndpoint(endpoint, self.allow_private)
        return super().getConnection(key, guarded)


class GuardedHandler(HTTP11DownloadHandler):
    """Scrapy's handler with a guarded pool of its own for each source."""

    lazy = True

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._crawler = crawler
        from twisted.internet import reactor

        pool: Any = GuardedPool(reactor, persistent=True)  # type: ignore[no-untyped-call]
        pool.allow_private = crawler.spider.source.allow_private
        pool.maxPersistentPerHost = self._pool.maxPersistentPerHost
        pool._factory = self._pool._factory
        self._pool = pool

    async def download_request(self, request: Any) -> Any:
        """The answer.

        Raises:
            GuardRefused: the host's name leads to addresses that the source may not reach.
            RunStopping: the run is stopping.
        """
        spider: Any = self._crawler.spider
        session, host = spider.session, urlsplit(request.url).hostname or ""
        has_turn = await session.wait_turn(host, spider.source.delay)
        if session.stopping.is_set():
            raise RunStopping("the run is stopping")
        if not has_turn:
            raise HostLeft(wait_sentence(session.asked_wait(host)))
        task = asyncio.ensure_future(super().download_request(request))
        stop = asyncio.ensure_future(session.stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise RunStopping("the run is stopping")
            return task.result()
        finally:
            stop.cancel()
            task.cancel()
