"""``tocsin monitor``: what is watched, tried on the past, switched on, and sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from index.reading.minus_query import SearchCommand
from tocsin.core.dates import time_option, window_options
from tocsin.core.errors import Abort, ConfigError, Interrupted, Retry
from tocsin.core.messages import Message, plain

if TYPE_CHECKING:
    from tocsin.app.monitors.files import Monitor
    from tocsin.app.monitors.ledger import Active

MONTH = timedelta(days=30)
MAX_SHOWN = 20


@click.group()
def monitor() -> None:
    """Saved queries that raise alerts: what is monitored, who is notified, trials on the past."""


@monitor.command("list")
@click.pass_obj
def list_(context: CommandContext) -> None:
    """The monitors: files in monitors/, and those that are switched on."""
    from tocsin.app.monitors.answers import overview

    document = overview(context.workspace)
    rows = [
        (
            one["name"],
            Message(f"monitor.state.{one['state']}"),
            one["query"],
            [Message(f"monitors_page.rule.{kind}") for kind in one["rules"]],
            ", ".join(one["channels"]),
            one["alerts"],
        )
        for one in document["monitors"]
    ]
    heads: tuple[str | Message, ...] = ("", *(Message(f"monitor.head.{name}") for name in _HEADS))

    def human(_: Any) -> None:
        if not document["monitors"] and not document["wrong"]:
            context.write(Message("monitor.none", {"home": str(context.home)}))
            return
        context.table(Message("monitor.title"), heads, rows)
        context.write(*(Message("monitor.wrong", {"why": why}) for why in document["wrong"]))

    context.answer(document, human)


_HEADS = ("state", "query", "rules", "channels", "alerts")


@monitor.command()
@click.argument("names", nargs=-1)
@click.pass_obj
def validate(context: CommandContext, names: tuple[str, ...]) -> int:
    """Check the files: keys, values, queries and channels, with file, line and what to do."""
    from tocsin.app.monitors.delivery.dispatch import check_channel
    from tocsin.app.monitors.files import choose_monitors, read_all

    monitors, errors = read_all(context.workspace)
    wrong = [error.located for error in errors]
    chosen = choose_monitors(monitors, names) if not errors or names else monitors
    notes: list[Message] = []
    settings = context.workspace.settings.alerts
    for one in chosen:
        if not one.rules:
            notes.append(Message("monitor.note.no_rules", {"monitor": one.name}))
        if not one.channels:
            notes.append(Message("monitor.note.no_channels", {"monitor": one.name}))
        for channel in one.channels:
            try:
                check_channel(settings, channel)
            except ConfigError as error:
                said = {"monitor": one.name, "channel": channel, "why": error.located}
                wrong.append(Message("monitor.error.channel", said))
    wrong += _query_errors(context, chosen)
    document = {
        "ok": not wrong,
        "monitors": [one.name for one in chosen],
        "wrong": wrong,
        "notes": notes,
    }
    fine = Message("monitor.valid", {"n": len(chosen)})
    context.answer(document, lambda _: context.write(*(wrong or [fine]), *notes))
    return 1 if wrong else 0


def _has_index(context: CommandContext) -> bool:
    """Whether there may be an index of this workspace, without making one."""
    embedded = context.workspace.settings.index.backend == "embedded"
    return not embedded or (context.home / "index.sqlite").exists()


def _query_errors(context: CommandContext, monitors: list[Monitor]) -> list[Message]:
    """Queries that mean nothing in the index of this workspace, where there is one."""
    from tocsin.app.monitors.monitored import Monitored, Scope

    if not monitors or not _has_index(context):
        return []
    wrong: list[Message] = []
    with context.index(must_exist=True) as index:
        monitored = Monitored(context.workspace, index)
        for one in monitors:
            try:
                scope = Scope(one, monitored)
                _ = scope.node
                for rule in one.rules:
                    for term in rule.values.get("who", ()):
                        scope.read(term)
            except ConfigError as error:
                wrong.append(plain(error.located))
    return wrong


@monitor.command("save", cls=SearchCommand)
@click.argument("name")
@click.argument("query")
@click.option("--title", default="", help="What the monitor is called on screens and in alerts.")
@click.option(
    "--rule",
    "rules",
    multiple=True,
    type=click.Choice(["volume", "new_narrative", "new_group", "crossing"]),
    help="What raises an alert; several may be given. [volume]",
)
@click.option(
    "--without-flagged",
    is_flag=True,
    help="Leave out accounts that act together beyond chance (-cluster:any).",
)
@click.pass_obj
def save(
    context: CommandContext,
    name: str,
    query: str,
    title: str,
    rules: tuple[str, ...],
    without_flagged: bool,
) -> None:
    """Keep a query as a monitor file; it raises alerts once it is switched on."""
    from index.reading.queries import asks_index
    from tocsin.app.monitors.saving import save_monitor

    caveats: list[Message] = []
    if asks_index(query) and _has_index(context):
        try:
            _read_in_index(context, query)
        except Interrupted:
            raise
        except (Abort, Retry) as error:  # it is away: a file needs no index
            told = {"monitor": name.strip(), "why": error.located}
            caveats.append(Message("monitor.note.unchecked", told))
    document = save_monitor(
        context.workspace, query, name=name, title=title, rules=rules or ("volume",),
        without_flagged=without_flagged,
    ) | {"caveats": caveats}  # fmt: skip
    said = Message("monitor.saved", {"monitor": document["monitor"], "path": document["path"]})
    context.answer(document, lambda _: context.write(said, *caveats))


def _read_in_index(context: CommandContext, query: str) -> None:
    """Refuse what means nothing in the index of this workspace: else `run` would stop at it."""
    from index.privacy import pseudonyms
    from index.reading.queries import read_query

    with context.index(must_exist=True) as index:
        read_query(query, index, pseudonyms(context.workspace, index))


@monitor.command("try")
@click.argument("name")
@click.option("--since", help="From when on; without it 30 days before the end.")
@click.option("--until", help="Until when; without it a day after the newest post, or now.")
@click.pass_obj
def try_(context: CommandContext, name: str, since: str | None, until: str | None) -> None:
    """Replay the past: when a monitor would have raised an alert, with the posts of each time."""
    from tocsin.app.monitors.files import choose_monitors, load_monitors

    (chosen,) = choose_monitors(load_monitors(context.workspace), (name,))
    first, last = window_options(since, until)
    _answer_trial(context, chosen, first, last)


@monitor.command()
@click.argument("names", nargs=-1)
@click.pass_obj
def plan(context: CommandContext, names: tuple[str, ...]) -> None:
    """What switching on would do: alerts it would have raised in 30 days, and the recipients."""
    from tocsin.app.monitors.answers import overview, trial
    from tocsin.app.monitors.files import choose_monitors, load_monitors

    chosen = choose_monitors(load_monitors(context.workspace), names)
    states = {one["name"]: one["state"] for one in overview(context.workspace)["monitors"]}
    plans: list[dict[str, Any]] = []
    with context.index(must_exist=True) as index:
        for one in chosen:
            tried = trial(context.workspace, index, one, None, None, context.words)
            plans.append(
                {
                    "monitor": one.name,
                    "state": states[one.name],
                    "would_have_rung": tried["rung"],
                    "by_rule": dict(Counter(trigger["rule"] for trigger in tried["rings"])),
                    "since": tried["since"],
                    "until": tried["until"],
                    "posts": tried["posts"],
                    "channels": list(one.channels),
                    "quiet_hours": bool(one.quiet),
                    "digest": one.digest,
                }
            )
    sentences = [
        Message(
            "monitor.plan",
            {
                "monitor": row["monitor"],
                "state": Message(f"monitor.state.{row['state']}"),
                "n": row["would_have_rung"],
                "posts": Message("posts", {"n": row["posts"]}),
                "channels": row["channels"] or Message("monitor.nobody"),
            },
        )
        for row in plans
    ] or [Message("monitor.none", {"home": str(context.home)})]
    context.answer({"plans": plans}, lambda _: context.write(*sentences))


@monitor.command()
@click.pass_obj
def diff(context: CommandContext) -> None:
    """What differs between the files and what is switched on; nothing is changed."""
    from tocsin.app.monitors.answers import differences

    document = differences(context.workspace)
    sentences = [
        Message(f"monitor.diff.{row['change']}", {"monitor": row["monitor"]})
        for row in document["differences"]
    ]
    lines = [line for row in document["differences"] for line in row["lines"]]

    def human(_: Any) -> None:
        context.write(*(sentences or [Message("monitor.diff.none")]), *lines)

    context.answer(document, human)


@monitor.command()
@click.argument("names", nargs=-1, required=True)
@click.pass_obj
def enable(context: CommandContext, names: tuple[str, ...]) -> None:
    """Switch monitors on as their files are now; existing posts raise no alert."""
    from tocsin.app.monitors.checking import known_keys
    from tocsin.app.monitors.files import choose_monitors, load_monitors
    from tocsin.app.monitors.ledger import open_ledger
    from tocsin.app.monitors.monitored import Monitored, Scope

    chosen = choose_monitors(load_monitors(context.workspace), names)
    now = datetime.now(UTC)
    with context.index(must_exist=True) as index:
        monitored = Monitored(context.workspace, index)
        known = {one.name: known_keys(Scope(one, monitored), now) for one in chosen}
    with open_ledger(context.workspace) as ledger:
        for one in chosen:
            ledger.enable(one, now, known[one.name])
    done = [one.name for one in chosen]
    context.answer(
        {"enabled": done}, lambda _: context.write(Message("monitor.enabled", {"names": done}))
    )


@monitor.command()
@click.argument("names", nargs=-1, required=True)
@click.pass_obj
def disable(context: CommandContext, names: tuple[str, ...]) -> None:
    """Switch monitors off; past alerts stay known."""
    from tocsin.app.monitors.ledger import open_ledger

    with open_ledger(context.workspace) as ledger:
        active = ledger.active()
        for name in names:
            if name not in active:
                raise ConfigError(Message("monitor.error.not_on", {"name": name[:60]}))
        for name in names:
            ledger.disable(name)
    done = list(names)
    context.answer(
        {"disabled": done}, lambda _: context.write(Message("monitor.disabled", {"names": done}))
    )


@monitor.command()
@click.option("--since", help="Look from this time on, not from the last check.")
@click.option("--again", is_flag=True, help="Try what was given up once more.")
@click.pass_obj
def run(context: CommandContext, since: str | None, again: bool) -> int:
    """Check the monitors that are switched on, and send alerts; `tocsin run` does it, too."""
    first = time_option(since, "--since")
    document, sentences = watch_round(context, first, again=again)
    context.answer(document, lambda _: context.write(*sentences))
    return 1 if document["failures"] else 0


@monitor.command()
@click.argument("channel")
@click.pass_obj
def send(context: CommandContext, channel: str) -> None:
    """Send a message that says it is a test by one channel of the settings."""
    from tocsin.app.monitors.delivery.dispatch import check_channel, deliver
    from tocsin.app.monitors.delivery.failures import failure

    settings = context.workspace.settings.alerts
    check_channel(settings, channel)
    words = context.words
    document = {
        "monitor": "test", "title": "Tocsin", "rule": "test", "key": "test",
        "at": datetime.now(UTC), "posts": 0, "normal": None, "z": None, "share": 0.0,
        "origin": "organic", "headline": "", "said": words("monitor.said.test"),
        "origin_said": "", "explanations": [], "query": "", "since": None, "until": None,
        "command": "tocsin status", "address": settings.dashboard_url or "http://127.0.0.1:8501/",
    }  # fmt: skip
    try:
        deliver(settings, channel, [document], words, f"{datetime.now(UTC):test%Y%m%d%H%M%S%f}")
    except Exception as error:  # whatever a server or library does, it is one sentence
        said = {"channel": channel, "why": failure(error)}
        raise ConfigError(Message("monitor.send.test_failed", said)) from None
    context.answer(
        {"sent": channel},
        lambda _: context.write(Message("monitor.send.test_sent", {"channel": channel})),
    )


@monitor.command()
@click.argument("name", required=False)
@click.option("--limit", default=MAX_SHOWN, type=click.IntRange(1, 1000), help="How many.")
@click.pass_obj
def alerts(context: CommandContext, name: str | None, limit: int) -> None:
    """Past alerts, the newest first, and whether they were sent."""
    from tocsin.app.monitors.answers import past_alerts

    with context.index(must_exist=True) as index:
        document = past_alerts(context.workspace, index, name, limit, context.words)
    entries = [_entry(context, one, one["monitor"]) for one in document["alerts"]]
    context.answer(document, lambda _: context.listing(Message("monitor.rang"), entries, none=True))


def watch_round(
    context: CommandContext, since: datetime | None = None, *, again: bool = False
) -> tuple[dict[str, Any], list[str | Message]]:
    """One round: check, keep, send, feed. The document, and what a person is told."""
    from tocsin.app.monitors.checking import check, describe_alert, send, words_of
    from tocsin.app.monitors.ledger import open_ledger
    from tocsin.app.monitors.monitored import Monitored

    now = datetime.now(UTC)
    with open_ledger(context.workspace) as ledger, context.index(must_exist=True) as index:
        index.refresh()
        monitored = Monitored(context.workspace, index)
        if again:
            ledger.again(now)
        watch = check(ledger, monitored, now, since)
        sent = send(ledger, monitored, now)
        active: Mapping[str, Active] = ledger.active()
        described = []
        for alert in watch.alerts:
            one = active[alert.monitor].monitor
            described.append(
                describe_alert(monitored, one, alert.trigger, words_of(context.workspace, one))
            )
    failures = [*watch.failures, *sent.failures]
    document = {
        "checked": watch.checked,
        "alerts": described,
        "sent": sent.sent,
        "held": sent.held,
        "failed": sent.failed,
        "failures": failures,
    }
    said = {"n": len(watch.alerts), "monitors": len(watch.checked), "sent": sent.sent}
    sentences: list[str | Message] = [Message("monitor.round", said | {"held": sent.held})]
    sentences += [f"{one['title']}: {one['said']}" for one in described]
    return document, [*sentences, *failures]


def _answer_trial(
    context: CommandContext, chosen: Monitor, since: datetime | None, until: datetime | None
) -> None:
    from tocsin.app.monitors.answers import trial

    with context.index(must_exist=True) as index:
        document = trial(context.workspace, index, chosen, since, until, context.words)
    said = {"n": document["rung"], "monitor": chosen.name, "since": document["since"]}
    head = Message("monitor.tried", said | {"until": document["until"]})
    entries = [_entry(context, one, "") for one in document["rings"]]

    def human(_: Any) -> None:
        if entries:
            context.listing(head, entries)
        else:
            context.write(head)
        context.write(*document["caveats"])

    context.answer(document, human)


def _entry(context: CommandContext, one: Mapping[str, Any], name: str) -> tuple[str, str]:
    """An alert as a line and what stands below it."""
    begin = f"{name}, " if name else ""
    line = f"{begin}{context.words.moment(one['at'])} – {one['said']}"
    below = [one["headline"], one["origin_said"], *one["explanations"], one["command"]]
    below += [delivery["said"] for delivery in one.get("deliveries", ())]
    return line, "\n".join(part for part in below if part)
