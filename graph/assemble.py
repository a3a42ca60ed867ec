"""From numbers to findings: evidence rows, members, clusters, edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graph.acts import labels
from graph.casting import Cast
from graph.clusters import Pair, degrees, layout, stable_names
from graph.evidence import edge_rows, event_rows, meetings
from graph.explanations import Case, explain
from tocsin.findings import Cluster, Edge, Evidence, Explanation, Member, Method, Tested

if TYPE_CHECKING:
    from graph.coordination import Joined

CLUSTER_EVIDENCE = 200
"""Evidence rows kept per cluster; the edges hold the rest."""
CAVEATS = (
    "coordinated beyond chance does not say by whom, nor whether it is wrong",
    "the null model knows activity, crowds and bursts, not shared taste inside a small circle",
)


def build(
    compared: Joined,
    cast: Cast,
    method: Method,
    people: int,
    pairs_tested: int,
    before: Mapping[str, Sequence[str]],
    marks: Mapping[str, Mapping[str, Any]],
) -> tuple[Tested, tuple[Cluster, ...], tuple[Edge, ...]]:
    """The findings. Accounts an analyst marked benign are left out of clusters; a cluster marked benign is cleared."""
    posts = compared.posts
    names = posts.accounts.to_list()
    benign = {a for a in np.flatnonzero(cast.home >= 0).tolist() if _mark(marks, names[a]) == "benign"}
    groups = [[a for a in np.flatnonzero(cast.home == g).tolist() if a not in benign] for g in range(cast.groups)]
    groups = sorted((g for g in groups if len(g) >= 3), key=lambda g: (-len(g), g))
    ids = stable_names([[names[a] for a in g] for g in groups], before)
    everything = meetings(compared, groups, float(method.parameters["false_discovery_rate"]))
    met = everything.filter("telling")
    weights = _weights(cast.edges, met)
    spots = layout(groups, weights, int(method.parameters["seed"]))
    edges = _edges(compared, cast, groups, ids, met, weights, names, method)
    clusters = []
    for number, group in enumerate(groups):
        mine = met.filter(pl.col("group") == number)
        events = event_rows(compared, mine)
        pace = float(str(mine["apart"].median() or 0)) / 1000
        crowds = everything.filter((pl.col("group") == number) & ~pl.col("telling"))["key"].n_unique()
        clusters.append(_cluster(compared, cast, group, ids[number], events, crowds, pace, weights, spots, method, marks, names))
    tested = Tested(
        id="coordination", method=method, accounts=people, pairs=pairs_tested, windows=tuple(w // 1000 for w in compared.windows_ms),
        signals=tuple(method.parameters["signals"]), expected_false_accounts=_expected_false(clusters, cast, groups),
        data_as_of=_moment(int(posts.times[-1])) if len(posts) else None, since=_moment(int(posts.times[0])) if len(posts) else None,
        until=_moment(int(posts.times[-1])) if len(posts) else None, caveats=_caveats(compared, method),
    )  # fmt: skip
    return tested, tuple(clusters), tuple(edges)


def _weights(edges: pl.DataFrame, met: pl.DataFrame) -> dict[Pair, float]:
    """Cosine of two accounts' doings inside their group: things shared over the root of the product of both counts."""
    both = pl.concat([met.select("group", "key", account="a"), met.select("group", "key", account="b")])
    did = dict(both.group_by("account").agg(pl.col("key").n_unique()).iter_rows())
    shared = {(a, b): n for a, b, n in met.group_by("a", "b").agg(pl.col("key").n_unique()).iter_rows()}
    made = {}
    for a, b in zip(edges["a"].to_list(), edges["b"].to_list(), strict=True):
        made[a, b] = round(min(1.0, shared.get((a, b), 0) / max(1.0, (did.get(a, 1) * did.get(b, 1)) ** 0.5)), 6)
    return made


def _edges(
    compared: Joined, cast: Cast, groups: Sequence[Sequence[int]], ids: Sequence[str], met: pl.DataFrame, weights: Mapping[Pair, float],
    names: Sequence[str], method: Method,
) -> list[Edge]:  # fmt: skip
    number = {a: k for k, group in enumerate(groups) for a in group}
    rows = edge_rows(compared, met)
    made = []
    for a, b, p, q in cast.edges.select("a", "b", "p", "q").sort("a", "b").iter_rows():
        if a not in number or b not in number or not rows.get((a, b)):
            continue
        evidence, signals = rows[a, b]
        made.append(
            Edge(
                id=f"{names[a]}|{names[b]}", a=names[a], b=names[b], cluster=ids[number[a]], signals=signals, weight=weights[a, b],
                p_value=p, q_value=q, method=method, evidence=evidence,
            )
        )  # fmt: skip
    return made


