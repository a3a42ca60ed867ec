"""``tocsin clusters`` and ``tocsin mark``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import App
from tocsin.core.errors import ConfigError

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms


@click.command()
@click.argument("cluster_id", required=False)
@click.option("--edges", is_flag=True, help="With the posts behind every pair of accounts.")
@click.pass_obj
def clusters(app: App, cluster_id: str | None, edges: bool) -> None:
    """Accounts coordinated beyond chance, with their evidence; with an ID also the pairs inside that cluster."""
    from graph.coordination.answers import answer
    from index.privacy import pseudonyms

    with app.index(must_exist=True) as index:
        document = answer(
            index, pseudonyms(app.workspace), cluster_id, with_edges=edges or cluster_id is not None
        )
    app.answer(document, lambda _: _print(app, document, cluster_id))


@click.command()
@click.argument("subject", metavar="CLUSTER_OR_ACCOUNT")
@click.argument("mark", type=click.Choice(["benign", "suspect", "unsure", "none"]))
@click.option("--note", default="", help="Why, for whoever reads it later.")
@click.pass_obj
def mark(app: App, subject: str, mark: str, note: str) -> None:
    """Keep an analyst's mark of a cluster or account; `none` takes it back. Later analyses respect it."""
    from index.privacy import pseudonyms

    with app.index(must_exist=True) as index:
        shown = pseudonyms(app.workspace)
        key = _subject(index, shown, subject)
        index.put_mark(key, None if mark == "none" else mark, note=note[:2000])
        measured = precision(index)
    document = {
        "subject": subject,
        "mark": None if mark == "none" else mark,
        "note": note[:2000],
        "measured": measured,
    }
    app.answer(
        document,
        lambda console: console.print(
            _marked(subject, mark, measured), markup=False, highlight=False
        ),
    )


def precision(index: Index) -> dict[str, Any]:
    """How many of the flagged clusters that people have judged were right, with a 95 % Wilson interval.

    A cluster marked suspect was rightly flagged, one marked benign wrongly; unsure and unmarked ones do not count.
    """
    from graph.coordination.labels import measured_precision

    return measured_precision(index.findings("cluster"), index.marks())


def _subject(index: Index, shown: Pseudonyms, given: str) -> str:
    """The key of a cluster's name, or of an account as it is shown, or by its own id."""
    found: list[Any] = index.findings("cluster")
    if any(c.id == given for c in found):
        return given
    for cluster in found:
        for member in cluster.accounts:
            if given in (member.id, shown.account(member.id), shown.pseudonym(member.id)) or (
                member.handle and given == member.handle
            ):
                return str(member.id)
    if given in index.marks():
        return given
    raise ConfigError(
        f"there is no cluster or account {given!r} among the clusters; `tocsin clusters` lists both"
    )


def _marked(subject: str, mark: str, measured: dict[str, Any]) -> str:
    low, high = measured["interval"]
    said = f"{subject} is marked {mark}; the next analysis respects it."
    if measured["judged"]:
        said += f" Of {measured['judged']} judged clusters {measured['suspect']} were rightly flagged ({low:.0%} to {high:.0%})."
    return said


def _print(app: App, document: dict[str, Any], cluster_id: str | None) -> None:
    tested, expected = document["tested"], document["expected_false_accounts"]
    app.listing(
        f"{tested['accounts']:,} accounts and {tested['pairs']:,} pairs tested; "
        f"false accounts to expect: {f'{expected:.2f}' if expected >= 0.01 else 'under 0.01'}",
        [
            (
                f"{c['id']}  {c['status']}, {len(c['accounts'])} accounts, q {c['q_value']:.2g}: {', '.join(c['signals'])}",
                c["because"],
            )
            for c in document["clusters"]
        ],
    )
    if cluster_id and document["clusters"]:
        chosen = document["clusters"][0]
        app.table(
            "Accounts",
            ["account", "degree", "posts"],
            [[a["handle"] or a["id"], a["degree"], a["posts"]] for a in chosen["accounts"]],
        )
        app.table(
            "Innocent readings",
            ["reading", "fits", "because"],
            [
                [e["kind"], "yes" if e["fits"] else "no", e["because"]]
                for e in chosen["innocent_explanations"]
            ],
        )
        app.table(
            "Evidence",
            ["signal", "shared", "posts", "seconds"],
            [
                [e["signal"], e["object"], len(e["posts"]), e["seconds_apart"]]
                for e in chosen["evidence"][:20]
            ],
        )
