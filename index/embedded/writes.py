"""Rows in and out: words, annotations, vectors, names. One transaction a chunk, a verdict per item."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from index.base import Outcome, Verdict
from index.embedded import codec
from index.embedded.codec import encodable
from index.embedded.schema import COLUMN_STAGES, State, read_state, write_state
from index.embedded.store import Store
from tocsin.core.errors import ConfigError
from tocsin.core.text import fold, tokens

if TYPE_CHECKING:
    from tocsin.core.documents import Annotation

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
    """What the full-text table is given, so that its tokeniser finds just the words of `tocsin.core.text.tokens`.

    That tokeniser takes ASCII letters, digits, ``# @ _`` and everything beyond ASCII as part of a word, and folds
    ASCII case. So a text that is ASCII, or is so when folded, may go in as it is, where each ``#`` and ``@`` begins a
    word; others go in as words with spaces between.
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
    for some in chunks([key for key in ids if encodable(key)], NARROW):
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
    for code in codes(connection, "stage").values():
        connection.executemany(f"DELETE FROM notes WHERE stage = {code} AND doc = ?", numbers)  # noqa: S608
    for code in codes(connection, "model").values():
        connection.executemany(f"DELETE FROM vectors WHERE model = {code} AND doc = ?", numbers)  # noqa: S608


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


def code(connection: sqlite3.Connection, space: str, name: str) -> int:
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


def annotate(store: Store, rows: Iterable[tuple[str, Annotation]], stage: str) -> list[Verdict]:
    """Set one stage's annotations; see `index.base.Index.annotate`."""
    verdicts: list[Verdict] = []
    column = COLUMN_STAGES.get(stage, (0, ""))[1]
    for chunk in chunks(rows, CHUNK):
        with store.write() as connection:
            known = rows_of(connection, [key for key, _ in chunk])
            state = read_state(connection)
            number = code(connection, "stage", stage)
            write = state.note + 1
            versions: dict[str, int] = {}
            makers: dict[str, int] = {}
            values: list[tuple[Any, ...]] = []
            for key, note in chunk:
                if (doc := known.get(key)) is None:
                    verdicts.append(Verdict(key, Outcome.MISSING, "no such document"))
                    continue
                if note.version not in versions:
                    versions[note.version] = code(connection, "version", note.version)
                if note.model not in makers:
                    makers[note.model] = code(connection, "maker", note.model)
                value = note.values.get(column) if column else None
                values.append(
                    (number, doc, versions[note.version], makers[note.model], codec.milliseconds(note.made_at), write,
                     None if value is None or value == "" else str(value).encode("utf-8", "replace").decode(), codec.dump(dict(note.values)))
                )  # fmt: skip
                verdicts.append(Verdict(key, Outcome.ANNOTATED))
            connection.executemany(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values
            )
            if values:
                write_state(connection, state._replace(note=write))
    return verdicts


def put_vectors(store: Store, model: str, ids: Sequence[str], vectors: np.ndarray) -> list[Verdict]:
    """Store vectors; see `index.base.Index.put_vectors`."""
    matrix = np.ascontiguousarray(vectors, dtype="<f4")
    if matrix.ndim != 2 or len(matrix) != len(ids):
        raise ConfigError(
            f"{len(ids)} ids came with vectors of shape {matrix.shape}; they must be (number of ids, dimensions)"
        )
    if not np.isfinite(matrix).all():
        raise ConfigError("a vector holds NaN or infinity; mend the model that made it")
    verdicts: list[Verdict] = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        with store.write() as connection:
            known = rows_of(connection, some)
            number = code(connection, "model", model)
            _check_dimension(connection, model, number, matrix.shape[1])
            state: State = read_state(connection)
            chosen = {
                known[key]: start + i for i, key in enumerate(some) if key in known
            }  # the last of a repeated id wins
            connection.executemany(
                "DELETE FROM vectors WHERE model = ? AND doc = ?", [(number, doc) for doc in chosen]
            )
            connection.executemany(
                "INSERT INTO vectors VALUES (?, ?, ?, ?)",
                [
                    (state.vector + 1 + n, number, doc, matrix[i].tobytes())
                    for n, (doc, i) in enumerate(chosen.items())
                ],
            )
            write_state(connection, state._replace(vector=state.vector + len(chosen)))
        verdicts += [
            Verdict(key, Outcome.ANNOTATED)
            if key in known
            else Verdict(key, Outcome.MISSING, "no such document")
            for key in some
        ]
    return verdicts


def _check_dimension(
    connection: sqlite3.Connection, model: str, number: int, dimension: int
) -> None:
    found = connection.execute(
        "SELECT length(vector) FROM vectors WHERE model = ? LIMIT 1", (number,)
    ).fetchone()
    if found and found[0] != dimension * 4:
        raise ConfigError(
            f"vectors of model {model!r} have {found[0] // 4} dimensions here, these have {dimension}; models must not share a name"
        )
