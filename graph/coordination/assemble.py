"""From numbers to findings: evidence rows, members, clusters, edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from graph.coordination.acts import labels
from graph.coordination.communities import LEAST_MEMBERS, Pair, degrees, layout, stable_names
from graph.coordination.evidence import edge_rows, event_rows, meetings
from graph.coordination.explanations import Case, explain
from graph.coordination.grouping import Cast
from graph.coordination.pair_tests import Joined
from tocsin.core.findings import Cluster, Edge, Evidence, Explanation, Member, Method, Tested

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
    made = _Assembly(compared, cast, method, before, marks)
    clusters = tuple(made.cluster(number) for number in range(len(made.groups)))
    tested = Tested(
        id="coordination", method=method, accounts=people, pairs=pairs_tested, windows=tuple(w // 1000 for w in compared.windows_ms),
        signals=tuple(method.parameters["signals"]), expected_false_accounts=_expected_false(clusters, cast, made.groups),
        data_as_of=_moment(int(posts.times[-1])) if len(posts) else None, since=_moment(int(posts.times[0])) if len(posts) else None,
        until=_moment(int(posts.times[-1])) if len(posts) else None, caveats=_caveats(compared, method),
    )  # fmt: skip
    return tested, clusters, tuple(made.edges())


class _Assembly:
    """What findings of one analysis are made from, looked up once for all clusters."""

    def __init__(
        self,
        compared: Joined,
        cast: Cast,
        method: Method,
        before: Mapping[str, Sequence[str]],
        marks: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.compared, self.cast, self.method, self.marks = compared, cast, method, marks
        posts = compared.posts
        self.names: list[str] = posts.accounts.to_list()
        rate, seed = (
            float(method.parameters["false_discovery_rate"]),
            int(method.parameters["seed"]),
        )
        found = meetings(compared, self._members(), rate)
        # a group is shown by what its members did: one without a telling act is none
        shown = set(found.filter("telling")["group"].to_list())
        self.groups = [g for k, g in enumerate(self._members()) if k in shown]
        self.ids = stable_names([[self.names[a] for a in g] for g in self.groups], before)
        self.number = {a: k for k, group in enumerate(self.groups) for a in group}
        everything = (
            found if len(shown) == len(self._members()) else meetings(compared, self.groups, rate)
        )
        self.met = everything.filter("telling")
        self.crowds = dict(
            everything.filter(~pl.col("telling"))
            .group_by("group")
            .agg(pl.col("key").n_unique())
            .iter_rows()
        )
        self.pace = dict(
            self.met.group_by("group").agg(pl.col("apart").median() / 1000).iter_rows()
        )
        self.events = event_rows(compared, self.met)
        self.weights = self._weights()
        self.spots = layout(self.groups, self.weights, seed)
        handles = (
            posts.frame.filter(pl.col("account").is_in(list(self.number)))
            .select("account", "handle")
            .drop_nulls()
        )
        self.handles = dict(
            handles.unique("account", keep="first", maintain_order=True).iter_rows()
        )
        self.written = np.bincount(posts.account, minlength=len(self.names))

    def _members(self) -> list[list[int]]:
        """Groups without benign accounts, largest first."""
        inside: dict[int, list[int]] = {}
        for account in np.flatnonzero(self.cast.home >= 0).tolist():
            if _mark(self.marks, self.names[account]) != "benign":
                inside.setdefault(int(self.cast.home[account]), []).append(account)
        return sorted(
            (g for g in inside.values() if len(g) >= LEAST_MEMBERS), key=lambda g: (-len(g), g)
        )

    def _weights(self) -> list[dict[Pair, float]]:
        """By group, the cosine of two accounts' doings: things shared over the root of the product of both counts."""
        both = pl.concat([self.met.select("key", account="a"), self.met.select("key", account="b")])
        did = dict(both.group_by("account").agg(pl.col("key").n_unique()).iter_rows())
        shared = {
            (a, b): n
            for a, b, n in self.met.group_by("a", "b").agg(pl.col("key").n_unique()).iter_rows()
        }
        made: list[dict[Pair, float]] = [{} for _ in self.groups]
        for a, b in self.cast.edges.select("a", "b").iter_rows():
            if a in self.number and b in self.number:
                weight = shared.get((a, b), 0) / max(1.0, (did.get(a, 1) * did.get(b, 1)) ** 0.5)
                made[self.number[a]][a, b] = round(min(1.0, weight), 6)
        return made

    def edges(self) -> list[Edge]:
        """The pairs inside groups, with their posts."""
        rows = edge_rows(
            self.compared,
            self.met.join(self.cast.edges.select("a", "b"), on=["a", "b"], how="semi"),
        )
        made = []
        for a, b, p, q in self.cast.edges.select("a", "b", "p", "q").sort("a", "b").iter_rows():
            if a not in self.number or b not in self.number or (a, b) not in rows:
                continue
            evidence, signals = rows[a, b]
            one, two, group = self.names[a], self.names[b], self.number[a]
            made.append(
                Edge(
                    id=f"{one}|{two}", a=one, b=two, cluster=self.ids[group], signals=signals, weight=self.weights[group][a, b],
                    p_value=p, q_value=q, method=self.method, evidence=evidence,
                )
            )  # fmt: skip
        return made

    def cluster(self, number: int) -> Cluster:
        """One group as a finding."""
        posts, group, name, events = (
            self.compared.posts,
            self.groups[number],
            self.ids[number],
            self.events[number],
        )
        rows = sorted({p for event in events["posts"].to_list() for p in event})
        used = posts.frame[rows]
        output = (int(self.written[group].sum()) - len(rows)) / max(1, len(posts) - len(rows))
        pace, crowds = float(self.pace.get(number, 0.0)), int(self.crowds.get(number, 0))
        readings = explain(
            Case(len(group), events, crowds, pace, output, used, posts.resolution_ms)
        )
        mark = _mark(self.marks, name)
        status = (
            "cleared"
            if mark == "benign"
            else ("explained" if any(r.fits for r in readings) else "flagged")
        )
        strength = events.group_by("signal").len().sort("len", "signal", descending=[True, False])
        return Cluster(
            id=name, status=status, accounts=self._accounts(number, used), signals=tuple(strength["signal"].to_list()),
            q_value=max(self.cast.q.get(a, 1.0) for a in group), p_value=max(self.cast.p.get(a, 1.0) for a in group),
            first_at=_moment(int(posts.times[rows[0]])), last_at=_moment(int(posts.times[rows[-1]])), innocent_explanations=readings,
            because=_because(len(group), strength, events, readings), posts=len(rows), mark=mark, method=self.method,
            evidence=self._evidence(events), caveats=CAVEATS,
        )  # fmt: skip

    def _accounts(self, number: int, used: pl.DataFrame) -> tuple[Member, ...]:
        level, acted = (
            degrees(self.groups[number], self.weights[number]),
            dict(used.group_by("account").len().iter_rows()),
        )
        members = [
            Member(
                id=self.names[a],
                handle=self.handles.get(a),
                degree=level[a],
                posts=acted.get(a, 0),
                x=self.spots[a][0],
                y=self.spots[a][1],
            )
            for a in self.groups[number]
        ]
        return tuple(sorted(members, key=lambda m: (-m.degree, m.id)))

    def _evidence(self, events: pl.DataFrame) -> tuple[Evidence, ...]:
        shown = events.select("signal", "object", "posts", "accounts", "apart").head(
            CLUSTER_EVIDENCE
        )
        ids = iter(self.compared.posts.ids.gather(shown["posts"].explode()).to_list())
        return tuple(
            Evidence(
                signal=signal,
                object=thing,
                posts=tuple(islice(ids, len(mine))),
                accounts=tuple(self.names[a] for a in who),
                seconds_apart=apart,
            )
            for signal, thing, mine, who, apart in shown.iter_rows()
        )


def _because(
    members: int, strength: pl.DataFrame, events: pl.DataFrame, readings: Sequence[Explanation]
) -> str:
    said = labels(strength["signal"].to_list())
    parts = [f"{said[signal]} ({n})" for signal, n in strength.iter_rows()]
    typical = events["apart"].median()
    fitting = [r.kind.replace("_", " ") for r in readings if r.fits]
    sentence = f"coordinated beyond chance because {members} accounts {', '.join(parts)}, typically {_span(float(str(typical or 0.0)))} from first to last"
    return sentence + (f"; explained by: {', '.join(fitting)}" if fitting else "")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _expected_false(
    clusters: Sequence[Cluster], cast: Cast, groups: Sequence[Sequence[int]]
) -> float:
    """q of the weakest flagged account times the flagged: what the procedure lets pass by chance."""
    flagged = [
        a
        for cluster, group in zip(clusters, groups, strict=True)
        if cluster.status == "flagged"
        for a in group
    ]
    return max((cast.q.get(a, 1.0) for a in flagged), default=0.0) * len(flagged)


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
