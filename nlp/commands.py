"""The commands of this room. Their JSON is described in docs/command_line.md."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.messages import Message
from tocsin.core.text import clean

if TYPE_CHECKING:
    from rich.console import Console

    from index.base import Index, Mark
    from index.command_context import CommandContext
    from index.privacy import Pseudonyms
    from nlp.answers import Age
    from tocsin.core.findings import WeakSignal
    from tocsin.core.language.words import Words


_LEAST_PAST = timedelta(days=2)
"""What posts have to span for anything to be seen to rise."""


@click.command()
@click.option(
    "--stage",
    "stages",
    multiple=True,
    help="Only this stage; may be given several times. [nlp.stages of the settings]",
)
@click.pass_obj
def enrich(app: CommandContext, stages: tuple[str, ...]) -> None:
    """Language, embeddings and copies of what still lacks them."""
    from nlp.enrichment.base import StageContext
    from nlp.enrichment.planning import default_stages, plan
    from nlp.enrichment.runner import enrich as run_stages

    names = stages or default_stages(app.workspace)
    plan(names, StageContext(app.workspace.settings.nlp, app.workspace))  # refuses before a run
    with app.index(must_exist=True) as index, app.run("enrich", quotes=False) as run:
        run_stages(index, app.workspace, run, names)


@click.group(invoke_without_command=True)
@click.pass_context
def signals(context: click.Context) -> None:
    """What is emerging now: more authors than the past predicts."""
    if context.invoked_subcommand is None:
        _show_signals(context.obj)


@signals.command("mark")
@click.argument("signal")
@click.argument("vote", type=click.Choice(["useful", "noise", "none"]))
@click.option("--note", default="", help="Why, for whoever reads it later.")
@click.pass_obj
def mark_signal(app: CommandContext, signal: str, vote: str, note: str) -> None:
    """Keep a reader's vote on a signal or an alert of `replay`; `none` takes it back."""
    from tocsin.core.calibration.votes import MAX_NOTE, measured_votes, said, subject_of
    from tocsin.core.errors import ConfigError

    chosen: Mark | None = None if vote == "none" else vote  # type: ignore[assignment]
    with app.index(must_exist=True) as index:
        subject = subject_of(signal)
        found = (*index.findings("signal"), *index.findings("alert"))
        known = {subject_of(one.id) for one in found} | index.marks().keys()
        if subject not in known:
            raise ConfigError(Message("fault.weak_signal.unknown", {"given": repr(signal)}))
        index.put_mark(subject, chosen, note=clean(note, MAX_NOTE))
        measured = measured_votes(index.marks())
    kept = Message("weak_signal.vote.taken_back", {"id": signal})
    if chosen is not None:
        named = {"id": signal, "vote": Message(f"weak_signal.vote.{chosen}")}
        kept = Message("weak_signal.vote.kept", named)
    document = {"signal": signal, "vote": chosen, "note": note[:MAX_NOTE], "votes": measured}
    app.answer(document, lambda _: app.write(kept, *said(measured)))


def _show_signals(app: CommandContext) -> None:
    from index.narratives.signals import current_signals
    from index.privacy import pseudonyms as workspace_pseudonyms
    from nlp.answers import ages_of, answer_head, signal_answer, untested
    from tocsin.core.calibration.votes import measured_votes, said, vote_of
    from tocsin.core.calibration.weight import signal_weight

    with app.index(must_exist=True) as index:
        published, binned = current_signals(index)
        document: dict[str, Any] = answer_head(index, "signal", [*published, *binned])
        pseudonyms = workspace_pseudonyms(app.workspace, index)
        code = app.words.code
        marks = index.marks()
        ages = ages_of(index, published)
        published.sort(key=lambda one: (-ages[one.id].weight(one), -signal_weight(one), one.id))
        why_none = _why_none(index, Message("weak_signal.look_back"))
        document["signals"] = [
            signal_answer(finding, pseudonyms, code)
            | ages[finding.id].answer()
            | {"vote": vote_of(marks, finding.id)}
            for finding in published
        ]
    votes = document["votes"] = measured_votes(marks)
    caveats = document["caveats"] = untested(app.workspace, document["run_id"])
    if binned:
        caveats.append(Message("weak_signal.binned", {"n": len(binned)}))
    words = app.words
    entries = [_signal_entry(words, one, ages[one.id], pseudonyms) for one in published]

    def show(_: Console) -> None:
        app.listing(Message("weak_signal.title"), entries, none=True)
        if not entries:
            app.write(why_none)
        app.write(*caveats, *said(votes))

    app.answer(document, show)


