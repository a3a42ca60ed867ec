"""``tocsin source``: the dossier of a domain or an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from index.command_context import App
from tocsin.core.errors import ConfigError

if TYPE_CHECKING:
    from graph.sources.dossier import Dossier, Material
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

LONGEST = 300


@click.command()
@click.argument("subject", metavar="DOMAIN_OR_HANDLE")
@click.pass_obj
def source(app: App, subject: str) -> None:
    """What the posts here show of a site or an account: facts, each with its test and its posts.

    SUBJECT is a domain, the address of a page, a handle (@name), an account's id, or a pseudonym from an answer.
    """
    from tocsin.core.documents import native_id

    with app.index(must_exist=True) as index:
        document = answer(app.workspace, index, subject, native_id)
    app.answer(document, lambda _: _print(app, document))


def answer(
    workspace: Workspace, index: Index, subject: str, post: Callable[[str], str] = str
) -> dict[str, Any]:
    """The dossier of a subject as the command's JSON document; ``post`` says how posts are named in it.

    Raises:
        ConfigError: the subject is no name, or may be several accounts.
    """
    from index.privacy import pseudonyms

    given = subject.strip()
    if not given or len(given) > LONGEST or not given.isprintable():
        raise ConfigError(
            f"a domain or a handle has 1 to {LONGEST} printable characters; give one such as example.org or @name"
        )
    document = _document(_dossier(index, given, pseudonyms(workspace)), post)
    return document | {
        "run_id": index.generation("cluster"),
        "data_as_of": index.stats().newest_at,
        "method": _method(),
    }


def _dossier(index: Index, given: str, shown: Pseudonyms) -> Dossier:
    from graph.sources.dossier import of_account, of_domain
    from index.accounts import named
    from tocsin.core.urls import domain

    material, analysed = _material(index, shown), index.generation("cluster") is not None
    site = "" if given.startswith("@") or " " in given or "." not in given else domain(given)
    if site and (_any(material.links, site) or _any(material.posts, site)):
        return of_domain(site, material, analysed=analysed)
    people = named(index, given, shown)
    if len(people) > 1:
        raise ConfigError(
            f"{given!r} may be {', '.join(shown.account(key) for key in people[:10])}; name one as platform:id or pseudonym"
        )
    if people:
        return of_account(people[0], material, analysed=analysed)
    return of_domain(site or given, material, analysed=analysed)


def _any(frame: Any, site: str) -> bool:
    return bool((frame["site"] == site).any())


def _material(index: Index, shown: Pseudonyms) -> Material:
    import polars as pl
    import pyarrow as pa

    from graph.coordination.answers import status_of
    from graph.sources.dossier import COLUMNS, Material
    from tocsin.core.findings import Cluster

    marks = index.marks()
    clusters = (c for c in index.findings("cluster") if isinstance(c, Cluster))
    now = [replace(c, status=status_of(c, marks.get(c.id, {}).get("mark"))) for c in clusters]
    kept = [c for c in now if c.status != "cleared"]
    types = pl.Schema(
        {
            name: {"published_at": pl.Int64(), "urls": pl.List(pl.String)}.get(name, pl.String())
            for name in COLUMNS
        }
    )
    parts = [
        pl.DataFrame(pa.Table.from_batches([part])).cast(types)
        for part in index.scan(COLUMNS, order="none")
    ]
    return Material.of(
        pl.concat(parts) if parts else pl.DataFrame(schema=types), kept, shown.account
    )


def _method() -> dict[str, Any]:
    from graph.sources import dossier

    return {
        "name": "source dossier",
        "version": dossier.VERSION,
        "parameters": {
            "min_posts": dossier.MIN_POSTS,
            "min_accounts": dossier.MIN_ACCOUNTS,
            "min_peers": dossier.MIN_PEERS,
            "false_discovery_rate": dossier.RATE,
        },
    }


def _document(dossier: Dossier, post: Callable[[str], str]) -> dict[str, Any]:
    return {
        "subject": dossier.subject,
        "facts": [
            {
                "name": f.name, "value": f.value, "evidence": [post(p) for p in f.posts], "weight": f.weight, "n": f.n,
                "p_value": f.p, "q_value": f.q, "innocent": f.innocent or None,
            }
            for f in dossier.facts
        ],
        "verdict": dossier.verdict,
        "because": list(dossier.because),
    }  # fmt: skip


def _print(app: App, document: Mapping[str, Any]) -> None:
    app.listing(
        f"{document['subject']}: {document['verdict']}",
        [("because", reason) for reason in document["because"]],
    )
    facts = document["facts"]
    app.listing(
        "facts",
        [
            (
                f["name"] + (f", q {f['q_value']:.2g}" if f["q_value"] is not None else ""),
                f["value"],
            )
            for f in facts
        ],
    )
