"""The command line. Commands are named as text and imported when called: ``--help`` is quick."""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from copy import copy
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tocsin.app.usage import usage_message
from tocsin.core.errors import TocsinError, system_reason
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.command_context import CommandContext

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
    "remap": (
        "crawlers.commands:remap",
        "Repair an import with other columns, from the records kept with its run.",
    ),
    "crawl": ("crawlers.commands:crawl", "Run the spiders of the configured sources."),
    "enrich": (
        "nlp.commands:enrich",
        "Language, embeddings, copies of what still lacks them.",
    ),
    "analyse": (
        "tocsin.app.commands:analyse",
        "Networks, clusters, influence, narratives and signals over a window.",
    ),
    "run": ("tocsin.app.commands:run", "Crawl, enrich and analyse, once or for ever."),
    "dashboard": ("dashboard.commands:dashboard", "Open the screens on 127.0.0.1."),
    "search": ("index.commands:search", "Find posts by words, phrases and fields."),
    "query": ("index.reading.command:query", "What each term of a query does."),
    "discover": ("nlp.discovery.command:discover", "Posts and people beyond the words of a query."),
    "train": (
        "nlp.labelling.command:train",
        "Learn a tag (sentiment, your own classes) from labels, with its error.",
    ),
    "label": (
        "nlp.labelling.label_command:label",
        "Label the posts that help a tag most; agreement of coders.",
    ),
    "evaluate": (
        "nlp.labelling.command:evaluate",
        "Measure a trained tag on other labels.",
    ),
    "copies": ("nlp.commands:copies", "Near copies, rewordings and translations."),
    "narratives": ("nlp.commands:narratives", "The stories that posts tell, across languages."),
    "signals": ("nlp.commands:signals", "What is emerging now."),
    "replay": (
        "nlp.commands:replay",
        "Alerts as they would have been raised, using only the past at each tick.",
    ),
    "clusters": (
        "graph.commands:clusters",
        "Accounts coordinated beyond chance, with their evidence.",
    ),
    "evidence": (
        "graph.evidence_command:evidence",
        "The posts behind every pair of accounts, and why they count.",
    ),
    "influencers": (
        "graph.influence.command:influencers",
        "Whose posts spread, with and without coordinated accounts.",
    ),
    "network": (
        "graph.conversation.command:network",
        "Who interacts with whom: a conversation's accounts, interactions, communities and layout.",
    ),
    "source": (
        "graph.sources.command:source",
        "What the posts show of a site or an account, and why to look closer.",
    ),
    "export": ("tocsin.app.export:export", "Networks for Gephi, tables, JSON lines."),
    "report": (
        "tocsin.app.reports.command:report",
        "Write up a period: HTML, PDF, slides, a document or a workbook.",
    ),
    "dial": (
        "graph.rules.dial:dial",
        "What each allowed error would find in these posts: groups, accounts, false accounts.",
    ),
    "rules": (
        "graph.rules.command:rules",
        "What CooRTweet's and the toolkit's rules would say, beside the published groups.",
    ),
    "coordinated": (
        "tocsin.app.coordinated:coordinated",
        "Groups in any table of shares (who shared what, when), without a workspace.",
    ),
    "study": (
        "graph.studies.command:study",
        "Seal an analysis, verify it on the posts of any workspace, compare two.",
    ),
    "calibrate": (
        "graph.calibration.command:calibrate",
        "What would be found in these posts, and flagged by chance, measured.",
    ),
    "monitor": (
        "tocsin.app.monitors.commands:monitor",
        "Saved queries that ring: tried on the past, switched on, sent by mail or chat.",
    ),
    "case": (
        "tocsin.app.cases.commands:case",
        "Evidence pinned with what it said then, noted, checked, handed on.",
    ),
    "mark": ("graph.commands:mark", "Keep an analyst's mark of a cluster or account."),
    "versions": ("index.versions.command:versions", "Every text that a page or post had."),
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

CALL_OPTIONS = {"home": "home", "as_json": "as_json", "lang": "language"}
"""Options of the whole call -> what they are in `index.command_context.CommandContext`."""

