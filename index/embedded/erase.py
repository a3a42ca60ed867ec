"""Deleting for good: rows, words, vectors, findings, spool, original bytes, and what SQLite would
leave behind."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.embedded.authors import keep_carried, said_names
from index.embedded.columnar import persistence
from index.embedded.database import BUSY_SECONDS, Database
from index.embedded.findings import forget
from index.embedded.rows import chunks, drop_rows, rows_of
from index.embedded.schema import REPLACED_WORDS, read_state, write_state
from index.maintenance.erasure import is_written_by, remove_raw_files
from index.maintenance.scrub import names_pattern
from index.spool import Spool
from index.versions.history import raw_paths
from tocsin.core.documents import native_id
from tocsin.core.errors import Abort, Retry
from tocsin.core.messages import Message

PURGE = "purge"
"""Entry of ``meta``: something was erased, and what still holds its words is to be rewritten."""
_LOG_SECONDS = 5
_RAW_PATH = re.compile(rb'"raw":\[("(?:[^"\\]|\\.)*")')


def delete(database: Database, home: Path, ids: Sequence[str], *, keep_raw: bool = False) -> int:
    """Remove documents everywhere; the number removed. See `index.base.Index.delete`."""
    removed = 0
    with database.write() as connection:
        raws: list[str] = []
        people: set[int] = set()
        for some in chunks(ids, 500):
            rows = sorted(rows_of(connection, some).values())
            removed += len(rows)
            people |= _authors_of(connection, rows)
            raws += _drop(connection, rows)
        unused = set() if keep_raw else set(raws) - _still_named(connection, set(raws))
        forget(connection, frozenset(ids))
        if removed:
            _drop_lonely_authors(connection)
            keep_carried(connection, people)
            _start_purge(connection)
    if removed:
        remove_raw_files(home, unused)
        purge(database, home)
    return removed


def delete_author(database: Database, home: Path, author: str, hashed: str | None) -> int:
    """Remove a person everywhere; ``hashed`` goes on the suppression list. The number of documents
    removed.

    The list comes first and the rest in one transaction, so that the same call after a crash ends
    the same.
    """
    if hashed is not None:
        with database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO suppressed VALUES (?)", (hashed,))
    if (home / "spool").is_dir():
        Spool(home / "spool").erase(lambda item: is_written_by(item, author))
    with database.write() as connection:
        known = connection.execute(
            "SELECT row, handle, name FROM authors WHERE id = ?", (author,)
        ).fetchone()
        row, handle, name = known or (None, None, None)
        posts = (
            dict(connection.execute("SELECT row, id FROM docs WHERE author = ?", (row,)).fetchall())
            if known
            else {}
        )
        said = said_names(connection, row) if row is not None else []
        raws = _drop(connection, sorted(posts))
        forget(
            connection,
            frozenset([author, *posts.values()]),
            names_pattern([author, native_id(author), handle, name, *said]),
        )
        connection.execute("DELETE FROM authors WHERE row = ?", (row,))
        connection.execute("DELETE FROM handles WHERE author = ?", (row,))
        _start_purge(connection)
    remove_raw_files(home, raws)
    done = purge(database, home)
    _verify(database, author, sorted(posts))
    if not done:
        raise Retry(
            Message("fault.embedded.still_read", {"path": str(database.path)}),
            after=10.0,
        )
    return len(posts)


def purge(database: Database, home: Path) -> bool:
    """Rewrite what still holds deleted words: the full-text segments, the write-ahead log, the
    caches. Idempotent.

    Returns:
        Whether all is done; where another process reads an old view all the while, the log is still
        to be emptied, which the next opening of the index does.
    """
    persistence.wipe(home / persistence.FOLDER)
    return _rewrite(database, PURGE)


def purge_replaced_words(database: Database) -> bool:
    """Rewrite the full-text segments if texts were replaced since they were last rewritten: a
    segment keeps a deleted row's words until it is merged. About .6 s for a million short posts.

    Returns:
        Whether nothing is left to do; see `purge`.
    """
    with database.read() as connection:
        due = connection.execute("SELECT 1 FROM meta WHERE name = ?", (REPLACED_WORDS,)).fetchone()
    return not due or _rewrite(database, REPLACED_WORDS)


def _rewrite(database: Database, due: str) -> bool:
    """Merge the full-text segments into one, empty the write-ahead log, strike out ``due``."""
    with database.write() as connection:
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")
    with database.lock, database.errors():
        database.connection.execute(f"PRAGMA busy_timeout = {_LOG_SECONDS * 1000}")
        try:
            busy = database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            database.connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    if not busy:
        with database.write() as connection:
            connection.execute("DELETE FROM meta WHERE name IN (?, ?)", (due, REPLACED_WORDS))
    return not busy


def _still_named(connection: sqlite3.Connection, paths: set[str]) -> set[str]:
    """Those of the paths of original bytes that another document names: pages of equal bytes share
    a file."""
    if not paths:
        return set()
    wanted = {json.dumps(path, ensure_ascii=False).encode(): path for path in paths}
    with_raw = connection.execute("SELECT body FROM docs WHERE instr(body, ?)", (b'"raw":[',))
    named = {found for (body,) in with_raw for found in _RAW_PATH.findall(body)}
    return {path for written, path in wanted.items() if written in named}


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
            raws += raw_paths(body)
        drop_rows(connection, bodies)
    return raws


def _authors_of(connection: sqlite3.Connection, rows: Sequence[int]) -> set[int]:
    marks = ",".join("?" * len(rows))
    return {
        author
        for (author,) in connection.execute(
            f"SELECT DISTINCT author FROM docs WHERE row IN ({marks})",  # noqa: S608
            list(rows),
        )
        if author is not None
    }


def _drop_lonely_authors(connection: sqlite3.Connection) -> None:
    connection.execute(
        "DELETE FROM authors WHERE row NOT IN (SELECT author FROM docs WHERE author IS NOT NULL)"
    )


def _start_purge(connection: sqlite3.Connection) -> None:
    """Make caches of before worthless, and remember that a purge is due even if the process dies
    now."""
    state = read_state(connection)
    write_state(connection, state._replace(epoch=state.epoch + 1))
    connection.execute("DELETE FROM log")
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (PURGE,))


def _verify(database: Database, author: str, rows: Sequence[int]) -> None:
    with database.read() as connection:
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
            Message("fault.embedded.not_erased", {"left": left, "path": str(database.path)})
        )
