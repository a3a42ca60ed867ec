"""Putting documents, annotations and vectors: one transaction a chunk, a verdict per item."""

from __future__ import annotations

import contextlib
import gc
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from index.base import Conflict, Outcome, Verdict
from index.embedded import codec
from index.embedded.authors import Authors
from index.embedded.codec import encodable
from index.embedded.schema import COLUMN_STAGES, DEAD, TOUCHED, State, read_state, write_state
from index.embedded.store import Store
from tocsin.errors import ConfigError
from tocsin.text import fold, tokens

if TYPE_CHECKING:
    from tocsin.documents import Annotation, Document

T = TypeVar("T")
_SIGN_ALONE = re.compile(r"[#@](?![A-Za-z0-9_])")
CHUNK = 10_000
NARROW = 500
LOG_KEPT = 200_000
"""Entries of the log kept at least; a cache that is further behind is read afresh."""


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def searchable(title: str | None, text: str) -> str:
    """What the full-text table is given, so that its tokeniser finds just the words of `tocsin.text.tokens`.

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
        found.update(connection.execute(f"SELECT id, row FROM docs WHERE id IN ({marks})", some).fetchall())  # noqa: S608
    return found


def put(
    store: Store, people: Authors, documents: Sequence[Document], on_conflict: Conflict, hash_of: Callable[[str], str]
) -> list[Verdict]:
    """Store documents; see `index.base.Index.put`. ``hash_of`` is what the suppression list keeps of an author id."""
    verdicts: list[Verdict] = []
    for chunk in _without_repeats(documents):
        try:
            with _no_collection():
                encoded = [_prepare(document) for document in chunk]
                with store.write() as connection:
                    verdicts += _put_chunk(connection, people, chunk, encoded, on_conflict, hash_of)
        except BaseException:
            people.forget()
            raise
    return verdicts


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Do not look for cyclic garbage: rows make none, and the search goes through every document the caller holds."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _without_repeats(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Chunks in which no id comes twice, in order."""
    chunk: list[Document] = []
    seen: set[Any] = set()
    for document in documents:
        if document.id in seen or len(chunk) >= CHUNK:
            yield chunk
            chunk, seen = [], set()
        chunk.append(document)
        seen.add(document.id)
    if chunk:
        yield chunk


def _prepare(document: Document) -> tuple[str, bytes, str, int | None]:
    """What takes time and needs no lock: the fault, the body, the words, the time."""
    if fault := codec.fault(document):
        return fault, b"", "", None
    try:
        return "", codec.encode(document), searchable(document.title, document.text), codec.milliseconds(document.published_at)
    except (TypeError, AttributeError):
        return "links, metrics or media are not of their types", b"", "", None


def _put_chunk(
    connection: sqlite3.Connection,
    people: Authors,
    chunk: list[Document],
    encoded: list[tuple[str, bytes, str, int | None]],
    on_conflict: Conflict,
    hash_of: Callable[[str], str],
) -> list[Verdict]:
    state = read_state(connection)
    forgotten = {key for (key,) in connection.execute("SELECT hash FROM suppressed")}
    known = rows_of(connection, [document.id for document, (fault, *_) in zip(chunk, encoded, strict=True) if not fault])
    verdicts: list[Verdict] = []
    new: list[tuple[Document, bytes, str, int | None]] = []
    dead: list[int] = []
    touched: list[int] = []
    for document, (fault, body, words, published) in zip(chunk, encoded, strict=True):
        outcome, reason = Outcome.CREATED, ""
        if fault:
            outcome, reason = Outcome.REJECTED, fault
        elif forgotten and document.author is not None and hash_of(document.author.id) in forgotten:
            outcome, reason = Outcome.SUPPRESSED, "the author asked to be forgotten"
        elif (row := known.get(document.id)) is not None:
            outcome = Outcome.DUPLICATE
            if on_conflict == "replace":
                outcome, body = _replace(connection, row, document, body)
                (dead if outcome is Outcome.REPLACED else touched if body else []).append(row)
        if outcome in (Outcome.CREATED, Outcome.REPLACED):
            new.append((document, body, words, published))
        verdicts.append(Verdict(document.id, outcome, reason))
    if not new and not touched:
        return verdicts
    by_id, author_state = people.put(connection, [(document, published) for document, _, _, published in new], state)
    first = state.doc + 1
    connection.executemany(
        "INSERT INTO docs (row, id, author, published, body) VALUES (?, ?, ?, ?, ?)",
        [(first + i, d.id, by_id[d.author.id] if d.author else None, at, body) for i, (d, body, _, at) in enumerate(new)],
    )
    connection.executemany("INSERT INTO words (rowid, tok) VALUES (?, ?)", [(first + i, w) for i, (_, _, w, _) in enumerate(new)])
    entry = write_log(connection, author_state.log, DEAD, dead)
    entry = write_log(connection, entry, TOUCHED, touched)
    write_state(connection, author_state._replace(doc=state.doc + len(new), log=entry))
    if entry % LOG_KEPT < entry - state.log:
        connection.execute("DELETE FROM log WHERE entry <= ?", (entry - LOG_KEPT,))
    return verdicts


