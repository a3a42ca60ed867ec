"""Deleting for good: rows, words, vectors, findings, spool, original bytes, and what SQLite would leave behind."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from index.embedded.columnar import persistence as disk
from index.embedded.findings import forget
from index.embedded.schema import read_state, write_state
from index.embedded.store import BUSY_SECONDS, Store
from index.embedded.writes import chunks, drop_rows, rows_of
from index.maintenance.scrub import names_pattern
from index.spool import Spool
from tocsin.core.documents import native_id
from tocsin.core.errors import Abort, Retry

PURGE = "purge"
_LOG_SECONDS = 5


def delete(store: Store, home: Path, ids: Sequence[str]) -> int:
    """Remove documents everywhere; the number removed."""
    removed = 0
    with store.write() as connection:
        raws: list[str] = []
        for some in chunks(ids, 500):
            rows = sorted(rows_of(connection, some).values())
            removed += len(rows)
            raws += _drop(connection, rows)
        forget(connection, frozenset(ids))
        if removed:
            _drop_lonely_authors(connection)
            _start_purge(connection)
    if removed:
        remove_raw(home, raws)
        purge(store, home)
    return removed


def delete_author(store: Store, home: Path, author: str, hashed: str | None) -> int:
    """Remove a person everywhere; ``hashed`` goes on the suppression list. The number of documents removed.

    The list comes first and the rest in one transaction, so that the same call after a crash ends the same.
    """
    if hashed is not None:
        with store.write() as connection:
            connection.execute("INSERT OR IGNORE INTO suppressed VALUES (?)", (hashed,))
    if (home / "spool").is_dir():
        Spool(home / "spool").erase(lambda item: is_by(item, author))
    with store.write() as connection:
        known = connection.execute(
            "SELECT row, handle, name FROM authors WHERE id = ?", (author,)
        ).fetchone()
        row, handle, name = known or (None, None, None)
        posts = (
            dict(connection.execute("SELECT row, id FROM docs WHERE author = ?", (row,)).fetchall())
            if known
            else {}
        )
        raws = _drop(connection, sorted(posts))
        forget(
            connection,
            frozenset([author, *posts.values()]),
            names_pattern([author, native_id(author), handle, name]),
        )
        connection.execute("DELETE FROM authors WHERE row = ?", (row,))
        _start_purge(connection)
    remove_raw(home, raws)
    done = purge(store, home)
    _verify(store, author, sorted(posts))
    if not done:
        raise Retry(
            f"the posts are gone, but another process still reads the state of before, so {store.path}-wal keeps their bytes; "
            "close the dashboard and other readers, and start the same command again",
            after=10.0,
        )
    return len(posts)


def purge(store: Store, home: Path) -> bool:
    """Rewrite what still holds deleted words: the full-text segments, the write-ahead log, the caches. Idempotent.

    Returns:
        Whether all is done; where another process reads an old view all the while, the log is still to be emptied,
        which the next opening of the index does.
    """
    disk.wipe(home / disk.FOLDER)
    with store.write() as connection:
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")
    with store.lock, store.errors():
        store.connection.execute(f"PRAGMA busy_timeout = {_LOG_SECONDS * 1000}")
        try:
            busy = store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            store.connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    if not busy:
        with store.write() as connection:
            connection.execute("DELETE FROM meta WHERE name = ?", (PURGE,))
    return not busy


def _drop(connection: sqlite3.Connection, rows: Sequence[int]) -> list[str]:
    """Drop rows; the paths of their original bytes."""
    raws: list[str] = []
    for some in chunks(rows, 500):
        bodies: list[tuple[int, dict[str, Any]]] = []
        for row in some:
            body = json.loads(
                connection.execute("SELECT body FROM docs WHERE row = ?", (row,)).fetchone()[0]
            )
            bodies.append((row, body))
            if body.get("raw"):
                raws.append(body["raw"][0])
        drop_rows(connection, bodies)
    return raws


def _drop_lonely_authors(connection: sqlite3.Connection) -> None:
    connection.execute(
        "DELETE FROM authors WHERE row NOT IN (SELECT author FROM docs WHERE author IS NOT NULL)"
    )


def _start_purge(connection: sqlite3.Connection) -> None:
    """Make caches of before worthless, and remember that a purge is due even if the process dies now."""
    state = read_state(connection)
    write_state(connection, state._replace(epoch=state.epoch + 1))
    connection.execute("DELETE FROM log")
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (PURGE,))


def remove_raw(home: Path, paths: Iterable[str]) -> None:
    """Delete original bytes, never outside the workspace."""
    root = home.resolve()
    for name in paths:
        path = (root / name).resolve()
        if path.is_relative_to(root) and path != root:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def is_by(item: bytes, author: str) -> bool:
    """Whether a spooled item is JSON whose author is this one."""
    try:
        return _names_author(json.loads(item), author, native_id(author), 0)
    except (ValueError, RecursionError):
        return False


def _names_author(value: Any, author: str, native: str, depth: int) -> bool:
    if isinstance(value, list):
        return any(_names_author(v, author, native, depth + 1) for v in value)
    if not isinstance(value, dict) or depth > 20:
        return False
    by = value.get("author")
    key = by.get("id") if isinstance(by, dict) else by
    if key is not None and str(key) in (author, native):
        platform = value.get("platform")
        return platform is None or author.startswith(f"{platform}:") or str(key) == author
    return any(
        _names_author(v, author, native, depth + 1)
        for v in value.values()
        if isinstance(v, (dict, list))
    )


def _verify(store: Store, author: str, rows: Sequence[int]) -> None:
    with store.read() as connection:
        left = connection.execute(
            "SELECT count(*) FROM authors WHERE id = ?", (author,)
        ).fetchone()[0]
        for some in chunks(rows, 500):
            marks = ",".join("?" * len(some))
            for table, column in (("docs", "row"), ("notes", "doc"), ("vectors", "doc")):
                left += connection.execute(
                    f"SELECT count(*) FROM {table} WHERE {column} IN ({marks})",  # noqa: S608
                    some,
                ).fetchone()[0]
    if left:
        raise Abort(
            f"{left} records of the author are still in {store.path}; start the same command again"
        )
