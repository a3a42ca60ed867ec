"""``tocsin network``: the map of a conversation, and what the page Network asks."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

KINDS = ("repost", "reply", "quote", "mention", "coordination")
"""As `graph.conversation.interactions.KINDS`, which loads what ``--help`` does not wait for."""
MAX_ACCOUNTS = 20_000
SHOWN = 10


@click.command()
@click.argument("query", default="")
@click.option(
    "--by",
    type=click.Choice(KINDS),
    default="repost",
    show_default=True,
    help="Who reposts, answers, quotes or mentions whom, or acted together beyond chance.",
)
@click.option("--since", help="Only posts from this time on: 2026-01-31, RFC 3339, or 7d.")
@click.option("--until", help="Only posts before this time.")
@click.option(
    "--without-coordinated",
    is_flag=True,
    help="Leave out accounts that acted together beyond chance.",
)
@click.option(
    "--accounts",
    type=click.IntRange(2, MAX_ACCOUNTS),
    default=2_000,
    show_default=True,
    help="How many accounts the map holds at most; of more, its backbone.",
)
@click.option(
    "--gexf",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the map to a file for Gephi.",
)
@click.pass_obj
def network(
    context: CommandContext,
    query: str,
    by: str,
    since: str | None,
    until: str | None,
    without_coordinated: bool,
    accounts: int,
    path: Path | None,
) -> None:
    """Who interacts with whom: accounts of a conversation, connections, communities and layout.

    QUERY says which posts count; without it all do.
    """
    from graph.conversation.gexf import write_map
    from graph.conversation.network import MapRequest, build_map
    from index.base import Window
    from index.privacy import pseudonyms
    from index.reading.queries import why_nothing
    from tocsin.core.dates import window_options
    from tocsin.core.findings import Narrative

    window = Window(*window_options(since, until))
    asked = MapRequest(by, query, window, without_coordinated, accounts)
    with context.index(must_exist=True) as index:
        people = pseudonyms(context.workspace, index)
        document = build_map(index, people, asked, context.workspace.settings.graph.seed)
        if path is not None:
            try:
                write_map(document, people, path)
            except OSError as error:
                why = system_reason(error)
                raise ConfigError(
                    Message("conversation.cannot_write", {"out": str(path), "why": why})
                ) from None
        document = _as_shown(document, people) | {"file": None if path is None else str(path)}
        nothing = None if document["posts"] else why_nothing(index)
        found = index.findings(Narrative.kind)
        labels = {n.id: n for n in found if isinstance(n, Narrative)}
        not_analysed = by == "coordination" and index.generation("cluster") is None
        for community in document["communities"]:
            if told := community["narrative"]:
                told["label"] = people.finding(labels[told["id"]]).headline(context.words.code)

    advice = "conversation.run_analysis" if not_analysed else "conversation.nobody_text"
    context.answer(document, lambda _: _print(context, document, Message(advice), nothing))


def answer(workspace: Workspace, index: Index, subject: str) -> Mapping[str, Any]:
    """For a screen: the document of the command, accounts under their ids.

    Args:
        subject: JSON: ``by query since until without_coordinated``; with ``gexf`` true the
            answer is ``data``, the bytes of a GEXF file.
    """
    from graph.conversation.gexf import write_map
    from graph.conversation.network import MapRequest, build_map
    from index.base import Window
    from index.privacy import pseudonyms
    from tocsin.core.dates import time_option

    given = json.loads(subject)
    since, until = (time_option(given.get(key), key) for key in ("since", "until"))
    asked = MapRequest(
        given["by"], given["query"], Window(since, until), given["without_coordinated"]
    )
    people = pseudonyms(workspace, index)
    document = build_map(index, people, asked, workspace.settings.graph.seed)
    if not given.get("gexf"):
        return document
    with tempfile.TemporaryDirectory(prefix="tocsin-network-") as folder:
        path = Path(folder) / "network.gexf"
        write_map(document, people, path)
        return {"data": path.read_bytes()}


def _as_shown(document: dict[str, Any], people: Pseudonyms) -> dict[str, Any]:
    """The document with accounts as the workspace shows them."""
    return document | {
        "nodes": [
            node
            | {
                "id": people.account(node["id"]),
                "handle": people.handle(node["handle"], node["id"]),
            }
            for node in document["nodes"]
        ],
        "edges": [
            edge | {end: people.account(edge[end]) for end in ("source", "target")}
            for edge in document["edges"]
        ],
        "communities": [
            one | {"central": [people.account(account) for account in one["central"]]}
            for one in document["communities"]
        ],
    }


def _connections(number: int) -> Message:
    return Message("conversation.connections_found", {"n": number})


def _print(
    context: CommandContext, document: Mapping[str, Any], advice: Message, nothing: Message | None
) -> None:
    """What the map shows, for a person; where it shows nobody, what to do. ``nothing`` is said
    where no post was asked for, None where some were."""
    kind, hidden = document["by"], document["hidden"]
    if nothing is not None:
        context.write(nothing)
    elif not document["nodes"]:
        context.write(Message(f"conversation.nobody.{kind}"), advice)
    else:
        found: dict[str, Any] = {
            "kind": Message(f"conversation.kinds.{kind}"),
            "accounts": Message("accounts", {"n": document["accounts"]}),
            "connections": Message(
                "conversation.connections_found", {"n": document["connections"]}
            ),
        }
        code = "conversation.no_communities"
        if document["communities"]:
            code, n = "conversation.found", len(document["communities"])
            found["communities"] = Message("conversation.communities_found", {"n": n})
        context.write(Message(code, found))
    if hidden["accounts"]:
        shown: dict[str, Any] = {"n": hidden["accounts"], "shown": len(document["nodes"])}
        shown["connections"] = _connections(hidden["connections"])
        context.write(Message("conversation.backbone", shown))
    if document["unresolved"]:
        context.write(Message("conversation.unresolved", {"n": document["unresolved"]}))
    if document["by_name"]:
        context.write(Message("conversation.by_name", {"n": document["by_name"]}))
    context.write(*document["caveats"])
    if document["communities"]:
        context.table(
            Message("conversation.communities"),
            [Message(f"conversation.column.{name}") for name in ("community", *_COLUMNS)],
            [
                (
                    one["id"],
                    one["accounts"],
                    one["flagged"],
                    ", ".join(one["central"]),
                    one["narrative"]["label"] if one["narrative"] else "–",
                )
                for one in document["communities"][:SHOWN]
            ],
        )
    if document["file"]:
        code = "conversation.written" if document["nodes"] else "conversation.written_empty"
        context.write(Message(code, {"out": document["file"]}))


_COLUMNS = ("accounts", "flagged", "central", "narrative")
