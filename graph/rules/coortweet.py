"""CooRTweet's rule: accounts that shared the same objects within seconds, more than is usual.

Righetti & Balluff 2025, *CooRTweet: A Generalized R Software for Coordinated Network Detection*;
``detect_groups`` and ``generate_coordinated_network`` of the R package, read in its public source:

1. Accounts with fewer than ``min_participation`` shares are left out.
2. Two shares of one object by two accounts, at most ``time_window`` seconds apart, are a match.
3. A match stays where one of its two accounts has ``min_participation`` shares or more in matches.
4. The weight of two accounts is the number of their matches; they are tied where it exceeds the
   quantile ``edge_weight`` of all weights.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.coordination.coactions.windows import Ints
from graph.coordination.library.acts import TimedActs, co_occurrences, sort_acts
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

MAX_MATCHES = 20_000_000
"""A bound on memory: 16 bytes each, three times over."""
PAIRS = pl.Schema({"a": pl.UInt32, "b": pl.UInt32, "weight": pl.Int64})


def coortweet_pairs(
    acts: pl.DataFrame,
    *,
    time_window: float = 10,
    min_participation: int = 2,
    edge_weight: float = 0.5,
    max_matches: int = MAX_MATCHES,
) -> pl.DataFrame:
    """The pairs that the rule ties.

    Args:
        acts: one row a share: ``object`` (anything), ``account`` and ``post`` (u32), ``time`` (ms).
        time_window: seconds, inclusive; the package's own default is 10.
        min_participation: shares of an account; its default is 2.
        edge_weight: quantile of the weights, 0 to 1, that a weight must exceed; its default is .5.
        max_matches: more than that are an error.

    Returns:
        ``a, b`` (accounts, a < b) and ``weight``, sorted.

    Raises:
        ConfigError: there are too many matches.
    """
    often = acts.filter(pl.len().over("account") >= min_participation)
    code = often["object"].rank("dense").cast(pl.Int64).to_numpy() if len(often) else np.zeros(0)
    account = often["account"].to_numpy().astype(np.int64)
    post = often["post"].to_numpy().astype(np.int64)
    times = often["time"].to_numpy()
    timed = sort_acts(code.astype(np.int64), account, times, round(time_window * 1000))
    first, second = _matches(timed, max_matches)
    matched = np.union1d(post[first], post[second])
    own = account[np.isin(post, matched)]
    counted = np.bincount(own, minlength=int(account.max(initial=0)) + 1)
    takes_part = counted >= min_participation
    keep = takes_part[account[first]] | takes_part[account[second]]
    low = np.minimum(account[first], account[second])[keep]
    high = np.maximum(account[first], account[second])[keep]
    pairs = (
        pl.DataFrame({"a": low, "b": high}).group_by("a", "b").agg(weight=pl.len()).sort("a", "b")
    )
    if not len(pairs):
        return pl.DataFrame(schema=PAIRS)
    threshold = float(np.quantile(pairs["weight"].to_numpy(), edge_weight))
    return pairs.filter(pl.col("weight") > threshold).cast(PAIRS)


def _matches(timed: TimedActs, most: int) -> tuple[Ints, Ints]:
    """Rows of the acts that match, each two once."""
    firsts, seconds, number = [], [], 0
    for i, j, _ in co_occurrences(timed, timed):
        once = i < j
        firsts.append(i[once])
        seconds.append(j[once])
        number += int(once.sum())
        if number > most:
            raise ConfigError(Message("rules.error.too_many", {"n": most}))
    row = timed.row
    none = [np.zeros(0, dtype=np.int64)]
    return row[np.concatenate(none + firsts)], row[np.concatenate(none + seconds)]
