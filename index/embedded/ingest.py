"""Putting documents: a transaction a piece, a verdict per document, and two cores at work where
there are two.

While SQLite takes in the words of one piece (one statement, which needs no interpreter) and syncs
it to disk, the next piece is encoded.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from index import codec
from index.base import Conflict, Outcome, Verdict
from index.embedded.authors import Authors
from index.embedded.database import Database
from index.embedded.rows import drop_rows, rows_of, searchable, write_log
from index.embedded.schema import DEAD, REPLACED_WORDS, TOUCHED, read_state, write_state
from index.versions import history
from tocsin.core.runtime.garbage_collection import paused_garbage_collection

if TYPE_CHECKING:
    from tocsin.core.documents import Document

LOG_KEPT = 200_000
"""Entries of the log kept at least; a cache that is further behind is read afresh."""

_PIECE = 2_500
_LEAST = 400
_TEXT = 32_000_000


class Encoded(NamedTuple):
    """What is worked out of a document before the file is locked: why it cannot be stored, body,
    words, time (epoch ms)."""

    document: Document
    fault: str
    body: bytes
    words: str
    published: int | None


def put(
    database: Database,
    people: Authors,
    documents: Sequence[Document],
    on_conflict: Conflict,
    hash_of: Callable[[str], str],
) -> list[Verdict]:
    """Store documents; see `index.base.Index.put`.

    ``hash_of`` is what the suppression list keeps of an author id.
    """
    verdicts: list[Verdict] = []
    pieces = list(_pieces(documents))
    if not pieces:
        return verdicts
    try:
        with (
            paused_garbage_collection(),
            ThreadPoolExecutor(1) if len(pieces) > 1 else contextlib.nullcontext() as helper,
        ):
            encoded = [_encode(document) for document in pieces[0]]
            for following in (*pieces[1:], []):
                with database.write() as connection:
                    piece_verdicts, first, words = _put_piece(
                        connection, people, encoded, on_conflict, hash_of, last=not following
                    )
                    if helper is None:
                        _put_words(connection, first, words)
                    else:
                        job = helper.submit(_put_words_and_commit, connection, first, words)
                        try:
                            encoded = [_encode(document) for document in following]
                        finally:
                            job.result()
                verdicts += piece_verdicts
    except BaseException:
        people.forget()
        raise
    return verdicts


def _pieces(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Pieces in which no id comes twice, in order, bounded in number and in text.

    Nothing is stored while the first is encoded: it is small.
    """
    size = min(_PIECE, max(_LEAST, len(documents) // 4 + 1))
    room = size // 3 if len(documents) > 2 * size else size
    piece: list[Document] = []
    seen: set[Any] = set()
    length = 0
    for document in documents:
        if document.id in seen or len(piece) >= room or length > _TEXT:
            yield piece
            piece, seen, length, room = [], set(), 0, size
        piece.append(document)
        seen.add(document.id)
        length += len(document.text) if isinstance(document.text, str) else 0
    if piece:
        yield piece


def _encode(document: Document) -> Encoded:
    """Work out a document. Its types are looked at closely only where something did not fit."""
    try:
        key, author = document.id, document.author
        plain = (
            key.isascii()
            and "\x00" not in key
            and bool(key)
            and (author is None or (author.id.isascii() and bool(author.id)))
        )
        if plain or not (fault := codec.document_problem(document)):
            words = searchable(document.title, document.text)
            return Encoded(
                document,
                "",
                codec.encode(document),
                words,
                codec.milliseconds(document.published_at),
            )
    except (TypeError, AttributeError, ValueError, RecursionError):
        fault = (
            codec.document_problem(document)
            or "links, media, metrics or extra are not of their types, or nested too deep"
        )
    return Encoded(document, fault, b"", "", None)


def _put_words(connection: sqlite3.Connection, first: int, words: Sequence[str]) -> None:
    """Index the words of rows from ``first`` on, in one statement."""
    if words:
        given = json.dumps(words, ensure_ascii=False)
        connection.execute(
            "INSERT INTO words (rowid, tok) SELECT ?1 + key, value FROM json_each(?2)",
            (first, given),
        )


def _put_words_and_commit(connection: sqlite3.Connection, first: int, words: Sequence[str]) -> None:
    _put_words(connection, first, words)
    connection.execute("COMMIT")


def _put_piece(
    connection: sqlite3.Connection,
    people: Authors,
    encoded: list[Encoded],
    on_conflict: Conflict,
    hash_of: Callable[[str], str],
    *,
    last: bool,
) -> tuple[list[Verdict], int, list[str]]:
    """Everything but the words: verdicts, the first new row, and the words to index."""
    state = read_state(connection)
    forgotten = {key for (key,) in connection.execute("SELECT hash FROM suppressed")}
    known = rows_of(connection, [e.document.id for e in encoded if not e.fault])
    verdicts: list[Verdict] = []
    new: list[Encoded] = []
    dead: list[int] = []
    touched: list[int] = []
    for one in encoded:
        document, fault, body, _, _ = one
        outcome, reason = Outcome.CREATED, ""
        if fault:
            outcome, reason = Outcome.REJECTED, fault
        elif forgotten and document.author is not None and hash_of(document.author.id) in forgotten:
            outcome, reason = Outcome.SUPPRESSED, "the author asked to be forgotten"
        elif (row := known.get(document.id)) is None:
            new.append(one)
        elif on_conflict == "keep":
            outcome = Outcome.DUPLICATE
        else:
            outcome, changed = _replace(connection, row, document, body)
            if outcome is Outcome.REPLACED:
                dead.append(row)
                new.append(one._replace(body=changed))
            elif changed:
                touched.append(row)
        verdicts.append(Verdict(document.id, outcome, reason))
    first = state.doc + 1
    by_id, after = people.put(
        connection, [(e.document, e.published) for e in new], state, last=last
    )
    connection.executemany(
        "INSERT INTO docs (row, id, author, published, body) VALUES (?, ?, ?, ?, ?)",
        [
            (row, d.id, by_id[d.author.id] if d.author else None, at, body)
            for row, (d, _, body, _, at) in enumerate(new, first)
        ],
    )
    if dead:
        connection.execute("INSERT OR IGNORE INTO meta VALUES (?, '1')", (REPLACED_WORDS,))
    entry = write_log(connection, after.log, DEAD, dead)
    entry = write_log(connection, entry, TOUCHED, touched)
    if (now := after._replace(doc=state.doc + len(new), log=entry)) != state:
        write_state(connection, now)
    if entry % LOG_KEPT < entry - state.log:
        connection.execute("DELETE FROM log WHERE entry <= ?", (entry - LOG_KEPT,))
    return verdicts, first, [e.words for e in new]


def _replace(
    connection: sqlite3.Connection, row: int, document: Document, body: bytes
) -> tuple[Outcome, bytes]:
    """Decide on a known id: drop the old row for a new revision, or update its metrics in place.

    The body to insert comes back for a replacement; for a duplicate an empty one where nothing
    changed.
    """
    old = json.loads(
        connection.execute("SELECT body FROM docs WHERE row = ?", (row,)).fetchone()[0]
    )
    if (earlier := history.record_earlier_sighting(old, document)) is not None:
        changes, is_new = earlier
        if not changes:
            return Outcome.DUPLICATE, b""
        history.with_changes(old, changes)
        changed = codec.to_json_bytes(old)
        connection.execute("UPDATE docs SET body = ? WHERE row = ?", (changed, row))
        return Outcome.VERSION if is_new else Outcome.DUPLICATE, changed
    if old.get("content_hash", "") != document.content_hash:
        drop_rows(connection, [(row, old)])
        new = json.loads(body)
        new["revision"] = old.get("revision", 0) + 1
        history.add_previous_version(new, old)
        return Outcome.REPLACED, codec.to_json_bytes(new)
    before = codec.read_metrics(old)
    after = before | dict(document.metrics)
    seen = history.record_sighting(old, codec.milliseconds(document.collected_at))
    deleted = codec.milliseconds(document.deleted_at) or old.get("deleted_at")
    if after == before and not seen and deleted == old.get("deleted_at"):
        return Outcome.DUPLICATE, b""
    if deleted is not None:
        old["deleted_at"] = deleted
    if seen:
        history.with_changes(old, seen)
    for name in (*codec.METRICS, "metrics"):
        old.pop(name, None)
    codec.store_metrics(old, after)
    changed = codec.to_json_bytes(old)
    connection.execute("UPDATE docs SET body = ? WHERE row = ?", (changed, row))
    return Outcome.DUPLICATE, changed


def see(database: Database, sightings: Sequence[history.Sighting]) -> int:
    """Keep when documents were seen, or gone; see `index.base.Index.see`."""
    known = 0
    with database.write() as connection:
        rows = rows_of(connection, [sighting.id for sighting in sightings])
        for sighting in sightings:
            if (row := rows.get(sighting.id)) is None:
                continue
            known += 1
            held = json.loads(
                connection.execute("SELECT body FROM docs WHERE row = ?", (row,)).fetchone()[0]
            )
            if changes := history.sighting_changes(held, sighting):
                history.with_changes(held, changes)
                body = codec.to_json_bytes(held)
                connection.execute("UPDATE docs SET body = ? WHERE row = ?", (body, row))
    return known
