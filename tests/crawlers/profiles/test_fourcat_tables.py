"""4CAT's tables of TikTok, Instagram, Threads, Telegram, Bluesky and others. All is invented."""

from __future__ import annotations

from typing import Any

from crawlers.importing.file_reader import FileReader, ImportOptions
from tests.crawlers.profiles.conftest import Exports

AT, EPOCH = "2024-05-03T09:00:00.000Z", 1714726800
BASE = {"unix_timestamp": EPOCH, "timestamp": "2024-05-03 11:00:00", "body": "Écoute 🐟 #mer"}

TIKTOK = (
    "collected_from_url,id,thread_id,author,author_full,author_id,author_followers,author_likes,"
    "author_videos,author_avatar,body,stickers,timestamp,unix_timestamp,is_duet,is_ad,music_name,"
    "music_id,music_url,music_thumbnail,music_author,video_url,tiktok_url,thumbnail_url,likes,"
    "comments,shares,plays,hashtags,diversification_labels,location_created,effects,warning"
)


def test_tiktok(exports: Exports) -> None:
    row = {
        "id": "7400000000000000001", "thread_id": "7400000000000000001", "author": "zoe",
        "author_full": "Zoé", "author_id": "6801", "author_followers": 12, "is_duet": "False",
        "tiktok_url": "https://www.tiktok.com/@zoe/video/7400000000000000001", "likes": 3,
        "comments": 4, "shares": 5, "plays": 6, "hashtags": "mer,eau", "music_id": "70001",
        "video_url": "https://pic.example/v.mp4", "thumbnail_url": "https://pic.example/c.jpg",
    } | BASE  # fmt: skip
    made = exports.table("4cat.csv", TIKTOK, [row, "1,2,3"])
    assert made.format == "4cat-tiktok"
    assert len(made.rejected) == 1
    (got,) = made.rows.values()
    assert (got["platform"], got["text"], got["published_at"]) == ("tiktok", "Écoute 🐟 #mer", AT)
    assert got["author"] == {"id": "6801", "handle": "zoe", "name": "Zoé", "followers": 12}
    assert got["hashtags"] == ["mer", "eau"]
    assert got["metrics"] == {"likes": 3, "replies": 4, "reposts": 5, "views": 6}
    assert got["media"] == [{"url": "https://pic.example/v.mp4", "kind": "video"}]
    assert got["extra"]["music_id"] == "70001"


INSTAGRAM = (
    "id,post_source_domain,thread_id,parent_id,body,author,author_fullname,author_avatar_url,"
    "timestamp,type,url,image_url,media_url,hashtags,num_likes,num_comments,num_media,"
    "location_name,location_latlong,location_city,unix_timestamp"
)


def test_instagram(exports: Exports) -> None:
    row = {
        "id": "C1", "thread_id": "C1", "parent_id": "C1", "author": "zoe", "type": "photo",
        "author_fullname": "Zoé", "url": "https://www.instagram.com/p/C1", "num_likes": 3,
        "num_comments": 4, "num_media": 1, "media_url": "https://pic.example/a.jpg",
        "hashtags": "mer",
    } | BASE  # fmt: skip
    comment = row | {"id": "99", "type": "comment", "media_url": "", "author": "noe"}
    made = exports.table("4cat.csv", INSTAGRAM, [row, comment, "1,2,3"])
    assert made.format == "4cat-instagram"
    got, said = made.rows.values()
    assert (got["platform"], got["text"], got["published_at"]) == (
        "instagram", "Écoute 🐟 #mer", AT,
    )  # fmt: skip
    assert got["author"] == {"id": "zoe", "handle": "zoe", "name": "Zoé"}
    assert got["metrics"] == {"likes": 3, "replies": 4}
    assert got["media"] == [{"url": "https://pic.example/a.jpg", "kind": "photo"}]
    assert "reply_to" not in got
    assert (said["kind"], said["reply_to"]) == ("comment", "C1")


THREADS = (
    "id,thread_id,url,body,timestamp,author,author_is_verified,author_avatar,image_url,video_url,"
    "audio_url,link_url,link_thumbnail_url,is_paid_partnership,likes,reposts,replies,quotes,"
    "hashtags,unix_timestamp"
)


def test_threads(exports: Exports) -> None:
    row = {
        "id": "D1", "thread_id": "D1", "url": "https://www.threads.com/@zoe/post/D1",
        "author": "zoe", "author_is_verified": "yes", "link_url": "https://paper.example/a",
        "likes": 3, "reposts": 4, "replies": 5, "quotes": 6, "hashtags": "mer",
    } | BASE  # fmt: skip
    made = exports.table("4cat.csv", THREADS, [row, "1,2,3"])
    assert made.format == "4cat-threads"
    (got,) = made.rows.values()
    assert (got["platform"], got["text"], got["published_at"]) == ("threads", "Écoute 🐟 #mer", AT)
    assert got["author"] == {"id": "zoe", "handle": "zoe", "verified": True}
    assert got["urls"] == ["https://paper.example/a"]
    assert got["metrics"] == {"likes": 3, "reposts": 4, "replies": 5, "quotes": 6}


TELEGRAM = (
    "id,thread_id,chat,author,author_username,author_name,author_is_bot,body,reply_to,views,"
    "forwards,reactions,timestamp,unix_timestamp,timestamp_edited,unix_timestamp_edited,"
    "author_forwarded_from_name,author_forwarded_from_username,timestamp_forwarded_from,"
    "unix_timestamp_forwarded_from,linked_url,attachment_type,attachment_data,"
    "attachment_filename"
)


