"""``tocsin clusters`` and ``tocsin mark``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message, plain
from tocsin.core.text import clean

if TYPE_CHECKING:
    from index.base import Index, Mark
    from index.privacy import Pseudonyms
    from tocsin.core.findings import Cluster, Tested

MAX_NOTE = 2_000
MAX_EVIDENCE = 20
"""Rows of evidence that a person is shown; JSON holds all."""


@click.command()
@click.argument("cluster_id", required=False)
@click.option("--edges", is_flag=True, help="With the posts behind every pair of accounts.")
@click.pass_obj
def clusters(app: CommandContext, cluster_id: str | None, edges: bool) -> None:
    """Accounts coordinated beyond chance, with their evidence.

    Groups, and apart from them pairs, stars and chains. With an ID also the pairs inside it.
    """
    from graph.coordination.answers import answer, tested_of
    from index.current import current_clusters, current_structures
    from index.privacy import pseudonyms
    from tocsin.core.calibration.record import newest

    with app.index(must_exist=True) as index:
        people = pseudonyms(app.workspace, index)
        document = answer(
            index,
            people,
            cluster_id,
            with_edges=edges or cluster_id is not None,
            calibration=newest(app.workspace),
        )
        terms = _Terms.of(tested_of(index), [*current_clusters(index), *current_structures(index)])
    app.answer(document, lambda _: _print_clusters(app, document, terms, cluster_id))


@click.command()
@click.argument("subject", metavar="CLUSTER_OR_ACCOUNT")
@click.argument("mark", type=click.Choice(["benign", "suspect", "unsure", "none"]))
@click.option("--note", default="", help="Why, for whoever reads it later.")
@click.pass_obj
def mark(app: CommandContext, subject: str, mark: str, note: str) -> None:
    """Keep an analyst's mark of a cluster or account.

    `none` takes it back. Later analyses respect it.
    """
    from graph.coordination.labels import measured_precision
    from index.privacy import pseudonyms

    chosen: Mark | None = None if mark == "none" else mark  # type: ignore[assignment]
    note = clean(note, MAX_NOTE)
    with app.index(must_exist=True) as index:
        key = _find_subject(index, pseudonyms(app.workspace, index), subject)
        index.put_mark(key, chosen, note=note)
        found = (*index.findings("cluster"), *index.findings("structure"))
        measured = measured_precision(found, index.marks())
    document = {"subject": subject, "mark": chosen, "note": note, "measured": measured}
    app.answer(document, lambda _: app.write(*_marked(subject, chosen, measured)))


def _find_subject(index: Index, people: Pseudonyms, given: str) -> str:
    """The key of a cluster's name, or of an account by whatever every command takes.

    Raises:
        ConfigError: there is none among the clusters, or the name may mean several.
    """
    from index.accounts import find_account
    from tocsin.core.findings import Cluster

    found = (*index.findings("cluster"), *index.findings("structure"))
    published = [c for c in found if isinstance(c, Cluster)]
    for cluster in published:
        if cluster.answers_to(given):
            return cluster.subject
    members = [member for cluster in published for member in cluster.accounts]
    account = find_account(index, given, people)
    if account is not None and account.id in {member.id for member in members}:
        return account.id
    for member in members:  # of somebody whose posts are gone since
        shown_as = (people.account(member.id), people.pseudonym(member.id), member.handle)
        if account is None and given in (member.id, *shown_as):
            return member.id
    if given in index.marks():
        return given
    raise ConfigError(Message("fault.clusters.neither", {"given": repr(given)}))


def _marked(subject: str, mark: str | None, measured: dict[str, Any]) -> list[Message]:
    """That the mark is kept, and what all marks say of the flags."""
    kept = Message("mark_command.taken_back", {"subject": subject})
    if mark is not None:
        named = {"subject": subject, "mark": Message(f"mark.{mark}")}
        kept = Message("mark_command.kept", named)
    said = [kept]
    if measured["judged"]:
        low, high = measured["interval"]
        judged = {"n": measured["judged"], "right": measured["suspect"], "low": low, "high": high}
        said.append(Message("mark_command.precision", judged))
    if measured["not_found"]:
        said.append(Message("mark_command.not_found", {"n": measured["not_found"]}))
    return said


@dataclass(frozen=True)
class _Terms:
    """What signals and readings are called, plug-ins of other packages included."""

    tested: Tested
    readings: dict[str, Message]

    @classmethod
    def of(cls, tested: Tested, clusters: Iterable[Cluster]) -> _Terms:
        tried = [e for cluster in clusters for e in cluster.innocent_explanations]
        return cls(tested, {e.kind: e.label for e in tried if e.label})

    def signal(self, name: str) -> Message:
        from tocsin.core.shared_objects import signal_title

        return signal_title(self.tested, name)

    def apart(self, seconds: float | None, step: float | None) -> Message | str:
        """How near in time posts are, no finer than their times, written in a step of seconds."""
        from tocsin.core.shared_objects import within_one_step

        if seconds is None:
            return "-"
        return within_one_step(seconds, self.tested, step) or _cell("decimal", seconds)

    def reading(self, kind: str) -> Message:
        return self.readings.get(kind) or plain(kind.replace("_", " "))


def _print_clusters(
    app: CommandContext, document: dict[str, Any], terms: _Terms, cluster_id: str | None
) -> None:
    from tocsin.core.calibration.stated import false_accounts

    tested = terms.tested
    measured = document["measured_false_accounts"]
    title = Message(
        "clusters_command.tested",
        {
            "accounts": Message("accounts", {"n": tested.accounts}),
            "pairs": Message("pairs", {"n": tested.pairs}),
            "expected": false_accounts(tested.expected_false_accounts, measured),
        },
    )
    found = [c for key in ("clusters", "pairs", "stars", "chains") for c in document[key]]
    entries = []
    for cluster in found:
        line = {
            "id": cluster["id"],
            "status": Message(f"status.{cluster['status']}"),
            "accounts": Message("accounts", {"n": len(cluster["accounts"])}),
            "q": cluster["q_value"],
            "signals": [terms.signal(name) for name in cluster["signals"]],
        }
        said = Message("clusters_command.line", line)
        if "shape" in cluster:
            shape = Message(f"clusters_command.shape.{cluster['shape']}")
            said = Message("clusters_command.structure", line | {"shape": shape})
        entries.append((said, cluster["because"] or ""))
    if not tested.pairs and not found:
        title = Message("clusters_command.too_little", {"accounts": title.parameters["accounts"]})
    app.listing(title, entries)
    app.write(*(Message("clusters_command.caveat", {"caveat": c}) for c in tested.caveats))
    if cluster_id and found:
        _print_details(app, found[0], terms)


def _cell(form: str, value: float) -> Message:
    """A number as the reader's language writes it."""
    return Message(f"clusters_command.cell.{form}", {"value": value})


