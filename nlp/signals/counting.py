"""Different authors of each feature in each slot, and the posts of each feature.

Authors who pass on one text, with edits or without, are one voice that carries far: beyond the number of different texts, they
count by their logarithm. Fifty accounts with one text count as six, fifty with fifty texts as fifty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.signals.crowd import Crowd
from nlp.signals.features import Features
from nlp.text.corpus import Longs


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts by slot, and posts by feature.

    ``codes`` and ``authors`` (number of different ones, copies damped) of slot s stand at ``slot_starts[s]:slot_starts[s + 1]``;
    all its rows at ``row_starts[s]:row_starts[s + 1]`` of ``by_slot``;
    the document rows of feature c, rising, at ``posting_starts[c]:posting_starts[c + 1]`` of ``postings``.
    """

    slots: Longs
    by_slot: Longs
    row_starts: Longs
    author_of_row: Longs
    slot_starts: Longs
    codes: Longs
    authors: Longs
    posting_starts: Longs
    postings: NDArray[np.int32]

    def of_slot(self, slot: int) -> tuple[Longs, Longs]:
        """Codes and numbers of authors of a slot."""
        part = slice(self.slot_starts[slot], self.slot_starts[slot + 1])
        return self.codes[part], self.authors[part]

    def loud(self, authors: int) -> Longs:
        """The codes that have as many authors in some slot, rising."""
        found: Longs = np.unique(self.codes[self.authors >= authors])
        return found

    def rows(self, code: int) -> Longs:
        """The posts that have a feature, rising."""
        return self.postings[self.posting_starts[code] : self.posting_starts[code + 1]].astype(
            np.int64
        )

    def rows_of_slot(self, slot: int, code: int) -> Longs:
        """Those of one slot."""
        rows = self.rows(code)
        found: Longs = rows[self.slots[rows] == slot]
        return found

    def crowd(self, slot: int) -> Crowd:
        """The people of a slot."""
        first, last = self.row_starts[slot : slot + 2]
        return Crowd(self.by_slot[first:last], self.by_slot[:first], self.author_of_row)


def count(features: Features, slots: Longs, author_of_row: Longs, number_of_slots: int) -> Counted:
    """Count the pairs whose row has a slot from 0 to ``number_of_slots - 1``."""
    rows = features.rows
    kept = (slots[rows] >= 0) & (slots[rows] < number_of_slots)
    codes, rows = features.codes[kept].astype(np.int64), rows[kept]
    size = max(len(features.names), 1)
    postings = codes << 32 | rows
    postings.sort()
    posting_starts = np.append(0, np.cumsum(np.bincount(codes, minlength=size))).astype(np.int64)
    pair = slots[rows] * size + codes
    pairs, authors = _different(pair, author_of_row[rows])
    texts = _different(pair, features.texts[rows])[1]
    voices = np.where(
        authors > texts, texts + np.floor(np.log2(np.maximum(authors - texts, 0) + 1)), authors
    ).astype(np.int64)
    slot_starts = np.searchsorted(pairs // size, np.arange(number_of_slots + 1)).astype(np.int64)
    by_slot = np.argsort(slots, kind="stable")
    row_starts = np.searchsorted(slots[by_slot], np.arange(number_of_slots + 1)).astype(np.int64)
    by_slot, row_starts = by_slot[row_starts[0] :], row_starts - row_starts[0]
    return Counted(
        slots,
        by_slot,
        row_starts,
        author_of_row,
        slot_starts,
        pairs % size,
        voices,
        posting_starts,
        (postings & 0xFFFFFFFF).astype(np.int32),
    )


def _different(pair: Longs, values: Longs) -> tuple[Longs, Longs]:
    """The different pairs, rising, and the number of different values of each."""
    if not len(pair):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    width = int(values.max()) + 2
    if (
        int(pair.max()) >= np.iinfo(np.int64).max // width - 1
    ):  # both do not fit into one number as they are
        known, pair = np.unique(pair, return_inverse=True)
        pairs, number = _different(pair, values)
        return known[pairs], number
    both = pair * width + (values + 1)
    both.sort()
    found = both[np.diff(both, prepend=-1) != 0] // width
    starts = np.flatnonzero(np.diff(found, prepend=-1))
    return found[starts], np.diff(np.append(starts, len(found)))
