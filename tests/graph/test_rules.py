"""The rules of other tools are theirs, to the pair, and stand beside what Tocsin found."""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from contextlib import closing
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from graph.rules.coortweet import coortweet_pairs
from graph.rules.similar_text import similar_pairs
from index.connect import open_index
from tests.graph.test_clusters_command import documents, run_analysis
from tocsin.app.cli import cli
from tocsin.core.errors import ConfigError
from tocsin.core.workspace import Workspace

Pairs = dict[tuple[int, int], int]


def shares(seed: int) -> pl.DataFrame:
    rng = random.Random(seed)
    rows = []
    for post in range(rng.randint(0, 120)):
        account, at = rng.randint(0, 12), rng.randint(0, 200) * 500
        for thing in {f"o{rng.randint(0, 9)}" for _ in range(rng.choice((1, 1, 2)))}:
            rows.append((thing, account, post, at))
    schema = {"object": pl.String, "account": pl.UInt32, "post": pl.UInt32, "time": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def coortweet_as_documented(
    acts: pl.DataFrame, window: float, participation: int, quantile: float
) -> Pairs:
    """The steps of the documentation, one after another, every two shares compared."""
    rows = acts.rows(named=True)
    number = Counter(row["account"] for row in rows)
    rows = [row for row in rows if number[row["account"]] >= participation]
    matches = [
        (one, other)
        for one, other in combinations(rows, 2)
        if one["object"] == other["object"]
        and one["account"] != other["account"]
        and abs(one["time"] - other["time"]) <= window * 1000
    ]
    posts = {row["post"] for match in matches for row in match}
    own = Counter(row["account"] for row in rows if row["post"] in posts)
    kept = {a for a, n in own.items() if n >= participation}
    weights: Counter[tuple[int, int]] = Counter()
    for one, other in matches:
        if kept & {one["account"], other["account"]}:
            ends = sorted((one["account"], other["account"]))
            weights[ends[0], ends[1]] += 1
    if not weights:
        return {}
    threshold = np.quantile(list(weights.values()), quantile)
    return {pair: weight for pair, weight in weights.items() if weight > threshold}


def as_pairs(frame: pl.DataFrame) -> Pairs:
    assert frame.rows() == sorted(frame.rows())
    return {(a, b): weight for a, b, weight in frame.iter_rows()}


@pytest.mark.parametrize("seed", range(25))
def test_coortweet_is_what_its_documentation_says(seed: int) -> None:
    acts, rng = shares(seed), random.Random(seed)
    window = rng.choice((0, 1, 10, 60))
    participation, quantile = rng.choice((1, 2, 4)), rng.choice((0.0, 0.5, 0.9))
    found = coortweet_pairs(
        acts, time_window=window, min_participation=participation, edge_weight=quantile
    )
    assert as_pairs(found) == coortweet_as_documented(acts, window, participation, quantile)


def test_a_crowd_ends_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="--window"):
        coortweet_pairs(shares(3), time_window=60, max_matches=5)


