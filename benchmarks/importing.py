"""Speed and memory of reading files into documents: the plain readers, profiles, containers.

Ratios are to the plain reader of CSV or JSON lines with the same posts, in the same run.
``python -m benchmarks.importing --rows 50000``; with ``--against FOLDER`` the plain readers of
another checkout of Tocsin are measured as well.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROUNDS = 3
_READ = """
import resource, sys, time
from crawlers.importing.file_reader import FileReader, ImportOptions
from tocsin.core.runtime.garbage_collection import paused_garbage_collection
path, format_ = sys.argv[1:]
started = time.process_time()
reader = FileReader(path, ImportOptions(format=format_, platform="x"))
with paused_garbage_collection():
    rows = sum(1 for _ in reader.documents())
seconds = time.process_time() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(rows, seconds, peak, reader.format)
"""


def make_rows(number: int) -> Iterator[dict[str, Any]]:
    """Posts with the keys that most exports have, of invented words."""
    chance = random.Random(3)
    words = [f"mot{n}" for n in range(5_000)]
    for n in range(number):
        account = chance.randint(1, 20_000)
        day, hour = chance.randint(1, 28), chance.randint(0, 23)
        yield {
            "id": str(n), "at": f"2024-05-{day:02}T{hour:02}:{n % 60:02}:{n * 7 % 60:02}.000Z",
            "text": " ".join(chance.choices(words, k=22)) + " #mer", "account": str(account),
            "likes": n % 11, "reposts": n % 7, "repost_of": str(n - 1) if n % 4 == 0 else "",
        }  # fmt: skip


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row as a table of no tool in particular."""
    return {
        "id": row["id"], "created_at": row["at"], "text": row["text"], "lang": "fr",
        "user_id": row["account"], "screen_name": f"user{row['account']}",
        "like_count": row["likes"], "retweet_count": row["reposts"],
    }  # fmt: skip


def twarc(row: dict[str, Any]) -> dict[str, Any]:
    """The row as twarc-csv writes it."""
    return {
        "id": row["id"], "referenced_tweets.retweeted.id": row["repost_of"],
        "author_id": row["account"], "created_at": row["at"], "text": row["text"], "lang": "fr",
        "public_metrics.like_count": row["likes"], "public_metrics.retweet_count": row["reposts"],
        "author.username": f"user{row['account']}", "conversation_id": row["id"],
    }  # fmt: skip


def tweet(row: dict[str, Any]) -> dict[str, Any]:
    """The row as the API v2 answers it."""
    counts = {"like_count": row["likes"], "retweet_count": row["reposts"]}
    return {
        "id": row["id"], "author_id": row["account"], "text": row["text"], "lang": "fr",
        "created_at": row["at"], "public_metrics": counts,
    }  # fmt: skip


def telegram(row: dict[str, Any]) -> dict[str, Any]:
    """The row as Telegram Desktop writes it."""
    return {
        "id": int(row["id"]), "type": "message", "date": row["at"][:19], "text": row["text"],
        "from": f"User {row['account']}", "from_id": f"user{row['account']}",
    }  # fmt: skip


def _csv(rows: Iterator[dict[str, Any]]) -> str:
    out = io.StringIO()
    first = next(rows)
    writer = csv.DictWriter(out, list(first))
    writer.writeheader()
    writer.writerow(first)
    writer.writerows(rows)
    return out.getvalue()


def _lines(rows: Iterator[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _pages(rows: Iterator[dict[str, Any]]) -> str:
    held = list(rows)
    pages = ({"data": held[n : n + 100]} for n in range(0, len(held), 100))
    return _lines(iter(pages))


def _chat(rows: Iterator[dict[str, Any]]) -> str:
    return json.dumps({"name": "Chat", "id": 5, "messages": list(rows)}, indent=1)


def _sheet(rows: Iterator[dict[str, Any]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Posts")
    for n, row in enumerate(rows):
        if not n:
            sheet.append(list(row))
        sheet.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FILES: tuple[tuple[str, str, str, Callable[[int], str | bytes]], ...] = (
    # name, format, the reader that it is measured by, how to make it
    ("plain.csv", "csv", "", lambda n: _csv(map(plain, make_rows(n)))),
    ("plain.jsonl", "jsonl", "", lambda n: _lines(map(plain, make_rows(n)))),
    ("twarc.csv", "twarc-csv", "csv", lambda n: _csv(map(twarc, make_rows(n)))),
    ("pages.jsonl", "x-api-v2", "jsonl", lambda n: _pages(map(tweet, make_rows(n)))),
    ("result.json", "telegram", "jsonl", lambda n: _chat(map(telegram, make_rows(n)))),
    ("plain.jsonl.gz", "jsonl", "jsonl", lambda n: gzip.compress(
        _lines(map(plain, make_rows(n))).encode())),
    ("plain.jsonl.zst", "jsonl", "jsonl", lambda n: _zstd(
        _lines(map(plain, make_rows(n))).encode())),
    ("plain.xlsx", "xlsx", "csv", lambda n: _sheet(map(plain, make_rows(n)))),
)  # fmt: skip


def _zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


def measure(path: Path, format_: str, checkout: Path) -> tuple[float, float]:
    """Rows a second of processor time (the best of three), and peak memory in MB."""
    speed = peak = 0.0
    for _ in range(ROUNDS):
        call = [sys.executable, "-c", _READ, str(path), format_]
        environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            call, capture_output=True, text=True, check=True, cwd=checkout, env=environment
        )
        rows, seconds, memory, _ = done.stdout.split()
        speed, peak = max(speed, int(rows) / float(seconds)), float(memory)
    return speed, peak


def main() -> None:
    """Print a row for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--against", type=Path, help="another checkout of Tocsin")
    options = parser.parse_args()
    here = Path(__file__).resolve().parent.parent
    print(f"{'file':16} {'format':10} {'rows/s':>9} {'MB':>6}  ratio")
    began = time.monotonic()
    plain_speeds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, format_, by, make in FILES:
            path = Path(folder) / name
            data = make(options.rows)
            path.write_bytes(data.encode() if isinstance(data, str) else data)
            speed, peak = measure(path, format_, here)
            plain_speeds.setdefault(format_, speed)
            ratio = ""
            if by:
                ratio = f"{speed / plain_speeds[by]:.2f} of the plain reader"
            elif options.against and format_ in ("csv", "jsonl"):
                ratio = f"{speed / measure(path, format_, options.against)[0]:.2f} of before"
            print(f"{name:16} {format_:10} {speed:9,.0f} {peak:6.0f}  {ratio}", flush=True)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
