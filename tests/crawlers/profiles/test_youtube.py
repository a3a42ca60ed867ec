"""YouTube Data Tools. All content is invented."""

from __future__ import annotations

from tests.crawlers.profiles.conftest import Exports

VIDEOS = (
    "position,channelId,channelTitle,videoId,publishedAt,publishedAtSQL,videoTitle,"
    "videoDescription,tags,videoCategoryId,videoCategoryLabel,topicCategories,duration,"
    "durationSec,dimension,definition,caption,defaultLanguage,defaultLAudioLanguage,"
    "thumbnail_maxres,licensedContent,locationDescription,latitude,longitude,viewCount,"
    "likeCount,dislikeCount,favoriteCount,commentCount"
)
COMMENTS = (
    "id,replyCount,likeCount,publishedAt,authorName,text,authorChannelId,authorChannelUrl,"
    "isReply,isReplyToId,isReplyToName"
)
CHANNEL = "UCaaaaaaaaaaaaaaaaaaaaaa"


def test_videos(exports: Exports) -> None:
    video = {
        "channelId": CHANNEL, "channelTitle": "Chaîne É", "videoId": "dQw4w9WgXcQ",
        "publishedAt": "2022-03-05T07:00:00Z", "publishedAtSQL": "2022-03-05 07:00:00",
        "videoTitle": "L'eau à Mayotte 🐟", "tags": "eau,mayotte", "caption": "false",
        "videoDescription": "Enquête #eau https://paper.example/a", "defaultLanguage": "fr",
        "viewCount": 12000, "likeCount": 300, "commentCount": 45,
    }  # fmt: skip
    made = exports.table(
        "videolist.csv", VIDEOS, [video, video | {"videoId": "-abcdefghij", "likeCount": ""}]
    )
    assert made.format == "ytdt-videos"
    first, second = made.rows.values()
    assert (first["id"], first["platform"], first["lang"]) == ("dQw4w9WgXcQ", "youtube", "fr")
    assert first["author"] == {"id": CHANNEL, "name": "Chaîne É"}
    assert first["title"] == "L'eau à Mayotte 🐟"
    assert first["text"] == "Enquête #eau https://paper.example/a"
    assert first["published_at"] == "2022-03-05T07:00:00.000Z"
    assert first["url"] == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert (first["hashtags"], first["urls"]) == (["eau"], ["https://paper.example/a"])
    counts = first["metrics"]
    assert [counts[k] for k in ("likes", "replies", "views")] == [300, 45, 12000]
    assert second["id"] == "-abcdefghij"


def test_comments(exports: Exports) -> None:
    base = {
        "id": "Ugx1", "replyCount": 1, "likeCount": 2, "publishedAt": "2022-03-05T07:00:00Z",
        "authorName": "@zoe", "authorChannelId": CHANNEL, "isReply": 0,
        "text": 'D&#39;accord 🐟<br>été <a href="https://paper.example/a">ici</a>',
    }  # fmt: skip
    answer = base | {"id": "Ugx1.8a", "isReply": 1, "isReplyToId": "Ugx1", "text": "a < b"}
    made = exports.table(
        "videoinfo_x_comments.csv",
        COMMENTS,
        [base, answer, answer | {"id": "Ugx1.8b", "isReplyToId": ""}, '"'],
    )
    assert made.format == "ytdt-comments"
    first, second, third = list(made.rows.values())[:3]
    assert first["text"].startswith("D'accord 🐟\nété")
    assert first["author"] == {"id": CHANNEL, "handle": "zoe", "name": "@zoe"}
    assert first["published_at"] == "2022-03-05T07:00:00.000Z"
    assert "reply_to" not in first
    assert (first["metrics"]["likes"], first["metrics"]["replies"]) == (2, 1)
    assert (second["text"], second["reply_to"], third["reply_to"]) == ("a < b", "Ugx1", "Ugx1")
