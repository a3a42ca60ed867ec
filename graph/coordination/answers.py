"""What ``tocsin clusters`` answers: docs/command_line.md holds the shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.directory import platform_of
from tocsin.core.calibration.stated import measured_false_accounts
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import (
    Cluster,
    Edge,
    Evidence,
    Explanation,
    LeftOut,
    Member,
    Structure,
    Tested,
    rfc3339,
)
from tocsin.core.groups.traits import Trait
from tocsin.core.messages import Message
from tocsin.core.shared_objects import describe_signal, evidence_why, object_text

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

SHAPES = {"pairs": "pair", "stars": "star", "chains": "chain"}
"""Key of the document -> shape of the structures under it."""
_AT_ONCE = 1_000
"""Documents looked up at once."""


def about_tested(tested: Tested) -> dict[str, Any]:
    """What was tested, and how: ``method tested expected_false_accounts caveats``."""
    return {
        "method": {
            "name": tested.method.name,
            "version": tested.method.version,
            "parameters": dict(tested.method.parameters),
        },
        "tested": {
            "accounts": tested.accounts,
            "pairs": tested.pairs,
            "windows": list(tested.windows),
            "signals": list(tested.signals),
            "tocsin_version": tested.tocsin_version or None,
            "input_sha256": tested.input_sha256 or None,
        },
        "expected_false_accounts": tested.expected_false_accounts,
        "caveats": list(tested.caveats),
    }


def answer(
    index: Index,
    people: Pseudonyms,
    cluster_id: str | None = None,
    *,
    with_edges: bool = False,
    calibration: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The published clusters under the marks of now, or one of them.

    Accounts are shown as `index.privacy` says. ``calibration``: the newest of the workspace.

    Raises:
        ConfigError: there is no analysis yet, or no cluster of that id.
    """
    tested = tested_of(index)
    marks = index.marks()
    published = [
        c
        for kind in ("cluster", "structure")
        for c in index.findings(kind)
        if isinstance(c, Cluster)
    ]
    if cluster_id is not None:
        published = [cluster for cluster in published if cluster.answers_to(cluster_id)]
        if not published:
            raise ConfigError(Message("fault.clusters.unknown", {"cluster_id": cluster_id}))
    # read once: who left by a mark is told from the published members
    clusters = [cluster.under(marks) for cluster in published]
    members = {cluster.id: cluster.accounts for cluster in published}
    view = _View(tested, people, marks)
    told = about_tested(tested)
    document: dict[str, Any] = {
        "run_id": index.generation("cluster"),
        "method": told.pop("method"),
        "data_as_of": rfc3339(tested.data_as_of) if tested.data_as_of else None,
        **told,
        "measured_false_accounts": measured_false_accounts(calibration, tested),
        "left_out": [view.left_out(part) for part in tested.left_out],
        "clusters": [
            view.cluster(cluster, members[cluster.id])
            for cluster in clusters
            if not isinstance(cluster, Structure)
        ],
    }
    for key, shape in SHAPES.items():
        document[key] = [
            view.structure(found, members[found.id])
            for found in clusters
            if isinstance(found, Structure) and found.shape == shape
        ]
    if with_edges:
        edges = _edges_between_members(index, clusters)
        times = _publication_times(index, edges)
        for cluster in (c for key in ("clusters", *SHAPES) for c in document[key]):
            of_cluster = (edge for edge in edges if edge.cluster == cluster["id"])
            cluster["edges"] = [view.edge(edge, times) for edge in of_cluster]
    return document


def tested_of(index: Index) -> Tested:
    """What the published analysis tested.

    Raises:
        ConfigError: there is no analysis yet.
    """
    for finding in index.findings("tested"):
        if isinstance(finding, Tested):
            return finding
    raise ConfigError(Message("fault.clusters.none"))


