"""minet's tables of Bluesky, TikTok and Telegram. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

AT, EPOCH = "2024-05-03T09:00:00.000Z", 1714726800
BLUESKY = (
    "query,cid,did,uri,url,timestamp_utc,local_time,user_did,user_handle,text,original_text,"
    "repost_count,like_count,reply_count,quote_count,bridgy_original_url,user_url,"
    "user_diplay_name,user_langs,user_avatar,user_created_at,user_timestamp_utc,to_post_cid,"
    "to_post_did,to_post_uri,to_post_url,to_user_did,to_root_post_cid,to_root_post_did,"
    "to_root_post_uri,to_root_post_url,to_root_user_did,repost_by_user_did,"
    "repost_by_user_handle,repost_created_at,repost_timestamp_utc,quoted_cid,quoted_did,"
    "quoted_uri,quoted_url,quoted_user_did,quoted_user_handle,quoted_created_at,"
    "quoted_timestamp_utc,quoted_status,links,domains,card_link,card_title,card_description,"
    "card_thumbnail,media_urls,media_thumbnails,media_types,media_alt_texts,"
    "mentioned_user_dids,mentioned_user_handles,hashtags,replies_rules,collection_time,"
    "collected_via,match_query"
)


def uri(number: int) -> str:
    return f"at://did:plc:p{number}/app.bsky.feed.post/3k{number}"


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "query": "mer", "cid": "bafy", "did": f"did:plc:p{number}", "uri": uri(number),
        "url": f"https://bsky.app/profile/p{number}.example/post/3k{number}",
        "timestamp_utc": EPOCH, "local_time": "2024-05-03T11:00:00",
        "user_did": f"did:plc:p{number}", "user_handle": f"p{number}.example",
        "user_diplay_name": "Zoé", "text": "Écoute 🐟 https://paper.example/a [quoted]",
        "original_text": "Écoute 🐟", "like_count": 3, "user_langs": "fr|en",
        "links": "https://paper.example/a|https://paper.example/b", "hashtags": "mer|eau",
    } | more  # fmt: skip


def test_bluesky(exports: Exports) -> None:
    by = {"repost_by_user_did": "did:plc:p9", "repost_by_user_handle": "p9.example",
        "repost_timestamp_utc": EPOCH + 60}  # fmt: skip
    made = exports.table(
        "bluesky.csv",
        BLUESKY,
        [
            post(1),
            post(2, **by),
            post(3, quoted_uri=uri(1)),
            post(4, to_post_uri=uri(1), to_root_post_uri=uri(1)),
            "1,2",
        ],
    )
    assert made.format == "minet-bluesky"
    assert len(made.rejected) == 1
    first, repost, second, quote, reply = made.rows.values()
    assert first["author"] == {"id": "did:plc:p1", "handle": "p1.example", "name": "Zoé"}
    assert (first["text"], first["published_at"], first["lang"]) == ("Écoute 🐟", AT, "fr")
    assert first["urls"] == ["https://paper.example/a", "https://paper.example/b"]
    assert (first["hashtags"], first["metrics"]) == (["mer", "eau"], {"likes": 3})
    assert repost["author"] == {"id": "did:plc:p9", "handle": "p9.example"}
    assert (repost["repost_of"], repost["published_at"]) == (uri(2), "2024-05-03T09:01:00.000Z")
    assert (second["id"], quote["quote_of"], reply["reply_to"]) == (uri(2), uri(1), uri(1))


TIKTOK = (
    "id,description,timestamp,utc_time,original_item,video_id,video_height,video_cover,author_id,"
    "author_unique_id,author_nickname,author_signature,author_verified,author_following_count,"
    "author_follower_count,author_video_count,music_id,music_title,digg_count,share_count,"
    "comment_count,play_count,duet_from_video_id,duet_from_user_id,challenges_titles,"
    "stickers_texts,is_ad"
)


def test_tiktok(exports: Exports) -> None:
    row = {
        "id": "7300000000000000001", "description": "Écoute 🐟", "timestamp": EPOCH,
        "utc_time": "2024-05-03T09:00:00", "author_id": "77", "author_unique_id": "zoe",
        "author_nickname": "Zoé", "author_verified": "false", "author_follower_count": 12,
        "digg_count": 1, "share_count": 2, "comment_count": 3, "play_count": 4,
        "challenges_titles": "mer|eau", "video_cover": "https://pic.example/a.jpg",
    }  # fmt: skip
    duet = row | {"id": "7300000000000000002", "duet_from_video_id": row["id"]}
    made = exports.table("tiktok.csv", TIKTOK, [row, duet, "1,2"])
    assert made.format == "minet-tiktok"
    assert len(made.rejected) == 1
    first, second = made.rows.values()
    assert first["author"] == {"id": "77", "handle": "zoe", "name": "Zoé", "followers": 12,
        "verified": False}  # fmt: skip
    assert (first["text"], first["published_at"]) == ("Écoute 🐟", AT)
    assert first["url"] == "https://www.tiktok.com/@zoe/video/7300000000000000001"
    assert first["metrics"] == {"likes": 1, "reposts": 2, "replies": 3, "views": 4}
    assert (first["hashtags"], second["quote_of"]) == (["mer", "eau"], first["id"])


TELEGRAM = (
    "channel,link_to_message,could_be_displayed,user,user_link,user_img,text,nb_hashtags,hashtags,"
    "is_reply_img,is_reply_user,is_reply_text,stickers,nb_photos,photos,nb_videos,videos,"
    "videos_times,nb_links,links,link_img,link_site,link_title,link_description,views,datetime,"
    "edited"
)


def test_telegram(exports: Exports) -> None:
    row = {
        "channel": "port", "link_to_message": "https://t.me/s/port/12", "user": "Le port é",
        "could_be_displayed": "true", "user_link": "https://t.me/port", "text": "Écoute 🐟",
        "links": "https://paper.example/a|https://paper.example/b", "views": 1200,
        "datetime": "2024-05-03T09:00:00+00:00", "is_reply_user": "Le port é",
        "photos": "https://pic.example/a.jpg",
    }  # fmt: skip
    made = exports.table("telegram.csv", TELEGRAM, [row, "1,2"])
    assert made.format == "minet-telegram"
    assert len(made.rejected) == 1
    (got,) = made.rows.values()
    assert (got["id"], got["source"], got["url"]) == ("port/12", "port", "https://t.me/port/12")
    assert got["author"] == {"id": "port", "handle": "port", "name": "Le port é"}
    assert (got["text"], got["published_at"], got["metrics"]) == ("Écoute 🐟", AT, {"views": 1200})
    assert got["urls"] == ["https://paper.example/a", "https://paper.example/b"]
    assert got["media"] == [{"url": "https://pic.example/a.jpg", "kind": "photo"}]
