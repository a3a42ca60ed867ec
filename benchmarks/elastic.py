"""The Elasticsearch backend beside the official client.

    python -m benchmarks.elastic [--json] [--documents N]... [--url URL]

import  `put` of N documents beside the client's own `helpers.streaming_bulk` of the very same
        action bodies, made before its clock starts, into equal indices. Both run until a refresh
        has shown all, and take turns. Target: .8
page    what a dashboard asks (count, five facets, histogram, newest 50): time, and requests counted
        on the wire, on a client that has just been opened and on one that knows the authors.
        Target: one search request
scan    rows per second of the columns that graphs need, beside the client's `helpers.scan` of the
        same fields
ready   100,000 documents with 384 dimensions: seconds from the start of the import until search and
        filtered kNN answer (embedding not counted), then recall@10 beside the exact ten.
        Target: 120 s on two cores

Starts the server of ../shared/elasticsearch in a temporary folder, or takes the one at --url
(everything it makes there is removed again). The server shares the machine: times are wall time,
and ratios are of turns taken one after the other.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch, NotFoundError, helpers

from benchmarks.index_posts import GRAPH, START, posts
from benchmarks.tiles import SHARED
from index.base import Window
from index.connect import open_index
from index.elastic import sources
from index.elastic.sources import fields_of
from tocsin.core.documents import Document
from tocsin.core.workspace import Workspace

BATCH = 10_000
"""Documents of one `put`: what ``tocsin import`` gives at once."""
MODEL = "bench"
DIMS = 384


@contextlib.contextmanager
def server(url: str | None) -> Iterator[str]:
    """The address of a real server: the one given, or one started for the occasion."""
    if url:
        yield url
        return
    program, folder = (
        SHARED / "elasticsearch" / "server",
        Path(tempfile.mkdtemp(prefix="tocsin-bench-es-", dir="/tmp")),
    )
    if not program.exists():
        sys.exit("needs the Elasticsearch server in ../shared beside the checkout, or --url")
    folder.chmod(0o755)  # the server is another user's where root starts it
    done = subprocess.run(
        [sys.executable, program, "start", folder / "es", "--heap", "1g"],
        capture_output=True,
        text=True,
    )
    try:
        if done.returncode:
            sys.exit(f"the server did not start: {done.stderr[-500:]}")
        yield json.loads(done.stdout.splitlines()[-1])["url"]
    finally:
        subprocess.run([sys.executable, program, "stop", folder / "es"], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def opened(url: str, prefix: str, home: Path) -> Iterator[Any]:
    """An index of a prefix of its own."""
    index: Any = open_index(
        Workspace(home, {"index": {"backend": "elasticsearch", "url": url, "prefix": prefix}})
    )
    try:
        yield index
    finally:
        index.close()


def drop(url: str, prefix: str) -> None:
    """Remove all indices and templates of a prefix."""
    with Elasticsearch(url, request_timeout=60) as client:
        if names := list(client.indices.get(index=f"{prefix}-*", expand_wildcards="all")):
            client.indices.delete(index=",".join(names))
        with contextlib.suppress(NotFoundError):  # nothing was made
            client.indices.delete_index_template(name=f"{prefix}-docs-v1")
            client.cluster.delete_component_template(
                name=f"{prefix}-docs-v1-settings,{prefix}-docs-v1-mapping"
            )


def fresh() -> str:
    """A prefix that nothing has yet."""
    return f"bench{uuid.uuid4().hex[:10]}"


def timed(work: Callable[[], Any]) -> float:
    """Wall seconds of a piece of work; no collection of garbage falls into it."""
    gc.collect()
    gc.disable()
    started = time.perf_counter()
    try:
        work()
        return time.perf_counter() - started
    finally:
        gc.enable()


def imports(url: str, home: Path, n: int, rounds: int) -> dict[str, Any]:
    """`put` and `streaming_bulk`, taking turns, the first in each round changing."""
    documents = list(posts(n))
    bodies = [
        json.loads(sources.to_source(d, changed_at=1, put="bench", revision=0)) for d in documents
    ]

    def put() -> float:
        prefix = fresh()
        with opened(url, prefix, home) as index:

            def work() -> None:
                for start in range(0, n, BATCH):
                    verdicts = index.put(documents[start : start + BATCH])
                    assert all(v.outcome == "created" for v in verdicts)
                index.refresh()

            seconds = timed(work)
            assert index.count() == n
        drop(url, prefix)
        return seconds

    def raw() -> float:
        prefix = fresh()
        with opened(url, prefix, home) as index:  # makes the same templates, so the same months
            names = index.names
            actions = [
                {
                    "_op_type": "create",
                    "_index": names.month(d.published_at),
                    "_id": d.id,
                    "_source": body,
                }
                for d, body in zip(documents, bodies, strict=True)
            ]

        def work() -> None:
            with Elasticsearch(url, request_timeout=60) as client:
                # Bulks as large as ours: with the helper's default of 500 it is slower.
                for ok, _ in helpers.streaming_bulk(
                    client, actions, chunk_size=1_000, max_chunk_bytes=5_000_000
                ):
                    assert ok
                client.indices.refresh(index=names.read)

        seconds = timed(work)
        drop(url, prefix)
        return seconds

    turns = []
    for turn in range(rounds):
        pair = [
            (name, work())
            for name, work in (
                (("raw", raw), ("put", put)) if turn % 2 else (("put", put), ("raw", raw))
            )
        ]
        turns.append(dict(pair))
    ratios = sorted(turn["raw"] / turn["put"] for turn in turns)
    best = {name: min(turn[name] for turn in turns) for name in ("raw", "put")}
    return {
        "documents": n,
        "rounds": rounds,
        "raw_per_second": n / best["raw"],
        "put_per_second": n / best["put"],
        "ratio_of_best": best["raw"] / best["put"],
        "ratio_median": statistics.median(ratios),
        "ratio_least": ratios[0],
        "ratio_most": ratios[-1],
    }


@contextlib.contextmanager
def counted(index: Any) -> Iterator[Counter[str]]:
    """The requests that a client sends, by what they ask."""
    transport = index.connection.client.transport
    ask, seen = transport.perform_request, Counter[str]()

    def perform(method: str, target: str, **options: Any) -> Any:
        seen[target.partition("?")[0].rsplit("/", 1)[-1]] += 1
        return ask(method, target, **options)

    transport.perform_request = perform
    try:
        yield seen
    finally:
        transport.perform_request = ask


def pages(url: str, prefix: str, home: Path) -> list[dict[str, Any]]:
    """Requests and milliseconds of pages: the first of a new client, then six times again."""
    with opened(url, prefix, home) as index:
        texts = [d.text.split() for d in index.search(size=30).documents]
        words = sorted(
            {word for text in texts for word in text if word.isascii()},
            key=lambda word: (-index.count(word), word),
        )
    found = []
    window = Window(START + timedelta(days=10), START + timedelta(days=20))
    for query, span in (
        ("", Window()),
        ("café", Window()),
        (words[0], window),
        (words[20], Window()),
        (f"{words[1]} {words[2]}", window),
    ):
        with opened(url, prefix, home) as index:
            with counted(index) as first:
                cold = timed(
                    lambda query=query, span=span, index=index: index.page(query, window=span)
                )
            with counted(index) as again:
                warm = [
                    timed(
                        lambda query=query, span=span, index=index: index.page(query, window=span)
                    )
                    for _ in range(6)
                ]
            found.append(
                {
                    "query": query,
                    "window": span.since is not None,
                    "hits": index.count(query, window=span),
                    "requests_first": dict(first),
                    "requests_again": {name: count / 6 for name, count in again.items()},
                    "first_ms": cold * 1e3,
                    "again_ms": min(warm) * 1e3,
                }
            )
    return found


def scans(url: str, prefix: str, home: Path, rounds: int) -> dict[str, Any]:
    """Rows per second of our scans and of the client's helper, taking turns."""
    with opened(url, prefix, home) as index:
        total = index.count()
        fields = fields_of(GRAPH)

        def helper(size: int) -> None:
            rows = helpers.scan(
                index.connection.client,
                index=index.names.read,
                query={"query": {"match_all": {}}, "_source": fields},
                size=size,
            )
            assert sum(1 for _ in rows) == total

        def ours(order: str) -> None:
            assert sum(batch.num_rows for batch in index.scan(GRAPH, order=order)) == total

        works: dict[str, Callable[[], None]] = {
            "helper_default": lambda: helper(1_000),
            "helper_5000": lambda: helper(5_000),
            "ours_time": lambda: ours("time"),
            "ours_none": lambda: ours("none"),
        }
        spent: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(rounds):
            for name, work in works.items():
                spent[name].append(timed(work))
    speeds = {f"{name}_rows_per_second": total / min(seconds) for name, seconds in spent.items()}
    return {
        "documents": total,
        **speeds,
        "ratio_time": min(spent["helper_default"]) / min(spent["ours_time"]),
    }


