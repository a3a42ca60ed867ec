"""Posts as JSON lines in the exchange format, streamed: memory does not grow with their number."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from index.exports.post_findings import PostFindings
from index.exports.public_posts import public_post
from index.privacy import pseudonyms

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.documents import Document
    from tocsin.core.workspace import Workspace

_BATCH = 1_000


_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_jsonl(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """Write every post, oldest first, with what was found of it.

    People are as the privacy settings show them; packed where the name ends in ``.gz``.
    """
    people = pseudonyms(workspace, index)
    found = PostFindings(index, people)
    number = 0
    with _opened(path) as out:
        for document in documents(index):
            out.write(_line(public_post(document, people) | found.of(document)) + "\n")
            number += 1
    return {"posts": number}


def documents(index: Index) -> Iterator[Document]:
    """All documents in (time, id) order."""
    for batch in index.scan(["id"], order="time"):
        ids: list[str] = batch.column("id").to_pylist()
        for start in range(0, len(ids), _BATCH):
            for document in index.get(ids[start : start + _BATCH]):
                if document is not None:  # deleted since the scan began
                    yield document


def _opened(path: Path) -> IO[str]:
    if path.name.endswith(".gz"):
        # no time inside: the same posts give the same bytes
        return io.TextIOWrapper(
            gzip.GzipFile(path, "wb", mtime=0), encoding="utf-8", errors="replace", newline=""
        )
    return path.open("w", encoding="utf-8", errors="replace", newline="")