def _signal_entry(
    words: Words, signal: WeakSignal, age: Age, pseudonyms: Pseudonyms
) -> tuple[str, str]:
    """A line and a sentence about a signal."""
    from nlp.answers import lead_said

    parameters = {
        "at": signal.flagged_at,
        "title": pseudonyms.finding(signal).headline(words.code),
        "posts": Message("posts", {"n": signal.posts}),
        "authors": Message("authors", {"n": signal.authors}),
        "share": signal.coordinated_share,
    }
    code = "weak_signal.entry.plain"
    if signal.coordinated_share is not None:
        code = "weak_signal.entry.coordinated"
    false_alarms = {
        "terms": shown_terms(signal.terms, 6),
        "why": signal.why,
        "rate": signal.expected_false_per_day,
        "lead": lead_said(signal),
        "age": age.said(),
    }
    return (
        words.say(Message(code, parameters)),
        words.say(Message("weak_signal.entry.why", false_alarms)),
    )


@click.command()
@click.option(
    "--tick", default="6h", show_default=True, help="How often the engine looks: 30m, 6h, 1d."
)
@click.option(
    "--since", help="First tick: 2026-01-31, RFC 3339, or 7d. What was before is the past."
)
@click.option("--until", help="Last tick.")
@click.pass_obj
def replay(app: CommandContext, tick: str, since: str | None, until: str | None) -> None:
    """Alerts as they would have been raised, using only the past at each tick; JSON lines.

    They are kept with the index, in place of those of the replay before, for the page Timeline.
    """
    from index.privacy import pseudonyms as workspace_pseudonyms
    from nlp.answers import method_answer, signal_answer
    from nlp.signals.replay_command import make_alert, parse_tick, replay_signals
    from tocsin.core.calibration.votes import measured_votes, said, vote_of
    from tocsin.core.dates import time_option
    from tocsin.core.findings import Alert, rfc3339_or_none
    from tocsin.core.progress import Run

    width = parse_tick(tick)
    first, last = time_option(since, "--since"), time_option(until, "--until")
    words = app.words
    settings = app.workspace.settings.nlp
    with app.index(must_exist=True) as index, Run(app.workspace, "replay") as run:
        pseudonyms = workspace_pseudonyms(app.workspace, index)
        run.facts["replay"] = {
            "tick_hours": width.total_seconds() / 3600,
            "since": rfc3339_or_none(first),
            "until": rfc3339_or_none(last),
        }
        alerts, marks = [], index.marks()
        for finding in replay_signals(index, settings, width, first, last):
            run.count("alert")
            alerts.append(make_alert(finding))
            run.beat()
            if app.as_json:
                answer = signal_answer(finding, pseudonyms, words.code)
                answer |= {"vote": vote_of(marks, finding.id), **method_answer(finding.method)}
                app.line({"run_id": run.run_id, **answer})
            else:
                click.echo(_replay_line(words, finding, pseudonyms))
        index.publish(alerts, kinds=[Alert.kind], generation=run.run_id)
        why_none = _why_none(index, Message("weak_signal.no_alerts"))
    if not app.as_json:
        if not alerts:
            app.write(why_none)
        for sentence in said(measured_votes(marks)):
            click.echo(words.say(sentence))


def _why_none(index: Index, otherwise: Message) -> Message:
    """Why nothing rose: nothing could be seen to, without times or with a day of them, or else."""
    stats = index.stats()
    if stats.oldest_at is None or stats.newest_at is None:
        return Message("weak_signal.undated")
    if stats.newest_at - stats.oldest_at < _LEAST_PAST:
        return Message("weak_signal.short")
    return otherwise


def _replay_line(words: Words, signal: WeakSignal, pseudonyms: Pseudonyms) -> str:
    from nlp.answers import lead_said

    parameters = {
        "at": signal.flagged_at,
        "title": pseudonyms.finding(signal).headline(words.code),
        "terms": shown_terms(signal.terms, 4),
        "why": signal.why,
        "rate": signal.expected_false_per_day,
        "lead": lead_said(signal),
    }
    return words.say(Message("weak_signal.replay", parameters))


def __getattr__(name: str) -> Any:
    """Larger commands live in modules of their own, and are imported when they are called."""
    if name == "copies":
        from nlp.copies.command import copies

        return copies
    if name == "narratives":
        from nlp.narrative_commands import narratives

        return narratives
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
