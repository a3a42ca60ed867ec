"""From numbers to findings: evidence rows, members, clusters, edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from graph.coordination.communities import (
    Pair,
    coordination_degrees,
    digest_ids,
    layout,
    stable_names,
)
from graph.coordination.evidence import (
    coarse_step,
    list_coactions,
    list_following,
    summarise_edges,
    summarise_events,
)
from graph.coordination.grouping import LOOSE_P, Grouping
from graph.coordination.pair_tests import PairTests
from graph.coordination.readings import load_readings
from graph.coordination.readings.base import CROWD, GroupEvidence, Reading
from graph.coordination.readings.chance.hours import choices, compare_hours
from graph.coordination.readings.chance.moment_contents import compare_moment_contents
from graph.coordination.readings.chance.results import CHANCE, MomentContents
from graph.coordination.readings.chance.times import compare_times
from graph.coordination.readings.explain import choose_readings, explain
from graph.coordination.structures import Shape, shape_of
from graph.coordination.untested import list_untested
from index.exports.about import tocsin_version
from tocsin.core.findings import (
    Cluster,
    Edge,
    Evidence,
    Explanation,
    Member,
    Method,
    Structure,
    Tested,
    Tie,
)
from tocsin.core.messages import Message
from tocsin.core.shared_objects import less_than_step

Marks = Mapping[str, Mapping[str, Any]]
"""Subject (cluster name or account id) -> ``{"mark": benign | suspect | unsure}``."""

CLUSTER_EVIDENCE = 200
"""Evidence rows kept per cluster; the edges hold the rest."""
GROUPS_OWN = 0.02
"""Part of the members that must take part in an event for it to be the group's own."""
CAVEATS = (Message("caveat.by_whom"), Message("caveat.null_model"))
_MINUTES_FROM = 120
"""Seconds from which a length of time is given in minutes."""


