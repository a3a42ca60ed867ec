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


OLD_COMMENTS = (
    "id\treplyCount\tlikeCount\tpublishedAt\tauthorName\ttext\tauthorChannelId\t"
    "authorChannelUrl\tisReply\tisReplyTo\tisReplyToName"
)


def test_older_tables_between_tabs_have_quotes_as_letters(exports: Exports) -> None:
    page = f"http://www.youtube.com/channel/{CHANNEL}"
    rows = [
        f'Ugx1\t1\t2\t2016-03-05 07:00:00\tZoé\t"Été" 🐟 <a href="https://paper.example/a">ici</a>'
        f' <a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ&amp;t=9">0:09</a>'
        f"\t{CHANNEL}\t{page}\t0\t\t",
        f'Ugx1.8a\t\t0\t2016-03-05 07:01:00\tBob\t"Oui\t\t{page}\t1\tUgx1\tZoé',
        f'Ugx2\t0\t0\t2016-03-05 07:02:00\tBob\tNon"\t{CHANNEL}\t{page}\t0\t\t',
        "Ugx3\t0",
    ]
    content = "\n".join([OLD_COMMENTS, *rows, ""])
    name = "videoinfo_dQw4w9WgXcQ_2016_03_06-10_00_00_comments.tab"
    made = exports.read(name, content)
    assert (made.format, len(made.rejected)) == ("ytdt-comments", 1)
    first, answer, other = made.rows.values()
    assert (first["kind"], first["text"]) == ("comment", '"Été" 🐟 ici 0:09')
    assert first["urls"] == ["https://paper.example/a"]
    assert (answer["text"], answer["author"]["id"]) == ('"Oui', CHANNEL)
    # the file's name says which video first comments answer
    video = "dQw4w9WgXcQ"
    assert [row["reply_to"] for row in (first, answer, other)] == [video, "Ugx1", video]
    assert answer["url"] == f"https://www.youtube.com/watch?v={video}&lc=Ugx1.8a"
    unnamed = exports.read("comments.tab", content)
    assert "reply_to" not in unnamed.rows["Ugx1"]
    assert len(unnamed.rejected) == 1


def test_older_lists_of_videos(exports: Exports) -> None:
    header = (
        "channelId\tchannelTitle\tvideoId\tpublishedAt\tvideoTitle\tvideoDescription\tduration\t"
        "caption\tviewCount\tlikeCount\tdislikeCount\tfavoriteCount\tcommentCount"
    )
    row = f"{CHANNEL}\tChaîne É\t%s\t2016-03-05T07:00:00.000Z\t"
    row += '"L\'eau\t"Enquête\tPT3M\tfalse\t9\t3\t1\t0\t2'
    ids = ("dQw4w9WgXcQ", "-Qw4w9WgXcQ")
    made = exports.read("videolist.tab", "\n".join([header, *(row % one for one in ids), ""]))
    assert made.format == "ytdt-videos"
    assert list(made.rows) == list(ids)
    assert {(r["title"], r["text"]) for r in made.rows.values()} == {("\"L'eau", '"Enquête')}


SNIPPET = {
    "publishedAt": "2022-03-05T07:00:00Z", "channelId": CHANNEL, "channelTitle": "Chaîne É",
    "title": "L&#39;eau 🐟", "description": "Enquête #eau https://paper.example/a",
    "thumbnails": {"default": {"url": "https://pic.example/d.jpg"}},
}  # fmt: skip


def test_answers_of_the_api_about_videos(exports: Exports) -> None:
    found = {"kind": "youtube#searchResult", "id": {"videoId": "dQw4w9WgXcQ"}, "snippet": SNIPPET}
    channel = {"kind": "youtube#searchResult", "id": {"channelId": CHANNEL}, "snippet": SNIPPET}
    counted = {
        "kind": "youtube#video", "id": "-Qw4w9WgXcQ",
        "snippet": SNIPPET | {"defaultAudioLanguage": "fr", "tags": ["eau"]},
        "statistics": {"viewCount": "1200", "likeCount": "3", "commentCount": "4"},
    }  # fmt: skip
    listed = {
        "kind": "youtube#playlistItem", "id": "UExx",
        "snippet": SNIPPET | {"channelId": "UCother", "videoOwnerChannelId": CHANNEL,
            "videoOwnerChannelTitle": "Chaîne É", "publishedAt": "2023-01-01T00:00:00Z"},
        "contentDetails": {"videoId": "_Qw4w9WgXcQ", "videoPublishedAt": "2022-03-05T07:00:00Z"},
    }  # fmt: skip
    items = [found, channel, counted, listed, {"kind": "broken"}]
    made = exports.json("answer.json", {"kind": "youtube#searchListResponse", "items": items})
    assert (made.format, len(made.rejected)) == ("youtube-api", 1)
    assert made.left_out == ["channels and playlists"]
    assert list(made.rows) == ["dQw4w9WgXcQ", "-Qw4w9WgXcQ", "_Qw4w9WgXcQ"]
    for row in made.rows.values():
        assert (row["platform"], row["title"]) == ("youtube", "L'eau 🐟")
        assert row["author"] == {"id": CHANNEL, "name": "Chaîne É"}
        assert row["published_at"] == "2022-03-05T07:00:00.000Z"
        assert (row["urls"], row["hashtags"]) == (["https://paper.example/a"], ["eau"])
        assert row["media"][0]["url"] == "https://pic.example/d.jpg"
    second = made.rows["-Qw4w9WgXcQ"]
    assert second["metrics"].items() >= {"likes": 3, "replies": 4, "views": 1200}.items()
    assert second["lang"] == "fr"


def test_answers_of_the_api_about_comments(exports: Exports) -> None:
    def comment(own: str, **more: str) -> dict[str, object]:
        about = {
            "textDisplay": "D&#39;accord 🐟<br>été", "authorDisplayName": "@zoe", "likeCount": 2,
            "authorChannelId": {"value": CHANNEL}, "publishedAt": "2022-03-05T07:00:00Z",
        }  # fmt: skip
        return {"kind": "youtube#comment", "id": own, "snippet": about | more}

    thread = {
        "kind": "youtube#commentThread", "id": "Ugx1",
        "snippet": {"videoId": "dQw4w9WgXcQ", "topLevelComment": comment("Ugx1"),
            "totalReplyCount": 1},
        "replies": {"comments": [comment("Ugx1.8a", parentId="Ugx1")]},
    }  # fmt: skip
    made = exports.json("c.json", {"kind": "youtube#commentThreadListResponse", "items": [thread]})
    lines = exports.json_lines("c.jsonl", [thread, comment("Ugx1.8b"), '{"kind": "yout'])
    assert (made.format, lines.format, len(lines.rejected)) == ("youtube-api", "youtube-items", 1)
    first, answer = made.rows.values()
    assert (first["text"], first["reply_to"]) == ("D'accord 🐟\nété", "dQw4w9WgXcQ")
    assert first["author"] == {"id": CHANNEL, "handle": "zoe", "name": "@zoe"}
    assert (first["metrics"]["likes"], first["metrics"]["replies"]) == (2, 1)
    assert answer["reply_to"] == lines.rows["Ugx1.8b"]["reply_to"] == "Ugx1"
