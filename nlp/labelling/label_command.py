"""``tocsin label``: posts one by one on the terminal, or as a table for coders elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.privacy import Pseudonyms
    from nlp.tags.head import Head
    from tocsin.core.documents import Document

SHOWN_CHARACTERS = 1_500
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("task")
@click.option("--classes", help="The classes, split by commas. [those of the labels so far]")
@click.option("--coder", default="", help="Who labels. [the account of this machine]")
@click.option("--about", default="", help="A query: only posts that it finds are asked.")
@click.option(
    "--number", type=click.IntRange(1, 10_000), default=50, show_default=True,
    help="Posts to ask, or to write into a table.",
)  # fmt: skip
@click.option("--out", type=_FILE, help="Instead: a CSV table of posts, to be filled elsewhere.")
@click.option("--in", "filled", type=_FILE, help="Instead: take the labels of a filled table.")
@click.option("--save", type=_FILE, help="Instead: all labels as CSV, for train and evaluate.")
@click.pass_obj
def label(
    app: CommandContext,
    task: str,
    classes: str | None,
    coder: str,
    about: str,
    number: int,
    out: Path | None,
    filled: Path | None,
    save: Path | None,
) -> None:
    """Label the posts that help a tag most, one by one; agreement of coders at the end.

    Every second post is one that another coder has labelled. u takes the last answer back, s skips,
    q ends; every answer is kept at once.
    """
    from nlp.labelling.coding import answers_path, posts_to_ask, read_answers
    from nlp.tags.fields import check_task
    from nlp.tags.store import load_head, stored_tasks

    check_task(task)
    coder = coder.strip() or _account()
    path = answers_path(app.workspace, task)
    given, to_fill = 0, None
    notes: list[Message] = []
    if filled is not None:
        given, without = _take_table(app, task, filled, path, coder)
        notes.append(Message("tags.label.taken", {"n": given, "path": str(filled)}))
        if without:
            notes.append(Message("tags.label.not_taken", {"n": without}))
    if save is not None:
        _save(read_answers(path), save)
    elif out is not None or filled is None:
        head = load_head(app.workspace, task) if task in stored_tasks(app.workspace) else None
        answers = read_answers(path)
        with app.index(must_exist=True) as index:
            people = _pseudonyms(app, index)
            seed = app.workspace.settings.graph.seed
            posts = posts_to_ask(app.workspace, index, answers, coder, head, about, number, seed)
            if out is not None:
                _write_table(out, posts, people)
                said = {"n": len(posts), "task": task, "path": str(out)}
                to_fill = Message("tags.label.to_fill", said)
            else:
                known = _classes(classes, head, answers)
                given = _ask(app, posts, people, known, coder, path)
    _report(app, task, path, given, out or save, to_fill, notes)


def _account() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "coder"


def _pseudonyms(app: CommandContext, index: Any) -> Pseudonyms:
    from index.privacy import pseudonyms

    return pseudonyms(app.workspace, index)


def _classes(
    written: str | None, head: Head | None, answers: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """The classes to choose from.

    Raises:
        ConfigError: fewer than two are known.
    """
    from nlp.tags.head import ABSTAINED

    known = {value for said in answers.values() for value in said.values()}
    if head is not None:
        known |= set(head.classes)
    if written:
        named = [name.strip() for name in written.split(",") if name.strip()]
    else:
        named = sorted(known)
    if len(set(named)) < 2 or ABSTAINED in named:
        raise ConfigError(Message("tags.label.no_classes"))
    return list(dict.fromkeys(named))


def _ask(
    app: CommandContext,
    posts: Sequence[Document],
    people: Pseudonyms,
    classes: Sequence[str],
    coder: str,
    path: Path,
) -> int:
    """Ask post by post; how many answers stand at the end."""
    from nlp.labelling.coding import Answer, keep_answer

    if app.as_json:
        raise ConfigError(Message("tags.label.no_terminal"))
    choices = [
        Message("tags.label.choice", {"key": n, "name": c}) for n, c in enumerate(classes, 1)
    ]
    place = 0
    answered: list[int] = []
    while place < len(posts):
        post = posts[place]
        app.write("", Message("tags.label.post", {"place": place + 1, "of": len(posts)}))
        app.write(_shown(post, people))
        app.write(Message("tags.label.choices", {"choices": choices}))
        try:
            said = click.prompt("", prompt_suffix="> ", default="", show_default=False).strip()
        except click.Abort:  # the end of the input, or Ctrl-C: what was said is kept
            break
        if said == "q":
            break
        if said == "u":
            if answered:
                place = answered.pop()
                keep_answer(path, Answer(posts[place].id, "", coder), _now())
            continue
        if said == "s":
            place += 1
            continue
        name = _chosen(said, classes)
        if name is None:
            app.write(Message("tags.label.not_a_choice", {"said": said}))
            continue
        keep_answer(path, Answer(post.id, name, coder), _now())
        answered.append(place)
        place += 1
    return len(answered)


def _chosen(said: str, classes: Sequence[str]) -> str | None:
    if said.isdecimal() and 1 <= int(said) <= len(classes):
        return classes[int(said) - 1]
    return next((name for name in classes if name.casefold() == said.casefold()), None)


def _shown(post: Document, people: Pseudonyms) -> str:
    from tocsin.core.text import clean, collapse_whitespace

    parts = [part for part in (post.title, post.text) if part]
    return collapse_whitespace(clean(people.text(" · ".join(parts)), SHOWN_CHARACTERS))


def _now() -> str:
    from tocsin.core.findings import rfc3339

    return rfc3339(datetime.now(UTC))


def _write_table(path: Path, posts: Sequence[Document], people: Pseudonyms) -> None:
    rows = [(post.id, _shown(post, people), "", "") for post in posts]
    _write_csv(path, ("id", "text", "label", "coder"), rows)


def _save(answers: Mapping[str, Mapping[str, str]], path: Path) -> None:
    rows = [
        (key, said, coder)
        for key, given in sorted(answers.items())
        for coder, said in sorted(given.items())
    ]
    _write_csv(path, ("id", "label", "coder"), rows)


def _write_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from tocsin.core.files import write_bytes_atomically

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:  # a text that begins like a formula is one for a spreadsheet
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t" and cell else cell for cell in row])
    try:
        write_bytes_atomically(path, out.getvalue().encode("utf-8-sig"))
    except OSError as error:
        what = {"path": str(path), "error": system_reason(error)}
        raise ConfigError(Message("tags.label.cannot_write", what)) from None


def _take_table(
    app: CommandContext, task: str, table: Path, path: Path, coder: str
) -> tuple[int, int]:
    """Keep the labels of a filled table; rows without a label wait. How many rows gave one, and how
    many did not."""
    from nlp.labelling.coding import Answer, keep_answer
    from nlp.labelling.examples import find_documents
    from nlp.tags.labels import read_labels

    file = read_labels(table, task)
    if "id" not in file.columns:
        raise ConfigError(Message("tags.label.no_id", {"path": str(table)}))
    with app.index(must_exist=True) as index:
        found = find_documents(index, {row.id for row in file.rows if row.id})
    taken = 0
    for row in file.rows:
        if row.id in found and row.labels:
            said = "|".join(row.labels)
            keep_answer(path, Answer(found[row.id].id, said, row.coder or coder), _now())
            taken += 1
    return taken, len(file.rows) + file.faulty - taken


def _report(
    app: CommandContext,
    task: str,
    path: Path,
    given: int,
    written: Path | None,
    to_fill: Message | None,
    notes: Sequence[Message],
) -> None:
    from collections import Counter

    from nlp.labelling.coding import read_answers
    from nlp.tags.metrics import agreement

    answers = read_answers(path)
    counts = Counter(said for coders in answers.values() for said in coders.values())
    agreed = agreement(answers)
    document = {
        "task": task,
        "given": given,
        "posts": len(answers),
        "labels": dict(sorted(counts.items())),
        **agreed,
        "file": str(written) if written else None,
    }
    sentences = [
        *notes,
        Message("tags.label.kept", {"n": len(answers)}) if answers else Message("tags.label.none"),
        *(
            Message("tags.label.of_class", {"name": c, "count": n})
            for c, n in sorted(counts.items())
        ),
    ]
    if agreed["coders"] > 1:
        code = "tags.agreement" if agreed["alpha"] is not None else "tags.agreement_unknown"
        sentences.append(Message(code, {**agreed, "n": agreed["units"]}))
    if to_fill:
        sentences.append(to_fill)
    elif written:
        sentences.append(Message("tags.label.written", {"path": str(written)}))
    app.answer(document, lambda _: app.write(*sentences))
