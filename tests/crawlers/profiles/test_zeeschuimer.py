"""Envelopes of Zeeschuimer, and what 4CAT keeps of them. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

AT, EPOCH = "2024-05-03T09:00:00.000Z", 1714726800
SITES = {"x": "x.com", "tiktok": "tiktok.com", "instagram": "instagram.com",
    "threads": "threads.com"}  # fmt: skip


def envelope(platform: str, data: Any) -> dict[str, Any]:
    return {
        "nav_index": "1:2:0", "item_id": "1", "timestamp_collected": 1726000000000,
        "last_updated": 1726000000000, "source_platform": SITES.get(platform, platform),
        "source_platform_url": "https://site.example/search", "user_agent": "Browser",
        "source_url": "https://site.example/api", "data": data,
    }  # fmt: skip


def kept(platform: str, data: dict[str, Any]) -> dict[str, Any]:
    meta = {k: v for k, v in envelope(platform, {}).items() if k != "data"}
    return data | {"__import_meta": meta}


def tweet(number: int, *, moved: bool = False, **more: Any) -> dict[str, Any]:
    names = {"screen_name": f"person{number}", "name": "Zoé"}
    names |= {"created_at": "Sun May 03 09:00:00 +0000 2015"}
    user = {"rest_id": f"90{number}", "legacy": {"followers_count": 12, "verified": False}}
    user |= {"core": names} if moved else {"legacy": user["legacy"] | names}
    native = f"178000000000000000{number}"
    legacy = {
        "created_at": "Fri May 03 09:00:00 +0000 2024", "id_str": native, "lang": "fr",
        "full_text": f"Écoute {number} 🐟 &amp; la mer", "user_id_str": f"90{number}",
        "conversation_id_str": native, "favorite_count": 3, "retweet_count": 4, "reply_count": 5,
        "quote_count": 6, "is_quote_status": False,
        "entities": {"hashtags": [], "urls": [], "user_mentions": []},
    }  # fmt: skip
    outside = {k: more.pop(k) for k in ("note_tweet", "quoted_status_result") if k in more}
    return {
        "__typename": "Tweet", "rest_id": native, "id": int(native), "promoted": False,
        "core": {"user_results": {"result": user}}, "views": {"count": "5000", "state": "On"},
        "source": '<a href="https://client.example">Some Client</a>', "legacy": legacy | more,
    } | outside  # fmt: skip


LONG = "Écoute 🐟 les bancs de sardines " * 20
ENTITIES = {
    "hashtags": [{"text": "mer"}], "user_mentions": [{"screen_name": "autre"}],
    "urls": [{"url": "https://t.co/x", "expanded_url": "https://paper.example/a"}],
}  # fmt: skip


def test_x(exports: Exports) -> None:
    first = tweet(1, entities=ENTITIES)
    note = {"note_tweet_results": {"result": {"text": LONG, "entity_set": ENTITIES}}}
    limited = {"__typename": "TweetWithVisibilityResults", "tweet": tweet(7)}
    made = exports.json_lines(
        "x.ndjson",
        [
            envelope("x", first),
            envelope("x", tweet(2, retweeted_status_result={"result": first},
                full_text="RT @person1: Éc…")),
            envelope("x", tweet(3, moved=True, quoted_status_result={"result": first},
                is_quote_status=True, quoted_status_id_str=first["rest_id"])),
            envelope("x", tweet(4, in_reply_to_status_id_str=first["rest_id"],
                in_reply_to_screen_name="person1", conversation_id_str=first["rest_id"])),
            envelope("x", tweet(5, note_tweet=note)),
            envelope("x", tweet(6, quoted_status_result={"result": limited})),
            envelope("x", {"__typename": "TweetTombstone"}),
            '{"nav_index": "1:2',
        ],
    )  # fmt: skip
    assert made.format == "zeeschuimer"
    assert len(made.rejected) == 1
    assert made.left_out == ["items that are no post of a known site (x.com)"]
    rows = made.rows
    got, repost, quote, reply, long = [r for k, r in rows.items() if k[-1] in "12345"]
    assert got["platform"] == "x"
    assert got["author"] == {
        "id": "901", "handle": "person1", "name": "Zoé", "followers": 12, "verified": False,
        "created_at": "2015-05-03T09:00:00.000Z",
    }  # fmt: skip
    assert (got["text"], got["published_at"]) == ("Écoute 1 🐟 & la mer", AT)
    assert (got["urls"], got["hashtags"], got["mentions"]) == (
        ["https://paper.example/a"], ["mer"], ["autre"],
    )  # fmt: skip
    assert got["metrics"] == {"likes": 3, "reposts": 4, "replies": 5, "quotes": 6, "views": 5000}
    assert got["collected_at"] == "2024-09-10T20:26:40.000Z"
    assert got["extra"]["client"] == "Some Client"
    assert repost["repost_of"] == quote["quote_of"] == reply["reply_to"] == first["rest_id"]
    assert repost["text"] == "RT @person1: Écoute 1 🐟 & la mer"
    assert quote["author"]["handle"] == "person3"
    assert long["text"].strip() == LONG.strip()
    assert long["urls"] == ["https://paper.example/a"]
    assert rows["1780000000000000006"]["quote_of"] == "1780000000000000007" in rows


def video(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"740000000000000000{number}", "desc": "Écoute 🐟 #mer @autre", "createTime": EPOCH,
        "author": {"id": f"680{number}", "uniqueId": f"person{number}", "nickname": "Zoé",
            "verified": False, "signature": "Marée"},
        "video": {"cover": "https://pic.example/c.jpg", "playAddr": "https://pic.example/v.mp4"},
        "stats": {"diggCount": -1, "shareCount": 30, "commentCount": 12, "playCount": 45000},
        "statsV2": {"diggCount": "2200000000"}, "authorStats": {"followerCount": 3300},
        "textExtra": [{"hashtagName": "mer"}, {"hashtagName": "", "userUniqueId": "autre"}],
        "challenges": [{"id": "1", "title": "mer"}], "textLanguage": "fr",
        "music": {"id": "70001", "title": "son original"}, "duetInfo": {"duetFromId": "0"},
    } | more  # fmt: skip


def test_tiktok(exports: Exports) -> None:
    first = video(1)
    comment = {"cid": "99", "text": "Oui é 🐟", "create_time": EPOCH, "digg_count": 2,
        "aweme_id": first["id"], "reply_id": "0", "comment_language": "un",
        "user": {"uid": "6809", "unique_id": "person9", "nickname": "Noé"}}  # fmt: skip
    made = exports.json_lines(
        "zeeschuimer-export-tiktok.com.ndjson",
        [
            envelope("tiktok", first),
            envelope("tiktok", video(2, duetInfo={"duetFromId": first["id"]})),
            envelope("tiktok", video(3, author="person3", nickname="Zoé", authorId="6803",
                textLanguage="un")),
            envelope("tiktok-comments", comment),
            envelope("linkedin.com", {"urn": "x"}),
            '{"nav_index": "1:2',
        ],
    )  # fmt: skip
    assert made.format == "zeeschuimer"
    assert len(made.rejected) == 1
    assert made.left_out == ["items that are no post of a known site (linkedin.com)"]
    got, duet, old, said = made.rows.values()
    assert got["platform"] == "tiktok"
    assert got["author"] == {
        "id": "6801", "handle": "person1", "name": "Zoé", "followers": 3300, "verified": False,
        "description": "Marée",
    }  # fmt: skip
    assert (got["text"], got["published_at"]) == ("Écoute 🐟 #mer @autre", AT)
    assert (got["hashtags"], got["mentions"]) == (["mer"], ["autre"])
    assert got["metrics"] == {
        "likes": 2_200_000_000, "reposts": 30, "replies": 12, "views": 45000
    }  # fmt: skip
    assert got["url"] == f"https://www.tiktok.com/@person1/video/{first['id']}"
    assert got["media"][0]["kind"] == "video"
    assert duet["quote_of"] == said["reply_to"] == first["id"]
    assert (old["author"]["id"], old["author"]["handle"]) == ("6803", "person3")
    assert old["lang"] == "und"
    assert (said["kind"], said["author"]["id"]) == ("comment", "6809")


def test_instagram(exports: Exports) -> None:
    user = {"pk": "551", "id": "551", "username": "zoe", "full_name": "Zoé", "is_verified": False}
    listed = {
        "code": "C1", "pk": "331", "id": "331_551", "taken_at": EPOCH, "media_type": 8,
        "caption": {"text": "Écoute 🐟 #mer @autre https://paper.example/a"}, "user": user,
        "like_count": 3, "comment_count": 4, "carousel_media": [
            {"media_type": 1, "accessibility_caption": "Un port",
                "image_versions2": {"candidates": [{"url": "https://pic.example/a.jpg"}]}},
            {"media_type": 2, "video_versions": [{"url": "https://pic.example/v.mp4"}]}],
    }  # fmt: skip
    graph = {
        "__typename": "GraphImage", "shortcode": "C2", "id": "332", "taken_at_timestamp": EPOCH,
        "edge_media_to_caption": {"edges": [{"node": {"text": "Écoute é"}}]}, "owner": user,
        "edge_media_preview_like": {"count": 5}, "display_url": "https://pic.example/b.jpg",
        "edge_media_to_comment": {"count": 6},
    }  # fmt: skip
    bare = listed | {"code": "C3", "caption": None, "product_type": "feed"}
    made = exports.json_lines(
        "instagram.ndjson",
        [kept("instagram", one) for one in (listed, graph, bare, bare | {"product_type": "ad"})],
    )
    assert made.format == "zeeschuimer"
    assert made.left_out == ["advertisements"]
    got, old, silent = made.rows.values()
    assert (got["id"], got["platform"]) == ("C1", "instagram")
    assert got["author"] == {"id": "551", "handle": "zoe", "name": "Zoé", "verified": False}
    assert (got["text"][:8], got["published_at"]) == ("Écoute 🐟", AT)
    assert (got["hashtags"], got["mentions"]) == (["mer"], ["autre"])
    assert got["urls"] == ["https://paper.example/a"]
    assert got["metrics"] == {"likes": 3, "replies": 4}
    assert got["media"] == [
        {"url": "https://pic.example/a.jpg", "kind": "photo", "alt": "Un port"},
        {"url": "https://pic.example/v.mp4", "kind": "video"},
    ]
    assert (old["id"], old["text"], old["author"]["handle"]) == ("C2", "Écoute é", "zoe")
    assert old["metrics"] == {"likes": 5, "replies": 6}
    assert silent["media"]


def thread(code: str, text: str = "Écoute 🐟 #mer", **about: Any) -> dict[str, Any]:
    info = {"direct_reply_count": 2, "repost_count": 3, "quote_count": 4, "is_reply": False}
    return {
        "code": code, "pk": f"33{code}", "id": f"33{code}_551", "taken_at": EPOCH,
        "caption": {"text": text} if text else None, "like_count": 5, "carousel_media": None,
        "image_versions2": {"candidates": []}, "video_versions": None,
        "user": {"pk": "551", "username": "zoe", "full_name": "Zoé", "is_verified": True},
        "text_post_app_info": info | about,
    }  # fmt: skip


def test_threads(exports: Exports) -> None:
    wrapped = "https://l.threads.com/?u=https%3A%2F%2Fpaper.example%2Fa&e=1"
    first = thread("D1", link_preview_attachment={"url": wrapped})
    made = exports.json_lines(
        "threads.ndjson",
        [
            envelope("threads", first),
            envelope("threads", thread("D2", "", share_info={"reposted_post": thread("D9")})),
            envelope("threads", thread("D3", share_info={"quoted_post": first})),
            envelope("threads", thread("D4", reply_to_author={"username": "autre"})),
            '{"nav_index": "1:2',
        ],
    )
    assert made.format == "zeeschuimer"
    assert len(made.rejected) == 1
    got, repost, carried, quote, reply = made.rows.values()
    assert (got["id"], got["platform"]) == ("D1", "threads")
    assert got["author"] == {"id": "551", "handle": "zoe", "name": "Zoé", "verified": True}
    assert (got["text"], got["published_at"]) == ("Écoute 🐟 #mer", AT)
    assert (got["urls"], got["hashtags"]) == (["https://paper.example/a"], ["mer"])
    assert got["metrics"] == {"likes": 5, "reposts": 3, "replies": 2, "quotes": 4}
    assert got["url"] == "https://www.threads.com/@zoe/post/D1"
    assert repost["repost_of"] == carried["id"] == "D9"
    assert quote["quote_of"] == "D1"
    assert reply["extra"]["reply_to_handle"] == "autre"


def test_sites_with_the_software_of_mastodon(exports: Exports) -> None:
    user = {"id": "551", "acct": "zoe", "display_name": "Zoé", "followers_count": 12}
    status = {
        "id": "11", "created_at": "2024-05-03T09:00:00.000Z", "account": user, "reblog": None,
        "content": "<p>Écoute 🐟 &amp; la <a href='https://x.example'>mer</a></p>", "tags": [],
        "favourites_count": 3, "reblogs_count": 4, "replies_count": 5, "in_reply_to_id": None,
    }  # fmt: skip
    repost = status | {"id": "12", "content": "", "reblog": status}
    answer = status | {"id": "13", "in_reply_to_id": "11"}
    other = status | {"id": "15", "account": user | {"id": "552", "acct": "autre"},
        "media_attachments": [{"type": "image", "url": "https://pic.example/a.jpg"}],
        "card": {"url": "https://paper.example/a"}}  # fmt: skip
    quote = status | {"id": "14", "quote_id": "15", "quote": other}
    made = exports.json_lines(
        "truth.ndjson",
        [*(envelope("truthsocial.com", one) for one in (status, repost, answer, quote)), "{"],
    )
    assert made.format == "zeeschuimer"
    assert len(made.rejected) == 1
    first, again, reply, quoting, quoted = made.rows.values()
    assert (quoting["quote_of"], quoted["author"]["handle"]) == (quoted["id"], "autre")
    assert quoted["media"] == [{"url": "https://pic.example/a.jpg", "kind": "photo"}]
    assert quoted["urls"] == ["https://x.example", "https://paper.example/a"]
    assert (first["platform"], first["text"]) == ("truthsocial", "Écoute 🐟 & la mer")
    assert first["author"] == {"id": "551", "handle": "zoe", "name": "Zoé", "followers": 12}
    assert first["published_at"] == AT
    assert first["metrics"] == {"likes": 3, "reposts": 4, "replies": 5}
    assert again["repost_of"] == reply["reply_to"] == "11"
    assert again["text"] == first["text"]
