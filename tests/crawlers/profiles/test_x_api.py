"""X's API v2: tables of twarc-csv, envelopes, flattened tweets. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

HEADER = (
    "id", "conversation_id", "referenced_tweets.replied_to.id", "referenced_tweets.retweeted.id",
    "referenced_tweets.quoted.id", "author_id", "in_reply_to_user_id", "retweeted_username",
    "created_at", "text", "lang", "source", "public_metrics.impression_count",
    "public_metrics.reply_count", "public_metrics.retweet_count", "public_metrics.quote_count",
    "public_metrics.like_count", "entities.hashtags", "entities.mentions", "entities.urls",
    "author.id", "author.username", "author.name", "author.public_metrics.followers_count",
    "__twarc.retrieved_at",
)  # fmt: skip
AT = "2024-05-03T09:00:00.000Z"


def row(number: int, **more: Any) -> dict[str, Any]:
    values = {"id": f"17800000000000000{number:02}", "author_id": f"90{number}", "created_at": AT}
    values |= {
        "author.id": f"90{number}",
        "author.username": f"person{number}",
        "text": "Écoute 🐟",
    }
    return values | {"source": "Some Client", "lang": "fr", "public_metrics.like_count": 4} | more


def test_twarc_csv(exports: Exports) -> None:
    target = "1780000000000000001"
    urls = '[{"url": "https://t.co/x", "expanded_url": "https://paper.example/a"}]'
    made = exports.table(
        "tweets.csv",
        HEADER,
        [
            row(1, **{"entities.urls": urls, "entities.hashtags": '[{"tag": "mer"}]'}),
            row(2, **{"referenced_tweets.retweeted.id": target, "retweeted_username": "person1"}),
            row(3, **{"referenced_tweets.quoted.id": target}),
            row(4, **{"referenced_tweets.replied_to.id": target}),
            row(5, retweeted_username="person1", text="RT @person1: a &amp; b"),
            "1,2,3",
        ],
    )
    assert made.format == "twarc-csv"
    assert len(made.rejected) == 1
    first, repost, quote, reply, unknown = made.rows.values()
    assert first["platform"] == "x"
    assert first["author"] == {"id": "901", "handle": "person1"}
    assert first["text"] == "Écoute 🐟"
    assert first["urls"] == ["https://paper.example/a"]
    assert first["hashtags"] == ["mer"]
    assert first["metrics"] == {"likes": 4}
    assert "source" not in first or first["source"] != "Some Client"
    assert first["published_at"] == AT
    assert repost["repost_of"] == quote["quote_of"] == reply["reply_to"] == target
    assert unknown["extra"]["repost_of_handle"] == "person1"
    assert unknown["text"] == "RT @person1: a & b"


USERS = [
    {"id": "901", "username": "ana", "name": "Ana", "public_metrics": {"followers_count": 3}},
    {"id": "902", "username": "bo", "name": "Bo"},
]
LONG = "Une longue phrase " * 15


def tweet(number: int, by: str = "901", **more: Any) -> dict[str, Any]:
    base = {"id": f"178000000000000000{number}", "author_id": by, "text": f"Écoute {number} 🐟"}
    return base | {"created_at": AT, "public_metrics": {"like_count": 1}} | more


def test_envelopes_also_with_one_post(exports: Exports) -> None:
    retweet = tweet(
        2, "902", text="RT @ana: Une longue…", referenced_tweets=[{"type": "retweeted", "id": "77"}]
    )
    original = tweet(7) | {"id": "77", "text": LONG, "entities": {"hashtags": [{"tag": "mer"}]}}
    pages = [
        {"data": [tweet(1), retweet], "includes": {"users": USERS, "tweets": [original]}},
        {"data": tweet(3, referenced_tweets=[{"type": "quoted", "id": "77"}]),
            "includes": {"users": USERS}},
        {"meta": {"result_count": 0}, "data": []},
        "{broken",
    ]  # fmt: skip
    made = exports.json_lines("tweets.jsonl", pages)
    assert made.format == "x-api-v2"
    assert list(made.rows) == ["1780000000000000001", "1780000000000000002", "77",
        "1780000000000000003"]  # fmt: skip
    repeat = made.rows["1780000000000000002"]
    assert repeat["repost_of"] == "77"
    assert repeat["text"] == f"RT @ana: {LONG}"
    assert repeat["hashtags"] == ["mer"]
    assert repeat["author"]["handle"] == "bo"
    assert made.rows["77"]["author"] == {
        "id": "901", "handle": "ana", "name": "Ana", "followers": 3
    }  # fmt: skip
    assert made.rows["1780000000000000003"]["quote_of"] == "77"
    assert made.left_out == ["an answer without posts"]
    assert len(made.rejected) == 1


def test_one_page_on_one_line_that_is_longer_than_the_head(exports: Exports) -> None:
    page = {"data": [tweet(n) | {"id": str(n), "text": LONG} for n in range(1, 2_000)],
        "includes": {"users": USERS}}  # fmt: skip
    made = exports.json_lines("page.json", [page])
    assert made.format == "x-api-v2"
    assert len(made.rows) == 1_999
    assert made.rows["1999"]["author"]["handle"] == "ana"


def test_flattened(exports: Exports) -> None:
    original = tweet(7, text=LONG, author=USERS[0])
    made = exports.json_lines(
        "flat.jsonl",
        [
            tweet(
                2, "902", author=USERS[1], text="RT @ana: Une…",
                referenced_tweets=[{"type": "retweeted", **original}],
            )
        ],
    )  # fmt: skip
    repeat, whole = made.rows.values()
    assert repeat["repost_of"] == whole["id"] == original["id"]
    assert repeat["text"] == f"RT @ana: {LONG.strip()}" or LONG in repeat["text"]


def test_a_map_takes_precedence_for_the_key_that_it_names(exports: Exports) -> None:
    made = exports.table("t.csv", HEADER, [row(1)], mapping={"title": "lang"})
    (only,) = made.rows.values()
    assert (made.format, only["title"], only["text"]) == ("twarc-csv", "fr", "Écoute 🐟")


def test_other_data_with_the_same_names_are_not_taken_for_x(exports: Exports) -> None:
    rows = [{"id": str(n), "author_id": "a", "text": "Écoute", "created_at": AT} for n in range(3)]
    made = exports.json_lines("rows.jsonl", rows)
    assert made.format == "jsonl"
    assert {row["platform"] for row in made.rows.values()} == {"other"}
    known = [row | {"id": f"178000000000000000{row['id']}"} for row in rows]
    assert exports.json_lines("tweets.jsonl", known).format == "x-api-v2"


def test_accounts_and_notices_are_no_posts(exports: Exports) -> None:
    account = {"id": "5", "username": "zoe", "name": "Zoé", "description": "Marée",
        "created_at": "2015-05-03T09:00:00.000Z",
        "public_metrics": {"followers_count": 3, "tweet_count": 4}}  # fmt: skip
    made = exports.json_lines("users.jsonl", [{"data": [account]}, account])
    assert made.format == "x-api-v2"
    assert not made.rows
    assert made.left_out == ["accounts, no posts"] * 2
    header = "id,created_at,username,name,description,pinned_tweet_id,"
    header += "public_metrics.followers_count,public_metrics.following_count"
    row = {"id": "5", "username": "zoe", "description": "Marée", "created_at": AT}
    table = exports.table("users.csv", header, [row])
    assert (table.format, table.left_out, table.rows) == ("twarc-csv", ["accounts, no posts"], {})
    stream = [{"data": tweet(1)}, {"errors": [{"title": "operational-disconnect"}]}]
    assert exports.json_lines("s.jsonl", stream).left_out == ["an answer without posts"]


def test_line_breaks_of_twarc_csv(exports: Exports) -> None:
    header = "id,referenced_tweets.retweeted.id,author_id,created_at,text,__twarc.version"
    row = {"id": "1780000000000000001", "author_id": "5", "created_at": AT,
        "text": "Une ligne\\nune autre", "__twarc.version": "2.14.0"}  # fmt: skip
    (got,) = exports.table("twarc.csv", header, [row]).rows.values()
    assert got["text"] == "Une ligne\nune autre"


def test_what_came_along_kept_apart(exports: Exports) -> None:
    user = {"id": "901", "username": "person1", "name": "Zoé",
        "public_metrics": {"followers_count": 3}}  # fmt: skip
    made = exports.json("users_1.json", {"users": [user], "tweets": [tweet(1)], "media": []})
    assert made.format == "x-api-v2"
    (got,) = made.rows.values()
    assert got["author"]["handle"] == "person1"
    assert exports.json("users_2.json", {"users": [user]}).left_out == ["accounts, no posts"]
