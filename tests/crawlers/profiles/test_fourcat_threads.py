"""4CAT's tables of Reddit, of TikTok's comments, and the newer ones of Instagram. All invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

AT, EPOCH = "2024-05-03T09:00:00.000Z", 1714726800
REDDIT = (
    "id,thread_id,timestamp,body,subject,author,author_flair,post_flair,image_file,domain,url,"
    "subreddit,parent,score,unix_timestamp"
)


def reddit(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"abc{number}", "thread_id": "abc1", "timestamp": "2024-05-03 11:00:00",
        "body": "Écoute 🐟 &amp; la mer", "author": f"person{number}", "subreddit": "mer",
        "score": number, "unix_timestamp": EPOCH,
    } | more  # fmt: skip


def test_reddit(exports: Exports) -> None:
    made = exports.table(
        "reddit.csv",
        REDDIT,
        [
            reddit(1, subject="La marée é", url="https://paper.example/a", domain="paper.example"),
            reddit(2, parent="t3_abc1"),
            reddit(3, parent="t1_abc2"),
            reddit(4, parent="abc3", author="[deleted]"),
            reddit(5, parent="abc1", body="[removed]"),
            "1,2",
        ],
    )
    assert made.format == "4cat-reddit"
    assert len(made.rejected) == 1
    post, comment, answer, bare, removed = made.rows.values()
    assert "text" not in removed or not removed["text"]
    assert (post["id"], post["title"], post["text"]) == (
        "t3_abc1", "La marée é", "Écoute 🐟 & la mer",
    )  # fmt: skip
    assert (post["platform"], post["published_at"]) == ("reddit", AT)
    assert post["author"] == {"id": "person1", "handle": "person1"}
    assert post["urls"] == ["https://paper.example/a"]
    assert (post["source"], post["metrics"]) == ("r/mer", {"likes": 1})
    assert post["url"] == "https://www.reddit.com/comments/abc1/"
    assert (comment["id"], comment["kind"], comment["reply_to"]) == (
        "t1_abc2", "comment", "t3_abc1",
    )  # fmt: skip
    assert (answer["reply_to"], bare["reply_to"]) == ("t1_abc2", "t1_abc3")
    assert answer["extra"]["root_id"] == "t3_abc1"
    assert "author" not in bare


COMMENTS = (
    "collected_from_url,id,thread_id,author,author_full,author_avatar_url,body,timestamp,"
    "unix_timestamp,likes,replies,post_id,post_url,post_body,comment_url,"
    "is_liked_by_post_author,is_sticky,is_comment_on_comment,language_guess"
)


def test_comments_of_tiktok(exports: Exports) -> None:
    first: dict[str, Any] = {
        "id": "741", "thread_id": "7300000000000000001", "author": "person1", "author_full": "Zoé",
        "body": "Écoute 🐟", "timestamp": "2024-05-03 11:00:00", "unix_timestamp": EPOCH,
        "likes": 3, "replies": 1, "post_id": "7300000000000000001", "language_guess": "fr",
        "post_url": "https://m.tiktok.example/v/7300000000000000001",
        "comment_url": "https://m.tiktok.example/v/7300000000000000001.html?c=741",
        "is_comment_on_comment": "no",
    }  # fmt: skip
    second = first | {"id": "742", "thread_id": "741", "is_comment_on_comment": "yes",
        "language_guess": "un"}  # fmt: skip
    made = exports.table("comments.csv", COMMENTS, [first, second, "1,2"])
    assert made.format == "4cat-tiktok-comments"
    assert len(made.rejected) == 1
    on_video, on_comment = made.rows.values()
    assert (on_video["kind"], on_video["text"], on_video["lang"]) == ("comment", "Écoute 🐟", "fr")
    assert on_video["author"] == {"id": "person1", "handle": "person1", "name": "Zoé"}
    assert (on_video["reply_to"], on_comment["reply_to"]) == ("7300000000000000001", "741")
    assert on_video["metrics"] == {"likes": 3, "replies": 1}
    assert on_video["url"] == first["comment_url"]


INSTAGRAM = (
    "collected_from_url,id,timestamp,thread_id,parent_id,url,body,author_id,author,"
    "author_fullname,verified,author_avatar_url,coauthors,coauthor_fullnames,coauthor_ids,"
    "media_type,num_media,image_urls,media_urls,hashtags,usertags,play_count,likes_hidden,"
    "num_likes,num_comments,location_name,location_id,location_latlong,location_city,"
    "unix_timestamp,missing_fields"
)


def test_newer_tables_of_instagram(exports: Exports) -> None:
    row = {
        "id": "Cabc1", "timestamp": "2024-05-03 11:00:00", "thread_id": "Cabc1",
        "parent_id": "Cabc1", "url": "https://www.instagram.com/p/Cabc1", "body": "Écoute 🐟 #mer",
        "author_id": "77", "author": "person1", "author_fullname": "Zoé", "verified": "True",
        "coauthors": "person2", "media_type": "mixed", "num_media": 2, "hashtags": "mer",
        "image_urls": "https://pic.example/a.jpg,https://pic.example/b.jpg",
        "media_urls": "https://pic.example/a.jpg,https://pic.example/b.mp4", "play_count": -1,
        "num_likes": -1, "num_comments": 4, "unix_timestamp": EPOCH,
    }  # fmt: skip
    made = exports.table("instagram.csv", INSTAGRAM, [row, "1,2"])
    assert made.format == "4cat-instagram"
    assert len(made.rejected) == 1
    (got,) = made.rows.values()
    assert got["author"] == {"id": "77", "handle": "person1", "name": "Zoé", "verified": True}
    assert (got["text"], got["published_at"]) == ("Écoute 🐟 #mer", AT)
    assert got["media"] == [
        {"url": "https://pic.example/a.jpg", "kind": "photo"},
        {"url": "https://pic.example/b.mp4", "kind": "video"},
    ]
    assert got["metrics"] == {"replies": 4}  # -1 says unknown
    assert got["extra"]["coauthors"] == "person2"
