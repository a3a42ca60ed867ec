"""Rows by id, their removal, the log, the searchable words, and the numbers of names."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from index.codec import is_utf8
from tocsin.core.text import fold, tokens

if TYPE_CHECKING:
    pass

T = TypeVar("T")
_SIGN_ALONE = re.compile(r"[#@](?![A-Za-z0-9_])")
CHUNK = 10_000
NARROW = 500


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def searchable(title: str | None, text: str) -> str:
    """What the full-text table is given, so that its tokeniser finds just the words of
    `tocsin.core.text.tokens`.

    That tokeniser takes ASCII letters, digits, ``# @ _`` and everything beyond ASCII as part of a
    word, and folds ASCII case. So a text that is ASCII, or is so when folded, may go in as it is,
    where each ``#`` and ``@`` begins a word; others go in as words with spaces between.
    """
    whole = f"{title}\n{text}" if title else text
    if not whole.isascii():
        whole = fold(whole)
    if not whole.isascii() or "\x00" in whole:
        return " ".join(tokens(whole))
    if "#" in whole or "@" in whole:
        return _SIGN_ALONE.sub(" ", whole.replace("#", " #").replace("@", " @"))
    return whole


def rows_of(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Row number by id, of those that exist."""
    found: dict[str, int] = {}
    for some in chunks([key for key in ids if is_utf8(key)], NARROW):
        marks = ",".join("?" * len(some))
        found.update(
            connection.execute(f"SELECT id, row FROM docs WHERE id IN ({marks})", some).fetchall()  # noqa: S608
        )
    return found


def drop_rows(connection: sqlite3.Connection, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Remove rows with their words, annotations and vectors; ``rows`` are (row, decoded body)."""
    pairs = list(rows)
    numbers = [(row,) for row, _ in pairs]
    connection.executemany(
        "INSERT INTO words (words, rowid, tok) VALUES ('delete', ?, ?)",
        [(row, searchable(b.get("title"), b["text"])) for row, b in pairs],
    )
    connection.executemany("DELETE FROM docs WHERE row = ?", numbers)
    for name_code in codes(connection, "stage").values():
        connection.executemany(f"DELETE FROM notes WHERE stage = {name_code} AND doc = ?", numbers)  # noqa: S608
    for name_code in codes(connection, "model").values():
        connection.executemany(
            f"DELETE FROM vectors WHERE model = {name_code} AND doc = ?",
            numbers,  # noqa: S608
        )


def write_log(connection: sqlite3.Connection, last: int, what: int, rows: Sequence[int]) -> int:
    """Append entries to the log; the new highest entry."""
    connection.executemany(
        "INSERT INTO log VALUES (?, ?, ?)",
        [(last + 1 + i, what, row) for i, row in enumerate(rows)],
    )
    return last + len(rows)


def codes(connection: sqlite3.Connection, space: str) -> dict[str, int]:
    """The numbers of all names of a space: stage, model, version, maker."""
    return dict(
        connection.execute(
            "SELECT name, code FROM names WHERE space = ? ORDER BY code", (space,)
        ).fetchall()
    )


def name_code(connection: sqlite3.Connection, space: str, name: str) -> int:
    """The number of a name, made if new, within a write transaction."""
    found = connection.execute(
        "SELECT code FROM names WHERE space = ? AND name = ?", (space, name)
    ).fetchone()
    if found:
        return int(found[0])
    made = connection.execute(
        "INSERT INTO names (space, name) VALUES (?, ?)", (space, name)
    ).lastrowid
    assert made is not None  # an INSERT that did not raise has a row
    return made
