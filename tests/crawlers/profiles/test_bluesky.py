"""Bluesky's Jetstream and the answers of its API. All content is invented."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crawlers.profiles.conftest import Exports

FIRST = "at://did:plc:aaa/app.bsky.feed.post/3l1"
TEXT = "Pas d'eau à Mayotte 🐟 @max.example #mayotte paper.example/a…"


def facet(text: str, part: str, **feature: Any) -> dict[str, Any]:
    start = len(text[: text.index(part)].encode())
    index = {"byteStart": start, "byteEnd": start + len(part.encode())}
    return {"index": index, "features": [feature]}


RECORD = {
    "$type": "app.bsky.feed.post", "createdAt": "2024-09-09T19:46:02.102Z", "langs": ["fr", "en"],
    "text": TEXT,
    "facets": [
        facet(TEXT, "@max.example", did="did:plc:m"),
        facet(TEXT, "#mayotte", tag="mayotte"),
        facet(
            TEXT, "paper.example/a…",
            uri="https://paper.example/a/1",
        ),
    ],
}  # fmt: skip


def post(text: str = "réponse", **more: Any) -> dict[str, Any]:
    created = {"createdAt": "2024-09-09T19:46:05.000Z", "langs": ["fr"]}
    return {"$type": "app.bsky.feed.post", "text": text} | created | more


def commit(
    who: str, key: str, record: dict[str, Any] | None, kind: str = "post", **more: Any
) -> dict[str, Any]:
    what = {"rev": "3l3", "operation": "create", "collection": f"app.bsky.feed.{kind}"}
    what |= {"rkey": key, "cid": "bafy"} | ({"record": record} if record else {}) | more
    return {"did": f"did:plc:{who}", "time_us": 1725911172329308, "kind": "commit", "commit": what}


def test_jetstream(exports: Exports) -> None:
    subject = {"subject": {"cid": "bafy", "uri": FIRST}, "createdAt": "2024-09-09T19:46:03Z"}
    pointer = {"cid": "bafy", "uri": FIRST}
    quote = {"$type": "app.bsky.embed.record", "record": pointer}
    identity = {"did": "did:plc:e", "time_us": 1, "kind": "identity", "identity": {}}
    made = exports.json_lines(
        "stream.ndjson",
        [
            commit("aaa", "3l1", RECORD),
            commit("bbb", "3l2", subject, "repost"),
            commit("ccc", "3l3", subject, "like"),
            commit("ddd", "3l4", post(reply={"parent": pointer, "root": pointer})),
            commit("eee", "3l5", post("voyez", embed=quote)),
            commit("fff", "3l6", post("tôt", createdAt="0001-01-01T00:00:00Z")),
            commit("fff", "3l7", None, operation="delete"),
            identity,
            '{"did": "did:plc:x", "time_us"',
        ],
    )
    assert made.format == "bluesky-jetstream"
    assert made.left_out == ["likes", "news of accounts"]
    assert len(made.rejected) == 1
    first, repost, reply, quoting, early, gone = made.rows.values()
    assert (gone["id"], gone["text"]) == ("at://did:plc:fff/app.bsky.feed.post/3l7", "")
    assert gone["deleted_at"] == "2024-09-09T19:46:12.329Z"
    assert first["id"] == FIRST
    assert first["platform"] == "bluesky"
    assert first["author"]["id"] == "did:plc:aaa"
    assert (first["text"], first["lang"]) == (TEXT, "fr")
    assert first["published_at"] == "2024-09-09T19:46:02.102Z"
    assert first["urls"] == ["https://paper.example/a/1"]
    assert (first["hashtags"], first["mentions"]) == (["mayotte"], ["max.example"])
    assert repost["id"] == "at://did:plc:bbb/app.bsky.feed.repost/3l2"
    assert repost["repost_of"] == FIRST
    assert reply["reply_to"] == FIRST
    assert quoting["quote_of"] == FIRST
    assert early["published_at"] == "2024-09-09T19:46:12.329Z"
    assert early["published_precision"] == "minute"
    assert early["extra"]["created_at"] == "0001-01-01T00:00:00Z"


def view(who: str, key: str, record: dict[str, Any], **more: Any) -> dict[str, Any]:
    author = {"did": f"did:plc:{who}", "handle": f"{who}.bsky.social", "displayName": f"É {who}"}
    return {
        "uri": f"at://did:plc:{who}/app.bsky.feed.post/{key}", "cid": "bafy", "author": author,
        "record": record, "replyCount": 1, "repostCount": 2, "likeCount": 3, "quoteCount": 4,
        "indexedAt": "2024-09-09T19:46:09.502Z", "labels": [],
    } | more  # fmt: skip


def views() -> list[dict[str, Any]]:
    pointer = {"cid": "bafy", "uri": FIRST}
    embed = {"$type": "app.bsky.embed.record", "record": pointer}
    shown = {k: v for k, v in view("aaa", "3l1", RECORD).items() if k != "record"}
    shown |= {"$type": "app.bsky.embed.record#viewRecord", "value": RECORD}
    return [
        view("ddd", "3l4", post(reply={"parent": pointer, "root": pointer})),
        view(
            "eee", "3l5", post("voyez", embed=embed),
            embed={"$type": "app.bsky.embed.record#view", "record": shown},
        ),
        view("fff", "3l6", post("tard", createdAt="2099-01-01T00:00:00.000Z")),
    ]  # fmt: skip


@pytest.mark.parametrize("layout", ["posts", "feed", "lines"])
def test_answers(exports: Exports, layout: str) -> None:
    if layout == "lines":
        made = exports.json_lines("posts.jsonl", [*views(), '{"uri": "at'])
    elif layout == "posts":
        made = exports.json("a.json", {"cursor": "1", "hitsTotal": 3, "posts": [*views(), "x"]})
    else:
        reason = {
            "$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": "2024-09-09T20:00:00.000Z",
            "by": {"did": "did:plc:r", "handle": "r.example", "displayName": "R"},
            "uri": "at://did:plc:r/app.bsky.feed.repost/3r",
        }  # fmt: skip
        items: list[Any] = [{"post": v} for v in views()]
        items += [{"post": view("aaa", "3l1", RECORD), "reason": reason}, "x"]
        made = exports.json("a.json", {"feed": items})
    assert made.format == ("bluesky" if layout == "lines" else "bluesky-answers")
    assert len(made.rejected) == 1
    reply, quoting, first, late = list(made.rows.values())[:4]
    assert reply["reply_to"] == FIRST
    assert reply["author"] == {
        "id": "did:plc:ddd", "handle": "ddd.bsky.social", "name": "É ddd",
    }  # fmt: skip
    counts = reply["metrics"]
    assert [counts[k] for k in ("likes", "reposts", "replies", "quotes")] == [3, 2, 1, 4]
    assert quoting["quote_of"] == first["id"] == FIRST
    assert first["text"] == TEXT
    assert late["published_at"] == "2024-09-09T19:46:09.502Z"
    assert late["published_precision"] == "minute"
    if layout == "feed":
        repost = made.rows["at://did:plc:r/app.bsky.feed.repost/3r"]
        assert (repost["repost_of"], repost["author"]["handle"]) == (FIRST, "r.example")


def test_flat_posts(exports: Exports) -> None:
    author = {"did": "did:plc:a", "handle": "a.bsky.social"}
    seen = {"indexedAt": "2024-09-09T19:46:02.502Z", "langs": ["fr"], "author": author}
    texts = ["0001-01-01T00:00:00.000Z", "2024-09-09T19:46:02.102+0200", ""]
    made = exports.json_lines(
        "flat.jsonl",
        [
            {"uri": f"at://did:plc:a/app.bsky.feed.post/{n}", "text": "é", "createdAt": at} | seen
            for n, at in enumerate(texts)
        ],
    )
    times = [row["published_at"] for row in made.rows.values()]
    assert times == [
        "2024-09-09T19:46:02.502Z", "2024-09-09T17:46:02.102Z", "2024-09-09T19:46:02.502Z",
    ]  # fmt: skip


def test_replaced_times_are_said(exports: Exports) -> None:
    future, first = post(createdAt="2099-01-01T00:00:00Z"), post(createdAt="0001-01-01T00:00:00Z")
    made = exports.json_lines(
        "stream.ndjson",
        [
            commit("a", "1", post()),
            commit("b", "2", future),
            commit("c", "3", first),
            commit("d", "4", post(createdAt="")),
        ],
    )
    assert made.notes == ["intake.times_replaced"]
    assert "3 posts have impossible times (such as 2099-01" in made.said[0]
    assert [row["published_at"][:4] for row in made.rows.values()] == ["2024"] * 4
    assert exports.json_lines("fine.ndjson", [commit("a", "1", post())]).notes == []


def test_the_first_version_of_jetstream(exports: Exports) -> None:
    def event(kind: str, key: str) -> dict[str, Any]:
        what = {"rev": "3l3", "type": kind, "collection": "app.bsky.feed.post", "rkey": key}
        what |= {"record": post()} if kind == "c" else {}
        return {"did": "did:plc:a", "time_us": 1725911172329308, "type": "com", "commit": what}

    made = exports.json_lines("old.ndjson", [event("c", "1"), event("d", "2"), '{"did"'])
    assert (made.format, made.left_out) == ("bluesky-jetstream", [])
    kept, gone = made.rows
    assert kept == "at://did:plc:a/app.bsky.feed.post/1"
    assert made.rows[gone]["deleted_at"].startswith("2024-09-09T19:46:12")
    assert len(made.rejected) == 1


def test_a_thread(exports: Exports) -> None:
    def shown(key: str, **more: Any) -> dict[str, Any]:
        own = f"at://did:plc:{key}/app.bsky.feed.post/{key}"
        author = {"did": f"did:plc:{key}", "handle": f"{key}.example", "displayName": "Zoé 🐟"}
        view = {"uri": own, "author": author, "record": post(**more), "likeCount": 3}
        return {"post": view | {"indexedAt": "2024-09-09T19:46:06.000Z"}}

    parent = {"uri": "at://did:plc:b/app.bsky.feed.post/b"}
    gone = {"$type": "app.bsky.feed.defs#blockedPost", "uri": FIRST, "blocked": True}
    below = shown("c", reply={"parent": parent}) | {"replies": [shown("d")]}
    thread = shown("b") | {"parent": shown("a"), "replies": [below, gone, shown("e")]}
    made = exports.json("thread.json", {"thread": thread})
    assert made.format == "bluesky"
    assert [own.rpartition("/")[2] for own in made.rows] == ["a", "b", "c", "d", "e"]
    assert made.rows["at://did:plc:c/app.bsky.feed.post/c"]["reply_to"] == parent["uri"]
    assert made.left_out == ["posts of a thread that are gone or blocked"]


def test_answers_with_the_keys_of_pythons_library(exports: Exports) -> None:
    record = {"py_type": "app.bsky.feed.post", "text": "été 🐟", "created_at":
        "2024-09-09T19:46:05.000Z", "reply": {"parent": {"uri": FIRST}}}  # fmt: skip
    author = {"did": "did:plc:a", "handle": "zoe.example", "display_name": "Zoé 🐟"}
    shown = {"uri": "at://did:plc:a/app.bsky.feed.post/3l9", "author": author, "record": record,
        "indexed_at": "2024-09-09T19:46:06.000Z", "like_count": 3, "repost_count": 2}  # fmt: skip
    reason = {"py_type": "app.bsky.feed.defs#reasonRepost", "by": {"did": "did:plc:b"},
        "indexed_at": "2024-09-09T20:00:00.000Z"}  # fmt: skip
    made = exports.json_lines("posts.jsonl", [shown, {"post": shown, "reason": reason}, '{"uri"'])
    assert (made.format, len(made.rejected)) == ("bluesky", 1)
    post_, repost = made.rows.values()
    assert (post_["author"]["name"], post_["reply_to"]) == ("Zoé 🐟", FIRST)
    assert post_["published_at"] == "2024-09-09T19:46:05.000Z"
    assert post_["metrics"].items() >= {"likes": 3, "reposts": 2}.items()
    assert (repost["repost_of"], repost["author"]["id"]) == (shown["uri"], "did:plc:b")