_current: ContextVar[CommandContext | None] = ContextVar("current call", default=None)
"""The call that is running: errors are said in its language."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from tocsin.core.plugins import resolve

        command: click.Command = resolve(COMMANDS[cmd_name][0])
        return with_call_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from tocsin.core.text import nearest

            near = nearest(args[0], COMMANDS)
            hint = f"; did you mean {near}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def with_call_options(command: click.Command) -> click.Command:
    """A command that also takes ``--home``, ``--json`` and ``--lang``, wherever they stand.

    They belong to the whole call and are documented before the command; people write them behind
    it as well. An option of the command's own by that name keeps its meaning. The command itself
    is not changed.
    """
    extended = copy(command)
    own = {name for param in command.params for name in param.opts}
    extended.params = [*command.params, *(o for o in call_options() if own.isdisjoint(o.opts))]
    if isinstance(extended, click.Group):
        extended.commands = {
            name: with_call_options(inner) for name, inner in extended.commands.items()
        }
    return extended


def call_options() -> list[click.Option]:
    """The options of the whole call, as a command takes them."""
    return [
        click.Option(
            [str(option.name), *option.opts],
            type=option.type,
            is_flag=option.is_flag,
            default=None,
            expose_value=False,
            is_eager=True,
            hidden=True,
            callback=_set_for_call,
        )
        for option in cli.params
        if isinstance(option, click.Option) and option.name in CALL_OPTIONS
    ]


def _set_for_call(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    """Let an option that stands behind the command hold for the whole call."""
    if value is None:
        return
    root, name = ctx.find_root(), str(option.name)
    root.params[name] = value
    setattr(root.obj, CALL_OPTIONS[name], value)


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
@click.option(
    "--lang",
    type=click.Choice(["en", "fr"]),
    envvar="TOCSIN_LANG",
    help="Language of the answers. [TOCSIN_LANG, else the setting language, else the locale]",
)
@click.version_option(package_name="tocsin")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, as_json: bool, lang: str | None) -> None:
    """Tocsin shows what is rising, who drives it, and whether it is organic or orchestrated."""
    from index.command_context import CommandContext

    place = home or Path(os.environ.get("TOCSIN_HOME") or "tocsin-data")
    ctx.obj = CommandContext(place, as_json, lang)
    _current.set(ctx.obj)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: one sentence for an error, never a traceback.

    ``TOCSIN_LOG=debug`` shows the traceback, and what libraries warn programmers of.
    """
    if os.environ.get("TOCSIN_LOG") != "debug":
        import logging

        logging.captureWarnings(True)  # a log that nobody reads, and not the terminal
    sys.exit(_main(arguments))


def _main(arguments: list[str] | None) -> int:
    _current.set(None)
    called = sys.argv[1:] if arguments is None else arguments
    try:
        outcome: Any = cli.main(arguments, prog_name="tocsin", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else 0
    except TocsinError as error:
        return _report(error.located, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return 2
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "tocsin"
        said = {"what": usage_message(error.format_message()), "command": where}
        return _report(Message("usage.see", said), 2, called)
    except click.ClickException as error:
        return _report(usage_message(error.format_message()), 2, called)
    except (click.Abort, KeyboardInterrupt) as error:
        if isinstance(error.__cause__, EOFError):  # click takes every end of a file for Ctrl-D
            return _report(_bug(error.__cause__), 70)
        return _report(Message("command.interrupted"), 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except MemoryError:
        return _report(Message("command.no_memory"), 3)
    except OSError as error:
        what: Message | str = system_reason(error)
        if error.filename:
            what = Message("shares.file", {"file": str(error.filename), "note": what})
        return _report(Message("command.system_error", {"what": what}), 3)
    except Exception as error:  # the last resort: a bug must not greet a user with a traceback
        return _report(_bug(error), 70)


def _bug(error: BaseException) -> Message:
    return Message("command.bug", {"what": f"{type(error).__name__}: {error}"})


def _context_of(arguments: list[str]) -> CommandContext:
    """The call as far as it can be read where its options are wrong: home and language."""
    from index.command_context import CommandContext

    given = dict(pairwise(arguments))
    given |= dict(a.split("=", 1) for a in arguments if a.startswith("--") and "=" in a)
    language = given.get("--lang") or os.environ.get("TOCSIN_LANG")
    home = Path(given.get("--home") or os.environ.get("TOCSIN_HOME") or "tocsin-data")
    return CommandContext(home, language=language if language in ("en", "fr") else None)


def _report(sentence: str | Message, code: int, arguments: list[str] | None = None) -> int:
    """Say on stderr why the command ends, in the language of this call; the exit code."""
    import traceback

    from tocsin.core.runtime.logs import redact

    if os.environ.get("TOCSIN_LOG") == "debug":
        traceback.print_exc()
    context = _current.get()
    if context is None or "--lang" in (arguments or ()):  # not taken yet behind a wrong option
        context = _context_of(sys.argv[1:] if arguments is None else arguments)
    text = context.say(sentence)
    print(f"tocsin: {redact(text)}", file=sys.stderr)
    return code
