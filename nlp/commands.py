"""The commands of this room. Their JSON is described in docs/command_line.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tocsin.app import App


@click.command()
@click.option("--stage", "stages", multiple=True, help="Only this stage; may be given several times. [nlp.stages of the settings]")
@click.pass_obj
def enrich(app: App, stages: tuple[str, ...]) -> None:
    """Language, entities, embeddings and copies of what still lacks them."""
    from nlp.base import STAGES
    from nlp.runner import enrich as run_stages
    from tocsin.plugins import choose

    names = stages or app.workspace.settings.nlp.stages
    for name in names:
        choose("stage", name, STAGES)
    with app.index(must_exist=True) as index, app.run("enrich") as run:
        run_stages(index, app.workspace, run, names)


@click.command()
@click.option("--assignments", is_flag=True, help="Instead: the narrative of every post, null where it has none.")
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
    app.answer(document, lambda _: app.table("Narratives", ("id", "about", "posts", "authors", "languages", "coordinated"), rows))


def __getattr__(name: str) -> Any:
    """The command of near copies lives in its own folder; it is imported when it is called."""
    if name == "copies":
        from nlp.copies.command import copies

        return copies
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
