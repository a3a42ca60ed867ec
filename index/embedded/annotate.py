"""Annotations and vectors of documents: one transaction a chunk, a verdict per item."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index import codec
from index.base import Outcome, Verdict
from index.embedded.database import Database
from index.embedded.rows import CHUNK, chunks, name_code, rows_of
from index.embedded.schema import COLUMN_STAGES, State, read_state, write_state
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.documents import Annotation


def annotate(
    database: Database, rows: Iterable[tuple[str, Annotation]], stage: str
) -> list[Verdict]:
    """Set one stage's annotations; see `index.base.Index.annotate`."""
    verdicts: list[Verdict] = []
    column = COLUMN_STAGES.get(stage, (0, ""))[1]
    for chunk in chunks(rows, CHUNK):
        with database.write() as connection:
            known = rows_of(connection, [key for key, _ in chunk])
            state = read_state(connection)
            number = name_code(connection, "stage", stage)
            write = state.note + 1
            versions: dict[str, int] = {}
            makers: dict[str, int] = {}
            values: list[tuple[Any, ...]] = []
            written: dict[int, bytes] = {}  # posts of a group have one object of values
            for key, note in chunk:
                if (doc := known.get(key)) is None:
                    verdicts.append(Verdict(key, Outcome.MISSING, "no such document"))
                    continue
                if note.version not in versions:
                    versions[note.version] = name_code(connection, "version", note.version)
                if note.model not in makers:
                    makers[note.model] = name_code(connection, "maker", note.model)
                value = note.values.get(column) if column else None
                if (body := written.get(id(note.values))) is None:
                    body = written[id(note.values)] = codec.to_json_bytes(dict(note.values))
                values.append(
                    (
                        number,
                        doc,
                        versions[note.version],
                        makers[note.model],
                        codec.milliseconds(note.made_at),
                        write,
                        None
                        if value is None or value == ""
                        else str(value).encode("utf-8", "replace").decode(),
                        body,
                    )
                )
                verdicts.append(Verdict(key, Outcome.ANNOTATED))
            connection.executemany(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values
            )
            if values:
                write_state(connection, state._replace(note=write))
    return verdicts


def put_vectors(
    database: Database, model: str, ids: Sequence[str], vectors: np.ndarray
) -> list[Verdict]:
    """Store vectors; see `index.base.Index.put_vectors`."""
    matrix = np.ascontiguousarray(vectors, dtype="<f4")
    if matrix.ndim != 2 or len(matrix) != len(ids):
        raise ConfigError(
            Message("fault.embedded.vector_shape", {"n_ids": len(ids), "shape": str(matrix.shape)})
        )
    if not np.isfinite(matrix).all():
        raise ConfigError(Message("fault.embedded.nan"))
    verdicts: list[Verdict] = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        with database.write() as connection:
            known = rows_of(connection, some)
            number = name_code(connection, "model", model)
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
    stored = connection.execute(
        "SELECT length(vector) FROM vectors WHERE model = ? LIMIT 1", (number,)
    ).fetchone()
    if stored and stored[0] != dimension * 4:
        raise ConfigError(
            Message(
                "fault.embedded.dimensions",
                {"model": repr(model), "value": stored[0] // 4, "dimension": dimension},
            )
        )
