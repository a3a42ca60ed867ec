"""What came in from each source of a crawl: fates, and what the documents have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawlers.sources import Source
    from tocsin.core.documents import Document

MAX_SITES = 20
_SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?")


class _Counts:
    def __init__(self) -> None:
        self.spider = ""
        self.fates: Counter[str] = Counter()
        self.rows = 0
        self.filled: Counter[str] = Counter()
        self.sites: Counter[str] = Counter()


class SourceCounts:
    """Counts by source; the spiders and the writer's thread add to them."""

    def __init__(self) -> None:
        self._by_source: dict[str, _Counts] = {}
        self._lock = Lock()

    def begin(self, source: Source) -> None:
        """A source that is asked, be it that nothing comes of it."""
        with self._lock:
            self._of(source.name).spider = source.spider

    def count(self, source: str, fate: str, number: int = 1) -> None:
        """Count what became of items of a source."""
        if number:
            with self._lock:
                self._of(source).fates[fate] += number

    def add(self, source: str, documents: Sequence[Document]) -> None:
        """Take note of documents of a source: what they have, and the sites they are of."""
        with self._lock:
            counts = self._of(source)
            counts.rows += len(documents)
            for document in documents:
                counts.filled["text"] += bool(document.text or document.title)
                counts.filled["published_at"] += document.published_at is not None
                counts.filled["author"] += document.author is not None
            sites = (document.source for document in documents)
            counts.sites.update(site for site in sites if site and _SITE.fullmatch(site))

    def facts(self) -> dict[str, dict[str, Any]]:
        """Source -> ``spider``, ``fates``, ``rows`` (documents that came), ``filled`` (shares, 0
        to 1) and ``sites`` (values of ``source:`` that find its posts, most frequent first)."""
        with self._lock:
            return {
                name: {
                    "spider": counts.spider,
                    "fates": dict(sorted(counts.fates.items())),
                    "rows": counts.rows,
                    "filled": {k: round(n / counts.rows, 4) for k, n in counts.filled.items()},
                    "sites": [site for site, _ in counts.sites.most_common(MAX_SITES)],
                }
                for name, counts in sorted(self._by_source.items())
            }

    def _of(self, source: str) -> _Counts:
        return self._by_source.setdefault(source, _Counts())
