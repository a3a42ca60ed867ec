"""How many accounts are flagged where nothing is arranged, and how many false ones are stated.

    python -m benchmarks.nulls --draws 20
    python -m benchmarks.nulls --draws 5 --sets shares,pages --nulls contents
    python -m benchmarks.nulls --draws 20 --sets trolls --keep draws.jsonl

Sets: ``shares``, the share table ``coortweet_russian_coord_tweets``; ``pages``, an invented table
of links shared by pages of election campaigns, with networks of pages and tools that post at odd
seconds; ``organic``, ``x24_us_election_part1`` and the candidates' tweets; ``trolls30000`` and
``trolls``, the same with posts of trolls (`benchmarks.operators.mix`); ``french``, the same with
``fr_ira_tweets``, posts of trolls of other years; ``planted``, the campaigns of the shared tool in
``x24_us_election_part1``; ``kinds``, those of `benchmarks.campaign_kinds`. Tables of shares go
through `coordinated_shares`, as ``tocsin coordinated FILE`` reads them.

Nulls: ``contents``, what is posted within each clock hour permuted; ``all``, over the whole
set; ``times``, all times permuted; ``organic``, 80 % of the posts of accounts that are not
known to be arranged. A line of a table each: flagged accounts of a draw (mean and most), their
share of all accounts with its 95 % interval; how many of them are known to be arranged, or flagged
in the set as it is (who posted together still does); false accounts as ``tocsin calibrate`` states
them, from ``--again`` draws of each draw's own (the larger mean of contents within the hour, and
times), both means, the stated by the flagged with its interval, and the number of the q-values; how
many are told apart by timing, and as of the same group. ``--keep`` writes each draw to a file, and
takes up from those that are there, as far as they are of this version of the method.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.campaigns import planted
from benchmarks.kept_results import Kept
from benchmarks.operators import DATA, Row, among_others, mix
from benchmarks.readings import kinds
from benchmarks.tiles import read_rows, repost_target
from graph import coordinated_shares, find_coordination
from graph.calibration.false_accounts import (
    Flags,
    interval,
    measure_false_accounts,
    ratio_interval,
)
from graph.calibration.permutation import permute_contents, permute_times
from graph.coordination.engine import VERSION, CoordinationResult

DAY_S = 86_400


@dataclass(frozen=True)
class Set:
    """A data set: ``frame`` as `permute_contents` takes it, accounts known to be arranged, and how
    it is analysed."""

    frame: pl.DataFrame
    arranged: frozenset[str]
    analyse: Callable[[pl.DataFrame], CoordinationResult]


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


def _share_table(frame: pl.DataFrame, arranged: frozenset[str]) -> Set:
    thing = "repost_of" if "repost_of" in frame.columns else "urls"

    def analyse(drawn: pl.DataFrame) -> CoordinationResult:
        table = drawn.select(
            content="id", account="author", time=pl.col("published_at") / 1000, object=thing
        )
        return coordinated_shares(table).result

    return Set(frame, arranged, analyse)


def organic() -> Set:
    """Ordinary posts and the tweets of candidates."""
    frame, true = mix(1, 1)
    return Set(frame.filter(~pl.col("author").is_in(sorted(true))), frozenset(), find_coordination)


def trolls(posts: int) -> Set:
    """Published troll accounts among them; ``posts`` of theirs, 0: all."""
    frame, true = mix(posts, 1)
    return Set(frame, frozenset(true), find_coordination)


def french() -> Set:
    """French posts of trolls, of 2015 to 2017: the engine was built on others."""
    posts: list[Row] = []
    for number, row in enumerate(read_rows(DATA.parent / "nlp" / "fr_ira_tweets.csv.gz")):
        if not "2015" <= row["publish_date"] < "2018":
            continue
        posts.append(
            {
                "id": number,
                "author": row["author"],
                "time": datetime.fromisoformat(row["publish_date"] + "+00:00").timestamp(),
                "text": row["text"],
                "lang": "fr",
                "repost_of": repost_target(row["text"]) if row["retweet"] == "1" else None,
            }
        )
    times = [post["time"] for post in posts]
    frame, true = among_others(posts, (max(times) - min(times)) / DAY_S)
    return Set(frame, frozenset(true), find_coordination)


def kinds_set(seed: int = 1) -> Set:
    """Other kinds of campaign, crowds among them."""
    ((frame, true),) = kinds([seed])
    frame = frame.with_columns(published_at=pl.col("published_at").dt.epoch("ms"))
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
    "french": french,
    "planted": planted_set,
    "kinds": kinds_set,
}


NULLS = ("contents", "all", "times", "organic")
APART = 1_000_000
"""Between the seeds of draws and those of what is permuted once more."""


def draw(chosen: Set, null: str, seed: int) -> pl.DataFrame:
    """A draw of a null."""
    frame = chosen.frame
    if null == "contents":
        return permute_contents(frame, seed)
    if null == "all":
        return permute_contents(frame, seed, span_ms=None)
    if null == "times":
        return permute_times(frame, seed)
    calm = frame.filter(~pl.col("author").is_in(sorted(chosen.arranged)))
    return calm.sample(fraction=0.8, seed=seed)


@dataclass(frozen=True)
class Draw:
    """What one draw gave: accounts, and what is stated of it from draws of its own.

    ``contents`` and ``times`` are the false accounts where these are permuted once more, by draw
    of its own; ``by_timing`` and ``same_group`` those told apart in all of these.
    """

    accounts: int
    flagged: int
    known: int
    by_q: float
    contents: tuple[int, ...]
    times: tuple[int, ...]
    by_timing: int
    same_group: int


class Measured:
    """A set, read and analysed as it is when the first draw asks for it."""

    def __init__(self, name: str, kept: Kept) -> None:
        self.name, self.kept = name, kept

    @cached_property
    def chosen(self) -> Set:
        return SETS[self.name]()

    @cached_property
    def known(self) -> frozenset[str]:
        """Accounts that are arranged, or flagged in the set as it is."""
        return self.chosen.arranged | self.chosen.analyse(self.chosen.frame).flagged

    def draw(self, null: str, seed: int, again: int) -> Draw:
        """A draw, permuted ``again`` times once more."""

        @cache
        def drawn() -> tuple[pl.DataFrame, CoordinationResult]:
            frame = draw(self.chosen, null, seed)
            return frame, self.chosen.analyse(frame)

        def flag() -> dict[str, Any]:
            frame, found = drawn()
            return {
                "accounts": frame["author"].n_unique(),
                "flagged": len(found.flagged),
                "known": len(found.flagged & self.known),
                "by_q": found.tested.expected_false_accounts,
            }

        def state(number: int) -> dict[str, int]:
            frame, found = drawn()
            seeds = [APART * (number + 1) + seed]
            measured = measure_false_accounts(frame, Flags.of(found), self.chosen.analyse, seeds)
            (counted,) = measured.draws
            return {
                "contents": measured.by_draw("contents")[0],
                "times": measured.by_draw("times")[0],
                "by_timing": sum(of_deal.by_timing for of_deal in counted.values()),
                "same_group": sum(of_deal.same_group for of_deal in counted.values()),
            }

        key = f"{self.name} {null} {seed}"
        flagged = self.kept.get(key, flag)
        stated = [self.kept.get(f"{key}, once more {n}", partial(state, n)) for n in range(again)]
        return Draw(
            **flagged,
            contents=tuple(one["contents"] for one in stated),
            times=tuple(one["times"] for one in stated),
            by_timing=sum(one["by_timing"] for one in stated),
            same_group=sum(one["same_group"] for one in stated),
        )


def row(name: str, null: str, draws: Sequence[Draw]) -> str:
    """A line of the table."""
    flagged, accounts = [d.flagged for d in draws], float(np.mean([d.accounts for d in draws]))
    deals = [[n for d in draws for n in d.contents], [n for d in draws for n in d.times]]
    stated = max(deals, key=sum)
    low, high = (bound / accounts for bound in interval(flagged))
    share = float(np.mean(flagged)) / accounts
    cells = (
        name,
        null,
        f"{len(draws)}",
        f"{accounts:.0f}",
        f"{np.mean(flagged):.2f} ({max(flagged)})",
        f"{share:.3%} ({low:.3%} to {high:.3%})",
        f"{np.mean([d.known for d in draws]):.2f}",
        f"{np.mean(stated):.2f}",
        *(f"{np.mean(permutation):.2f}" for permutation in deals),
        ratio(stated, flagged),
        f"{np.mean([d.by_q for d in draws]):.4f}",
        f"{np.sum([d.by_timing for d in draws]) / len(stated):.2f}",
        f"{np.sum([d.same_group for d in draws]) / len(stated):.2f}",
    )
    return f"| {' | '.join(cells)} |"


def ratio(stated: Sequence[int], flagged: Sequence[int]) -> str:
    """The mean stated by the mean flagged, and its 95 % interval."""
    if not sum(flagged):
        return "-" if not sum(stated) else "nobody flagged"
    low, high = ratio_interval(stated, flagged)
    return f"{np.mean(stated) / np.mean(flagged):.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--nulls", default=",".join(NULLS))
    parser.add_argument("--again", type=int, default=2, help="draws of each draw's own")
    parser.add_argument("--keep", type=Path, help="a file of draws, one JSON object a line")
    asked = parser.parse_args()
    kept = Kept(asked.keep, f"method {VERSION}")
    print("| set | null | draws | accounts | flagged, mean (most) | share | known | stated "
          "| by contents | by times | by flagged | by q | by timing | same group |")  # fmt: skip
    print(f"|{' --- |' * 14}")
    for name in asked.sets.split(","):
        measured = Measured(name, kept)
        for null in asked.nulls.split(","):
            if null == "organic" and name == "shares":  # nobody knows who is arranged
                continue
            draws = [measured.draw(null, seed, asked.again) for seed in range(asked.draws)]
            print(row(name, null, draws), flush=True)


if __name__ == "__main__":
    main()
