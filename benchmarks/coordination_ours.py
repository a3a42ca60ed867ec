"""Tocsin's part, each job in a process of its own so that its peak of memory is its own.

``library POSTS.csv PAIRS.csv WINDOW``: from the CSV file to the pairs, imports not counted (nor are
the peer's).

``product HOME PAIRS.csv WINDOW``: from an open index to the pairs. ``first`` is the first scan,
which also fills the index's column cache; ``seconds`` is a later one, as every screen and analysis
of a running program has it.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from graph.coordination.library.pairs import co_share_pairs

SIGNALS = ["repost", "text"]


def library(posts: str, pairs: str, window: str) -> dict[str, Any]:
    """CSV file to pairs."""
    started = time.perf_counter()
    found = co_share_pairs(posts, SIGNALS, window=float(window))
    seconds = time.perf_counter() - started
    _write(found, pairs)
    return {"seconds": seconds}


def product(home: str, pairs: str, window: str) -> dict[str, Any]:
    """Scan of the index and pairs, first and later."""
    from index.connect import open_index
    from tocsin.core.documents import native_id
    from tocsin.core.workspace import Workspace

    index = open_index(Workspace(Path(home)))
    taken = []
    for _ in range(4):
        started = time.perf_counter()
        batches = index.scan(["author", "published_at", "text", "repost_of"], order="none")
        found = co_share_pairs(batches, SIGNALS, window=float(window))
        taken.append(time.perf_counter() - started)
    index.close()
    names = {
        name: native_id(name) for name in pl.concat([found["a"], found["b"]]).unique().to_list()
    }
    _write(
        found.with_columns(pl.col("a", "b").replace_strict(names, return_dtype=pl.String)), pairs
    )
    return {"seconds": sorted(taken[1:])[1], "first": taken[0]}


def _write(found: pl.DataFrame, path: str) -> None:
    """Both directions, as the peer has them."""
    with open(path, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        for signal, a, b, forth, back in found.select(
            "signal", "a", "b", "weight_ab", "weight_ba"
        ).iter_rows():
            rows.writerow([signal, a, b, forth])
            rows.writerow([signal, b, a, back])


if __name__ == "__main__":
    made = {"library": library, "product": product}[sys.argv[1]](*sys.argv[2:])
    print(
        json.dumps(
            made | {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}
        )
    )
