"""What 4CAT collects by itself and keeps as ndjson: Telegram (by Telethon) and Bluesky (by
atproto). For what it gets from Zeeschuimer see `research.zeeschuimer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from crawlers.importing.text_entities import find_urls


class FourcatTelegramObjects(BaseProfile):
    """https://docs.telethon.dev (``Message.to_dict``), with 4CAT's ``_chat`` and ``_sender``

    Ids are those of Telegram Desktop's exports: ``CHANNEL/NUMBER``. A forward from a channel names
    the message.
    """

    name = "4cat-telegram-ndjson"
    title = "Telegram: 4CAT, ndjson, and dumps of Telethon"
    platform = "telegram"
    gives = (
        "id", "author.id", "author.handle", "author.name", "text", "published_at", "url", "urls",
        "reply_to", "repost_of", "metrics.reposts", "metrics.replies", "metrics.views", "source",
        "extra.repost_of_handle",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        fitting = sum(
            {"id", "date", "message"} <= record.keys()
            and not {"peer_id", "_chat"}.isdisjoint(record)
            for record in head.records
        )
        return 0.93 if head.records and 2 * fitting >= len(head.records) else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        if record.get("action") or "Service" in str(record.get("_type") or record.get("_")):
            yield Skip("service messages")
            return
        peer, chat = fields.mapping(record.get("peer_id")), fields.mapping(record.get("_chat"))
        handle = fields.line(chat.get("username"))
        space = _peer(peer) or fields.identifier(chat.get("id")) or handle or "chat"
        number = fields.identifier(record.get("id"))
        forward = fields.mapping(record.get("fwd_from"))
        origin = fields.mapping(forward.get("from_id"))
        original = fields.identifier(forward.get("channel_post"))
        answered = fields.first(record, "reply_to.reply_to_msg_id", "reply_to_msg_id")
        sender = fields.mapping(record.get("_sender"))
        row = {
            "id": f"{space}/{number}" if number else None,
            "author": _author(record, sender or chat, peer),
            "text": fields.text(record.get("message")),
            "published_at": record.get("date"),
            "url": f"https://t.me/{handle}/{number}" if handle and number else None,
            "source": fields.line(chat.get("title")) or handle,
            "metrics": fields.counts(
                views=record.get("views"), reposts=record.get("forwards"),
                replies=fields.at(record, "replies.replies"),
            ),
            **fields.relations(
                reply_to=f"{space}/{answered}" if fields.identifier(answered) else None,
                repost_of=f"{_peer(origin)}/{original}" if original and _peer(origin) else None,
                repost_of_handle=_forwarded_name(forward, origin),
            ),
        }  # fmt: skip
        shown = [e.get("url") for e in fields.objects(record.get("entities"))]
        if addresses := fields.addresses(shown, fields.at(record, "media.webpage.url")):
            in_text = fields.text(row["text"])
            row["urls"] = addresses if not in_text else [*addresses, *find_urls(in_text)]
        if not (row["text"] or row.get("urls") or record.get("media")):
            yield Skip("messages without text or file")
            return
        yield fields.with_extra(
            fields.without_empty(row),
            repost_of_author=_peer(origin),
            media_kind=fields.line(fields.first(record, "media._type", "media._")),
        )


class FourcatBlueskyObjects(BaseProfile):
    """https://github.com/digitalmethodsinitiative/4cat (datasources/bsky)

    Posts as atproto's Python client names their keys.
    """

    name = "4cat-bluesky-ndjson"
    title = "Bluesky: 4CAT, ndjson"
    platform = "bluesky"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "text", "lang",
        "published_at", "url", "urls", "hashtags", "reply_to", "quote_of", "media",
        "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.quotes",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        both = head.record_share("uri", "record", "author")
        return 0.96 if both >= 0.5 and head.record_share("4CAT_metadata") >= 0.5 else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        post, user = fields.mapping(record.get("record")), fields.mapping(record.get("author"))
        native = fields.line(record.get("uri"))
        if not post or not native:
            yield Skip("objects that are no post")
            return
        features = [
            feature
            for facet in fields.objects(post.get("facets"))
            for feature in fields.objects(facet.get("features"))
        ]
        embedded = list(_embedded(post.get("embed")))
        handle = fields.line(user.get("handle"))
        row = {
            "id": native,
            "author": fields.author(
                user.get("did"), handle=handle,
                name=user.get("display_name") or user.get("displayName"),
                created_at=user.get("created_at") or user.get("createdAt"),
            ),
            "text": fields.text(post.get("text")),
            "lang": fields.at(post, "langs.0"),
            "published_at": post.get("created_at") or post.get("createdAt"),
            "url": f"https://bsky.app/profile/{handle}/post/{native.rpartition('/')[2]}",
            "urls": fields.addresses(
                [f.get("uri") for f in features], [fields.at(e, "external.uri") for e in embedded]
            ),
            "hashtags": fields.tags([f.get("tag") for f in features], post.get("tags")),
            **fields.relations(
                reply_to=fields.at(post, "reply.parent.uri"),
                quote_of=next(
                    (uri for e in embedded if (uri := fields.at(e, "record.uri"))), None
                ),
            ),
            "metrics": fields.counts(
                likes=record.get("like_count"), reposts=record.get("repost_count"),
                replies=record.get("reply_count"), quotes=record.get("quote_count"),
            ),
        }  # fmt: skip
        shown = fields.objects(fields.first(record, "embed.images", "embed.media.images"))
        row["media"] = [
            m for i in shown if (m := fields.media(i.get("fullsize"), "photo", i.get("alt")))
        ]
        yield fields.without_empty(row)


def _peer(peer: Mapping[str, Any]) -> str | None:
    return fields.identifier(fields.first(peer, "channel_id", "chat_id", "user_id"))


def _author(
    record: Record, sender: Mapping[str, Any], peer: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Ids as Telegram Desktop writes them: ``user1``, ``channel2``."""
    origin = fields.mapping(record.get("from_id")) or peer
    native = _peer(origin) or fields.identifier(sender.get("id"))
    kind = "user" if "user_id" in origin or "first_name" in sender else "channel"
    names = [fields.line(sender.get(key)) for key in ("first_name", "last_name")]
    name = " ".join(filter(None, names)) or sender.get("title")
    key = f"{kind}{native}" if native else None
    return fields.author(key, handle=sender.get("username"), name=name)


def _forwarded_name(forward: Mapping[str, Any], origin: Mapping[str, Any]) -> Any:
    """The name of the channel or person a message comes from; resolved entities know it."""
    channel = _peer(origin)
    known = [*fields.objects(origin.get("chats")), *fields.objects(origin.get("user"))]
    for one in known:
        if "first_name" in one or fields.identifier(one.get("id")) == channel:
            return one.get("username") or one.get("title") or one.get("first_name")
    return forward.get("from_name")


def _embedded(embed: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """An embed and the two parts of one with media; of a record within a record the inner one."""
    if not isinstance(embed, Mapping) or depth > 3:
        return
    yield embed
    yield from _embedded(embed.get("media"), depth + 1)
    inner = embed.get("record")
    if isinstance(inner, Mapping) and "record" in inner:
        yield from _embedded(inner, depth + 1)
