"""Evidence: the posts behind every edge and cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl
from scipy.special import betainc

from graph.coordination.coactions.windows import first_of_run
from graph.coordination.communities import Pair
from graph.coordination.crowds.returning import ReturningCrowd
from graph.coordination.membership_tests import FamilyTests
from graph.coordination.pair_tests import PairTests
from graph.coordination.signals.base import SYNCHRONY, Signal
from tocsin.core.findings import Evidence, Following, rfc3339

EDGE_EVIDENCE = 12
"""Evidence rows kept per edge: the nearest in time."""
MINUTE_MS = 60_000
ONE_WAY = 0.01
"""p-value (sign test) up to which one account is said to act after another."""


def list_coactions(
    tests: PairTests,
    groups: Sequence[Sequence[int]],
    rate: float,
    crowds: Sequence[ReturningCrowd] = (),
) -> pl.DataFrame:
    """Co-actions inside groups, sorted by pair.

    ``group, a, b, signal, object, key`` (the burst, over all signals), ``first, second`` (post
    rows), ``apart`` (ms), ``others`` (others' acts on the object within the hour),
    ``informative`` (whether the null model let the burst count). What two posts share is listed
    once; a moment only where the pair's synchrony as such passes ``rate``. In a burst of ``crowds``
    every member is listed with the member that came first.
    """
    group_of = np.full(len(tests.posts.accounts), -1, dtype=np.int64)
    for number, group in enumerate(groups):
        group_of[list(group)] = number
    tables = [_list_coincidences(tests, group_of, rate)]
    for number, family in enumerate(tests.families):
        tables.append(_list_family_coactions(family, number, group_of))
    tables += [_list_returns(tests, crowd, group_of) for crowd in crowds]
    listed = _keep_most_specific(pl.concat(tables), tests.signals)
    return listed.sort("group", "a", "b", "signal", "key", "first", "second")


def _list_family_coactions(family: FamilyTests, number: int, group_of: np.ndarray) -> pl.DataFrame:
    """The co-actions of one family inside groups; ``number`` keeps apart bursts of families."""
    acts, coactions, model = family.acts, family.coactions, family.model
    inside = (group_of[coactions.a] >= 0) & (group_of[coactions.a] == group_of[coactions.b])
    coactions = coactions.take(np.flatnonzero(inside))
    first, second = coactions.first, coactions.second
    engagements = acts.engagement[first], acts.engagement[second]
    # the shortest window that holds both acts says whether the burst is informative
    window = np.searchsorted(np.array(model.windows_ms), coactions.apart)
    window = np.minimum(window, len(model.windows_ms) - 1)
    informative = [model.informative[engagement, window] for engagement in engagements]
    others = [model.others[engagement, model.hour] for engagement in engagements]
    names = pl.Series([signal.name for signal in acts.signals], dtype=pl.String)
    return pl.DataFrame(
        {
            "group": group_of[coactions.a],
            "a": coactions.a.astype(np.uint32),
            "b": coactions.b.astype(np.uint32),
            "signal": names[acts.signal[first]],
            "object": acts.objects[acts.object[first]],
            "key": pl.Series(acts.burst[first]).cast(pl.String) + f"/{number}",
            "first": acts.post[first].astype(np.uint32),
            "second": acts.post[second].astype(np.uint32),
            "apart": coactions.apart.astype(np.int64),
            "others": np.maximum(*others).astype(np.int64),
            "informative": informative[0] & informative[1],
        }
    )


def _list_returns(tests: PairTests, crowd: ReturningCrowd, group_of: np.ndarray) -> pl.DataFrame:
    """The bursts of a crowd, each member beside the first of its group: rows of `list_coactions`.

    All pairs of hundreds would say no more, and be too many.
    """
    family = tests.families[crowd.family]
    acts, model = family.acts, family.model
    known = np.isin(acts.account, crowd.members) & (group_of[acts.account] >= 0)
    rows = np.flatnonzero(known & np.isin(acts.burst, crowd.bursts))
    _, once = np.unique(acts.engagement[rows], return_index=True)
    rows = rows[np.sort(once)]
    order = np.lexsort((acts.time[rows], acts.burst[rows], group_of[acts.account[rows]]))
    rows = rows[order]
    group, burst = group_of[acts.account[rows]], acts.burst[rows]
    new = first_of_run(group, burst)
    leader = rows[np.flatnonzero(new)[np.cumsum(new) - 1]] if len(rows) else rows
    leader, rows = leader[~new], rows[~new]
    swap = acts.account[leader] > acts.account[rows]
    first, second = np.where(swap, rows, leader), np.where(swap, leader, rows)
    others = [model.others[acts.engagement[side], model.hour] for side in (first, second)]
    names = pl.Series([signal.name for signal in acts.signals], dtype=pl.String)
    return pl.DataFrame(
        {
            "group": group_of[acts.account[first]],
            "a": acts.account[first].astype(np.uint32),
            "b": acts.account[second].astype(np.uint32),
            "signal": names[acts.signal[first]],
            "object": acts.objects[acts.object[first]],
            "key": pl.Series(acts.burst[first]).cast(pl.String) + f"/{crowd.family}",
            "first": acts.post[first].astype(np.uint32),
            "second": acts.post[second].astype(np.uint32),
            "apart": np.abs(acts.time[second] - acts.time[first]),
            "others": np.maximum(*others).astype(np.int64),
            "informative": np.ones(len(first), dtype=bool),
        }
    )


def _keep_most_specific(listed: pl.DataFrame, signals: Mapping[str, Signal]) -> pl.DataFrame:
    """What two posts share, by the most specific signal.

    All that particular signals say is kept; a more general one counts only where nothing links
    the two posts yet, and then once: of several sequences of hashtags the first by name.
    """
    particular = [s.name for s in signals.values() if s.is_particular()]
    general = [s for s in signals.values() if not s.is_particular()]
    kept = listed.filter(pl.col("signal").is_in(particular))
    for signal in sorted(general, key=lambda s: -s.specificity):
        candidates = (
            listed.filter(pl.col("signal") == signal.name)
            .sort("object", "key")
            .unique(["first", "second"], keep="first", maintain_order=True)
        )
        linked = kept.select("first", "second").unique()
        unlinked = candidates.join(linked, on=["first", "second"], how="anti")
        kept = pl.concat([kept, unlinked])
    return kept


def _list_coincidences(tests: PairTests, group_of: np.ndarray, rate: float) -> pl.DataFrame:
    """Coincidences of pairs whose synchrony as such passes, as rows of `list_coactions`."""
    synchrony = tests.synchrony
    coactions, pair = synchrony.coactions, synchrony.pairs.pair
    passes = (synchrony.p * tests.tests <= rate)[pair]
    inside = (group_of[coactions.a] >= 0) & (group_of[coactions.a] == group_of[coactions.b])
    coactions = coactions.take(np.flatnonzero(inside & passes))
    minutes = tests.posts.times[coactions.first] // MINUTE_MS * MINUTE_MS
    names = [rfc3339(datetime.fromtimestamp(ms / 1000, UTC)) for ms in minutes.tolist()]
    return pl.DataFrame(
        {
            "group": group_of[coactions.a],
            "a": coactions.a.astype(np.uint32),
            "b": coactions.b.astype(np.uint32),
            "signal": pl.Series([_synchrony_name(tests)] * len(coactions), dtype=pl.String),
            "object": pl.Series(names, dtype=pl.String),
            "key": pl.Series([f"{name}/t" for name in names], dtype=pl.String),
            "first": coactions.first.astype(np.uint32),
            "second": coactions.second.astype(np.uint32),
            "apart": coactions.apart.astype(np.int64),
            "others": np.zeros(len(coactions), np.int64),
            "informative": np.ones(len(coactions), dtype=bool),
        }
    )


def _synchrony_name(tests: PairTests) -> str:
    """The name of the signal of synchrony."""
    return next((s.name for s in tests.signals.values() if s.family == SYNCHRONY), SYNCHRONY)


def summarise_events(tests: PairTests, coactions: pl.DataFrame) -> dict[int, pl.DataFrame]:
    """By group, one row a burst, most accounts first.

    ``signal, object_kind, object, key, posts, accounts, apart`` (seconds from first to last),
    ``step`` (ms in which the times are written, the coarsest of its accounts), ``told_apart`` (ms,
    no finer than that), ``outsiders`` (others who act on the object), ``target`` (author of the
    object, where that is a known post).
    """
    times, steps = pl.Series(tests.posts.times), pl.Series(tests.posts.step_ms)
    of = ("group", "signal", "object", "key")
    ends = pl.concat(
        [
            coactions.select(*of, "others", account=account, post=post)
            for account, post in (("a", "first"), ("b", "second"))
        ]
    )
    ends = ends.with_columns(time=times.gather(ends["post"]), step=steps.gather(ends["account"]))
    events = ends.group_by(of).agg(
        pl.col("post").unique().sort().alias("posts"),
        pl.col("account").unique().sort().alias("accounts"),
        pl.col("time").min().alias("first"),
        pl.col("time").max().alias("last"),
        pl.col("step").max(),
        pl.col("others").max(),
    )
    events = events.with_columns(
        apart=(pl.col("last") - pl.col("first")) / 1000, told_apart=_told_apart()
    ).drop("first", "last")
    members = pl.col("accounts").list.len().cast(pl.Int64)
    outsiders = (pl.col("others") - members + 1).clip(lower_bound=0)
    kinds = {name: signal.object_kind for name, signal in tests.signals.items()}
    object_kind = pl.col("signal").replace_strict(kinds, return_dtype=pl.String)
    # only posts that are acted on: a table of all posts to look few up in is dear
    known = tests.posts.ids.is_in(ends["object"].unique().implode()).arg_true()
    authors = tests.posts.frame.select(object="id", target="author")[known]
    events = (
        events.with_columns(outsiders=outsiders, object_kind=object_kind)
        .join(authors, on="object", how="left")
        .sort("group", members, "key", "object", descending=[False, True, False, False])
    )
    by_group = events.partition_by("group", as_dict=True, include_key=False)
    return {int(str(group[0])): part for group, part in by_group.items()}


def _told_apart() -> pl.Expr:
    """How far the times ``first`` and ``last`` lie apart (ms, signed), as far as that is known:
    where ``step`` is a minute or more, both are rounded down to it."""
    step = pl.when(pl.col("step") >= MINUTE_MS).then("step").otherwise(1)
    return (pl.col("last") // step - pl.col("first") // step) * step


def summarise_edges(
    tests: PairTests, coactions: pl.DataFrame
) -> dict[Pair, tuple[tuple[Evidence, ...], dict[str, int]]]:
    """For each pair its evidence, nearest first, and how often it acted together by each signal."""
    counted = (
        coactions.group_by("a", "b", "signal")
        .agg(pl.col("key").n_unique())
        .sort("a", "b", "signal")
    )
    signals: dict[Pair, dict[str, int]] = {}
    for a, b, signal, number in counted.iter_rows():
        signals.setdefault((a, b), {})[signal] = number
    nearest = coactions.sort("a", "b", "apart", "signal", "key").filter(
        pl.int_range(pl.len()).over("a", "b") < EDGE_EVIDENCE
    )
    ids, names = tests.posts.ids, tests.posts.accounts
    nearest = _with_steps(tests, nearest).with_columns(apart=_told_apart().abs())
    rows = nearest.select(
        "a",
        "b",
        "signal",
        "object",
        "apart",
        "step",
        post_a=ids.gather(nearest["post_a"]),
        post_b=ids.gather(nearest["post_b"]),
        account_a=names.gather(nearest["a"]),
        account_b=names.gather(nearest["b"]),
    )
    evidence: dict[Pair, list[Evidence]] = {}
    for a, b, signal, shared, apart, step, post_a, post_b, account_a, account_b in rows.iter_rows():
        evidence.setdefault((a, b), []).append(
            Evidence(
                signal=signal,
                object=shared,
                posts=(post_a, post_b),
                accounts=(account_a, account_b),
                seconds_apart=apart / 1000,
                step_seconds=coarse_step(step),
            )
        )
    return {pair: (tuple(listed), signals[pair]) for pair, listed in evidence.items()}


def _with_steps(tests: PairTests, coactions: pl.DataFrame) -> pl.DataFrame:
    """``first`` and ``last``, the times of both posts, ``step``, and ``post_a``, ``post_b``."""
    times, steps = pl.Series(tests.posts.times), pl.Series(tests.posts.step_ms)
    return coactions.with_columns(
        post_a="first",
        post_b="second",
        first=times.gather(coactions["first"]),
        last=times.gather(coactions["second"]),
        step=pl.max_horizontal(steps.gather(coactions["a"]), steps.gather(coactions["b"])),
    )


def coarse_step(step_ms: int) -> float | None:
    """The step of times in seconds, where it is a minute or more."""
    return step_ms / 1000 if step_ms >= MINUTE_MS else None


def list_following(tests: PairTests, coactions: pl.DataFrame) -> tuple[Following, ...]:
    """Who acts after whom, by pair of `list_coactions`, most often first.

    A pair is told where the later one of two acts is so often the same account's that a fair coin
    would hardly do so (two-sided sign test at `ONE_WAY`); acts in one second, or minute where times
    are written to it, have no order.
    """
    lag = _told_apart().alias("lag")
    step = pl.max_horizontal(1_000, "step")
    moments = _with_steps(tests, coactions).select("a", "b", "key", "step", lag)
    # what two posts share by several signals is one act
    nearest = moments.sort(pl.col("lag").abs(), "key").unique(
        ["a", "b", "key"], keep="first", maintain_order=True
    )
    after, before = pl.col("lag") >= step, pl.col("lag") <= -step
    counted = nearest.group_by("a", "b").agg(
        after.sum().alias("after"),
        before.sum().alias("before"),
        pl.len().alias("of"),
        pl.col("lag").filter(after).median().alias("later"),
        pl.col("lag").filter(before).median().alias("earlier"),
    )
    names, found = tests.posts.accounts, []
    for a, b, b_later, a_later, of, later, earlier in counted.sort("a", "b").iter_rows():
        times_later, ordered = max(a_later, b_later), a_later + b_later
        # P(X >= k) of a fair coin thrown n times is the incomplete beta function I(1/2; k, n-k+1)
        if not ordered or 2 * betainc(times_later, ordered - times_later + 1, 0.5) > ONE_WAY:
            continue
        leader, follower, lag_ms = (a, b, later) if b_later > a_later else (b, a, -earlier)
        found.append(
            Following(
                leader=names[leader],
                follower=names[follower],
                times=times_later,
                of=of,
                seconds=lag_ms / 1000,
            )
        )
    return tuple(sorted(found, key=lambda f: (-f.times, f.leader, f.follower)))
