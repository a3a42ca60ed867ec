"""What 4CAT collects of Telegram and Bluesky, as ndjson. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

AT, EPOCH = "2024-05-03T09:00:00.000Z", 1714726800.0


def message(number: int, **more: Any) -> dict[str, Any]:
    return {
        "_type": "Message", "id": number, "peer_id": {"channel_id": 55, "_type": "PeerChannel"},
        "date": EPOCH, "message": "Écoute 🐟 #mer", "views": 70, "forwards": 3, "media": None,
        "fwd_from": None, "reply_to": None, "from_id": None, "entities": [],
        "replies": {"replies": 2},
        "_chat": {"id": 55, "username": "lecanal", "title": "Le Canal"},
        "_sender": {"id": 55, "username": "lecanal", "title": "Le Canal"},
    } | more  # fmt: skip


def test_telegram(exports: Exports) -> None:
    link = {"_type": "MessageEntityTextUrl", "url": "https://paper.example/a"}
    made = exports.json_lines(
        "telegram.ndjson",
        [
            message(1, entities=[link]),
            message(2, fwd_from={"from_id": {"channel_id": 66}, "channel_post": 7, "date": EPOCH}),
            message(3, reply_to={"reply_to_msg_id": 1}, from_id={"user_id": 9},
                _sender={"id": 9, "username": "noe", "first_name": "Noé", "last_name": "É."}),
            message(4, fwd_from={"from_name": "Quelqu’un", "from_id": None, "date": EPOCH}),
            message(5, action={"_type": "MessageActionPinMessage"}),
            '{"_type": "Message", "id":',
        ],
    )  # fmt: skip
    assert made.format == "4cat-telegram-ndjson"
    assert made.left_out == ["service messages"]
    assert len(made.rejected) == 1
    first, forward, reply, named = made.rows.values()
    assert (first["id"], first["platform"], first["source"]) == ("55/1", "telegram", "Le Canal")
    assert first["author"] == {"id": "channel55", "handle": "lecanal", "name": "Le Canal"}
    assert (first["text"], first["published_at"]) == ("Écoute 🐟 #mer", AT)
    assert (first["urls"], first["hashtags"]) == (["https://paper.example/a"], ["mer"])
    assert first["metrics"] == {"views": 70, "reposts": 3, "replies": 2}
    assert first["url"] == "https://t.me/lecanal/1"
    assert forward["repost_of"] == "66/7"
    assert reply["reply_to"] == first["id"]
    assert reply["author"] == {"id": "user9", "handle": "noe", "name": "Noé É."}
    assert named["extra"]["repost_of_handle"] == "Quelqu’un"


def post(key: str, **more: Any) -> dict[str, Any]:
    record = {"text": "Écoute 🐟 #mer", "created_at": "2024-05-03T09:00:00Z", "langs": ["fr"]}
    user = {"did": "did:plc:zoe", "handle": "zoe.example", "display_name": "Zoé"}
    return {
        "uri": f"at://did:plc:zoe/app.bsky.feed.post/{key}", "author": user, "like_count": 3,
        "record": record | more, "repost_count": 4, "labels": [], "4CAT_metadata": {"rank": 1},
    }  # fmt: skip


def test_bluesky(exports: Exports) -> None:
    first = post("k1", facets=[{"features": [{"uri": "https://paper.example/a"}, {"tag": "mer"}]}])
    target = {"uri": first["uri"], "cid": "b"}
    made = exports.json_lines(
        "bsky.ndjson",
        [
            first,
            post("k2", embed={"py_type": "app.bsky.embed.record", "record": target}),
            post("k3", embed={"media": {"external": {"uri": "https://paper.example/b"}},
                "record": {"record": target}}),
            post("k4", reply={"parent": target, "root": target}),
            '{"uri": "at://',
        ],
    )  # fmt: skip
    assert made.format == "4cat-bluesky-ndjson"
    assert len(made.rejected) == 1
    got, quote, both, reply = made.rows.values()
    assert got["platform"] == "bluesky"
    assert got["author"] == {"id": "did:plc:zoe", "handle": "zoe.example", "name": "Zoé"}
    assert (got["text"], got["published_at"], got["lang"]) == ("Écoute 🐟 #mer", AT, "fr")
    assert (got["urls"], got["hashtags"]) == (["https://paper.example/a"], ["mer"])
    assert got["metrics"] == {"likes": 3, "reposts": 4}
    assert got["url"] == "https://bsky.app/profile/zoe.example/post/k1"
    assert quote["quote_of"] == both["quote_of"] == reply["reply_to"] == got["id"]
    assert both["urls"] == ["https://paper.example/b"]
