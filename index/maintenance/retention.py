"""Retention, and forgetting what was set aside: documents and rejected lines go when they must."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from index.base import EVERYTHING
from index.maintenance.scrub import names_pattern
from tocsin.core.errors import ConfigError, unread_reason
from tocsin.core.files import write_text_atomically
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.documents import Document
    from tocsin.core.workspace import Workspace

REJECTED = "rejected.jsonl"
_BATCH = 1_000


def periods(workspace: Workspace) -> dict[str, int]:
    """Days by source name for the sources that set ``retention_days``.

    Raises:
        ConfigError: a source file is not TOML, or its period is not a whole number.
    """
    days_by_source: dict[str, int] = {}
    for path in sorted((workspace.home / "sources").glob("*.toml")):
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            fault = {"path": str(path), "error": unread_reason(error)}
            raise ConfigError(Message("fault.retention.no_toml", fault)) from None
        name, days = values.get("name"), values.get("retention_days", 0)
        if not isinstance(days, int) or isinstance(days, bool) or days < 0:
            raise ConfigError(Message("fault.retention.days", {"path": str(path)}))
        if isinstance(name, str) and days:
            days_by_source[name] = days
    return days_by_source


def expired(index: Index, default: int, by_source: dict[str, int], now: datetime) -> list[str]:
    """Ids of documents whose period is over, by ``published_at``, else ``collected_at``.

    A document belongs to a source by its ``source``, or by the crawl that brought it
    (``extra.crawl``); the source's own period takes precedence over ``default`` (0: kept for ever).
    """
    shortest = min([days for days in (default, *by_source.values()) if days], default=0)
    if not shortest:
        return []
    gone: list[str] = []
    for batch in index.scan(["id", "published_at"], window=EVERYTHING, batch_size=_BATCH):
        limit = (now - timedelta(days=shortest)).timestamp() * 1000
        times = batch.column("published_at").to_pylist()
        some = [
            key
            for key, at in zip(batch.column("id").to_pylist(), times, strict=True)
            if at is None or at < limit
        ]
        if some:
            gone += [
                d.id
                for d in index.get(some)
                if d is not None and is_over(d, default, by_source, now)
            ]
    return gone


def is_over(document: Document, default: int, by_source: dict[str, int], now: datetime) -> bool:
    """Whether the retention period of a document is over: see `expired`."""
    crawl = document.extra.get("crawl")
    days = (
        (by_source.get(crawl) if isinstance(crawl, str) else None)
        or by_source.get(document.source or "")
        or default
    )
    at = document.published_at or document.collected_at
    return bool(days) and at is not None and at < now - timedelta(days=days)


def forget_rejected(workspace: Workspace, names: Iterable[str | None]) -> int:
    """Take the lines that imports set aside out of ``runs/*/rejected.jsonl`` where they name a
    person; how many went.

    Args:
        names: native id and handle. A line that holds one of them as a whole word goes, whoever
            wrote it: a
            broken line does not say who its author is.
    """
    pattern = names_pattern(names)
    if pattern is None:
        return 0
    gone = 0
    for path in sorted(workspace.folder("runs").glob(f"*/{REJECTED}")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not pattern.search(line)]
        if len(kept) < len(lines):
            gone += len(lines) - len(kept)
            write_text_atomically(path, "".join(kept))
    return gone
