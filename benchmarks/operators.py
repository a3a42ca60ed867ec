"""Real operators: published troll accounts among ordinary ones, Tocsin beside simple rules.

    python -m benchmarks.operators
    python -m benchmarks.operators --trolls 40000 --seeds 1,2,3
    python -m benchmarks.operators --accounts 300

Posts of Internet Research Agency accounts (``ira_2016_aug_sep``) are mixed into ordinary posts
(``x24_us_election_part1``) and the tweets of candidates (``fr_presidentielle2022_candidates``).
The times of each set are moved by whole days, so that all end on one day and hours of day stay as
they were. ``--trolls`` posts of the trolls are drawn without replacement (``0``: all), of
``--accounts`` of them, chosen by a digest of their names (``0``: all); of the candidates, those of
as many days as the trolls have. Every troll account counts as true, whether
it did anything with others or not, and every other account as false: recall says how much of an
operation that people ran is found by looking at co-action alone, and is never near 1.

The data has no ids of retweeted posts: a retweet's object is its text, as in `benchmarks.tiles`.
Copies come from the lexical channel of `nlp.copies`.

Rules of other tools, as `graph.rules` applies them (their own definitions) at 60 s: ``coortweet``,
and ``toolkit``, every account that co-retweet, co-reply, co-link, co-tweet or co-similar-tweet of
the coordination-network-toolkit ties. Simple rules see the same acts as the engine: *the same
thing* is a reposted, quoted or answered post, a link, a picture or a copied text. ``60s_2``: 2
things or more within 60 s (Righetti & Balluff 2025: ``time_window = 60``, ``min_participation =
2``); ``10min_3``; ``1h_3_2core``: cut to the 2-core; ``1h_3``: not cut. A rule flags all accounts
of its pairs. One JSON object a line.

``tocsin`` is the default, ``graph.error = strict``; ``tocsin_balanced`` and ``tocsin_explore`` are
the other levels of the dial. ``ratio`` is our recall among accounts with 20 posts or more by that
of the best rule whose precision is .98 or more; ``ratio_published`` likewise, of the rules that
stand in publications or in the issue that asked for this benchmark (all but ``1h_3``);
``ratio_spotless`` by that of the best rule which flags no ordinary account (null where none is).

Precision says little of false alarms here: in the hours of the trolls most posts are theirs, so
that whoever meets by chance is mostly a troll. ``dealt_out`` is how many accounts are flagged, and
``recall_often_dealt_out`` how many of those that ``recall_often`` counts, where contents of each
hour are permuted (a draw): nobody has anything to do with anybody there.

``--nulls N`` asks instead how many are flagged where nothing is arranged, N draws each: contents
shuffled within the hour (accounts, times and what was popular then stay), times shuffled over all
posts, and the ordinary posts alone. ``others`` are flagged and no trolls: where an operation is
most of an hour, its contents permuted go to its own accounts, and it still stands there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import polars as pl

from benchmarks.tiles import SHARED, read_ira, read_rows, read_x24
from graph import find_coordination
from graph.calibration.permutation import permute_contents, permute_times
from graph.coordination.coactions.acts import collect_acts
from graph.coordination.engine import CoordinationResult
from graph.coordination.posts import Posts, prepare
from graph.coordination.signals import load_signals
from graph.rules import tools
from nlp.copies.detection import find_copies
from tocsin.core.settings import ERROR_LEVELS, GraphSettings
from tocsin.core.text import ADDRESS
from tocsin.core.urls import canonical_url

DATA = SHARED / "data" / "coordination"
DAY = 86_400
OFTEN = 20
"""Posts from which an account is counted in ``recall_often``."""
PRECISE = 0.98
THINGS = ("repost", "quote", "reply", "link", "copy", "media")
RULES: dict[str, tuple[int, int, bool]] = {
    "60s_2": (60, 2, False),
    "10min_3": (600, 3, False),
    "1h_3": (3600, 3, False),
    "1h_3_2core": (3600, 3, True),
}
"""Name -> window in seconds, least number of things, whether pairs are cut to the 2-core."""
UNPUBLISHED = "1h_3"
"""The rule of ours: without a core, the loosest that is still precise on most mixes."""
Row = dict[str, Any]


def mix(
    trolls: int, seed: int, accounts: int = 0, folder: Path = DATA
) -> tuple[pl.DataFrame, set[str]]:
    """The posts as the engine's frame, and the ids of the true accounts.

    Args:
        trolls: how many posts of trolls; 0 stands for all.
        seed: of the draw, and of the choice of accounts.
        accounts: how many accounts of trolls; 0 stands for all.
        folder: where the data sets are.
    """
    ira = list(read_ira(folder))
    days = (max(row["time"] for row in ira) - min(row["time"] for row in ira)) / DAY
    chosen = _choose_accounts({row["author"] for row in ira}, accounts, seed)
    ira = [row for row in ira if row["author"] in chosen]
    drawn = random.Random(seed).sample(ira, min(trolls, len(ira))) if trolls else ira
    return among_others(drawn, days, folder)


def among_others(
    trolls: Iterable[Row], days: float, folder: Path = DATA
) -> tuple[pl.DataFrame, set[str]]:
    """Posts of trolls among ordinary ones, and those of candidates of as many ``days``."""
    others = [*_to_end(read_x24(folder), "x"), *_to_end(_candidates(folder), "f", days)]
    posts = [*_to_end(trolls, "t"), *others]
    frame = pl.DataFrame(posts, infer_schema_length=None)
    return frame.pipe(_with_copies), {row["author"] for row in posts if row["id"][0] == "t"}


def _choose_accounts(names: set[str], accounts: int, seed: int) -> set[str]:
    """So many of the names, by a digest of each; all of them for 0."""
    ordered = sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    return set(ordered[: accounts or None])


def _to_end(rows: Iterable[Row], mark: str, days: float | None = None) -> list[Row]:
    """Rows moved by whole days so that the last one is on the day 0, with ids of their own.

    Of the last ``days`` days, where they are given.
    """
    listed = list(rows)
    last = max(row["time"] for row in listed)
    move = int(last // DAY) * DAY
    return [
        {
            "id": f"{mark}{row['id']}",
            "author": f"{mark}:{row['author']}",
            "published_at": int((row["time"] - move + 1000 * DAY) * 1000),
            "text": row["text"],
            "lang": row["lang"],
            "urls": ADDRESS.findall(row["text"]),
            "hashtags": re.findall(r"#(\w+)", row["text"].lower()),
            "repost_of": row["repost_of"],
            "reply_to": row.get("reply_to"),
            "quote_of": row.get("quote_of"),
        }
        for row in listed
        if days is None or row["time"] >= last - days * DAY
    ]


def _candidates(folder: Path) -> Iterator[Row]:
    kinds = {"retweet": "repost_of", "quoting": "quote_of", "reply": "reply_to"}
    for row in read_rows(folder / "fr_presidentielle2022_candidates.csv.gz"):
        moment = np.datetime64(row["datetime"][:19]).astype("datetime64[s]").astype(int)
        referenced: dict[str, str | None] = dict.fromkeys(kinds.values())
        if row["type"] in kinds:
            referenced[kinds[row["type"]]] = row["referenced_tweet_id"] or None
        yield {
            "id": row["id"],
            "author": row["username"],
            "time": float(moment),
            "text": row["text"],
            "lang": "fr",
            **referenced,
        }


def _with_copies(frame: pl.DataFrame) -> pl.DataFrame:
    own = frame.filter(pl.col("repost_of").is_null())
    groups = find_copies(
        own["text"].to_list(),
        own["lang"].to_list(),
        ids=own["id"].to_list(),
        times=own["published_at"].to_list(),
        links=[[canonical_url(u) for u in urls] for urls in own["urls"].to_list()],
    )
    member = {post: group.id for group in groups for post in group.posts}
    return frame.with_columns(
        copy_group=pl.Series([member.get(i) for i in frame["id"].to_list()], dtype=pl.String)
    )


def things_shared(posts: Posts) -> dict[int, pl.DataFrame]:
    """By window in seconds ``a, b, things``: how many different things each pair shared in it."""
    signals = load_signals(THINGS)
    acts = collect_acts(posts.frame, tuple(signals.values()))
    acts = acts.with_columns(thing=pl.struct("signal", "object").rank("dense")).sort(
        "thing", "time"
    )
    thing, at, who = (acts[name].to_numpy() for name in ("thing", "time", "account"))
    found = {}
    for window in {window for window, _, _ in RULES.values()}:
        seen: list[pl.DataFrame] = []
        step = 1
        while step < len(thing):
            # the act ``step`` places on: as long as one of them is near, the next may be
            near = (thing[step:] == thing[:-step]) & (at[step:] - at[:-step] <= window * 1000)
            if not near.any():
                break
            one, two = who[:-step][near], who[step:][near]
            a, b = np.minimum(one, two), np.maximum(one, two)
            rows = pl.DataFrame({"a": a, "b": b, "thing": thing[:-step][near]})
            seen.append(rows.filter(pl.col("a") != pl.col("b")).unique())
            step += 1
        pairs = pl.concat(seen).group_by("a", "b")
        found[window] = pairs.agg(pl.col("thing").n_unique().alias("things"))
    return found


def apply_rules(posts: Posts) -> dict[str, set[str]]:
    """The accounts that each of the `RULES` flags, and each of the tools."""
    shared, flagged = things_shared(posts), apply_tools(posts)
    for name, (window, least, core) in RULES.items():
        graph = nx.Graph()
        pairs = shared[window].filter(pl.col("things") >= least)
        graph.add_edges_from(pairs.select("a", "b").iter_rows())
        kept = nx.k_core(graph, 2) if core else graph
        flagged[name] = {posts.accounts[number] for number in kept}
    return flagged


def apply_tools(posts: Posts) -> dict[str, set[str]]:
    """The accounts that CooRTweet ties, and those that the toolkit does, within 60 s."""
    flagged: dict[str, set[str]] = {"coortweet": set(), "toolkit": set()}
    for rule in tools.apply_rules(posts, tools.RuleSettings(window=60)):
        name = "coortweet" if rule.rule == "coortweet" else "toolkit"
        numbers = {*rule.pairs["a"].to_list(), *rule.pairs["b"].to_list()}
        flagged[name] |= {posts.accounts[number] for number in numbers}
    return flagged


def compare(frame: pl.DataFrame, true: set[str], seed: int = 0) -> Iterator[Row]:
    """A row for each level of Tocsin and for each rule.

    Args:
        frame, true: posts and the ids of the true accounts, as `mix` gives them.
        seed: of the draw in which contents are permuted.
    """
    counts = frame.group_by("author").len()
    often = set(counts.filter(pl.col("len") >= OFTEN)["author"].to_list()) & true
    permuted = permute_contents(frame, seed)
    by_chance = apply_rules(prepare(permuted))
    rules = {
        name: _score(accounts, by_chance[name], true, often)
        for name, accounts in apply_rules(prepare(frame)).items()
    }
    for level in ERROR_LEVELS:
        settings = GraphSettings(error=level)
        started = time.perf_counter()
        found = find_coordination(frame, settings)
        seconds = time.perf_counter() - started
        explained = {m.id for c in found.clusters if c.status == "explained" for m in c.accounts}
        chance = flagged_accounts(find_coordination(permuted, settings))
        ours = _score(flagged_accounts(found), chance, true, often)
        yield {
            "name": "tocsin" if level == "strict" else f"tocsin_{level}",
            **ours,
            "ratio": _ratio(ours, [r for r in rules.values() if r["precision"] >= PRECISE]),
            "ratio_published": _ratio(
                ours,
                [r for n, r in rules.items() if r["precision"] >= PRECISE and n != UNPUBLISHED],
            ),
            "ratio_spotless": _ratio(ours, [r for r in rules.values() if not r["false"]]),
            "expected_false": round(found.tested.expected_false_accounts, 4),
            "explained_true": len(explained & true),
            "posts": frame.height,
            "true": len(true),
            "often": len(often),
            "seconds": round(seconds, 2),
        }
    yield from ({"name": name, **row} for name, row in rules.items())


def _ratio(ours: Row, rules: list[Row]) -> float | None:
    """Our recall by that of the best rule; None where none finds anything."""
    best = max((rule["recall_often"] for rule in rules), default=0)
    return round(ours["recall_often"] / best, 3) if best else None


def _score(flagged: set[str], by_chance: set[str], true: set[str], often: set[str]) -> Row:
    hit = len(flagged & true)
    return {
        "precision": round(hit / len(flagged), 4) if flagged else 1.0,
        "recall": round(hit / len(true), 4),
        "recall_often": round(len(flagged & often) / max(1, len(often)), 4),
        "flagged": len(flagged),
        "false": len(flagged) - hit,
        "dealt_out": len(by_chance),
        "recall_often_dealt_out": round(len(by_chance & often) / max(1, len(often)), 4),
    }


def nulls(frame: pl.DataFrame, true: set[str], draws: int) -> Iterator[Row]:
    """Flagged and stated false accounts where nothing is arranged."""
    organic = frame.filter(~pl.col("author").is_in(sorted(true)))
    kinds = {
        "shuffled contents": (permute_contents(frame, seed) for seed in range(draws)),
        "shuffled times": (permute_times(frame, seed) for seed in range(draws)),
        "organic": (
            organic.sample(fraction=0.8, seed=seed) if draws > 1 else organic
            for seed in range(draws)
        ),
    }
    for name, frames in kinds.items():
        flagged, others, stated, accounts = 0, 0, 0.0, 0
        for drawn in frames:
            found = find_coordination(drawn)
            flagged += len(flagged_accounts(found))
            others += len(flagged_accounts(found) - true)
            stated += found.tested.expected_false_accounts
            accounts += drawn["author"].n_unique()
        yield {
            "name": name,
            "flagged": flagged,
            "others": others,
            "stated": round(stated, 3),
            "accounts": accounts,
            "share": round(flagged / accounts, 6),
        }


def flagged_accounts(found: CoordinationResult) -> set[str]:
    """The accounts of what is flagged."""
    return set(found.flagged)


def main() -> None:
    """Print a line for Tocsin and each rule, by draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trolls", type=int, default=0, help="posts of trolls; 0: all")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--accounts", type=int, default=0, help="accounts of trolls; 0: all")
    parser.add_argument("--nulls", type=int, default=0, metavar="DRAWS")
    asked = parser.parse_args()
    if asked.nulls:
        for row in nulls(*mix(asked.trolls, 1, asked.accounts), asked.nulls):
            print(json.dumps({"trolls": asked.trolls, **row}), flush=True)
        return
    for seed in [int(s) for s in asked.seeds.split(",")] if asked.trolls or asked.accounts else [0]:
        for row in compare(*mix(asked.trolls, seed, asked.accounts), seed):
            print(json.dumps({"seed": seed, "trolls": asked.trolls, **row}), flush=True)


if __name__ == "__main__":
    main()
