"""Intervals of what was counted."""

from __future__ import annotations

import math

_Z = 1.959964


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), to four digits; (0, 1) of nothing.

    Ours: `scipy.stats` has one, but takes 0.6 s to import, which `tocsin mark` would have to wait
    for.
    """
    if not total:
        return 0.0, 1.0
    share = right / total
    spread = share * (1 - share) / total + _Z * _Z / (4 * total * total)
    middle, half = share + _Z * _Z / (2 * total), _Z * math.sqrt(spread)
    shrink = 1 + _Z * _Z / total
    low, high = (middle - half) / shrink, (middle + half) / shrink
    return round(max(0.0, low), 4), round(min(1.0, high), 4)
