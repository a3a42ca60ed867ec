"""Authors in a table of their own: one profile an account, the newest seen wins, gaps are filled
from older ones."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from index.base import NamedAccount
from index.codec import cached_milliseconds, milliseconds, moment
from index.embedded.schema import PROFILE, State
from index.fields import normalise
from tocsin.core.documents import Author, native_id

if TYPE_CHECKING:
    from tocsin.core.documents import Document

_COLUMNS = (
    "row, id, handle, name, created, followers, following, posts, description, verified,"
    " seen, posted"
)
_NARROW = 500
_REMEMBERED = 300_000


class StoredProfile(NamedTuple):
    """A stored author: its row, when it was seen (collected, published; epoch ms), and the profile
    then."""

    row: int
    seen: tuple[int, int]
    author: Author


class Authors:
    """The authors of one connection, with a memory of those met; the memory holds as long as nobody
    else writes."""

    def __init__(self) -> None:
        self._known: dict[str, StoredProfile] = {}
        self._moved: dict[str, None] = {}
        self._version = -1

    def forget(self) -> None:
        """Forget what was remembered: after a rollback or an erasure."""
        self._known.clear()
        self._moved.clear()

    def put(
        self,
        connection: sqlite3.Connection,
        items: Sequence[tuple[Document, int | None]],
        state: State,
        *,
        last: bool,
    ) -> tuple[dict[str, int], State]:
        """Store the authors of documents, each with its time; their rows by id, and the state with
        the new counters.

        When somebody was seen last is written with the ``last`` piece of a call, once for all its
        pieces.
        """
        self._remember(connection, items)
        known, rows, highest, moved = self._known, {}, state.author, self._moved
        fresh: dict[str, None] = {}
        changed: dict[str, None] = {}
        changed_rows: list[int] = []
        carried: dict[tuple[int, str], None] = {}
        for document, published in items:
            author = document.author
            if author is None:
                continue
            key = author.id
            seen = (
                0 if document.collected_at is None else cached_milliseconds(document.collected_at),
                published or 0,
            )
            entry = known.get(key)
            if entry is None:
                highest += 1
                entry = known[key] = StoredProfile(highest, seen, _clean(author))
                fresh[key] = None
            elif entry.author is author or entry.author == author:
                if seen > entry.seen:
                    known[key] = StoredProfile(entry.row, seen, entry.author)
                    moved[key] = None
            else:
                if author.handle and author.handle != entry.author.handle:
                    carried |= _both_handles(entry, author)
                merged = (
                    _merge(entry.author, _clean(author))
                    if seen >= entry.seen
                    else _merge(_clean(author), entry.author)
                )
                known[key] = StoredProfile(entry.row, max(seen, entry.seen), merged)
                moved[key] = None
                if merged != entry.author:
                    changed[key] = None
                    if key not in fresh and _shown(merged) != _shown(entry.author):
                        changed_rows.append(entry.row)
            rows[key] = entry.row
        self._write(connection, fresh, changed)
        connection.executemany("INSERT OR IGNORE INTO handles VALUES (?, ?)", carried)
        if last:
            self._write_seen(connection)
        changed_rows = sorted(set(changed_rows))
        connection.executemany(
            "INSERT INTO log VALUES (?, ?, ?)",
            [(state.log + 1 + i, PROFILE, row) for i, row in enumerate(changed_rows)],
        )
        return rows, state._replace(author=highest, log=state.log + len(changed_rows))

    def _write(
        self, connection: sqlite3.Connection, fresh: Iterable[str], changed: Iterable[str]
    ) -> None:
        known = self._known
        connection.executemany(
            f"INSERT INTO authors ({_COLUMNS})"  # noqa: S608
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(known[key].row, key, *_values(known[key].author), *known[key].seen) for key in fresh],
        )
        connection.executemany(
            "UPDATE authors SET handle = ?, name = ?, created = ?, followers = ?, following = ?,"
            " posts = ?, description = ?, verified = ?, seen = ?, posted = ? WHERE row = ?",
            [(*_values(known[key].author), *known[key].seen, known[key].row) for key in changed],
        )

    def _write_seen(self, connection: sqlite3.Connection) -> None:
        known = self._known
        connection.executemany(
            "UPDATE authors SET seen = ?1, posted = ?2 WHERE row = ?3 AND (seen, posted) < (?1, "
            "?2)",
            [(*known[key].seen, known[key].row) for key in self._moved],
        )
        self._moved.clear()

    def _remember(
        self, connection: sqlite3.Connection, items: Sequence[tuple[Document, int | None]]
    ) -> None:
        """Read the authors of documents that are not remembered."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._known) > _REMEMBERED:
            self._write_seen(connection)
            self.forget()
            self._version = version
        ids = list(
            {
                d.author.id
                for d, _ in items
                if d.author is not None and d.author.id not in self._known
            }
        )
        for start in range(0, len(ids), _NARROW):
            some = ids[start : start + _NARROW]
            marks = ",".join("?" * len(some))
            for values in connection.execute(
                f"SELECT {_COLUMNS} FROM authors WHERE id IN ({marks})",  # noqa: S608
                some,
            ):
                self._known[values[1]] = StoredProfile(
                    values[0], (values[10], values[11]), _author(values)
                )


def get(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, Author]:
    """Authors by row."""
    authors: dict[int, Author] = {}
    wanted = sorted(set(rows))
    for start in range(0, len(wanted), _NARROW):
        some = wanted[start : start + _NARROW]
        marks = ",".join("?" * len(some))
        for values in connection.execute(
            f"SELECT {_COLUMNS} FROM authors WHERE row IN ({marks})",  # noqa: S608
            some,
        ):
            authors[values[0]] = _author(values)
    return authors


