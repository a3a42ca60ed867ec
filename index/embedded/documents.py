"""Whole documents out of SQLite, and the sizes of the store."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index import codec
from index.base import Stats
from index.embedded import authors
from index.embedded.columnar.cache import UNDATED
from index.embedded.columnar.persistence import FOLDER
from index.embedded.columnar.selection import Selection
from index.embedded.rows import NARROW, chunks, codes
from tocsin.core.documents import Annotation

if TYPE_CHECKING:
    from index.embedded.columnar.cache import Cache
    from tocsin.core.documents import Document


def read_documents(connection: sqlite3.Connection, rows: Sequence[int]) -> dict[int, Document]:
    """Whole documents by row, with authors and annotations."""
    raw: list[tuple[int, str, int | None, int | None, bytes]] = []
    notes: dict[int, dict[str, Annotation]] = {}
    names = _names(connection)
    for some in chunks(rows, NARROW):
        marks = ",".join("?" * len(some))
        raw += connection.execute(
            "SELECT row, id, author, published, body FROM docs"  # noqa: S608
            f" WHERE row IN ({marks})",
            some,
        ).fetchall()
        for number, stage in names["stage"].items():
            for doc, version, model, annotated_at, body in connection.execute(
                "SELECT doc, version, model, made, body FROM notes"  # noqa: S608
                f" WHERE stage = ? AND doc IN ({marks})",
                (number, *some),
            ):
                at = codec.moment(annotated_at)
                assert at is not None  # the column is NOT NULL
                notes.setdefault(doc, {})[stage] = Annotation(
                    version=names["version"][version],
                    model=names["maker"][model],
                    made_at=at,
                    values=json.loads(body),
                )
    people = authors.get(connection, [author for _, _, author, _, _ in raw if author is not None])
    return {
        row: codec.decode(
            key, published, body, people.get(author) if author else None, notes.get(row)
        )
        for row, key, author, published, body in raw
    }


def read_stats(connection: sqlite3.Connection, cache: Cache, file: Path) -> Stats:
    """Sizes of the store, from a cache in step with the transaction.

    What takes a look at each document is counted once a state of the documents: screens ask every
    few seconds.
    """
    if cache.counted is None or cache.counted[0] != cache.state:
        cache.counted = cache.state, _count(connection, cache)
    newest = connection.execute(
        # what a replay keeps is no analysis
        "SELECT generation FROM generations WHERE kind != 'alert' "
        "ORDER BY made DESC, generation DESC LIMIT 1"
    ).fetchone()
    files = [
        file,
        *(file.with_name(file.name + end) for end in ("-wal", "-shm")),
        *sorted((file.parent / FOLDER).rglob("*")),
    ]
    generation = newest[0] if newest else None
    return replace(cache.counted[1], bytes=sum(map(_size, files)), generation=generation)


def _count(connection: sqlite3.Connection, cache: Cache) -> Stats:
    """All of the sizes but those of files, and no generation."""
    names = _names(connection)
    dictionary, codes_ = cache.coded["source"]
    alive = Selection(cache, None)
    of_source = codes_.view[alive.positions]
    sources = {
        value: int((of_source == number).sum())
        for number, value in enumerate(dictionary.values)
        if value
    }
    stages: dict[str, dict[str, int]] = {}
    for stage, version, number in connection.execute(
        "SELECT stage, version, count(*) FROM notes GROUP BY stage, version"
    ):
        stages.setdefault(names["stage"][stage], {})[names["version"][version]] = number
    vectors = {
        names["model"][model]: n
        for model, n in connection.execute(
            "SELECT model, count(*) FROM vectors GROUP BY model ORDER BY model"
        )
    }
    dated = cache.order[: cache.dated]
    oldest_at, newest_at = (
        (codec.moment(int(cache.time.view[p])) for p in (dated[0], dated[-1]))
        if len(dated)
        else (None, None)
    )
    lacking = _lacking(connection, cache)
    source_of = codes_.view
    return Stats(
        without={name: int((mask & cache.alive.view).sum()) for name, mask in lacking.items()},
        without_by_source={
            name: {
                value: int(n)
                for value, n in zip(
                    dictionary.values,
                    np.bincount(
                        source_of[mask & cache.alive.view & (source_of >= 0)],
                        minlength=len(dictionary.values),
                    ),
                    strict=False,
                )
                if value and n
            }
            for name, mask in lacking.items()
        },
        documents=alive.total,
        authors=connection.execute("SELECT count(*) FROM authors").fetchone()[0],
        sources={value: n for value, n in sorted(sources.items()) if n},
        stages=dict(sorted(stages.items())),
        vectors=vectors,
        bytes=0,
        backend="embedded",
        generation=None,
        newest_at=newest_at,
        oldest_at=oldest_at,
    )


def _lacking(connection: sqlite3.Connection, cache: Cache) -> dict[str, np.ndarray]:
    """What a document may lack -> a mask over positions.

    A text without a word (nothing, or "...") is none: Elasticsearch knows no other.
    """
    sizes = connection.execute("SELECT id FROM words_docsize WHERE sz = x'00'")
    wordless = np.array([row for (row,) in sizes], dtype=np.int64)
    return {
        "author": cache.author.view == 0,
        "time": cache.time.view == UNDATED,
        "text": np.isin(cache.rows.view, wordless),
    }


def _names(connection: sqlite3.Connection) -> dict[str, dict[int, str]]:
    """Names by number of each space."""
    return {
        space: {number: name for name, number in codes(connection, space).items()}
        for space in ("stage", "version", "maker", "model")
    }


def _size(path: Path) -> int:
    """Bytes of a file; none for a folder, or a file that another process has just removed."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
