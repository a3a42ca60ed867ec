"""What the innocent readings excuse: campaigns that they explain away, look-alikes that they miss.

    python -m benchmarks.readings
    python -m benchmarks.readings --seeds 1,2,3 --sets tool,kinds

Sets: ``tool``, the campaigns and look-alikes of the shared tool in ``x24_us_election_part1``, a
draw a seed; ``kinds``, those of `benchmarks.campaign_kinds`, likewise; ``trolls30000`` (a draw a
seed) and ``trolls``, published troll accounts among ordinary ones (`benchmarks.operators.mix`).

A line a reading, over all draws of a set: ``groups`` that it fits, the accounts of campaigns in
them (``campaign``: false excuses), of these those that no other reading excuses (``alone``), and
all other accounts in them (``others``). The last line of a set, ``none``: accounts of campaigns
that were found, and others that are flagged since no reading fits (false refusals).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from benchmarks.campaigns import other_kinds, planted
from benchmarks.operators import DATA, mix
from graph import find_coordination

Given = tuple[pl.DataFrame, set[str]]
X24 = DATA / "x24_us_election_part1.csv.gz"


def tool(seeds: Sequence[int]) -> Iterator[Given]:
    """Campaigns of the shared tool."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            frame, truth = planted(X24, seed, 1.0, Path(folder))
        yield frame, {a for who in truth["campaigns"].values() for a in who}


def kinds(seeds: Sequence[int]) -> Iterator[Given]:
    """Other kinds of campaigns, among the same posts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, truth = planted(X24, 1, 0.5, folder)
        added = {a for groups in truth.values() if isinstance(groups, dict)
                 for who in groups.values() for a in who if a.startswith("u")}  # fmt: skip
        organic = folder / "organic.jsonl"
        lines = (folder / "posts.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        organic.write_text(
            "".join(line for line in lines if json.loads(line)["author"]["id"] not in added),
            encoding="utf-8",
        )
        for seed in seeds:
            frame, truth = other_kinds(organic, seed, folder)
            yield frame, {a for who in truth["campaigns"].values() for a in who}


SETS: dict[str, Callable[[Sequence[int]], Iterator[Given]]] = {
    "tool": tool,
    "kinds": kinds,
    "trolls30000": lambda seeds: (mix(30_000, seed) for seed in seeds),
    "trolls": lambda _: iter([mix(0, 0)]),
}


def count(given: Iterator[Given]) -> dict[str, Counter[str]]:
    """Reading -> what it excuses; ``none`` -> what stays flagged."""
    table: dict[str, Counter[str]] = {}
    for frame, true in given:
        found = find_coordination(frame)
        for group in (*found.clusters, *found.structures):
            accounts = {member.id for member in group.accounts}
            fitting = [e.kind for e in group.innocent_explanations if e.fits]
            for name in fitting or ["none"]:
                row = table.setdefault(name, Counter())
                row["groups"] += 1
                row["campaign"] += len(accounts & true)
                row["alone"] += len(accounts & true) if len(fitting) == 1 else 0
                row["others"] += len(accounts - true)
    return table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--sets", default=",".join(SETS))
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    print("| set | reading | groups | campaign | alone | others |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in asked.sets.split(","):
        table = count(SETS[name](seeds))
        for reading in sorted(table, key=lambda kind: (kind == "none", kind)):
            cells = (table[reading][key] for key in ("groups", "campaign", "alone", "others"))
            print("|", " | ".join([name, reading, *map(str, cells)]), "|", flush=True)


if __name__ == "__main__":
    main()
