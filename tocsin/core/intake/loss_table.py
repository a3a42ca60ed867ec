"""The loss report of a file in sentences: what terminal and screens show of it, said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tocsin.core.messages import Message

COLUMNS = ("key", "column", "filled", "by", "examples")
COLUMN = "COLUMN"
"""Stands in a command for the name of a column that a person has to choose."""
_OPTIONS = {
    "intake.few_text": "--map text={column}",
    "intake.none_text": "--map text={column}",
    "intake.few_published_at": "--map published_at={column}",
    "intake.none_published_at": "--map published_at={column}",
    "intake.few_author": "--map author.id={column}",
    "intake.none_author": "--map author.id={column}",
    "intake.truth_column": "--map {key}={column}",
    "intake.constant_column": "--map {key}={column}",
    "intake.no_header": "--map text=4",
    "intake.dates_open": "--dates day-first",
    "intake.dates_contradict": "--dates day-first",
    "intake.platform_unknown": "--platform NAME",
}
"""Code of a sentence about a file -> the option that repairs what it says."""


class LossRow(NamedTuple):
    """A key: the ``column`` that it was read from (empty where of several), the share of rows in
    which it is ``filled``, how the column was found, and examples."""

    key: str
    column: str
    filled: Message
    by: Message
    examples: Sequence[str]


class LossTable(NamedTuple):
    """The table of a file: its title, the heads of its columns, its rows, what stands below."""

    title: Message
    heads: list[Message]
    rows: list[LossRow]
    left_aside: Message | None


def loss_table(file: Mapping[str, Any]) -> LossTable:
    """The table of one entry of ``files``, as `import` answers with and a run keeps them."""
    rows = [
        LossRow(
            row["key"],
            row["column"] or "",
            Message("intake.share", {"share": row["filled"]}),
            Message(f"intake.by_{row['by']}"),
            row["examples"],
        )
        for row in file["keys"]
    ]
    names = file["left_aside"]
    counts = {"file": file["file"], "format": file["format"], "n": file["rows"]}
    return LossTable(
        Message("intake.filled_table", counts),
        [Message(f"intake.column_{name}") for name in COLUMNS],
        rows,
        Message("intake.left_aside", {"n": len(names), "columns": names}) if names else None,
    )


def about_file(messages: Sequence[str | Message], file: str) -> Iterator[Message]:
    """Those of a run's sentences that are about one of its files."""
    for message in messages:
        if isinstance(message, Message) and message.parameters.get("file") == file:
            yield message


def about_relations(messages: Sequence[str | Message]) -> Iterator[Message]:
    """Those of a run's sentences that say of relations that they point nowhere."""
    for message in messages:
        if isinstance(message, Message) and message.code == "intake.points_nowhere":
            yield message


def repair_options(messages: Sequence[str | Message]) -> list[str]:
    """The options with which these files are to be read again, as far as sentences ask for any."""
    options: set[str] = set()
    for message in messages:
        if isinstance(message, Message) and message.code in _OPTIONS:
            key = message.parameters.get("key", "")
            options.add(_OPTIONS[message.code].format(key=key, column=COLUMN))
    return sorted(options)


def repair_command(home: str, run_id: str, options: Sequence[str]) -> str:
    """The command that reads the records of an import again, ready to copy."""
    from shlex import quote

    return " ".join(["tocsin", "--home", quote(home), "remap", run_id, *options])
