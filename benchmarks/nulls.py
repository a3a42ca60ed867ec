"""How many accounts are flagged where nothing is arranged, and how many false ones are stated.

    python -m benchmarks.nulls --draws 20
    python -m benchmarks.nulls --draws 5 --sets shares,pages --nulls contents

Sets: ``shares``, the share table ``coortweet_russian_coord_tweets``; ``pages``, an invented table
of links shared by pages of election campaigns, with networks of pages and tools that post at odd
seconds; ``organic``, ``x24_us_election_part1`` and the candidates' tweets; ``trolls30000`` and
``trolls``, the same with posts of trolls (`benchmarks.operators.mix`); ``planted``, the campaigns
of the shared tool in ``x24_us_election_part1``. Tables of shares go through `coordinated_shares`,
as ``tocsin coordinated FILE`` reads them.

Nulls: ``contents``, what is posted within each clock hour dealt out anew; ``all``, over the whole
set; ``times``, all times dealt out anew; ``organic``, 80 % of the posts of accounts that are not
known to be arranged. A line of a table each: flagged accounts of a draw (mean and most), their
share of all accounts; how many of them are known to be arranged, or flagged in the set as it is
(who posted together still does); how many are flagged for joint moments alone and are in a group
now; false accounts as ``tocsin calibrate`` states them (of each draw with one draw of its own; of
three draws where nobody is flagged), that by the mean flagged, and the number of the q-values.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.campaigns import planted
from benchmarks.operators import DATA, mix
from graph import coordinated_shares, find_coordination
from graph.calibration.false_accounts import Flags, measure_false_accounts
from graph.calibration.shuffling import shuffle_contents, shuffle_times
from graph.coordination.engine import CoordinationResult

DAY_S = 86_400


@dataclass(frozen=True)
class Set:
    """A data set: ``frame`` as `shuffle_contents` takes it, accounts known to be arranged, and how
    it is analysed."""

    frame: pl.DataFrame
    arranged: frozenset[str]
    analyse: Callable[[pl.DataFrame], CoordinationResult]
    known: bool = True
    """Whether it is known who is arranged."""


def shares() -> Set:
    """The share table of the CooRTweet package."""
    path = DATA / "coortweet_russian_coord_tweets.csv.gz"
    table = pl.read_csv(path, schema_overrides={"timestamp_share": pl.Float64})
    return _share_table(
        table.select(
            id="content_id",
            author="account_id",
            published_at=(pl.col("timestamp_share") * 1000).cast(pl.Int64),
            repost_of="object_id",
        ),
        frozenset(),
        known=False,
    )


def pages(rows: int = 60_000, seed: int = 1) -> Set:
    """Pages of an election: readers of papers, networks that push one link within seconds, and
    customers of tools that post for several pages at once, each page its own things."""
    rng = random.Random(seed)
    days, papers = 60, [f"paper{n}.example" for n in range(400)]
    links = [
        (rng.uniform(0, days * DAY_S), f"https://{rng.choice(papers)}/{n}") for n in range(12_000)
    ]
    links.sort()
    made: list[tuple[str, float, str]] = []
    accounts = [f"page{n}" for n in range(6_000)]
    weights = [rng.paretovariate(1.1) for _ in accounts]
    popular = [rng.paretovariate(1.2) for _ in links]
    while len(made) < rows * 0.8:
        [(born, link)] = rng.choices(links, popular)
        at = born + rng.expovariate(1 / (5 * 3600))
        if 6 <= at % DAY_S / 3600 < 23 or rng.random() < 0.1:
            made.append((rng.choices(accounts, weights)[0], at, link))
    arranged: set[str] = set()
    for _ in range(12):  # networks, each with a tool of its own
        who = rng.sample(accounts, rng.randint(3, 15))
        arranged.update(who)
        for _link in range(80):
            born, link = rng.choice(links)
            made += [
                (page, born + rng.uniform(600, 620), link) for page in who if rng.random() < 0.8
            ]
    for _ in range(8):  # customers of one tool: the same seconds, other things
        who = rng.sample(accounts, 4)
        for day in range(days):
            at = day * DAY_S + rng.uniform(8, 20) * 3600
            made += [(page, at + rng.uniform(0, 4), rng.choice(links)[1]) for page in who]
    frame = pl.DataFrame(made, schema=["author", "seconds", "urls"], orient="row").select(
        "author",
        id=pl.int_range(pl.len()).cast(pl.String),
        published_at=(pl.col("seconds") + 1.6e9).cast(pl.Int64) * 1000,
        urls="urls",
    )
    return _share_table(frame, frozenset(arranged))


def _share_table(frame: pl.DataFrame, arranged: frozenset[str], known: bool = True) -> Set:
    thing = "repost_of" if "repost_of" in frame.columns else "urls"

    def analyse(drawn: pl.DataFrame) -> CoordinationResult:
        table = drawn.select(
            content="id", account="author", time=pl.col("published_at") / 1000, object=thing
        )
        return coordinated_shares(table).result

    return Set(frame, arranged, analyse, known)


def organic() -> Set:
    """Ordinary posts and the tweets of candidates."""
    frame, true = mix(1, 1)
    return Set(frame.filter(~pl.col("author").is_in(sorted(true))), frozenset(), find_coordination)


def trolls(posts: int) -> Set:
    """Published troll accounts among them; ``posts`` of theirs, 0: all."""
    frame, true = mix(posts, 1)
    return Set(frame, frozenset(true), find_coordination)


def planted_set(seed: int = 1) -> Set:
    """Campaigns of the shared tool."""
    with tempfile.TemporaryDirectory() as folder:
        frame, truth = planted(DATA / "x24_us_election_part1.csv.gz", seed, 1.0, Path(folder))
    frame = frame.with_columns(published_at=pl.col("published_at").dt.epoch("ms"))
    who = frozenset(a for accounts in truth["campaigns"].values() for a in accounts)
    return Set(frame, who, find_coordination)


SETS: dict[str, Callable[[], Set]] = {
    "shares": shares,
    "pages": pages,
    "organic": organic,
    "trolls30000": lambda: trolls(30_000),
    "trolls": lambda: trolls(0),
    "planted": planted_set,
}


NULLS = ("contents", "all", "times", "organic")
LOOK = 3
"""Draws of which is stated how many are false where nobody is flagged."""
APART = 1_000_000
"""Between the seeds of draws and those of what is dealt out once more."""


def draw(chosen: Set, null: str, seed: int) -> pl.DataFrame:
    """A draw of a null."""
    frame = chosen.frame
    if null == "contents":
        return shuffle_contents(frame, seed)
    if null == "all":
        return shuffle_contents(frame, seed, span_ms=None)
    if null == "times":
        return shuffle_times(frame, seed)
    calm = frame.filter(~pl.col("author").is_in(sorted(chosen.arranged)))
    return calm.sample(fraction=0.8, seed=seed)


def measure(chosen: Set, null: str, draws: int, now: frozenset[str]) -> dict[str, float]:
    """A row; ``now`` are the accounts flagged in the set as it is."""
    flags: list[Flags] = []
    by_q, accounts = 0.0, 0
    for seed in range(draws):
        drawn = draw(chosen, null, seed)
        found = chosen.analyse(drawn)
        flags.append(Flags.of(found))
        by_q += found.tested.expected_false_accounts
        accounts += drawn["author"].n_unique()
    flagged = [each.flagged for each in flags]
    total = sum(map(len, flagged))
    said = range(draws if total else min(LOOK, draws))
    stated = by_timing = 0
    for seed in said:
        drawn, again = draw(chosen, null, seed), [APART + seed]
        (counted,) = measure_false_accounts(drawn, flags[seed], chosen.analyse, again).draws
        stated += counted.newly + counted.again
        by_timing += counted.by_timing
    known = chosen.arranged | now
    return {
        "accounts": round(accounts / draws),
        "mean": total / draws,
        "most": max(map(len, flagged)),
        "share": total / accounts,
        "known": sum(len(those & known) for those in flagged) / draws,
        "by_timing": by_timing / len(said),
        "stated": stated / len(said),
        "by_q": by_q / draws,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--nulls", default=",".join(NULLS))
    asked = parser.parse_args()
    print("| set | null | draws | accounts | flagged, mean (most) | share | known | by timing "
          "| stated | ratio | by q |")  # fmt: skip
    print(f"|{' --- |' * 11}")
    for name in asked.sets.split(","):
        chosen = SETS[name]()
        now = chosen.analyse(chosen.frame).flagged
        for null in asked.nulls.split(","):
            if null == "organic" and not chosen.known:
                continue
            row = measure(chosen, null, asked.draws, now)
            ratio = f"{row['stated'] / row['mean']:.2f}" if row["mean"] else "-"
            print(
                f"| {name} | {null} | {asked.draws} | {row['accounts']} | {row['mean']:.2f} "
                f"({row['most']}) | {row['share']:.4%} | {row['known']:.2f} | "
                f"{row['by_timing']:.2f} | {row['stated']:.2f} | {ratio} | {row['by_q']:.4f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