def _replace(connection: sqlite3.Connection, row: int, document: Document, body: bytes) -> tuple[Outcome, bytes]:
    """Decide on a known id: drop the old row for a new revision, or update its metrics in place.

    The body to insert comes back for a replacement; for a duplicate an empty one where nothing changed.
    """
    old = json.loads(connection.execute("SELECT body FROM docs WHERE row = ?", (row,)).fetchone()[0])
    if old.get("content_hash", "") != document.content_hash:
        drop_rows(connection, [(row, old)])
        new = json.loads(body)
        new["revision"] = old.get("revision", 0) + 1
        return Outcome.REPLACED, codec.dump(new)
    before = codec.metrics_of(old)
    after = before | dict(document.metrics)
    if after == before:
        return Outcome.DUPLICATE, b""
    for name in (*codec.METRICS, "metrics"):
        old.pop(name, None)
    codec.put_metrics(old, after)
    changed = codec.dump(old)
    connection.execute("UPDATE docs SET body = ? WHERE row = ?", (changed, row))
    return Outcome.DUPLICATE, changed


def drop_rows(connection: sqlite3.Connection, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Remove rows with their words, annotations and vectors; ``rows`` are (row, decoded body)."""
    pairs = list(rows)
    numbers = [(row,) for row, _ in pairs]
    connection.executemany(
        "INSERT INTO words (words, rowid, tok) VALUES ('delete', ?, ?)", [(row, searchable(b.get("title"), b["text"])) for row, b in pairs]
    )
    connection.executemany("DELETE FROM docs WHERE row = ?", numbers)
    for code in codes(connection, "stage").values():
        connection.executemany(f"DELETE FROM notes WHERE stage = {code} AND doc = ?", numbers)  # noqa: S608
    for code in codes(connection, "model").values():
        connection.executemany(f"DELETE FROM vectors WHERE model = {code} AND doc = ?", numbers)  # noqa: S608


def write_log(connection: sqlite3.Connection, last: int, what: int, rows: Sequence[int]) -> int:
    """Append entries to the log; the new highest entry."""
    connection.executemany("INSERT INTO log VALUES (?, ?, ?)", [(last + 1 + i, what, row) for i, row in enumerate(rows)])
    return last + len(rows)


def codes(connection: sqlite3.Connection, space: str) -> dict[str, int]:
    """The numbers of all names of a space: stage, model, version, maker."""
    return dict(connection.execute("SELECT name, code FROM names WHERE space = ? ORDER BY code", (space,)).fetchall())


def code(connection: sqlite3.Connection, space: str, name: str) -> int:
    """The number of a name, made if new, within a write transaction."""
    found = connection.execute("SELECT code FROM names WHERE space = ? AND name = ?", (space, name)).fetchone()
    if found:
        return int(found[0])
    made = connection.execute("INSERT INTO names (space, name) VALUES (?, ?)", (space, name)).lastrowid
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
            connection.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            if values:
                write_state(connection, state._replace(note=write))
    return verdicts


def put_vectors(store: Store, model: str, ids: Sequence[str], vectors: np.ndarray) -> list[Verdict]:
    """Store vectors; see `index.base.Index.put_vectors`."""
    matrix = np.ascontiguousarray(vectors, dtype="<f4")
    if matrix.ndim != 2 or len(matrix) != len(ids):
        raise ConfigError(f"{len(ids)} ids came with vectors of shape {matrix.shape}; they must be (number of ids, dimensions)")
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
            chosen = {known[key]: start + i for i, key in enumerate(some) if key in known}  # the last of a repeated id wins
            connection.executemany("DELETE FROM vectors WHERE model = ? AND doc = ?", [(number, doc) for doc in chosen])
            connection.executemany(
                "INSERT INTO vectors VALUES (?, ?, ?, ?)",
                [(state.vector + 1 + n, number, doc, matrix[i].tobytes()) for n, (doc, i) in enumerate(chosen.items())],
            )
            write_state(connection, state._replace(vector=state.vector + len(chosen)))
        verdicts += [Verdict(key, Outcome.ANNOTATED) if key in known else Verdict(key, Outcome.MISSING, "no such document") for key in some]
    return verdicts


def _check_dimension(connection: sqlite3.Connection, model: str, number: int, dimension: int) -> None:
    found = connection.execute("SELECT length(vector) FROM vectors WHERE model = ? LIMIT 1", (number,)).fetchone()
    if found and found[0] != dimension * 4:
        raise ConfigError(
            f"vectors of model {model!r} have {found[0] // 4} dimensions here, these have {dimension}; models must not share a name"
        )
