"""``tocsin crawl``."""

from __future__ import annotations

import sys

import click

from index.command_context import CommandContext
from tocsin.core.messages import Message


@click.command()
@click.argument("source", nargs=-1)
@click.option(
    "--limit", type=click.IntRange(min=1), help="At most so many pages a source in this run."
)
@click.option(
    "--add", metavar="URL", help="Write the file of a new source of this address, and crawl it."
)
@click.option(
    "--spider",
    default="feed",
    show_default=True,
    help="Which reads a new source: feed (or a page that names its feed), site, mastodon.",
)
@click.option("--basis", default="", help="Why you may collect a new source; kept with its posts.")
@click.pass_obj
def crawl(
    app: CommandContext,
    source: tuple[str, ...],
    limit: int | None,
    add: str | None,
    spider: str,
    basis: str,
) -> int:
    """Run the spiders of the configured sources: all that are enabled, or those named.

    Sources are TOML files in the folder sources/ of the workspace; docs/sources.md explains them.
    """
    from crawlers.crawl_runner import crawl as crawl_sources
    from crawlers.crawl_runner import crawl_lock
    from crawlers.source_files import add_source, load_sources, select_sources

    workspace = app.workspace
    folder = workspace.folder("sources")
    if add is not None:
        added = add_source(folder, workspace.settings.crawl, add, spider=spider, lawful_basis=basis)
        if not app.as_json:
            path = str(folder / f"{added.name}.toml")
            app.write(Message("crawl.added", {"name": added.name, "path": path}))
        source = (*source, added.name)
    sources = select_sources(load_sources(folder, workspace.settings.crawl), source)
    with crawl_lock(workspace), app.run("crawl") as run:
        if not sources:
            run.warn(Message("crawl.no_sources", {"folder": str(folder)}))
            return 0
        show = app.say if not app.as_json and sys.stderr.isatty() else None
        failures = crawl_sources(workspace, run, sources, limit, show=show)
        if add is not None:
            run.facts["added"] = source[-1]
        if failures:
            run.facts["failed"] = failures
    return 1 if failures else 0
