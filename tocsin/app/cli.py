"""The command line. Commands are named as text and imported when called: ``--help`` imports no room."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from tocsin.core.errors import TocsinError

COMMANDS: dict[str, tuple[str, str]] = {
    "init": (
        "tocsin.app.commands:init",
        "Make a workspace with commented settings, an example source and monitor.",
    ),
    "demo": (
        "tocsin.app.demo.command:demo",
        "Play a bilingual sample world through every stage and open the dashboard.",
    ),
    "import": (
        "crawlers.commands:import_",
        "Take posts from files: exchange format, CSV or JSON lines of any shape.",
    ),
    "crawl": ("crawlers.commands:crawl", "Run the spiders of the configured sources."),
    "enrich": (
        "nlp.commands:enrich",
        "Language, entities, embeddings, copies of what still lacks them.",
    ),
    "analyse": (
        "tocsin.app.commands:analyse",
        "Networks, clusters, influence, narratives and signals over a window.",
    ),
    "run": ("tocsin.app.commands:run", "Crawl, enrich and analyse, once or for ever."),
    "dashboard": ("dashboard.commands:dashboard", "Open the screens on 127.0.0.1."),
    "search": ("index.commands:search", "Find posts by words, phrases and fields."),
    "discover": ("nlp.discovery.command:discover", "Posts and people beyond the words of a query."),
    "copies": ("nlp.commands:copies", "Near copies, rewordings and translations."),
    "narratives": ("nlp.commands:narratives", "The stories that posts tell, over languages."),
    "signals": ("nlp.commands:signals", "What is emerging now."),
    "replay": (
        "nlp.commands:replay",
        "Alerts as they would have come, using only the past at each tick.",
    ),
    "clusters": (
        "graph.commands:clusters",
        "Accounts coordinated beyond chance, with their evidence.",
    ),
    "influencers": (
        "graph.influence.command:influencers",
        "Whose posts travel, with and without coordinated accounts.",
    ),
    "source": (
        "graph.sources.command:source",
        "What the posts show of a site or an account, and why to look closer.",
    ),
    "export": ("tocsin.app.export:export", "Networks for Gephi, tables, JSON lines."),
    "mark": ("graph.commands:mark", "Keep an analyst's mark of a cluster or account."),
    "erase": ("index.commands:erase", "Remove a person everywhere."),
    "retention": ("index.commands:retention", "Apply retention periods."),
    "status": ("index.commands:status", "What the workspace holds."),
    "check": ("tocsin.app.commands:check", "What works, and what to do about what does not."),
    "migrate-index": (
        "index.commands:migrate_index",
        "Move a workspace from one index backend to another.",
    ),
}
"""Command -> (where it is, what it does). Held against docs/command_line.md by a house test."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from tocsin.core.plugins import resolve

        command: click.Command = resolve(COMMANDS[cmd_name][0])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=None,
    help="The workspace. [TOCSIN_HOME, else ./tocsin-data]",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on stdout; logs go to stderr."
)
@click.version_option(package_name="tocsin")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, as_json: bool) -> None:
    """Tocsin shows what is rising, who drives it, and whether it is organic or orchestrated."""
    from index.command_context import App

    ctx.obj = App(home or Path(os.environ.get("TOCSIN_HOME") or "tocsin-data"), as_json)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: one sentence for an error, never a traceback (TOCSIN_LOG=debug shows it)."""
    sys.exit(_main(arguments))


def _main(arguments: list[str] | None) -> int:
    try:
        outcome: Any = cli.main(arguments, prog_name="tocsin", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else 0
    except TocsinError as error:
        return _say(str(error), error.exit_code)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "tocsin"
        return _say(f"{error.format_message()} (see {where} --help)", 2)
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted; the same command goes on from here", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except MemoryError:
        return _say("memory is full; use a narrower --since and --until, or more memory", 3)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _say(
            f"{error.strerror or error}{where}; mend that and start the same command again", 3
        )
    except (
        Exception
    ) as error:  # the last resort of a command line: a bug must not greet a user with a traceback
        return _say(
            f"an error in Tocsin itself ({type(error).__name__}: {error}); TOCSIN_LOG=debug shows where, please report it",
            70,
        )


def _say(sentence: str, code: int) -> int:
    import traceback

    from tocsin.core.runtime.logs import redact

    if os.environ.get("TOCSIN_LOG") == "debug":
        traceback.print_exc()
    print(f"tocsin: {redact(sentence)}", file=sys.stderr)
    return code
