"""Reposts of which a file says whom they repeat (``extra.repost_of_handle``), not which post.

The post is looked for in the index, where the file's other posts stand by then: of that account,
with the same text, and not later. Where it is found the repost points at it and says how it was
found (``extra.repost_of_found``); where not, it keeps the name alone.
"""

from __future__ import annotations

import dataclasses
import pickle
import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

from tocsin.core.dates import to_milliseconds
from tocsin.core.documents import Document, Link, LinkKind
from tocsin.core.text import collapse_whitespace, fold

if TYPE_CHECKING:
    from index.base import Index

HELD = 50_000
"""Reposts that wait for the rest of their file, at most (packed, some 50 MB)."""
_PIECE, _SLICE, _MOST_SLICES = 10_000, 15_000, 200
FOUND_BY = "account and text"
_PREFIX = re.compile(r"RT @[A-Za-z0-9_.]{1,40}:? ")
_COMPARED, _READ = 100, 1_000
"""Characters that are compared: X cuts a repeated text after 140, the name within."""
_COLUMNS = ("id", "author", "published_at", "text", "repost_of")

Row: TypeAlias = tuple[int, Document]
Posts: TypeAlias = Mapping[bytes, Sequence[tuple[int, str]]]
"""Digest of an account's name and a text -> time and id of each post."""


class NamedReposts:
    """Holds such reposts back until `rest` gives them, with the post where it is known.

    Attributes:
        named: how many there were.
        found: of how many the post was found.
    """

    def __init__(self) -> None:
        self.named = 0
        self.found = 0
        self._held: list[bytes] = []
        self._names: set[str] = set()

    def part(self, batch: Sequence[Row]) -> list[Row]:
        """The rows of a batch that can be stored at once; the others wait."""
        at_once: list[Row] = []
        for row in batch:
            if _is_named(row[1]):
                self._held.append(_packed(row))
                self._names.add(_name(row[1]))
            else:
                at_once.append(row)
        return at_once

    @property
    def is_full(self) -> bool:
        """Whether no more should wait."""
        return len(self._held) >= HELD

    def rest(self, index: Index) -> Iterator[list[Row]]:
        """Those that wait, in the order they came and in pieces."""
        held, self._held = self._held, []
        names, self._names = self._names, set()
        if not held:
            return
        self.named += len(held)
        index.refresh()
        known = _posts_of(index, names)
        for start in range(0, len(held), _PIECE):
            yield [self._pointed(_opened(row), known) for row in held[start : start + _PIECE]]

    def _pointed(self, row: Row, known: Posts) -> Row:
        line, document = row
        original = _original(document, known)
        if original is None:
            return row
        self.found += 1
        links = (*document.links, Link(LinkKind.REPOST, original))
        extra = {**document.extra, "repost_of_found": FOUND_BY}
        return line, dataclasses.replace(document, links=links, extra=extra)


def _packed(row: Row) -> bytes:
    return zlib.compress(pickle.dumps(row, pickle.HIGHEST_PROTOCOL), 1)


def _opened(packed: bytes) -> Row:
    row: Row = pickle.loads(zlib.decompress(packed))  # noqa: S301 - of this process alone
    return row


def _is_named(document: Document) -> bool:
    return "repost_of_handle" in document.extra and not any(
        link.kind is LinkKind.REPOST for link in document.links
    )


def _name(document: Document) -> str:
    return str(document.extra["repost_of_handle"]).lstrip("@").casefold()


def _compared(text: str) -> str:
    return collapse_whitespace(fold(_PREFIX.sub("", text[:_READ], count=1)))[:_COMPARED]


def _digest(name: str, words: str) -> bytes:
    whole = f"{name}\n{words}".encode("utf-8", "surrogatepass")
    return blake2b(whole, digest_size=12).digest()


def _posts_of(index: Index, names: Collection[str]) -> Posts:
    """What accounts of these names wrote themselves."""
    called: dict[str, set[str]] = {}
    for author, handle, shown in index.account_names():
        own = {part.casefold() for part in (handle, shown) if part} & set(names)
        if own:
            called[author] = own
    posts: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
    for key, author, at, text in _scan(index) if called else ():
        for name in called.get(author, ()):
            if words := _compared(text):
                posts[_digest(name, words)].append((at, key))
    return posts


def _scan(index: Index) -> Iterator[tuple[str, str, int, str]]:
    """Id, author, time and text of posts that repeat none; slice by slice, so that memory stays."""
    parts = min(_MOST_SLICES, 1 + index.stats().documents // _SLICE)
    for part in range(parts):
        for batch in index.scan(
            _COLUMNS, order="none", batch_size=_PIECE, slices=(part, parts)
        ):  # fmt: skip
            rows = batch.to_pydict()
            for key, author, at, text, repeated in zip(
                *(rows[name] for name in _COLUMNS), strict=True
            ):
                if author and text and at is not None and not repeated and text[:4] != "RT @":
                    yield key, author, at, text


def _original(document: Document, posts: Posts) -> str | None:
    """The last one before the repost, of its platform."""
    words = _compared(document.text)
    if not words or document.published_at is None:
        return None
    at, place = to_milliseconds(document.published_at), f"{document.platform}:"
    fitting = [
        (time, key)
        for time, key in posts.get(_digest(_name(document), words), ())
        if time <= at and key != document.id and key.startswith(place)
    ]
    return max(fitting)[1] if fitting else None
