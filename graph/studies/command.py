"""``tocsin study``: seal an analysis, verify it anywhere, compare two of them."""

from __future__ import annotations

from typing import Any

import click

from index.command_context import CommandContext
from tocsin.core.messages import Message

MAX_SHOWN = 10
"""Posts, accounts or groups of one kind that a person is shown; JSON holds more."""


@click.group()
def study() -> None:
    """Seal an analysis of coordination, so that anybody with the posts can repeat it."""


@study.command()
@click.argument("target", metavar="[FILE_OR_NAME]", default="study")
@click.option("--replace", is_flag=True, help="Replace another study of that name.")
@click.pass_obj
def seal(context: CommandContext, target: str, replace: bool) -> None:
    """Write a manifest of the published analysis: versions, posts, settings, seeds, results.

    A NAME is kept in the folder `studies` of the workspace; a FILE ends in .json or .json.gz.
    """
    from graph.studies.manifest import place_of, write
    from graph.studies.results import groups_of, pairs_of
    from graph.studies.seal import seal_study

    with context.index(must_exist=True) as index:
        data = seal_study(index, context.workspace)
        run_id = index.generation("cluster")
    path = place_of(context.workspace, target)
    is_new = write(path, data, replace=replace)
    groups, pairs = groups_of(data["results"]), pairs_of(data["results"])
    document = {
        "manifest": str(path),
        "seal": data["seal"],
        "run_id": run_id,
        "written": is_new,
        "names": data["names"],
        "posts": data["inputs"]["posts"],
        "accounts": data["inputs"]["accounts"],
        "groups": len(groups),
        "pairs": len(pairs),
        "labels": len(data["labels"]["marks"]),
        "input_sha256": data["inputs"]["sha256"],
        "results_sha256": data["results"]["sha256"],
        "versions": data["versions"],
    }
    said = {
        "file": str(path),
        "posts": Message("posts", {"n": data["inputs"]["posts"]}),
        "groups": Message("study.groups", {"n": len(groups)}),
        "pairs": Message("pairs", {"n": len(pairs)}),
        "seal": data["seal"],
    }
    sentences = [Message("study.sealed" if is_new else "study.sealed_already", said)]
    sentences.append(Message(f"study.names.{data['names']}"))
    context.answer(document, lambda _: context.write(*sentences))


@study.command()
@click.argument("manifest")
@click.pass_obj
def verify(context: CommandContext, manifest: str) -> int:
    """Repeat a sealed study on the posts of this workspace: equal to the byte, or what differs.

    Settings, seeds and marks are those of the manifest. Nothing is written. Ends with 0 where all
    is equal, else with 1.
    """
    from graph.studies.manifest import place_of, read
    from graph.studies.verify import verify_study
    from index.privacy import pseudonyms

    path = place_of(context.workspace, manifest)
    sealed = read(path)
    with context.index(must_exist=True) as index:
        people = pseudonyms(context.workspace, index)
        document = {"manifest": str(path), **verify_study(sealed, index, people)}
    context.answer(document, lambda _: context.write(*_verdict(document)))
    return 0 if document["equal"] else 1


@study.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.pass_obj
def compare(context: CommandContext, first: str, second: str) -> int:
    """What entered, left and changed group from one sealed study to another, and why.

    Ends with 0 where the results are equal, else with 1.
    """
    from graph.studies.compare import compare_manifests
    from graph.studies.manifest import place_of, read

    paths = [place_of(context.workspace, given) for given in (first, second)]
    a, b = map(read, paths)
    document = {
        "a": str(paths[0]),
        "b": str(paths[1]),
        "manifests_whole": [a.is_whole, b.is_whole],
        **compare_manifests(a, b),
    }
    sentences: list[Message] = []
    for path, sealed in zip(paths, (a, b), strict=True):
        if not sealed.is_whole:
            sentences.append(Message("study.not_whole", {"file": str(path)}))
    if document["results"]["equal"]:
        sentences.append(Message("study.same_results"))
    sentences += _differences(document["data"])
    sentences += [
        Message(f"study.{kind}_differ", {"differences": [_difference(d) for d in document[key]]})
        for key, kind in (("settings", "settings"), ("versions", "versions"))
        if document[key]
    ]
    if document["labels_differ"]:
        sentences.append(Message("study.labels_differ"))
    sentences += _moves(document["results"])
    context.answer(document, lambda _: context.write(*sentences))
    return 0 if document["results"]["equal"] else 1


def _verdict(document: dict[str, Any]) -> list[Message]:
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


def _differences(inputs: dict[str, Any]) -> list[Message]:
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


def _moves(results: dict[str, Any]) -> list[Message]:
    """Who entered, left and changed group, with what may have caused it; what else differs."""
    said: list[Message] = []
    for kind in ("entered", "left", "changed_group"):
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


def _cause(cause: dict[str, Any]) -> Message:
    kind = cause["cause"]
    if kind == "data" and cause["own_posts"]:
        return Message("study.cause.own_posts", {"n": cause["own_posts"], "ids": cause["posts"]})
    return Message(f"study.cause.{kind}", {"names": cause.get("names", [])})


def _difference(difference: dict[str, Any]) -> Message:
    a, b = (
        value if value not in (None, "") else "–" for value in (difference["a"], difference["b"])
    )
    return Message("study.difference", {"name": difference["name"], "a": str(a), "b": str(b)})
