"""The commands of this room. Their JSON is described in docs/command_line.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from index.command_context import App


@click.command()
@click.option(
    "--stage",
    "stages",
    multiple=True,
    help="Only this stage; may be given several times. [nlp.stages of the settings]",
)
@click.pass_obj
def enrich(app: App, stages: tuple[str, ...]) -> None:
    """Language, entities, embeddings and copies of what still lacks them."""
    from nlp.enrichment.base import StageContext
    from nlp.enrichment.planning import plan
    from nlp.enrichment.runner import enrich as run_stages

    names = stages or app.workspace.settings.nlp.stages
    plan(
        names, StageContext(app.workspace.settings.nlp, app.workspace)
    )  # wrong names, before a run
    with app.index(must_exist=True) as index, app.run("enrich") as run:
        run_stages(index, app.workspace, run, names)


@click.command()
@click.option(
    "--assignments",
    is_flag=True,
    help="Instead: the narrative of every post, null where it has none.",
)
@click.pass_obj
def narratives(app: App, assignments: bool) -> None:
    """The stories that posts tell, over languages."""
    from index.privacy import pseudonyms
    from nlp.answers import assigned, by_count, head, narrative

    with app.index(must_exist=True) as index:
        found = index.findings("narrative")
        document: dict[str, Any] = head(index, "narrative", found)
        if assignments:
            document["assignments"] = assigned(index, found)
            app.answer(document)
            return
    shown = pseudonyms(app.workspace)
    document["narratives"] = [narrative(finding, shown) for finding in found]
    rows = [
        (
            f.id,
            f.label,
            f.posts,
            f.authors,
            " ".join(by_count(f.languages)),
            "" if f.coordinated_share is None else f"{f.coordinated_share:.0%}",
        )
        for f in found
    ]
    app.answer(
        document,
        lambda _: app.table(
            "Narratives", ("id", "about", "posts", "authors", "languages", "coordinated"), rows
        ),
    )


@click.command()
@click.pass_obj
def signals(app: App) -> None:
    """What is emerging now: more authors than the past lets expect."""
    from index.privacy import pseudonyms
    from nlp.answers import head, signal

    with app.index(must_exist=True) as index:
        found = index.findings("signal")
        document: dict[str, Any] = head(index, "signal", found)
    shown = pseudonyms(app.workspace)
    document["signals"] = [signal(finding, shown) for finding in found]
    entries = [
        (
            f"{f.flagged_at:%d %b %H:%M}  {', '.join(f.terms[:6])}: {f.posts} posts of {f.authors} authors"
            + (
                ""
                if f.coordinated_share is None
                else f", {f.coordinated_share:.0%} by coordinated accounts"
            ),
            f"{f.why}; {f.expected_false_per_day:.2g} false alarms a day are to be expected at this strength",
        )
        for f in found
    ]
    app.answer(
        document, lambda _: app.listing("Weak signals" if found else "Weak signals: none", entries)
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
def replay(app: App, tick: str, since: str | None, until: str | None) -> None:
    """Alerts as they would have come, using only the past at each tick; JSON lines."""
    from index.command_context import when
    from index.privacy import pseudonyms
    from nlp.answers import about, signal
    from nlp.signals.replay_command import span, told
    from tocsin.core.progress import Run

    width, first, last = span(tick), when(since, "--since"), when(until, "--until")
    shown = pseudonyms(app.workspace)
    with app.index(must_exist=True) as index, Run(app.workspace, "replay") as run:
        for finding in told(index, app.workspace.settings.nlp, width, first, last):
            run.count("alert")
            run.beat()
            if app.as_json:
                app.line({"run_id": run.run_id, **signal(finding, shown), **about(finding.method)})
            else:
                terms = ", ".join(finding.terms[:4])
                click.echo(
                    f"{finding.flagged_at:%Y-%m-%d %H:%M}  {terms}  ({finding.why}; {finding.expected_false_per_day:.2g} false a day)"
                )


def __getattr__(name: str) -> Any:
    """The command of near copies lives in its own folder; it is imported when it is called."""
    if name == "copies":
        from nlp.copies.command import copies

        return copies
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
