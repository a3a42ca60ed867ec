"""``tocsin influencers``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import App
from tocsin.core.errors import ConfigError

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.findings import Influence


@click.command()
@click.option(
    "--topic", metavar="ID", help="Only posts of one narrative; `tocsin narratives` lists them."
)
@click.option(
    "--without-coordinated",
    is_flag=True,
    help="Leave out accounts that acted together beyond chance.",
)
@click.pass_obj
def influencers(app: App, topic: str | None, without_coordinated: bool) -> None:
    """Whose posts travel: expected spread with its interval, counts beside it, and why."""
    from graph.influence.analyser import ALL, WITHOUT
    from index.privacy import pseudonyms

    scope = WITHOUT if without_coordinated else ALL
    with app.index(must_exist=True) as index:
        found = (
            _of_topic(index, app.workspace.settings.graph.seed, topic, scope)
            if topic
            else _published(index, scope)
        )
        run_id = index.generation("narrative" if topic else "influence")
    document = _answer(found, pseudonyms(app.workspace), run_id, scope, topic)
    app.answer(document, lambda _: _print(app, document))


def _published(index: Index, scope: str) -> list[Influence]:
    from tocsin.core.findings import Influence

    if index.generation("influence") is None:
        raise ConfigError("nobody's influence has been measured yet; run `tocsin analyse` first")
    return [f for f in index.findings("influence") if isinstance(f, Influence) and f.scope == scope]


def _of_topic(index: Index, seed: int, topic: str, scope: str) -> list[Influence]:
    from graph.influence.analyser import coordinated, influence

    narratives: list[Any] = index.findings("narrative", ids=[topic])
    if not narratives:
        raise ConfigError(f"there is no narrative {topic}; `tocsin narratives` lists them")
    flagged = coordinated(index.findings("cluster"))
    return list(
        influence(
            index, flagged, seed=seed, topic=topic, roots=narratives[0].members, scopes=(scope,)
        )
    )


def _answer(
    found: list[Influence], shown: Pseudonyms, run_id: str | None, scope: str, topic: str | None
) -> dict[str, Any]:
    from tocsin.core.documents import native_id

    method = found[0].method if found else None
    return {
        "run_id": run_id,
        "method": {
            "name": method.name,
            "version": method.version,
            "parameters": dict(method.parameters),
        }
        if method
        else None,
        "data_as_of": method.parameters["data_as_of"] if method else None,
        "scope": scope,
        "topic": topic,
        "influencers": [
            {
                "id": shown.account(f.account),
                "handle": shown.handle(f.handle, f.account),
                "score": round(f.score, 4),
                "interval": [round(bound, 4) for bound in f.interval],
                "reach": f.reach,
                "amplified": f.amplified,
                "h_index": f.h_index,
                "sustained": round(f.sustained, 2),
                "reasons": list(f.reasons),
                "evidence": [
                    {"posts": [native_id(p) for p in e.posts], "why": e.why} for e in f.evidence
                ],
                "caveats": list(f.caveats),
            }
            for f in found
        ],
    }


def _print(app: App, document: dict[str, Any]) -> None:
    about = "coordinated accounts left out" if document["scope"] != "all" else "all accounts"
    shown = document["influencers"][:30]
    rows = [
        [
            i["handle"] or i["id"],
            f"{i['score']:,.1f}",
            "{:,.1f} to {:,.1f}".format(*i["interval"]),
            i["reach"],
            i["amplified"],
            i["h_index"],
        ]
        for i in shown
    ]
    app.table(
        f"Whose posts travel ({about})",
        ["account", "expected spread", "95 %", "accounts", "amplified", "h"],
        rows,
    )
    for i in shown[:3]:
        app.console.print(
            f"{i['handle'] or i['id']}: {' '.join(i['reasons'])}", markup=False, highlight=False
        )
    if not shown:
        app.console.print(
            "No post takes up another, or only coordinated accounts do.", markup=False
        )