def ready(url: str, prefix: str, home: Path, n: int) -> dict[str, Any]:
    """Seconds until a store with vectors answers, part by part, and what it then finds."""
    documents, matrix = list(posts(n)), embeddings(n)
    ids = [d.id for d in documents]
    said: dict[str, Any] = {"documents": n}
    with opened(url, prefix, home) as index:
        started = time.perf_counter()

        def lap(name: str) -> None:
            said[name] = time.perf_counter() - started

        for start in range(0, n, BATCH):
            index.put(documents[start : start + BATCH])
        lap("put_until")
        for start in range(0, n, BATCH):
            index.put_vectors(MODEL, ids[start : start + BATCH], matrix[start : start + BATCH])
        lap("vectors_until")
        index.refresh()
        lap("refresh_until")
        assert index.search("café").total > 0
        assert len(index.knn(MODEL, matrix[7], query="lang:fr")) == 10
        lap("ready_after_seconds")
        said |= recall(index, documents, matrix)
    return said


def embeddings(n: int, seed: int = 1) -> np.ndarray:
    """Made-up sentence vectors (n, `DIMS`), float32 of unit length.

    They lie around 500 subjects, as the vectors of real sentences do.
    """
    rng = np.random.default_rng(seed)
    made = rng.normal(size=(500, DIMS))[rng.integers(0, 500, n)] + rng.normal(size=(n, DIMS))
    found: np.ndarray = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return found


