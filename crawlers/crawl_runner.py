"""One crawl: every source a Scrapy crawler, all in one process, one event loop, one session."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import Abort, ConfigError
from tocsin.core.language.words import counted
from tocsin.core.messages import Message
from tocsin.core.plugins import choose

if TYPE_CHECKING:
    from crawlers.pipeline.session import CrawlSession
    from crawlers.sources import Source
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

SOURCES_AT_ONCE = 16
HEARTBEAT_SECONDS = 0.25
_event_loop: asyncio.AbstractEventLoop | None = None


def crawl(
    workspace: Workspace,
    run: Run,
    sources: Sequence[Source],
    limit: int | None = None,
    *,
    show: Callable[[Message], str] | None = None,
) -> dict[str, str | Message]:
    """Crawl these sources; what became of every page is counted in the run.

    Args:
        workspace: where everything is kept.
        run: the record, also of the warnings.
        sources: see `crawlers.source_files.load_sources`.
        limit: at most so many pages a source, below its ``max_pages``.
        show: puts into words what a person is told on stderr of how far it is; None: nobody is.

    Returns:
        Source -> what of a plug-in failed first there; empty where nothing did.

    Raises:
        ConfigError: the index cannot be opened.
        Abort: interrupted, or the index or the disk is gone; the same command resumes.
    """
    _silence_libraries(workspace)
    loop = _start_event_loop()
    from scrapy.crawler import AsyncCrawlerRunner

    from crawlers.fetch import scrapy_settings
    from crawlers.pipeline.session import CrawlSession
    from index.connect import open_index

    session = CrawlSession(workspace, run, open_index)
    try:
        session.open()
        scrapy_runner = AsyncCrawlerRunner(scrapy_settings.process_settings())
        runner = _CrawlRunner(scrapy_runner, session, run, sources, limit)
        with _status_line(runner.progress(), show) if show else nullcontext() as status:
            runner.status, runner.show = status, show
            loop.run_until_complete(runner.run_all())
    finally:
        session.close()
    stopped = session.store.failure or runner.interrupted
    if stopped is not None:
        raise stopped
    return session.plugin_failures


class _CrawlRunner:
    def __init__(
        self,
        scrapy_runner: Any,
        session: CrawlSession,
        run: Run,
        sources: Sequence[Source],
        limit: int | None,
    ) -> None:
        self._scrapy_runner, self._session, self._run = scrapy_runner, session, run
        self._sources, self._limit = sources, limit
        self._slots = asyncio.Semaphore(SOURCES_AT_ONCE)
        self.interrupted: Abort | None = None
        self.status: Any = None
        self.show: Callable[[Message], str] | None = None

    async def run_all(self) -> None:
        """Run all sources, and beat meanwhile."""
        heartbeat = asyncio.ensure_future(self._beat())
        try:
            await asyncio.gather(*(self._crawl_source(source) for source in self._sources))
            await self._session.store.flush()
        finally:
            heartbeat.cancel()

    async def _crawl_source(self, source: Source) -> None:
        async with self._slots:
            if self._session.stopping.is_set():
                return
            self._session.sources.begin(source)
            try:
                await self._scrapy_runner.crawl(
                    self._crawler(source), source=source, session=self._session, limit=self._limit
                )
            except Exception as error:  # one source that cannot start or end costs no other
                self._session.plugin_failed(source, "source", error)
            self._session.summarise_notes(source)

    def _crawler(self, source: Source) -> Any:
        """Scrapy's crawler of a source; every error in its spider and pipelines is reported."""
        from scrapy import signals
        from scrapy.crawler import Crawler
        from scrapy.settings import Settings

        from crawlers.fetch import scrapy_settings
        from crawlers.spiders import SPIDERS

        session = self._session

        def spider_failed(failure: Any, response: Any) -> None:
            """``start``, a callback or an errback raised: it costs its page."""
            url = _url_of(response)
            name = Message("crawl.part.named_spider", {"name": source.spider})
            session.plugin_failed(source, "spider", failure.value, url, name=name)

        def pipeline_failed(failure: Any, response: Any) -> None:
            """An item pipeline raised: it costs its item."""
            url = _url_of(response)
            session.plugin_failed(
                source, "pipeline", failure.value, url, name=Message("crawl.part.item_pipeline")
            )

        def item_dropped(exception: Any, response: Any) -> None:
            """An item pipeline of a plug-in dropped an item on purpose."""
            session.count("refused", source=source)
            reason = str(exception)[:200] or Message("crawl.no_reason")
            session.note(
                source,
                "dropped",
                Message("crawl.dropped", {"url": _url_of(response), "reason": reason}),
            )

        settings = Settings(scrapy_settings.source_settings(source))
        crawler = Crawler(choose("spider", source.spider, SPIDERS), settings)
        crawler.signals.connect(spider_failed, signal=signals.spider_error, weak=False)
        crawler.signals.connect(pipeline_failed, signal=signals.item_error, weak=False)
        crawler.signals.connect(item_dropped, signal=signals.item_dropped, weak=False)
        return crawler

    async def _beat(self) -> None:
        """The run's heartbeat, the writing of what waits, and the way of an interrupt into the
        loop.
        """
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self._session.report_sources()
            if not self._session.stopping.is_set():
                try:
                    self._run.beat(stage="crawl")
                except Abort as error:
                    self._session.stop()
                    self.interrupted = error
            if self._session.stopping.is_set():
                await self._stop_spiders()
                return
            await self._session.store.flush()
            if self.status is not None and self.show is not None:
                self.status.update(self.show(self.progress()))

    def progress(self) -> Message:
        """How many sources are being crawled, and what became of their pages so far."""
        counts = [counted("outcome", fate, n) for fate, n in sorted(self._run.fates.items())]
        told = {"n": len(self._scrapy_runner.crawlers), "counts": counts or Message("crawl.asking")}
        return Message("crawl.progress", told)

    async def _stop_spiders(self) -> None:
        """Let nothing wait for its turn any more, and close the spiders."""
        for crawler in list(self._scrapy_runner.crawlers):
            engine = getattr(crawler, "_engine", None)
            for slot in engine.downloader.slots.values() if engine is not None else ():
                slot.delay = 0.0
        with suppress(Exception):
            await self._scrapy_runner.stop()


