"""``tocsin remap``: an import read again from the records kept with its run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from crawlers.importing.file_reader import FileReader, ImportOptions
    from index.base import Index
    from index.maintenance.kept_files import KeptFile

_IDS_AT_ONCE = 1_000
_RUNS_NAMED = 10


@click.command()
@click.argument("run_id", metavar="RUN", required=False)
@click.option("--map", "pairs", multiple=True, metavar="KEY=COLUMN", help="As for import.")
@click.option("--format", "format_", help="As for import. [that of the run]")
@click.option("--platform", help="As for import. [that of the run]")
@click.option("--source", help="As for import. [that of the run]")
@click.option("--dates", type=click.Choice(["day-first", "month-first"]), help="As for import.")
@click.pass_obj
def remap(
    app: CommandContext,
    run_id: str | None,
    pairs: tuple[str, ...],
    format_: str | None,
    platform: str | None,
    source: str | None,
    dates: str | None,
) -> int:
    """Repair an import: read the records kept with its run again, with other columns.

    RUN: the run_id of the import, or last. The posts that it created are replaced. Without it, the
    imports that can be repaired are named.
    """
    from crawlers.import_command import check_platform
    from crawlers.importing.column_mapping import parse_mapping
    from crawlers.importing.file_reader import FileReader, ImportOptions
    from crawlers.importing.import_files import import_files, keep_files
    from index.maintenance.kept_files import FOLDER, read_list

    wanted = parse_mapping(pairs)
    platform = check_platform(platform)
    folder = _run_folder(app, run_id) / FOLDER
    files = [file for file in read_list(folder) if file.kept]
    if not files:
        raise ConfigError(Message("remap.nothing_kept", {"run": run_id}))

    def options(file: KeptFile, *, anew: bool) -> ImportOptions:
        return ImportOptions(
            format=(format_ if anew else None) or file.format,
            mapping={**file.mapping, **(wanted if anew else {})},
            platform=(platform if anew else None) or file.platform,
            source=(source if anew else None) or file.given_source,
            dates=(dates if anew else None) or file.dates,
            stored=str(folder / file.kept),
        )

    for file in files:  # a wrong column stops it before anything is deleted
        FileReader(file.name, options(file, anew=True)).close()

    def readers() -> Iterator[FileReader]:
        return (FileReader(file.name, options(file, anew=True)) for file in files)

    collected_at = datetime.fromisoformat(files[0].collected_at)
    with app.index(must_exist=True) as index, app.run("remap") as run:
        run.facts["repaired"] = folder.parent.name
        removed = 0
        for file in files:
            reader = FileReader(file.name, options(file, anew=False))
            removed += _remove_created(index, reader, file)
        run.facts["removed"] = removed
        failures = import_files(readers(), index, run, collected_at)
        keep_files(run, readers(), collected_at)
        if failures:
            run.facts["failed"] = failures
        index.refresh()
    return 1 if failures or run.facts.get("mostly_rejected") else 0


def _run_folder(app: CommandContext, run_id: str | None) -> Path:
    from index.maintenance.kept_files import FOLDER, LIST, read_list

    runs = app.workspace.folder("runs")
    kept = sorted(path.parent.parent for path in runs.glob(f"*/{FOLDER}/{LIST}"))
    if run_id == "last" and kept:
        return kept[-1]
    found = [path for path in kept if path.name == run_id]
    if found:
        return found[0]
    names = [
        f"{path.name} ({', '.join(Path(file.name).name for file in read_list(path / FOLDER)[:3])})"
        for path in reversed(kept[-_RUNS_NAMED:])
    ]
    if not names:
        raise ConfigError(Message("remap.none"))
    if run_id is None:
        raise ConfigError(Message("remap.which", {"known": names}))
    raise ConfigError(Message("remap.no_run", {"run": run_id, "known": names}))


def _remove_created(index: Index, reader: FileReader, file: KeptFile) -> int:
    """Delete the posts that the import of this file created; those that were there stay."""
    from crawlers.importing.formats.base import LeftOut, RejectedRow

    at = datetime.fromisoformat(file.collected_at)
    removed = 0
    ids: list[str] = []

    def flush() -> int:
        created = [d.id for d in index.get(ids) if d is not None and d.collected_at == at]
        ids.clear()
        return index.delete(created) if created else 0

    for item in reader.documents():
        if isinstance(item, (RejectedRow, LeftOut)):
            continue
        ids.append(item[1].id)
        if len(ids) >= _IDS_AT_ONCE:
            removed += flush()
    reader.close()
    return removed + flush()
