"""Pairs of accounts: Tocsin beside the coordination-network-toolkit, same run, same machine.

    python -m benchmarks.coordination --posts FILE.jsonl --json

``FILE`` is in the exchange format; without it ``--rows`` posts of the real data beside the checkout
are tiled (`benchmarks.tiles`). The peer is installed from PyPI into an environment of its own in
the user's cache, or is found with ``--peer-python``; where it cannot be had, its columns are null
and a note says why.

One row a comparison. ``ratio`` is the peer's seconds by ours (above 1: we are faster).
``pairs_equal`` says whether all pairs of different accounts and their weights are the same for
co-retweet and co-tweet at 60 s. CooRTweet's rule as documented (`graph.rules.coortweet`, not the R
package) is timed in the same run. ``processor_ratio`` is of processor seconds, which say more than
others where the machine is shared. Last comes a crowd: ``--crowd`` invented posts, where a tenth as
many accounts repost one thing. Seconds are wall time; imports of Python modules are left out on
both sides, except where whole commands are run.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.tiles import write_tile
from tocsin.core.workspace import cache_folder

PEER = "coordination-network-toolkit==1.5.2"
WINDOW = 60
HERE = Path(__file__).resolve().parent
Row = dict[str, Any]


def main() -> None:
    """Run the comparisons and print a row each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=Path, help="posts in the exchange format (JSON lines)")
    parser.add_argument(
        "--rows", type=int, default=500_000, help="without --posts: how many posts to tile"
    )
    parser.add_argument("--peer-python", type=Path, help="a Python that has the peer installed")
    parser.add_argument(
        "--library-only", action="store_true", help="leave out the index: import, scan and analyse"
    )
    parser.add_argument(
        "--growth",
        action="store_true",
        help="also the library at a tenth of the posts, and how time grows",
    )
    parser.add_argument(
        "--crowd", type=int, default=1_000_000, help="posts around a crowd; 0 leaves it out"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-benchmark-") as folder:
        for row in compare(chosen, Path(folder)):
            print(json.dumps(row) if chosen.json else _line(row), flush=True)


def compare(chosen: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """The rows, as they are measured."""
    posts = chosen.posts or write_tile("ira", chosen.rows, folder / "posts.jsonl")
    table = folder / "posts.csv"
    number = _to_csv(posts, table)
    python, note = (chosen.peer_python, "") if chosen.peer_python else _peer_python()
    peer = _peer(python, table, folder) if python else None
    pre, compute = (
        (peer["seconds"]["preprocess"], peer["seconds"]["repost"] + peer["seconds"]["text"])
        if peer
        else (None, None)
    )
    whole = None if pre is None or compute is None else pre + compute
    ours = _job("library", table, folder / "library.csv")
    yield _row(
        f"library: CSV file to pairs, {number:,} posts",
        ours,
        whole,
        _equal(folder / "library.csv", folder),
        note,
    )
    rule = _job("rule", table, folder / "rule.csv")
    yield _beside(f"library beside CooRTweet's rule, {number:,} posts", ours, rule)
    if peer:
        known = {"seconds": whole, "processor": peer["processor"], "peak_mb": peer["peak_mb"]}
        yield _beside(f"library beside the toolkit, {number:,} posts", ours, known)
        tested = _job("test", table, folder / "none.csv")
        yield _beside(
            f"groups tested against chance, the toolkit's pairs, {number:,} posts", tested, known
        )
    if chosen.crowd:
        made = _job("crowd", Path(str(chosen.crowd)), folder / "none.csv")
        note = f"{made['flagged']:,} accounts flagged; {made['processor']:.1f} processor seconds"
        name = f"a crowd of {chosen.crowd // 10:,} on one thing, {chosen.crowd:,} posts, tested"
        yield _row(name, made, None, None, note)
    if chosen.growth:
        yield _growth(table, number, ours["seconds"], folder)
    if chosen.library_only:
        return
    home = folder / "home"
    imported = _command(home, "import", str(posts))
    scanned = _job("product", home, folder / "product.csv")
    equal = _equal(folder / "product.csv", folder)
    yield _row(
        f"product: scan of the index and pairs, {number:,} posts", scanned, compute, equal, note
    )
    first = {"seconds": scanned["first"], "peak_mb": scanned["peak_mb"]}
    yield _row(
        f"product: first scan after opening and pairs, {number:,} posts",
        first,
        compute,
        equal,
        note,
    )
    analysed = _command(home, "analyse")
    both = {
        "seconds": imported["seconds"] + analysed["seconds"],
        "peak_mb": max(imported["peak_mb"], analysed["peak_mb"]),
    }
    yield _row(f"product: import and analyse, {number:,} posts", both, whole, None, note)
    yield _row(
        f"product: analyse alone, {number:,} posts",
        analysed,
        None,
        None,
        "no peer tests against chance",
    )


def _row(name: str, ours: Row, peer_s: float | None, equal: bool | None, note: str = "") -> Row:
    seconds = ours["seconds"]
    row = {
        "name": name,
        "ours_s": round(seconds, 3),
        "peer_s": None if peer_s is None else round(peer_s, 3),
        "ratio": None if peer_s is None else round(peer_s / seconds, 2),
        "peak_mb": ours["peak_mb"],
        "pairs_equal": equal,
    }
    return row | ({"note": note} if note else {})


def _beside(name: str, ours: Row, theirs: Row) -> Row:
    """A row with processor seconds and peaks of both, as ratios: above 1 ours is less."""
    ratios = {
        "processor_ratio": round(theirs["processor"] / ours["processor"], 2),
        "peak_ratio": round(theirs["peak_mb"] / ours["peak_mb"], 2),
        "peer_peak_mb": theirs["peak_mb"],
    }
    told = f"processor ratio {ratios['processor_ratio']}, peak ratio {ratios['peak_ratio']}"
    return _row(name, ours, theirs["seconds"], None, told) | ratios


def _growth(table: Path, number: int, seconds: float, folder: Path) -> Row:
    """Time of all posts by time of the first tenth of them."""
    tenth = folder / "tenth.csv"
    with (
        table.open(encoding="utf-8", newline="") as whole,
        tenth.open("w", encoding="utf-8", newline="") as out,
    ):
        tenth_rows = csv.writer(out)
        for place, columns in enumerate(csv.reader(whole)):
            if place > number // 10:
                break
            tenth_rows.writerow(columns)
    small = _job("library", tenth, folder / "tenth-pairs.csv")
    row = _row(
        f"library: growth from {number // 10:,} to {number:,} posts",
        {"seconds": seconds, "peak_mb": small["peak_mb"]},
        None,
        None,
    )
    return row | {
        "ratio": round(seconds / small["seconds"], 2),
        "note": f"ratio is {number:,} by {number // 10:,} posts: 10 is linear",
    }


def _job(name: str, source: Path, pairs: Path) -> Row:
    return _run(
        [
            sys.executable,
            "-m",
            "benchmarks.coordination_ours",
            name,
            str(source),
            str(pairs),
            str(WINDOW),
        ]
    )


def _peer(python: Path, table: Path, folder: Path) -> Row:
    script = str(HERE / "coordination_peer.py")
    return _run(
        [
            str(python),
            script,
            str(table),
            str(folder / "peer.db"),
            str(folder / "peer.csv"),
            str(WINDOW),
        ]
    )


def _run(command: list[str]) -> Row:
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed: {done.stderr.strip().splitlines()[-1:]}")
    made: Row = json.loads(done.stdout.splitlines()[-1])
    return made


def _command(home: Path, *arguments: str) -> Row:
    """A command of the product as a whole process, imports and all."""
    started = time.perf_counter()
    starter = [
        sys.executable,
        "-c",
        "from tocsin.app.cli import main; main()",
        "--home",
        str(home),
        "--json",
        *arguments,
    ]
    report = _run(starter)
    return {"seconds": time.perf_counter() - started, "peak_mb": report["peak_mb"]}


def _equal(ours: Path, folder: Path) -> bool | None:
    theirs = folder / "peer.csv"
    return _pairs(ours) == _pairs(theirs) if theirs.exists() else None


def _pairs(path: Path) -> set[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as rows:
        return {tuple(row) for row in csv.reader(rows)}


def _to_csv(posts: Path, table: Path) -> int:
    """The peer's columns; an absent text is an empty one, as its own reader has it."""
    number = 0
    with (
        posts.open(encoding="utf-8") as lines,
        table.open("w", encoding="utf-8", newline="") as out,
    ):
        rows = csv.writer(out)
        rows.writerow(
            [
                "message_id",
                "user_id",
                "username",
                "repost_id",
                "reply_id",
                "message",
                "timestamp",
                "urls",
            ]
        )
        for line in lines:
            post = json.loads(line)
            author = post.get("author") or {}
            if not post.get("published_at") or not author.get("id"):
                continue
            at = datetime.fromisoformat(post["published_at"]).timestamp()
            rows.writerow(
                [
                    post["id"],
                    author["id"],
                    author.get("handle") or "",
                    post.get("repost_of") or "",
                    post.get("reply_to") or "",
                    post.get("text") or "",
                    f"{at:.3f}",
                    " ".join(post.get("urls") or ()),
                ]
            )
            number += 1
    return number


def _peer_python() -> tuple[Path | None, str]:
    """The Python of the peer, in the cache where it is made at first use, or why there is none."""
    home = cache_folder() / "peers" / PEER.replace("==", "-")
    python = home / "bin" / "python"
    ready = home / "ready"
    if ready.exists():
        return python, ""
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(home)],
            check=True,
            capture_output=True,
            text=True,
        )
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        install = [str(python), "-m", "pip", "install", "--quiet", PEER]
        subprocess.run(
            install, check=True, capture_output=True, text=True, env=environment, timeout=900
        )
    except (OSError, subprocess.SubprocessError) as error:
        return (
            None,
            f"the peer {PEER} is absent: it could not be installed ({type(error).__name__})",
        )
    ready.touch()
    return python, ""


def _line(row: Row) -> str:
    ratio = "" if row["ratio"] is None else f"  ratio {row['ratio']}"
    peer = "" if row["peer_s"] is None else f"  peer {row['peer_s']} s"
    equal = "" if row["pairs_equal"] is None else f"  pairs equal: {row['pairs_equal']}"
    ours = f"{row['name']}: {row['ours_s']} s"
    return f"{ours}{peer}{ratio}  {row['peak_mb']} MB{equal}  {row.get('note', '')}".rstrip()


if __name__ == "__main__":
    main()
