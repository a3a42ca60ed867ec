"""Evidence: the posts behind every edge and cluster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl

from graph.coordination.communities import Pair
from graph.coordination.pair_tests import Joined
from tocsin.core.findings import Evidence, rfc3339

EDGE_EVIDENCE = 12
"""Evidence rows kept per edge: the nearest in time."""


def meetings(compared: Joined, groups: Sequence[Sequence[int]], rate: float) -> pl.DataFrame:
    """Co-acts inside groups, sorted by pair.

    ``group, a, b, signal, object, key`` (the burst, over all signals), ``first, second`` (post rows),
    ``apart`` (ms), ``crowd`` (others' acts on the object within the longest window), ``telling``
    (whether the null model let the burst count). What two posts share is said once; a moment only where
    the pair's synchrony as such passes ``rate``.
    """
    home = np.full(len(compared.posts.accounts), -1, dtype=np.int64)
    for number, group in enumerate(groups):
        home[list(group)] = number
    parts = [_moments(compared, home, rate)]
    for number, family in enumerate(compared.families):
        acts, coacts, chance = family.acts, family.coacts, family.chance
        rows = np.flatnonzero((home[coacts.a] >= 0) & (home[coacts.a] == home[coacts.b]))
        first, second, apart = coacts.first[rows], coacts.second[rows], coacts.apart[rows]
        ends = acts.engagement[first], acts.engagement[second]
        window = np.minimum(
            np.searchsorted(np.array(chance.windows_ms), apart), len(chance.windows_ms) - 1
        )
        parts.append(
            pl.DataFrame(
                {
                    "group": home[coacts.a[rows]],
                    "a": coacts.a[rows].astype(np.uint32),
                    "b": coacts.b[rows].astype(np.uint32),
                    "signal": pl.Series(acts.names, dtype=pl.String)[acts.signal[first]],
                    "object": acts.objects[acts.object[first]],
                    "key": pl.Series(acts.burst[first]).cast(pl.String) + f"/{number}",
                    "first": acts.post[first].astype(np.uint32),
                    "second": acts.post[second].astype(np.uint32),
                    "apart": apart.astype(np.int64),
                    "crowd": np.maximum(
                        chance.local[ends[0], -1], chance.local[ends[1], -1]
                    ).astype(np.int64),
                    "telling": chance.telling[ends[0], window] & chance.telling[ends[1], window],
                }
            )
        )
    return _said_once(pl.concat(parts)).sort("group", "a", "b", "signal", "key", "first", "second")


GENERAL = ("hashtags", "site", "synchrony")
"""Signals that say less than the others of the same two posts, from the telling to the vague."""


def _said_once(met: pl.DataFrame) -> pl.DataFrame:
    """What two posts share, by the most particular signal; of several sequences of hashtags the first by name."""
    kept = met.filter(~pl.col("signal").is_in(GENERAL))
    for signal in GENERAL:
        more = (
            met.filter(pl.col("signal") == signal)
            .sort("object", "key")
            .unique(["first", "second"], keep="first", maintain_order=True)
        )
        kept = pl.concat(
            [
                kept,
                more.join(
                    kept.select("first", "second").unique(), on=["first", "second"], how="anti"
                ),
            ]
        )
    return kept


def _moments(compared: Joined, home: np.ndarray, rate: float) -> pl.DataFrame:
    """Coincidences of pairs whose synchrony as such passes."""
    coacts, times, pair = compared.moments.coacts, compared.posts.times, compared.moments.pairs.pair
    passes = (
        (compared.moments.p * compared.tests <= rate)[pair]
        if len(pair)
        else np.zeros(0, dtype=bool)
    )
    rows = (
        np.flatnonzero((home[coacts.a] >= 0) & (home[coacts.a] == home[coacts.b]) & passes)
        if len(pair)
        else np.zeros(0, np.int64)
    )
    at = times[coacts.first[rows]]
    names = [
        rfc3339(datetime.fromtimestamp(t / 1000, UTC)) for t in (at // 60_000 * 60_000).tolist()
    ]
    return pl.DataFrame(
        {
            "group": home[coacts.a[rows]], "a": coacts.a[rows].astype(np.uint32), "b": coacts.b[rows].astype(np.uint32),
            "signal": pl.Series(["synchrony"] * len(rows), dtype=pl.String), "object": pl.Series(names, dtype=pl.String),
            "key": pl.Series([f"{n}/t" for n in names], dtype=pl.String), "first": coacts.first[rows].astype(np.uint32),
            "second": coacts.second[rows].astype(np.uint32), "apart": coacts.apart[rows].astype(np.int64),
            "crowd": np.zeros(len(rows), np.int64),
            "telling": np.ones(len(rows), dtype=bool),
        }
    )  # fmt: skip


def event_rows(compared: Joined, met: pl.DataFrame) -> dict[int, pl.DataFrame]:
    """By group, one row a burst, most accounts first.

    ``signal, object, key, posts, accounts, apart`` (seconds from first to last), ``outsiders`` (others who act
    on the object), ``target`` (author of the object, where that is a known post).
    """
    times = pl.Series(compared.posts.times)
    of = ("group", "signal", "object", "key")
    ends = pl.concat(
        [
            met.select(*of, "crowd", account=who, post=post)
            for who, post in (("a", "first"), ("b", "second"))
        ]
    )
    ends = ends.with_columns(time=times.gather(ends["post"]))
    events = ends.group_by(of).agg(
        pl.col("post").unique().sort().alias("posts"),
        pl.col("account").unique().sort().alias("accounts"),
        ((pl.col("time").max() - pl.col("time").min()) / 1000).alias("apart"),
        pl.col("crowd").max(),
    )
    outside = (pl.col("crowd") - pl.col("accounts").list.len().cast(pl.Int64) + 1).clip(
        lower_bound=0
    )
    authors = compared.posts.frame.select(object="id", target="author")
    events = events.with_columns(outsiders=outside).join(authors, on="object", how="left")
    events = events.sort(
        "group",
        pl.col("accounts").list.len(),
        "key",
        "object",
        descending=[False, True, False, False],
    )
    parts = events.partition_by("group", as_dict=True, include_key=False)
    return {int(str(group[0])): part for group, part in parts.items()}


def edge_rows(
    compared: Joined, met: pl.DataFrame
) -> dict[Pair, tuple[tuple[Evidence, ...], dict[str, int]]]:
    """For each pair its evidence, nearest first, and the number of distinct things by signal."""
    counted = (
        met.group_by("a", "b", "signal").agg(pl.col("key").n_unique()).sort("a", "b", "signal")
    )
    signals: dict[Pair, dict[str, int]] = {}
    for a, b, signal, n in counted.iter_rows():
        signals.setdefault((a, b), {})[signal] = n
    nearest = met.sort("a", "b", "apart", "signal", "key").filter(
        pl.int_range(pl.len()).over("a", "b") < EDGE_EVIDENCE
    )
    ids, names = compared.posts.ids, compared.posts.accounts
    nearest = nearest.with_columns(
        one=ids.gather(nearest["first"]),
        two=ids.gather(nearest["second"]),
        mine=names.gather(nearest["a"]),
        theirs=names.gather(nearest["b"]),
    )
    evidence: dict[Pair, list[Evidence]] = {}
    for a, b, signal, thing, one, two, mine, theirs, apart in nearest.select(
        "a", "b", "signal", "object", "one", "two", "mine", "theirs", "apart"
    ).iter_rows():
        row = Evidence(
            signal=signal,
            object=thing,
            posts=(one, two),
            accounts=(mine, theirs),
            seconds_apart=apart / 1000,
        )
        evidence.setdefault((a, b), []).append(row)
    return {pair: (tuple(rows), signals[pair]) for pair, rows in evidence.items()}
