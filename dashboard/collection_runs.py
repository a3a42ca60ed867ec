"""What came in, as the records of imports and crawls tell it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from index.maintenance.kept_files import FOLDER, read_list
from tocsin.core.intake.loss_table import about_file
from tocsin.core.messages import Message
from tocsin.core.progress import error_of, messages_of, recent_runs

IMPORTS, CRAWLS = ("import", "remap"), ("crawl",)
MAX_IMPORTS, MAX_CRAWLS = 200, 100
NO_SIGN_OF_LIFE = timedelta(minutes=2)
STALE_SOURCE = timedelta(days=7)
KEYS = ("text", "published_at", "author")


@dataclass(frozen=True)
class CollectingRun:
    """One import, repair or crawl.

    Attributes:
        silent_for: seconds without a sign of life of a run that says that it goes on; 0 for others.
        error: what ended it, if anything did.
    """

    run_id: str
    command: str
    status: str
    started_at: datetime
    seen: int
    fates: Mapping[str, int]
    messages: Sequence[str | Message]
    error: str | Message
    silent_for: float
    record: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class CollectedFile:
    """A file of an import, as it was read last.

    Attributes:
        number: its place among the files of its run.
        kept: its place among the files whose records the run keeps, None where it does not.
        file: its loss report, as the run keeps it.
        messages: what the run said of it.
    """

    run: CollectingRun
    number: int
    kept: int | None
    file: Mapping[str, Any]
    messages: Sequence[Message]

    def filled(self) -> Mapping[str, float]:
        """Key -> share of rows that have it, 0 to 1."""
        return filled_shares(self.file)


@dataclass(frozen=True)
class CrawledSource:
    """A source, with its last crawl.

    Attributes:
        run: None where it was never crawled, or so long ago that no record is left.
        number: its place among the sources of its run.
        counts: what the run keeps of it: ``spider fates rows filled sites``.
        messages: what the run said of it.
        is_uncounted: earlier versions crawled, whose records do not say which sources.
        is_configured: whether it has a source file, and ``is_enabled`` whether a crawl takes it.
    """

    name: str
    run: CollectingRun | None = None
    number: int = 0
    counts: Mapping[str, Any] = field(default_factory=dict)
    messages: Sequence[str | Message] = ()
    is_uncounted: bool = False
    is_configured: bool = True
    is_enabled: bool = True


def read_collecting_runs(home: Path, now: datetime) -> list[CollectingRun]:
    """Imports, repairs and crawls of a workspace, newest first."""
    records = [
        *recent_runs(home, MAX_IMPORTS, IMPORTS),
        *recent_runs(home, MAX_CRAWLS, CRAWLS),
    ]
    runs = [run for record in records if (run := _run(record, now)) is not None]
    return sorted(runs, key=lambda run: (run.started_at, run.run_id), reverse=True)


def _run(record: Mapping[str, Any], now: datetime) -> CollectingRun | None:
    """The run of a record; None where it lacks what every record has."""
    try:
        status = str(record["status"])
        started = _moment(record["started_at"])
        silent = timedelta()
        if status == "running":
            silent = now - _moment(record.get("heartbeat_at", record["started_at"]))
        fates = {str(name): int(number) for name, number in record["fates"].items()}
        return CollectingRun(
            run_id=str(record["run_id"]),
            command=str(record["command"]),
            status=status,
            started_at=started,
            seen=sum(fates.values()),
            fates=fates,
            messages=messages_of(record),
            error=error_of(record),
            silent_for=silent.total_seconds() if silent > NO_SIGN_OF_LIFE else 0.0,
            record=record,
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def list_collected_files(runs: Sequence[CollectingRun], home: Path) -> list[CollectedFile]:
    """The files of imports, those left out that were read again since."""
    repaired = {str(run.record.get("repaired")) for run in runs}
    return [
        file
        for run in runs
        if run.command in IMPORTS and run.run_id not in repaired
        for file in files_of(run, home)
    ]


def files_of(run: CollectingRun, home: Path) -> Iterator[CollectedFile]:
    """The files of one import."""
    kept_names = [file.name for file in read_list(home / "runs" / run.run_id / FOLDER) if file.kept]
    files = run.record.get("files")
    for number, file in enumerate(files if isinstance(files, list) else ()):
        if not is_report(file):
            continue
        name = file["file"]
        kept = kept_names.index(name) if name in kept_names else None
        yield CollectedFile(run, number, kept, file, list(about_file(run.messages, name)))


def is_report(file: Any) -> bool:
    """Whether something that a record holds is a loss report."""
    if not isinstance(file, dict) or not isinstance(file.get("file"), str):
        return False
    rows = file.get("keys")
    return (
        isinstance(rows, list)
        and all(isinstance(row, dict) and row.keys() >= _KEYS_OF_ROW for row in rows)
        and {"format", "rows", "left_aside"} <= file.keys()
    )


_KEYS_OF_ROW = {"key", "column", "by", "filled", "examples"}


def filled_shares(counts: Mapping[str, Any]) -> Mapping[str, float]:
    """Key -> share of rows that have it; of reports that do not say it, by their table."""
    if "filled" in counts:
        filled: Mapping[str, float] = counts["filled"]
        return filled
    by_key = {row["key"]: float(row["filled"]) for row in counts.get("keys", ())}
    names = {"text": "text", "published_at": "published_at", "author": "author.id"}
    return {key: by_key.get(name, 0.0) for key, name in names.items()} if by_key else {}


def list_crawled_sources(runs: Sequence[CollectingRun], home: Path) -> list[CrawledSource]:
    """Every source that is configured or was crawled, by name."""
    configured = _configured(home)
    found: dict[str, CrawledSource] = {}
    for run in runs:
        if run.command not in CRAWLS:
            continue
        for source in sources_of(run):
            if source.name not in found:
                known = source.name in configured
                found[source.name] = CrawledSource(
                    source.name,
                    run,
                    source.number,
                    source.counts,
                    source.messages,
                    is_configured=known,
                    is_enabled=configured.get(source.name, False),
                )
    crawls = [run for run in runs if run.command in CRAWLS]
    uncounted = any(not isinstance(run.record.get("by_source"), dict) for run in crawls)
    for name, is_enabled in configured.items():
        found.setdefault(name, CrawledSource(name, is_uncounted=uncounted, is_enabled=is_enabled))
    return [found[name] for name in sorted(found)]


def sources_of(run: CollectingRun) -> Iterator[CrawledSource]:
    """The sources of one crawl."""
    by_source = run.record.get("by_source")
    for number, (name, counts) in enumerate(
        sorted(by_source.items()) if isinstance(by_source, dict) else ()
    ):
        if isinstance(counts, dict):
            said = [
                message.parameters["sentence"]
                for message in run.messages
                if isinstance(message, Message)
                and message.parameters.get("source") == name
                and "sentence" in message.parameters
            ]
            yield CrawledSource(name, run, number, counts, said)


def _configured(home: Path) -> dict[str, bool]:
    """Source -> whether it is enabled, of the source files that can be read."""
    sources: dict[str, bool] = {}
    for values in map(_read, source_files(home)):
        name = values.get("name")
        if isinstance(name, str):
            sources[name] = values.get("enabled") is not False
    return sources


def source_files(home: Path) -> list[Path]:
    """The source files of a workspace."""
    return sorted((home / "sources").glob("*.toml"))


def unreadable_source_files(home: Path) -> list[str]:
    """Names of source files that are no TOML, or name no source."""
    return [path.name for path in source_files(home) if "name" not in _read(path)]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
