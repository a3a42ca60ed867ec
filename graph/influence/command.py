"""``tocsin influencers``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.findings import Influence

MAX_ROWS = 30
MAX_EXPLAINED = 3
"""Accounts whose reasons are printed below the table."""


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
def influencers(context: CommandContext, topic: str | None, without_coordinated: bool) -> None:
    """Whose posts spread: expected spread with its interval, counts, and why."""
    from graph.influence.analyser import ALL, WITHOUT
    from index.analysis import lacking
    from index.privacy import pseudonyms

    scope = WITHOUT if without_coordinated else ALL
    with context.index(must_exist=True) as index:
        if topic:
            findings = _of_topic(index, context.workspace.settings.graph.seed, topic, scope)
        else:
            findings = _published(index, scope)
        run_id = index.generation("narrative" if topic else "influence")
        account_names = pseudonyms(context.workspace, index)
        influencers = [_influencer(finding, account_names) for finding in findings]
        caveats = lacking(index.stats(), ("author",))
    document = {
        "run_id": run_id,
        **_method(findings),
        "scope": scope,
        "topic": topic,
        "influencers": influencers,
        "caveats": caveats,
    }

    def show(_: Console) -> None:
        _print(context, document)
        context.write(*caveats)

    context.answer(document, show)


def _published(index: Index, scope: str) -> list[Influence]:
    from tocsin.core.findings import Influence

    if index.generation("influence") is None:
        raise ConfigError(Message("influence.not_measured"))
    published = (f for f in index.findings("influence") if isinstance(f, Influence))
    return [finding for finding in published if finding.scope == scope]


def _of_topic(index: Index, seed: int, topic: str, scope: str) -> list[Influence]:
    from graph.influence.analyser import measure_influence
    from index.current import flagged_accounts
    from tocsin.core.findings import Narrative

    narrative = next(
        (f for f in index.findings("narrative", ids=[topic]) if isinstance(f, Narrative)), None
    )
    if narrative is None:
        raise ConfigError(Message("influence.no_narrative", {"id": topic}))
    flagged = flagged_accounts(index)
    return list(
        measure_influence(
            index, flagged, seed=seed, topic=topic, roots=narrative.members, scopes=(scope,)
        )
    )


def _method(findings: list[Influence]) -> dict[str, Any]:
    if not findings:
        return {"method": None, "data_as_of": None}
    method = findings[0].method
    about = {
        "name": method.name,
        "version": method.version,
        "parameters": dict(method.parameters),
    }
    return {"method": about, "data_as_of": method.parameters["data_as_of"]}


def _influencer(finding: Influence, account_names: Pseudonyms) -> dict[str, Any]:
    from index.directory import platform_of
    from tocsin.core.documents import native_id

    return {
        "id": account_names.account(finding.account),
        "handle": account_names.handle(finding.handle, finding.account),
        "platform": platform_of(finding.account),
        "score": round(finding.score, 4),
        "interval": [round(bound, 4) for bound in finding.interval],
        "reach": finding.reach,
        "amplified": finding.amplified,
        "h_index": finding.h_index,
        "sustained": round(finding.sustained, 2),
        "reasons": list(finding.reasons),
        "evidence": [
            {"posts": [native_id(post) for post in row.posts], "why": row.why}
            for row in finding.evidence
        ],
        "caveats": list(finding.caveats),
    }


def _print(context: CommandContext, document: Mapping[str, Any]) -> None:
    """The table for a person, in the person's language."""
    everyone = document["scope"] == "all"
    scope = "influence.terminal.everyone" if everyone else "influence.terminal.without_coordinated"
    shown = document["influencers"][:MAX_ROWS]
    context.table(
        Message("influence.terminal.title", {"scope": Message(scope)}),
        [
            Message("influence.terminal.account"),
            Message("influence.terminal.spread"),
            Message("influence.terminal.interval"),
            Message("influence.terminal.reach"),
            Message("influence.terminal.amplified"),
            Message("influence.terminal.h_index"),
        ],
        [_row(one) for one in shown],
    )
    for one in shown[:MAX_EXPLAINED]:
        reasons = " ".join(context.say(reason) for reason in one["reasons"])
        context.write(f"{one['handle'] or one['id']}: {reasons}")
    if not shown:
        context.write(Message("influence.terminal.nobody"))


def _row(one: Mapping[str, Any]) -> list[Any]:
    low, high = one["interval"]
    return [
        one["handle"] or one["id"],
        Message("influence.terminal.number", {"n": one["score"]}),
        Message("influence.terminal.range", {"low": low, "high": high}),
        one["reach"],
        one["amplified"],
        one["h_index"],
    ]
