"""What ``tocsin check`` says of the index."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import TocsinError

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace


def checks(workspace: Workspace) -> list[dict[str, Any]]:
    """SQLite and its full text, the index itself, its abilities, and what waits for it: name, ok, detail, advice."""
    found = [_full_text()]
    settings = workspace.settings.index
    if settings.backend == "embedded" and not (workspace.home / "index.sqlite").exists():
        found.append(_check("index", True, "embedded, not made yet", "import or crawl to make it"))
        return found
    from index.connect import open_index

    try:
        index = open_index(workspace)
    except TocsinError as error:
        found.append(_check("index", False, str(error), "mend that and run `tocsin check` again"))
        return found
    try:
        index.ping()
        stats = index.stats()
        able = ", ".join(f"{name}: {value}" for name, value in sorted(index.capabilities().items()))
        found.append(
            _check(
                "index",
                True,
                f"{index.backend}, {stats.documents} documents, {stats.bytes / 1e6:.1f} MB",
                "",
            )
        )
        found.append(_check("index abilities", True, able, ""))
        waiting = sum(1 for _ in (workspace.home / "spool").glob("*.seg"))
        found.append(
            _check(
                "spool",
                True,
                f"{waiting} segments wait for the index",
                "run `tocsin crawl` to take them in" if waiting else "",
            )
        )
    except TocsinError as error:
        found.append(_check("index", False, str(error), "mend that and run `tocsin check` again"))
    finally:
        index.close()
    return found


def _full_text() -> dict[str, Any]:
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='')")
        connection.close()
    except sqlite3.OperationalError:
        return _check(
            "SQLite",
            False,
            f"{sqlite3.sqlite_version} without FTS5",
            "install a Python whose SQLite has FTS5",
        )
    return _check("SQLite", True, f"{sqlite3.sqlite_version} with FTS5", "")


def _check(name: str, ok: bool, detail: str, advice: str) -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "advice": advice}
