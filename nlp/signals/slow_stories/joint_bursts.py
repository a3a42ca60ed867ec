"""Features that rise together in the same posts of a week: one joint test for all of them.

A word that twenty people use in a week, where four were to be expected, is nothing: a hundred words
a day do as much by accident. Two or three such words without a common part, in the same posts and
those worded differently, are a story, and hardly ever an accident: on shuffled times of the streams
of `benchmarks.signals` none came in a month. What that is worth on the stream at hand is measured
with all other tests (`nlp.signals.calibration`), and they share one budget of false alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import sparse

from nlp.signals.burst_merging import MergedBurst
from nlp.signals.bursts import Burst
from nlp.signals.features import Features
from nlp.signals.stories import words_of
from nlp.text.corpus import Longs

MIN_POSTS, MIN_TEXTS = 10, 8
MAX_NOMINAL_RATE = 400.0
"""Features that rise as much by accident in a day."""
SAME_POSTS = 0.7
"""Jaccard of their posts from which two features rise together."""


def find_joint_bursts(
    bursts: Sequence[Burst], rows_of: Callable[[Burst], Longs], features: Features
) -> list[MergedBurst]:
    """What rises together, the clearest first.

    Args:
        bursts: features above their past in a week, beyond what a burst alone may be.
        rows_of: burst -> the posts of its window that have its feature, rising.
        features: theirs.
    """
    rising = [one for one in bursts if one.nominal_rate <= MAX_NOMINAL_RATE]
    rows = [rows_of(one) for one in rising]
    kept = [at for at, own in enumerate(rows) if len(own) >= MIN_POSTS]
    rising, rows = [rising[at] for at in kept], [rows[at] for at in kept]
    found: list[MergedBurst] = []
    used: set[int] = set()
    partners = _partners(rows)
    for first in range(len(rising)):
        if first in used or not partners[first]:
            continue
        group, words = [first], words_of(features.names[rising[first].code])
        for other in partners[first]:
            own = words_of(features.names[rising[other].code])
            if not own & words:
                group.append(other)
                words = words | own
        if len(group) < 2:
            continue
        union: Longs = np.unique(np.concatenate([rows[at] for at in group]))
        if len(np.unique(features.texts[union])) < MIN_TEXTS:
            continue
        used.update(partners[first])
        found.append(
            MergedBurst(
                tuple(rising[at] for at in group),
                tuple(rows[at] for at in group),
                union,
                joint=True,
            )
        )
    return found


def _partners(rows: Sequence[Longs]) -> list[list[int]]:
    """For each set of posts the others that are nearly the same, in their order."""
    partners: list[list[int]] = [[] for _ in rows]
    if len(rows) < 2:
        return partners
    sizes = np.array([len(own) for own in rows])
    posts, places = np.unique(np.concatenate(rows), return_inverse=True)
    ends = np.append(0, np.cumsum(sizes))
    held = sparse.csr_matrix(
        (np.ones(len(places), np.int32), places, ends), shape=(len(rows), len(posts))
    )
    common = (held @ held.T).tocoo()
    either = sizes[common.row] + sizes[common.col] - common.data
    same = (common.data >= SAME_POSTS * either) & (common.row != common.col)
    for a, b in sorted(zip(common.row[same].tolist(), common.col[same].tolist(), strict=True)):
        partners[a].append(b)
    return partners