def assemble_findings(
    tests: PairTests,
    grouping: Grouping,
    method: Method,
    accounts: int,
    pairs_tested: int,
    asked_windows: int,
    before: Mapping[str, Sequence[str]],
    marks: Marks,
) -> tuple[Tested, tuple[Cluster, ...], tuple[np.ndarray, ...], tuple[Edge, ...]]:
    """What was tested, the groups and then the pairs, stars and chains, the rows of the posts of
    each, and the edges of both.

    Accounts that an analyst marked benign are left out of clusters. A cluster keeps the engine's
    own verdict, whatever mark it has: `Cluster.under` applies marks where it is read.
    """
    posts = tests.posts
    assembly = _Assembly(tests, grouping, method, before, marks)
    clusters = tuple(assembly.cluster(number) for number in range(len(assembly.groups)))
    first_at = last_at = None
    if len(posts):
        first_at, last_at = _moment(int(posts.times[0])), _moment(int(posts.times[-1]))
    left_out = list_untested(tests, asked_windows)
    tested = Tested(
        id="coordination",
        method=method,
        accounts=accounts,
        pairs=pairs_tested,
        windows=tuple(window // 1000 for window in tests.windows_ms),
        signals=tuple(method.parameters["signals"]),
        expected_false_accounts=_expected_false(clusters, grouping, assembly.groups, marks),
        data_as_of=last_at,
        since=first_at,
        until=last_at,
        caveats=tuple(part.said for part in left_out),
        described=tuple(signal.describe(posts.resolution_ms) for signal in tests.signals.values()),
        left_out=left_out,
        tocsin_version=tocsin_version(),
        input_sha256=posts.sha256 if len(posts) else "",
    )
    rows = tuple(np.array(assembly.rows[number], np.int64) for number in range(len(clusters)))
    return tested, clusters, rows, tuple(assembly.edges())


class _Assembly:
    """What findings of one analysis are made from, looked up once for all clusters.

    Attributes:
        groups: the accounts of each cluster, the largest first, then those of each structure.
        shapes: what each of them is, with the hub of a star.
        ids: their ids.
        lasting_names: what they are called over runs.
        group_of: account -> number of its cluster.
        coactions: informative co-actions inside clusters (`list_coactions`).
        crowd_events: by cluster, bursts that its accounts shared with a crowd of others.
        pace: by cluster, median seconds between the acts of two members.
        events: by cluster, `summarise_events`.
        weights: by cluster, pair -> how much of what they did they did together.
        posts_of: by account, number of its posts.
        hours: by cluster, it beside the others who posted in the same hours.
        times: by cluster, what it shares at any time, and how much of that is near.
        rows: by cluster that is a finding, those of its posts.
        returned: by account of a crowd, the part of the crowd's bursts that it joined.
    """

    def __init__(
        self,
        tests: PairTests,
        grouping: Grouping,
        method: Method,
        before: Mapping[str, Sequence[str]],
        marks: Marks,
    ) -> None:
        self.tests, self.grouping, self.method = tests, grouping, method
        self.rows: dict[int, list[int]] = {}
        posts = tests.posts
        self.names: list[str] = posts.accounts.to_list()
        self.readings: list[Reading] = load_readings()
        self.rate = rate = float(method.parameters["false_discovery_rate"])
        self.strong = grouping.edges.filter(pl.col("loose") <= max(LOOSE_P))
        candidates = self._members(marks)
        listed = list_coactions(tests, candidates, rate, grouping.crowds)
        # a group is shown by what its members did: one without an informative act is not a group
        shown = set(listed.filter("informative")["group"].to_list())
        self.groups = [group for number, group in enumerate(candidates) if number in shown]
        self.shapes = self._shapes(self.groups)
        members = [[self.names[a] for a in group] for group in self.groups]
        self.ids = digest_ids(members)
        self.lasting_names = stable_names(members, before)
        self.group_of = {a: number for number, group in enumerate(self.groups) for a in group}
        if len(shown) != len(candidates):
            listed = list_coactions(tests, self.groups, rate, grouping.crowds)
        self.coactions = listed.filter("informative")
        # what the group itself fills is no crowd's: of a burst, the others must outnumber it
        self.crowd_events = {
            group: bursts.filter(pl.col("outsiders") >= max(CROWD, len(self.groups[group]))).height
            for group, bursts in summarise_events(
                tests, listed.filter(~pl.col("informative"))
            ).items()
        }
        pace = self.coactions.group_by("group").agg(pl.col("apart").median() / 1000)
        self.pace = dict(pace.iter_rows())
        self.events = summarise_events(tests, self.coactions)
        self.weights = self._pair_weights()
        self.returned = {
            account: round(joins / len(crowd.bursts), 6)
            for crowd in grouping.crowds
            for account, joins in zip(crowd.members.tolist(), crowd.joins.tolist(), strict=True)
        }
        self.hours = compare_hours(
            posts, tests.families, self.groups, self.coactions, grouping.crowds
        )
        self.times = compare_times(posts, tests.families, self.groups, tests.windows_ms)
        self.positions = layout(self.groups, self.weights, int(method.parameters["seed"]))
        handles = posts.frame.select("account", "handle").drop_nulls()
        of_members = handles.filter(pl.col("account").is_in(list(self.group_of)))
        first = of_members.unique("account", keep="first", maintain_order=True)
        self.handles = dict(first.iter_rows())
        self.posts_of = np.bincount(posts.account, minlength=len(self.names))

    def _members(self, marks: Marks) -> list[list[int]]:
        """Groups without benign accounts, largest first, then pairs, stars and chains."""
        members: dict[int, list[int]] = {}
        for account in np.flatnonzero(self.grouping.group_of >= 0).tolist():
            if marks.get(self.names[account], {}).get("mark") != "benign":
                members.setdefault(int(self.grouping.group_of[account]), []).append(account)
        several = sorted(group for group in members.values() if len(group) > 1)
        shapes = self._shapes(several)
        order = sorted(
            range(len(several)),
            key=lambda k: (shapes[k][0] != "group", -len(several[k]), several[k]),
        )
        return [several[k] for k in order]

    def _shapes(self, groups: Sequence[Sequence[int]]) -> list[tuple[Shape, int | None]]:
        group_of = np.full(len(self.names), -1, dtype=np.int64)
        for number, group in enumerate(groups):
            group_of[list(group)] = number
        a, b, q, loose = (self.strong[name].to_numpy() for name in ("a", "b", "q", "loose"))
        of_pair, size = group_of[a], np.array([len(group) for group in groups], dtype=float)
        inside = np.flatnonzero((of_pair >= 0) & (of_pair == group_of[b]))
        # beside the pairs that hold it together, so many might make a star seem a group
        others = np.maximum(1.0, (size - 1) * (size - 2) / 2)[of_pair[inside]]
        enough = (q[inside] <= self.rate) | (loose[inside] * others <= max(LOOSE_P))
        kept = inside[enough]
        strong: list[list[Pair]] = [[] for _ in groups]
        pairs_of = zip(of_pair[kept].tolist(), a[kept].tolist(), b[kept].tolist(), strict=True)
        for number, one, other in pairs_of:
            strong[number].append((one, other))
        return [shape_of(group, pairs) for group, pairs in zip(groups, strong, strict=True)]

    def _pair_weights(self) -> list[dict[Pair, float]]:
        """By group, the cosine of what two accounts did.

        Things shared over the root of the product of both counts.
        """
        sides = [self.coactions.select("key", account=side) for side in ("a", "b")]
        by_account = pl.concat(sides).group_by("account").agg(pl.col("key").n_unique())
        total = dict(by_account.iter_rows())
        by_pair = self.coactions.group_by("a", "b").agg(pl.col("key").n_unique())
        shared = {(a, b): number for a, b, number in by_pair.iter_rows()}
        weights: list[dict[Pair, float]] = [{} for _ in self.groups]
        for a, b in self.grouping.edges.select("a", "b").iter_rows():
            if a in self.group_of and b in self.group_of:
                root = (total.get(a, 1) * total.get(b, 1)) ** 0.5
                weight = shared.get((a, b), 0) / max(1.0, root)
                weights[self.group_of[a]][a, b] = round(min(1.0, weight), 6)
        return weights

    def edges(self) -> list[Edge]:
        """The pairs inside groups, with their posts."""
        table = self.grouping.edges.select("a", "b", "p", "q").sort("a", "b")
        of_edges = self.coactions.join(table.select("a", "b"), on=["a", "b"], how="semi")
        by_pair = summarise_edges(self.tests, of_edges)
        edges = []
        for a, b, p, q in table.iter_rows():
            if a not in self.group_of or b not in self.group_of or (a, b) not in by_pair:
                continue
            evidence, signals = by_pair[a, b]
            group = self.group_of[a]
            kind = Edge if self.shapes[group][0] == "group" else Tie
            edges.append(
                kind(
                    id=f"{self.names[a]}|{self.names[b]}",
                    a=self.names[a],
                    b=self.names[b],
                    cluster=self.ids[group],
                    signals=signals,
                    weight=self.weights[group][a, b],
                    p_value=p,
                    q_value=q,
                    method=self.method,
                    evidence=evidence,
                )
            )
        return edges

    def cluster(self, number: int) -> Cluster:
        """One group as a finding."""
        posts, group, events = self.tests.posts, self.groups[number], self.events[number]
        rows = events["posts"].explode().unique().sort().to_list()
        self.rows[number] = rows
        used = posts.frame[rows]
        explanations = self._explain(number, events, used)
        by_signal = events.group_by("signal").agg(pl.len(), pl.col("object").n_unique())
        by_signal = by_signal.sort("len", "signal", descending=[True, False])
        objects = dict(by_signal.select("signal", "object").iter_rows())
        fitting = any(explanation.fits for explanation in explanations)
        cluster = Cluster(
            id=self.ids[number],
            name=self.lasting_names[number],
            status="explained" if fitting else "flagged",
            accounts=self._accounts(number, used),
            signals=tuple(objects),
            q_value=max(self.grouping.q.get(a, 1.0) for a in group),
            p_value=max(self.grouping.p.get(a, 1.0) for a in group),
            first_at=_moment(int(posts.times[rows[0]])),
            last_at=_moment(int(posts.times[rows[-1]])),
            innocent_explanations=explanations,
            because=self._because(number, objects, explanations),
            posts=len(rows),
            post_ids=tuple(posts.ids.gather(rows).to_list()),
            objects=objects,
            method=self.method,
            evidence=self._evidence(events),
            caveats=CAVEATS,
        )
        shape, hub = self.shapes[number]
        if shape == "group":
            return cluster
        of_group = self.coactions.filter(pl.col("group") == number)
        return Structure(
            **{field.name: getattr(cluster, field.name) for field in fields(cluster)},
            shape=shape,
            hub=None if hub is None else self.names[hub],
            following=list_following(self.tests, of_group),
        )

    def _explain(
        self, number: int, events: pl.DataFrame, used: pl.DataFrame
    ) -> tuple[Explanation, ...]:
        """The innocent readings of a group; ``used`` are the posts of its events."""
        posts, group = self.tests.posts, self.groups[number]
        events = _of_the_group(events, len(group))
        used = used.filter(pl.col("post").is_in(events["posts"].explode().implode()))
        written = int(self.posts_of[group].sum())
        evidence = GroupEvidence(
            members=len(group),
            events=events,
            crowd_events=int(self.crowd_events.get(number, 0)),
            pace=float(self.pace.get(number, 0.0)),
            output=(written - used.height) / max(1, len(posts) - used.height),
            posts=used.with_columns(carries=pl.Series(self.tests.acting[used["post"].to_numpy()])),
            resolution_ms=posts.resolution_ms,
            hours=self.hours[number],
            carrying=self._carrying(number, events),
            times=self.times[number],
        )
        readings = choose_readings(self.readings, self.tests.signals.values(), evidence)
        return tuple(explain(reading, evidence) for reading in readings)

    def _carrying(self, number: int, events: pl.DataFrame) -> MomentContents:
        """What the posts of a group carry, where its moments, and the hours, may explain it."""
        moments = events.filter(pl.col("object_kind") == "time").height
        price = choices(len(self.groups[number]))
        if 4 * moments <= events.height or self.hours[number].p * price <= CHANCE:
            return MomentContents()
        rows = events["posts"].explode().unique().to_numpy()
        return compare_moment_contents(self.tests.posts, self.tests.acting, rows)

    def _accounts(self, number: int, used: pl.DataFrame) -> tuple[Member, ...]:
        degrees = self._degrees(number)
        posts = dict(used.group_by("account").len().iter_rows())
        members = [
            Member(
                id=self.names[a],
                handle=self.handles.get(a),
                degree=degrees[a],
                posts=posts.get(a, 0),
                x=self.positions[a][0],
                y=self.positions[a][1],
            )
            for a in self.groups[number]
        ]
        return tuple(sorted(members, key=lambda m: (-m.degree, m.id)))

    def _degrees(self, number: int) -> Mapping[int, float]:
        """Of a group the 2-core number; where there is no core, each account's strongest tie."""
        weights = self.weights[number]
        if self.shapes[number][0] == "group":
            degrees = coordination_degrees(self.groups[number], weights)
            # of a crowd, whose pairs are not compared, the part of its bursts that one joined
            return {a: max(degree, self.returned.get(a, 0.0)) for a, degree in degrees.items()}
        return {
            account: max((w for pair, w in weights.items() if account in pair), default=0.0)
            for account in self.groups[number]
        }

    def _evidence(self, events: pl.DataFrame) -> tuple[Evidence, ...]:
        columns = ("signal", "object", "posts", "accounts", "told_apart", "step")
        shown = events.select(columns).head(CLUSTER_EVIDENCE)
        # all posts are looked up at once, then assigned to their rows
        ids = iter(self.tests.posts.ids.gather(shown["posts"].explode()).to_list())
        return tuple(
            Evidence(
                signal=signal,
                object=shared,
                posts=tuple(islice(ids, len(rows))),
                accounts=tuple(self.names[a] for a in accounts),
                seconds_apart=apart / 1000,
                step_seconds=coarse_step(step),
            )
            for signal, shared, rows, accounts, apart, step in shown.iter_rows()
        )

    def _because(
        self, number: int, objects: Mapping[str, int], explanations: Sequence[Explanation]
    ) -> Message:
        """What the accounts did, how near in time, and which innocent readings fit."""
        signals, events = self.tests.signals, self.events[number]
        steps = dict(events.group_by("signal").agg(_usual_step()).iter_rows())
        usual = self.tests.posts.resolution_ms
        parts = [
            Message(
                "coordinated.part",
                {"what": signals[name].label_at(steps.get(name, usual)), "n": count},
            )
            for name, count in objects.items()
        ]
        median = float(str(events["told_apart"].median() or 0.0))
        near = events.filter(pl.col("told_apart") <= median)
        because = Message(
            "coordinated.because",
            {
                "n": len(self.groups[number]),
                "parts": parts,
                "span": _span(median / 1000, int(near.select(_usual_step()).item() or usual)),
            },
        )
        fitting = {explanation.kind for explanation in explanations if explanation.fits}
        if not fitting:
            return because
        known = {reading.name: reading.phrase for reading in self.readings}
        phrases = [known.get(e.kind, e.label) for e in explanations if e.kind in fitting]
        return Message("coordinated.explained", {"because": because, "readings": phrases})


def _of_the_group(events: pl.DataFrame, members: int) -> pl.DataFrame:
    """The events in which enough members take part to be the group's, where they are most of it.

    What two of five hundred did besides says nothing of why the others came.
    """
    taking_part = events["accounts"].list.len()
    enough = taking_part >= GROUPS_OWN * members
    if 2 * int(taking_part.filter(enough).sum()) < int(taking_part.sum()):
        return events
    return events.filter(enough)


def _usual_step() -> pl.Expr:
    """The step (ms) in which the times of half of the events, or more, are written."""
    return pl.col("step").quantile(0.5, "higher").cast(pl.Int64)


def _span(seconds: float, step_ms: int) -> Message:
    if (less := less_than_step(seconds, step_ms // 1000)) is not None:
        return less
    if seconds < _MINUTES_FROM:
        return Message("coordinated.seconds", {"value": seconds})
    return Message("coordinated.minutes", {"value": seconds / 60})


def _expected_false(
    clusters: Sequence[Cluster], grouping: Grouping, groups: Sequence[Sequence[int]], marks: Marks
) -> float:
    """q of the weakest flagged account times the flagged: what the procedure lets pass by chance.

    Flagged is what is so under the marks at the time of the analysis.
    """
    flagged = [
        account
        for cluster, group in zip(clusters, groups, strict=True)
        if cluster.under(marks).status == "flagged"
        for account in group
    ]
    return max((grouping.q.get(a, 1.0) for a in flagged), default=0.0) * len(flagged)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
