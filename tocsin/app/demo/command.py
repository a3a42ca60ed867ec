"""``tocsin demo``: an invented valley, crawled and analysed by the real stages.

It is served on this machine and shown in the dashboard.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.documents import document_id
from tocsin.core.errors import Abort, ConfigError
from tocsin.core.files import write_text_atomically
from tocsin.core.messages import Message
from tocsin.core.plugins import resolve
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.app.demo.world.server import Server

DEFAULT_HOME = Path("tocsin-demo")
RECORD = "demo_world.json"
TRUTH = "demo_truth.json"
STAGES: dict[str, tuple[str, ...]] = {
    "crawl": (),
    "enrich": (),
    "analyse": (),
    "replay": (),
    "calibrate": ("--draws", "2"),
    "study": ("seal", "demo"),
}
"""Command -> its arguments."""
EXTRAS = ("replay", "calibrate", "study")
"""They fill sections of the screens that would be empty, in seconds; the demo is whole without."""
SILENT = ("replay",)
"""What these say is on a page: the demo's own lines stay readable."""
SETTINGS = """\
# The workspace of `tocsin demo`. Accounts are shown as keyed pseudonyms, as in every new workspace.
# Everybody in it is invented: without the # in front, the next two lines show the names.
# [privacy]
# pseudonymise = false
"""
MONITOR = """\
# Try it on the past: tocsin --home HOME monitor try mirecombe --since 14d
name = "mirecombe"
title = "Mirecombe"
query = "Mirecombe AND (eau OR water)"

[[rules]]
kind = "volume"
every = "6h"

[[rules]]
kind = "new_narrative"

[[rules]]
kind = "new_group"
"""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=None,
    help="Port of the dashboard on 127.0.0.1. [8501]",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option(
    "--days",
    type=click.IntRange(7, 60),
    default=14,
    show_default=True,
    help="How much past the sample world has.",
)
@click.option("--build-only", is_flag=True, help="Make everything, and stop before the dashboard.")
@click.pass_context
def demo(
    ctx: click.Context, port: int | None, no_browser: bool, days: int, build_only: bool
) -> None:
    """Play a bilingual sample world through every stage and open the dashboard.

    Offline; nothing in it is real. It lives in ./tocsin-demo unless --home or TOCSIN_HOME says
    otherwise. Started again, it shows what is there.
    """
    from tocsin.app.demo.world.builder import build_world
    from tocsin.app.demo.world.server import Server

    context: CommandContext = ctx.obj
    if (
        ctx.parent is not None
        and ctx.parent.params.get("home") is None
        and not os.environ.get("TOCSIN_HOME")
    ):
        context = CommandContext(DEFAULT_HOME, context.as_json, context.language)
    workspace = context.workspace
    record = _record(workspace, days)
    dashboard = workspace.settings.dashboard
    if not build_only:
        # now, and not after the minutes that follow
        _check_dashboard(port or dashboard.port, dashboard.address, record)
    started = time.monotonic()
    if record["port"] and not _is_free(record["port"]):
        if not record["ready"]:
            place = {"port": record["port"], "home": str(context.home)}
            raise ConfigError(Message("demo.error.port_taken", place))
        _say(context, "port_taken", port=record["port"])
        _show(ctx, context, port, no_browser, build_only, started)
        return
    world = build_world(datetime.fromisoformat(record["end"]), record["days"], record["seed"])
    _say(
        context,
        "world",
        posts=len(world.statuses),
        accounts=len(world.accounts),
        articles=len(world.pages),
    )
    try:
        server = Server(world, record["port"])
    except OSError:  # taken while the world was made
        place = {"port": record["port"], "home": str(context.home)}
        raise ConfigError(Message("demo.error.port_taken", place)) from None
    with server:
        if not record["ready"]:
            _prepare(workspace, server, record, world.truth)
            for number, (stage, options) in enumerate(STAGES.items(), start=1):
                what = Message(f"demo.{stage}")
                _say(context, "stage", number=number, total=len(STAGES), stage=stage, what=what)
                _run(context, stage, options)
            _write(workspace, RECORD, record | {"ready": True})
        else:
            _say(context, "made_already", home=str(context.home))
        _show(ctx, context, port, no_browser, build_only, started)


def _check_dashboard(port: int, address: str, record: dict[str, Any]) -> None:
    """See that the dashboard can have its port when all is made.

    Raises:
        ConfigError: the port is taken, or is the one of the demo's own sites.
    """
    resolve("dashboard.server:check_port")(port, address)
    if port == record["port"]:
        raise ConfigError(Message("demo.error.port_of_world", {"port": port}))


