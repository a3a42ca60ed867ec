"""``tocsin calibrate``: what the engine finds, and flags falsely, on the posts at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.dates import time_option, window_options
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index, Window


@click.command()
@click.option(
    "--draws",
    type=click.IntRange(1, 200),
    default=5,
    show_default=True,
    help="How often to plant, and how often to shuffle each way; 20 for a publication. Each takes "
    "as long as seven analyses.",
)
@click.option("--since", help="Only posts from this time on. [those of the newest analysis]")
@click.option("--until", help="Only posts before this time.")
@click.pass_obj
def calibrate(context: CommandContext, draws: int, since: str | None, until: str | None) -> None:
    """Plant campaigns into copies of the posts, permute others, and count what is flagged.

    Nothing of it enters the index. The result is kept in the workspace, and reports cite it.
    """
    from graph.calibration.measure import calibrate as measure
    from graph.coordination.posts import scan_posts
    from tocsin.core.calibration.record import keep
    from tocsin.core.findings import rfc3339

    with context.index(must_exist=True) as index, context.run("calibrate") as run:
        index.refresh()
        posts = scan_posts(index, _window(context, index, since, until))
        result: dict[str, Any] = {
            "run_id": run.run_id,
            "at": rfc3339(run.started_at),
            **measure(
                posts,
                context.workspace.settings.graph,
                draws=draws,
                track=lambda steps: run.track(steps, total=len(steps), what="calibrate"),
            ),
        }
        keep(context.workspace, result)
        run.facts["calibration"] = result
        run.count("analysed", len(posts))
        if not context.as_json:
            show(context, result)


def _window(context: CommandContext, index: Index, since: str | None, until: str | None) -> Window:
    """The one that was asked for; else that of the newest analysis."""
    from index.base import Window
    from tocsin.core.progress import run_record

    if since or until:
        return Window(*window_options(since, until))
    analysed = run_record(context.workspace.home, index.generation("cluster")).get("window") or {}
    return Window(
        time_option(analysed.get("since"), "since"), time_option(analysed.get("until"), "until")
    )


def show(context: CommandContext, result: dict[str, Any]) -> None:
    """Tables and sentences for a person."""
    from tocsin.core.calibration.sentences import COLUMNS, rows, summary

    context.table(Message("calibration.table"), COLUMNS, list(rows(result)))
    context.write(*summary(result))
