"""``tocsin train`` and ``tocsin evaluate``: heads from people's labels, each with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from nlp.labelling.examples import Examples
    from nlp.tags.head import Head
    from nlp.tags.labels import LabelFile

_MAP = click.option(
    "--map", "pairs", multiple=True, metavar="ROLE=COLUMN",
    help="Which column is id, text, label, coder or language, where names do not say.",
)  # fmt: skip
_FILE = click.argument("labels", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@click.argument("task")
@_FILE
@_MAP
@click.option(
    "--abstain",
    type=click.FloatRange(0, 0.9),
    help="Share of posts to abstain on. [as little as gives a macro-F1 of .8, at most .4]",
)
@click.option("--about", default="", help="A query: only posts that it finds get this tag.")
@click.pass_obj
def train(
    app: CommandContext,
    task: str,
    labels: Path,
    pairs: tuple[str, ...],
    abstain: float | None,
    about: str,
) -> None:
    """Learn a tag from a file of labels (or TOML of descriptions), with its error.

    LABELS is CSV or JSON lines: id or text, and label. The head stays in the workspace; the next
    `tocsin enrich` tags every post, and TASK:CLASS is then a query.
    """
    from nlp.models.embedder import key
    from nlp.tags.fields import check_task
    from nlp.tags.store import save_head

    check_task(task)
    settings = app.workspace.settings
    model, seed = key(settings.nlp), settings.graph.seed
    if about:
        _check_query(app, about)
    notes: list[Message] = []
    file: LabelFile | None = None
    if labels.suffix.lower() == ".toml":
        from nlp.labelling.descriptions import build_zero_shot_head

        head = build_zero_shot_head(app.workspace, task, labels, model, about)
    else:
        from nlp.labelling.training import train_head

        file, examples, notes = _read(app, task, labels, pairs)
        described = {"labels_sha256": file.sha256, "rows": len(file.rows) + file.faulty}
        head = train_head(
            task,
            examples,
            several=file.several,
            model=model,
            seed=seed,
            abstain=abstain,
            about=about,
            described=described,
        )
    sha256 = save_head(app.workspace, head)
    document = _answer(head, sha256) | {
        "columns": dict(file.columns) if file else None,
        "warnings": [*notes, *_left_out(head)],
    }
    measured = head.facts.get("cross_validated")

    def show(_: object) -> None:
        if file is not None:
            _say_columns(app, file.columns)
        app.write(*document["warnings"])
        if measured is not None:
            _print_figures(app, head, measured, "tags.trained")
        app.write(Message("tags.next", {"task": task}))

    app.answer(document, show)


@click.command()
@click.argument("task")
@_FILE
@_MAP
@click.pass_obj
def evaluate(app: CommandContext, task: str, labels: Path, pairs: tuple[str, ...]) -> None:
    """Measure a trained tag on labels that it did not learn from.

    What it measures is then shown beside the tag, in place of the cross-validation.
    """
    from nlp.labelling.training import measure_head
    from nlp.models.embedder import key
    from nlp.tags.store import load_head, save_head

    head = load_head(app.workspace, task)
    settings = app.workspace.settings
    if head.model != (now := key(settings.nlp)):
        said = {"task": task, "model": head.model, "now": now}
        raise ConfigError(Message("tags.other_model", said))
    file, examples, notes = _read(app, task, labels, pairs)
    measured = measure_head(head, examples, settings.graph.seed)
    measured["labels_sha256"] = file.sha256
    head = replace(head, facts={**head.facts, "measured": measured})
    sha256 = save_head(app.workspace, head)
    notes += _measured_notes(measured)
    document = _answer(head, sha256) | {"columns": dict(file.columns), "warnings": notes}

    def show(_: object) -> None:
        _say_columns(app, file.columns)
        app.write(*notes)
        _print_figures(app, head, measured, "tags.measured")

    app.answer(document, show)


def _read(
    app: CommandContext, task: str, path: Path, pairs: tuple[str, ...]
) -> tuple[LabelFile, Examples, list[Message]]:
    """A file's labels as examples, and what there is to say of them."""
    from nlp.labelling.examples import read_examples
    from nlp.tags.labels import read_labels

    given = {role: column for role, _, column in (pair.partition("=") for pair in pairs)}
    file = read_labels(path, task, given)
    by_id = any(not row.text for row in file.rows)
    with app.index(must_exist=True) if by_id else nullcontext() as index:
        examples = read_examples(app.workspace, index, file.rows, file.several)
    notes = list(file.faults)
    if file.faulty > len(file.faults):
        notes.append(Message("tags.file.more_rows", {"n": file.faulty - len(file.faults)}))
    notes += [
        Message(f"tags.lost.{why}", {"n": number}) for why, number in sorted(examples.lost.items())
    ]
    if file.several:
        notes.append(Message("tags.several"))
    if examples.coded:
        alpha = examples.coded["alpha"]
        code = "tags.agreement" if alpha is not None else "tags.agreement_unknown"
        notes.append(Message(code, {**examples.coded, "n": examples.coded["units"]}))
    return file, examples, notes


