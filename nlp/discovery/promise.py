"""Where a list ends, and what is promised of it.

A list could be as long as its expected precision allows. But the precision of its end is what is
known worst, and a shorter list often costs few relevant posts and is known much better. So among
all ends at which the precision asked for is reached, the one with the highest utility is taken:
the relevant posts that the list gives, in multiples of those that the words find, plus
`PROMISE_WORTH` times the chance that the true precision is at most `TOLERANCE` away from what is
promised. Where words find little a list gives many times as much, and stays long; where they find
most of it, its end is given up for a promise that holds, though never more than half of what the
longest list would find.

The promise is the posterior mean of the list's own precision; its standard error has two parts,
what is not known of the line of chances (from its draws), and that each post is relevant or not;
where posts were judged both are widened by `MISFIT`.
What was judged is certain, and copies of one text are relevant or not together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from nlp.discovery.ranking import Bools, Floats, Longs

TOLERANCE = 0.05
"""How far a promise may be off and still count as kept."""
PROMISE_WORTH = 1.75
"""Of a promise that is kept, in multiples of the relevant posts that the words find."""
LEAST_FOUND = 0.5
"""Of what the longest list finds."""
MISFIT = 1.2
"""By how much standard errors of judged lists are larger than a line of chances says: no subject is
quite a line, and what is judged was chosen by it. Both were chosen on parts 1 and 2 of
`benchmarks.discovery`."""
_QUANTILES = 0.025, 0.975


class Promise(NamedTuple):
    """What is promised of a list: its precision, and the interval of 95 %."""

    precision: float
    low: float
    high: float


def longest(chances: Floats, precision: float) -> int:
    """Texts of the longest list whose mean chance reaches a precision; 0 where there is none."""
    reaching = np.flatnonzero(_running_mean(chances) >= precision)
    return int(reaching[-1]) + 1 if len(reaching) else 0


def choose_end(
    chances: Floats,
    known: Bools,
    texts: Longs,
    draws: Iterable[Floats],
    precision: float,
    typed: float,
) -> int:
    """How many posts to give, where chances were fitted to judgements.

    Args:
        chances: (n,) of posts in their order, to be relevant.
        known: (n,), whether a chance is certain.
        texts: (n,), equal numbers where posts are copies of one text.
        draws: (n,) each, the chances by one draw of the line.
        precision: the least that may be promised.
        typed: relevant posts to expect among those that the words find; one at least is counted.
    """
    size = longest(chances, precision)
    if not size:
        return 0
    promised = _running_mean(chances[:size])
    drawn = (draw[:size] for draw in draws)
    error = _standard_errors(chances[:size], known[:size], texts[:size], drawn)
    kept = 2 * norm.cdf(TOLERANCE / np.maximum(error, 1e-9)) - 1
    found = np.cumsum(chances[:size])
    allowed = (promised >= precision) & (found >= LEAST_FOUND * found[-1])
    utility = np.where(allowed, found / max(typed, 1.0) + PROMISE_WORTH * kept, -1.0)
    return int(np.argmax(np.round(utility, 9))) + 1


def make_promise(
    chances: Floats,
    known: Bools,
    texts: Longs,
    draws: Iterable[Floats],
    random: np.random.Generator,
    widened: float = 1.0,
) -> Promise:
    """What is promised of posts that are given, of one at least; shapes as in `choose_end`.

    ``widened`` is by how much the interval is wider than the draws say.
    """
    numbers, text = np.unique(texts, return_inverse=True)
    means = []
    for draw in draws:
        drawn = random.random(len(numbers))[text] < draw
        means.append(float(np.where(known, chances, drawn).mean()))
    mean = float(chances.mean())
    low, high = mean + widened * (np.quantile(means, _QUANTILES) - mean)
    return Promise(mean, max(float(min(low, mean)), 0.0), min(float(max(high, mean)), 1.0))


def _standard_errors(
    chances: Floats, known: Bools, texts: Longs, draws: Iterable[Floats]
) -> Floats:
    """Of the precision of the first 1, 2, ... posts, (n,)."""
    size = np.arange(1, len(chances) + 1)
    total, squares, number = np.zeros(len(chances)), np.zeros(len(chances)), 0
    for draw in draws:
        away = np.cumsum(np.where(known, 0.0, draw - chances)) / size
        total, squares, number = total + away, squares + away**2, number + 1
    by_line = squares / number - (total / number) ** 2
    variance = np.where(known, 0.0, chances * (1 - chances))
    # m copies vary m**2 times as much as one: each adds 2 * m - 1
    by_post = np.cumsum((2 * _copy_number(texts) - 1) * variance) / size**2
    return np.asarray(MISFIT * np.sqrt(np.maximum(by_line, 0.0) + by_post), dtype=np.float64)


def _copy_number(texts: Longs) -> Longs:
    """1 for the first post of a text, 2 for the next, ..."""
    order = np.argsort(texts, kind="stable")
    place = np.arange(len(texts))
    is_first = np.append(True, np.diff(texts[order]) != 0)[: len(texts)]
    number = np.empty(len(texts), np.int64)
    number[order] = place - np.maximum.accumulate(np.where(is_first, place, 0)) + 1
    return number


def _running_mean(values: Floats) -> Floats:
    return np.asarray(np.cumsum(values) / np.arange(1, len(values) + 1), dtype=np.float64)
