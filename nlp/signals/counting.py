"""Different authors of each feature in each slot, and the posts of each feature.

Authors who pass on one text, with edits or without, are one voice that carries far: beyond the
number of different texts, they count by their logarithm. Fifty accounts with one text count as six,
fifty with fifty texts as fifty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.signals.author_overlap import AuthorOverlap
from nlp.signals.features import Features
from nlp.text.corpus import Longs


@dataclass(frozen=True, slots=True)
class FeatureCounts:
    """Counts by slot, and posts by feature, both as compressed sparse rows.

    ``codes`` and ``authors`` (number of different ones, duplicates damped) of slot s stand at
    ``slot_starts[s]:slot_starts[s + 1]``; the slot's document rows at
    ``row_starts[s]:row_starts[s + 1]`` of ``rows_by_slot``; the document rows of feature c, rising,
    at ``posting_starts[c]:posting_starts[c + 1]`` of ``postings``.
    """

    slots: Longs
    rows_by_slot: Longs
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

    def frequent_codes(self, min_authors: int) -> Longs:
        """The codes that have as many authors in some slot, rising."""
        codes: Longs = np.unique(self.codes[self.authors >= min_authors])
        return codes

    def rows(self, code: int) -> Longs:
        """The posts that have a feature, rising."""
        part = slice(self.posting_starts[code], self.posting_starts[code + 1])
        return self.postings[part].astype(np.int64)

    def rows_of_slot(self, slot: int, code: int) -> Longs:
        """Those of one slot."""
        rows = self.rows(code)
        of_slot: Longs = rows[self.slots[rows] == slot]
        return of_slot

    def author_overlap(self, slot: int) -> AuthorOverlap:
        """The test for common authors among the posts of a slot."""
        first, last = self.row_starts[slot : slot + 2]
        rows, earlier = self.rows_by_slot[first:last], self.rows_by_slot[:first]
        return AuthorOverlap(rows, earlier, self.author_of_row)


def count_features(
    features: Features, slots: Longs, author_of_row: Longs, number_of_slots: int
) -> FeatureCounts:
    """Count the features of the rows whose slot is from 0 to ``number_of_slots - 1``."""
    rows = features.rows
    kept = (slots[rows] >= 0) & (slots[rows] < number_of_slots)
    codes, rows = features.codes[kept].astype(np.int64), rows[kept]
    number_of_codes = max(len(features.names), 1)
    # postings: pairs of code and row in one number, sorted
    postings = codes << 32 | rows
    postings.sort()
    posting_ends = np.cumsum(np.bincount(codes, minlength=number_of_codes))
    # counts: pairs of slot and code in one number, with their different authors and texts
    slot_and_code = slots[rows] * number_of_codes + codes
    cells, authors = _distinct_counts(slot_and_code, author_of_row[rows])
    texts = _distinct_counts(slot_and_code, features.texts[rows])[1]
    repeating = np.maximum(authors - texts, 0)
    damped = np.where(authors > texts, texts + np.floor(np.log2(repeating + 1)), authors)
    edges = np.arange(number_of_slots + 1)
    rows_by_slot = np.argsort(slots, kind="stable")
    row_starts = np.searchsorted(slots[rows_by_slot], edges).astype(np.int64)
    return FeatureCounts(
        slots=slots,
        rows_by_slot=rows_by_slot[row_starts[0] :],  # rows outside the slots stand before
        row_starts=row_starts - row_starts[0],
        author_of_row=author_of_row,
        slot_starts=np.searchsorted(cells // number_of_codes, edges).astype(np.int64),
        codes=cells % number_of_codes,
        authors=damped.astype(np.int64),
        posting_starts=np.append(0, posting_ends).astype(np.int64),
        postings=(postings & 0xFFFFFFFF).astype(np.int32),
    )


def _distinct_counts(keys: Longs, values: Longs) -> tuple[Longs, Longs]:
    """The different keys, rising, and the number of different values of each."""
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    width = int(values.max()) + 2
    if int(keys.max()) >= np.iinfo(np.int64).max // width - 1:
        # key and value do not fit into one number as they are
        unique, inverse = np.unique(keys, return_inverse=True)
        positions, counts = _distinct_counts(inverse, values)
        return unique[positions], counts
    pairs = keys * width + (values + 1)
    pairs.sort()
    distinct = pairs[np.diff(pairs, prepend=-1) != 0] // width
    starts = np.flatnonzero(np.diff(distinct, prepend=-1))
    return distinct[starts], np.diff(np.append(starts, len(distinct)))