def _cluster(
    compared: Joined, cast: Cast, group: Sequence[int], name: str, events: pl.DataFrame, crowds: int, pace: float, weights: Mapping[Pair, float],
    spots: Mapping[int, tuple[float, float]], method: Method, marks: Mapping[str, Mapping[str, Any]], names: Sequence[str],
) -> Cluster:  # fmt: skip
    posts = compared.posts
    rows = sorted({p for event in events["posts"].to_list() for p in event})
    used = posts.frame[rows]
    written = int(np.isin(posts.account, group).sum()) - len(rows)
    output = written / max(1, len(posts) - len(rows))
    readings = explain(Case(len(group), events, crowds, pace, output, used, posts.resolution_ms))
    mark = _mark(marks, name)
    status = "cleared" if mark == "benign" else ("explained" if any(r.fits for r in readings) else "flagged")
    level = degrees(group, weights)
    handles = dict(
        posts.frame.select("account", "handle")
        .drop_nulls()
        .unique("account", keep="first", maintain_order=True)
        .filter(pl.col("account").is_in(list(group)))
        .iter_rows()
    )
    acted = dict(used.group_by("account").len().iter_rows())
    members = [
        Member(id=names[a], handle=handles.get(a), degree=level[a], posts=acted.get(a, 0), x=spots[a][0], y=spots[a][1]) for a in group
    ]
    strength = events.group_by("signal").len().sort("len", "signal", descending=[True, False])
    signals = tuple(strength["signal"].to_list())
    evidence = tuple(
        Evidence(
            signal=signal, object=thing, posts=tuple(posts.ids[p] for p in sorted(mine)), accounts=tuple(names[a] for a in sorted(who)),
            seconds_apart=apart,
        )
        for signal, thing, mine, who, apart in events.select("signal", "object", "posts", "accounts", "apart").head(CLUSTER_EVIDENCE).iter_rows()
    )  # fmt: skip
    return Cluster(
        id=name, status=status, accounts=tuple(sorted(members, key=lambda m: (-m.degree, m.id))), signals=signals,
        q_value=max(cast.q.get(a, 1.0) for a in group), p_value=max(cast.p.get(a, 1.0) for a in group),
        first_at=_moment(int(posts.times[rows[0]])), last_at=_moment(int(posts.times[rows[-1]])), innocent_explanations=readings,
        because=_because(len(group), strength, events, readings), posts=len(rows), mark=mark, method=method, evidence=evidence, caveats=CAVEATS,
    )  # fmt: skip


def _because(members: int, strength: pl.DataFrame, events: pl.DataFrame, readings: Sequence[Explanation]) -> str:
    said = labels(strength["signal"].to_list())
    parts = [f"{said[signal]} ({n})" for signal, n in strength.iter_rows()]
    typical = events["apart"].median()
    fitting = [r.kind.replace("_", " ") for r in readings if r.fits]
    sentence = f"coordinated beyond chance because {members} accounts {', '.join(parts)}, typically {_span(float(str(typical or 0.0)))} from first to last"
    return sentence + (f"; explained by: {', '.join(fitting)}" if fitting else "")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _expected_false(clusters: Sequence[Cluster], cast: Cast, groups: Sequence[Sequence[int]]) -> float:
    """q of the weakest flagged account times the flagged: what the procedure lets pass by chance."""
    flagged = [a for cluster, group in zip(clusters, groups, strict=True) if cluster.status == "flagged" for a in group]
    return round(max((cast.q.get(a, 1.0) for a in flagged), default=0.0) * len(flagged), 6)


def _caveats(compared: Joined, method: Method) -> tuple[str, ...]:
    said = []
    if not compared.windows_ms:
        said.append("times are too coarse for every window: nothing was tested")
    elif len(compared.windows_ms) < len(method.parameters["windows"]):
        said.append("windows finer than the times are written were left out")
    return tuple(said)


def _mark(marks: Mapping[str, Mapping[str, Any]], subject: str) -> str | None:
    found = marks.get(subject, {}).get("mark")
    return str(found) if found else None


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