def recall(
    index: Any, documents: Sequence[Document], matrix: np.ndarray, asked: int = 100
) -> dict[str, Any]:
    """Share of the exact ten nearest that kNN finds, over all and over a filter, and its time."""
    rng = np.random.default_rng(2)
    rows = {
        "all": np.arange(len(documents)),
        "lang:fr": np.flatnonzero([d.lang == "fr" for d in documents]),
    }
    said: dict[str, Any] = {}
    for name, some in rows.items():
        right, spent = 0, []
        for place in rng.integers(0, len(documents), asked):
            vector = matrix[place] + rng.normal(size=DIMS).astype(np.float32) * 0.02
            vector /= np.linalg.norm(vector)
            exact = {
                documents[i].id
                for i in some[np.argsort(-(matrix[some] @ vector), kind="stable")[:10]]
            }
            started = time.perf_counter()
            found = index.knn(MODEL, vector, 10, query="" if name == "all" else name)
            spent.append(time.perf_counter() - started)
            right += len(exact & {key for key, _ in found})
        said |= {
            f"recall_at_10_{name}": right / (10 * asked),
            f"knn_ms_{name}": statistics.median(spent) * 1e3,
        }
    return said


def main() -> None:
    """Run all and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.elastic",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--documents",
        type=int,
        action="append",
        help="documents of an import (default 20,000 and 100,000)",
    )
    parser.add_argument(
        "--ready",
        type=int,
        default=100_000,
        help="documents of the pages, scans and vectors (default 100,000)",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns of each comparison (default 3)"
    )
    parser.add_argument(
        "--only",
        choices=["import", "page", "scan", "ready"],
        action="append",
        help="this part alone",
    )
    parser.add_argument("--url", help="a server that runs")
    arguments = parser.parse_args()
    chosen = arguments.only or ["import", "ready", "page", "scan"]
    report: dict[str, Any] = {"load_at_start": os.getloadavg()[0]}
    with server(arguments.url) as url, tempfile.TemporaryDirectory(prefix="tocsin-bench-") as name:
        home, prefix = Path(name), fresh()
        if "import" in chosen:
            report["import"] = [
                imports(url, home, n, arguments.rounds)
                for n in arguments.documents or (20_000, 100_000)
            ]
        try:
            if "ready" in chosen:
                report["ready"] = ready(url, prefix, home, arguments.ready)
            elif set(chosen) & {"page", "scan"}:
                fill(url, prefix, home, arguments.ready)
            if "page" in chosen:
                report["page"] = pages(url, prefix, home)
            if "scan" in chosen:
                report["scan"] = scans(url, prefix, home, arguments.rounds)
        finally:
            drop(url, prefix)
    report["load_at_end"] = os.getloadavg()[0]
    if arguments.json:
        json.dump(report, sys.stdout, indent=1)
        return
    for part, figures in report.items():
        for line in (
            figures
            if isinstance(figures, list)
            else [figures if isinstance(figures, dict) else {"": figures}]
        ):
            print(
                part,
                ", ".join(
                    f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in line.items()
                ),
            )


def fill(url: str, prefix: str, home: Path, n: int) -> None:
    """An index of n documents without vectors."""
    documents = list(posts(n))
    with opened(url, prefix, home) as index:
        for start in range(0, n, BATCH):
            index.put(documents[start : start + BATCH])
        index.refresh()


if __name__ == "__main__":
    main()
