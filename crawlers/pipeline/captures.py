"""Captures of pages into the index: what a page was at a time is a version of it, its bytes are
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawlers.pipeline.raw_store import RawStore
from index.versions.history import Sighting
from tocsin.core.documents import Document, Raw
from tocsin.core.retry import retry

if TYPE_CHECKING:
    from index.base import Index, Verdict

_NOT_TAKEN = ("duplicate", "rejected", "suppressed")
_SIGHTINGS_AT_ONCE = 1_000


class CaptureStore:
    """Puts captures into an index; ``packed`` gives the packed bytes of an original."""

    def __init__(
        self, index: Index, home: Path, packed: Callable[[Raw], bytes | None], then: str
    ) -> None:
        self._index, self._packed, self._then = index, packed, then
        self._originals = RawStore(home)

    def put(self, documents: Sequence[Document]) -> list[Verdict]:
        """Store documents, in order; a verdict for each. Bytes that no version needs are not kept.

        Raises:
            Abort: the disk or the index is gone.
        """
        verdicts: list[Verdict] = []
        for part in _without_repeats(documents):
            verdicts += self._put(part)
        return verdicts

    def see(self, sightings: Iterable[tuple[str, datetime]]) -> None:
        """Say of pages that they were seen again as they were."""
        seen = [Sighting(id_, at) for id_, at in sightings]
        for at in range(0, len(seen), _SIGHTINGS_AT_ONCE):
            piece = seen[at : at + _SIGHTINGS_AT_ONCE]
            retry(lambda piece=piece: self._index.see(piece), then=self._then)  # type: ignore[misc]

    def _put(self, documents: list[Document]) -> list[Verdict]:
        kept: list[Raw] = []
        for document in documents:
            raw = document.raw
            packed = self._packed(raw) if raw is not None else None
            if raw is not None and packed is not None and self._originals.save_packed(raw, packed):
                kept.append(raw)
        ids = [document.id for document in documents]
        stored = retry(lambda: self._index.get(ids), then=self._then)
        before = {v.raw for d in stored if d is not None for v in d.all_versions() if v.raw}
        verdicts = retry(lambda: self._index.put(documents, on_conflict="replace"), then=self._then)
        taken = {
            document.raw
            for document, verdict in zip(documents, verdicts, strict=True)
            if str(verdict.outcome) not in _NOT_TAKEN
        }
        for raw in set(kept) - taken - before:
            self._originals.delete(raw)
        return verdicts


def _without_repeats(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Pieces in which no id stands twice, so that each capture meets the one before."""
    piece: list[Document] = []
    ids: set[str] = set()
    for document in documents:
        if document.id in ids:
            yield piece
            piece, ids = [], set()
        piece.append(document)
        ids.add(document.id)
    if piece:
        yield piece
