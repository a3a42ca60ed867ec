"""The embedded index beside plain SQLite.

    python -m benchmarks.index [--json] [--import N] [--page N]

import   `put` of N documents beside `executemany` of the very same rows, full text among them, that
         were encoded and folded before the clock started (so this is what encoding, checks and
         verdicts cost). Target: .5
page     count, five facets, histogram and the newest 50 over one hit set at N documents, beside
         ``SELECT count(*)`` of the same match in SQL: the first time a word is asked, and when
         asked again (another window, another facet: its hits are kept). Target: at most 3 times
scan     rows per second of the columns that graphs need, and of all columns, and seconds to open
         with and without the columns kept on disk
nearest  the 10 nearest of 100,000 x 384 vectors, exact, over all and over a filter

``python -m benchmarks.index --backend elasticsearch ...`` is ``python -m benchmarks.elastic ...``.

Times are the best of several. The process's CPU time is given too, because the wall time of a
shared machine says little.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.index_posts import GRAPH, START, posts
from index import codec
from index.base import COLUMNS, Window
from index.connect import open_index
from index.embedded import rows as embedded_rows
from index.embedded import schema
from index.embedded.columnar import persistence
from index.embedded.database import Database
from tocsin.core.workspace import Workspace

CHUNK = 10_000


def clocked(work: Callable[[], Any], times: int = 1) -> dict[str, float]:
    """Best wall and CPU seconds of a piece of work."""
    wall, cpu = float("inf"), float("inf")
    for _ in range(times):
        started, busy = time.perf_counter(), time.process_time()
        work()
        wall, cpu = min(wall, time.perf_counter() - started), min(cpu, time.process_time() - busy)
    return {"wall": wall, "cpu": cpu}


def imports(folder: Path, n: int) -> dict[str, Any]:
    """Raw rows and `put`, taking turns."""
    documents = list(posts(n))
    authors = {
        key: row
        for row, key in enumerate(dict.fromkeys(d.author.id for d in documents if d.author), 1)
    }
    rows = [
        (
            i,
            d.id,
            authors[d.author.id] if d.author else None,
            codec.milliseconds(d.published_at),
            codec.encode(d),
        )
        for i, d in enumerate(documents, 1)
    ]
    words = [(i, embedded_rows.searchable(d.title, d.text)) for i, d in enumerate(documents, 1)]
    people = [(row, key, "handle", "name", 1) for key, row in authors.items()]

    def raw() -> None:
        shutil.rmtree(folder / "raw", ignore_errors=True)
        store = Database(folder / "raw" / "raw.sqlite")
        with store.write() as connection:
            schema.create(connection)
            connection.executemany(
                "INSERT INTO authors (row, id, handle, name, followers) VALUES (?, ?, ?, ?, ?)",
                people,
            )
        for start in range(0, n, CHUNK):
            with store.write() as connection:
                connection.executemany(
                    "INSERT INTO docs (row, id, author, published, body) VALUES (?, ?, ?, ?, ?)",
                    rows[start : start + CHUNK],
                )
                connection.executemany(
                    "INSERT INTO words (rowid, tok) VALUES (?, ?)", words[start : start + CHUNK]
                )
        store.close()

    def put() -> None:
        shutil.rmtree(folder / "put", ignore_errors=True)
        index = open_index(Workspace(folder / "put"))
        for start in range(0, n, CHUNK):
            index.put(documents[start : start + CHUNK])
        index.close()

    turns = [(clocked(raw), clocked(put)) for _ in range(3)]
    best_raw = {name: min(turn[0][name] for turn in turns) for name in ("wall", "cpu")}
    best_put = {name: min(turn[1][name] for turn in turns) for name in ("wall", "cpu")}
    return {
        "documents": n,
        "raw_per_second": n / best_raw["wall"],
        "put_per_second": n / best_put["wall"],
        "ratio": best_raw["wall"] / best_put["wall"],
        "ratio_cpu": best_raw["cpu"] / best_put["cpu"],
        "bytes_per_document": sum(f.stat().st_size for f in (folder / "put").glob("index.sqlite*"))
        / n,
    }


def fill(folder: Path, n: int) -> None:
    """An index of n documents."""
    index = open_index(Workspace(folder))
    documents = posts(n)
    while chunk := list(itertools.islice(documents, CHUNK)):
        index.put(chunk)
    index.close()


def pages(folder: Path) -> list[dict[str, Any]]:
    """Page times by query, beside SQL counts of the same match."""
    index = open_index(Workspace(folder))
    index.page()
    plain = sqlite3.connect(folder / "index.sqlite")
    texts = [d.text.split() for d in index.search(size=30).documents]
    common = sorted(
        {word for text in texts for word in text if word.isascii()}, key=index.count, reverse=True
    )
    index.close()
    index = open_index(Workspace(folder))
    index.page()
    window = Window(START + timedelta(days=10), START + timedelta(days=20))
    ms = (codec.milliseconds(window.since), codec.milliseconds(window.until))
    found = []
    for query in (
        "",
        "café",
        common[0],
        common[1],
        common[4],
        common[9],
        common[20],
        f"{common[1]} {common[2]}",
    ):
        match = " AND ".join(f'"{word}"' for word in query.replace("é", "e").split())
        sql = (
            "SELECT count(*) FROM words WHERE words MATCH ?"
            if query
            else "SELECT count(*) FROM docs"
        )
        given = (match,) if query else ()
        count = clocked(lambda sql=sql, given=given: plain.execute(sql, given).fetchone(), 5)
        sql = "SELECT count(*) FROM docs WHERE published >= ? AND published < ?"
        if query:
            sql = (
                "SELECT count(*) FROM words JOIN docs ON docs.row = words.rowid "
                "WHERE words MATCH ? AND published >= ? AND published < ?"
            )
        in_window = clocked(
            lambda sql=sql, given=given: plain.execute(sql, (*given, *ms)).fetchone(), 3
        )
        first = clocked(lambda query=query: index.page(query))
        again = clocked(lambda query=query: index.page(query), 7)
        windowed = clocked(lambda query=query: index.page(query, window=window), 7)
        found.append(
            {
                "query": query,
                "hits": index.count(query),
                "sql_count_ms": count["cpu"] * 1e3,
                "page_first_ms": first["cpu"] * 1e3,
                "page_ms": again["cpu"] * 1e3,
                "ratio_first": first["cpu"] / count["cpu"],
                "ratio": again["cpu"] / count["cpu"],
                "sql_count_in_window_ms": in_window["cpu"] * 1e3,
                "page_in_window_ms": windowed["cpu"] * 1e3,
                "ratio_in_window": windowed["cpu"] / in_window["cpu"],
            }
        )
    plain.close()
    index.close()
    return found


def scans(folder: Path) -> dict[str, Any]:
    """Seconds to open, and rows per second of scans."""
    index = open_index(Workspace(folder))
    total = index.count()
    index.close()
    shutil.rmtree(folder / persistence.FOLDER, ignore_errors=True)
    found: dict[str, Any] = {"documents": total}

    def opened() -> None:
        nonlocal index
        index = open_index(Workspace(folder))
        index.count()

    found["open_without_cache_seconds"] = clocked(opened)
    index.close()
    found["open_with_cache_seconds"] = clocked(opened)
    for name, columns in (("graph", GRAPH), ("all", COLUMNS)):
        for order in ("time", "none"):
            spent = clocked(
                lambda columns=columns, order=order: sum(
                    b.num_rows for b in index.scan(columns, order=order)
                ),
                3,
            )
            found[f"{name}_columns_{order}_rows_per_second"] = {
                clock: total / seconds for clock, seconds in spent.items()
            }
    index.close()
    return found


def vectors(folder: Path, n: int = 100_000, d: int = 384) -> dict[str, Any]:
    """Times of the nearest ten."""
    index = open_index(Workspace(folder))
    ids = list(
        itertools.islice((key for b in index.scan(["id"]) for key in b.column("id").to_pylist()), n)
    )
    rng = np.random.default_rng(1)
    spent = time.perf_counter()
    for start in range(0, len(ids), CHUNK):
        values = rng.normal(size=(len(ids[start : start + CHUNK]), d)).astype(np.float32)
        index.put_vectors(
            "bench",
            ids[start : start + CHUNK],
            values / np.linalg.norm(values, axis=1, keepdims=True),
        )
    spent = time.perf_counter() - spent
    query = rng.normal(size=d).astype(np.float32)
    index.knn("bench", query)
    over_all, over_some = (
        clocked(lambda: index.knn("bench", query), 7),
        clocked(lambda: index.knn("bench", query, query="lang:fr"), 7),
    )
    index.close()
    return {
        "vectors": len(ids),
        "put_per_second": len(ids) / spent,
        "nearest_ms": over_all["wall"] * 1e3,
        "nearest_of_filter_ms": over_some["wall"] * 1e3,
    }


def main() -> None:
    """Run all and print."""
    if sys.argv[1:3] == ["--backend", "elasticsearch"]:
        from benchmarks import elastic

        del sys.argv[1:3]
        elastic.main()
        return
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.index",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--import",
        dest="imported",
        type=int,
        default=100_000,
        help="documents of the import (default 100,000)",
    )
    parser.add_argument(
        "--page",
        type=int,
        default=1_000_000,
        help="documents of the pages and scans (default 1,000,000)",
    )
    parser.add_argument(
        "--only",
        choices=["import", "page", "scan", "nearest"],
        action="append",
        help="this part alone",
    )
    parser.add_argument(
        "--at", type=Path, help="keep the large index in this folder, or use the one that is there"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as name:
        large = arguments.at or Path(name) / "large"
        chosen = arguments.only or ["import", "page", "scan", "nearest"]
        report: dict[str, Any] = (
            {"import": imports(Path(name), arguments.imported)} if "import" in chosen else {}
        )
        if not (large / "index.sqlite").exists() and chosen != ["import"]:
            fill(large, arguments.page)
        report |= {
            part: work(large)
            for part, work in (("page", pages), ("scan", scans), ("nearest", vectors))
            if part in chosen
        }
    if arguments.json:
        json.dump(report, sys.stdout, indent=1)
        return
    for part, figures in report.items():
        for line in figures if isinstance(figures, list) else [figures]:
            print(
                part,
                ", ".join(
                    f"{key} {value if isinstance(value, (str, int)) else _short(value)}"
                    for key, value in line.items()
                ),
            )


def _short(value: Any) -> str:
    return (
        " ".join(f"{k} {v:.3g}" for k, v in value.items())
        if isinstance(value, dict)
        else f"{value:.3g}"
    )


if __name__ == "__main__":
    main()
