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
    assert "cut off" in made.rejected[0].reason
