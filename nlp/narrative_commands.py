"""``tocsin narratives``: the stories that posts tell, and what analysts do to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.base import EditAction
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from rich.console import Console

    from index.command_context import CommandContext
    from index.narratives.editor import Editor, EditResult
    from tocsin.core.findings import Narrative
    from tocsin.core.language.words import Words


@click.group(invoke_without_command=True)
@click.option(
    "--assignments",
    is_flag=True,
    help="Instead: the narrative of every post, null where it has none.",
)
@click.pass_context
def narratives(context: click.Context, assignments: bool) -> None:
    """The stories that posts tell, across languages; and what analysts make of them.

    What is renamed, merged, split, pinned or binned stays so, whatever later analyses find. ID is
    the id of a narrative, of one that became part of it, or the name that somebody gave it.
    """
    if context.invoked_subcommand is None:
        _show(context.obj, assignments)


_BY = click.option("--by", default="", help="Who says so. [the account of this machine]")


@narratives.command()
@click.argument("narrative", metavar="ID")
@click.argument("name")
@_BY
@click.pass_obj
def rename(app: CommandContext, narrative: str, name: str, by: str) -> None:
    """Give a narrative a name, which every page, report and export shows."""
    _act(app, "rename", by, lambda editor: editor.rename(narrative, name))


@narratives.command()
@click.argument("first", metavar="ID")
@click.argument("others", metavar="ID...", nargs=-1, required=True)
@_BY
@click.pass_obj
def merge(app: CommandContext, first: str, others: tuple[str, ...], by: str) -> None:
    """Make several narratives one, under the id of the largest; the other ids still find it."""
    _act(app, "merge", by, lambda editor: editor.merge([first, *others]))


@narratives.command()
@click.argument("narrative", metavar="ID")
@click.option("--query", default="", help="The posts that this finds, those of later analyses too.")
@click.option("--post", "posts", multiple=True, metavar="POST", help="A post by its id; repeat it.")
@click.option(
    "--posts",
    "listed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the id of a post in each line.",
)
@click.option("--name", default="", help="What the new narrative is called.")
@_BY
@click.pass_obj
def split(
    app: CommandContext,
    narrative: str,
    query: str,
    posts: tuple[str, ...],
    listed: Path | None,
    name: str,
    by: str,
) -> None:
    """Make some posts of a narrative one of their own: those of a query, or named ones.

    Near copies of named posts go with them.
    """
    if listed is not None:
        from tocsin.core.files import decode_text

        lines = decode_text(listed.read_bytes()).splitlines()
        posts = (*posts, *(line.strip() for line in lines if line.strip()))
    _act(
        app,
        "split",
        by,
        lambda editor: editor.split(narrative, query=query, posts=posts, name=name),
    )


@narratives.command()
@click.argument("narrative", metavar="ID")
@_BY
@click.pass_obj
def pin(app: CommandContext, narrative: str, by: str) -> None:
    """List a narrative first, and keep it when it fades or is not found again."""
    _act(app, "pin", by, lambda editor: editor.pin(narrative))


@narratives.command(name="bin")
@click.argument("narrative", metavar="ID")
@_BY
@click.pass_obj
def bin_(app: CommandContext, narrative: str, by: str) -> None:
    """Keep a narrative out of Today and alerts; its posts are counted as before."""
    _act(app, "bin", by, lambda editor: editor.bin(narrative))


@narratives.command()
@click.argument("narrative", metavar="ID")
@click.option(
    "--only",
    type=click.Choice(["rename", "merge", "split", "pin", "bin"]),
    help="Only acts of this kind. [all]",
)
@click.pass_obj
def reset(app: CommandContext, narrative: str, only: EditAction | None) -> None:
    """Take back what was done to a narrative: it is again as the analysis found it."""
    _act(app, "reset", "", lambda editor: editor.reset(narrative, only))


def _act(app: CommandContext, action: str, by: str, act: Callable[[Editor], EditResult]) -> None:
    from index.narratives.editor import Editor
    from index.privacy import pseudonyms
    from nlp.answers import edit_answer, narrative_answer

    with app.index(must_exist=True) as index:
        people = pseudonyms(app.workspace, index)
        acted = act(Editor(index, people, by))
        document = {
            "action": action,
            "narratives": [narrative_answer(one, people) for one in acted.narratives],
            "lost": [edit_answer(edit) for edit in acted.lost],
        }
        words = app.words
        entries = [
            Message(
                "narrative.edit.now",
                {"id": one.id, "title": people.finding(one).headline(words.code),
                 "posts": Message("posts", {"n": one.posts})},
            )
            for one in acted.narratives
        ]  # fmt: skip
    said = [Message(f"narrative.edit.done.{action}"), *entries]
    if acted.lost:
        said.append(Message("narrative.edit.lost", {"n": len(acted.lost)}))
    app.answer(document, lambda _: app.write(*said))


def _show(app: CommandContext, assignments: bool) -> None:
    from index.analysis import lacking
    from index.narratives.editor import lost_edits
    from index.narratives.edits import read_edits
    from index.narratives.publishing import published_narratives, published_themes
    from index.privacy import pseudonyms as workspace_pseudonyms
    from nlp.answers import (
        answer_head,
        assignments_answer,
        binned_note,
        by_count,
        edit_answer,
        narrative_answer,
        theme_answer,
        unclustered_answer,
        unclustered_note,
    )

    with app.index(must_exist=True) as index:
        published, above = published_narratives(index), published_themes(index)
        document: dict[str, Any] = answer_head(index, "narrative", published)
        if assignments:
            document["assignments"] = assignments_answer(index, published)
            document["themes"] = assignments_answer(index, above)
            app.answer(document)
            return
        pseudonyms = workspace_pseudonyms(app.workspace, index)
        document["narratives"] = [narrative_answer(finding, pseudonyms) for finding in published]
        document["themes"] = [theme_answer(finding, pseudonyms) for finding in above]
        document["unclustered"] = unclustered_answer(published)
        lost = lost_edits(read_edits(index.marks()), published)
        document["lost_edits"] = [edit_answer(edit) for edit in lost]
        caveats = document["caveats"] = lacking(index.stats(), ("text", "author"))
        caveats += binned_note(published)
        if lost:
            caveats.append(Message("narrative.edit.lost", {"n": len(lost)}))
    words = app.words
    columns = [
        Message("narrative.column.id"),
        Message("narrative.column.about"),
        Message("narrative.column.posts"),
        Message("narrative.column.authors"),
        Message("narrative.column.languages"),
        Message("narrative.column.coordinated"),
    ]
    rows = [
        (
            narrative.id,
            _title(words, narrative, pseudonyms.finding(narrative).headline(words.code)),
            narrative.posts,
            narrative.authors,
            " ".join(by_count(narrative.languages)),
            _share(words, narrative.coordinated_share),
        )
        for narrative in published
    ]

    def show(_: Console) -> None:
        app.table(Message("narrative.table"), columns, rows)
        app.write(*unclustered_note(published), *caveats)

    app.answer(document, show)


def _title(words: Words, narrative: Narrative, headline: str) -> str:
    if narrative.pinned:
        return words.say(Message("narrative.pinned", {"title": headline}))
    if narrative.binned:
        return words.say(Message("narrative.binned", {"title": headline}))
    return headline


def _share(words: Words, share: float | None) -> str:
    return "" if share is None else words.percent(share)