def _check_query(app: CommandContext, query: str) -> None:
    """Refuse a query that cannot be read, before anything is trained."""
    with app.index(must_exist=True) as index:
        index.count(query)


def _answer(head: Head, sha256: str) -> dict[str, Any]:
    facts = head.facts
    return {
        "task": head.task,
        "classes": list(head.classes),
        "several": not head.single,
        "about": head.about or None,
        "method": facts["method"],
        "model": head.model,
        "seed": facts.get("seed"),
        "labels_sha256": facts.get("labels_sha256"),
        "sha256": sha256,
        "abstain_below": head.thresholds[0] if head.single else None,
        "cross_validated": facts.get("cross_validated"),
        "measured": facts.get("measured"),
        "coders": facts.get("coders") or None,
    }


def _left_out(head: Head) -> list[Message]:
    rare = head.facts.get("left_out") or {}
    if not rare:
        return []
    names = [f"{name} ({number})" for name, number in rare.items()]
    return [Message("tags.left_out", {"classes": names})]


def _measured_notes(measured: Mapping[str, Any]) -> list[Message]:
    notes = []
    if measured["learnt_from"]:
        notes.append(Message("tags.learnt_from", {"n": measured["learnt_from"]}))
    if unknown := measured["unknown_classes"]:
        names = [f"{name} ({number})" for name, number in unknown.items()]
        notes.append(Message("tags.unknown_classes", {"classes": names}))
    return notes


def _say_columns(app: CommandContext, columns: Mapping[str, str]) -> None:
    read = [Message("tags.column_read", {"role": r, "column": c}) for r, c in columns.items()]
    app.write(Message("tags.columns", {"columns": read}))


def _print_figures(
    app: CommandContext, head: Head, measured: Mapping[str, Any], title: str
) -> None:
    """Macro-F1, the classes and the languages, for a person."""
    from nlp.tags.sentences import describe_abstaining, describe_quality

    app.write(Message(title, {"task": head.task, "n": measured["n"]}))
    app.write(describe_quality(measured), *describe_abstaining(measured))
    names = ("class", "precision", "recall", "f1", "labels", "caveat")
    rows = [
        (name, *(_small(part[rate]) for rate in ("precision", "recall", "f1")), part["n"],
         Message("tags.few") if part["few"] else "")
        for name, part in measured["classes"].items()
    ]  # fmt: skip
    app.table(Message("tags.by_class"), [Message(f"tags.head.{n}") for n in names], rows)
    names = ("language", "f1", "interval", "surest", "labels", "caveat")
    rows = [
        (code, _small(part["macro_f1"]), _interval(part),
         _small((part.get("abstaining") or {}).get("0.4")), part["n"],
         Message("tags.few") if part["few"] else "")
        for code, part in measured["languages"].items()
    ]  # fmt: skip
    app.table(Message("tags.by_language"), [Message(f"tags.head.{n}") for n in names], rows)


def _small(value: float | None) -> Message | str:
    return "–" if value is None else Message("tags.small", {"value": value})


def _interval(part: Mapping[str, Any]) -> Message | str:
    if part["low"] is None:
        return "–"
    return Message("tags.interval", {"low": part["low"], "high": part["high"]})
