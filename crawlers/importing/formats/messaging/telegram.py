"""``result.json`` of Telegram Desktop: one chat, or a whole account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip

_FILES = ("photo", "file")
_KINDS = ("user", "chat", "channel")
_SPACE = 1 << 32
"""Until 2021 a peer was one number: its own, and how many times this for a user, chat, channel."""


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

    def __init__(self) -> None:
        self._is_old = False

    def fit(self, records: Sequence[Record]) -> None:
        self._is_old = any(isinstance(record.get("from_id"), int) for record in records)

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
        kind, chat = _peer(around.get("id")) if self._is_old else ("", around.get("id"))
        chat = fields.identifier(chat) or fields.line(around.get("name")) or "chat"
        number = fields.identifier(record.get("id"))
        parts = _parts(record)
        text = "".join(fields.text(part.get("text")) for part in parts)
        row = {
            "id": f"{chat}/{number}" if number else None,
            "author": _author(record, around, f"{kind or _kind_of(around)}{chat}"),
            "text": text or _poll(record),
            "published_at": record.get("date_unixtime") or record.get("date"),
            "urls": fields.addresses([p.get("href") or _address(p) for p in parts]),
            "hashtags": fields.tags([p.get("text") for p in parts if p.get("type") == "hashtag"]),
            "mentions": fields.mentions(
                [p.get("text") for p in parts if p.get("type") == "mention"]
            ),
            "media": _media(record, chat, number),
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
            edited_at=None if str(record.get("edited")).startswith("1970-") else
                record.get("edited"),
            signature=fields.line(record.get("author")),
            reactions={
                str(r.get("emoji") or r.get("type")): r.get("count")
                for r in fields.objects(record.get("reactions"))
            },
        )  # fmt: skip
        if not row["text"] and not row["media"] and "extra" not in row:
            yield Skip("messages without text or file")
            return
        yield fields.without_empty(fields.with_extra(row, chat_type=around.get("type")))


def _author(record: Record, around: Record, chat: str) -> dict[str, Any] | None:
    """Who wrote it: ``user5``, ``channel55``. The chat itself where nobody is named; an account
    that is gone has a number and no name.
    """
    sender = record.get("from_id")
    if sender is None or sender == "":
        return fields.author(chat, name=record.get("from") or around.get("name"))
    kind, number = _peer(sender) if isinstance(sender, int) else ("", sender)
    return fields.author(f"{kind}{number}", name=record.get("from"))


def _kind_of(around: Record) -> str:
    kind = fields.text(around.get("type"))
    return "user" if kind.startswith(("personal", "bot", "saved")) else "channel"


def _peer(native: Any) -> tuple[str, Any]:
    """The kind and the number of a peer that is one number, as older programs wrote it."""
    if not isinstance(native, int):
        return "", native
    kind, number = divmod(native, _SPACE)
    return (_KINDS[kind - 1], number) if 1 <= kind <= len(_KINDS) else ("", native)


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
    """The question of a poll and its answers."""
    asked = fields.mapping(record.get("poll"))
    answers = [one.get("text") for one in fields.objects(asked.get("answers"))]
    shown = [_plain(part) for part in (asked.get("question"), *answers)]
    return "\n".join(part for part in shown if part)


def _plain(value: Any) -> str:
    """A text that is a string, an object with one, or a list of both."""
    if isinstance(value, list):
        return "".join(map(_plain, value))
    return fields.text(value.get("text") if isinstance(value, Mapping) else value)


def _media(record: Record, chat: str, number: str | None) -> list[dict[str, Any]]:
    """Files have a path within the export, or a sentence where they were not exported: then the
    message's number stands for it.
    """
    found = []
    for key in _FILES:
        path = fields.text(record.get(key))
        if path:
            kind = "photo" if key == "photo" else record.get("media_type") or "file"
            place = f"{number}/{key}" if path.startswith("(") else path
            found.append({"url": f"telegram:{chat}/{place}", "kind": str(kind)})
    return found
