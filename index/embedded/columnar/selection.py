"""The documents that a question hit, as a mask, as positions and in time order, each made when
first needed."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from index.embedded.columnar.cache import UNDATED, Cache

_DENSE = 8
"""Above one in so many, walking through all documents in time order is quicker than sorting the
hits."""


class PageCursor(NamedTuple):
    """A cursor's place in time order: time (epoch ms or `UNDATED`) and id."""

    time: int
    id: str


class Selection:
    """Live positions of a cache; ``mask`` None means all of them."""

    def __init__(self, cache: Cache, mask: np.ndarray | None) -> None:
        self.cache = cache
        self.all = mask is None
        self.mask: np.ndarray = cache.alive.view if mask is None else mask

    @cached_property
    def total(self) -> int:
        """Number of hits."""
        return len(self.cache.order) if self.all else int(np.count_nonzero(self.mask))

    @cached_property
    def positions(self) -> np.ndarray:
        """Positions, rising."""
        return np.flatnonzero(self.mask)

    @property
    def everything(self) -> bool:
        """Whether every position is hit, dead ones too: then columns need no choosing."""
        return self.total == len(self.cache)

    def of(self, column: np.ndarray) -> np.ndarray:
        """The values of a column at the hits, in position order."""
        chosen: np.ndarray = column if self.everything else column[self.positions]
        return chosen

    def in_order(self) -> np.ndarray:
        """All hits by (time, id), undated ones last."""
        cache = self.cache
        if self.all:
            return cache.order
        ordered: np.ndarray
        if self.total * _DENSE > len(cache):
            ordered = cache.order[self.mask[cache.order]]
        else:
            ordered = cache.order[np.sort(cache.rank[self.positions])]
        return ordered

    def page(self, newest: bool, size: int, after: PageCursor | None) -> tuple[np.ndarray, bool]:
        """Positions of one page in time order, undated ones last, and whether there are more."""
        cache, dated = self.cache, self.cache.dated
        ranks = None if self.all or self.total * _DENSE > len(cache) else cache.rank[self.positions]
        pieces: list[np.ndarray] = []
        wanted = size + 1
        for undated, (low, high) in enumerate(((0, dated), (dated, len(cache.order)))):
            if after is not None and (after.time == UNDATED) > bool(undated):
                continue
            if after is not None and (after.time == UNDATED) == bool(undated):
                passed = _passed(
                    cache, cache.order[low:high][:: -1 if newest else 1], after, newest
                )
                low, high = (low, high - passed) if newest else (low + passed, high)
            taken = (
                self._walk(low, high, newest, wanted)
                if ranks is None
                else self._best(ranks, low, high, newest, wanted)
            )
            pieces.append(taken)
            wanted -= len(taken)
        positions = np.concatenate(pieces)
        return positions[:size], len(positions) > size

    def _walk(self, low: int, high: int, newest: bool, wanted: int) -> np.ndarray:
        """The first ``wanted`` hits of a stretch of the time order, found by walking along it."""
        part = self.cache.order[low:high][:: -1 if newest else 1]
        if self.all:
            return part[:wanted]
        pieces: list[np.ndarray] = [part[:0]]
        start, step = 0, max(1_024, 4 * wanted)
        while start < len(part) and wanted:
            piece = part[start : start + step]
            taken = piece[self.mask[piece]][:wanted]
            pieces.append(taken)
            wanted -= len(taken)
            start, step = start + step, step * 4
        return np.concatenate(pieces)

    def _best(
        self, ranks: np.ndarray, low: int, high: int, newest: bool, wanted: int
    ) -> np.ndarray:
        """The same out of few hits, found by their ranks."""
        inside = ranks[(ranks >= low) & (ranks < high)]
        if 0 < wanted < len(inside):
            inside = (
                np.partition(inside, -wanted)[-wanted:]
                if newest
                else np.partition(inside, wanted - 1)[:wanted]
            )
        inside = np.sort(inside)
        taken: np.ndarray = self.cache.order[(inside[::-1] if newest else inside)[:wanted]]
        return taken


def _passed(cache: Cache, part: np.ndarray, after: PageCursor, newest: bool) -> int:
    """How many of an ordered part come before or at a cursor."""
    time = cache.time.view
    low, high = 0, len(part)
    while low < high:
        middle = (low + high) // 2
        position = int(part[middle])
        at = int(time[position])
        key = (at, cache.id_at(position) if at == after.time else "")
        mark = (after.time, after.id if at == after.time else "")
        passed = key >= mark if newest else key <= mark
        low, high = (middle + 1, high) if passed else (low, middle)
    return low