def texts(seed: int) -> pl.DataFrame:
    rng = random.Random(seed)
    words = [f"w{n}" for n in range(12)] + ["!", "@you", "ÉTÉ"]
    rows = [
        (
            rng.randint(0, 6), rng.randint(0, 100) * 1000,
            " ".join(rng.choices(words, k=rng.randint(0, 6))),
            "x" if rng.random() < 0.1 else None,
        )
        for _ in range(60)
    ]  # fmt: skip
    schema = {
        "account": pl.UInt32, "published_at": pl.Int64, "text": pl.String, "repost_of": pl.String
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("similarity", [0.5, 0.8, 1.0])
def test_similar_texts_are_all_found(seed: int, similarity: float) -> None:
    posts = texts(seed)
    bags = [
        frozenset(re.findall(r"\w+|[^\w\s]", re.sub(r"@\S*", "", text.lower())))
        for text in posts["text"]
    ]
    matched: dict[tuple[int, int], set[int]] = defaultdict(set)
    for i, j in combinations(range(len(posts)), 2):
        one, other = posts.row(i, named=True), posts.row(j, named=True)
        if one["repost_of"] or other["repost_of"] or one["account"] == other["account"]:
            continue
        near = abs(one["published_at"] - other["published_at"]) <= 20_000
        if near and bags[i] and len(bags[i] & bags[j]) / len(bags[i] | bags[j]) >= similarity:
            matched[one["account"], other["account"]].add(i)
            matched[other["account"], one["account"]].add(j)
    wanted: Pairs = {}
    for (a, b), own in matched.items():
        if len(own) >= 2:
            pair = (min(a, b), max(a, b))
            wanted[pair] = max(wanted.get(pair, 0), len(own))
    found = similar_pairs(posts, time_window=20, similarity=similarity, min_edge_weight=2)
    assert as_pairs(found) == wanted


def call(home: Any, *arguments: str, hidden: bool = False, json_: bool = True) -> Any:
    done = CliRunner().invoke(
        cli,
        ["--home", str(home), *(["--json"] if json_ else []), "rules", *arguments],
        env={"TOCSIN_PRIVACY__PSEUDONYMISE": str(hidden).lower()},
        catch_exceptions=False,
        standalone_mode=False,
    )
    return json.loads(done.stdout) if json_ else done.stdout


def test_what_each_rule_adds_and_loses_and_why(world: Any, workspace: Workspace) -> None:
    # a group as both find it, one too slow for a minute, a pair that meets once too often
    fast = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]}, spread=20_000)
    slow = world.group("s", 7, 16, lambda i: {"urls": [f"https://slow.example/{i}"]}, part=0.9,
                       spread=900_000)  # fmt: skip
    for n in range(2):
        at = world.moment()
        for who in ("x:lone0", "x:lone1"):
            world.say(who, at, urls=[f"https://twice.example/{n}"])
    for _ in range(4):
        world.say("x:lone0", world.moment())
        world.say("x:lone1", world.moment())
    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        index.put(documents(world.rows))
        run_analysis(workspace, index)
    document = call(workspace.home)
    assert document["ours"]["accounts"] == len(fast) + len(slow)
    rules = {rule["rule"]: rule for rule in document["rules"]}
    assert set(rules) == {
        "coortweet", "co_retweet", "co_tweet", "co_link", "co_reply", "co_similar_tweet",
    }  # fmt: skip
    link = rules["co_link"]
    assert link["source"]
    assert link["parameters"] == {"time_window": 60, "min_edge_weight": 2}
    assert link["defaults"]["time_window"] == 1
    why = {entry["account"]: entry["why"] for entry in link["adds"]["listed"]}
    assert why["lone0"] == why["lone1"] == "few_objects"
    assert link["both"]["accounts"] >= len(fast)
    narrow = {rule["rule"]: rule for rule in call(workspace.home, "--window", "30")["rules"]}
    lost = {entry["account"]: entry["signals"] for entry in narrow["coortweet"]["loses"]["listed"]}
    assert {who.removeprefix("x:") for who in slow} & lost.keys()
    assert all(signals for signals in lost.values())
    for rule in document["rules"]:
        assert rule["accounts"] == rule["both"]["accounts"] + rule["adds"]["accounts"]
        assert document["ours"]["accounts"] == (
            rule["both"]["accounts"] + rule["loses"]["accounts"]
        )
        assert sum(rule["adds"]["why"].values()) == rule["adds"]["accounts"]
    hidden = json.dumps(call(workspace.home, hidden=True))
    assert "lone0" not in hidden
    assert "acct-" in hidden
    said = call(workspace.home, json_=False)
    assert "coortweet" in said
    assert "too few different things" in " ".join(said.split())


def test_a_rule_that_cannot_be_applied_is_said(
    world: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_index(workspace)) as index:
        index.ensure_schema()
        index.put(documents(world.rows))
        run_analysis(workspace, index)
    from graph.rules import tools

    def crowd(*_: object, **__: object) -> pl.DataFrame:
        return coortweet_pairs(shares(3), time_window=60, max_matches=5)

    monkeypatch.setattr(tools, "coortweet_pairs", crowd)
    first = call(workspace.home)["rules"][0]
    assert "--window" in first["failed"]
    assert "--window" in call(workspace.home, json_=False)
