"""Commands that belong to no room: init, analyse, run, check."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from index.command_context import App, when
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.plugins import resolve

HEALTH = {
    "tocsin": "tocsin.core.runtime.health:checks",
    "index": "index.health:checks",
    "crawlers": "crawlers.health:checks",
    "nlp": "nlp.health:checks",
}
"""Room -> its checks: ``checks(workspace) -> [{"name", "ok", "detail", "advice"}]``."""


@click.command()
@click.pass_obj
def init(app: App) -> None:
    """Make a workspace: a commented tocsin.toml, an example source and an example monitor."""
    from tocsin.app.templates import FILES

    made, kept = [], []
    for name, text in FILES.items():
        path = app.workspace.file(name)
        try:
            with path.open("x", encoding="utf-8") as out:
                out.write(text)
            made.append(str(path))
        except FileExistsError:
            kept.append(str(path))
    document = {"home": str(app.home), "made": made, "kept": kept}
    app.answer(
        document,
        lambda console: console.print(
            _init_words(app.home, made, kept), markup=False, highlight=False
        ),
    )


def _init_words(home: Path, made: list[str], kept: list[str]) -> str:
    lines = [f"made {path}" for path in made] + [
        f"kept {path}, which was there already" for path in kept
    ]
    return "\n".join(
        [*lines, f"Next: tocsin --home {home} import FILE, then enrich, analyse and dashboard."]
    )


@click.command()
@click.option("--since", help="Only posts from this time on: 2026-01-31, RFC 3339, or 7d.")
@click.option("--until", help="Only posts before this time.")
@click.pass_obj
def analyse(app: App, since: str | None, until: str | None) -> None:
    """Networks, clusters, influence, narratives and signals over a window; publishes them as one generation."""
    first, last = when(since, "--since"), when(until, "--until")
    if first and last and first >= last:
        raise ConfigError(f"--since {since} is not before --until {until}")
    from index.analysis import Analysis
    from tocsin.app.pipeline import analyse as analyse_

    with app.index(must_exist=True) as index, app.run("analyse") as run:
        window = resolve("index.base:Window")(first, last)
        index.refresh()
        total = index.count(window=window)
        if not total:
            run.warn("no posts in this window; import or crawl some, or widen --since and --until")
        run.facts["findings"] = analyse_(
            Analysis(index=index, workspace=app.workspace, run=run, since=first, until=last)
        )
        run.count("analysed", total)


@click.command()
@click.option("--every", help="Start again after this long: 15m, 1h. Without it, once.")
@click.pass_context
def run(ctx: click.Context, every: str | None) -> None:
    """Crawl, enrich and analyse: once, or for ever with --every."""
    pause = _seconds(every) if every else None
    app: App = ctx.obj
    while True:
        started = time.monotonic()
        for name in ("crawl", "enrich", "analyse"):
            if name == "crawl" and not any(app.workspace.folder("sources").glob("*.toml")):
                click.echo("no sources configured; going on with what is there", err=True)
                continue
            try:
                _invoke(ctx, name)
            except TocsinError as error:
                # For ever means through a bad hour, too: say it, and come back; a wrong configuration does not mend itself.
                if pause is None or isinstance(error, ConfigError) or "on request" in str(error):
                    raise
                click.echo(f"tocsin: {name}: {error}", err=True)
        if pause is None:
            return
        time.sleep(max(1.0, pause - (time.monotonic() - started)))


def _invoke(ctx: click.Context, name: str) -> None:
    from tocsin.app.cli import COMMANDS

    command: click.Command = resolve(COMMANDS[name][0])
    with command.make_context(name, [], parent=ctx.parent) as inner:
        command.invoke(inner)


def _seconds(text: str) -> float:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    if text[:-1].isdigit() and text[-1] in units and int(text[:-1]):
        return float(int(text[:-1]) * units[text[-1]])
    raise ConfigError(f"--every {text!r} is no period; write 15m, 1h or 1d")


@click.command()
@click.pass_obj
def check(app: App) -> int:
    """Versions, models, index, disk, clock, configuration: what works, and what to do about what does not."""
    rows: list[dict[str, Any]] = []
    for room, name in HEALTH.items():
        try:
            rows += [{"room": room, **row} for row in resolve(name)(app.workspace)]
        except (TocsinError, ImportError, OSError) as error:
            rows.append(
                {
                    "room": room,
                    "name": room,
                    "ok": False,
                    "detail": str(error),
                    "advice": "mend this and run `tocsin check` again",
                }
            )
    fine = all(row["ok"] for row in rows)
    app.answer({"ok": fine, "checks": rows}, lambda _: _check_table(app, rows))
    return 0 if fine else 1


def _check_table(app: App, rows: list[dict[str, Any]]) -> None:
    app.table(
        "tocsin check",
        ("", "what", "found", "what to do"),
        [("ok" if r["ok"] else "NO", r["name"], r["detail"], r["advice"]) for r in rows],
    )
