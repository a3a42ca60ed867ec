"""What ``tocsin check`` says of the index."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import TocsinError
from tocsin.core.language.words import named
from tocsin.core.messages import Message
from tocsin.core.runtime.health import row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from index.base import Index, Stats
    from tocsin.core.workspace import Workspace

PATIENCE = 5.0
"""Seconds that a check waits for a server."""
MIN_POSTS = 20
"""Posts from which a source that mostly lacks authors or times is named."""
_MEND = Message("index_health.mend")


def checks(workspace: Workspace) -> list[dict[str, Any]]:
    """Rows of a check: SQLite, the index, whether it can be written, its abilities, the spool."""
    settings = workspace.settings.index
    if settings.backend == "embedded" and not (workspace.home / "index.sqlite").exists():
        not_made = row("index", True, Message("index_health.not_made"), "")
        return [_full_text(), not_made | {"advice": Message("index_health.make")}]
    from index.connect import open_index

    try:
        index = open_index(_hasty(workspace))
    except TocsinError as error:
        return [_full_text(), row("index", False, error.message, _MEND)]
    try:
        return [_full_text(), *_index(index), _spool(workspace)]
    except TocsinError as error:
        return [_full_text(), row("index", False, error.message, _MEND)]
    finally:
        index.close()


def _hasty(workspace: Workspace) -> Workspace:
    """The same workspace with little patience: a check says what is wrong, work waits for it."""
    seconds = min(PATIENCE, workspace.settings.index.retry_seconds)
    flags = {**workspace.flags.get("index", {}), "retry_seconds": seconds}
    return replace(workspace, flags={**workspace.flags, "index": flags})


def _index(index: Index) -> list[dict[str, Any]]:
    """The index, and what it can do; what is wrong with it in its own words."""
    index.ping()
    stats = index.stats()
    size = {"backend": index.backend, "n": stats.documents, "megabytes": stats.bytes / 1e6}
    troubles = [row("index", False, trouble, _MEND) for trouble in index.troubles()]
    return [
        row("index", True, Message("index_health.size", size), ""),
        *troubles,
        *_mostly_empty(stats),
        row("index abilities", True, _abilities(index.capabilities()), ""),
    ]


def _abilities(able: Mapping[str, bool | str]) -> Message:
    """What an index is and can do, and what it cannot, in words."""
    facts = [
        Message("index_health.able.fact", {"name": named("ability", name), "value": value})
        for name, value in sorted(able.items())
        if not isinstance(value, bool)
    ]
    for code, wanted in (("yes", True), ("no", False)):
        what = [named("ability", name) for name, value in sorted(able.items()) if value is wanted]
        if what:
            facts.append(Message(f"index_health.able.{code}", {"what": what}))
    return Message("text.value", {"value": facts})


def _mostly_empty(stats: Stats) -> Iterator[dict[str, Any]]:
    """Sources most of whose posts lack an author or a time: what can be said of them is little."""
    unnamed = ""
    totals = {**stats.sources, unnamed: stats.documents - sum(stats.sources.values())}
    for name in ("author", "time"):
        by_source = stats.without_by_source.get(name, {})
        rest = stats.without.get(name, 0) - sum(by_source.values())
        for source, number in sorted({**by_source, unnamed: rest}.items()):
            total = totals.get(source, 0)
            if total >= MIN_POSTS and number > total / 2:
                shown = source or Message("index_health.unnamed")
                counts = {"source": shown, "n": number, "of": total}
                said = Message(f"index_health.without_{name}", counts)
                advice = Message(f"index_health.map_{name}")
                yield row("collected posts", True, said, "") | {"advice": advice}


def _spool(workspace: Workspace) -> dict[str, Any]:
    waiting = sum(1 for _ in (workspace.home / "spool").glob("*.seg"))
    spool = row("spool", True, Message("index_health.waiting", {"n": waiting}), "")
    return spool | {"advice": Message("index_health.take_in")} if waiting else spool


def _full_text() -> dict[str, Any]:
    version = {"version": sqlite3.sqlite_version}
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='')")
        connection.close()
    except sqlite3.OperationalError:
        missing = Message("index_health.no_fts", version)
        return row("SQLite", False, missing, Message("index_health.install_fts"))
    return row("SQLite", True, Message("index_health.fts", version), "")
