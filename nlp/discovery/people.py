"""Who writes on a subject: how likely each author has written on it more than once.

A post alone is a guess, and whoever shared one link on a subject is not one of its people. An
author's posts are many chances: with independent ones the chance that at least two are relevant is
1 - prod(1 - p) - sum(p / (1 - p)) prod(1 - p) (the Poisson binomial distribution).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_POSTS = 2
"""Posts on the subject that make an author one of its people."""
HIT_PRECISION = 0.85
"""Chance at least that a post with the words is relevant: the mean of `benchmarks.discovery`."""
_SURE = 0.999


def chances_of_authors(
    authors: NDArray[np.integer], chances: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """By author, the chance to have written at least `MIN_POSTS` relevant posts.

    Args:
        authors: of each post, below ``size``; negative where there is none.
        chances: of each post, to be relevant, 0 to 1.
        size: number of authors.
    """
    has_author = authors >= 0
    author = authors[has_author]
    chance = np.clip(chances[has_author], 0.0, _SURE)
    none = np.exp(np.bincount(author, np.log1p(-chance), size))
    one = none * np.bincount(author, chance / (1 - chance), size)
    return np.clip(1.0 - none - one, 0.0, 1.0)