@dataclass(frozen=True)
class _View:
    """How findings are shown as JSON: what was tested, who is who, who is marked."""

    tested: Tested
    people: Pseudonyms
    marks: Mapping[str, Mapping[str, Any]]

    def left_out(self, part: LeftOut) -> dict[str, Any]:
        return {
            "reason": part.reason,
            "posts": part.posts,
            "accounts": part.accounts,
            "bursts": part.bursts,
            "largest": [
                {
                    "signal": crowd.signal,
                    "object": object_text(crowd.object, crowd.object_kind, self.people.mentioned),
                    "accounts": crowd.accounts,
                    "bursts": crowd.bursts,
                }
                for crowd in part.largest
            ],
        }

    def cluster(self, cluster: Cluster, published: Sequence[Member]) -> dict[str, Any]:
        staying = {member.id for member in cluster.accounts}
        return {
            "id": cluster.id,
            "name": cluster.subject,
            "status": cluster.status,
            "mark": cluster.mark,
            "accounts": [self._account(member) for member in cluster.accounts],
            "cleared_accounts": [self._account(m) for m in published if m.id not in staying],
            "signals": list(cluster.signals),
            "p_value": cluster.p_value,
            "q_value": cluster.q_value,
            "first_at": rfc3339(cluster.first_at) if cluster.first_at else None,
            "last_at": rfc3339(cluster.last_at) if cluster.last_at else None,
            "posts": cluster.posts,
            "because": cluster.because,
            "innocent_explanations": [_explanation(e) for e in cluster.innocent_explanations],
            "traits": [trait_row(trait) for trait in cluster.traits],
            "evidence": [self._evidence(row) for row in cluster.evidence],
            "caveats": list(cluster.caveats),
        }

    def structure(self, found: Structure, published: Sequence[Member]) -> dict[str, Any]:
        staying = {member.id for member in found.accounts}
        return self.cluster(found, published) | {
            "shape": found.shape,
            "hub": self.people.account(found.hub) if found.hub in staying else None,
            "following": [
                {
                    "leader": self.people.account(pair.leader),
                    "follower": self.people.account(pair.follower),
                    "times": pair.times,
                    "of": pair.of,
                    "median_seconds": pair.seconds,
                }
                for pair in found.following
                if {pair.leader, pair.follower} <= staying
            ],
        }

    def edge(self, edge: Edge, times: Mapping[str, str]) -> dict[str, Any]:
        return {
            "a": self.people.account(edge.a),
            "b": self.people.account(edge.b),
            "signals": dict(edge.signals),
            "weight": edge.weight,
            "p_value": edge.p_value,
            "q_value": edge.q_value,
            "evidence": [
                self._evidence(row) | {"published_at": [times.get(post) for post in row.posts]}
                for row in edge.evidence
            ],
        }

    def _account(self, member: Member) -> dict[str, Any]:
        return {
            "id": self.people.account(member.id),
            "handle": self.people.handle(member.handle, member.id),
            "platform": platform_of(member.id),
            "degree": member.degree,
            "posts": member.posts,
            "x": member.x,
            "y": member.y,
            "mark": self.marks.get(member.id, {}).get("mark"),
        }

    def _evidence(self, row: Evidence) -> dict[str, Any]:
        kind = describe_signal(self.tested, row.signal).object_kind
        return {
            "signal": row.signal,
            "object": object_text(row.object, kind, self.people.mentioned),
            "posts": [native_id(post) for post in row.posts],
            "seconds_apart": row.seconds_apart,
            "step_seconds": row.step_seconds,
            "why": evidence_why(row, self.tested),
        }


def trait_row(trait: Trait) -> dict[str, Any]:
    """A trait of a group's accounts as JSON; the words name no date, name or text."""
    return {
        "kind": trait.kind,
        "agrees": trait.agrees,
        "n": trait.n,
        "of": trait.of,
        "others": trait.others,
        "share_of_others": trait.share,
        "p_value": trait.p_value,
        "q_value": trait.q_value,
        "because": trait.because,
        "innocent": trait.innocent,
    }


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return {
        "kind": explanation.kind,
        "fits": explanation.fits,
        "fit": explanation.fit,
        "because": explanation.because,
        "refuted_by": explanation.refuted_by,
    }


def _edges_between_members(index: Index, clusters: Iterable[Cluster]) -> list[Edge]:
    """The edges of these clusters, without those of accounts that left by a mark."""
    members = {cluster.id: {m.id for m in cluster.accounts} for cluster in clusters}
    return [
        edge
        for kind in ("edge", "tie")
        for edge in index.findings(kind)
        if isinstance(edge, Edge)
        and edge.cluster is not None
        and {edge.a, edge.b} <= members.get(edge.cluster, set())
    ]


def _publication_times(index: Index, edges: Iterable[Edge]) -> dict[str, str]:
    """Post id -> when it was published, of all posts behind the edges that are still stored."""
    ids = sorted({post for edge in edges for row in edge.evidence for post in row.posts})
    times: dict[str, str] = {}
    for start in range(0, len(ids), _AT_ONCE):
        for document in index.get(ids[start : start + _AT_ONCE]):
            if document is not None and document.published_at:
                times[document.id] = rfc3339(document.published_at)
    return times
