"""``tocsin rules``: what CooRTweet and the coordination-network-toolkit would say of the posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

_COLUMNS = ("rule", "accounts", "pairs", "both", "adds", "loses")


@click.command()
@click.option(
    "--window",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, 31_536_000),
    help="Seconds within which two acts count as together, for all rules.",
)
@click.option(
    "--min-participation",
    default=2,
    show_default=True,
    type=click.IntRange(1),
    help="CooRTweet: shares that an account takes part with.",
)
@click.option(
    "--edge-weight",
    default=0.5,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="CooRTweet: quantile of the weights that a pair must exceed.",
)
@click.option(
    "--min-edge-weight",
    default=2,
    show_default=True,
    type=click.IntRange(1),
    help="Toolkit: posts that tie two accounts.",
)
@click.option(
    "--similarity",
    default=0.8,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Toolkit, co_similar_tweet: least Jaccard index of two texts.",
)
@click.pass_obj
def rules(context: CommandContext, /, **given: Any) -> None:
    """What CooRTweet's rule and the toolkit's rules would say, beside the published groups.

    What each adds, why Tocsin does not flag it, and what each loses. The posts are those of the
    last analysis.
    """
    from graph.rules.compare import compare_rules
    from graph.rules.listing import make_listing
    from graph.rules.tools import RuleSettings
    from index.privacy import pseudonyms

    with context.index(must_exist=True) as index:
        shown = make_listing(pseudonyms(context.workspace, index))
        document = compare_rules(index, context.workspace, shown, RuleSettings(**given))
    context.answer(document, lambda _: _print(context, document))


def answer(workspace: Workspace, index: Index, subject: str) -> dict[str, Any]:
    """For a screen: the document of the command; ``subject`` is the window in seconds.

    Accounts and posts stand under their ids.
    """
    from graph.rules.compare import compare_rules
    from graph.rules.listing import BY_ID
    from graph.rules.tools import RuleSettings

    return compare_rules(index, workspace, BY_ID, RuleSettings(window=float(subject)))


def _print(context: CommandContext, document: dict[str, Any]) -> None:
    ours = document["ours"]
    title = {
        "posts": Message("posts", {"n": document["posts"]}),
        "accounts": Message("accounts", {"n": ours["accounts"]}),
        "groups": Message("study.groups", {"n": ours["groups"]}),
        "pairs": Message("pairs", {"n": ours["pairs"]}),
    }
    context.table(
        Message("rules.title", title),
        [Message(f"rules.column.{name}") for name in _COLUMNS],
        [
            (
                rule["rule"], rule["accounts"], rule["pairs"], rule["both"]["accounts"],
                rule["adds"]["accounts"], rule["loses"]["accounts"],
            )
            for rule in document["rules"]
            if "failed" not in rule
        ],
    )  # fmt: skip
    for rule in document["rules"]:
        if "failed" in rule:
            context.write(Message("rules.failed", {"rule": rule["rule"], "why": rule["failed"]}))
        elif rule["adds"]["why"]:
            reasons = [
                Message(f"rules.why.{reason}", {"n": number})
                for reason, number in rule["adds"]["why"].items()
            ]
            context.write(Message("rules.adds", {"rule": rule["rule"], "reasons": reasons}))
    context.write(Message("rules.window", {"seconds": document["rules"][0]["parameters"][
        "time_window"]}))  # fmt: skip
    context.write(*(Message("rules.source", {"source": source}) for source in sorted(
        {rule["source"] for rule in document["rules"]})))  # fmt: skip
