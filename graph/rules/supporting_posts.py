"""The posts behind what a rule or setting says about an account, for readers to open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import polars as pl

from graph.coordination.library.acts import co_occurrences, sort_acts
from graph.coordination.library.pairs import co_share_evidence
from graph.coordination.posts import Posts
from graph.rules.similar_text import similar_posts
from graph.rules.tools import TOOLKIT_SIGNALS, RuleResult, RuleSettings, coortweet_acts, for_toolkit
from tocsin.core.findings import Cluster, Edge
from tocsin.core.shared_objects import merge_evidence

MAX_POSTS = 20
"""Posts that stand behind one account."""
MAX_MATCHES = 200_000
"""Matches that are looked at for the accounts that are listed."""

Pair = tuple[int, int]


def posts_of_pairs(
    posts: Posts, rule: RuleResult, pairs: Iterable[Pair], settings: RuleSettings
) -> dict[Pair, list[str]]:
    """By pair (numbers of accounts, a < b) ids of the posts that the rule ties it by.

    At most `MAX_POSTS` each, two that meet beside one another.
    """
    asked = sorted(set(pairs))
    if not asked:
        return {}
    rows = _FINDERS.get(rule.rule, _toolkit)(posts, rule, asked, settings)
    found: dict[Pair, dict[str, None]] = {}
    for a, b, one, other in rows:
        kept = found.setdefault((min(a, b), max(a, b)), {})
        if len(kept) < MAX_POSTS:
            kept |= dict.fromkeys((one, other))
    return {pair: list(kept) for pair, kept in found.items()}


def posts_in_group(cluster: Cluster, edges: Iterable[Edge]) -> Mapping[str, list[str]]:
    """By account the posts of the things that it shared with its group, `MAX_POSTS` at most."""
    found: dict[str, dict[str, None]] = {member.id: {} for member in cluster.accounts}
    for item in merge_evidence(cluster, edges):
        for account in item.accounts:
            kept = found.get(account)
            if kept is not None and len(kept) < MAX_POSTS:
                kept |= dict.fromkeys(item.posts[:MAX_POSTS])
    return {account: list(kept)[:MAX_POSTS] for account, kept in found.items()}


_Rows = Iterable[tuple[int, int, str, str]]


def _toolkit(posts: Posts, rule: RuleResult, asked: list[Pair], settings: RuleSettings) -> _Rows:
    signal = TOOLKIT_SIGNALS[rule.rule]
    names = posts.accounts
    pairs = pl.DataFrame(
        {"a": names.gather([a for a, _ in asked]), "b": names.gather([b for _, b in asked])}
    ).with_columns(signal=pl.lit(signal))
    evidence = co_share_evidence(
        for_toolkit(posts, signal), pairs, window=settings.window, limit=MAX_POSTS
    )
    number = {name: place for place, name in enumerate(names.to_list())}
    return [
        (number[a], number[b], one, other)
        for a, b, one, other in evidence.select("a", "b", "post_a", "post_b").iter_rows()
    ]


def _coortweet(posts: Posts, _: RuleResult, asked: list[Pair], settings: RuleSettings) -> _Rows:
    accounts = pl.Series(sorted({end for pair in asked for end in pair}), dtype=pl.UInt32)
    acts = coortweet_acts(posts).filter(pl.col("account").is_in(accounts.implode()))
    code = acts["object"].rank("dense").cast(pl.Int64).to_numpy() if len(acts) else np.zeros(0)
    account = acts["account"].to_numpy().astype(np.int64)
    window = round(settings.window * 1000)
    timed = sort_acts(code.astype(np.int64), account, acts["time"].to_numpy(), window)
    size = len(posts.accounts) + 1
    wanted = np.asarray([a * size + b for a, b in asked], dtype=np.int64)
    ids, post = posts.ids, acts["post"].to_numpy()
    seen = 0
    for i, j, _first in co_occurrences(timed, timed):
        key = timed.account[i] * size + timed.account[j]
        kept = np.isin(key, wanted)
        for left, right in zip(i[kept], j[kept], strict=True):
            one, other = int(post[timed.row[left]]), int(post[timed.row[right]])
            yield int(timed.account[left]), int(timed.account[right]), ids[one], ids[other]
        seen += len(i)
        if seen > MAX_MATCHES:
            return


def _similar(posts: Posts, _: RuleResult, asked: list[Pair], settings: RuleSettings) -> _Rows:
    accounts = pl.Series(sorted({end for pair in asked for end in pair}), dtype=pl.UInt32)
    frame = posts.frame.filter(pl.col("account").is_in(accounts.implode()))
    own, first, second = similar_posts(
        frame, time_window=settings.window, similarity=settings.similarity
    )
    wanted, account, ids = set(asked), own["account"].to_list(), own["id"].to_list()
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        if (min(account[i], account[j]), max(account[i], account[j])) in wanted:
            yield account[i], account[j], ids[i], ids[j]


_FINDERS: dict[str, Callable[[Posts, RuleResult, list[Pair], RuleSettings], _Rows]] = {
    "coortweet": _coortweet,
    "co_similar_tweet": _similar,
}
