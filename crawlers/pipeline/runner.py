"""One crawl: every source a Scrapy crawler, all in one process, one event loop, one desk."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import Abort, ConfigError
from tocsin.core.plugins import choose

if TYPE_CHECKING:
    from crawlers.pipeline.item_store import Desk
    from crawlers.sources import Source
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

SOURCES_AT_ONCE = 16
_the_loop: asyncio.AbstractEventLoop | None = None


def crawl(
    workspace: Workspace,
    run: Run,
    sources: Sequence[Source],
    limit: int | None = None,
    *,
    show: bool = False,
) -> None:
    """Crawl these sources; what became of every page is counted in the run.

    Args:
        workspace: where everything is kept.
        run: the record, also of the warnings.
        sources: see `crawlers.sources.load`.
        limit: at most so many pages a source, below its ``max_pages``.
        show: tell a person on stderr how far it is.

    Raises:
        ConfigError: the index cannot be opened.
        Abort: interrupted, or the index or the disk is gone; the same command resumes.
    """
    _quiet(workspace)
    loop = _loop()
    from scrapy.crawler import AsyncCrawlerRunner

    from crawlers.fetch import scrapy_settings as settings
    from crawlers.pipeline.item_store import Desk
    from index.connect import open_index

    desk = Desk(workspace, run, open_index)
    try:
        desk.open()
        tour = _Tour(AsyncCrawlerRunner(settings.common()), desk, run, sources, limit)
        with _status() if show else nullcontext() as status:
            tour.status = status
            loop.run_until_complete(tour.go())
    finally:
        desk.close()
    stopped = desk.failure or tour.interrupted
    if stopped is not None:
        raise stopped


class _Tour:
    def __init__(
        self, runner: Any, desk: Desk, run: Run, sources: Sequence[Source], limit: int | None
    ) -> None:
        self._runner, self._desk, self._run, self._sources, self._limit = (
            runner,
            desk,
            run,
            sources,
            limit,
        )
        self._gate = asyncio.Semaphore(SOURCES_AT_ONCE)
        self.interrupted: Abort | None = None
        self.status: Any = None

    async def go(self) -> None:
        """Run all sources, and beat meanwhile."""
        beating = asyncio.ensure_future(self._beat())
        try:
            await asyncio.gather(*(self._one(source) for source in self._sources))
            await self._desk.flush()
        finally:
            beating.cancel()

    async def _one(self, source: Source) -> None:
        from scrapy.crawler import Crawler
        from scrapy.settings import Settings
        from scrapy.signals import spider_error

        from crawlers.fetch import scrapy_settings as settings
        from crawlers.spiders import SPIDERS

        async with self._gate:
            if self._desk.stopping.is_set():
                return

            def on_error(failure: Any, response: Any) -> None:
                """A callback that raised is a defect of ours: it costs its page, not the run, and is said."""
                self._desk.count("failed")
                where = getattr(response, "url", "")[:300]
                self._desk.note(
                    source,
                    "defect",
                    f"an error in Tocsin itself at {where} ({failure.type.__name__}: {failure.value}); please report it",
                )

            crawler = Crawler(
                choose("spider", source.spider, SPIDERS), Settings(settings.of_source(source))
            )
            crawler.signals.connect(on_error, signal=spider_error, weak=False)
            await self._runner.crawl(crawler, source=source, desk=self._desk, limit=self._limit)

    async def _beat(self) -> None:
        """The run's heartbeat, the writing of what waits, and the way of an interrupt into the loop."""
        while True:
            await asyncio.sleep(0.25)
            if not self._desk.stopping.is_set():
                try:
                    self._run.beat(stage="crawl")
                except Abort as error:
                    self._desk.stop()
                    self.interrupted = error
            if self._desk.stopping.is_set():
                await self._end()
                return
            await self._desk.flush()
            if self.status is not None:
                counts = ", ".join(
                    f"{number} {fate}" for fate, number in sorted(self._run.fates.items())
                )
                self.status.update(
                    f"crawling {len(self._runner.crawlers)} sources: {counts or 'asking'}"
                )

    async def _end(self) -> None:
        """Let nothing wait for its turn any more, and close the spiders."""
        for crawler in list(self._runner.crawlers):
            engine = getattr(crawler, "_engine", None)
            for slot in engine.downloader.slots.values() if engine is not None else ():
                slot.delay = 0.0
        with suppress(Exception):
            await self._runner.stop()


def _loop() -> asyncio.AbstractEventLoop:
    """The event loop that Twisted's reactor runs on; both are made once a process, and serve one crawl after another."""
    global _the_loop
    if _the_loop is None:
        from scrapy.utils.reactor import install_reactor
        from twisted.python.log import PythonLoggingObserver

        from crawlers.fetch import guard
        from crawlers.fetch import scrapy_settings as settings

        install_reactor(settings.REACTOR)
        observer: Any = PythonLoggingObserver
        observer("twisted").start()  # without an observer Twisted writes tracebacks to stderr
        _the_loop = asyncio.get_event_loop()
        from twisted.internet import reactor as installed

        reactor: Any = installed
        reactor.installNameResolver(guard.GuardResolver(guard.SystemResolver(reactor)))
        reactor.startRunning(installSignalHandlers=False)
    return _the_loop


@contextmanager
def only_one(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's crawl lock: two crawls at once would ask the same hosts twice as often as promised.

    Raises:
        ConfigError: another crawl of this workspace is under way.
    """
    with workspace.file("crawl.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"another crawl of {workspace.home} is under way; wait for it or stop it"
            ) from None
        yield


def _status() -> Any:
    from rich.console import Console

    return Console(stderr=True).status("crawling")


def _quiet(workspace: Workspace) -> None:
    """Scrapy logs every failed page with a traceback; the report says the same in a sentence."""
    level = logging.getLevelName(workspace.settings.log_level.upper())
    for name in ("scrapy", "twisted", "py.warnings", "asyncio", "protego"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1 if level > logging.INFO else level)
