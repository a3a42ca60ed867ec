"""Files in which a person says which posts are relevant."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from index.exports.tables import unguarded, write_csv_rows
from tocsin.core.errors import ConfigError, system_reason, unread_reason
from tocsin.core.files import decode_text, write_atomically
from tocsin.core.messages import Message

COLUMNS = ("id", "relevant", "text")
_YES, _NO = frozenset({"true", "1", "yes", "y", "oui"}), frozenset({"false", "0", "no", "n", "non"})


def read_judgements(path: Path) -> dict[str, bool]:
    """Post id -> whether it is relevant; posts whose answer is still empty are left out.

    Raises:
        ConfigError: the file cannot be read, or a line says neither yes nor no.
    """
    judgements: dict[str, bool] = {}
    try:
        file = io.StringIO(decode_text(path.read_bytes()), newline="")
        for number, row in enumerate(_rows(file), start=1):
            key = unguarded(str(row.get("id") or "").strip())
            said = row.get("relevant")
            value = str("" if said is None else said).strip().casefold()
            if key and not value and "relevant" in row:
                continue
            if not key or value not in _YES | _NO:
                entry = {"path": str(path), "number": number}
                raise ConfigError(Message("discovery.judgements.entry", entry))
            judgements[key] = value in _YES
    except (OSError, csv.Error, json.JSONDecodeError) as error:
        fault = {"path": str(path), "error": unread_reason(error)}
        raise ConfigError(Message("discovery.judgements.no_file", fault)) from None
    return judgements


def write_judgements(path: Path, posts: Iterable[tuple[str, bool | None, str]]) -> None:
    """Write posts to be judged, whole or not at all: as JSON lines where the file is called so
    (``.json``, ``.jsonl``), else as CSV.

    Args:
        path: the file; one that is there is replaced.
        posts: id, whether it is relevant (None: not judged yet), text.

    Raises:
        ConfigError: the file cannot be written.
    """
    answers = {True: "yes", False: "no", None: ""}
    rows: Iterable[Mapping[str, str]] = (
        {"id": post, "relevant": answers[relevant], "text": text} for post, relevant, text in posts
    )
    try:
        with write_atomically(path) as made, made.open("w", encoding="utf-8", newline="") as out:
            if path.suffix.casefold() in (".json", ".jsonl"):
                out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            else:
                write_csv_rows(out, COLUMNS, rows)
    except OSError as error:
        fault = {"path": str(path), "error": system_reason(error)}
        raise ConfigError(Message("discovery.judgements.not_written", fault)) from None


def _rows(file: TextIO) -> Iterator[dict[str, Any]]:
    """The rows of JSON lines or of CSV, whatever the file is called."""
    start = file.readline()
    file.seek(0)
    if not start.lstrip("\ufeff \t").startswith("{"):
        # French spreadsheets save with semicolons
        separator = max(";\t,", key=start.count) if start else ","
        rows = csv.DictReader(file, delimiter=separator)
        if not {"id", "relevant"} <= set(rows.fieldnames or COLUMNS):
            yield {}  # the first line is not its header: no answer of it would be read
        yield from rows
        return
    for line in file:
        if line.strip():
            row = json.loads(line)
            yield row if isinstance(row, dict) else {}
