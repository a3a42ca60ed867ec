"""How many accounts are flagged where nothing is arranged, and how many false ones are stated.

    python -m benchmarks.nulls --draws 20
    python -m benchmarks.nulls --draws 5 --sets shares,pages

Sets: ``shares``, the share table ``coortweet_russian_coord_tweets``; ``pages``, an invented table
of links shared by pages of election campaigns, with networks of pages and tools that post at odd
seconds; ``organic``, ``x24_us_election_part1`` and the candidates' tweets; ``trolls30000`` and
``trolls``, the same with posts of trolls (`benchmarks.operators.mix`); ``planted``, the campaigns
of the shared tool in ``x24_us_election_part1``. Tables of shares go through `coordinated_shares`,
as ``tocsin coordinated FILE`` reads them.

Nulls: ``contents``, what is posted within each clock hour dealt out anew; ``contents, all``, over
the whole set; ``times``, all times dealt out anew; ``organic``, 80 % of the posts of accounts that
are not known to be arranged. A line of a table each: flagged accounts of a draw (mean and most),
their share of all accounts, false accounts stated (mean), and that by the mean flagged.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.campaigns import planted
from benchmarks.operators import DATA, mix
from graph import coordinated_shares, find_coordination
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


def draws_of(chosen: Set, draws: int) -> dict[str, Iterator[pl.DataFrame]]:
    """Null -> its draws."""
    frame = chosen.frame
    calm = frame.filter(~pl.col("author").is_in(sorted(chosen.arranged)))
    seeds = range(draws)
    alone = (calm.sample(fraction=0.8, seed=seed) for seed in seeds)
    return {
        "contents": (shuffle_contents(frame, seed) for seed in seeds),
        "contents, all": (shuffle_contents(frame, seed, span_ms=None) for seed in seeds),
        "times": (shuffle_times(frame, seed) for seed in seeds),
        **({"organic": alone} if chosen.known else {}),
    }


def measure(chosen: Set, draws: int) -> Iterator[dict[str, float | str]]:
    """A row for each null."""
    for null, frames in draws_of(chosen, draws).items():
        flagged, stated, accounts = [], [], []
        for drawn in frames:
            found = chosen.analyse(drawn)
            flagged.append(len(found.flagged))
            stated.append(found.tested.expected_false_accounts)
            accounts.append(drawn["author"].n_unique())
        mean = sum(flagged) / draws
        yield {
            "null": null,
            "accounts": round(sum(accounts) / draws),
            "mean": mean,
            "most": max(flagged),
            "share": sum(flagged) / sum(accounts),
            "stated": sum(stated) / draws,
        }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SETS))
    asked = parser.parse_args()
    print("| set | null | draws | accounts | flagged, mean (most) | share | stated | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in asked.sets.split(","):
        for row in measure(SETS[name](), asked.draws):
            mean, stated = float(row["mean"]), float(row["stated"])
            ratio, share = f"{stated / mean:.2f}" if mean else "-", float(row["share"])
            print(
                f"| {name} | {row['null']} | {asked.draws} | {row['accounts']} | "
                f"{mean:.2f} ({row['most']}) | {share:.4%} | {stated:.4f} | {ratio} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