def _is_free(port: int) -> bool:
    """Whether the demo's sites can be served on a port, asked before anything is built."""
    from tocsin.app.demo.world.server import HOST

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _record(workspace: Workspace, days: int) -> dict[str, Any]:
    """What was decided at the first start: the end of the world's time, its seed and its port.

    So a demo that was stopped goes on with the same world.

    Raises:
        ConfigError: the folder holds another workspace, or a damaged record.
    """
    from tocsin.app.demo.world.builder import SEED

    path = workspace.file(RECORD)
    if path.exists():
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            datetime.fromisoformat(record["end"])
            if not all(isinstance(record[key], int) for key in ("days", "seed", "port", "ready")):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            place = {"path": str(path), "home": str(workspace.home)}
            raise ConfigError(Message("demo.error.damaged", place)) from None
        return record
    if (workspace.home / "index.sqlite").exists() or (workspace.home / "tocsin.toml").exists():
        raise ConfigError(Message("demo.error.own_workspace", {"home": str(workspace.home)}))
    return {
        "end": datetime.now(UTC).replace(second=0, microsecond=0).isoformat(),
        "days": days,
        "seed": SEED,
        "port": 0,
        "ready": False,
    }


def _prepare(
    workspace: Workspace, server: Server, record: dict[str, Any], truth: dict[str, Any]
) -> None:
    record["port"] = server.port
    _write(workspace, TRUTH, _as_shown(workspace, truth))
    workspace.file("tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    workspace.file("monitors/mirecombe.toml").write_text(MONITOR, encoding="utf-8")
    for name, text in server.sources().items():
        workspace.file(f"sources/{name}.toml").write_text(text, encoding="utf-8")
    _write(workspace, RECORD, record)


def _as_shown(workspace: Workspace, truth: dict[str, Any]) -> dict[str, Any]:
    """The planted truth with the accounts as answers show them; ``accounts`` says who they are."""
    from index.privacy import pseudonyms

    people, who = pseudonyms(workspace), dict[str, str]()
    if not people.enabled:
        return truth

    def shown(accounts: Sequence[str]) -> list[str]:
        named = {people.pseudonym(document_id("mastodon", one)): one for one in accounts}
        who.update(named)
        return sorted(named)

    groups = {
        kind: {name: shown(accounts) for name, accounts in truth[kind].items()}
        for kind in ("campaigns", "innocent")
    }
    return truth | groups | {"accounts": dict(sorted(who.items()))}


def _write(workspace: Workspace, name: str, document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    write_text_atomically(workspace.file(name), text)


def _run(context: CommandContext, stage: str, arguments: Sequence[str]) -> None:
    """One command of Tocsin in a process of its own, as a person would start it.

    Raises:
        Abort: it did not end well; it has said why.
    """
    options = ["--home", str(context.home), *_options(context)]
    command = [sys.executable, "-P", "-m", "tocsin", *options, stage, *arguments]
    said = sys.stderr if context.as_json else None
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL if stage in SILENT else said
    )
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    if code and stage not in EXTRAS:
        raise Abort(Message("demo.error.stopped", {"stage": stage}))


def _options(context: CommandContext) -> list[str]:
    """The global options of this call, for the commands that it starts."""
    language = ["--lang", context.language] if context.language else []
    return [*language, *(["--json"] if context.as_json else [])]


def _show(
    ctx: click.Context,
    context: CommandContext,
    port: int | None,
    no_browser: bool,
    build_only: bool,
    started: float,
) -> None:
    seconds = time.monotonic() - started
    _say(context, "ready", seconds=round(seconds))
    if build_only:
        from index.exports.about import names_kind, setting_sentence

        # its settings were written after this call had read them
        pseudonymised = Workspace(context.home).settings.privacy.pseudonymise
        document = {
            "home": str(context.home),
            "names": names_kind(pseudonymised),
            "truth": str(context.home / TRUTH),
            "seconds": round(seconds, 1),
        }
        following = Message("demo.next", {"home": str(context.home)})
        names = setting_sentence(pseudonymised)
        context.answer(document, lambda _: context.write(names, following))
        return
    from tocsin.app.cli import COMMANDS

    command: click.Command = resolve(COMMANDS["dashboard"][0])
    arguments = [
        *(["--port", str(port)] if port else []),
        *(["--no-browser"] if no_browser else []),
    ]
    # a new one: its settings were written after this one had read them
    fresh = CommandContext(context.home, context.as_json, context.language)
    with command.make_context("dashboard", arguments, parent=ctx.parent, obj=fresh) as inner:
        command.invoke(inner)


def _say(context: CommandContext, sentence: str, **parameters: Any) -> None:
    """Tell on stderr how far the demo is."""
    click.echo(context.say(Message(f"demo.{sentence}", parameters)), err=True)
