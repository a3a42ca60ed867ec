"""The SQLite file: connection, transactions, and errors in one sentence.

One connection and one lock per open index, so that threads of a process take turns; other processes
read without waiting (WAL) and write one after the other (BEGIN IMMEDIATE, busy timeout).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from tocsin.core.errors import Abort, ConfigError, Retry, TocsinError, system_reason
from tocsin.core.messages import Message

BUSY_SECONDS = 60.0


class Database:
    """An open SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        with self.errors():
            self.connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the file. Idempotent."""
        with self.lock:
            self.connection.close()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it is durable at the end, or nothing happened."""
        with self.lock, self.errors():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                if self.connection.in_transaction:  # a block may have committed as its last act
                    self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A frozen view of the file. May be nested, also in `write`."""
        with self.lock, self.errors():
            if self.connection.in_transaction:
                yield self.connection
                return
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def current_epoch(self) -> int:
        """The epoch that the file says now, whatever the transaction of this connection sees."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as other:
            epoch: int = other.execute("SELECT epoch FROM state").fetchone()[0]
            return epoch

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self.translate(error) from error

    def translate(self, error: Exception) -> TocsinError:
        """What an error of SQLite or the file system means to a person."""
        name = str(getattr(error, "sqlite_errorname", "") or "")
        where = self.path
        if isinstance(error, OSError):
            return ConfigError(
                Message(
                    "fault.embedded.open_why",
                    {"where": str(where), "strerror": system_reason(error)},
                )
            )
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return Retry(
                Message(
                    "fault.embedded.in_use", {"where": str(where), "busy_seconds": BUSY_SECONDS}
                ),
                after=5.0,
            )
        if name.startswith("SQLITE_FULL"):
            return Abort(Message("fault.embedded.disk_full", {"where": str(where)}))
        if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
            return ConfigError(Message("fault.embedded.write", {"where": str(where)}))
        if name.startswith("SQLITE_CANTOPEN"):
            return ConfigError(Message("fault.embedded.open", {"where": str(where)}))
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return Abort(Message("fault.embedded.damaged", {"where": str(where)}))
        if name.startswith("SQLITE_IOERR"):
            return Abort(
                Message("fault.embedded.disk_failed", {"where": str(where), "name": name.lower()})
            )
        if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
            return Abort(Message("fault.embedded.closed", {"where": str(where)}))
        return Abort(Message("fault.embedded.failed", {"where": str(where), "error": str(error)}))
