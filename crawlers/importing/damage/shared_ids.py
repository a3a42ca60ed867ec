"""One id, different posts: a feed that gives every item one guid, a column that counts anew in each
file that was glued. Each of the posts stays, under an id made from what it says.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TypeAlias

from crawlers.importing.damage.damage_report import DamageReport
from crawlers.importing.damage.generated_ids import make_id
from tocsin.core.documents import Author, Document, document_id, native_id

REMEMBERED = 25_000
"""Documents of which at least is known, when another comes, what they said: memory stays flat."""
HEAD = 60
"""Characters that an edited or cut text has in common with the first."""


_Seen: TypeAlias = "tuple[str, Author | None, datetime | None, str]"
"""Content hash, author, time and beginning of the first document with an id."""


class SharedIds:
    """Gives a document another id where an earlier one of the file has it and is another post.

    Args:
        ids_are_known: the ids are a platform's own, so that one author's second text at the same
            time is an edited one.
    """

    def __init__(self, found: DamageReport, *, ids_are_known: bool) -> None:
        self._found = found
        self._ids_are_known = ids_are_known
        self._young: dict[str, _Seen] = {}
        self._old: dict[str, _Seen] = {}

    def settle(self, document: Document) -> Document:
        """The document, under an id of its own."""
        if not document.text and not document.title:
            return document
        key = document.id
        young = self._young
        first = young.get(key)
        if first is None:
            first = self._old.get(key)
        if first is None:
            begins = (document.text or document.title or "")[:HEAD]
            author, at = document.author, document.published_at
            young[key] = document.content_hash, author, at, begins
            if len(young) >= REMEMBERED:
                self._old, self._young = young, {}
            return document
        if self._is_same_post(first, document):
            return document
        self._found.add("id", "repeated", native_id(key))
        native = document.author.id if document.author is not None else None
        made = make_id({
            "platform": document.platform, "author": native, "title": document.title,
            "published_at": document.published_at, "text": document.text,
        })  # fmt: skip
        extra = {**document.extra, "damaged": {"id": native_id(key)}}
        return dataclasses.replace(document, id=document_id(document.platform, made), extra=extra)

    def _is_same_post(self, first: _Seen, other: Document) -> bool:
        content, author, at, begins = first
        if author is not None and other.author is not None and author.id != other.author.id:
            return False
        if content == other.content_hash:
            return True
        if at != other.published_at:
            return False
        if self._ids_are_known and at is not None:
            return True
        return begins == (other.text or other.title or "")[:HEAD]
