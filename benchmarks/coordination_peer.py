"""The peer's part, run by the peer's own Python.

    coordination_peer.py POSTS.csv STORE.db PAIRS.csv WINDOW

Prints one JSON object with the seconds of each step; imports nothing of Tocsin.
"""

import contextlib
import csv
import json
import os
import resource
import sqlite3
import sys
import time

from coordination_network_toolkit.compute_networks import (
    compute_co_retweet_parallel,
    compute_co_tweet_network,
)
from coordination_network_toolkit.preprocess import preprocess_csv_files

STEPS = (
    ("repost", compute_co_retweet_parallel, "co_retweet_network"),
    ("text", compute_co_tweet_network, "co_tweet_network"),
)


def main(posts, store, pairs, window):
    """Preprocess, compute both networks, and write the pairs of different accounts.

    The functions keep their own defaults, but for the number of threads.
    """
    seconds = {}
    cores = len(os.sched_getaffinity(0))
    before = os.times()[:4]
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
        started = time.perf_counter()
        preprocess_csv_files(store, [posts])
        seconds["preprocess"] = time.perf_counter() - started
        for signal, compute, _ in STEPS:
            started = time.perf_counter()
            compute(store, int(window), n_threads=cores)
            seconds[signal] = time.perf_counter() - started
    processor = sum(os.times()[:4]) - sum(before)
    with (
        contextlib.closing(sqlite3.connect(store)) as found,
        open(pairs, "w", encoding="utf-8", newline="") as out,
    ):
        rows = csv.writer(out)
        for signal, _, table in STEPS:
            for row in found.execute(
                f"select user_1, user_2, weight from {table} where user_1 != user_2"
            ):
                rows.writerow([signal, *row])
    peak = (
        max(
            resource.getrusage(who).ru_maxrss
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        / 1024
    )
    print(json.dumps({"seconds": seconds, "processor": processor, "peak_mb": round(peak, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
