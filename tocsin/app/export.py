"""``tocsin export FORMAT --out PATH``: written beside PATH and moved there when whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import click

from index.command_context import App
from tocsin.core.errors import ConfigError
from tocsin.core.plugins import choose

EXPORTERS: dict[str, str] = {
    "gexf": "graph.exports.network:write_gexf",
    "graphml": "graph.exports.network:write_graphml",
    "csv": "index.exports.csv_tables:write_csv",
    "jsonl": "index.exports.jsonl:write_jsonl",
    "stix": "graph.exports.stix:write_stix",
    "dossier": "graph.exports.report:write_report",
    "labels": "graph.exports.labels_file:write_labels",
}
"""Format -> ``exporter(index, workspace, path) -> {what: how many}``, which writes a file (or a folder of files) at path."""


@click.command()
@click.argument("format_", metavar="FORMAT", type=click.Choice(list(EXPORTERS)))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to write; .gz packs JSON lines.",
)
@click.pass_obj
def export(app: App, format_: str, out: Path) -> None:
    """Write what the workspace holds.

    gexf and graphml: networks for Gephi; csv: tables; jsonl: posts; stix: groups for OpenCTI; dossier: a report in
    Markdown; labels: what analysts said.

    For csv, PATH is one table where its name ends in .csv (posts, or the table that NAME.csv names: accounts,
    edges, evidence, influencers), else a folder of all tables.
    """
    exporter = choose("format", format_, EXPORTERS)
    _check(out)
    with app.index(must_exist=True) as index:
        analysis = _analysis(index)
        try:
            with tempfile.TemporaryDirectory(
                prefix=".tocsin-export-", dir=out.absolute().parent
            ) as folder:
                made = Path(folder) / out.name
                written: dict[str, int] = exporter(index, app.workspace, made)
                size = (
                    sum(f.stat().st_size for f in made.rglob("*"))
                    if made.is_dir()
                    else made.stat().st_size
                )
                _move(made, out)
        except OSError as error:
            raise ConfigError(
                f"cannot write {out}: {error.strerror or error}; choose another --out or make room"
            ) from None
    document: dict[str, Any] = {
        "format": format_,
        "out": str(out),
        "bytes": size,
        "written": written,
    } | analysis
    said = ", ".join(f"{number:,} {what}" for what, number in written.items())
    app.answer(
        document,
        lambda console: console.print(
            f"{out}: {said} ({size:,} bytes)", markup=False, highlight=False
        ),
    )


def _analysis(index: Any) -> dict[str, Any]:
    """Where what is written comes from."""
    from tocsin.core.findings import rfc3339

    tested = next(iter(index.findings("tested")), None)
    method = (
        {
            "name": tested.method.name,
            "version": tested.method.version,
            "parameters": dict(tested.method.parameters),
        }
        if tested
        else None
    )
    as_of = tested.data_as_of if tested else None
    return {
        "run_id": index.generation("cluster"),
        "method": method,
        "data_as_of": rfc3339(as_of) if as_of else None,
    }


def _check(out: Path) -> None:
    parent = out.absolute().parent
    if not parent.is_dir():
        raise ConfigError(f"there is no folder {parent}; make it or choose another --out")
    if not out.name:
        raise ConfigError(f"--out {out} names no file")


def _move(made: Path, out: Path) -> None:
    """Each file appears whole or not at all."""
    if made.is_dir():
        out.mkdir(exist_ok=True)
        for file in sorted(made.iterdir()):
            os.replace(file, out / file.name)
    elif out.is_dir():
        raise ConfigError(f"--out {out} is a folder; name a file in it")
    else:
        os.replace(made, out)
