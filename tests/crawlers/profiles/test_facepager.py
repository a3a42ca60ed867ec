"""Tables of Facepager, and those of X's archives of old. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

AT = "2018-05-03T09:00:00.000Z"
FACEPAGER = (
    "path,id,parent_id,level,object_id,object_type,object_key,query_status,query_time,query_type,"
    "message,created_time,from.name,from.id,link,permalink_url,shares.count,"
    "comments.summary.total_count,likes.summary.total_count"
)


def test_facepager(exports: Exports) -> None:
    seed = {"id": 1, "level": 0, "object_id": "harbour", "object_type": "seed"}
    node: dict[str, Any] = {
        "id": 2, "parent_id": 1, "level": 1, "object_id": "111_1", "object_type": "data",
        "query_status": "fetched (200)", "query_time": "2018-06-03 11:00:00",
        "query_type": "Facebook:/<Object ID>/posts", "message": "Écoute 🐟",
        "created_time": "2018-05-03T09:00:00+0000", "from.name": "Zoé", "from.id": "77",
        "link": "https://paper.example/a", "shares.count": 3, "likes.summary.total_count": 5,
        "permalink_url": "https://www.facebook.com/111/posts/1",
        "comments.summary.total_count": 4,
    }  # fmt: skip
    error = node | {"id": 3, "object_id": "", "message": "", "query_status": "error (400)"}
    made = exports.table("nodes.csv", FACEPAGER, [seed, node, error, "1;2"], delimiter=";")
    assert made.format == "facepager"
    assert len(made.rejected) == 1
    assert made.left_out == ["nodes that are no posts (seeds, answers without a text)"] * 2
    (got,) = made.rows.values()
    assert (got["id"], got["platform"], got["text"]) == ("111_1", "facebook", "Écoute 🐟")
    assert (got["author"], got["published_at"]) == ({"id": "77", "name": "Zoé"}, AT)
    assert got["urls"] == ["https://paper.example/a"]
    assert got["url"] == "https://www.facebook.com/111/posts/1"
    assert got["metrics"] == {"likes": 5, "reposts": 3, "replies": 4}
    assert "reply_to" not in got


def test_archives_of_old(exports: Exports) -> None:
    header = "tweet_id,in_reply_to_status_id,in_reply_to_user_id,timestamp,source,text,"
    header += "retweeted_status_id,retweeted_status_user_id,retweeted_status_timestamp,"
    header += "expanded_urls"
    row = {
        "tweet_id": "1780000000000000001", "timestamp": "2018-05-03 09:00:00 +0000",
        "source": '<a href="https://client.example">Some Client</a>', "text": "Écoute 🐟 é",
        "expanded_urls": "https://paper.example/a,https://paper.example/a",
    }  # fmt: skip
    repost = row | {"tweet_id": "1780000000000000002", "text": "RT @autre: Oui",
        "retweeted_status_id": "1770000000000000009"}  # fmt: skip
    reply = row | {"tweet_id": "1780000000000000003", "in_reply_to_status_id": row["tweet_id"]}
    made = exports.table("tweets.csv", header, [row, repost, reply, "1,2"])
    assert made.format == "x-archive-csv"
    assert len(made.rejected) == 1
    first, second, third = made.rows.values()
    assert (first["platform"], first["published_at"]) == ("x", AT)
    assert first["urls"] == ["https://paper.example/a"]
    assert first["extra"] == {"client": "Some Client"}
    assert (second["repost_of"], third["reply_to"]) == ("1770000000000000009", first["id"])


def test_hydrator(exports: Exports) -> None:
    """DocNow's Hydrator has quotes in a column of their own, and no ``tweet_type``."""
    header = "coordinates,created_at,hashtags,media,urls,favorite_count,id,"
    header += "in_reply_to_screen_name,in_reply_to_status_id,in_reply_to_user_id,lang,place,"
    header += "possibly_sensitive,quote_id,retweet_count,retweet_id,retweet_screen_name,source,"
    header += "text,tweet_url,user_created_at,user_id,user_name,user_screen_name"
    row = {
        "id": "1780000000000000001", "created_at": "Thu May 03 09:00:00 +0000 2018",
        "text": "Écoute 🐟 é", "user_id": "901", "user_screen_name": "person1", "user_name": "Zoé",
        "tweet_url": "https://twitter.com/person1/status/1780000000000000001", "lang": "fr",
    }  # fmt: skip
    first = str(row["id"])
    repost = row | {"id": "1780000000000000002", "text": "RT @person1: Éc…", "retweet_id": first}
    quote = row | {"id": "1780000000000000003", "quote_id": first}
    reply = row | {"id": "1780000000000000004", "in_reply_to_status_id": first}
    made = exports.table("hydrated.csv", header, [row, repost, quote, reply, "1,2"])
    assert made.format == "twarc1-csv"
    assert len(made.rejected) == 1
    post, *others = made.rows.values()
    assert post["author"] == {"id": "901", "handle": "person1", "name": "Zoé"}
    relations = [{k: o[k] for k in ("repost_of", "quote_of", "reply_to") if k in o} for o in others]
    assert relations == [{"repost_of": first}, {"quote_of": first}, {"reply_to": first}]