def _url_of(response: Any) -> str | Message:
    """Where an answer, or a failed request, was at."""
    from crawlers.spiders.base import display_url

    request = getattr(response, "request", None)
    url = getattr(response, "url", "") or getattr(request, "url", "")
    return display_url(url) if url else Message("crawl.the_start")


def _start_event_loop() -> asyncio.AbstractEventLoop:
    """The event loop that Twisted's reactor runs on.

    Both are made once a process, and serve one crawl after another.
    """
    global _event_loop
    if _event_loop is None:
        from scrapy.utils.reactor import install_reactor
        from twisted.python.log import PythonLoggingObserver

        from crawlers.fetch import guard, scrapy_settings

        install_reactor(scrapy_settings.REACTOR)
        observer: Any = PythonLoggingObserver
        observer("twisted").start()  # without an observer Twisted writes tracebacks to stderr
        _event_loop = asyncio.get_event_loop()
        from twisted.internet import reactor as installed

        reactor: Any = installed
        reactor.installNameResolver(guard.GuardResolver(guard.SystemResolver(reactor)))
        reactor.startRunning(installSignalHandlers=False)
    return _event_loop


@contextmanager
def crawl_lock(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's crawl lock.

    Two crawls at once would ask the same hosts twice as often as promised.

    Raises:
        ConfigError: another crawl of this workspace is under way.
    """
    with workspace.file("crawl.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(Message("crawl.locked", {"home": str(workspace.home)})) from None
        yield


def _status_line(begun: Message, show: Callable[[Message], str]) -> Any:
    from rich.console import Console

    return Console(stderr=True).status(show(begun))


def _silence_libraries(workspace: Workspace) -> None:
    """Scrapy logs every failed page with a traceback; the report says the same in a sentence."""
    level = logging.getLevelName(workspace.settings.log_level.upper())
    for name in ("scrapy", "twisted", "py.warnings", "asyncio", "protego"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1 if level > logging.INFO else level)
