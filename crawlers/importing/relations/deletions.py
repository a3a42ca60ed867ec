"""When posts were deleted: columns that say it beside any tool's own, and notices of deletion.

A notice (X's stream, Bluesky's) names a post and when it went, and nothing else: it is no post, but
tells when the one that is in the index was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from crawlers.importing.column_guesses import CANDIDATES, normalise_name
from tocsin.core.dates import says_never
from tocsin.core.documents import Document
from tocsin.core.retry import retry

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.progress import Run

NOT_HERE = "deletions of posts that are not in the index"
"""Why a notice is left out."""
_NAMES = frozenset(CANDIDATES["deleted_at"])
_MOST, _PIECE = 50_000, 1_000
_known: dict[str, bool] = {}


def find_deletion(record: Mapping[str, Any]) -> Any:
    """What a record says of its deletion under a usual name; None where it says nothing."""
    for key, value in record.items():
        if (is_time := _known.get(key)) is None:
            is_time = isinstance(key, str) and normalise_name(key) in _NAMES
            if len(_known) < _MOST:
                _known[key] = is_time
        if is_time and value is not None and not says_never(value):
            return value
    return None


class DeletionNotices:
    """Notices of one import, kept until the posts that they may be about are stored.

    Memory is bounded: `is_full` says when `settle` is due.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, datetime] = {}
        self._again = 0

    @property
    def is_full(self) -> bool:
        """Whether so many wait that they are to be settled."""
        return len(self._waiting) >= _MOST

    def part(self, batch: Sequence[tuple[int, Document]]) -> list[tuple[int, Document]]:
        """The posts of a batch; its notices wait."""
        posts = []
        for line, document in batch:
            if document.deleted_at is not None and is_notice(document):
                self._again += document.id in self._waiting
                self._waiting.setdefault(document.id, document.deleted_at)
            else:
                posts.append((line, document))
        return posts

    def settle(self, index: Index, run: Run, then: str) -> None:
        """Write the times of deletion to the posts that are there; a notice counts as a duplicate
        of its post, and is left out where there is none.
        """
        for ids in _pieces(list(self._waiting)):
            held = [d for d in index.get(ids) if d is not None]
            told = [
                with_deletion(document, self._waiting[document.id])
                for document in held
                if document.deleted_at is None
            ]
            if told:
                retry(partial(index.put, told, on_conflict="replace"), then=then)
            run.count("duplicate", len(held))
            if lost := len(ids) - len(held):
                run.count("left_out", lost)
                reasons = run.facts.setdefault("left_out", {})
                reasons[NOT_HERE] = reasons.get(NOT_HERE, 0) + lost
        run.count("duplicate", self._again)
        self._again = 0
        self._waiting.clear()


def is_notice(document: Document) -> bool:
    """Whether a document says that it was deleted, and nothing else."""
    return document.deleted_at is not None and not (
        document.text or document.title or document.links or document.media or document.published_at
    )


def with_deletion(held: Document, at: datetime) -> Document:
    """What is stored of a post of which only its deletion is news."""
    return replace(held, deleted_at=at, collected_at=None)


def _pieces(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + _PIECE] for start in range(0, len(ids), _PIECE))
