"""X's API v1.1 and the archive that X gives its users. All content is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from crawlers.importing.file_reader import FileReader, ImportOptions
from tests.crawlers.profiles.conftest import Exports
from tocsin.core.errors import ConfigError

AT, SAME = "Fri May 03 09:00:00 +0000 2024", "2024-05-03T09:00:00.000Z"
CLIENT = '<a href="https://client.example" rel="nofollow">Some Client</a>'
LONG = "Écoute 🐟 les bancs de sardines passent au large &amp; remontent " * 3


def user(number: int) -> dict[str, Any]:
    return {
        "id": 900 + number, "id_str": f"90{number}", "screen_name": f"person{number}",
        "name": f"Personne {number}", "followers_count": 3, "friends_count": 4,
        "statuses_count": 5, "verified": False, "description": "Marée é",
        "created_at": "Sun May 03 09:00:00 +0000 2015",
    }  # fmt: skip


def status(number: int, **more: Any) -> dict[str, Any]:
    native = f"178000000000000000{number}"
    return {
        "created_at": AT, "id": int(native), "id_str": native, "text": f"Écoute {number} 🐟",
        "source": CLIENT, "truncated": False, "in_reply_to_status_id": None,
        "in_reply_to_status_id_str": None, "user": user(number), "is_quote_status": False,
        "entities": {"hashtags": [], "urls": [], "user_mentions": [], "symbols": []},
        "retweet_count": 2, "favorite_count": 7, "lang": "fr",
    } | more  # fmt: skip


def entities(address: str = "https://paper.example/a") -> dict[str, Any]:
    return {
        "hashtags": [{"text": "mer", "indices": [0, 4]}],
        "urls": [{"url": "https://t.co/x", "expanded_url": address, "display_url": "paper…"}],
        "user_mentions": [{"screen_name": "autre", "id_str": "77", "name": "Autre"}],
    }


FIRST = status(
    1,
    text="Écoute 🐟 les bancs… https://t.co/x",
    truncated=True,
    extended_tweet={"full_text": LONG, "entities": entities(), "extended_entities": {
        "media": [{"media_url_https": "https://pic.example/a.jpg", "type": "photo"}]}},
)  # fmt: skip


def test_stream(exports: Exports) -> None:
    made = exports.json_lines(
        "stream.jsonl",
        [
            FIRST,
            {"delete": {"status": {"id": 1, "id_str": "1", "user_id": 3}}},
            status(2, text="RT @person1: Écoute 🐟…", retweeted_status=FIRST),
            status(3, quoted_status=FIRST, quoted_status_id_str=FIRST["id_str"],
                is_quote_status=True),
            status(4, in_reply_to_status_id=int(FIRST["id_str"]),
                in_reply_to_status_id_str=FIRST["id_str"], in_reply_to_screen_name="person1"),
            status(5, retweeted_status=status(8, full_text="Parti au large")),
            '{"created_at": "Fri May 03',
        ],
    )  # fmt: skip
    assert made.format == "x-api-v1"
    assert made.left_out == ["notices of the stream"]
    assert len(made.rejected) == 1
    first, repost, quote, reply, _, carried = made.rows.values()
    assert first["id"] == "1780000000000000001"
    assert first["platform"] == "x"
    assert first["author"] == {
        "id": "901", "handle": "person1", "name": "Personne 1", "followers": 3, "following": 4,
        "posts": 5, "verified": False, "description": "Marée é",
        "created_at": "2015-05-03T09:00:00.000Z",
    }  # fmt: skip
    assert first["text"] == LONG.replace("&amp;", "&")
    assert first["published_at"] == SAME
    assert (first["urls"], first["hashtags"], first["mentions"]) == (
        ["https://paper.example/a"], ["mer"], ["autre"],
    )  # fmt: skip
    assert first["media"] == [{"url": "https://pic.example/a.jpg", "kind": "photo"}]
    assert first["metrics"] == {"likes": 7, "reposts": 2}
    assert first["extra"] == {"client": "Some Client"}
    assert first["url"] == "https://x.com/person1/status/1780000000000000001"
    assert repost["repost_of"] == quote["quote_of"] == reply["reply_to"] == first["id"]
    assert repost["text"] == "RT @person1: " + first["text"]
    assert repost["author"]["handle"] == "person2"
    assert repost["urls"] == ["https://paper.example/a"]
    assert repost["mentions"] == ["person1", "autre"]
    assert "quote_of" not in repost
    assert (carried["text"], carried["author"]["id"]) == ("Parti au large", "908")
    assert len([d for d in made.documents if d.id.endswith("0008")]) == 1


def test_a_search_answer_and_hydrated_ids(exports: Exports) -> None:
    whole = {key: value for key, value in status(1).items() if key != "text"}
    page = {"statuses": [whole | {"full_text": LONG}, status(2)], "search_metadata": {"count": 2}}
    made = exports.json("page.json", page)
    assert made.format == "x-api-v1"
    assert [row["text"][:6] for row in made.rows.values()] == ["Écoute", "Écoute"]
    assert exports.json("list.json", [whole | {"full_text": LONG}]).format == "x-api-v1"


def own(number: int, text: str = "Écoute 🐟 à bord", **more: Any) -> dict[str, Any]:
    native = f"178000000000000000{number}"
    return {"tweet": {
        "edit_info": {}, "retweeted": False, "source": CLIENT, "entities": {"urls": []},
        "favorite_count": "7", "id_str": native, "id": native, "retweet_count": "1",
        "created_at": AT, "full_text": text, "lang": "fr",
    } | more}  # fmt: skip


def test_archive(exports: Exports) -> None:
    quoted = entities("https://twitter.com/autre/status/1770000000000000009")
    tweets = [
        own(1, entities=entities()),
        own(2, "RT @autre: Écoute é…"),
        own(3, "Voyez https://t.co/x", entities=quoted),
        own(4, "Oui", in_reply_to_status_id_str="1780000000000000001",
            in_reply_to_user_id_str="55", in_reply_to_screen_name="Capitaine"),
        own(5, "@autre Non", in_reply_to_status_id_str="1660000000000000001",
            in_reply_to_user_id_str="77", in_reply_to_screen_name="autre"),
    ]  # fmt: skip
    text = json.dumps(tweets, indent=2, ensure_ascii=False)
    broken = text[:-2] + ',\n{ "tweet": {"id_str": oops} },\n{ "tweet" : {} }]'
    made = exports.read("tweets.js", "window.YTD.tweets.part0 = " + broken)
    assert made.format == "x-archive"
    assert len(made.rejected) == 1
    assert made.left_out == ["objects that are no status"]
    first, repost, quote, reply, other = made.rows.values()
    assert {row["author"]["id"] for row in made.rows.values()} == {"55"}
    assert first["author"]["handle"] == "Capitaine"
    assert first["published_at"] == SAME
    assert (first["text"], first["platform"]) == ("Écoute 🐟 à bord", "x")
    assert (first["urls"], first["hashtags"]) == (["https://paper.example/a"], ["mer"])
    assert first["metrics"] == {"likes": 7, "reposts": 1}
    assert repost["extra"]["repost_of_handle"] == "autre"
    assert quote["quote_of"] == "1770000000000000009"
    assert reply["reply_to"] == first["id"]
    assert other["reply_to"] == "1660000000000000001"


def test_archive_of_old_and_of_an_account_that_is_not_known(exports: Exports) -> None:
    bare = [own(1)["tweet"], own(2)["tweet"]]
    made = exports.read("tweet.js", "window.YTD.tweet.part0 = " + json.dumps(bare))
    assert made.format == "x-archive"
    assert all("author" not in row for row in made.rows.values())
    assert [row["url"][:24] for row in made.rows.values()] == ["https://x.com/i/status/1"] * 2


def test_archive_whose_account_stands_beside_it(tmp_path: Path, exports: Exports) -> None:
    who = {"email": "x@mail.example", "username": "Capitaine", "accountId": "55",
        "createdAt": "2015-05-03T09:00:00.000Z", "accountDisplayName": "Zoé"}  # fmt: skip
    account = "window.YTD.account.part0 = " + json.dumps([{"account": who}])
    tweets = "window.YTD.tweets.part0 = " + json.dumps([own(1)])
    author = {"id": "55", "handle": "Capitaine", "name": "Zoé",
        "created_at": "2015-05-03T09:00:00.000Z"}  # fmt: skip
    exports.read("account.js", account, format="jsonl", mapping={"text": "account.username"})
    (row,) = exports.read("tweets.js", tweets).rows.values()
    assert row["author"] == author
    assert row["url"] == "https://x.com/Capitaine/status/1780000000000000001"
    with ZipFile(tmp_path / "twitter.zip", "w") as packed:
        packed.writestr("data/account.js", account)
        packed.writestr("data/tweets.js", tweets)
    reader = FileReader(f"{tmp_path / 'twitter.zip'}!data/tweets.js", ImportOptions())
    documents = [item[1] for item in reader.documents() if isinstance(item, tuple)]
    reader.close()
    assert [d.author.id for d in documents if d.author] == ["x:55"]


def note(text: str, at: str = SAME) -> dict[str, Any]:
    core = {"styletags": [], "cashtags": [], "text": text, "hashtags": [{"text": "mer"}],
        "urls": [{"url": "https://t.co/x", "expandedUrl": "https://paper.example/a"}],
        "mentions": [{"screenName": "autre", "id": "77"}]}  # fmt: skip
    return {"noteTweet": {"noteTweetId": "1650000000000000009", "updatedAt": at,
        "createdAt": at, "core": core}}  # fmt: skip


def test_long_texts_of_an_archive_stand_in_a_file_of_their_own(exports: Exports) -> None:
    whole = "Écoute 🐟 les bancs de sardines &amp; la mer " * 12 + "fin"
    notes = "window.YTD.note_tweet.part0 = " + json.dumps([note(whole), note("Autre é")])
    alone = exports.read("note-tweet.js", notes)
    assert alone.format == "x-archive"
    row = next(iter(alone.rows.values()))
    assert (row["text"], row["published_at"]) == (whole.replace("&amp;", "&"), SAME)
    assert (row["urls"], row["hashtags"], row["mentions"]) == (
        ["https://paper.example/a"], ["mer"], ["autre"],
    )  # fmt: skip
    tweets = [own(1, whole[:280] + "… https://t.co/y"), own(2, "Court é")]
    made = exports.read("tweets.js", "window.YTD.tweets.part0 = " + json.dumps(tweets))
    first, second = made.rows.values()
    assert first["text"] == whole.replace("&amp;", "&")
    assert (first["id"], first["hashtags"]) == ("1780000000000000001", ["mer"])
    assert second["text"] == "Court é"
    again = exports.read("note-tweet.js", notes)  # its texts come in with tweets.js
    assert not again.rows
    assert again.left_out == ["whole texts of posts of tweets.js, which come in with it"] * 2


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("like.js", {"like": {"tweetId": "5", "fullText": "D'un autre",
            "expandedUrl": "https://twitter.com/i/web/status/5"}}),
        ("follower.js", {"follower": {"accountId": "5", "userLink": "https://x.example/5"}}),
        ("tweet-headers.js", {"tweet": {"tweet_id": "5", "user_id": "6", "created_at": AT}}),
        ("direct-messages.js", {"dmConversation": {"conversationId": "1-2", "messages": [
            {"messageCreate": {"text": "secret", "createdAt": SAME, "senderId": "1"}}]}}),
    ],
)  # fmt: skip
def test_likes_and_messages_of_an_archive_are_no_posts(
    name: str, one: dict[str, Any], exports: Exports
) -> None:
    content = f"window.YTD.{name[:-3].replace('-', '_')}.part0 = " + json.dumps([one] * 3)
    with pytest.raises(ConfigError):
        exports.read(name, content)


def test_weibo_is_not_taken_for_x(exports: Exports) -> None:
    post = status(1) | {"mid": "5", "idstr": "5"}
    assert exports.json_lines("weibo.jsonl", [post, post]).format == "jsonl"
