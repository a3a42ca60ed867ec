"""Commands that belong to no room: init, analyse, run, check."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import click

from index.command_context import CommandContext
from tocsin.core.dates import window_options
from tocsin.core.errors import ConfigError, Interrupted, TocsinError
from tocsin.core.messages import Message
from tocsin.core.plugins import registered, resolve

HEALTH = {
    "tocsin": "tocsin.core.runtime.health:checks",
    "index": "index.health:checks",
    "crawlers": "crawlers.health:checks",
    "nlp": "nlp.health:checks",
}
"""Room -> its checks: ``checks(workspace) -> [{"name", "ok", "detail", "advice"}]``."""
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command()
@click.pass_obj
def init(context: CommandContext) -> None:
    """Make a workspace: a commented tocsin.toml, an example source and an example monitor."""
    from index.exports.about import names_kind, setting_sentence
    from tocsin.app.templates import FILES

    pseudonymised = context.workspace.settings.privacy.pseudonymise
    made: list[str] = []
    kept: list[str] = []
    for name, text in FILES.items():
        path = context.workspace.file(name)
        try:
            with path.open("x", encoding="utf-8") as out:
                out.write(text)
            made.append(str(path))
        except FileExistsError:
            kept.append(str(path))
    sentences = [
        *(Message("init.made", {"path": path}) for path in made),
        *(Message("init.kept", {"path": path}) for path in kept),
        setting_sentence(pseudonymised),
        Message("init.next", {"home": str(context.home)}),
    ]
    names = names_kind(pseudonymised)
    context.answer(
        {"home": str(context.home), "made": made, "kept": kept, "names": names},
        lambda _: context.write(*sentences),
    )


@click.command()
@click.option("--since", help="Only posts from this time on: 2026-01-31, RFC 3339, or 7d.")
@click.option("--until", help="Only posts before this time.")
@click.pass_obj
def analyse(context: CommandContext, since: str | None, until: str | None) -> int:
    """Networks, clusters, influence, narratives and signals over a window, as one generation."""
    first, last = window_options(since, until)
    from index.analysis import Analysis
    from index.base import Window
    from tocsin.app.pipeline import analyse as run_analysers
    from tocsin.core.findings import rfc3339_or_none

    with context.index(must_exist=True) as index, context.run("analyse") as run:
        index.refresh()
        total = index.count(window=Window(first, last))
        if not total:
            run.warn(Message("analysis.no_posts"))
        outcome = run_analysers(
            Analysis(index=index, workspace=context.workspace, run=run, since=first, until=last)
        )
        run.facts["findings"] = dict(outcome.published)
        run.facts["window"] = {"since": rfc3339_or_none(first), "until": rfc3339_or_none(last)}
        if outcome.failed:
            run.facts["failed"] = dict(outcome.failed)
        run.count("analysed", total)
    return 1 if outcome.failed else 0


@click.command()
@click.option("--every", help="Start again after this long: 15m, 1h. Without it, once.")
@click.pass_context
def run(ctx: click.Context, every: str | None) -> int:
    """Crawl, enrich, analyse, and send the alerts of monitors: once, or for ever with --every."""
    pause = _seconds(every) if every else None
    context: CommandContext = ctx.obj
    while True:
        started = time.monotonic()
        code = 0
        for name in ("crawl", "enrich", "analyse"):
            if name == "crawl" and not any(context.workspace.folder("sources").glob("*.toml")):
                click.echo(context.say(Message("command.no_sources")), err=True)
                continue
            try:
                code = max(code, _invoke(ctx, name))
            except TocsinError as error:
                # For ever means through a bad hour, too: say it, and come back. A wrong
                # configuration does not mend itself, and a person who stops it means it.
                if pause is None or isinstance(error, (ConfigError, Interrupted)):
                    raise
                click.echo(f"tocsin: {name}: {context.say(error.message)}", err=True)
        try:
            code = max(code, _watch(context))
        except TocsinError as error:
            if pause is None or isinstance(error, Interrupted):
                raise
            click.echo(f"tocsin: monitor: {context.say(error.located)}", err=True)
        if pause is None:
            return code
        time.sleep(max(1.0, pause - (time.monotonic() - started)))


def _watch(context: CommandContext) -> int:
    """Check the monitors that are switched on; stdout stays with the runs, as it was."""
    from tocsin.app.monitors.ledger import has_ledger

    if not has_ledger(context.workspace):
        return 0
    from tocsin.app.monitors.commands import watch_round

    document, sentences = watch_round(context)
    for sentence in sentences:
        click.echo(f"tocsin: monitor: {context.say(context.hide(sentence))}", err=True)
    return 1 if document["failures"] else 0


def _invoke(ctx: click.Context, name: str) -> int:
    """Run a command as if a person had started it; its exit code."""
    from tocsin.app.cli import COMMANDS

    command: click.Command = resolve(COMMANDS[name][0])
    with command.make_context(name, [], parent=ctx.parent) as inner:
        code = command.invoke(inner)
    return code if isinstance(code, int) else 0


def _seconds(text: str) -> float:
    if text[:-1].isdigit() and text[-1] in _SECONDS and int(text[:-1]):
        return float(int(text[:-1]) * _SECONDS[text[-1]])
    raise ConfigError(Message("command.not_a_period", {"text": repr(text)}))


@click.command()
@click.pass_obj
def check(context: CommandContext) -> int:
    """Versions, models, index, disk, clock, configuration: what works, and what to do if not."""
    rows: list[dict[str, Any]] = []
    for room, where in registered("health check", HEALTH).items():
        try:
            rows += [{"room": room, **row} for row in resolve(where)(context.workspace)]
        except Exception as error:  # a check that breaks is a check that fails
            rows.append(_broken_check(room, error))
    fine = all(row["ok"] for row in rows)
    context.answer({"ok": fine, "checks": rows}, lambda _: _check_table(context, rows))
    return 0 if fine else 1


def _broken_check(room: str, error: Exception) -> dict[str, Any]:
    detail: str | Message = f"{type(error).__name__}: {error}"
    if isinstance(error, TocsinError):
        detail = error.message
    elif isinstance(error, (ImportError, OSError)):
        detail = str(error)
    return {
        "room": room,
        "name": room,
        "ok": False,
        "detail": detail,
        "advice": Message("check.mend"),
    }


def _check_table(context: CommandContext, rows: Sequence[Mapping[str, Any]]) -> None:
    from tocsin.core.language.words import named

    columns = ("", Message("check.what"), Message("check.found"), Message("check.advice"))
    cells = [
        (
            Message("check.ok" if row["ok"] else "check.no"),
            named("check.name", row["name"]),
            row["detail"],
            row["advice"],
        )
        for row in rows
    ]
    context.table(Message("check.title"), columns, cells)
