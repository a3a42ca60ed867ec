"""``tocsin query``: what each term of a query does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from index.reading.minus_query import SearchCommand
from tocsin.core.dates import window_options
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from rich.console import Console

_FORMS_SHOWN = 5


@click.command(cls=SearchCommand)
@click.argument("query")
@click.option("--since", help="Only posts from this time on: 2026-01-31, RFC 3339, or 7d.")
@click.option("--until", help="Only posts before this time.")
@click.pass_obj
def query(context: CommandContext, query: str, since: str | None, until: str | None) -> None:
    """Say what each term of a query does before it is used.

    For each: the posts that have it, those that the query would find without it, and other forms
    of the word that the query leaves out (write ~word to take them in).
    """
    from index.base import Window
    from index.privacy import pseudonyms
    from index.reading.doctor import examine

    window = Window(*window_options(since, until))
    with context.index(must_exist=True) as index:
        document = examine(query, index, pseudonyms(context.workspace, index), window)

    def show(_: Console) -> None:
        columns = ("term", "posts", "without", "forms", "with_forms")
        if not document["terms"]:
            context.write(Message("doctor.title", {"n": document["posts"]}))
            return
        context.table(
            Message("doctor.title", {"n": document["posts"]}),
            tuple(Message(f"doctor.{column}") for column in columns),
            [_row(term) for term in document["terms"]],
        )
        dead = [term["term"] for term in document["terms"] if term["dead"]]
        if dead:
            context.write(Message("doctor.dead", {"n": len(dead), "terms": ", ".join(dead)}))
        if left := [term["term"] for term in document["terms"] if term["forms"]]:
            written = " ".join(f"~{term}" for term in left)
            context.write(Message("doctor.write", {"written": written}))
        if document["of_terms"] > len(document["terms"]):
            context.write(
                Message(
                    "doctor.cut", {"n": len(document["terms"]), "of": document["of_terms"]}
                )
            )  # fmt: skip

    context.answer(document, show)


def _row(term: dict[str, Any]) -> tuple[Any, ...]:
    forms = [f"{form['form']} ({form['posts']})" for form in term["forms"][:_FORMS_SHOWN]]
    more = len(term["forms"]) - len(forms)
    return (
        f"-{term['term']}" if term["excluded"] else term["term"],
        term["posts"],
        term["without"],
        ", ".join(forms) + (f" … +{more}" if more else ""),
        "-" if term["with_forms"] is None else term["with_forms"],
    )
