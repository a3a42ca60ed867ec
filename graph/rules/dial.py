"""``tocsin dial``: what each allowed error would find in the posts of the last analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.messages import Message
from tocsin.core.settings import ERROR_LEVELS

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

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

    Flagged groups, pairs found apart, accounts, and the false accounts to expect among them.
    """
    with context.index(must_exist=True) as index:
        document = turn_dial(index, context.workspace, rates)

    def show(_: Any) -> None:
        context.table(
            Message("dial.title"),
            [Message(f"dial.column.{name}") for name in _COLUMNS],
            [
                (
                    Message("dial.in_force", {"name": name}) if level["in_force"] else name,
                    f"{level['false_discovery_rate']:g}",
                    level["groups"],
                    level["structures"],
                    level["accounts"],
                    f"{level['expected_false_accounts']:.2g}",
                )
                for level in document["levels"]
                for name in (level["error"] or "–",)
            ],
        )
        context.write(Message("dial.how"))

    context.answer(document, show)


def turn_dial(index: Index, workspace: Workspace, rates: tuple[float, ...] = ()) -> dict[str, Any]:
    """The answer of the command: the analysis repeated at each level, on one set of pair tests.

    Raises:
        ConfigError: there is no analysis, or its posts have changed since.
    """
    from graph.coordination.answers import tested_of
    from graph.coordination.engine import find_groups
    from graph.coordination.pair_tests import run_pair_tests
    from graph.coordination.signals import load_signals
    from graph.studies.seal import posts_of_analysis
    from tocsin.core.findings import Cluster

    tested = tested_of(index)
    _, posts = posts_of_analysis(index, workspace, tested)
    settings = workspace.settings.graph
    in_force = settings.false_discovery_rate
    tests = run_pair_tests(posts, settings, load_signals(tested.signals))
    marks = index.marks()
    names = {rate: name for name, rate in ERROR_LEVELS.items()}
    levels = []
    for rate in sorted({*ERROR_LEVELS.values(), *rates, in_force}):
        asked = settings.model_copy(update={"false_discovery_rate": rate})
        result = find_groups(tests, asked, tested.signals, {}, marks)
        found = [f.under(marks) for f in result.findings() if isinstance(f, Cluster)]
        flagged = [cluster for cluster in found if cluster.status == "flagged"]
        levels.append({
            "error": names.get(rate),
            "false_discovery_rate": rate,
            "in_force": rate == in_force,
            "groups": sum(cluster.kind == "cluster" for cluster in flagged),
            "structures": sum(cluster.kind != "cluster" for cluster in flagged),
            "accounts": len({m.id for cluster in flagged for m in cluster.accounts}),
            "explained_groups": sum(cluster.status == "explained" for cluster in found),
            "expected_false_accounts": result.tested.expected_false_accounts,
        })  # fmt: skip
    return {
        "run_id": index.generation("cluster"),
        "false_discovery_rate": in_force,
        "levels": levels,
    }
