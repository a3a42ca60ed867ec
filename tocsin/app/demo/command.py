"""``tocsin demo``: an invented valley, served on this machine, crawled and analysed by the real stages, shown in the dashboard."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import App
from tocsin.core.errors import Abort, ConfigError
from tocsin.core.plugins import resolve
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    from tocsin.app.demo.world.server import Server

DEFAULT_HOME = Path("tocsin-demo")
RECORD = "demo_world.json"
TRUTH = "demo_truth.json"
STAGES = (
    ("crawl", "reading feeds, sites and posts"),
    ("enrich", "languages, names, embeddings, copies"),
    ("analyse", "networks and signals"),
)
SETTINGS = """\
# The workspace of `tocsin demo`. Everybody in it is invented, so accounts are shown as they are.
[privacy]
pseudonymise = false
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
    """Play a bilingual sample world through every stage and open the dashboard. Offline; nothing in it is real.

    Lives in ./tocsin-demo unless --home or TOCSIN_HOME says otherwise. Started again, it shows what is there.
    """
    from tocsin.app.demo.world.server import Server
    from tocsin.app.demo.world.world import build

    app: App = ctx.obj
    if (
        ctx.parent is not None
        and ctx.parent.params.get("home") is None
        and not os.environ.get("TOCSIN_HOME")
    ):
        app = App(DEFAULT_HOME, app.as_json)
    workspace = app.workspace
    if not build_only:
        resolve("dashboard.server:check_port")(
            port or workspace.settings.dashboard.port
        )  # now, and not after the minute that follows
    record = _record(workspace, days)
    started = time.monotonic()
    world = build(datetime.fromisoformat(record["end"]), record["days"], record["seed"])
    _say(
        f"The valley of the Ondrelle: {len(world.statuses)} posts, {len(world.accounts)} accounts, {len(world.pages)} articles (all invented)"
    )
    try:
        server = Server(world, record["port"])
    except OSError:
        if not record["ready"]:
            raise ConfigError(
                f"port {record['port']}, where the demo's sites live, is taken; free it, or delete {app.home} to begin anew"
            ) from None
        _say(
            f"port {record['port']} is taken, so links to the demo's own pages lead nowhere this time"
        )
        _show(ctx, app, port, no_browser, build_only, started)
        return
    with server:
        if not record["ready"]:
            _prepare(workspace, server, record, world.truth)
            for number, (stage, what) in enumerate(STAGES, start=1):
                _say(f"{number}/{len(STAGES)} {stage}: {what}")
                _run(app, stage)
            _write(workspace, RECORD, record | {"ready": True})
        else:
            _say(f"{app.home} holds this world already; delete it to begin anew")
        _show(ctx, app, port, no_browser, build_only, started)


def _record(workspace: Workspace, days: int) -> dict[str, Any]:
    """What was decided at the first start: the world's end, its seed and its port, so that a stopped demo goes on with the same world.

    Raises:
        ConfigError: the folder holds another workspace, or a damaged record.
    """
    from tocsin.app.demo.world.world import SEED

    path = workspace.file(RECORD)
    if path.exists():
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            datetime.fromisoformat(record["end"])
            if not all(isinstance(record[key], int) for key in ("days", "seed", "port", "ready")):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise ConfigError(f"{path} is damaged; delete {workspace.home} to begin anew") from None
        return record
    if (workspace.home / "index.sqlite").exists() or (workspace.home / "tocsin.toml").exists():
        raise ConfigError(
            f"{workspace.home} is a workspace of your own; the demo wants a folder to itself: --home FOLDER"
        )
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
    _write(workspace, TRUTH, truth)
    workspace.file("tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    for name, text in server.sources().items():
        workspace.file(f"sources/{name}.toml").write_text(text, encoding="utf-8")
    _write(workspace, RECORD, record)


def _write(workspace: Workspace, name: str, document: dict[str, Any]) -> None:
    path = workspace.file(name)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(
        json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    temporary.replace(path)


def _run(app: App, stage: str) -> None:
    """One command of Tocsin in a process of its own, as a person would start it.

    Raises:
        Abort: it did not end well; it has said why.
    """
    words = [
        sys.executable,
        "-P",
        "-m",
        "tocsin",
        "--home",
        str(app.home),
        *(["--json"] if app.as_json else []),
        stage,
    ]
    process = subprocess.Popen(words, stdout=sys.stderr if app.as_json else None)  # noqa: S603
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    if code:
        raise Abort(
            f"the demo stopped at `tocsin {stage}`; mend what it said and start the demo again, it goes on from there"
        )


def _show(
    ctx: click.Context,
    app: App,
    port: int | None,
    no_browser: bool,
    build_only: bool,
    started: float,
) -> None:
    _say(f"ready after {time.monotonic() - started:.0f} s")
    if build_only:
        document = {
            "home": str(app.home),
            "truth": str(app.home / TRUTH),
            "seconds": round(time.monotonic() - started, 1),
        }
        app.answer(
            document,
            lambda console: console.print(
                f"Next: tocsin --home {app.home} dashboard", markup=False, highlight=False
            ),
        )
        return
    from tocsin.app.cli import COMMANDS

    command: click.Command = resolve(COMMANDS["dashboard"][0])
    arguments = [
        *(["--port", str(port)] if port else []),
        *(["--no-browser"] if no_browser else []),
    ]
    fresh = App(app.home, app.as_json)  # its settings were written after this one read them
    with command.make_context("dashboard", arguments, parent=ctx.parent, obj=fresh) as inner:
        command.invoke(inner)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
