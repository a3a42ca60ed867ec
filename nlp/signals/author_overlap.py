"""Whether two sets of posts have the same authors, beyond what their activity explains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc

from nlp.text.corpus import Longs

MIN_SHARE = 0.5
"""Share of the smaller set of authors that must be in the other."""
MAX_P_VALUE = 1e-4
"""Chance of so many common authors below which two sets of posts have the same authors."""
MIN_COMMON = 3
_PSEUDOCOUNT = 0.5
"""Earlier posts that everybody is taken to have written, beside the known ones."""


@dataclass(slots=True)
class PostAuthors:
    """The authors of some posts, and the chance of each author to be among as many."""

    rows: Longs
    authors: Longs
    inclusion: NDArray[np.float64] | None = None


class AuthorOverlap:
    """Tests whether sets of posts of one period have the same authors.

    Args:
        rows: the posts of the period, among which the sets are.
        earlier_rows: the posts before it, which tell how much each author writes.
        author_of_row: code of each row's author; -1 where there is none.
    """

    def __init__(self, rows: Longs, earlier_rows: Longs, author_of_row: Longs) -> None:
        self._rows, self._earlier_rows = rows, earlier_rows
        self._author_of_row = author_of_row

    @cached_property
    def _expected_posts(self) -> NDArray[np.float64]:
        """Posts expected of each author who wrote in this period at all.

        Authors who are awake at the same time are not in one story for that alone.
        """
        active = np.unique(self._author_of_row[self._rows])
        active = active[active >= 0]
        earlier = self._author_of_row[self._earlier_rows]
        length = int(active.max(initial=-1)) + 1
        activity = np.bincount(earlier[earlier >= 0], minlength=length)[active] + _PSEUDOCOUNT
        return np.asarray(activity * (len(self._rows) / activity.sum()), np.float64)

    def p_value(self, a: Longs, b: Longs) -> float:
        """The chance of as many common authors; 1.0 where they are less than half, or hardly any.

        Each author is taken to write as much as before, on whatever subject: whoever always writes
        much is in both sets. The number in common is then nearly Poisson. Authors who mostly write
        of this, and in both sets, stand out.
        """
        return self.p_value_of(self.authors_of(a), self.authors_of(b))

    def authors_of(self, rows: Longs) -> PostAuthors:
        """The authors of some posts, for `p_value_of`: to be compared with many others."""
        return PostAuthors(rows, np.unique(self._author_of_row[rows]))

    def p_value_of(self, a: PostAuthors, b: PostAuthors) -> float:
        """See `p_value`."""
        common = len(np.intersect1d(a.authors, b.authors, assume_unique=True))
        if common < max(MIN_COMMON, MIN_SHARE * min(len(a.authors), len(b.authors))):
            return 1.0
        for one in (a, b):
            if one.inclusion is None:
                one.inclusion = self._inclusion(len(one.rows), len(one.authors))
        assert a.inclusion is not None
        assert b.inclusion is not None
        return float(pdtrc(common - 1, float(a.inclusion @ b.inclusion)))

    def _inclusion(self, posts: int, authors: int) -> NDArray[np.float64]:
        """The chance of each author to be among the authors of so many posts by so many authors."""
        rate = posts / max(len(self._rows), posts + 1)
        chance = 1 - (1 - rate) ** self._expected_posts
        return np.asarray(chance * min(1.0, authors / chance.sum()), np.float64)
