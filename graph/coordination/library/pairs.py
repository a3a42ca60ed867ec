"""Accounts that shared the same things within a time window: the fast join, as a library.

    from graph import co_share_pairs
    pairs = co_share_pairs("posts.csv", ["repost", "text"], window=60)

No index, no workspace, no settings: a frame or a file in, a polars frame out. What co-occurrence
means, and how counts compare with other tools, stands in ``docs/library.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from graph.coordination.coactions.windows import Ints
from graph.coordination.library.acts import TimedActs, co_occurrences, sort_acts
from graph.coordination.library.frames import Posts, read_posts
from graph.coordination.library.objects import COLUMNS, SIGNALS, Objects, codes, objects
from graph.coordination.library.pair_counts import MAX_PAIRS, count_pairs
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

SCHEMA = {
    "signal": pl.String, "a": pl.String, "b": pl.String, "weight": pl.Int64,
    "weight_ab": pl.Int64, "weight_ba": pl.Int64, "objects": pl.Int64,
}  # fmt: skip
EVIDENCE = {
    "signal": pl.String, "a": pl.String, "b": pl.String, "object": pl.String,
    "post_a": pl.String, "post_b": pl.String, "time_a": pl.Int64, "time_b": pl.Int64,
    "seconds_apart": pl.Float64,
}  # fmt: skip


def co_share_pairs(
    posts: Posts,
    signal: str | Sequence[str] = "repost",
    *,
    window: float = 60.0,
    min_weight: int = 1,
    columns: Mapping[str, str] | None = None,
    max_pairs: int = MAX_PAIRS,
) -> pl.DataFrame:
    """Pairs of accounts that shared an object at most ``window`` seconds apart.

    Args:
        posts: a polars frame, Arrow data (a Table, or the batches of ``index.scan``), or the path
            of a CSV, JSON lines or Parquet file; see `graph.coordination.library.frames.read_posts`
            for the columns.
        signal: one or several of `graph.coordination.library.objects.SIGNALS`.
        window: seconds, inclusive, between two acts.
        min_weight: least ``weight`` of a pair.
        columns: our column -> theirs, where the names are others.
        max_pairs: a bound on memory; more pairs than that are an error.

    Returns:
        One row a signal and pair, a < b, sorted by signal (in the order asked), a, b:
        ``weight_ab`` (posts of a that meet a post of b), ``weight_ba`` (the reverse), ``weight``
        (the greater of the two) and ``objects`` (distinct things shared in time).

    Raises:
        ConfigError: a wrong signal, window or column, or too many pairs. Unreadable: the file is no
            such file.
    """
    signals = _signals(signal)
    frame, accounts, names = _prepared(posts, signals, columns)
    tables = []
    for name in signals:
        acts = _acts(frame, objects(frame, name), accounts, window)
        counts = count_pairs(
            acts[0], acts[1], len(names), min_weight=min_weight, max_pairs=max_pairs
        )
        tables.append(
            pl.DataFrame(
                {
                    "signal": pl.repeat(name, len(counts.a), dtype=pl.String, eager=True),
                    "a": names.gather(counts.a), "b": names.gather(counts.b),
                    "weight": np.maximum(counts.weight_ab, counts.weight_ba),
                    "weight_ab": counts.weight_ab,
                    "weight_ba": counts.weight_ba,
                    "objects": counts.objects,
                },
                schema=SCHEMA,
            )
        )  # fmt: skip
    return pl.concat(tables)


def co_share_evidence(
    posts: Posts,
    pairs: pl.DataFrame,
    *,
    window: float = 60.0,
    limit: int = 10,
    columns: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """The posts behind pairs: for each pair and object the two posts that lie closest in time.

    Args:
        posts, window, columns: as given to `co_share_pairs`.
        pairs: rows of its answer (``signal``, ``a``, ``b``).
        limit: objects a pair, those with the smallest distance in time first.

    Returns:
        ``signal, a, b, object, post_a, post_b, time_a, time_b`` (milliseconds), ``seconds_apart``,
        sorted by signal, a, b and distance; ties by time and post.
    """
    signals = [name for name in SIGNALS if name in set(pairs["signal"].to_list())]
    if not signals:
        return pl.DataFrame(schema=EVIDENCE)
    frame, accounts, names = _prepared(posts, signals, columns, by_post=True)
    tables = []
    for name in signals:
        asked = pairs.filter(pl.col("signal") == name).select("a", "b")
        wanted = np.isin(
            accounts,
            np.flatnonzero(
                names.is_in(pl.concat([asked["a"], asked["b"]]).unique().implode()).to_numpy()
            ),
        )
        shared = objects(frame, name)
        mine = wanted[shared.row]
        kept = Objects(shared.row[mine], shared.code[mine], shared.names)
        acts, _ = _acts(frame, kept, accounts, window)
        tables.append(_closest(frame, acts, kept, names, asked, name, limit))
    return pl.concat(tables)


def _signals(signal: str | Sequence[str]) -> list[str]:
    signals = [signal] if isinstance(signal, str) else list(dict.fromkeys(signal))
    for name in signals:
        if name not in SIGNALS:
            raise ConfigError(
                Message(
                    "fault.pairs.unknown_signal", {"name": repr(name), "signals": list(SIGNALS)}
                )
            )
    if not signals:
        raise ConfigError(Message("fault.pairs.none_named", {"signals": list(SIGNALS)}))
    return signals


def _prepared(
    posts: Posts, signals: Sequence[str], columns: Mapping[str, str] | None, by_post: bool = False
) -> tuple[pl.DataFrame, Ints, pl.Series]:
    """The frame, the account code of each row, and account names by code, in their own order."""
    wanted = dict.fromkeys(
        ("post", "account", "time", *(c for name in signals for c in COLUMNS[name]))
    )
    frame = read_posts(posts, list(wanted), columns)
    if by_post:
        frame = frame.sort("post")
    code, first = codes(frame["account"])
    names = frame["account"].gather(first).cast(pl.String)
    order = names.arg_sort().to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return frame, rank[code], names.gather(order)


def _acts(
    frame: pl.DataFrame, shared: Objects, accounts: Ints, window: float
) -> tuple[TimedActs, Ints]:
    """The acts in order, and the row of the frame (the post) of each row given to ``sort_acts``."""
    if not 0 <= window < 10**9:
        raise ConfigError(Message("fault.pairs.window", {"window": repr(window)}))
    times = frame["time"].to_numpy()[shared.row]
    return sort_acts(shared.code, accounts[shared.row], times, round(window * 1000)), shared.row


def _closest(
    frame: pl.DataFrame,
    acts: TimedActs,
    shared: Objects,
    accounts: pl.Series,
    asked: pl.DataFrame,
    signal: str,
    limit: int,
) -> pl.DataFrame:
    """The nearest two posts of each asked pair and object."""
    code = pl.DataFrame({"name": accounts, "code": np.arange(len(accounts))})
    keys = asked.join(code, left_on="a", right_on="name").join(
        code, left_on="b", right_on="name", suffix="_b"
    )
    wanted = np.unique(keys["code"].to_numpy() * len(accounts) + keys["code_b"].to_numpy())
    best: list[pl.DataFrame] = []
    for i, j, _ in co_occurrences(acts, acts):
        pair = acts.account[i] * len(accounts) + acts.account[j]
        asked_for = np.isin(pair, wanted)
        i, j, pair = i[asked_for], j[asked_for], pair[asked_for]
        apart = np.abs(acts.time[i] - acts.time[j])
        rows = pl.DataFrame(
            {"pair": pair, "object": acts.object[i], "apart": apart, "i": i, "j": j}
        )
        best.append(_nearest(rows))
    nearest = (
        _nearest(pl.concat(best))
        if best
        else _nearest(
            pl.DataFrame(schema=dict.fromkeys(("pair", "object", "apart", "i", "j"), pl.Int64))
        )
    )
    nearest = (
        nearest.sort("pair", "apart", "i", "j").group_by("pair", maintain_order=True).head(limit)
    )
    i, j = nearest["i"].to_numpy(), nearest["j"].to_numpy()
    row_a, row_b = shared.row[acts.row[i]], shared.row[acts.row[j]]
    return pl.DataFrame(
        {
            "signal": pl.repeat(signal, len(nearest), dtype=pl.String, eager=True),
            "a": accounts.gather(acts.account[i]), "b": accounts.gather(acts.account[j]),
            "object": shared.names.gather(acts.object[i]),
            "post_a": frame["post"].gather(row_a), "post_b": frame["post"].gather(row_b),
            "time_a": acts.time[i], "time_b": acts.time[j],
            "seconds_apart": nearest["apart"] / 1000,
        },
        schema=EVIDENCE,
    )  # fmt: skip


def _nearest(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("pair", "object", "apart", "i", "j").unique(
        ["pair", "object"], keep="first", maintain_order=True
    )
