"""``tocsin coordinated FILE``: groups in any table of shares, or in posts of any format, without a
workspace. The reading is that of ``tocsin import``, the analysis that of ``tocsin analyse``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.plugins import resolve

if TYPE_CHECKING:
    from tocsin.app.share_files import FilesRead
    from tocsin.core.findings import Tested

ACCOUNTS_SHOWN = 12
"""Accounts of a group that its row names; `--json` and `--out` have all."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="The column of object, account, time, content (the post) or kind (of object).",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for CSV, GEXF and JSON.")
@click.option("--format", "format_", default="auto", help="As of import. [auto]")
@click.option("--platform", help="As of import: where the shares were made.")
@click.option(
    "--dates",
    type=click.Choice(["day-first", "month-first"]),
    help="What comes first in dates such as 03/04/2026. [decided by evidence, and said]",
)
@click.option(
    "--window",
    "windows",
    multiple=True,
    type=click.IntRange(1, 31_536_000),
    help="Seconds within which two shares count as together; may be given several times. "
    "[graph.windows]",
)
@click.option(
    "--min-objects",
    type=click.IntRange(2),
    help="Distinct objects two accounts must share. [graph.min_objects]",
)
@click.option(
    "--false-discovery-rate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Expected share of false positives among the flagged. [graph.false_discovery_rate]",
)
@click.option("--seed", type=int, help="Of every random draw. [graph.seed]")
@click.option(
    "--calibrate",
    "draws",
    type=click.IntRange(0, 200),
    default=0,
    show_default=True,
    help="Draws in which what was shared in each hour, and then all times, are permuted, to "
    "measure how many of the flagged accounts are there by chance; each takes twice as long as the "
    "analysis.",
)
@click.pass_obj
def coordinated(
    context: CommandContext,
    /,
    files: tuple[str, ...],
    pairs: tuple[str, ...],
    out: Path | None,
    format_: str,
    platform: str | None,
    dates: str | None,
    draws: int,
    **changes: Any,
) -> None:
    """Groups of accounts that shared the same things together, in a table of any tool.

    A row says who shared what, when: an object (an address, the id of a post, the hash of a
    picture, a text, anything), an account, a time. Columns are recognised by their names,
    CooRTweet's among them; files of posts that `import` knows are read, too. Nothing is stored.
    """
    from crawlers.importing.file_reader import ImportOptions
    from tocsin.app.share_files import PLATFORM, FilesRead, choose_columns, read_shares

    roles = _roles(pairs)
    settings = _settings(context, changes)
    options = ImportOptions(
        format=format_,
        platform=platform or PLATFORM,
        dates=dates,
        choose=lambda name, rows: choose_columns(name, rows, roles),
    )
    read = FilesRead()
    posts = read_shares(files, options, roles, read)
    if not posts.posts.height:
        raise ConfigError(_nothing(files, posts.left_out, read))
    found = resolve("graph.shares.library:analyse_shares")(
        posts, read.columns, settings, calibrate=draws
    )
    accounts = int(posts.posts["author"].drop_nulls().n_unique())
    document = _document(context, found, read)
    short: dict[str, Any] = document
    if out is not None:
        from index.exports.tables import Dialect
        from tocsin.core.language.words import terminal_language

        language = context.language or terminal_language(
            context.workspace.settings.language, os.environ
        )
        written = resolve("graph.shares.files:write_files")(
            found, document, out, Dialect.of(language)
        )
        short = {key: held for key, held in document.items() if key not in ("pairs", "evidence")}
        short |= {"out": str(out), "written": written}
    context.answer(short, lambda _: _print(context, found, read, short, accounts))


def _roles(pairs: Iterable[str]) -> dict[str, str]:
    """Role -> column of ``ROLE=COLUMN`` arguments."""
    from graph.shares.columns import ROLES

    roles: dict[str, str] = {}
    for pair in pairs:
        role, equals, column = pair.partition("=")
        if not equals or not role.strip() or not column:
            raise ConfigError(Message("shares.error.map", {"pair": repr(pair)}))
        if role.strip() not in ROLES:
            shown = {"role": role.strip(), "roles": list(ROLES)}
            raise ConfigError(Message("shares.error.role", shown))
        roles[role.strip()] = column
    return roles


def _settings(context: CommandContext, changes: Mapping[str, Any]) -> Any:
    """The settings of the workspace, where there is one, with those of this call."""
    asked = {key: value for key, value in changes.items() if value not in (None, ())}
    return context.workspace.settings.graph.model_copy(update=asked)


