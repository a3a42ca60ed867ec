"""How far a share moved from one period to another, and how surely. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

MIN_POSTS = 10
"""Posts of a period from which its shares are compared."""
MIN_INTERVALS = 4
_Z = 1.96


class Share(NamedTuple):
    """A share of posts, 0 to 1, with its standard error; None where it cannot be said."""

    share: float
    error: float | None


class Difference(NamedTuple):
    """A share minus an earlier one, and an interval of 95 %."""

    value: float
    low: float
    high: float


def share_of(part: Sequence[int], whole: Sequence[int]) -> Share | None:
    """The share of a part, from its counts and those of the whole in the same intervals of time.

    Posts come in bursts, so that they are no independent draws: the error is that of a ratio of
    sums over intervals (Cochran, Sampling Techniques, 1977, section 6.3), and never less than that
    of independent posts.

    Returns:
        None where there is no post.
    """
    total = sum(whole)
    if not total:
        return None
    share = sum(part) / total
    filled = [(p, n) for p, n in zip(part, whole, strict=True) if n]
    if total < MIN_POSTS or len(filled) < MIN_INTERVALS:
        return Share(share, None)
    independent = share * (1 - share) / total
    number = len(filled)
    spread = sum((p - share * n) ** 2 for p, n in filled) / total**2 * number / (number - 1)
    return Share(share, math.sqrt(max(independent, spread)))


def difference(now: Share | None, before: Share | None) -> Difference | None:
    """How far a share moved; None where one of them cannot be said."""
    if now is None or before is None or now.error is None or before.error is None:
        return None
    value = now.share - before.share
    reach = _Z * math.hypot(now.error, before.error)
    return Difference(value, max(-1.0, value - reach), min(1.0, value + reach))
