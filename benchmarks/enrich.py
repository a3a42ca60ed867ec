"""What `tocsin enrich` costs: stage, documents per processor second, memory.

    python -m benchmarks.enrich [--json] [--documents N] [--new N] [demo] [ira]

demo   the demo's mix: its worlds of several seeds, posts, reposts and articles in two languages
ira    ``ira_2016_aug_sep``, needs the data beside the checkout

Each stage is a command in a process of its own, as a person would start it, so that its processor
time and its peak of memory are its own; what starting the command costs is within. ``all`` is the
sum. Then ``--new`` documents more come: what they cost in an index that has the others, beside what
they cost alone. The vectors are computed where the settings' ``auto`` leads: on a GPU if there is
one, and the table is the same. Build the model once before (`tocsin check` says where it is).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.tiles import write_tile
from nlp.models.embedder import engine_of
from tocsin.app.demo.world.builder import build_world
from tocsin.core.settings import NlpSettings

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("lang", "embed", "copies")
END = datetime(2026, 3, 12, 10, 30, tzinfo=UTC)
DAYS = 60

Row = dict[str, Any]


class Cost(NamedTuple):
    """Of one command: processor seconds, peak of memory in MB."""

    processor_s: float
    peak_mb: float


def main() -> None:
    """Measure the mixes that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mixes", nargs="*", default=["demo", "ira"], metavar="MIX")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--new", type=int, default=1_000, help="documents that come later; 0: none")
    parser.add_argument("--json", action="store_true", help="one object a line")
    chosen = parser.parse_args()
    for name in chosen.mixes:
        with tempfile.TemporaryDirectory() as folder:
            for row in measure(name, chosen.documents, chosen.new, Path(folder)):
                print(json.dumps(row) if chosen.json else _line(row), flush=True)


def measure(name: str, documents: int, new: int, folder: Path) -> Iterator[Row]:
    """The stages over a mix, and what new documents cost."""
    lines = _mix(name, documents + new, folder / "mix.jsonl").read_text("utf-8").splitlines(True)
    first, later = folder / "first.jsonl", folder / "later.jsonl"
    first.write_text("".join(lines[:documents]), encoding="utf-8")
    later.write_text("".join(lines[documents:]), encoding="utf-8")
    home, alone = folder / "home", folder / "alone"
    _command(home, "import", str(first))
    yield from _stages(home, f"{name} on {engine_of(NlpSettings())}", documents)
    if not new:
        return
    _command(home, "import", str(later))
    among = list(_stages(home, f"{name}, {new:,} new among {documents:,}", new))
    yield from among
    _command(alone, "import", str(later))
    by_themselves = list(_stages(alone, f"{name}, {new:,} alone", new))
    yield from by_themselves
    yield {"name": f"{name}, new ones among the others, times alone"} | {
        one["stage"]: round(one["processor_s"] / other["processor_s"], 2)
        for one, other in zip(among, by_themselves, strict=True)
    }


def _stages(home: Path, name: str, documents: int) -> Iterator[Row]:
    """A row a stage as it is done, then all together."""
    costs = []
    for stage in STAGES:
        costs.append(_command(home, "enrich", "--stage", stage))
        yield _row(name, stage, documents, costs[-1])
    processor_s, peak_mb = sum(c.processor_s for c in costs), max(c.peak_mb for c in costs)
    yield _row(name, "all", documents, Cost(processor_s, peak_mb))


def _row(name: str, stage: str, documents: int, cost: Cost) -> Row:
    return {
        "name": name,
        "stage": stage,
        "documents": documents,
        "processor_s": round(cost.processor_s, 2),
        "per_processor_second": round(documents / cost.processor_s, 1),
        "peak_mb": round(cost.peak_mb),
    }


def _mix(name: str, number: int, path: Path) -> Path:
    if name != "demo":
        return write_tile(name, number, path)
    written = 0
    with path.open("w", encoding="utf-8") as lines:
        for seed in count(1):
            for document in _world(seed):
                if written == number:
                    return path
                lines.write(json.dumps(document, ensure_ascii=False) + "\n")
                written += 1
    raise AssertionError("seeds do not end")


def _world(seed: int) -> Iterator[Row]:
    """The documents of one world in order of time, with ids of their own."""
    world = build_world(END, DAYS, seed)
    found: list[tuple[datetime, Row]] = []
    for status in world.statuses:
        post = {
            "id": f"{seed}-{status.id}",
            "platform": "mastodon",
            "author": {"id": f"{seed}-{status.account.id}", "handle": status.account.name},
            "text": status.boost_of.text if status.boost_of else status.text,
            "lang": status.lang,
            "published_at": status.at.isoformat(),
            "repost_of": status.boost_of and f"{seed}-{status.boost_of.id}",
        }
        found.append((status.at, post))
    for page in world.pages:
        article = {
            "id": f"{seed}-{page.outlet.host}{page.path}",
            "platform": "web",
            "kind": "article",
            "author": {"id": f"{seed}-{page.outlet.host}"},
            "title": page.title,
            "text": "\n\n".join(page.body),
            "lang": page.outlet.lang,
            "published_at": page.at.isoformat(),
        }
        found.append((page.at, article))
    yield from (document for _, document in sorted(found, key=lambda one: one[0]))


def _command(home: Path, *arguments: str) -> Cost:
    """A command of the product, as a person would start it."""
    command = [sys.executable, "-m", "tocsin", "--home", str(home), "--json", *arguments]
    return _cost(command)


def _cost(command: Sequence[str]) -> Cost:
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise SystemExit(f"{' '.join(command[3:8])} failed: {errors.read().decode()[-500:]}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _line(row: Row) -> str:
    if "stage" not in row:
        ratios = [f"{name} {value}" for name, value in row.items() if name != "name"]
        return f"{row['name']}: {', '.join(ratios)}"
    return (
        f"{row['name']:34} {row['stage']:7} {row['documents']:>9,} documents "
        f"{row['processor_s']:>9.2f} s {row['per_processor_second']:>9,.1f} a second "
        f"{row['peak_mb']:>6,} MB"
    )


if __name__ == "__main__":
    main()
