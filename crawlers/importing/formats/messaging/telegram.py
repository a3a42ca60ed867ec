"""``result.json`` of Telegram Desktop: one chat, or a whole account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip

_FILES = ("photo", "file")


class TelegramDesktop(BaseProfile):
    """https://core.telegram.org/import-export

    A message's number counts within its chat: its id is ``CHAT/NUMBER``. A forward names the chat
    or person it came from (``extra.repost_of_handle``), and the number of the message never.
    """

    name = "telegram"
    title = "Telegram: Desktop's result.json (one chat, whole account)"
    platform = "telegram"
    lists = ("messages", "chats.list.messages", "left_chats.list.messages")
    gives = (
        "id", "author.id", "author.name", "text", "published_at", "urls", "hashtags", "mentions",
        "reply_to", "media", "source", "extra.repost_of_handle",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        if head.record_share("id", "type", "date") < 0.8:
            return 0.0
        kinds = {str(record.get("type")) for record in head.records}
        return 0.95 if kinds <= {"message", "service", "unsupported"} else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        if record.get("type") != "message":
            yield Skip(
                "service messages" if record.get("type") == "service" else "unsupported messages"
            )
            return
        chat = fields.identifier(around.get("id")) or fields.line(around.get("name")) or "chat"
        number = fields.identifier(record.get("id"))
        parts = _parts(record)
        text = "".join(fields.text(part.get("text")) for part in parts)
        sender = record.get("from_id") or around.get("id")
        row = {
            "id": f"{chat}/{number}" if number else None,
            "author": fields.author(sender, name=record.get("from") or around.get("name")),
            "text": text or _poll(record),
            "published_at": record.get("date_unixtime") or record.get("date"),
            "urls": fields.addresses([p.get("href") or _address(p) for p in parts]),
            "hashtags": fields.tags([p.get("text") for p in parts if p.get("type") == "hashtag"]),
            "mentions": fields.mentions(
                [p.get("text") for p in parts if p.get("type") == "mention"]
            ),
            "media": _media(record, chat),
            "source": fields.line(around.get("name")),
        }  # fmt: skip
        if replied := fields.identifier(record.get("reply_to_message_id")):
            # an answer to another chat names that chat
            other = fields.identifier(record.get("reply_to_peer_id"))
            row["reply_to"] = f"{(other or chat).removeprefix('channel')}/{replied}"
        fields.with_extra(
            row,
            repost_of_handle=fields.line(
                record.get("forwarded_from") or record.get("saved_from")
            ),
            repost_of_author=fields.identifier(record.get("forwarded_from_id")),
            chat_type=around.get("type"), edited_at=record.get("edited"),
            reactions={
                str(r.get("emoji") or r.get("type")): r.get("count")
                for r in fields.objects(record.get("reactions"))
            },
        )  # fmt: skip
        if not row["text"] and not row["media"] and "extra" not in row:
            yield Skip("messages without text or file")
            return
        yield fields.without_empty(row)


def _parts(record: Record) -> list[Mapping[str, Any]]:
    """The text's parts: it is a string, or a list of strings and typed parts."""
    text = record.get("text")
    typed = fields.objects(record.get("text_entities"))
    if typed:
        return typed
    pieces = text if isinstance(text, list) else [text]
    return [p if isinstance(p, Mapping) else {"type": "plain", "text": p} for p in pieces]


def _address(part: Mapping[str, Any]) -> str:
    """The address that a part of type ``link`` shows, with its scheme."""
    shown = fields.text(part.get("text")).strip()
    if part.get("type") != "link" or not shown:
        return ""
    return shown if "://" in shown else f"https://{shown}"


def _poll(record: Record) -> str:
    return fields.text(fields.at(record, "poll.question"))


def _media(record: Record, chat: str) -> list[dict[str, Any]]:
    """Files have a path within the export, or a sentence where they were not exported."""
    found = []
    for key in _FILES:
        path = fields.text(record.get(key))
        if path and not path.startswith("("):
            kind = "photo" if key == "photo" else record.get("media_type") or "file"
            found.append({"url": f"telegram:{chat}/{path}", "kind": str(kind)})
    return found
