"""``tocsin study``: seal an analysis, verify it anywhere, compare two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.messages import Message, decode_message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace


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
    from tocsin.core.studies import sentences

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
    _keep(context, "sealed", document, sentences.sealed(document))


@study.command()
@click.argument("manifest")
@click.pass_obj
def verify(context: CommandContext, manifest: str) -> int:
    """Repeat a sealed study on the posts of this workspace: equal to the byte, or what differs.

    Settings, seeds and marks are those of the manifest. Findings stay as they are; what came out
    is kept with the workspace, for `study list` and the screens. Ends with 0 where all is equal,
    else with 1.
    """
    from graph.studies.manifest import place_of, read
    from graph.studies.verify import verify_study
    from index.privacy import pseudonyms
    from tocsin.core.studies import sentences

    path = place_of(context.workspace, manifest)
    sealed = read(path)
    with context.index(must_exist=True) as index:
        people = pseudonyms(context.workspace, index)
        document = {"manifest": str(path), **verify_study(sealed, index, people)}
    _keep(context, "verified", document, sentences.verified(document))
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
    from tocsin.core.studies import sentences

    paths = [place_of(context.workspace, given) for given in (first, second)]
    a, b = map(read, paths)
    document = {
        "a": str(paths[0]),
        "b": str(paths[1]),
        "manifests_whole": [a.is_whole, b.is_whole],
        "seals": [a.data["seal"], b.data["seal"]],
        **compare_manifests(a, b),
    }
    _keep(context, "compared", document, sentences.compared(document))
    return 0 if document["results"]["equal"] else 1


@study.command("list")
@click.pass_obj
def list_(context: CommandContext) -> None:
    """Studies of this workspace: what is sealed in them, when each was verified, what differed."""
    from graph.studies.listing import list_studies

    document = list_studies(context.workspace)
    context.answer(document, lambda _: _print(context, document))


def answer(workspace: Workspace, index: Index, subject: str) -> dict[str, Any]:  # noqa: ARG001
    """For a screen: the document of ``study list``; messages are coded as in records."""
    from graph.studies.listing import list_studies

    return list_studies(workspace)


def _print(context: CommandContext, document: dict[str, Any]) -> None:
    from tocsin.core.studies.sentences import row_of

    columns = ("name", "posts", "groups", "pairs", "sealed", "verified")
    context.table(
        Message("study.list.title"),
        [Message(f"study.list.{name}") for name in columns],
        [row_of(study) for study in document["studies"]],
    )
    for compared in document["comparisons"]:
        ends = {"a": compared["names"][0], "b": compared["names"][1], "at": compared["at"]}
        context.write(Message("study.list.compared", ends))
        context.write(*map(decode_message, compared["said"]))


def _keep(
    context: CommandContext, kind: str, document: dict[str, Any], said: list[Message]
) -> None:
    """Answer, and keep what came out where there is a workspace: a comparison needs none."""
    from tocsin.core.studies.record import keep

    if context.home.is_dir() and not keep(context.workspace, kind, document, said):
        said = [*said, Message("study.not_kept", {"home": str(context.home)})]
    context.answer(document, lambda _: context.write(*said))
