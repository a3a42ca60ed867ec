"""The pairs, stars and chains of the report, after the groups: who hangs together by pairs."""

from __future__ import annotations

from collections.abc import Iterator

from graph.exports.coordination_results import ReportedGroup
from graph.exports.phrases import duration, listed
from graph.exports.report_data import ReportData
from graph.exports.report_groups import group_blocks
from tocsin.core.findings import Cluster, Following, Structure
from tocsin.core.messages import Message
from tocsin.core.shared_objects import count_objects

MAX_FOLLOWING = 10


def structures_section(data: ReportData) -> Iterator[str]:
    """The most significant ones, flagged before explained, and how many are not shown."""
    shown, left_out = data.structures, data.structures_left_out
    yield data.say("report.structures.heading")
    yield data.say("report.structures.introduction" if shown else "report.none")
    for found in shown:
        structure = found.cluster
        assert isinstance(structure, Structure)
        heading = data.say(
            "report.structures.title",
            shape=Message(f"report.structures.shape.{structure.shape}"),
            id=data.prose(structure.id),
            accounts=Message("accounts", {"n": len(structure.accounts)}),
            status=_status(found),
        )
        yield from group_blocks(found, data, heading, _facts(structure, data))
    if left_out:
        yield data.say("report.structures.more", n=left_out)


def _status(found: ReportedGroup) -> Message:
    """Flagged, or what it is explained by; French says it of a pair otherwise than of a group."""
    if found.cluster.status == "flagged":
        return Message("report.structures.flagged")
    return Message("report.structures.explained_by", {"names": listed(found.explained_by)})


def _facts(structure: Structure, data: ReportData) -> list[str]:
    """What the accounts shared, who is the hub, and who acts after whom."""
    facts = [data.say("report.structures.objects", objects=_objects(structure, data))]
    staying = {member.id for member in structure.accounts}
    if structure.hub in staying:
        facts.append(data.say("report.structures.hub", account=data.account(str(structure.hub))))
    pairs = [p for p in structure.following if {p.leader, p.follower} <= staying]
    if pairs:
        told = "; ".join(_following(pair, data) for pair in pairs[:MAX_FOLLOWING])
        left_out = len(pairs) - MAX_FOLLOWING
        more = data.say("report.and_more", n=left_out) if left_out > 0 else ""
        facts.append(data.say("report.structures.following", pairs=told, more=more))
    return facts


def _objects(cluster: Cluster, data: ReportData) -> str:
    """``25 pages, 3 hashtags``, each as its signal says it."""
    counted = (
        data.prose(data.results.signal(name).objects.filled(n=number))
        for name, number in count_objects(cluster).items()
    )
    return ", ".join(counted)


def _following(pair: Following, data: ReportData) -> str:
    return data.say(
        "report.structures.after",
        follower=data.account(pair.follower),
        leader=data.account(pair.leader),
        times=pair.times,
        of=pair.of,
        lag=duration(pair.seconds),
    )
