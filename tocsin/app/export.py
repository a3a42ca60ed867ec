"""``tocsin export FORMAT --out PATH``: written beside PATH and moved there when whole."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import click

from index.base import Index
from index.command_context import CommandContext
from index.exports.about import names_kind, notes_about, tocsin_version
from tocsin.core.errors import ConfigError, TocsinError, system_reason
from tocsin.core.language.words import counted
from tocsin.core.messages import Message
from tocsin.core.plugins import choose, registered
from tocsin.core.workspace import Workspace

Exporter = Callable[[Index, Workspace, Path], dict[str, int]]

EXPORTERS: dict[str, str] = {
    "gexf": "graph.exports.network:write_gexf",
    "graphml": "graph.exports.network:write_graphml",
    "csv": "index.exports.csv_tables:write_csv",
    "xlsx": "index.exports.workbook:write_xlsx",
    "jsonl": "index.exports.jsonl:write_jsonl",
    "stix": "graph.exports.stix:write_stix",
    "dossier": "graph.exports.report:write_report",
    "labels": "graph.exports.labels_file:write_labels",
}
"""Format -> its exporter, which writes a file or a folder of files at a path."""
EMPTY = {
    "gexf": ("accounts", "export.empty.network"),
    "graphml": ("accounts", "export.empty.network"),
    "stix": ("groupings", "export.empty.stix"),
    "labels": ("labels", "export.empty.labels"),
}
"""Format -> the count that is 0 where a file has nothing to show, and what is said then."""
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", ",": ",", ";": ";"}
ABOUT = "about.json"
"""What is said of what was written: ``PATH.about.json``, or ``about.json`` in a folder."""


@click.command()
@click.argument(
    "format_", metavar="FORMAT", type=click.Choice(list(registered("export", EXPORTERS)))
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to write; .gz packs JSON lines.",
)
@click.option(
    "--separator",
    type=click.Choice(list(SEPARATORS)),
    help="Of csv; by default a semicolon in French, else a comma.",
)
@click.pass_obj
def export(context: CommandContext, format_: str, out: Path, separator: str | None) -> None:
    """Write what the workspace holds.

    gexf and graphml: networks for Gephi; csv and xlsx: tables for spreadsheets; jsonl: posts;
    stix: groups for OpenCTI; dossier: a report in Markdown; labels: what analysts said.

    For csv, PATH is one table where its name ends in .csv (posts, or the table that NAME.csv names:
    accounts, edges, evidence, influencers), else a folder of all tables.

    PATH.about.json is written beside it (in a folder about.json): whether names are real,
    and what is empty because it was not run.
    """
    exporter: Exporter = choose("export", format_, EXPORTERS)
    if separator is not None:
        if format_ != "csv":
            raise ConfigError(Message("export.error.separator", {"format": format_}))
        # of the csv exporter alone
        exporter = partial(cast(Any, exporter), separator=SEPARATORS[separator])
    _check(out)
    with context.index(must_exist=True) as index:
        pseudonymised = context.workspace.settings.privacy.pseudonymise
        notes = notes_about(index, pseudonymised)
        about = {
            "format": format_,
            "tocsin_version": tocsin_version() or None,
            "names": names_kind(pseudonymised),
            **_origin(index),
        }

        def describe(written: Mapping[str, int]) -> dict[str, Any]:
            counted_by, said = EMPTY.get(format_, ("", ""))
            if written.get(counted_by) == 0:
                notes.append(Message(said))
            return about | {"notes": [context.say_in_json(note) for note in notes]}

        try:
            said, size = _write(exporter, index, context.workspace, out, describe)
        except OSError as error:
            why = system_reason(error)
            raise ConfigError(
                Message("export.error.write", {"out": str(out), "why": why})
            ) from None
        except TocsinError:
            raise
        except Exception as error:
            if format_ in EXPORTERS:
                raise
            why = f"{type(error).__name__}: {error}"
            raise TocsinError(
                Message("export.error.plugin", {"format": format_, "why": why})
            ) from error
    beside = out / ABOUT if out.is_dir() else out.with_name(f"{out.name}.{ABOUT}")
    document = {"out": str(out), "bytes": size, "about": str(beside), **said}
    counts = [counted("written", what, n) for what, n in said["written"].items()]
    sentence = Message("export.written", {"out": str(out), "counts": counts, "n": size})
    context.answer(document, lambda _: context.write(sentence, *notes))


def _write(
    exporter: Exporter,
    index: Index,
    workspace: Workspace,
    out: Path,
    describe: Callable[[Mapping[str, int]], dict[str, Any]],
) -> tuple[dict[str, Any], int]:
    """Write beside ``out`` and move it there; what is said of it (its counts are ``written``), and
    its size in bytes."""
    beside = tempfile.TemporaryDirectory(prefix=".tocsin-export-", dir=out.absolute().parent)
    with beside as folder:
        temporary = Path(folder) / out.name
        written = exporter(index, workspace, temporary)
        files = temporary.rglob("*") if temporary.is_dir() else [temporary]
        size = sum(file.stat().st_size for file in files)
        is_folder = temporary.is_dir()
        note = Path(folder) / f"{out.name}.{ABOUT}"
        said = describe(written) | {"written": written}
        note.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _move(temporary, out)
        os.replace(note, out / ABOUT if is_folder else out.with_name(note.name))
    return said, size


def _origin(index: Index) -> dict[str, Any]:
    """Where what is written comes from: run, method and time of the last analysis."""
    from tocsin.core.findings import Tested, rfc3339

    tested = next((f for f in index.findings("tested") if isinstance(f, Tested)), None)
    origin: dict[str, Any] = {
        "run_id": index.generation("cluster"),
        "method": None,
        "data_as_of": None,
        "input_sha256": None,
    }
    if tested is not None:
        origin["method"] = {
            "name": tested.method.name,
            "version": tested.method.version,
            "parameters": dict(tested.method.parameters),
        }
        origin["data_as_of"] = rfc3339(tested.data_as_of) if tested.data_as_of else None
        origin["input_sha256"] = tested.input_sha256 or None
    return origin


def _check(out: Path) -> None:
    folder = out.absolute().parent
    if not folder.is_dir():
        raise ConfigError(Message("export.error.no_folder", {"folder": str(folder)}))
    if not out.name:
        raise ConfigError(Message("export.error.no_name", {"out": str(out)}))
    if out.exists() and not (out.is_file() or out.is_dir()):
        # moving a file there would replace /dev/null for everybody
        raise ConfigError(Message("export.error.is_device", {"out": str(out)}))


def _move(temporary: Path, out: Path) -> None:
    """Each file appears whole or not at all."""
    if temporary.is_dir():
        out.mkdir(exist_ok=True)
        for file in sorted(temporary.iterdir()):
            os.replace(file, out / file.name)
    elif out.is_dir():
        raise ConfigError(Message("export.error.is_folder", {"out": str(out)}))
    else:
        os.replace(temporary, out)
