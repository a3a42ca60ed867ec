"""Tocsin's part, each job in a process of its own so that its peak of memory is its own.

``library POSTS.csv PAIRS.csv WINDOW``: from the CSV file to the pairs, imports not counted (nor are
the peer's).

``product HOME PAIRS.csv WINDOW``: from an open index to the pairs. ``first`` is the first scan,
which also fills the index's column cache; ``seconds`` is a later one, as every screen and analysis
of a running program has it.

``rule POSTS.csv PAIRS.csv WINDOW``: from the CSV file to the pairs that CooRTweet's rule ties, as
documented (`graph.rules.coortweet`; two shares or more, the quantile .5), on reposts and texts.

``test POSTS.csv PAIRS.csv WINDOW``: from the CSV file to groups tested against chance.

``crowd NUMBER PAIRS.csv WINDOW``: the test on so many invented posts of a fifth as many accounts,
where a tenth as many accounts repost one thing within an hour. The window is not used.

``processor`` are the processor seconds of the same work, all threads.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
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


def rule(posts: str, pairs: str, window: str) -> dict[str, Any]:
    """CSV file to the pairs of CooRTweet's rule."""
    from graph.rules.coortweet import coortweet_pairs

    started = time.perf_counter()
    told = {"message_id": pl.String, "user_id": pl.String, "repost_id": pl.String}
    rows = pl.read_csv(posts, schema_overrides=told)
    shared = pl.coalesce("repost_id", pl.col("message").str.to_lowercase())
    acts = rows.with_row_index("post").select(
        "post",
        object=shared,
        account=pl.col("user_id").rank("dense") - 1,
        time=(pl.col("timestamp") * 1000).cast(pl.Int64),
    )
    acts = acts.drop_nulls().with_columns(pl.col("account").cast(pl.UInt32))
    found = coortweet_pairs(acts, time_window=float(window))
    seconds = time.perf_counter() - started
    found.write_csv(pairs)
    return {"seconds": seconds, "pairs": len(found)}


def test(posts: str, pairs: str, window: str) -> dict[str, Any]:
    """CSV file to tested groups."""
    del pairs, window
    from graph import find_coordination

    started = time.perf_counter()
    told = {"message_id": pl.String, "user_id": pl.String, "repost_id": pl.String}
    frame = pl.read_csv(posts, schema_overrides=told | {"reply_id": pl.String, "urls": pl.String})
    frame = frame.select(
        id="message_id",
        author="user_id",
        published_at=(pl.col("timestamp") * 1000).cast(pl.Int64),
        repost_of="repost_id",
        reply_to="reply_id",
        text="message",
        urls=pl.col("urls").str.split(" "),
        hashtags=pl.col("message").str.to_lowercase().str.extract_all(r"#\w+"),
    )
    flagged = find_coordination(frame).flagged
    return {"seconds": time.perf_counter() - started, "flagged": len(flagged)}


def crowd(number: str, pairs: str, window: str) -> dict[str, Any]:
    """Invented posts with a crowd on one object to tested groups."""
    del pairs, window
    from graph import find_coordination

    frame = _crowd_posts(int(number))
    started, processor = time.perf_counter(), time.process_time()
    flagged = find_coordination(frame).flagged
    taken = {"processor": time.process_time() - processor}
    return taken | {"seconds": time.perf_counter() - started, "flagged": len(flagged)}


def _crowd_posts(number: int) -> pl.DataFrame:
    """Thirty days of posts by a fifth as many accounts; a tenth of them repost one post in an hour.

    What the others repost is as popular as its rank says (Zipf), and half the posts repost nothing.
    """
    draw, accounts, crowd = np.random.default_rng(7), number // 5, number // 10
    others = number - crowd
    ranks = np.minimum(draw.zipf(1.3, others), number)
    reposts = [
        f"r{rank}" if own else None
        for rank, own in zip(ranks, draw.random(others) < 0.5, strict=True)
    ]
    authors = [*draw.integers(0, accounts, others).tolist(), *range(crowd)]
    moments = [draw.integers(0, 30 * 86_400, others), 15 * 86_400 + draw.integers(0, 3_600, crowd)]
    return pl.DataFrame(
        {
            "id": pl.Series(range(number), dtype=pl.Int64).cast(pl.String),
            "author": pl.Series(authors, dtype=pl.Int64).cast(pl.String),
            "published_at": 1_700_000_000_000 + 1_000 * np.concatenate(moments),
            "repost_of": [*reposts, *["crowd"] * crowd],
        }
    )


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
    jobs = {"library": library, "product": product, "rule": rule, "test": test, "crowd": crowd}
    before = time.process_time()
    made = jobs[sys.argv[1]](*sys.argv[2:])
    made.setdefault("processor", time.process_time() - before)
    print(
        json.dumps(
            made | {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}
        )
    )
