"""Where the items of all spiders of a run go: spool, index, crawl state.

The way of every document: spool segment (synced to disk) -> index -> state of the page -> segment
removed. A segment that a crash left behind is stored at the next start, its state with it.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from crawlers.pipeline.crawl_state import CrawlState, StateUpdate
from crawlers.pipeline.items import CrawlItem
from crawlers.pipeline.raw_store import RawStore
from crawlers.pipeline.source_counts import SourceCounts
from tocsin.core.documents import Document, Raw
from tocsin.core.errors import Abort, Unreadable
from tocsin.core.exchange import TRUNCATED, from_exchange
from tocsin.core.messages import Message
from tocsin.core.retry import retry

if TYPE_CHECKING:
    from index.base import Index, Verdict
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

T = TypeVar("T")
BATCH_ROWS = 250
SPOOL_KEY = "_crawl"
"""Key of a spooled object for what the exchange format has not: the raw file and the state."""


class ItemStore:
    """One a run. Everything but the writing happens on the event loop's thread.

    ``failure`` is what made storing impossible, if anything did; ``on_failure`` is then called
    once.
    """

    def __init__(
        self,
        workspace: Workspace,
        run: Run,
        open_index: Callable[[Workspace], Index],
        on_failure: Callable[[], None],
        sources: SourceCounts,
    ) -> None:
        from index.spool import Spool

        self.failure: BaseException | None = None
        self._workspace, self._run = workspace, run
        self._open_index, self._on_failure = open_index, on_failure
        self._sources = sources
        self._spool = Spool(workspace.folder("spool"))
        self._raw_files = RawStore(workspace.home)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._raw_writers = ThreadPoolExecutor(2, thread_name_prefix="raw")
        self._waiting: list[CrawlItem] = []
        self._waiting_rows = 0
        self._flushing = asyncio.Lock()
        self._index: Index | None = None
        self._state: CrawlState | None = None

    def open(self) -> None:
        """Open the index in the writer's thread; store what an earlier run left in the spool."""
        self._run.fates.update(self._writer.submit(self._open_in_writer).result())

    def close(self) -> None:
        """Close what is open. What waits must have been flushed before."""
        self._writer.submit(self._close_in_writer).result()
        self._writer.shutdown()
        self._raw_writers.shutdown()

    async def add(self, item: CrawlItem) -> None:
        """Accept an item; waits where the index is slower than the spiders."""
        self._waiting.append(item)
        self._waiting_rows += len(item.rows)
        if self._waiting_rows >= BATCH_ROWS:
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits."""
        async with self._flushing:
            batch, self._waiting, self._waiting_rows = self._waiting, [], 0
            if not batch or self.failure is not None:
                return
            loop = asyncio.get_running_loop()
            try:
                fates = await loop.run_in_executor(self._writer, self._write, batch)
            except Exception as error:  # the index or the disk is gone: nothing more can be kept
                self._fail(error)
                return
            for fate, number in fates.items():
                self._run.count(fate, number)

    async def save_raw(self, body: bytes) -> Raw | None:
        """Keep original bytes; None where the disk refused, which stops the run."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._raw_writers, self._raw_files.save, body)
        except Abort as error:
            self._fail(error)
            return None

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
        self._on_failure()

    # -- the writer's thread
    def _open_in_writer(self) -> Counter[str]:
        self._index = self._open_index(self._workspace)
        self._state = CrawlState(self._workspace.file("crawl.sqlite"))
        fates: Counter[str] = Counter()
        for segment in self._spool.segments():
            fates += self._store([json.loads(entry) for entry in self._spool.read(segment)])
            self._spool.remove(segment)
        if len(self._state) and not self._index.stats().documents:
            self._state.clear()
            self._run.warn(Message("crawl.index_empty"))
        return fates

    def _close_in_writer(self) -> None:
        if cut := self._run.facts.get("truncated"):
            self._run.warn(Message("intake.cut", {"n": cut}))
        if self._state is not None:
            self._state.close()
        if self._index is not None:
            for sentence in self._index.incidents():
                self._run.warn(sentence)
            self._index.close()

    def _write(self, batch: Sequence[CrawlItem]) -> Counter[str]:
        entries: list[dict[str, Any]] = []
        without_rows: list[StateUpdate] = []
        for item in batch:
            if not item.rows:
                without_rows.append(item.state)
                continue
            raw = {"path": item.raw.path, "sha256": item.raw.sha256} if item.raw else None
            entries += [row | {SPOOL_KEY: {"raw": raw}} for row in item.rows]
            entries[-1][SPOOL_KEY]["memory"] = item.state.to_json()
        sightings = [sighting for item in batch for sighting in item.sightings]
        fates: Counter[str] = Counter()
        if entries:
            lines = [
                json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass")
                for entry in entries
            ]
            segment = self._spool.append(lines)
            fates = self._store(entries)
            self._spool.remove(segment)
        index = self._index
        assert self._state is not None
        assert index is not None
        if sightings:
            _retry(lambda: index.see(sightings))
        self._state.apply(without_rows)
        return fates

    def _store(self, entries: Iterable[dict[str, Any]]) -> Counter[str]:
        """Into the index, then into the crawl state; the fate of every entry."""
        assert self._state is not None
        fates: Counter[str] = Counter()
        documents: list[Document] = []
        updates: list[StateUpdate] = []
        for entry in entries:
            aside = entry.pop(SPOOL_KEY, None) or {}
            if aside.get("memory"):
                updates.append(StateUpdate.from_json(aside["memory"]))
            try:
                document = from_exchange(entry)
            except Unreadable as error:  # only what another version left in the spool
                fates["rejected"] += 1
                self._run.warn(Message("crawl.spool_rejected", {"reason": error.message}))
                continue
            if aside.get("raw"):
                document = replace(document, raw=Raw(**aside["raw"]))
            documents.append(document)
        fates += self._put(documents)
        self._state.apply(updates)
        return fates

    def _put(self, documents: Sequence[Document]) -> Counter[str]:
        index = self._index
        assert index is not None
        fates: Counter[str] = Counter()
        if not documents:
            return fates
        with_raw = [document.id for document in documents if document.raw is not None]
        raw_before: dict[str, list[Raw | None]] = {}
        if with_raw:
            stored = _retry(lambda: index.get(with_raw))
            raw_before = {
                old.id: [version.raw for version in old.all_versions()]
                for old in stored
                if old is not None
            }
        if cut := sum(TRUNCATED in document.extra for document in documents):
            self._run.facts["truncated"] = self._run.facts.get("truncated", 0) + cut
        verdicts: list[Verdict] = _retry(lambda: index.put(documents, on_conflict="replace"))
        by_source: dict[str, list[Document]] = {}
        for document, verdict in zip(documents, verdicts, strict=True):
            fate = "refused" if verdict.outcome == "suppressed" else str(verdict.outcome)
            fates[fate] += 1
            if source := str(document.extra.get("crawl") or ""):
                self._sources.count(source, fate)
                by_source.setdefault(source, []).append(document)
            if document.raw is not None:
                before = raw_before.get(document.id, [])
                self._delete_unused_raw(str(verdict.outcome), document.raw, before)
            if verdict.outcome == "rejected":
                self._run.warn(
                    Message("crawl.index_rejected", {"id": verdict.id, "reason": verdict.reason})
                )
        for source, its_documents in by_source.items():
            self._sources.add(source, its_documents)
        return fates

    def _delete_unused_raw(self, outcome: str, new: Raw, before: Sequence[Raw | None]) -> None:
        """Keep the original bytes of every version that the index holds, and no others.

        Pages that differ in a stamp alone would pile up.
        """
        if outcome in ("duplicate", "rejected", "suppressed") and new not in before:
            self._raw_files.delete(new)


def _retry(call: Callable[[], T]) -> T:
    then = "what was fetched waits in the spool, and the same command goes on from here"
    return retry(call, then=then)
