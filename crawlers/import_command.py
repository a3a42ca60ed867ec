"""``tocsin import``: posts from files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crawlers.importing.file_reader import FileReader
    from crawlers.importing.loss_report import LossReport
    from tocsin.core.documents import Document

ROWS_SHOWN = 5
FILES_SHOWN = 5
BATCH_ROWS = 10_000


@click.command("import")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--format",
    "format_",
    default="auto",
    show_default=True,
    help="tocsin, csv, jsonl, xlsx, ods, parquet, car, warc, a profile of --list-formats, or auto.",
)
@click.option("--list-formats", is_flag=True, help="List what can be read, and stop.")
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="KEY=COLUMN",
    help="A key of the exchange format and the column it is in.",
)
@click.option(
    "--platform",
    help="Where the posts come from, for rows that do not say: x, mastodon, reddit, web...",
)
@click.option(
    "--dates",
    type=click.Choice(["day-first", "month-first"]),
    help="What comes first in dates such as 03/04/2026. [decided by evidence, and said]",
)
@click.option("--source", help="What to call the data set. [the file's name]")
@click.option(
    "--no-keep",
    is_flag=True,
    help="Keep no copy of the files with the run; remap cannot repair it then.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show the first rows as they would become; write nothing."
)
@click.pass_obj
def import_(
    app: CommandContext,
    files: tuple[str, ...],
    format_: str,
    list_formats: bool,
    pairs: tuple[str, ...],
    platform: str | None,
    source: str | None,
    dates: str | None,
    no_keep: bool,
    dry_run: bool,
) -> int:
    """Import posts from files: exports of many tools, exchange format, CSV, XLSX, ODS, Parquet,
    JSON of any shape, web archives (WARC, WACZ), repositories (CAR); plain or packed (gzip, zstd,
    xz, bzip2, zip); - is standard input.
    """
    if list_formats:
        formats = _formats()
        app.answer({"command": "import", "formats": formats}, lambda _: _show_formats(app, formats))
        return 0
    if not files:
        raise click.UsageError("Missing argument 'FILE...'.")
    from crawlers.importing.column_mapping import parse_mapping
    from crawlers.importing.file_reader import ImportOptions
    from crawlers.importing.import_files import import_files, keep_files
    from crawlers.importing.open_files import open_files
    from crawlers.kept_examples import as_shown

    if files.count("-") > 1:
        raise ConfigError(Message("reading.input_once"))
    options = ImportOptions(
        format=format_,
        mapping=parse_mapping(pairs),
        platform=check_platform(platform),
        source=source,
        dates=dates,
    )
    readers = open_files(files, options)
    if dry_run:
        document = _try_files(readers, app.say)
        app.answer(document, lambda _: _show_trial(app, document))
        return 0
    reports: list[LossReport] = []
    with app.index() as index, app.run("import") as run:
        now = datetime.now(UTC)
        collected_at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as it is stored
        failures = import_files(readers, index, run, collected_at, reports)
        if not no_keep:
            keep_files(run, [report.reader for report in reports], collected_at)
        if failures:
            run.facts["failed"] = failures
        index.refresh()
        if not app.as_json:
            people = app.people()
            for report in reports[:FILES_SHOWN]:
                if people is not None:
                    report.show_as(lambda document: as_shown(document, people))
                _show_report(app, report.document(with_examples=True))
            _show_left_out(app, run.facts.get("left_out", {}))
    return 1 if failures or run.facts.get("mostly_rejected") else 0


def check_platform(given: str | None) -> str | None:
    """The platform that a person named.

    Raises:
        ConfigError: it is no name.
    """
    if given is None:
        return None
    name = given.strip().lower()
    if not name or len(name) > 60 or not name.replace("-", "").replace("_", "").isalnum():
        raise ConfigError(Message("reading.no_platform", {"given": repr(given)}))
    return name


def _formats() -> list[dict[str, Any]]:
    """What ``--format`` takes: first those that say what columns mean, then the plain ones."""
    from crawlers.importing.profiles import known_formats, make_profile

    rows: list[dict[str, Any]] = []
    for name, kind in known_formats().items():
        row: dict[str, Any] = {"name": name, "kind": kind}
        if kind == "profile":
            profile = make_profile(name)
            row |= {
                "title": profile.title, "platform": profile.platform,
                "takes": list(profile.takes), "gives": list(profile.gives),
            }  # fmt: skip
        rows.append(row)
    return sorted(rows, key=lambda row: (row["kind"] != "profile", row["name"]))


def _show_formats(app: CommandContext, formats: list[dict[str, Any]]) -> None:
    from crawlers.importing.formats import IMPORTERS

    def what(row: Mapping[str, Any]) -> Message | str:
        if (name := row["name"]) in IMPORTERS:
            return Message(f"reading.formats.plain.{name}")
        return str(row.get("title", ""))

    cells = [(row["name"], what(row), ", ".join(row.get("gives", ()))) for row in formats]
    heads = [Message(f"reading.formats.{name}") for name in ("name", "what", "gives")]
    app.table(Message("reading.formats.title"), heads, cells)


def _try_files(
    readers: Iterable[FileReader], say: Callable[[str | Message], str]
) -> dict[str, Any]:
    """What an import would do, with the first rows as they would become."""
    from crawlers.importing.fill_counts import FillCounts
    from crawlers.importing.formats.base import LeftOut, RejectedRow
    from crawlers.importing.loss_report import MAX_IDS, LossReport, RelationCheck, warn_unresolved
    from crawlers.importing.relations.deletions import is_notice
    from tocsin.core.exchange import to_exchange

    fates: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    everything, relations = FillCounts(), RelationCheck()
    ids: set[int] = set()
    warnings: list[str] = []
    rows: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    for reader in readers:
        columns = reader.columns
        name = reader.input.name
        files.append({
            "file": name, "format": reader.format, "encoding": reader.input.encoding,
            "mapping": dict(columns.mapping) if columns else None,
            "notes": [say(n) for n in (*reader.notes, *(columns.notes if columns else ()))],
        })  # fmt: skip
        counts = FillCounts()
        report = LossReport(reader, counts)
        pending: list[Document] = []

        def take(
            batch: list[Document], counts: FillCounts = counts, report: LossReport = report
        ) -> None:
            counts.add(batch)
            report.add(batch)
            relations.add(batch)
            if len(ids) < MAX_IDS:
                ids.update(hash(document.id) for document in batch)
            batch.clear()

        rejected_before = fates["rejected"] + fates["failed"]
        for item in reader.documents():
            if isinstance(item, LeftOut):
                fates["left_out"] += 1
                left_out[item.reason] += 1
                continue
            if isinstance(item, RejectedRow):
                fates["failed" if item.is_defect else "rejected"] += 1
                if len(rejected) < ROWS_SHOWN:
                    rejected.append({"file": name, "line": item.line, "reason": item.reason})
                continue
            fates["readable"] += 1
            if is_notice(item[1]):
                continue  # it will tell of a post, and is none
            pending.append(item[1])
            if item[1].raw is not None:  # nothing is kept
                reader.input.originals.forget({item[1].raw.sha256})
            if len(pending) >= BATCH_ROWS:
                take(pending)
            if len(rows) < ROWS_SHOWN:
                rows.append(to_exchange(item[1]))
        take(pending)
        counts.rejected = fates["rejected"] + fates["failed"] - rejected_before
        everything += counts
        noticed = (
            *([Message("intake.empty", {"file": name})] if reader.is_empty else ()),
            *reader.late_notes,
            *counts.warnings(name, has_columns=reader.columns is not None),
            *report.warnings(),
        )
        warnings += [say(w) for w in noticed]
        files[-1] |= report.document(with_examples=True)
        reader.close()
    pointed = {}
    if len(ids) < MAX_IDS:
        pointed = relations.result(lambda targets: (hash(t) in ids for t in targets))
        warnings += [say(w) for w in warn_unresolved(pointed)]
    return {
        "command": "import", "dry_run": True, "seen": fates.total(),
        "fates": dict(sorted(fates.items())),
        "files": files, "rows": rows, "rejected": rejected,
        "left_out": dict(left_out), "warnings": warnings, "relations": pointed,
        **everything.facts(),
    }  # fmt: skip


def _show_report(app: CommandContext, file: dict[str, Any]) -> None:
    """Which key was filled from which column, as a table; what was left aside.

    Of a file that gave no post there is nothing to show: its warnings say why.
    """
    from tocsin.core.intake.loss_table import loss_table

    if not file["rows"]:
        return
    table = loss_table(file)
    cells = [(*row[:-1], " | ".join(row.examples)) for row in table.rows]
    app.table(table.title, table.heads, cells)
    if table.left_aside is not None:
        app.write(table.left_aside)


def _show_left_out(app: CommandContext, reasons: Mapping[str, int]) -> None:
    """Which records are no posts: no row is lost without a word."""
    from tocsin.core.intake.left_out import left_out_sentence

    if said := left_out_sentence(reasons):
        app.write(said)


def _show_trial(app: CommandContext, document: dict[str, Any]) -> None:
    from tocsin.core.language.words import counted
    from tocsin.core.runtime.logs import redact

    def say(sentence: str) -> None:
        app.console.print(redact(sentence), markup=False, highlight=False)

    for file in document["files"]:
        say(f"{file['file']}: {file['format']}, {file['encoding']}")
        for note in file["notes"]:
            say(app.say(Message("run.note", {"sentence": note})))
        _show_report(app, file)
    for warning in document["warnings"]:
        say(f"  {warning}")
    columns = ("id", "author", "published_at", "lang", "text", "extra")
    cells = [
        (
            row["id"], (row.get("author") or {}).get("id", ""), row.get("published_at", ""),
            row["lang"],
            (row.get("title") or row.get("text") or "")[:80], ", ".join(row.get("extra", {}))[:60],
        )
        for row in document["rows"]
    ]  # fmt: skip
    if cells:
        app.table(Message("reading.trial.rows"), columns, cells)
    for row in document["rejected"]:
        said = {key: row[key] for key in ("file", "line", "reason")}
        say("  " + app.say(Message("intake.row", said)))
    _show_left_out(app, document["left_out"])
    fates = [counted("outcome", fate, n) for fate, n in document["fates"].items()]
    told = {"n": document["seen"], "fates": fates or Message("reading.trial.nothing")}
    say(app.say(Message("reading.trial.seen", told)))
