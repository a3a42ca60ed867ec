"""Any table of shares gives groups, members, pairs and evidence, in frames of the caller's kind."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import networkx as nx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from graph import coordinated_shares
from graph.shares.posts import SharedObject
from tocsin.core.errors import ConfigError

START = 1_714_600_000
PUSHERS = {f"push{n}" for n in range(7)}
Share = tuple[str, str, int]


def planted(thing: str = "thing {}", seed: int = 1) -> list[Share]:
    """Seven accounts share thirty things within half a minute, ninety others what they like."""
    rng = random.Random(seed)
    rows = [
        (thing.format(k), who, START + k * 90_000 + rng.randint(0, 30))
        for k in range(30)
        for who in sorted(PUSHERS)
        if rng.random() < 0.8
    ]
    rows += [
        (thing.format(1000 + rng.randint(1, 300)), f"org{rng.randint(1, 90)}",
         START + rng.randint(0, 2_700_000))
        for _ in range(900)
    ]  # fmt: skip
    return rows


def columns(rows: list[Share]) -> dict[str, list[Any]]:
    things, people, times = zip(*rows, strict=True)
    return {"object": list(things), "account": list(people), "time": list(times)}


def members(found: Any) -> set[str]:
    return set(found.members["account"].to_pylist() if isinstance(found.members, pa.Table)
               else found.members["account"].to_list())  # fmt: skip


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (pd.DataFrame, pd.DataFrame),
        (pl.DataFrame, pl.DataFrame),
        (lambda data: pl.DataFrame(data).lazy(), pl.DataFrame),
        (pa.table, pa.Table),
        (dict, pl.DataFrame),
        (lambda data: pd.DataFrame(data, index=range(5, 5 + len(data["time"]))), pd.DataFrame),
    ],
)
def test_frames_come_back_in_the_library_they_came_in(make: Any, kind: type) -> None:
    found = coordinated_shares(make(columns(planted())))
    for name in ("groups", "members", "pairs", "evidence"):
        assert type(getattr(found, name)) is kind, name
    assert members(found) == PUSHERS
    graph = found.graph()
    assert isinstance(graph, nx.Graph)
    assert set(graph) == PUSHERS
    assert all(data["q_value"] < 0.01 for _, _, data in graph.edges(data=True))
    assert found.about["method"]["parameters"]["min_objects"] == 3
    assert (
        type(coordinated_shares(make(columns(planted())), frames="pandas").groups) is pd.DataFrame
    )


@pytest.mark.parametrize(
    "write",
    [
        str,
        float,
        lambda t: t * 1000,
        lambda t: f"{t}.0",
        lambda t: datetime.fromtimestamp(t, UTC),
        lambda t: datetime.fromtimestamp(t, UTC).replace(tzinfo=None),
        lambda t: datetime.fromtimestamp(t, UTC).isoformat(),
        lambda t: datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        lambda t: datetime.fromtimestamp(t, UTC).strftime("%d/%m/%Y %H:%M:%S"),
        lambda t: datetime.fromtimestamp(t, UTC).strftime("%m/%d/%Y %I:%M:%S %p"),
    ],
)
def test_times_are_read_however_they_are_written(write: Any) -> None:
    data = columns(planted())
    data["time"] = [write(t) for t in data["time"]]
    found = coordinated_shares(pd.DataFrame(data))
    assert members(found) == PUSHERS
    first = min(found.groups["first_at"].to_list())
    assert first.timestamp() == min(t for _, who, t in planted() if who in PUSHERS)
    assert not found.shares["left_out"]["no_time"]


@pytest.mark.parametrize(
    ("thing", "kind", "signal"),
    [
        ("https://site.example/{}", "link", "link"),
        ("site.example/page/{}", "link", "link"),
        ("18123456789012{:05d}", "repost", "repost"),
        ("picture{}.jpg", "media", "media"),
        ("the same long words number {}", "text", "copy"),
        ("item-{}", "object", "object"),
        ("9f86d081884c7d659a2feaa0c55ad{:05d}", "object", "object"),
    ],
)
def test_any_object_counts(thing: str, kind: str, signal: str) -> None:
    rows = [(thing.format(int(what.split()[1])), who, at) for what, who, at in planted()]
    found = coordinated_shares(columns(rows))
    assert members(found) == PUSHERS
    assert found.shares["kinds"] == {kind: len(set(rows))}
    assert signal in found.groups["signals"][0]
    shared = found.evidence.filter(pl.col("signal") == signal)["object"]
    assert shared.len()
    names = {what.removeprefix("https://") for what, *_ in rows}
    assert {o.removeprefix("https://") for o in shared} <= names


def test_the_table_may_say_the_kind_and_the_post() -> None:
    rows = planted("n{}")
    data = columns(rows) | {
        "kind": ["Reply" if n % 2 else "retweet" for n in range(len(rows))],
        "post_id": [f"p{n}" for n in range(len(rows))],
    }
    data["kind"] = ["reply" if int(what[1:]) % 2 else "Retweet" for what, *_ in rows]
    found = coordinated_shares(data)
    assert set(found.shares["kinds"]) == {"reply", "repost"}
    assert found.shares["columns"]["content"] == "post_id"
    assert members(found) == PUSHERS
    posts = {post for posts in found.evidence["posts"] for post in posts}
    assert posts <= set(data["post_id"])


def test_the_order_of_rows_changes_nothing() -> None:
    rows = planted()
    first = coordinated_shares(columns(rows))
    random.Random(3).shuffle(rows)
    second = coordinated_shares(columns(rows + rows[:50]))  # and a row given twice is one share
    for name in ("groups", "members", "pairs", "evidence"):
        assert getattr(first, name).equals(getattr(second, name)), name


def test_a_post_with_several_objects_counts_each() -> None:
    rows = planted("n{}")
    doubled: list[tuple[str, str, int, str]] = []
    for n, (what, who, at) in enumerate(rows):
        doubled.append((f"18123456789012{int(what[1:]):05d}", f"{who}", at, f"post{n}"))
        doubled.append((f"https://x.example/{what}", f"{who}", at, f"post{n}"))
    frame = pl.DataFrame(doubled, schema=["object", "account", "time", "content"], orient="row")
    found = coordinated_shares(frame)
    assert {"repost", "object"} <= set(found.groups["signals"][0])
    twice = frame.with_columns(content=pl.lit("one"))
    said = coordinated_shares(twice)
    assert members(said) == PUSHERS
    assert [note.code for note in said.shares["notes"]] == ["shares.several_accounts"]


def test_what_cannot_be_used_is_counted_or_refused() -> None:
    data = columns(planted())
    data["object"][0] = ""
    data["account"][1] = None
    data["time"][2] = None
    left_out = coordinated_shares(data).shares["left_out"]
    assert left_out == {"no_object": 1, "no_account": 1, "no_time": 1}
    with pytest.raises(ConfigError, match="who"):
        coordinated_shares({"what": ["a"], "who": ["b"], "time": [1]})
    with pytest.raises(ConfigError, match="did you mean what"):
        coordinated_shares(
            {"what": ["a"], "account": ["b"], "time": [1]}, columns={"object": "wat"}
        )
    with pytest.raises(ConfigError, match="min_objects"):
        coordinated_shares(columns(planted()), min_objects=1)
    with pytest.raises(ConfigError, match="int"):
        coordinated_shares(3)
    renamed = {"what": data["object"], "who": data["account"], "when": data["time"]}
    found = coordinated_shares(
        renamed, columns={"object": "what", "account": "who", "time": "when"}, windows=(60,)
    )
    assert members(found) == PUSHERS
    assert found.about["tested"]["windows"] == [60]
    empty = coordinated_shares({"object": [], "account": [], "time": []})
    assert not empty.groups.height
    assert not len(empty.graph())


@pytest.mark.parametrize("thing", ["thing{}", "https://x.example/{}"])
def test_false_accounts_are_measured_where_asked(thing: str) -> None:
    """Objects of no known kind are permuted with the rest of what is posted."""
    shares = columns(planted(thing))
    assert coordinated_shares(shares).about["measured_false_accounts"] is None
    found = coordinated_shares(shares, calibrate=2)
    assert members(found) == PUSHERS
    measured = found.about["measured_false_accounts"]
    assert (measured["draws"], measured["mean"]) == (2, 0)
    assert measured["high"] > 0
    assert measured["at"]
    with pytest.raises(ConfigError):
        coordinated_shares(shares, calibrate=-1)


def test_what_was_shared_follows_the_contents_that_are_dealt_out() -> None:
    shared = SharedObject(pl.DataFrame({"id": ["a", "b"], "object": ["x", "y"]}))
    permuted = shared.permuted(pl.DataFrame({"id": ["a", "b", "c"], "content_of": ["c", "a", "b"]}))
    posts = pl.DataFrame({"id": ["a", "b", "c"], "post": [0, 1, 2]})
    assert permuted.acts(posts).sort("post").rows() == [(1, "x"), (2, "y")]
