"""``tocsin evidence``: the posts behind every pair of accounts, in pages, and why they count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.findings import Edge, Evidence, Tested

_COLUMNS = ("group", "pair", "why", "shared", "posts", "q")


@click.command()
@click.argument("cluster_id", required=False)
@click.option("--limit", default=50, type=click.IntRange(1), show_default=True, help="Rows shown.")
@click.option("--offset", default=0, type=click.IntRange(0), help="Rows left out before them.")
@click.option("--all", "everything", is_flag=True, help="All rows.")
@click.pass_obj
def evidence(
    context: CommandContext, cluster_id: str | None, limit: int, offset: int, everything: bool
) -> None:
    """The posts behind every pair of accounts that acted together, and why they are evidence.

    With an ID only the pairs inside that cluster. Of one pair the nearest in time are kept.
    """
    from graph.coordination.answers import tested_of
    from graph.coordination.evidence import EDGE_EVIDENCE
    from index.exports.about import names_kind, names_sentence
    from index.privacy import pseudonyms

    with context.index(must_exist=True) as index:
        people = pseudonyms(context.workspace, index)
        tested = tested_of(index)
        shown, total, pairs = _page(index, cluster_id, offset, None if everything else limit)
        if cluster_id is not None and not total:
            raise ConfigError(Message("evidence_command.no_cluster", {"id": cluster_id}))
        times = _times(index, shown)
        run_id = index.generation("cluster")
        rows = [_row(edge, item, tested, people, times) for edge, item in shown]
        traits = _traits(index, cluster_id)
    document = {
        "run_id": run_id,
        "total": total,
        "pairs": pairs,
        "offset": offset,
        "kept_per_pair": EDGE_EVIDENCE,
        "names": names_kind(people.enabled),
        "evidence": rows,
        "traits": traits,
    }

    def show(_: Any) -> None:
        counts = {"n": total, "shown": len(rows), "pairs": Message("pairs", {"n": pairs})}
        context.table(
            Message("evidence_command.title", counts | {"from": offset + 1}),
            [Message(f"evidence_command.column.{name}") for name in _COLUMNS],
            [
                (
                    row["cluster"] or "-",
                    f"{row['a']} – {row['b']}",
                    row["why"],
                    row["object"],
                    ", ".join(row["posts"]),
                    "-" if row["q_value"] is None else _q(row["q_value"]),
                )
                for row in rows
            ],
        )
        for trait in traits:
            code = "trait" if trait["agrees"] else "trait_apart"
            context.write(Message(f"evidence_command.{code}", trait | {"q": trait["q_value"]}))
        context.write(
            Message("evidence_command.kept", {"n": EDGE_EVIDENCE}), names_sentence(people.enabled)
        )

    context.answer(document, show)


def _q(value: float) -> Message:
    return Message("clusters_command.cell.tiny", {"value": value})


def _evidence(index: Index, cluster_id: str | None) -> Iterator[tuple[Edge, Evidence]]:
    from index.current import published_pairs
    from tocsin.core.findings import Cluster

    ids = {
        cluster.id
        for kind in ("cluster", "structure")
        for cluster in index.findings(kind)
        if isinstance(cluster, Cluster) and cluster_id and cluster.answers_to(cluster_id)
    }
    for edge in published_pairs(index):
        if cluster_id is None or edge.cluster in ids:
            yield from ((edge, item) for item in edge.evidence)


def _traits(index: Index, cluster_id: str | None) -> list[dict[str, Any]]:
    """How far the accounts of the groups are alike apart from what they did."""
    from graph.coordination.answers import trait_row
    from index.current import current_clusters, current_structures

    return [
        {"cluster": cluster.id, **trait_row(trait)}
        for cluster in (*current_clusters(index), *current_structures(index))
        if cluster_id is None or cluster.answers_to(cluster_id)
        for trait in cluster.traits
    ]


def _page(
    index: Index, cluster_id: str | None, offset: int, limit: int | None
) -> tuple[list[tuple[Edge, Evidence]], int, int]:
    """The rows of a page, and how many rows and pairs there are in all."""
    shown: list[tuple[Edge, Evidence]] = []
    total, pairs, before = 0, 0, ""
    for edge, item in _evidence(index, cluster_id):
        if total >= offset and (limit is None or len(shown) < limit):
            shown.append((edge, item))
        total += 1
        pairs += edge.id != before
        before = edge.id
    return shown, total, pairs


def _times(index: Index, shown: list[tuple[Edge, Evidence]]) -> dict[str, str]:
    """Post -> when it was published, of those that are still stored."""
    from tocsin.core.findings import rfc3339

    ids = sorted({post for _, item in shown for post in item.posts})
    return {
        document.id: rfc3339(document.published_at)
        for start in range(0, len(ids), 1_000)
        for document in index.get(ids[start : start + 1_000])
        if document is not None and document.published_at
    }


def _row(
    edge: Edge, item: Evidence, tested: Tested, people: Pseudonyms, times: dict[str, str]
) -> dict[str, Any]:
    from tocsin.core.documents import native_id
    from tocsin.core.shared_objects import describe_signal, evidence_why, object_text

    kind = describe_signal(tested, item.signal).object_kind
    return {
        "cluster": edge.cluster,
        "a": people.account(edge.a),
        "b": people.account(edge.b),
        "signal": item.signal,
        "object": object_text(item.object, kind, people.mentioned),
        "posts": [native_id(post) for post in item.posts],
        "published_at": [times.get(post) for post in item.posts],
        "accounts": [people.account(account) for account in item.accounts],
        "seconds_apart": item.seconds_apart,
        "step_seconds": item.step_seconds,
        "why": evidence_why(item, tested),
        "weight": edge.weight,
        "p_value": edge.p_value,
        "q_value": edge.q_value,
    }
