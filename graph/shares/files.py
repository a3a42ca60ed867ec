"""What was found in a table of shares, as files in a folder."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from graph.exports.network import save_gexf
from index.exports.tables import Dialect, Table, write_csv_table
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from graph.shares.library import CoordinatedShares

TABLES = ("groups", "members", "pairs", "evidence")
NETWORK, DOCUMENT = "network.gexf", "coordination.json"


def write_files(
    found: CoordinatedShares, document: dict[str, Any], out: Path, dialect: Dialect
) -> dict[str, int]:
    """Write ``groups members pairs evidence`` as CSV, the network and all of it as JSON.

    Each file appears whole or not at all; others in the folder stay.

    Returns:
        File -> its bytes.

    Raises:
        ConfigError: the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tocsin-", dir=out) as folder:
            place = Path(folder)
            for name in TABLES:
                frame: pl.DataFrame = getattr(found, name)
                table = Table(name, frame.columns, rows(frame))
                write_csv_table(place / f"{name}.csv", table, dialect)
            save_gexf(found.graph(), place / NETWORK)
            text = json.dumps(document, ensure_ascii=False, indent=1)
            (place / DOCUMENT).write_text(text + "\n", encoding="utf-8", errors="replace")
            sizes = {file.name: file.stat().st_size for file in sorted(place.iterdir())}
            for name in sizes:
                os.replace(place / name, out / name)
    except OSError as error:
        shown = {"out": str(out), "why": system_reason(error)}
        raise ConfigError(Message("shares.error.write", shown)) from None
    return sizes


def rows(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of a table for a spreadsheet: lists in one cell."""
    for row in frame.iter_rows(named=True):
        yield {
            key: " ".join(value) if isinstance(value, list) else value for key, value in row.items()
        }


def objects(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for JSON: times in RFC 3339."""
    return [
        {key: rfc3339(value) if hasattr(value, "astimezone") else value
         for key, value in row.items()}
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
