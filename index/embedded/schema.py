"""Tables of the embedded index, and the check that a file is one of ours.

``row`` numbers grow for ever and are never used twice: they are the cursor of `changes`, the rowid
of the full-text table, and what the disposable caches are keyed by. A replaced document gets a new
row. ``state`` has one row of counters that name the version of the data for those caches:

epoch    raised when documents are deleted: caches of an older epoch hold what must be forgotten
doc      the highest row ever given out
author   the highest author row
log      the highest entry of ``log``: rows that died, metrics and profiles that changed in place
note     the highest write of an annotation that has a column
vector   the highest vector row

``handles`` has all handles of the accounts that were renamed, folded; of others it has nothing.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from index.base import SCHEMA_VERSION
from index.fields import DeclaredField, fields_as_json, fields_from_json
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import ANALYSER_VERSION

COLUMN_STAGES = {"lang": (1, "lang"), "copies": (2, "group"), "narratives": (3, "narrative")}
"""Stage -> (its fixed number, the annotation value that is a column)."""

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE state (epoch INTEGER NOT NULL, doc INTEGER NOT NULL, author INTEGER NOT NULL, log
    INTEGER NOT NULL,
                    note INTEGER NOT NULL, vector INTEGER NOT NULL);
INSERT INTO state VALUES (0, 0, 0, 0, 0, 0);
CREATE TABLE docs (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, author INTEGER, published
    INTEGER, body BLOB NOT NULL);
CREATE TABLE authors (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, handle TEXT, name TEXT,
    created INTEGER, followers INTEGER,
following INTEGER, posts INTEGER, description TEXT, verified INTEGER, seen INTEGER, posted
    INTEGER);
CREATE TABLE IF NOT EXISTS handles (author INTEGER, handle TEXT, PRIMARY KEY (author, handle))
    WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(tok, content='', tokenize="ascii tokenchars '#@_'");
CREATE TABLE log (entry INTEGER PRIMARY KEY, what INTEGER NOT NULL, row INTEGER NOT NULL);
CREATE TABLE names (code INTEGER PRIMARY KEY, space TEXT NOT NULL, name TEXT NOT NULL, UNIQUE
    (space, name));
INSERT INTO names VALUES (1, 'stage', 'lang'), (2, 'stage', 'copies'), (3, 'stage', 'narratives');
CREATE TABLE notes (stage INTEGER, doc INTEGER, version INTEGER NOT NULL, model INTEGER NOT NULL,
    made INTEGER NOT NULL,
write INTEGER NOT NULL, value TEXT, body BLOB NOT NULL, PRIMARY KEY (stage, doc)) WITHOUT ROWID;
CREATE INDEX notes_write ON notes (stage, write) WHERE stage <= 3;
CREATE TABLE vectors (row INTEGER PRIMARY KEY, model INTEGER NOT NULL, doc INTEGER NOT NULL,
    vector BLOB NOT NULL, UNIQUE (model, doc));
CREATE TABLE findings (kind TEXT, place INTEGER, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY
    (kind, place));
CREATE INDEX findings_id ON findings (kind, id);
CREATE TABLE generations (kind TEXT PRIMARY KEY, generation TEXT NOT NULL, made INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE marks (subject TEXT PRIMARY KEY, mark TEXT NOT NULL, note TEXT NOT NULL, made TEXT
    NOT NULL) WITHOUT ROWID;
CREATE TABLE suppressed (hash TEXT PRIMARY KEY) WITHOUT ROWID;
"""

REPLACED_WORDS = "replaced_words"
"""Entry of ``meta``: texts were replaced whose words the full-text segments may still hold."""
_FIELDS = "declared_fields"
"""Entry of ``meta`` with the declared fields as JSON."""

DEAD, TOUCHED, PROFILE = 1, 2, 3
"""What a ``log`` entry says: a row died; a row's metrics changed; an author's profile changed."""


class State(NamedTuple):
    """The counters of table ``state``."""

    epoch: int = 0
    doc: int = 0
    author: int = 0
    log: int = 0
    note: int = 0
    vector: int = 0


def read_state(connection: sqlite3.Connection) -> State:
    """The counters in force in this transaction."""
    return State(
        *connection.execute("SELECT epoch, doc, author, log, note, vector FROM state").fetchone()
    )


def write_state(connection: sqlite3.Connection, state: State) -> None:
    """Set the counters, within a write transaction."""
    connection.execute(
        "UPDATE state SET epoch = ?, doc = ?, author = ?, log = ?, note = ?, vector = ?", state
    )


def read_fields(connection: sqlite3.Connection) -> dict[str, DeclaredField]:
    """The fields that stages have declared."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_FIELDS,)).fetchone()
    return fields_from_json(json.loads(row[0])) if row else {}


def write_fields(connection: sqlite3.Connection, fields: Mapping[str, DeclaredField]) -> None:
    """Keep the declared fields, within a write transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)", (_FIELDS, json.dumps(fields_as_json(fields)))
    )


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, within a write transaction."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [
            ("schema", str(SCHEMA_VERSION)),
            ("analyser", ANALYSER_VERSION),
            ("store", uuid.uuid4().hex),
        ],
    )


def add_missing(connection: sqlite3.Connection) -> None:
    """Make the tables that an earlier version of this schema lacks, within a write transaction."""
    for statement in _TABLES.split(";\n"):
        if statement.startswith("CREATE TABLE IF NOT EXISTS"):
            connection.execute(statement)


def lacks_tables(connection: sqlite3.Connection) -> bool:
    """Whether `add_missing` has something to do."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'handles'"
    return connection.execute(query).fetchone() is None


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the file has no table yet."""
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def check(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    """The meta table of a file that this program can work with.

    Raises:
        ConfigError: no index of ours, a newer schema, or another analyser.
    """
    try:
        meta = dict(connection.execute("SELECT name, value FROM meta").fetchall())
        schema, analyser = int(meta["schema"]), meta["analyser"]
    except (sqlite3.OperationalError, KeyError, ValueError) as error:
        if isinstance(error, sqlite3.OperationalError) and "no such table" not in str(error):
            raise
        raise ConfigError(Message("fault.embedded.foreign", {"path": str(path)})) from None
    if schema > SCHEMA_VERSION:
        raise ConfigError(
            Message(
                "fault.embedded.schema_newer",
                {"path": str(path), "schema": schema, "schema_version": SCHEMA_VERSION},
            )
        )
    if schema < SCHEMA_VERSION:
        raise ConfigError(
            Message(
                "fault.embedded.schema_older",
                {"path": str(path), "schema": schema, "schema_version": SCHEMA_VERSION},
            )
        )
    if analyser != ANALYSER_VERSION:
        raise ConfigError(
            Message(
                "fault.embedded.analyser",
                {"path": str(path), "analyser": analyser, "analyser_version": ANALYSER_VERSION},
            )
        )
    return meta
