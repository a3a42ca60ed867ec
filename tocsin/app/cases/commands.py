"""``tocsin case``: evidence pinned, noted, checked and handed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.cases.record import Case
    from tocsin.app.cases.case_view import CaseView
    from tocsin.app.cases.editing import Actor

CHECKLISTS = ("source", "campaign", "none")
FORMATS = ("html", "pdf", "docx", "xlsx", "zip", "stix")
_by = click.option("--by", help="Who does it, as the history names them. [your user name]")


@click.group()
def case() -> None:
    """Evidence: pins of anything that has an id, with what it said then; notes, a checklist."""


@case.command("list")
@click.pass_obj
def list_(context: CommandContext) -> None:
    """The cases, in the order they were made."""
    from index.cases.store import all_cases

    cases, wrong = all_cases(context.workspace)
    with context.index(must_exist=True) as index:
        view = _showing(context, index)
        document: dict[str, Any] = {
            "cases": [view.summary(one) for one in cases],
            "wrong": [error.located for error in wrong],
        }
    rows = [
        (one["id"], one["title"], Message(f"case.state.{one['status']}"), one["pins"],
         one["notes"], f"{one['steps_done']}/{one['steps']}",
         context.words.moment(one["changed_at"]))
        for one in document["cases"]
    ]  # fmt: skip
    names = ("title", "state", "pins", "notes", "steps", "changed")
    heads: tuple[str | Message, ...] = ("", *(Message(f"case.head.{name}") for name in names))

    def human(_: Any) -> None:
        if not rows and not wrong:
            context.write(Message("case.none"))
            return
        context.table(Message("case.title.all"), heads, rows)
        context.write(*document["wrong"])

    context.answer(document, human)


@case.command()
@click.argument("title")
@click.option("--question", default="", help="What the case is to answer.")
@click.option(
    "--checklist",
    type=click.Choice(CHECKLISTS),
    default="campaign",
    help="Steps to begin with: to verify a source, or to examine a campaign. [campaign]",
)
@click.option("--pin", "things", multiple=True, metavar="THING", help="Pin it, as `pin` does.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it up, as `export` does.")
@_by
@click.pass_obj
def new(
    context: CommandContext,
    title: str,
    question: str,
    checklist: str,
    things: tuple[str, ...],
    out: Path | None,
    by: str | None,
) -> None:
    """Begin a case; pin things to it and write it up at once, where that is all there is to do."""
    from index.cases.store import add_case, change_case, open_case
    from tocsin.app.cases.editing import new_case
    from tocsin.app.cases.making import adding, path_of, write_up

    who = _actor(by)
    kind = _kind_of(out)
    with context.index(must_exist=True) as index:
        view = _showing(context, index)
        add = adding(context.workspace, index, view, things, "", who)  # else no case begins
        path = path_of(context.workspace, out, "", kind) if out else None
        made = add_case(context.workspace, new_case(title, question, checklist, who))
        if things:
            made = change_case(context.workspace, made.id, add)
        said = [Message("case.made", {"id": made.id, "title": view.document(made)["title"]})]
        document: dict[str, Any] = {}
        if path is not None:
            told = write_up(context.workspace, view, made, kind, context.words, path, who)
            document["written"] = told
            said.append(Message("case.written", {"out": told["out"], "n": told["pins"]}))
        document = view.document(open_case(context.workspace, made.id)) | document
    context.answer(document, lambda _: context.write(*said))


@case.command()
@click.argument("case_id", metavar="CASE")
@click.pass_obj
def show(context: CommandContext, case_id: str) -> None:
    """A case: its pins with what they said then and what changed since, notes, steps, history."""
    from index.cases.store import open_case

    with context.index(must_exist=True) as index:
        view = _showing(context, index)
        document = view.document(open_case(context.workspace, case_id))
    context.answer(document, lambda _: _print(context, view, document))


@case.command()
@click.argument("case_id", metavar="CASE")
@click.option("--title", help="Another title.")
@click.option("--question", help="Another question.")
@_by
@click.pass_obj
def edit(
    context: CommandContext,
    case_id: str,
    title: str | None,
    question: str | None,
    by: str | None,
) -> None:
    """Change the title or the question of a case."""
    from tocsin.app.cases import editing

    who = _actor(by)
    _change(context, case_id, lambda held: editing.edit(held, title, question, who), "case.edited")


@case.command()
@click.argument("case_id", metavar="CASE")
@click.argument("things", metavar="THING...", nargs=-1, required=True)
@click.option("--note", default="", help="Why it is pinned.")
@_by
@click.pass_obj
def pin(
    context: CommandContext, case_id: str, things: tuple[str, ...], note: str, by: str | None
) -> None:
    """Pin things: a copy of what they say now is kept, whatever becomes of them.

    THING: a post's id or address, an account, a site, cluster:ID, narrative:ID, signal:ID (those of
    replay, too), alert:NUMBER (of monitor alerts); post:, account: and source: say which is meant.
    query:QUERY is a query with its count, chart:BY:QUERY the figures of a chart of it (BY: time,
    lang, platform, domain).
    """
    from index.cases.store import change_case, open_case
    from tocsin.app.cases.making import adding

    with context.index(must_exist=True) as index:
        view = _showing(context, index)
        held = {one.id for one in open_case(context.workspace, case_id).pins}
        add = adding(context.workspace, index, view, things, note, _actor(by))
        changed = change_case(context.workspace, case_id, add)
        document = view.document(changed)
    new = sum(one.id not in held for one in changed.pins)
    said = [Message("case.pinned", {"id": case_id, "n": new})] if new else []
    if new < len(things):
        said.append(Message("case.held", {"n": len(things) - new}))
    context.answer(document, lambda _: context.write(*said))


@case.command()
@click.argument("case_id", metavar="CASE")
@click.argument("pin_id", metavar="PIN")
@_by
@click.pass_obj
def unpin(context: CommandContext, case_id: str, pin_id: str, by: str | None) -> None:
    """Take a pin out, with its copy."""
    from tocsin.app.cases import editing

    who = _actor(by)
    _change(context, case_id, lambda held: editing.unpin(held, pin_id, who), "case.unpinned")


@case.command()
@click.argument("case_id", metavar="CASE")
@click.argument("text", default="")
@click.option("--pin", "pin_id", help="Write it to this pin, in place of its note.")
@click.option("--remove", "removed", metavar="NOTE", help="Take this note out.")
@_by
@click.pass_obj
def note(
    context: CommandContext,
    case_id: str,
    text: str,
    pin_id: str | None,
    removed: str | None,
    by: str | None,
) -> None:
    """Write a note, or the note of a pin."""
    from tocsin.app.cases import editing

    who = _actor(by)

    def write(held: Case) -> Case:
        if removed is not None:
            return editing.remove_note(held, removed, who)
        if pin_id is not None:
            return editing.note_on_pin(held, pin_id, text, who)
        return editing.note(held, text, who)

    _change(context, case_id, write, "case.noted")


@case.command()
@click.argument("case_id", metavar="CASE")
@click.argument("step", required=False)
@click.option("--undo", is_flag=True, help="Take the tick back.")
@click.option("--add", "added", metavar="TEXT", help="Add a step.")
@click.option("--text", metavar="TEXT", help="The step in other words.")
@click.option("--remove", is_flag=True, help="Take the step out of the list.")
@_by
@click.pass_obj
def check(
    context: CommandContext,
    case_id: str,
    step: str | None,
    undo: bool,
    added: str | None,
    text: str | None,
    remove: bool,
    by: str | None,
) -> None:
    """Tick a step of the checklist, or change the list; without a step it is shown."""
    from tocsin.app.cases import editing

    who = _actor(by)

    def change(held: Case) -> Case:
        if added is not None:
            return editing.add_step(held, added, who)
        if step is None:
            return held
        if remove:
            return editing.remove_step(held, step, who)
        if text is not None:
            return editing.change_step(held, step, text, who)
        return editing.check(held, step, not undo, who)

    document = _changed(context, case_id, change)
    lines: list[str | Message] = [_step_line(context, one) for one in document["checklist"]]
    context.answer(document, lambda _: context.write(*(lines or [Message("case.no_steps")])))


@case.command()
@click.argument("case_id", metavar="[CASE", required=False)
@click.argument("pin_id", metavar="PIN", required=False)
@click.argument("technique_id", metavar="TECHNIQUE]", required=False)
@click.option("--reason", default="", help="Why the pin shows it; asked for.")
@click.option("--remove", is_flag=True, help="Take it back.")
@_by
@click.pass_obj
def technique(
    context: CommandContext,
    case_id: str | None,
    pin_id: str | None,
    technique_id: str | None,
    reason: str,
    remove: bool,
    by: str | None,
) -> None:
    """Say that a pin shows a technique of DISARM Red, and why; without arguments they are listed.

    A technique says what was done, not who did it or what for.
    """
    from tocsin.app.cases import editing
    from tocsin.app.cases.techniques import FRAMEWORK, TECHNIQUES, technique_name

    if case_id is None:
        rows = [(one, technique_name(one)) for one in TECHNIQUES]
        listed = {
            "framework": FRAMEWORK,
            "techniques": [{"id": one, "name": name} for one, name in rows],
        }
        title = Message("case.title.techniques")
        context.answer(listed, lambda _: context.table(title, ("", ""), rows))
        return
    if pin_id is None or technique_id is None:
        raise ConfigError(Message("case.error.which_pin"))
    who, wanted, chosen = _actor(by), pin_id, technique_id

    def change(held: Case) -> Case:
        if remove:
            return editing.remove_technique(held, wanted, chosen, who)
        return editing.add_technique(held, wanted, chosen, reason, who)

    _change(context, case_id, change, "case.edited")


@case.command()
@click.argument("case_id", metavar="CASE")
@_by
@click.pass_obj
def close(context: CommandContext, case_id: str, by: str | None) -> None:
    """Close a case: it can be read and exported, but no longer be changed."""
    from tocsin.app.cases import editing

    who = _actor(by)
    _change(context, case_id, lambda held: editing.close(held, who), "case.closed")


@case.command()
@click.argument("case_id", metavar="CASE")
@_by
@click.pass_obj
def reopen(context: CommandContext, case_id: str, by: str | None) -> None:
    """Open a closed case again."""
    from tocsin.app.cases import editing

    who = _actor(by)
    _change(context, case_id, lambda held: editing.reopen(held, who), "case.reopened")


@case.command()
@click.argument("case_id", metavar="CASE")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(context: CommandContext, case_id: str, yes: bool) -> None:
    """Remove a case with all it holds."""
    from index.cases.store import open_case, remove_case

    if not (yes or context.as_json):
        open_case(context.workspace, case_id)
        context.confirm(Message("case.confirm", {"id": case_id}))
    remove_case(context.workspace, case_id)
    said = Message("case.removed", {"id": case_id})
    context.answer({"removed": case_id}, lambda _: context.write(said))


@case.command()
@click.argument("case_id", metavar="CASE")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="[that of --out, html]")
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of the file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write. [exports/case-CASE.FORMAT in the workspace]",
)
@_by
@click.pass_obj
def export(
    context: CommandContext,
    case_id: str,
    format_: str | None,
    lang: str | None,
    out: Path | None,
    by: str | None,
) -> None:
    """Write a case up: HTML, PDF, DOCX, XLSX; zip is the evidence pack, stix a STIX 2.1 bundle."""
    from index.cases.store import open_case
    from tocsin.app.cases.making import path_of, write_up
    from tocsin.core.language.words import Words

    kind = format_ or _kind_of(out)
    words = Words(lang, context.words.zone) if lang else context.words
    with context.index(must_exist=True) as index:
        held = open_case(context.workspace, case_id)
        path = path_of(context.workspace, out, held.id, kind)
        view = _showing(context, index)
        document = write_up(context.workspace, view, held, kind, words, path, _actor(by))
    told = Message("case.written", {"out": str(path), "n": document["pins"]})
    context.answer(document, lambda _: context.write(told))


@case.command()
@click.argument("pack", type=click.Path(path_type=Path))
@click.pass_obj
def verify(context: CommandContext, pack: Path) -> int:
    """Open an evidence pack again: whether every file in it is the one that was written."""
    from tocsin.app.cases.pack import verify_pack

    document = verify_pack(pack)
    said = Message("case.pack.fine", {"n": document["files"], "case": document["case"]})
    context.answer(document, lambda _: context.write(*(document["wrong"] or [said])))
    return 1 if document["wrong"] else 0


# -- what the commands share


def _actor(by: str | None) -> Actor:
    from tocsin.app.cases.editing import actor

    return actor(by, datetime.now(UTC))


def _showing(context: CommandContext, index: Index) -> CaseView:
    from tocsin.app.cases.case_view import CaseView

    return CaseView(context.workspace, index)


def _kind_of(out: Path | None) -> str:
    suffix = out.suffix[1:].lower() if out else ""
    return suffix if suffix in FORMATS else "html"


def _changed(
    context: CommandContext, case_id: str, change: Callable[[Case], Case]
) -> dict[str, Any]:
    from index.cases.store import change_case

    with context.index(must_exist=True) as index:
        changed = change_case(context.workspace, case_id, change)
        return _showing(context, index).document(changed)


def _change(
    context: CommandContext, case_id: str, change: Callable[[Case], Case], code: str
) -> None:
    document = _changed(context, case_id, change)
    said = Message(code, {"id": case_id})
    context.answer(document, lambda _: context.write(said))


def _step_line(context: CommandContext, step: Mapping[str, Any]) -> str:
    tick = "x" if step["done"] else " "
    who = f" ({step['by']}, {context.words.moment(step['at'])})" if step["done"] else ""
    return f"[{tick}] {step['id']} {context.say(step['text'])}{who}"


def _print(context: CommandContext, view: CaseView, document: Mapping[str, Any]) -> None:
    from tocsin.app.cases.case_view import pin_lines

    words = context.words
    state = Message(f"case.state.{document['status']}")
    said = {"id": document["id"], "title": document["title"], "state": state}
    context.write(Message("case.head.line", said))
    if document["question"]:
        context.write(document["question"])
    if not document["history_unbroken"]:
        context.write(Message("case.history_broken"))
    entries = []
    for one in document["pins"]:
        kind = words(f"case.kind.{one['kind']}")
        line = f"{one['id']} · {kind} · {view.label(one, words)}"
        entries.append((line, "\n".join(words.say(part) for part in pin_lines(one))))
    if entries:
        context.listing(Message("case.title.pins"), entries)
    for one in document["notes"]:
        context.write(f"{one['id']} ({one['by']}, {words.moment(one['at'])}): {one['text']}")
    context.write(*(_step_line(context, step) for step in document["checklist"]))
    rows = [(words.moment(one["at"]), one["by"], one["what"]) for one in document["history"]]
    heads = tuple(Message(f"case.head.{name}") for name in ("when", "who", "what"))
    context.table(Message("case.title.history"), heads, rows)