def _print_details(app: CommandContext, cluster: dict[str, Any], terms: _Terms) -> None:
    """The accounts, who follows whom, innocent readings and evidence of one cluster."""

    def column(name: str) -> Message:
        return Message(f"clusters_command.column.{name}")

    app.table(
        Message("clusters_command.accounts"),
        [column("account"), column("degree"), column("posts")],
        [
            [a["handle"] or a["id"], _cell("small", a["degree"]), a["posts"]]
            for a in cluster["accounts"]
        ],
    )
    for pair in cluster.get("following", ()):
        app.write(Message("clusters_command.following", pair))
    verdicts = {True: column("yes"), False: column("no")}
    app.table(
        Message("clusters_command.readings"),
        [column("reading"), column("fits"), column("because")],
        [
            [terms.reading(reading["kind"]), verdicts[reading["fits"]], reading["because"]]
            for reading in cluster["innocent_explanations"]
        ],
    )
    if cluster["traits"]:
        app.table(
            Message("clusters_command.traits"),
            [column("trait"), column("agree"), column("because"), column("q"), column("innocent")],
            [
                [
                    Message(f"trait.label.{trait['kind']}"), verdicts[trait["agrees"]],
                    trait["because"], _cell("tiny", trait["q_value"]), trait["innocent"],
                ]
                for trait in cluster["traits"]
            ],
        )  # fmt: skip
    app.table(
        Message("clusters_command.evidence"),
        [column("signal"), column("shared"), column("posts"), column("seconds")],
        [
            [
                terms.signal(e["signal"]),
                e["object"],
                len(e["posts"]),
                terms.apart(e["seconds_apart"], e["step_seconds"]),
            ]
            for e in cluster["evidence"][:MAX_EVIDENCE]
        ],
    )
    every = len(cluster["evidence"])
    if every > MAX_EVIDENCE:
        counts = {"n": every, "shown": MAX_EVIDENCE, "id": cluster["id"]}
        app.write(Message("clusters_command.more_evidence", counts))
