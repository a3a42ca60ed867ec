"""Whether two sets of posts are by the same people, beyond what these people's past lets expect."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc

from nlp.text.corpus import Longs

HALF = 0.5
"""Share of the fewer people that must be among the others."""
CHANCE = 1e-4
"""Chance of so many common people below which they are the same people."""
LEAST = 3
_UNKNOWN = 0.5
"""Posts that everybody is taken to have written before, beside the known ones."""


class Crowd:
    """The people behind the posts of a time.

    Args:
        rows: the posts, among which both sets are.
        before: those of the past, which tells how much each writes.
        author_of_row: code of each row's author; -1 where there is none.
    """

    def __init__(self, rows: Longs, before: Longs, author_of_row: Longs) -> None:
        self._rows, self._before = rows, before
        self._authors = author_of_row

    @cached_property
    def _expected(self) -> NDArray[np.float64]:
        """Posts to be expected of each person who wrote at all in this time: who is awake together is not for that together in a story."""
        here = np.unique(self._authors[self._rows])
        here = here[here >= 0]
        past = self._authors[self._before]
        own = np.bincount(past[past >= 0], minlength=int(here.max(initial=-1)) + 1)[here] + _UNKNOWN
        return np.asarray(own * (len(self._rows) / own.sum()), np.float64)

    def chance(self, a: Longs, b: Longs) -> float:
        """The chance of as many people in common; 1.0 where they are not even half of the fewer, or hardly anybody.

        Each person is taken to write as much as in the past, on whatever subject: whoever always writes much is found in
        both sets. The number in common is then nearly Poisson. People who mostly write of this, and of both, stand out.
        """
        people_a, people_b = (np.unique(self._authors[rows]) for rows in (a, b))
        common = len(np.intersect1d(people_a, people_b, assume_unique=True))
        if common < max(LEAST, HALF * min(len(people_a), len(people_b))):
            return 1.0
        return float(
            pdtrc(
                common - 1,
                float(self._drawn(len(a), len(people_a)) @ self._drawn(len(b), len(people_b))),
            )
        )

    def _drawn(self, posts: int, people: int) -> NDArray[np.float64]:
        """The chance of each person to be among the authors of so many posts by so many people."""
        found = 1 - (1 - posts / max(len(self._rows), posts + 1)) ** self._expected
        return np.asarray(found * min(1.0, people / found.sum()), np.float64)
