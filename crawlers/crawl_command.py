"""``tocsin crawl``."""

from __future__ import annotations

import sys

import click

from index.command_context import App


@click.command()
@click.argument("source", nargs=-1)
@click.option(
    "--limit", type=click.IntRange(min=1), help="At most so many pages a source in this run."
)
@click.pass_obj
def crawl(app: App, source: tuple[str, ...], limit: int | None) -> None:
    """Run the spiders of the configured sources: all that are enabled, or those named.

    Sources are TOML files in the folder sources/ of the workspace; docs/sources.md explains them.
    """
    from crawlers import sources

    folder = app.workspace.folder("sources")
    found = sources.load(folder, app.workspace.settings.crawl)
    wanted = sources.chosen(found, source)
    from crawlers.pipeline.runner import only_one

    with only_one(app.workspace), app.run("crawl") as run:
        if not wanted:
            run.warn(
                f"no sources are configured; put a file into {folder}, `tocsin init` writes an example"
            )
            return
        from crawlers.pipeline.runner import crawl as crawl_

        crawl_(app.workspace, run, wanted, limit, show=not app.as_json and sys.stderr.isatty())