_NO_HANDLES: frozenset[str] = frozenset()


def read_names(
    connection: sqlite3.Connection, names: Collection[str] | None = None
) -> list[NamedAccount]:
    """See `index.base.Index.accounts`."""
    carried: dict[int, set[str]] = {}
    for row, handle in connection.execute("SELECT author, handle FROM handles"):
        carried.setdefault(row, set()).add(handle)
    wanted = None if names is None else {part for name in names for part in (name, _folded(name))}
    accounts = []
    where, parameters = _may_be_called(names)
    for row, key, handle in connection.execute(
        f"SELECT row, id, handle FROM authors {where} ORDER BY id",  # noqa: S608
        parameters,
    ):
        handles = frozenset((_folded(handle),)) if handle else _NO_HANDLES
        if row in carried:
            handles |= carried[row]
        if "" in handles:
            handles -= {""}
        if wanted is None or not wanted.isdisjoint((key, native_id(key), *handles)):
            accounts.append(NamedAccount(key, handle, handles))
    return accounts


def _may_be_called(names: Collection[str] | None) -> tuple[str, list[str]]:
    """A condition that all accounts of these names meet, so that few are looked at closely: SQLite
    compares without case in ASCII alone, so other names look at everybody."""
    if names is None or not names or not all(name.isascii() for name in names):
        return "", []
    test = "instr(lower(id), ?) OR instr(lower(handle), ?)"
    renamed = "row IN (SELECT author FROM handles)"
    parameters = [part for name in names for part in [_folded(name)] * 2]
    return f"WHERE {renamed} OR {' OR '.join([test] * len(names))}", parameters


def keep_carried(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """Forget handles of renamed accounts that none of their posts carries any more.

    ``rows`` are accounts some of whose posts were deleted.
    """
    renamed = {row for (row,) in connection.execute("SELECT DISTINCT author FROM handles")}
    for row in sorted(renamed.intersection(rows)):
        known = connection.execute("SELECT handle FROM authors WHERE row = ?", (row,)).fetchone()
        kept = {_folded(known[0])} if known and known[0] else set()
        kept |= {_folded(name) for name in said_names(connection, row)}
        if kept:
            connection.executemany(
                "DELETE FROM handles WHERE author = ? AND handle = ?",
                [
                    (row, handle)
                    for (handle,) in connection.execute(
                        "SELECT handle FROM handles WHERE author = ?", (row,)
                    ).fetchall()
                    if handle not in kept
                ],
            )
    connection.execute("DELETE FROM handles WHERE author NOT IN (SELECT row FROM authors)")


def said_names(connection: sqlite3.Connection, row: int) -> list[str]:
    """All handles and names that an account's posts carry."""
    said: dict[str, None] = {}
    for (body,) in connection.execute("SELECT body FROM docs WHERE author = ?", (row,)):
        said |= dict.fromkeys(n for n in json.loads(body).get("called", ()) if isinstance(n, str))
    return list(said)


def _folded(handle: str) -> str:
    return normalise("handle", handle)


def _both_handles(entry: StoredProfile, author: Author) -> dict[tuple[int, str], None]:
    """The known handle of an account and another one that a post carries."""
    folded = (_folded(str(handle)) for handle in (entry.author.handle, author.handle) if handle)
    names = [name for name in folded if name]
    return {(entry.row, name): None for name in names} if len(set(names)) > 1 else {}


def _author(values: Sequence[Any]) -> Author:
    """The author of a row of `_COLUMNS`."""
    _, key, handle, name, created, followers, following, posts, description, verified, *_ = values
    return Author(
        id=key,
        handle=handle,
        name=name,
        created_at=moment(created),
        followers=followers,
        following=following,
        posts=posts,
        description=description,
        verified=None if verified is None else bool(verified),
    )


def _values(author: Author) -> tuple[Any, ...]:
    """The columns from handle to verified."""
    return (
        author.handle,
        author.name,
        milliseconds(author.created_at),
        author.followers,
        author.following,
        author.posts,
        author.description,
        None if author.verified is None else int(author.verified),
    )


def _shown(author: Author) -> tuple[Any, ...]:
    """What scans show of a profile."""
    shown = author.handle, author.followers, author.description, author.verified
    return *shown, author.created_at


def _clean(author: Author) -> Author:
    """The author as SQLite can hold it: a lone surrogate becomes a question mark, a number that is
    none is left out."""
    texts, numbers = (
        (author.handle, author.name, author.description),
        (author.followers, author.following, author.posts),
    )
    if all(t is None or (type(t) is str and t.isascii()) for t in texts) and all(
        n is None or type(n) is int for n in numbers
    ):
        return author
    return dataclasses.replace(
        author,
        handle=_text(author.handle),
        name=_text(author.name),
        description=_text(author.description),
        followers=_count(author.followers),
        following=_count(author.following),
        posts=_count(author.posts),
        verified=None if author.verified is None else bool(author.verified),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def _count(value: Any) -> int | None:
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _merge(old: Author, new: Author) -> Author:
    """The new profile, its gaps filled from the old one."""
    if None not in (
        new.handle,
        new.name,
        new.created_at,
        new.followers,
        new.following,
        new.posts,
        new.description,
        new.verified,
    ):
        return new
    names = [f.name for f in dataclasses.fields(Author)]
    return Author(
        **{
            name: b if (b := getattr(new, name)) is not None else getattr(old, name)
            for name in names
        }
    )
