"""Telegram Desktop's result.json. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports


def message(number: int, text: Any = "Bonjour 🐟 à tous", **more: Any) -> dict[str, Any]:
    base = {"id": number, "type": "message", "date": "2024-05-03T11:00:00"}
    base |= {"date_unixtime": str(1714726800 + number), "from": "Le Canal", "from_id": "channel55"}
    return base | {"text": text} | more


MIXED = ["Voir ", {"type": "link", "text": "paper.example/a"}, " ",
    {"type": "text_link", "text": "ici", "href": "https://paper.example/b"}, " ",
    {"type": "hashtag", "text": "#mer"}, " ", {"type": "mention", "text": "@autre"}]  # fmt: skip


def chat(*messages: Any, id_: int = 55) -> dict[str, Any]:
    return {"name": "Le Canal", "type": "public_channel", "id": id_, "messages": list(messages)}


def test_one_chat(exports: Exports) -> None:
    service = {"id": 1, "type": "service", "date": "2024-05-03T11:00:00", "action": "pin_message"}
    made = exports.json(
        "result.json",
        chat(
            service,
            message(2),
            message(3, MIXED, forwarded_from="Autre Canal"),
            message(4, "Oui", reply_to_message_id=2),
            message(5, "", photo="photos/a.jpg"),
            "broken",
        ),
    )
    assert made.format == "telegram"
    assert made.left_out == ["service messages"]
    assert len(made.rejected) == 1
    first, forward, reply, picture = made.rows.values()
    assert first["id"] == "55/2"
    assert first["author"] == {"id": "channel55", "name": "Le Canal"}
    assert first["published_at"] == "2024-05-03T09:00:02.000Z"
    assert first["source"] == "Le Canal"
    assert forward["text"] == "Voir paper.example/a ici #mer @autre"
    assert forward["urls"] == ["https://paper.example/a", "https://paper.example/b"]
    assert (forward["hashtags"], forward["mentions"]) == (["mer"], ["autre"])
    assert forward["extra"]["repost_of_handle"] == "Autre Canal"
    assert reply["reply_to"] == "55/2"
    assert picture["media"][0]["kind"] == "photo"


def test_whole_account_with_the_same_numbers_in_two_chats(exports: Exports) -> None:
    account = {
        "about": "Here is the data you requested",
        "personal_information": {"user_id": 1},
        "chats": {"about": "", "list": [chat(message(2)), chat(message(2, "Autre"), id_=56)]},
        "left_chats": {"about": "", "list": [chat(message(2, "Parti"), id_=57)]},
    }
    made = exports.json("result.json", account)
    assert list(made.rows) == ["55/2", "56/2", "57/2"]


def test_a_large_chat_that_breaks_off_keeps_what_came_before(exports: Exports) -> None:
    import json

    text = json.dumps(chat(*(message(n, "mot " * 100) for n in range(3_000))), indent=1)
    made = exports.read("result.json", text[: len(text) // 2])
    assert 1_400 < len(made.rows) < 1_600
    assert "cut off" in str(made.rejected[0].reason)


def test_older_numbers_of_peers_are_those_of_newer_files(exports: Exports) -> None:
    shift = 1 << 32
    old = [message(2, from_id=shift + 5), message(3, from_id=3 * shift + 55)]
    made = exports.json("result.json", chat(*old, id_=3 * shift + 55))
    assert [(row["id"], row["author"]["id"]) for row in made.rows.values()] == [
        ("55/2", "user5"), ("55/3", "channel55"),
    ]  # fmt: skip
    large = exports.json("result.json", chat(message(2), id_=7_000_000_000))
    assert list(large.rows) == ["7000000000/2"]


def test_messages_without_words_and_accounts_that_are_gone(exports: Exports) -> None:
    missing = "(File not included. Change data exporting settings to download.)"
    asked = {"question": [{"type": "plain", "text": "Qui ? 🐟"}], "answers": [{"text": "Zoé"}]}
    nobody = {"from": None, "from_id": "user77"}
    made = exports.json(
        "result.json",
        chat(
            message(2, "", photo=missing),
            message(3, "", poll=asked),
            message(4, "Supprimé", **nobody),
            message(5, "", location_information={"latitude": 1.0}),
            message(6, "Là", reply_to_message_id=42, reply_to_peer_id="channel99"),
            message(7, "Signé", author="Jean", edited="1970-01-01T01:00:00"),
        ),
    )
    picture, poll, gone, reply, signed = made.rows.values()
    assert picture["media"] == [{"url": "telegram:55/2/photo", "kind": "photo"}]
    assert poll["text"] == "Qui ? 🐟\nZoé"
    assert gone["author"] == {"id": "user77"}
    assert reply["reply_to"] == "99/42"
    assert signed["extra"] == {"signature": "Jean", "chat_type": "public_channel"}
    assert made.left_out == ["messages without text or file"]
