"""The fast join against a plain double loop, on every signal and every kind of input."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from graph import co_share_evidence, co_share_pairs
from graph.coordination.library.objects import SIGNALS, normalised
from tocsin.core.errors import ConfigError, Unreadable

Row = dict[str, Any]


def _rfc3339(seconds: int) -> str:
    moments = pl.Series([seconds * 1000]).cast(pl.Datetime("ms"))
    return str(moments.dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ")[0])


def _posts(seed: int, number: int = 250) -> list[Row]:
    draw = random.Random(seed)
    texts = [
        "Hello  World",
        "hello world",
        "@you Hello\tWorld",
        "HELLO world @me",
        "other",
        "@only",
        "",
    ]
    return [
        {
            "post": f"p{n}", "account": f"acc{draw.randrange(12):02}",
            "time": 1_700_000_000 + draw.randrange(0, 3000),
            "text": draw.choice(texts), "repost_of": draw.choice([None, None, "r1", "r2", "r3"]),
            "reply_to": draw.choice([None, "q1", "q2"]),
            "urls": draw.sample(["u1", "u2", "u3", "u4"], draw.randrange(0, 4)),
            "hashtags": draw.sample(["a", "A", "b", "c"], draw.randrange(0, 3)),
        }
        for n in range(number)
    ]  # fmt: skip


def _plain(text: str) -> str:
    kept, skipping = [], False
    for letter in text.lower():
        if letter == "@":
            skipping = True
        elif skipping and letter.isspace() and letter not in "\x1c\x1d\x1e\x1f":
            skipping = False
        if not skipping:
            kept.append(letter)
    return " ".join("".join(kept).split())


def _objects(post: Row, signal: str) -> set[str]:
    if signal == "repost":
        return {post["repost_of"]} - {None}
    if post["repost_of"] is not None:
        return set()
    if signal == "text":
        return {_plain(post["text"])}
    if signal == "reply":
        return {post["reply_to"]} - {None}
    return set(post["urls"]) if signal == "link" else {tag.lower() for tag in post["hashtags"]}


def _double_loop(
    posts: list[Row], signal: str, window: float, min_weight: int
) -> dict[tuple[str, str], tuple[int, int, int]]:
    met: dict[tuple[str, str], set[str]] = defaultdict(set)
    things: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in posts:
        for two in posts:
            shared = _objects(one, signal) & _objects(two, signal)
            if (
                one["account"] != two["account"]
                and abs(one["time"] - two["time"]) <= window
                and shared
            ):
                met[one["account"], two["account"]].add(one["post"])
                things[one["account"], two["account"]] |= shared
    return {
        (a, b): (len(met[a, b]), len(met[b, a]), len(things[a, b]))
        for a, b in sorted(met)
        if a < b and max(len(met[a, b]), len(met[b, a])) >= min_weight
    }


def _counted(pairs: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {
        (a, b): rest
        for a, b, *numbers in pairs.select(
            "a", "b", "weight_ab", "weight_ba", "objects"
        ).iter_rows()
        for rest in [tuple(numbers)]
    }


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("min_weight", [1, 4])
@pytest.mark.parametrize("window", [0, 7.5, 60])
def test_counts_are_those_of_a_double_loop(signal: str, min_weight: int, window: float) -> None:
    posts = _posts(seed=SIGNALS.index(signal))
    pairs = co_share_pairs(pl.DataFrame(posts), signal, window=window, min_weight=min_weight)
    assert _counted(pairs) == _double_loop(posts, signal, window, min_weight)


def test_chunks_and_many_accounts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    posts = pl.DataFrame(_posts(seed=9, number=600))
    whole = co_share_pairs(posts, SIGNALS)
    monkeypatch.setattr("graph.coordination.library.pair_counts._DENSE", 0)
    monkeypatch.setattr("graph.coordination.library.pair_counts.co_occurrences", _in_small_chunks)
    assert co_share_pairs(posts, SIGNALS).equals(whole)


def _in_small_chunks(left: Any, right: Any) -> Any:
    from graph.coordination.library.acts import co_occurrences

    return co_occurrences(left, right, chunk=50)


def test_the_order_of_the_rows_changes_nothing() -> None:
    posts = _posts(seed=3)
    shuffled = random.Random(1).sample(posts, len(posts))
    pairs = co_share_pairs(pl.DataFrame(posts), SIGNALS)
    assert co_share_pairs(pl.DataFrame(shuffled), SIGNALS).equals(pairs)
    evidence = co_share_evidence(pl.DataFrame(posts), pairs)
    assert co_share_evidence(pl.DataFrame(shuffled), pairs).equals(evidence)


def test_evidence_lists_the_nearest_posts_of_each_object() -> None:
    posts = _posts(seed=4)
    frame, by_id = pl.DataFrame(posts), {post["post"]: post for post in posts}
    pairs = co_share_pairs(frame, ["repost", "link"], window=60)
    evidence = co_share_evidence(frame, pairs, window=60, limit=100)
    assert evidence.group_by("signal", "a", "b").len()["len"].sum() == pairs["objects"].sum()
    for row in evidence.iter_rows(named=True):
        one, two = by_id[row["post_a"]], by_id[row["post_b"]]
        assert (one["account"], two["account"]) == (row["a"], row["b"])
        assert row["object"] in _objects(one, row["signal"]) & _objects(two, row["signal"])
        assert row["seconds_apart"] == abs(one["time"] - two["time"]) <= 60
    assert co_share_evidence(frame, pairs, limit=1).height == pairs.height
    assert co_share_evidence(frame, pairs.clear()).is_empty()


def test_text_is_normalised_as_documented() -> None:
    texts = [
        "A\u00a0 B",
        "@x A b",
        "ÉTÉ @a@b  fin",
        "a\x1cb",
        "@a\x1cb c",
        " \n",
        "ΟΔΟΣ",
        "x\u2003y\u3000z",
        "İ",
        "@",
        "a @",
    ]
    assert normalised(pl.Series(texts)).to_list() == [_plain(text) for text in texts]


def test_every_kind_of_input_gives_the_same_pairs(tmp_path: Path) -> None:
    posts = _posts(seed=5)
    frame = pl.DataFrame(posts)
    asked = ["repost", "text", "link", "reply"]
    pairs = co_share_pairs(frame, asked)
    toolkit = frame.select(
        message_id="post", user_id="account", username="account", repost_id="repost_of",
        reply_id="reply_to", message="text",
        timestamp="time", urls=pl.col("urls").list.join(" "),
    )  # fmt: skip
    toolkit.write_csv(tmp_path / "posts.csv")
    (tmp_path / "posts.csv.gz").write_bytes(gzip.compress((tmp_path / "posts.csv").read_bytes()))
    frame.write_parquet(tmp_path / "posts.parquet")
    exchange = [
        {
            "id": p["post"], "platform": "x", "author": {"id": p["account"], "handle": "h"},
            "text": p["text"], "urls": p["urls"],
            "published_at": _rfc3339(p["time"]),
            "repost_of": p["repost_of"], "reply_to": p["reply_to"],
        }
        for p in posts
    ]  # fmt: skip
    (tmp_path / "posts.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in exchange), encoding="utf-8"
    )
    scan = (
        frame.with_columns(
            author=pl.col("account").cast(pl.Categorical), published_at=pl.col("time") * 1000
        )
        .drop("account", "time")
        .to_arrow()
    )
    coded = [
        b.set_column(
            b.schema.get_field_index("author"),
            "author",
            b["author"].cast(pa.string()).dictionary_encode(),
        )
        for b in scan.to_batches(max_chunksize=100)
    ]
    given: list[Any] = [
        coded,
        frame.lazy(),
        frame.to_arrow(),
        scan.to_batches(max_chunksize=100),
        pa.table(scan),
        toolkit,
    ]
    given += [
        tmp_path / name for name in ("posts.csv", "posts.csv.gz", "posts.parquet", "posts.jsonl")
    ]
    for posts_in in given:
        assert co_share_pairs(posts_in, asked).equals(pairs), type(posts_in)
    renamed = frame.rename({"account": "who", "time": "when"})
    assert co_share_pairs(renamed, asked, columns={"account": "who", "time": "when"}).equals(pairs)


def test_the_first_of_two_rows_with_one_id_counts() -> None:
    rows = [
        ("1", "a", 0, "r"),
        ("1", "b", 0, "r"),
        ("2", "c", 5, "r"),
        ("3", "", 5, "r"),
        ("4", "d", None, "r"),
    ]
    frame = pl.DataFrame(
        rows, schema=["message_id", "user_id", "timestamp", "repost_id"], orient="row"
    )
    assert co_share_pairs(frame).select("a", "b").rows() == [("a", "c")]


def test_no_link_is_no_shared_link() -> None:
    frame = pl.DataFrame(
        {
            "id": ["1", "2"],
            "author": ["a", "b"],
            "timestamp": [0, 1],
            "text": ["x", "y"],
            "urls": ["", ""],
        }
    )
    assert co_share_pairs(frame, "link").is_empty()


def test_times_may_be_texts_and_any_number() -> None:
    times = [1e300, -1e300, float("nan"), 10.25, 70.25, 70.26]
    frame = pl.DataFrame(
        {"id": list("abcdef"), "author": list("abcdef"), "timestamp": times, "repost_id": "r"}
    )
    assert co_share_pairs(frame).select("a", "b").rows() == [("d", "e"), ("e", "f")]
    texts = [
        "2024-01-01T00:00:00Z",
        "2024-01-01T01:01:00+01:00",
        "2024-01-01T00:00:59.999Z",
        "never",
    ]
    frame = pl.DataFrame(
        {"id": list("abcd"), "author": list("abcd"), "published_at": texts, "repost_of": "r"}
    )
    assert co_share_pairs(frame, window=60).height == 3


def test_a_crowd_is_refused_or_costs_nothing() -> None:
    crowd = pl.DataFrame(
        {"id": range(5000), "author": range(5000), "timestamp": 0, "repost_id": "one"}
    )
    with pytest.raises(ConfigError, match="raise min_weight"):
        co_share_pairs(crowd, max_pairs=1_000_000)
    assert co_share_pairs(crowd, min_weight=2, max_pairs=1).is_empty()


def test_wrong_use_is_one_sentence(tmp_path: Path) -> None:
    frame = pl.DataFrame(_posts(seed=1, number=5))
    for call in (
        lambda: co_share_pairs(frame, "likes"),
        lambda: co_share_pairs(frame, []),
        lambda: co_share_pairs(frame, window=-1),
        lambda: co_share_pairs(frame, window=float("nan")),
        lambda: co_share_pairs(frame.drop("account")),
        lambda: co_share_pairs(frame, columns={"account": "nobody"}),
        lambda: co_share_pairs(tmp_path / "absent.csv"),
        lambda: co_share_pairs(object()),
        lambda: co_share_pairs([]),
        lambda: co_share_pairs([1]),
    ):
        with pytest.raises(ConfigError):
            call()
    (tmp_path / "torn.csv").write_text(
        'message_id,user_id,timestamp,repost_id\n1,a,12,r\n2,"b,soon,r\n', encoding="utf-8"
    )
    with pytest.raises(Unreadable, match=r"torn\.csv"):
        co_share_pairs(tmp_path / "torn.csv")
    (tmp_path / "latin.csv").write_bytes(
        "message_id,user_id,timestamp,repost_id\n1,\xe9,12,r\n".encode("latin-1")
    )
    with pytest.raises(Unreadable, match=r"latin\.csv"):
        co_share_pairs(tmp_path / "latin.csv")


def test_empty_frames_give_empty_answers() -> None:
    empty = pl.DataFrame(_posts(seed=1, number=5)).clear()
    assert co_share_pairs(empty, SIGNALS).is_empty()
    assert co_share_pairs(empty, "repost").columns == [
        "signal",
        "a",
        "b",
        "weight",
        "weight_ab",
        "weight_ba",
        "objects",
    ]
