"""Authors in a table of their own: one profile an account, the newest seen wins, gaps are filled from older ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from index.embedded.codec import milliseconds, moment
from index.embedded.schema import PROFILE, State
from tocsin.documents import Author

if TYPE_CHECKING:
    from tocsin.documents import Document

_COLUMNS = "row, id, handle, name, created, followers, following, posts, description, verified, seen, posted"
_NARROW = 500
_SHOWN = (0, 3, 6, 7)
"""Places of handle, followers, description and verified in a profile: what scans show."""


def put(connection: sqlite3.Connection, documents: Sequence[Document], state: State) -> tuple[dict[str, int], State]:
    """Store the authors of documents; their rows by id, and the state with the new counters."""
    newest: dict[str, tuple[tuple[int, int], list[Any]]] = {}
    for document in documents:
        author = document.author
        if author is None:
            continue
        seen = (milliseconds(document.collected_at) or 0, milliseconds(document.published_at) or 0)
        profile = _profile(author)
        before = newest.get(author.id)
        if before is None:
            newest[author.id] = (seen, profile)
        elif before[1] != profile or seen > before[0]:
            newest[author.id] = _merge(before, (seen, profile))
    rows: dict[str, int] = {}
    known: dict[str, tuple[tuple[int, int], list[Any]]] = {}
    ids = list(newest)
    for start in range(0, len(ids), _NARROW):
        some = ids[start : start + _NARROW]
        marks = ",".join("?" * len(some))
        for row, key, *profile, seen_at, posted in connection.execute(f"SELECT {_COLUMNS} FROM authors WHERE id IN ({marks})", some):  # noqa: S608
            rows[key] = row
            known[key] = ((seen_at, posted), profile)
    last, inserts, updates, changed = state.author, [], [], []
    for key, made in newest.items():
        if key not in known:
            last += 1
            rows[key] = last
            inserts.append((last, key, *made[1], *made[0]))
            continue
        merged = _merge(known[key], made)
        if merged != known[key]:
            updates.append((*merged[1], *merged[0], rows[key]))
            if any(merged[1][i] != known[key][1][i] for i in _SHOWN):
                changed.append(rows[key])
    connection.executemany(f"INSERT INTO authors ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", inserts)  # noqa: S608
    connection.executemany(
        "UPDATE authors SET handle = ?, name = ?, created = ?, followers = ?, following = ?, posts = ?, description = ?, verified = ?,"
        " seen = ?, posted = ? WHERE row = ?",
        updates,
    )
    connection.executemany("INSERT INTO log VALUES (?, ?, ?)", [(state.log + 1 + i, PROFILE, row) for i, row in enumerate(changed)])
    return rows, state._replace(author=last, log=state.log + len(changed))


def get(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, Author]:
    """Authors by row."""
    found: dict[int, Author] = {}
    wanted = sorted(set(rows))
    for start in range(0, len(wanted), _NARROW):
        some = wanted[start : start + _NARROW]
        marks = ",".join("?" * len(some))
        for row, key, handle, name, created, followers, following, posts, description, verified, _, _ in connection.execute(
            f"SELECT {_COLUMNS} FROM authors WHERE row IN ({marks})",  # noqa: S608
            some,
        ):
            found[row] = Author(
                id=key, handle=handle, name=name, created_at=moment(created), followers=followers, following=following, posts=posts,
                description=description, verified=None if verified is None else bool(verified),
            )  # fmt: skip
    return found


def _profile(author: Author) -> list[Any]:
    return [
        _text(author.handle), _text(author.name), milliseconds(author.created_at), _count(author.followers), _count(author.following),
        _count(author.posts), _text(author.description), None if author.verified is None else int(author.verified),
    ]  # fmt: skip


def _text(value: Any) -> str | None:
    """A text that SQLite can hold: a lone surrogate becomes a question mark."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def _count(value: Any) -> int | None:
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _merge(old: tuple[tuple[int, int], list[Any]], new: tuple[tuple[int, int], list[Any]]) -> tuple[tuple[int, int], list[Any]]:
    first, second = (new, old) if new[0] >= old[0] else (old, new)
    return first[0], [a if a is not None else b for a, b in zip(first[1], second[1], strict=True)]
