"""Sealed studies, verified and compared, in words: the same in the terminal and on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.core.messages import Message, decode_message

MAX_SHOWN = 10
"""Posts, accounts or groups of one kind that a person is shown; JSON holds more."""
MOVES = ("entered", "left", "changed_group")


def sealed(document: Mapping[str, Any]) -> list[Message]:
    """What a seal holds."""
    said = {
        "file": document["manifest"],
        "posts": Message("posts", {"n": document["posts"]}),
        "groups": Message("study.groups", {"n": document["groups"]}),
        "pairs": Message("pairs", {"n": document["pairs"]}),
        "seal": document["seal"],
    }
    return [
        Message("study.sealed" if document["written"] else "study.sealed_already", said),
        Message(f"study.names.{document['names']}"),
    ]


def compared(document: Mapping[str, Any]) -> list[Message]:
    """What a comparison says to a person."""
    said = [
        Message("study.not_whole", {"file": document[end]})
        for end, is_whole in zip(("a", "b"), document["manifests_whole"], strict=True)
        if not is_whole
    ]
    others = _differences(document["data"])
    others += [
        Message(f"study.{kind}_differ", {"differences": [_difference(d) for d in document[key]]})
        for key, kind in (("settings", "settings"), ("versions", "versions"))
        if document[key]
    ]
    if document["labels_differ"]:
        others.append(Message("study.labels_differ"))
    if document["results"]["equal"]:
        said.append(Message("study.same_results" if others else "study.identical"))
    return said + others + _moves(document["results"])


def moves(results: Mapping[str, Any], most: int) -> Iterator[dict[str, Any]]:
    """Who entered, left or changed group, as rows: kind, account, was, is, and why in words."""
    rows = ((kind, move) for kind in MOVES for move in results[kind])
    for _, (kind, move) in zip(range(most), rows, strict=False):
        names = sorted({name for name in move["account"].values() if name})
        yield {
            "kind": kind,
            "account": " = ".join(names),
            "was": move["was"],
            "is": move["is"],
            "why": [_cause(cause) for cause in move["why"]] or [Message("study.cause.unknown")],
        }


def verified(document: Mapping[str, Any]) -> list[Message]:
    """What a verification says to a person."""
    inputs, results, counts = document["inputs"], document["results"], document["counts"]
    numbers = {
        "posts": Message("posts", {"n": counts["posts"]}),
        "groups": Message("study.groups", {"n": counts["groups"]}),
        "pairs": Message("pairs", {"n": counts["pairs"]}),
        "sha256": results["sha256"]["here"],
    }
    said = [Message("study.equal" if document["equal"] else "study.differs", numbers)]
    if not document["manifest_whole"]:
        said.append(Message("study.not_whole", {"file": document["manifest"]}))
    said += _differences(inputs)
    if inputs["untestable"]:
        said.append(Message("study.untestable", _listed(inputs["untestable"])))
    if inputs["names_differ"] and not inputs["other_profiles"]:
        said.append(Message("study.names_differ"))
    if inputs["copies"] == "sealed":
        said.append(Message("study.copies_sealed"))
    if document["versions"]:
        differences = [_difference(d) for d in document["versions"]]
        said.append(Message("study.versions_differ", {"differences": differences}))
    if document["readings"]:
        said.append(Message("study.readings_differ"))
    if not document["equal"] and results["equal"]:
        said.append(Message("study.same_results"))
    if not results["equal"]:
        said += _moves(results)
    return said


def _differences(inputs: Mapping[str, Any]) -> list[Message]:
    """The posts that differ, kind by kind, and the accounts."""
    profiles = inputs["other_profiles"]
    accounts = [Message("study.other_profiles", _listed(profiles))] if profiles else []
    return accounts + [
        Message(f"study.posts_{kind}", _listed(inputs[kind], inputs["counts"][kind]))
        for kind in ("changed", "other_author", "missing", "added", "other_copies")
        if inputs["counts"][kind]
    ]


def _listed(ids: list[str], number: int | None = None) -> dict[str, Any]:
    every = len(ids) if number is None else number
    shown: list[Any] = list(ids[:MAX_SHOWN])
    if every > MAX_SHOWN:
        shown.append("…")
    return {"n": every, "ids": shown}


def _moves(results: Mapping[str, Any]) -> list[Message]:
    """Who entered, left and changed group, with what may have caused it; what else differs."""
    said: list[Message] = []
    for kind in MOVES:
        for move in results[kind][:MAX_SHOWN]:
            account = {name for name in move["account"].values() if name}
            parameters = {
                "account": " = ".join(sorted(account)),
                "was": move["was"] or "",
                "is": move["is"] or "",
                "why": [_cause(cause) for cause in move["why"]] or Message("study.cause.unknown"),
            }
            said.append(Message(f"study.{kind}", parameters))
        if len(results[kind]) > MAX_SHOWN:
            said.append(Message("study.more", {"n": len(results[kind]) - MAX_SHOWN}))
    if results["groups"]:
        said.append(Message("study.groups_differ", {"n": len(results["groups"])}))
    pairs = results["pairs"]
    if any(pairs.values()):
        said.append(Message("study.pairs_differ", pairs))
    if results["tested"]:
        names = [difference["name"] for difference in results["tested"]]
        said.append(Message("study.tested_differs", {"names": names}))
    return said


def _cause(cause: Mapping[str, Any]) -> Message:
    kind = cause["cause"]
    if kind == "data" and cause["own_posts"]:
        return Message("study.cause.own_posts", {"n": cause["own_posts"], "ids": cause["posts"]})
    return Message(f"study.cause.{kind}", {"names": cause.get("names", [])})


def _difference(difference: Mapping[str, Any]) -> Message:
    a, b = (
        value if value not in (None, "") else "–" for value in (difference["a"], difference["b"])
    )
    return Message("study.difference", {"name": difference["name"], "a": str(a), "b": str(b)})


def row_of(study: Mapping[str, Any]) -> tuple[Any, ...]:
    """A study as a row: name, posts, groups, pairs, when it was written, and its verification."""
    checked = study["verified"]
    outcome = Message("study.list.never")
    if checked:
        verdict = Message("study.list.equal" if checked["equal"] else "study.list.differs")
        outcome = Message("study.list.at", {"verdict": verdict, "at": checked["at"]})
    if "failed" in study:
        return (study["name"], "–", "–", "–", decode_message(study["failed"]), outcome)
    written = Message("study.list.moment", {"at": study["written_at"]})
    numbers = (Message("study.list.number", {"n": study[k]}) for k in ("posts", "groups", "pairs"))
    return (study["name"], *numbers, written, outcome)