def _document(context: CommandContext, found: Any, read: FilesRead) -> dict[str, Any]:
    """The answer as JSON."""
    objects = resolve("graph.shares.files:objects")
    say = context.say_in_json
    members: dict[str, list[dict[str, Any]]] = {}
    for row in objects(found.members):
        members.setdefault(row.pop("group"), []).append(row)
    shares = found.shares | {"notes": [say(note) for note in found.shares["notes"]]}
    return {
        "names": "real",
        "files": [
            entry | {"notes": [say(note) for note in entry["notes"]]} for entry in read.files
        ],
        "rejected": read.rejected,
        "shares": shares,
        **found.about,
        "caveats": [say(caveat) for caveat in found.about["caveats"]],
        "groups": [
            group | {"accounts": members.get(group["group"], [])} for group in objects(found.groups)
        ],
        "pairs": objects(found.pairs),
        "evidence": objects(found.evidence),
    }


def _nothing(files: Iterable[str], left_out: Mapping[str, int], read: FilesRead) -> Message:
    """Why the files hold no share, as far as is known."""
    named = list(files)
    parts = _left_out(left_out, read)
    if not parts:
        return Message("shares.error.empty", {"n": len(named), "files": named})
    told = {"n": len(named), "files": named, "parts": parts}
    if not read.notes:
        return Message("shares.error.nothing", told)
    return Message("shares.error.nothing_since", told | {"notes": read.notes})


def _left_out(left_out: Mapping[str, int], read: FilesRead) -> list[Message]:
    """How many rows were not used, for each reason."""
    from tocsin.core.language.words import counted

    parts = [counted("shares", name, n) for name, n in left_out.items() if n]
    if read.rejected:
        parts.append(Message("shares.rejected", {"n": read.rejected}))
    return parts


def _nothing_found(tested: Tested) -> Message:
    """That there is no group, or that nothing could be compared."""
    if tested.pairs:
        return Message("shares.nothing_found")
    if any(left.reason == "coarse_times" for left in tested.left_out):
        return Message("shares.nothing_compared")
    return Message("shares.too_few", {"n": tested.method.parameters["min_objects"]})


def _named(accounts: Sequence[str]) -> Message | str:
    """Accounts for the cell of a table: a group may have thousands."""
    more = len(accounts) - ACCOUNTS_SHOWN
    if more <= 1:
        return ", ".join(accounts)
    return Message("shares.many", {"some": ", ".join(accounts[:ACCOUNTS_SHOWN]), "n": more})


def _print(
    context: CommandContext,
    found: Any,
    read: FilesRead,
    document: dict[str, Any],
    accounts: int,
) -> None:
    """What a person is told; ``accounts`` are all that were read."""
    from tocsin.core.calibration.stated import false_accounts_of_shares
    from tocsin.core.findings import Cluster

    tested = found.result.tested
    kinds = [
        Message("shares.kind_count", {"kind": Message(f"shares.kind.{kind}"), "n": number})
        for kind, number in found.shares["kinds"].items()
    ]
    numbers = {
        "n": found.shares["posts"],
        "posts": Message("posts", {"n": found.shares["posts"]}),
        "accounts": Message("accounts", {"n": accounts}),
        "kinds": kinds,
    }
    context.write(Message("shares.read", numbers))
    if left_out := _left_out(found.shares["left_out"], read):
        context.write(Message("shares.left_out", {"parts": left_out}))
    if read.columns:
        columns = [f"{role}={column}" for role, column in read.columns.items()]
        context.write(Message("shares.columns", {"columns": columns}))
    context.write(*read.notes)
    title = {
        "accounts": Message("accounts", {"n": tested.accounts}),
        "pairs": Message("pairs", {"n": tested.pairs}),
        "expected": false_accounts_of_shares(
            tested.expected_false_accounts, found.about["measured_false_accounts"]
        ),
    }
    if document["groups"]:
        context.table(
            Message("shares.title", title),
            [Message(f"shares.column.{name}") for name in
             ("group", "status", "accounts", "posts", "q", "because")],
            [
                (cluster.id, Message(f"status.{cluster.status}"),
                 _named([member.id for member in cluster.accounts]), cluster.posts,
                 Message("shares.q", {"q": cluster.q_value}), cluster.because or "")
                for cluster in found.result.findings()
                if isinstance(cluster, Cluster)
            ],
        )  # fmt: skip
    else:
        context.write(_nothing_found(tested))
    context.write(*(Message("shares.caveat", {"caveat": c}) for c in tested.caveats))
    context.write(Message("shares.names"))
    if "written" in document:
        context.write(
            Message("shares.written", {"out": document["out"], "files": list(document["written"])})
        )
