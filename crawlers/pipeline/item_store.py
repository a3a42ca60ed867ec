"""The desk that all spiders of a run hand their harvest to: spool, index, memory, and the run's counts.

The way of every document: spool segment (synced to disk) -> index -> memory of the page -> segment
removed. A segment that a crash left behind is put again at the next start, its memory with it.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from crawlers.extract.parser_pool import Workers
from crawlers.pipeline import raw_store as raws
from crawlers.pipeline.crawl_state import CrawlState, Memory
from crawlers.pipeline.retry import patiently
from tocsin.core.documents import Document, Raw
from tocsin.core.errors import Abort, Unreadable
from tocsin.core.exchange import from_exchange
from tocsin.core.findings import rfc3339

if TYPE_CHECKING:
    from crawlers.sources import Source
    from index.base import Index, Verdict
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

T = TypeVar("T")
BATCH = 250
SAID_EACH = 3
KEY = "_crawl"
"""Key of a spooled object that holds what is not of the exchange format: the raw file and the memory."""


@dataclass(slots=True, repr=False)
class Harvest:
    """What one answer gave: rows in the exchange format (``raw`` apart), and what to remember of it."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    raw: Raw | None = None

    def __repr__(self) -> str:
        return f"<{len(self.rows)} rows>"


class Desk:
    """One a run. Everything but the writing happens on the event loop's thread."""

    def __init__(
        self, workspace: Workspace, run: Run, open_index: Callable[[Workspace], Index]
    ) -> None:
        from index.spool import Spool

        self.workspace, self.run = workspace, run
        self.home: Path = workspace.home
        self.workers = Workers()
        self.state = CrawlState(workspace.file("crawl.sqlite"))
        self.stopping = asyncio.Event()
        self.failure: BaseException | None = None
        self._open_index = open_index
        self._spool = Spool(workspace.folder("spool"))
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._files = ThreadPoolExecutor(2, thread_name_prefix="raw")
        self._waiting: list[Harvest] = []
        self._rows = 0
        self._lock = asyncio.Lock()
        self._claimed: set[tuple[bool, bool, str]] = set()
        self._said: Counter[tuple[str, str]] = Counter()
        self._index: Index | None = None
        self._written: CrawlState | None = None
        self._next: dict[str, float] = {}
        self.slow: dict[str, float] = {}

    # -- life
    def open(self) -> None:
        """Open the index in the writer's thread, and put what an earlier run left in the spool."""
        self.run.fates.update(self._writer.submit(self._start).result())

    def close(self) -> None:
        """Close what is open. The harvest must have been written before."""
        self.workers.close()
        self._writer.submit(self._end).result()
        self._writer.shutdown()
        self._files.shutdown()
        self.state.close()

    def stop(self, failure: BaseException | None = None) -> None:
        """Ask every spider to stop; what was harvested is still written."""
        self.failure = self.failure or failure
        self.stopping.set()

    # -- what spiders call
    async def take(self, harvest: Harvest, source: Source) -> None:
        """Accept a harvest; waits where the index is slower than the spiders."""
        now = rfc3339(datetime.now(UTC))
        for row in harvest.rows:
            extra = {"crawl": source.name} | (
                {"lawful_basis": source.lawful_basis} if source.lawful_basis else {}
            )
            row.setdefault("collected_at", now)
            row["extra"] = {
                k: v for k, v in (row.get("extra") or {}).items() if v not in (None, "", [], {})
            } | extra
        self._waiting.append(harvest)
        self._rows += len(harvest.rows)
        if self._rows >= BATCH:
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits."""
        async with self._lock:
            batch, self._waiting, self._rows = self._waiting, [], 0
            if not batch or self.failure is not None:
                return
            try:
                fates = await asyncio.get_running_loop().run_in_executor(
                    self._writer, self._write, batch
                )
            except Exception as error:  # the index or the disk is gone: nothing more can be kept
                self.stop(error)
                return
            for fate, number in fates.items():
                self.run.count(fate, number)

    async def keep(self, body: bytes) -> Raw | None:
        """Keep original bytes; None where the disk refused, which stops the run."""
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._files, raws.keep, self.home, body
            )
        except Abort as error:
            self.stop(error)
            return None

    def claim(self, source: Source, canonical: str) -> bool:
        """Whether this page is still free in this run: two sources with equal rights fetch a page once."""
        key = (source.allow_private, source.respect_robots, canonical)
        if key in self._claimed:
            return False
        self._claimed.add(key)
        return True

    def count(self, fate: str, number: int = 1) -> None:
        """Count what became of a page or post."""
        self.run.count(fate, number)

    def note(self, source: Source, kind: str, sentence: str) -> None:
        """A sentence for the report; of each kind and source only the first few are said, the rest counted."""
        self._said[(source.name, kind)] += 1
        if self._said[(source.name, kind)] <= SAID_EACH:
            self.run.warn(f"{source.name}: {sentence}")

    def sum_up(self, source: Source, kinds: dict[str, str]) -> None:
        """Say how many more of each kind there were."""
        for kind, what in kinds.items():
            more = self._said[(source.name, kind)] - SAID_EACH
            if more > 0:
                self.run.warn(f"{source.name}: and {more} more {what}")

    async def pace(self, host: str, delay: float) -> None:
        """Wait until this host may be asked again: the delay holds over all sources of the run."""
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self._next.get(host, 0.0))
        self._next[host] = at + max(delay, self.slow.get(host, 0.0))
        if at > loop.time():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), at - loop.time())

    # -- the writer's thread
    def _start(self) -> Counter[str]:
        self._index = self._open_index(self.workspace)
        self._written = CrawlState(self.state.path)
        fates: Counter[str] = Counter()
        for segment in self._spool.segments():
            fates += self._put([json.loads(item) for item in self._spool.read(segment)])
            self._spool.remove(segment)
        if len(self._written) and not self._index.stats().documents:
            self._written.forget()
            self.run.warn("the index is empty, so what was crawled before is asked for again")
        return fates

    def _end(self) -> None:
        if self._written is not None:
            self._written.close()
        if self._index is not None:
            for sentence in self._index.incidents():
                self.run.warn(sentence)
            self._index.close()

    def _write(self, batch: list[Harvest]) -> Counter[str]:
        items: list[dict[str, Any]] = []
        bare: list[Memory] = []
        for harvest in batch:
            if not harvest.rows:
                bare.append(harvest.memory)
                continue
            raw = {"path": harvest.raw.path, "sha256": harvest.raw.sha256} if harvest.raw else None
            items += [row | {KEY: {"raw": raw}} for row in harvest.rows]
            items[-1][KEY]["memory"] = harvest.memory.to_json()
        fates: Counter[str] = Counter()
        if items:
            segment = self._spool.append(
                [
                    json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass")
                    for item in items
                ]
            )
            fates = self._put(items)
            self._spool.remove(segment)
        assert self._written is not None
        self._written.remember(bare)
        return fates

    def _put(self, items: Iterable[dict[str, Any]]) -> Counter[str]:
        """Into the index, then into the memory; the fate of every item."""
        fates: Counter[str] = Counter()
        documents: list[Document] = []
        memories: list[Memory] = []
        for item in items:
            aside = item.pop(KEY, None) or {}
            if aside.get("memory"):
                memories.append(Memory.from_json(aside["memory"]))
            try:
                document = from_exchange(item)
            except Unreadable:
                fates["rejected"] += 1
                continue
            documents.append(
                replace(document, raw=Raw(**aside["raw"])) if aside.get("raw") else document
            )
        index = self._index
        assert index is not None
        assert self._written is not None
        kept = [document.id for document in documents if document.raw is not None]
        before = (
            {old.id: old.raw for old in self._patiently(lambda: index.get(kept)) if old is not None}
            if kept
            else {}
        )
        verdicts: list[Verdict] = (
            self._patiently(lambda: index.put(documents, on_conflict="replace"))
            if documents
            else []
        )
        for document, verdict in zip(documents, verdicts, strict=True):
            fates["refused" if verdict.outcome == "suppressed" else str(verdict.outcome)] += 1
            if document.raw is not None:
                self._tidy(str(verdict.outcome), document.raw, before.get(document.id))
            if verdict.outcome == "rejected":
                self.run.warn(f"the index rejected {verdict.id}: {verdict.reason}")
        self._written.remember(memories)
        return fates

    def _tidy(self, outcome: str, new: Raw, old: Raw | None) -> None:
        """Keep the original bytes of what the index holds, and no others: pages that differ in a stamp alone would pile up."""
        if outcome == "replaced" and old is not None and old != new:
            raws.drop(self.home, old)
        elif outcome in ("duplicate", "rejected", "suppressed") and old != new:
            raws.drop(self.home, new)

    def _patiently(self, call: Callable[[], T]) -> T:
        return patiently(
            call, "what was fetched waits in the spool, and the same command goes on from here"
        )
