"""Rows by id, their removal, the log, the searchable words, and the numbers of names."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from index.codec import is_utf8
from tocsin.core.text import fold, tokens

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
    rows: dict[str, int] = {}
    for some in chunks([key for key in ids if is_utf8(key)], NARROW):
        marks = ",".join("?" * len(some))
        rows.update(
            connection.execute(
                "SELECT id, row FROM docs WHERE id IN "  # noqa: S608
                f"({marks})",
                some,
            ).fetchall()
        )
    return rows


def drop_rows(connection: sqlite3.Connection, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Remove rows with their words, annotations and vectors; ``rows`` are (row, decoded body)."""
    pairs = list(rows)
    numbers = [(row,) for row, _ in pairs]
    connection.executemany(
        "INSERT INTO words (words, rowid, tok) VALUES ('delete', ?, ?)",
        [(row, searchable(b.get("title"), b["text"])) for row, b in pairs],
    )
    connection.executemany("DELETE FROM docs WHERE row = ?", numbers)
    for stage in codes(connection, "stage").values():
        connection.executemany(
            f"DELETE FROM notes WHERE stage = {stage} AND doc = ?",  # noqa: S608
            numbers,
        )
    for model in codes(connection, "model").values():
        connection.executemany(
            f"DELETE FROM vectors WHERE model = {model} AND doc = ?",  # noqa: S608
            numbers,
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
    known = connection.execute(
        "SELECT code FROM names WHERE space = ? AND name = ?", (space, name)
    ).fetchone()
    if known:
        return int(known[0])
    number = connection.execute(
        "INSERT INTO names (space, name) VALUES (?, ?)", (space, name)
    ).lastrowid
    assert number is not None  # an INSERT that did not raise has a row
    return number
