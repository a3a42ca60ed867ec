"""The toolkit's co-similar-tweet rule: posts with nearly the same words within seconds.

Of two posts (no reposts) the words are compared, as sets: lower case, without mentions, signs
counting as words. They match where Jaccard's index is ``similarity`` or more.

Only posts that share a rare word are compared (prefix filtering, Chaudhuri, Ganti & Kaushik 2006;
Bayardo, Ma & Srikant 2007): of n words in a fixed order, two sets with Jaccard t or more share one
of the first n - ceil(t n) + 1, so that nothing is missed.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import polars as pl

from graph.coordination.coactions.windows import Ints
from graph.coordination.library.acts import co_occurrences, sort_acts
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

MAX_COMPARED = 20_000_000


def similar_pairs(
    posts: pl.DataFrame,
    *,
    time_window: float,
    similarity: float = 0.8,
    min_edge_weight: int = 2,
    max_compared: int = MAX_COMPARED,
) -> pl.DataFrame:
    """The pairs that the rule ties: ``a, b`` (a < b) and ``weight``, sorted.

    Args:
        posts: ``account`` (u32), ``published_at`` (ms), ``text``, ``repost_of``.
        time_window: seconds, inclusive.
        similarity: least Jaccard index; its command line's own default is .8.
        min_edge_weight: least number of posts of one account that match posts of the other.
        max_compared: more comparisons than that are an error.

    Raises:
        ConfigError: there would be too many comparisons.
    """
    own, i, j = similar_posts(
        posts, time_window=time_window, similarity=similarity, max_compared=max_compared
    )
    account = own["account"].to_numpy()
    matches = pl.DataFrame(
        {
            "from": np.concatenate([account[i], account[j]]),
            "to": np.concatenate([account[j], account[i]]),
            "post": np.concatenate([i, j]),
        }
    )
    directed = matches.unique().group_by("from", "to").agg(weight=pl.len())
    return (
        directed.filter(pl.col("weight") >= min_edge_weight)
        .select(
            a=pl.min_horizontal("from", "to"), b=pl.max_horizontal("from", "to"), weight="weight"
        )
        .group_by("a", "b")
        .agg(pl.col("weight").max().cast(pl.Int64))
        .sort("a", "b")
    )


def similar_posts(
    posts: pl.DataFrame,
    *,
    time_window: float,
    similarity: float = 0.8,
    max_compared: int = MAX_COMPARED,
) -> tuple[pl.DataFrame, Ints, Ints]:
    """The posts that the rule looks at, and the rows of each two of them that match.

    Args and errors as `similar_pairs`.
    """
    own = posts.filter(pl.col("repost_of").is_null(), pl.col("text").str.strip_chars() != "")
    words = [
        sorted(found) for found in own["text"].str.to_lowercase().str.replace_all(r"@\S*", "")
        .str.extract_all(r"\w+|[^\w\s]").list.unique().to_list()
    ]  # fmt: skip
    first, second = _candidates(own, words, time_window, similarity, max_compared)
    sets = [frozenset(found) for found in words]
    alike = np.fromiter(
        (_jaccard(sets[i], sets[j]) >= similarity for i, j in zip(first, second, strict=True)),
        dtype=np.bool_,
        count=len(first),
    )
    return own, first[alike], second[alike]


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    either = len(a | b)
    return len(a & b) / either if either else 0.0


def _candidates(
    own: pl.DataFrame, words: list[list[str]], window: float, similarity: float, most: int
) -> tuple[Ints, Ints]:
    """Rows of two posts of two accounts that share one of their rarest words in time."""
    often = Counter(word for found in words for word in found)
    places: list[int] = []
    prefixes: list[str] = []
    for place, found in enumerate(words):
        rare_first = sorted(found, key=lambda word: (often[word], word))
        length = len(found) - math.ceil(similarity * len(found) - 1e-9) + 1
        for word in rare_first[:length]:
            if often[word] > 1:
                places.append(place)
                prefixes.append(word)
    row = np.asarray(places, dtype=np.int64)
    code = pl.Series(prefixes, dtype=pl.String).rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    account = own["account"].to_numpy().astype(np.int64)[row]
    times = own["published_at"].to_numpy()[row]
    timed = sort_acts(code, account, times, round(window * 1000))
    found_pairs: set[int] = set()
    total = len(words) + 1
    for i, j, _ in co_occurrences(timed, timed):
        left, right = row[timed.row[i]], row[timed.row[j]]
        once = left < right
        found_pairs.update(np.unique(left[once] * total + right[once]).tolist())
        if len(found_pairs) > most:
            raise ConfigError(Message("rules.error.too_many", {"n": most}))
    keys = np.asarray(sorted(found_pairs), dtype=np.int64)
    return np.divmod(keys, total)
