"""What accounts shared: how its signal is described, how it is shown, how much there was.

Terminal, exports and screens read these here, so that they agree, and so that a signal that another
package brings appears in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tocsin.core.documents import native_id
from tocsin.core.findings import Cluster, Edge, Evidence, SignalDescription, Tested
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message, local, plain

IDENTIFIERS = frozenset({"post", "text"})
"""Kinds of objects that are ids of documents or of copy groups, ``platform:native``."""
_SECONDS = {"caveat.step.minute": 60, "caveat.step.hour": 3_600}
"""The steps in which times are written, as `LeftOut` says them."""
_LESS_THAN = {60: "time.same_minute", 3_600: "time.same_hour"}
_WITHIN = {60: "time.in_one_minute", 3_600: "time.in_one_hour"}


def describe_signal(tested: Tested | None, signal: str) -> SignalDescription:
    """A signal as the analysis described it; of an analysis that did not, what its name says."""
    for description in tested.described if tested else ():
        if description.name == signal:
            return description
    readable = signal.replace("_", " ").replace("-", " ")
    known = ENGLISH.has(f"signal_label.{signal}")
    return SignalDescription(
        name=signal,
        family=signal,
        object_kind="",
        specificity=0,
        label=Message(f"signal_label.{signal}") if known else plain(readable),
        objects=Message(f"object.{signal}") if known else local(en=f"{{n}} {readable}"),
    )


def signal_title(tested: Tested | None, signal: str) -> Message:
    """A signal as a heading names it: "reposts of the same posts"; else what was done."""
    if ENGLISH.has(f"signal.{signal}"):
        return Message(f"signal.{signal}")
    return describe_signal(tested, signal).label


def evidence_label(evidence: Evidence, tested: Tested | None) -> Message:
    """What was done, no finer than the times of the posts are written."""
    in_minutes = f"signal_label.{evidence.signal}_minutes"
    if evidence.step_seconds and ENGLISH.has(in_minutes):
        return Message(in_minutes)
    return describe_signal(tested, evidence.signal).label


def evidence_why(evidence: Evidence, tested: Tested | None) -> Message:
    """Why posts are evidence: what the finding says, else what was done and how near in time."""
    if evidence.why is not None:
        return evidence.why
    parameters = {"what": evidence_label(evidence, tested), "posts": len(evidence.posts)}
    if evidence.seconds_apart is None:
        return Message("evidence.why", parameters)
    if (span := in_one_step(evidence, tested)) is not None:
        return Message("evidence.why_near", parameters | {"span": span})
    return Message("evidence.why_apart", parameters | {"seconds": evidence.seconds_apart})


def in_one_step(evidence: Evidence, tested: Tested | None) -> Message | None:
    """ "in the same minute", where times are written to the minute, and these are in the same one.

    None where they lie further apart, or are written to the second.
    """
    step = _step(evidence.step_seconds, tested)
    near = evidence.seconds_apart is not None and evidence.seconds_apart < step
    return Message(_WITHIN[step]) if near and step in _WITHIN else None


def within_one_step(
    seconds: float, tested: Tested | None, step_seconds: float | None = None
) -> Message | None:
    """`less_than_step` of these times (`Evidence.step_seconds`), or of those that a run had, as far
    as it says it."""
    return less_than_step(seconds, _step(step_seconds, tested))


def _step(step_seconds: float | None, tested: Tested | None) -> int:
    """The step of times in seconds; 0 where nothing says it."""
    if step_seconds:
        return int(step_seconds)
    for left in tested.left_out if tested else ():
        step = left.said.parameters.get("step")
        if left.reason == "coarse_windows" and isinstance(step, Message):
            return _SECONDS.get(step.code, 0)
    return 0


def less_than_step(seconds: float, step: int) -> Message | None:
    """ "less than a minute", where times are written to the minute, and these are in the same one.

    None where they lie further apart, or the times (in steps of so many seconds) are finer.
    """
    return Message(_LESS_THAN[step]) if step in _LESS_THAN and seconds < step else None


def object_text(
    shared: str, object_kind: str, name_account: Callable[[str], str] = native_id
) -> str:
    """An object as programs and plain text show it: ids without their platform, all else as it is.

    Args:
        shared: the object.
        object_kind: of its signal's description.
        name_account: how an account (``platform:handle``) is shown: `Pseudonyms.mentioned`.
    """
    if object_kind == "account":
        return name_account(shared)
    return native_id(shared) if object_kind in IDENTIFIERS else shared


def merge_evidence(cluster: Cluster, edges: Iterable[Edge] = ()) -> list[Evidence]:
    """Every shared object of a cluster once, those that join most accounts first.

    Evidence of one object from the cluster and several edges is united; ``seconds_apart`` is then
    the smallest that was seen, with the step of its times.
    """
    return unite((*cluster.evidence, *evidence_of(edges)))


def evidence_of(edges: Iterable[Edge]) -> Iterator[Evidence]:
    """What the pairs of accounts shared, with both accounts."""
    for edge in edges:
        for item in edge.evidence:
            yield item if item.accounts else replace(item, accounts=(edge.a, edge.b))


def unite(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Every shared object once, as `merge_evidence`."""
    merged: dict[tuple[str, str], Evidence] = {}
    for item in evidence:
        key = (item.signal, item.object)
        before = merged.get(key)
        if before is None:
            merged[key] = item
            continue
        apart = [e for e in (before, item) if e.seconds_apart is not None]
        # of two as near, the one whose times say less
        nearest = min(apart, key=_nearness, default=before)
        merged[key] = replace(
            before,
            posts=tuple(dict.fromkeys(before.posts + item.posts)),
            accounts=tuple(dict.fromkeys(before.accounts + item.accounts)),
            seconds_apart=nearest.seconds_apart,
            step_seconds=nearest.step_seconds,
            why=before.why or item.why,
        )
    return sorted(
        merged.values(), key=lambda e: (-len(e.accounts), -len(e.posts), e.signal, e.object)
    )


def _nearness(evidence: Evidence) -> tuple[float, float]:
    return evidence.seconds_apart or 0.0, -(evidence.step_seconds or 0.0)


def count_objects(cluster: Cluster, edges: Iterable[Edge] = ()) -> dict[str, int]:
    """Signal -> distinct objects that the accounts shared by it, most first: the one count.

    The engine counts all of them; the evidence that is kept may hold fewer, and is counted only
    where an analysis published no counts.
    """
    counts = dict(cluster.objects)
    if not counts:
        for item in merge_evidence(cluster, edges):
            counts[item.signal] = counts.get(item.signal, 0) + 1
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