def test_telegram(exports: Exports) -> None:
    def message(number: int, **more: Any) -> dict[str, Any]:
        return BASE | {
            "id": number, "thread_id": "lecanal", "chat": "lecanal", "author": "1055",
            "author_username": "lecanal", "author_name": "Le Canal", "views": 70, "forwards": 3,
        } | more  # fmt: skip

    made = exports.table(
        "4cat.csv",
        TELEGRAM,
        [
            message(1, linked_url="https://paper.example/a"),
            message(2, author_forwarded_from_name="Autre", author_forwarded_from_username="autre"),
            message(3, reply_to=1),
            message(4, author="", author_username="", author_name=""),
            message(1, chat="second", thread_id="second"),
            "1,2,3",
        ],
    )
    assert made.format == "4cat-telegram"
    assert len(made.rejected) == 1
    got, forward, reply, bare, other = made.rows.values()
    assert (got["id"], got["platform"], got["source"]) == ("lecanal/1", "telegram", "lecanal")
    assert got["author"] == {"id": "1055", "handle": "lecanal", "name": "Le Canal"}
    assert (got["text"], got["published_at"]) == ("Écoute 🐟 #mer", AT)
    assert (got["urls"], got["hashtags"]) == (["https://paper.example/a"], ["mer"])
    assert got["metrics"] == {"views": 70, "reposts": 3}
    assert got["url"] == "https://t.me/lecanal/1"
    assert forward["extra"]["repost_of_handle"] == "autre"
    assert reply["reply_to"] == got["id"]
    assert bare["author"]["id"] == "lecanal"
    assert other["id"] == "second/1"


BLUESKY = (
    "collected_at,query,rank,id,thread_id,created_at,author,author_id,body,link,tags,like_count,"
    "quote_count,reply_count,repost_count,quoted_post,quoted_user,replied_to_post,"
    "replied_to_user,replies_allowed,mentions,links,images,labels,has_poll,languages,"
    "author_display_name,author_profile,author_avatar,author_created_at,timestamp"
)


def test_bluesky(exports: Exports) -> None:
    def post(key: str, **more: Any) -> dict[str, Any]:
        return {
            "id": f"at://did:plc:zoe/app.bsky.feed.post/{key}", "author": "zoe.example",
            "author_id": "did:plc:zoe", "author_display_name": "Zoé", "body": "Écoute 🐟",
            "thread_id": f"at://did:plc:zoe/app.bsky.feed.post/{key}", "timestamp": EPOCH,
            "created_at": "2024-05-03T09:00:00+00:00", "like_count": 3, "repost_count": 4,
            "link": f"https://bsky.app/profile/zoe.example/post/{key}", "languages": "fr,en",
        } | more  # fmt: skip

    made = exports.table(
        "4cat.csv",
        BLUESKY,
        [
            post("k1", links="https://paper.example/a", tags="mer", mentions="autre.example"),
            post("k2", quoted_post="https://bsky.app/profile/zoe.example/post/k1"),
            post("k3", replied_to_post="https://bsky.app/profile/noe.example/post/k9",
                replied_to_user="noe.example", thread_id="at://did:plc:noe/app.bsky.feed.post/k9"),
            post("k4", replied_to_post="https://bsky.app/profile/lea.example/post/k8",
                replied_to_user="lea.example", thread_id="at://did:plc:noe/app.bsky.feed.post/k9"),
            post("k5", quoted_post="DELETED", languages="N/A"),
            "1,2,3",
        ],
    )  # fmt: skip
    assert made.format == "4cat-bluesky"
    assert len(made.rejected) == 1
    got, quote, reply, unknown, deleted = made.rows.values()
    assert (got["platform"], got["text"], got["published_at"]) == ("bluesky", "Écoute 🐟", AT)
    assert got["author"] == {"id": "did:plc:zoe", "handle": "zoe.example", "name": "Zoé"}
    assert (got["urls"], got["hashtags"], got["mentions"]) == (
        ["https://paper.example/a"], ["mer"], ["autre.example"],
    )  # fmt: skip
    assert got["lang"] == "fr"
    assert got["metrics"] == {"likes": 3, "reposts": 4}
    assert quote["quote_of"] == got["id"]
    assert reply["reply_to"] == "at://did:plc:noe/app.bsky.feed.post/k9"
    assert "reply_to" not in unknown
    assert unknown["extra"]["reply_to_handle"] == "lea.example"
    assert "quote_of" not in deleted


CUSTOM = "id,thread_id,author,subject,body,timestamp,unix_timestamp,url,campagne"


def test_custom_data_name_no_platform(exports: Exports) -> None:
    row = BASE | {"id": "17", "thread_id": "5", "author": "zoe", "subject": "Port",
        "url": "https://board.example/17", "campagne": "é"}  # fmt: skip
    made = exports.table("custom.csv", CUSTOM, [row, row | {"id": "18"}, "1,2,3"])
    assert made.format == "4cat"
    assert len(made.rejected) == 1
    got = next(iter(made.rows.values()))
    assert (got["platform"], got["text"], got["published_at"]) == ("other", "Écoute 🐟 #mer", AT)
    assert got["id"].endswith("/17")
    assert got["title"] == "Port"
    assert got["extra"] == {"thread_id": "5", "campagne": "é"}
    named = exports.table("custom.csv", CUSTOM, [row], platform="board")
    assert next(iter(named.rows)) == "17"
    reader = FileReader(str(exports.folder / "custom.csv"), ImportOptions())
    assert "intake.platform_unknown" in {getattr(note, "code", "") for note in reader.notes}
    reader.close()
