"""``tocsin export FORMAT --out PATH``: written beside PATH and moved there when whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from index.base import Index
from index.command_context import CommandContext
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.language.words import counted
from tocsin.core.messages import Message
from tocsin.core.plugins import choose, registered
from tocsin.core.workspace import Workspace

Exporter = Callable[[Index, Workspace, Path], dict[str, int]]

EXPORTERS: dict[str, str] = {
    "gexf": "graph.exports.network:write_gexf",
    "graphml": "graph.exports.network:write_graphml",
    "csv": "index.exports.csv_tables:write_csv",
    "jsonl": "index.exports.jsonl:write_jsonl",
    "stix": "graph.exports.stix:write_stix",
    "dossier": "graph.exports.report:write_report",
    "labels": "graph.exports.labels_file:write_labels",
}
"""Format -> its exporter, which writes a file or a folder of files at a path."""


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
@click.pass_obj
def export(context: CommandContext, format_: str, out: Path) -> None:
    """Write what the workspace holds.

    gexf and graphml: networks for Gephi; csv: tables; jsonl: posts; stix: groups for OpenCTI;
    dossier: a report in Markdown; labels: what analysts said.

    For csv, PATH is one table where its name ends in .csv (posts, or the table that NAME.csv names:
    accounts, edges, evidence, influencers), else a folder of all tables.
    """
    exporter: Exporter = choose("export", format_, EXPORTERS)
    _check(out)
    with context.index(must_exist=True) as index:
        origin = _origin(index)
        try:
            written, size = _write(exporter, index, context.workspace, out)
        except OSError as error:
            why = error.strerror or str(error)
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
    document = {"format": format_, "out": str(out), "bytes": size, "written": written, **origin}
    counts = [counted("written", what, n) for what, n in written.items()]
    sentence = Message("export.written", {"out": str(out), "counts": counts, "n": size})
    context.answer(document, lambda _: context.write(sentence))


def _write(
    exporter: Exporter, index: Index, workspace: Workspace, out: Path
) -> tuple[dict[str, int], int]:
    """Write beside ``out`` and move it there; what was written, and its size in bytes."""
    beside = tempfile.TemporaryDirectory(prefix=".tocsin-export-", dir=out.absolute().parent)
    with beside as folder:
        temporary = Path(folder) / out.name
        written = exporter(index, workspace, temporary)
        files = temporary.rglob("*") if temporary.is_dir() else [temporary]
        size = sum(file.stat().st_size for file in files)
        _move(temporary, out)
    return written, size


def _origin(index: Index) -> dict[str, Any]:
    """Where what is written comes from: run, method and time of the last analysis."""
    from tocsin.core.findings import Tested, rfc3339

    tested = next((f for f in index.findings("tested") if isinstance(f, Tested)), None)
    origin: dict[str, Any] = {
        "run_id": index.generation("cluster"),
        "method": None,
        "data_as_of": None,
    }
    if tested is not None:
        origin["method"] = {
            "name": tested.method.name,
            "version": tested.method.version,
            "parameters": dict(tested.method.parameters),
        }
        origin["data_as_of"] = rfc3339(tested.data_as_of) if tested.data_as_of else None
    return origin


def _check(out: Path) -> None:
    folder = out.absolute().parent
    if not folder.is_dir():
        raise ConfigError(Message("export.error.no_folder", {"folder": str(folder)}))
    if not out.name:
        raise ConfigError(Message("export.error.no_name", {"out": str(out)}))


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
