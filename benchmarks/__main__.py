"""All benchmarks, each in a process of its own: ``python -m benchmarks [NAME...]``.

Each prints its rows as it measures them. A benchmark that needs the data beside the checkout, or a
peer that cannot be installed here, says so, and the others go on.
``python -m benchmarks.NAME --help`` lists the options of one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.tiles import SHARED

ORGANIC = SHARED / "data" / "coordination" / "x24_us_election_part1.csv.gz"
BENCHMARKS: dict[str, list[str]] = {
    "index": [],
    "elastic": [],
    "influence": [],
    "coordination": ["--growth"],
    "campaigns": ["--organic", str(ORGANIC), "--seeds", "1", "--sizes", "1"],
    "operators": [],
    "copies": [],
    "topics": ["--texts", "3000", "--seeds", "1"],
    "enrich": [],
    "tags": ["persuasion", "stance"],
    "signals": ["--draws", "3", "--stories", "5"],
    "importing": [],
    "dashboard": [],
}
"""What is run, with the options of a first look."""


def main() -> int:
    """Run those that are named, or all; 1 where one of them failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    chosen = parser.parse_args().names or list(BENCHMARKS)
    if unknown := [name for name in chosen if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    failed = []
    for name in chosen:
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *BENCHMARKS[name]]
        if subprocess.run(command, cwd=Path(__file__).resolve().parent.parent).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
