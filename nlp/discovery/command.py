"""``tocsin discover``: posts and people beyond the words of a query."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from index.command_context import CommandContext
from tocsin.core.dates import time_option
from tocsin.core.messages import Message

SHOWN_PEOPLE = 20


@click.command()
@click.argument("query")
@click.option(
    "--precision",
    type=click.FloatRange(0.05, 0.99),
    default=0.8,
    show_default=True,
    help="Share of the posts that should be relevant.",
)
@click.option(
    "--judged",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV or JSON lines with id and relevant: true or false.",
)
@click.option(
    "--to-judge",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV to write: what was judged, and the ten posts whose judgement would tell most.",
)
@click.option("--within", default="", help="A query: only posts that it finds are looked at.")
@click.option("--since", help="RFC 3339, a date, or 7d.")
@click.option("--until", help="The same.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    help="Posts to list at most, and people.",
)
@click.pass_obj
def discover(
    app: CommandContext,
    query: str,
    precision: float,
    judged: Path | None,
    to_judge: Path | None,
    within: str,
    since: str | None,
    until: str | None,
    limit: int,
) -> None:
    """Posts that mean what a query's hits mean in other words, and their authors.

    \b
    To measure the precision, judge some of them, ten at a time:
      tocsin discover QUERY --to-judge judged.csv
      (write yes or no into the column relevant of judged.csv)
      tocsin discover QUERY --judged judged.csv --to-judge judged.csv
    """
    from nlp.discovery.answers import look_beyond
    from nlp.discovery.judging import read_judgements, write_judgements

    judgements = read_judgements(judged) if judged else {}
    window = time_option(since, "--since"), time_option(until, "--until")
    with app.index(must_exist=True) as index:
        found = look_beyond(
            app.workspace, index, query, window, judgements,
            precision=precision, limit=limit, within=within,
        )  # fmt: skip
        if to_judge:
            write_judgements(to_judge, found.judgements)

    def show(_: object) -> None:
        _print(app, found.document)
        if to_judge:
            open_ones = sum(said is None for _, said, _ in found.judgements)
            told = {"n": open_ones, "path": str(to_judge)}
            app.write(Message("discovery.to_judge", told))

    app.answer(found.document, show)


def _print(app: CommandContext, document: Mapping[str, Any]) -> None:
    words, estimate = app.words, document["estimate"]
    title = Message("discovery.nothing")
    if document["promise"] is not None:
        title = Message("discovery.title", {"n": estimate["posts"]})
    entries = [
        (
            f"{post['id']}  {words.percent(post['expected_precision'])}",
            f"{post['text']}\n{words.say(post['why'])}",
        )
        for post in document["posts"]
    ]
    app.listing(title, entries)
    if left_out := estimate["posts"] - len(entries):
        app.write(Message("discovery.more_posts", {"n": left_out}))
    if document["promise"] is not None:
        app.write(document["promise"])
    people = document["people"][:SHOWN_PEOPLE]
    app.table(
        Message("discovery.people"),
        [
            Message("discovery.column.account"),
            Message("discovery.column.posts"),
            Message("discovery.column.hits"),
        ],
        [(p["handle"] or p["id"], p["posts"], p["hits"]) for p in people],
    )
    if left_out := document["people_found"] - len(people):
        app.write(Message("discovery.more_people", {"n": left_out}))
    app.write(*document["warnings"])
