"""The record of alerts in the workspace: whoever is erased is named in it no more."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable

from index.maintenance.scrub import names_pattern
from tocsin.core.workspace import Workspace

FILE = "alerts.sqlite"
FEED = "exports/alerts.atom"
_TABLES = {"alerts": ("key", "ring"), "known": ("key",), "monitors": ("file",)}


def forget_alerts(workspace: Workspace, names: Iterable[str | None]) -> int:
    """Remove alerts that name a person (native ids, handles, shown names as whole words).

    A monitor whose query names them is switched off: it could find nobody any more. The feed goes
    whole; the next check writes it anew.

    Returns:
        How many alerts were removed.
    """
    pattern = names_pattern(names)
    path = workspace.home / FILE
    if pattern is None or not path.exists():
        return 0
    (workspace.home / FEED).unlink(missing_ok=True)
    removed = 0
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
        db.execute("pragma foreign_keys = on")
        db.execute("pragma secure_delete = on")
        with db:
            for table, columns in _TABLES.items():
                gone = _named(db, table, columns, pattern)
                db.executemany(f"delete from {table} where rowid = ?", gone)  # noqa: S608
                removed += len(gone) if table == "alerts" else 0
    return removed


def _named(
    db: sqlite3.Connection, table: str, columns: tuple[str, ...], pattern: re.Pattern[str]
) -> list[tuple[int]]:
    try:
        rows = db.execute(f"select rowid, {', '.join(columns)} from {table}").fetchall()  # noqa: S608
    except sqlite3.OperationalError:  # a table that is not there names nobody
        return []
    return [(row[0],) for row in rows if any(pattern.search(str(text)) for text in row[1:])]
