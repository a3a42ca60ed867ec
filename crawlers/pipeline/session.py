"""What the spiders of one run share: store, state, parser processes, turns at hosts, and the
report.
"""

from __future__ import annotations

import asyncio
import sysconfig
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from crawlers.extract.parser_pool import ParserFailed, ParserPool
from crawlers.pipeline.crawl_state import CrawlState
from crawlers.pipeline.item_store import ItemStore
from crawlers.pipeline.source_counts import SourceCounts
from tocsin.core.messages import Message
from tocsin.core.runtime.logs import redact
from tocsin.core.text import clean, collapse_whitespace

if TYPE_CHECKING:
    from crawlers.sources import Source
    from index.base import Index
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

NOTES_OF_A_KIND = 3
NOTE_KINDS = (
    "guard",
    "robots",
    "http",
    "network",
    "size",
    "unreadable",
    "offsite",
    "no_article",
    "canonical",
    "redirect",
    "torn",
    "wait",
    "item",
    "rejected",
    "dropped",
    "spider error",
    "pipeline error",
    "middleware error",
    "parser error",
    "source error",
)
"""Kinds of notes; the catalogues say what they are called when there are many."""
_LIBRARIES = frozenset({"scrapy", "twisted", "parsel", "itemadapter", "w3lib"})
_STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"]


class CrawlSession:
    """One a run. Spiders have it as ``self.session``.

    ``plugin_failures`` is, by source, the first thing that went wrong in a spider, item pipeline,
    middleware or parser: a run in which it is not empty has failed in part.
    """

    def __init__(
        self, workspace: Workspace, run: Run, open_index: Callable[[Workspace], Index]
    ) -> None:
        self.run = run
        self.parsers = ParserPool()
        self.state = CrawlState(workspace.file("crawl.sqlite"))
        self.stopping = asyncio.Event()
        self.sources = SourceCounts()
        self.store = ItemStore(workspace, run, open_index, self.stop, self.sources)
        self.longest_wait = workspace.settings.crawl.longest_wait
        self.host_delays: dict[str, float] = {}
        self.plugin_failures: dict[str, str | Message] = {}
        self._claimed: set[tuple[bool, bool, str]] = set()
        self._notes: Counter[tuple[str, str]] = Counter()
        self._next_turn: dict[str, float] = {}
        self._waited: dict[str, float] = {}
        self._left_hosts: dict[str, float] = {}

    def open(self) -> None:
        """Open the store."""
        self.store.open()

    def close(self) -> None:
        """Close what is open."""
        self.parsers.close()
        self.store.close()
        self.state.close()
        self.report_sources()

    def stop(self) -> None:
        """Ask every spider to stop; what was fetched is still written."""
        self.stopping.set()

    def claim(self, source: Source, canonical: str) -> bool:
        """Whether this page is still free in this run: sources with equal rights fetch a page
        once.
        """
        key = (source.allow_private, source.respect_robots, canonical)
        if key in self._claimed:
            return False
        self._claimed.add(key)
        return True

    # -- the report
    def count(self, fate: str, number: int = 1, source: Source | None = None) -> None:
        """Count what became of a page or post, of its source, too."""
        self.run.count(fate, number)
        if source is not None:
            self.sources.count(source.name, fate, number)

    def report_sources(self) -> None:
        """Put into the record what came of each source until now."""
        self.run.facts["by_source"] = self.sources.facts()

    def note(self, source: Source, kind: str, sentence: str | Message) -> None:
        """A sentence for the report; of each kind and source the first few are said, the rest
        counted.
        """
        self._notes[(source.name, kind)] += 1
        if self._notes[(source.name, kind)] <= NOTES_OF_A_KIND:
            self.say(source, sentence)

    def say(self, source: Source, sentence: str | Message) -> None:
        """A sentence about a source for the report."""
        self.run.warn(Message("crawl.note", {"source": source.name, "sentence": sentence}))

    def summarise_notes(self, source: Source) -> None:
        """Say how many more of each kind there were."""
        for kind in NOTE_KINDS:
            more = self._notes[(source.name, kind)] - NOTES_OF_A_KIND
            if more > 0:
                plural = Message(f"crawl.kinds.{kind.replace(' ', '_')}")
                self.say(source, Message("crawl.more", {"more": more, "kind": plural}))

    def plugin_failed(
        self,
        source: Source,
        part: str,
        error: BaseException,
        url: str | Message = "",
        *,
        fate: str = "failed",
        name: str | Message = "",
    ) -> None:
        """Count and say an error in a plug-in: it costs what it was at, and the run goes on.

        Args:
            part: ``spider``, ``pipeline``, ``middleware``, ``parser`` or ``source``.
            error: what was raised.
            url: the address that it was at, if any.
            fate: what the page or item counts as.
            name: what it is called in the sentence; the part where left out.
        """
        self.count(fate, source=source)
        what = name or Message(f"crawl.part.{part}")
        told = {"what": what, "url": url, "error": describe(error)}
        sentence = Message("crawl.part_failed_at" if url else "crawl.part_failed", told)
        self.plugin_failures.setdefault(source.name, sentence)
        self.note(source, f"{part} error", sentence)

    def reject(self, source: Source, sentence: str | Message) -> None:
        """Count and say a row that a spider gave and that cannot be taken."""
        self.count("rejected", source=source)
        self.plugin_failures.setdefault(source.name, sentence)
        self.note(source, "rejected", sentence)

    # -- turns at hosts
    async def wait_turn(self, host: str, delay: float) -> bool:
        """Wait until this host may be asked again: the delay holds over all sources of the run.

        Returns:
            Whether it may be asked: False where it wants more time than ``crawl.longest_wait``
            between two requests, and has had its one.
        """
        loop = asyncio.get_running_loop()
        turn = max(loop.time(), self._next_turn.get(host, 0.0))
        wanted = self.host_delays.get(host, 0.0)
        if wanted > max(self.longest_wait, delay) and turn - loop.time() > self.longest_wait:
            self.leave_host(host, wanted)
            return False
        self._next_turn[host] = turn + max(delay, wanted)
        if turn > loop.time():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), turn - loop.time())
        return True

    def slow_down(self, host: str, delay: float) -> None:
        """Leave at least so many seconds between two requests to a host."""
        self.host_delays[host] = max(delay, self.host_delays.get(host, 0.0))

    def may_wait(self, host: str, seconds: float) -> bool:
        """Whether a host's wish to wait is granted.

        All that it asks for in a run may add up to ``crawl.longest_wait``; beyond it the host is
        left for the next crawl.
        """
        waited = self._waited.get(host, 0.0) + seconds
        if waited > self.longest_wait:
            self.leave_host(host, seconds)
            return False
        self._waited[host] = waited
        return True

    def leave_host(self, host: str, seconds: float) -> None:
        """Ask a host nothing more in this run: it wants longer waits than are granted."""
        self._left_hosts.setdefault(host, seconds)

    def asked_wait(self, host: str) -> float | None:
        """The seconds that a host asked to wait, where it is left for the next crawl."""
        return self._left_hosts.get(host)


