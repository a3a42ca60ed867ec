"""Evidence: the posts behind every edge and cluster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graph.clusters import Pair
from tocsin.findings import Evidence, rfc3339

if TYPE_CHECKING:
    from graph.coordination import Joined

EDGE_EVIDENCE = 12
"""Evidence rows kept per edge: the nearest in time."""


def meetings(compared: Joined, groups: Sequence[Sequence[int]]) -> pl.DataFrame:
    """Co-acts inside groups: ``group, a, b, signal, object, key, first, second`` (post rows), ``apart`` (ms), ``outsiders``.

    ``key`` names the burst over all signals.
    """
    home = np.full(len(compared.posts.accounts), -1, dtype=np.int64)
    for number, group in enumerate(groups):
        home[list(group)] = number
    parts = []
    for number, family in enumerate(compared.families):
        acts, coacts = family.acts, family.coacts
        rows = np.flatnonzero((home[coacts.a] >= 0) & (home[coacts.a] == home[coacts.b]))
        first, second = coacts.first[rows], coacts.second[rows]
        crowd = np.maximum(family.chance.local[acts.engagement[first], -1], family.chance.local[acts.engagement[second], -1])
        parts.append(
            pl.DataFrame(
                {
                    "group": home[coacts.a[rows]], "a": coacts.a[rows].astype(np.uint32), "b": coacts.b[rows].astype(np.uint32),
                    "signal": pl.Series(acts.names)[acts.signal[first]], "object": acts.objects[acts.object[first]],
                    "key": pl.Series(acts.burst[first].astype(str)).str.pad_start(1) + f"/{number}",
                    "first": acts.post[first].astype(np.uint32), "second": acts.post[second].astype(np.uint32),
                    "apart": coacts.apart[rows].astype(np.int64), "crowd": crowd.astype(np.int64),
                }
            )
        )  # fmt: skip
    parts.append(_moments(compared, home))
    return pl.concat(parts).sort("group", "a", "b", "signal", "key", "first", "second")


def _moments(compared: Joined, home: np.ndarray) -> pl.DataFrame:
    """Coincidences that no shared object explains."""
    coacts, times = compared.moments.coacts, compared.posts.times
    rows = np.flatnonzero((home[coacts.a] >= 0) & (home[coacts.a] == home[coacts.b])) if len(coacts) else np.zeros(0, np.int64)
    at = times[coacts.first[rows]]
    names = [rfc3339(datetime.fromtimestamp(t / 1000, UTC)) for t in (at // 60_000 * 60_000).tolist()]
    return pl.DataFrame(
        {
            "group": home[coacts.a[rows]], "a": coacts.a[rows].astype(np.uint32), "b": coacts.b[rows].astype(np.uint32),
            "signal": pl.Series(["synchrony"] * len(rows), dtype=pl.String), "object": pl.Series(names, dtype=pl.String),
            "key": pl.Series([f"{n}/t" for n in names], dtype=pl.String), "first": coacts.first[rows].astype(np.uint32),
            "second": coacts.second[rows].astype(np.uint32), "apart": coacts.apart[rows].astype(np.int64),
            "crowd": np.zeros(len(rows), np.int64),
        }
    )  # fmt: skip


def event_rows(compared: Joined, met: pl.DataFrame) -> pl.DataFrame:
    """One row a burst: ``signal, object, posts, accounts, apart`` (seconds), ``outsiders, target``; most accounts first.

    Synchrony is left out where the group shares content: those moments are the same posts again.
    """
    content = met.filter(pl.col("signal") != "synchrony")
    met = content if content.height else met
    times = pl.Series(compared.posts.times)
    ends = pl.concat(
        [
            met.select("signal", "object", "key", "crowd", account="a", post="first"),
            met.select("signal", "object", "key", "crowd", account="b", post="second"),
        ]
    )
    ends = ends.with_columns(time=times.gather(ends["post"]))
    events = ends.group_by("signal", "object", "key").agg(
        pl.col("post").unique().sort().alias("posts"),
        pl.col("account").unique().sort().alias("accounts"),
        ((pl.col("time").max() - pl.col("time").min()) / 1000).alias("apart"),
        pl.col("crowd").max(),
    )
    outside = (pl.col("crowd") - pl.col("accounts").list.len().cast(pl.Int64) + 1).clip(lower_bound=0)
    authors = compared.posts.frame.select(object="id", target="author")
    events = events.with_columns(outsiders=outside).join(authors, on="object", how="left")
    return events.sort(pl.col("accounts").list.len(), "key", descending=[True, False])


def edge_rows(compared: Joined, met: pl.DataFrame) -> dict[Pair, tuple[tuple[Evidence, ...], dict[str, int]]]:
    """For each pair its evidence, nearest first, and the number of distinct things by signal."""
    ids, names = compared.posts.ids, compared.posts.accounts
    out: dict[Pair, tuple[tuple[Evidence, ...], dict[str, int]]] = {}
    counted = met.group_by("a", "b", "signal").agg(pl.col("key").n_unique()).sort("a", "b", "signal")
    signals: dict[Pair, dict[str, int]] = {}
    for a, b, signal, n in counted.iter_rows():
        signals.setdefault((a, b), {})[signal] = n
    content = pl.col("signal") != "synchrony"
    met = met.sort("a", "b", content, "apart", "signal", "key", descending=[False, False, True, False, False, False])
    for (a, b), rows in met.group_by("a", "b", maintain_order=True):
        kept = tuple(
            Evidence(
                signal=signal, object=thing, posts=(ids[first], ids[second]), accounts=(names[int(str(a))], names[int(str(b))]),
                seconds_apart=apart / 1000,
            )
            for signal, thing, first, second, apart in rows.select("signal", "object", "first", "second", "apart").head(EDGE_EVIDENCE).iter_rows()
        )  # fmt: skip
        pair = (int(str(a)), int(str(b)))
        out[pair] = (kept, signals[pair])
    return out
