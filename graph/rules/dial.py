"""``tocsin dial``: what each allowed error would find in the posts of the last analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.messages import Message, plain

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

STEPS = (0.001, 0.005, 0.02, 0.1)
"""Rates between and beyond those that have names, which a slider has."""
_COLUMNS = ("level", "rate", "groups", "structures", "accounts", "expected")


@click.command()
@click.option(
    "--rate",
    "rates",
    multiple=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="A false discovery rate beside those that have names; may be given several times.",
)
@click.pass_obj
def dial(context: CommandContext, rates: tuple[float, ...]) -> None:
    """What strict, balanced and explore (graph.error) would find here, without changing anything.

    Flagged groups, pairs, accounts, and the false positives to expect among them.
    """
    from graph.rules.levels import compare_levels
    from graph.rules.listing import make_listing
    from index.privacy import pseudonyms
    from tocsin.core.calibration.stated import by_q, false_accounts

    with context.index(must_exist=True) as index:
        shown = make_listing(pseudonyms(context.workspace, index))
        document = compare_levels(index, context.workspace, rates, shown=shown)

    def show(_: Any) -> None:
        context.table(
            Message("dial.title"),
            [Message(f"dial.column.{name}") for name in _COLUMNS],
            [
                (
                    Message("dial.in_force", {"name": name}) if level["in_force"] else name,
                    Message("dial.rate", {"rate": level["false_discovery_rate"]}),
                    level["groups"],
                    level["structures"],
                    level["accounts"],
                    by_q(level["expected_false_accounts"]),
                )
                for level in document["levels"]
                for name in (_name(level["error"]),)
            ],
        )
        (now,) = (level for level in document["levels"] if level["in_force"])
        said = false_accounts(now["expected_false_accounts"], now["measured_false_accounts"])
        context.write(Message("dial.stated", {"expected": said}), Message("dial.how"))

    context.answer(document, show)


def _name(error: str | None) -> Message:
    return Message(f"dial.level.{error}") if error else plain("–")


def answer(workspace: Workspace, index: Index, subject: str) -> dict[str, Any]:
    """For a screen: the document of the command at the steps of a slider.

    Accounts and posts stand under their ids.

    Args:
        subject: more rates, separated by spaces.
    """
    from graph.rules.levels import compare_levels
    from graph.rules.listing import BY_ID

    return compare_levels(index, workspace, (*STEPS, *map(float, subject.split())), shown=BY_ID)