def describe(error: BaseException) -> str:
    """An error in a few words: kind, message, and the line of the plug-in that it came from."""
    message = redact(collapse_whitespace(clean(str(error), 300)))
    place = ""
    for path, line in reversed(_frames(error)):
        if not _is_library(path):
            place = f" ({path.name}, line {line})"
            break
    if isinstance(error, ParserFailed):  # its message names the kind
        return message
    return f"{type(error).__name__}{f': {message}' if message else ''}{place}"


def raised_in_library(error: BaseException, failure: Any = None) -> bool:
    """Whether an error came out of Scrapy or Twisted themselves, by the innermost of their frames.

    Args:
        failure: Twisted's record of it, which keeps the frames where the error has lost them.
    """
    frames = [path for path, _ in _frames(error)]
    if not frames and failure is not None:
        frames = [PurePath(frame[1]) for frame in failure.frames]
    for path in reversed(frames):
        if not _is_standard(path):
            return _is_library(path)
    return True


def _frames(error: BaseException) -> list[tuple[PurePath, int]]:
    summary = traceback.extract_tb(error.__traceback__)
    return [(PurePath(frame.filename), frame.lineno or 0) for frame in summary]


def _is_library(path: PurePath) -> bool:
    return _is_standard(path) or not _LIBRARIES.isdisjoint(path.parts)


def _is_standard(path: PurePath) -> bool:
    return path.is_relative_to(_STANDARD_LIBRARY) and "site-packages" not in path.parts
